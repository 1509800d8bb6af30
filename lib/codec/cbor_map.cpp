#include <algorithm>

#include "codec/cbor.hpp"

namespace cupel::cbor {
namespace {

// A hostile key must not make an error message long, nor speak to a terminal or a log.
std::string plain(std::string_view key) {
  constexpr std::size_t kLongest = 64;
  std::string out(key.substr(0, kLongest));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return out;
}

}  // namespace

MapReader::MapReader(const Value& value, std::string where)
    : value_(value), where_(std::move(where)) {
  const Map* members = value_.map();
  if (members == nullptr) {
    error_ = Error{Code::bad_encoding, where_, value_.offset(),
                   "expected a map, found " + std::string(value_.type_name())};
    return;
  }
  for (const auto& [key, member] : *members) {
    if (key.text() == nullptr) {
      error_ = Error{Code::bad_encoding, where_, key.offset(),
                     "expected texts as keys, found " + std::string(key.type_name())};
      return;
    }
  }
}

std::string MapReader::path(std::string_view key) const {
  return key.empty() ? where_ : where_ + "." + plain(key);
}

void MapReader::fail(Code code, std::string_view key, std::string detail) {
  if (!error_) {
    const Value* found = value_.find(key);
    error_ = Error{code, path(key), found != nullptr ? found->offset() : value_.offset(),
                   std::move(detail)};
  }
}

void MapReader::wrong_type(std::string_view key, const Value& found, std::string_view expected) {
  fail(Code::bad_encoding, key,
       "expected " + std::string(expected) + ", found " + std::string(found.type_name()));
}

const Value* MapReader::optional(std::string_view key) {
  if (error_) {
    return nullptr;
  }
  seen_.emplace_back(key);
  return value_.find(key);
}

const Value* MapReader::required(std::string_view key) {
  const Value* found = optional(key);
  if (found == nullptr) {
    fail(Code::missing_field, key);
  }
  return found;
}

std::uint64_t MapReader::unsigned_integer(std::string_view key) {
  const Value* found = required(key);
  if (found == nullptr) {
    return 0;
  }
  if (found->unsigned_integer() == nullptr) {
    wrong_type(key, *found, "an unsigned integer");
    return 0;
  }
  return *found->unsigned_integer();
}

std::string MapReader::text(std::string_view key) {
  const Value* found = required(key);
  if (found == nullptr) {
    return {};
  }
  if (found->text() == nullptr) {
    wrong_type(key, *found, "text");
    return {};
  }
  return *found->text();
}

ByteVector MapReader::bytes(std::string_view key) {
  const Value* found = required(key);
  if (found == nullptr) {
    return {};
  }
  if (found->bytes() == nullptr) {
    wrong_type(key, *found, "bytes");
    return {};
  }
  return *found->bytes();
}

const Array* MapReader::array(std::string_view key) {
  const Value* found = required(key);
  if (found != nullptr && found->array() == nullptr) {
    wrong_type(key, *found, "an array");
  }
  return found != nullptr ? found->array() : nullptr;
}

const Map* MapReader::map(std::string_view key) {
  const Value* found = required(key);
  if (found != nullptr && found->map() == nullptr) {
    wrong_type(key, *found, "a map");
  }
  return found != nullptr ? found->map() : nullptr;
}

Result<Unit> MapReader::finish() const {
  if (error_) {
    return *error_;
  }
  for (const auto& [key, member] : *value_.map()) {
    if (std::find(seen_.begin(), seen_.end(), *key.text()) == seen_.end()) {
      return Error{Code::unknown_field, path(*key.text()), key.offset()};
    }
  }
  return Unit{};
}

}  // namespace cupel::cbor
