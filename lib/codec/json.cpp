#include "codec/json.hpp"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/base64.hpp"
#include "base/hex.hpp"

namespace cupel::json {
namespace {

// The parser tells its handler where it stands only when it fails itself; our own refusals need an
// offset too, so the bytes are counted as they are handed out.
class CountedText {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = char;

  CountedText(std::string_view text, std::size_t* position) : text_(text), position_(position) {}

  char operator*() const { return text_[*position_]; }
  CountedText& operator++() {
    ++*position_;
    return *this;
  }
  friend bool operator==(const CountedText& a, const CountedText& b) {
    return a.left() == b.left();
  }
  friend bool operator!=(const CountedText& a, const CountedText& b) { return !(a == b); }

 private:
  // The end has no position of its own.
  std::size_t left() const { return position_ == nullptr ? 0 : text_.size() - *position_; }

  std::string_view text_;
  std::size_t* position_;
};

// Builds a Value from the parser's events. Returning false stops the parser.
class Builder {
 public:
  Builder(std::string_view text, std::string_view where, Limits limits, const std::size_t& position)
      : text_(text), where_(where), limits_(limits), position_(position) {}

  bool null() { return add(Value(nullptr)); }
  bool boolean(bool value) { return add(Value(value)); }
  bool number_integer(std::int64_t value) { return add(Value(value)); }
  bool number_unsigned(std::uint64_t value) { return add(Value(value)); }
  bool number_float(double value, const std::string& token) {
    // The parser turns an integer beyond 64 bits into a double. It would compare wrongly later.
    if (token.find_first_of(".eE") == std::string::npos) {
      return fail(Code::out_of_range, position_, "an integer that does not fit in 64 bits");
    }
    return add(Value(value));
  }
  bool string(std::string& value) { return add(Value(std::move(value))); }
  bool binary(std::vector<std::uint8_t>& /*value*/) {
    return fail(Code::internal, position_, "binary values do not exist in JSON text");
  }
  bool start_object(std::size_t /*size*/) { return open(Value(Object{})); }
  bool start_array(std::size_t /*size*/) { return open(Value(Array{})); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(std::string& name) {
    Frame& frame = open_.back();
    if (!frame.keys.insert(name).second) {
      return fail(Code::duplicate_field, position_, "a key appears twice in one object");
    }
    frame.key = std::move(name);
    return true;
  }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& error) {
    // `position` counts the bytes read, the end of input as one more.
    if (position > text_.size()) {
      return fail(Code::truncated, text_.size(), "the text ends in the middle of a value");
    }
    const std::size_t offset = position == 0 ? 0 : position - 1;
    constexpr int kNumberOverflow = 406;
    if (error.id == kNumberOverflow) {
      return fail(Code::out_of_range, offset, "a number beyond the range of a double");
    }
    if (complete_) {
      return fail(Code::trailing_bytes, offset, "text after the end of the value");
    }
    return fail(Code::bad_encoding, offset, "not JSON");
  }

  Result<Located> finish() && {
    if (error_) {
      return std::move(*error_);
    }
    if (!complete_) {
      return Error{Code::internal, std::string(where_), position_, "the JSON parser gave up"};
    }
    return Located{std::move(root_), std::move(members_)};
  }

 private:
  struct Frame {
    Value container;
    std::string key{};
    std::set<std::string, std::less<>> keys{};
  };

  bool fail(Code code, std::size_t offset, std::string detail) {
    if (!error_) {
      error_ = Error{code, std::string(where_), offset, std::move(detail)};
    }
    return false;
  }
  bool open(Value container) {
    if (open_.size() >= limits_.max_depth) {
      return fail(Code::too_large, position_,
                  "nested deeper than " + std::to_string(limits_.max_depth) + " levels");
    }
    if (open_.size() == 1) {
      start_ = position_ - 1;  // the bracket has just been handed out
    }
    open_.push_back(Frame{std::move(container)});
    return true;
  }
  bool close() {
    Value done = std::move(open_.back().container);
    open_.pop_back();
    if (open_.size() == 1 && open_.front().container.object() != nullptr) {
      members_.push_back({open_.front().key, as_bytes(text_.substr(start_, position_ - start_))});
    }
    return add(std::move(done));
  }
  bool add(Value value) {
    if (open_.empty()) {
      root_ = std::move(value);
      complete_ = true;
      return true;
    }
    Frame& frame = open_.back();
    if (Object* object = frame.container.object()) {
      object->emplace_back(std::move(frame.key), std::move(value));
    } else {
      frame.container.array()->push_back(std::move(value));
    }
    return true;
  }

  std::string_view text_;
  std::string_view where_;
  Limits limits_;
  const std::size_t& position_;
  std::vector<Frame> open_;
  Value root_;
  std::vector<Member> members_;
  std::size_t start_ = 0;  // of the value of the top-level object's member that is being read
  bool complete_ = false;
  std::optional<Error> error_;
};

nlohmann::ordered_json to_library(const Value& value) {
  using Json = nlohmann::ordered_json;
  struct Visitor {
    Json operator()(std::nullptr_t) const { return nullptr; }
    Json operator()(bool v) const { return v; }
    Json operator()(std::int64_t v) const { return v; }
    Json operator()(std::uint64_t v) const { return v; }
    Json operator()(double v) const { return v; }
    Json operator()(const std::string& v) const { return v; }
    Json operator()(const Array& v) const {
      Json::array_t out;
      out.reserve(v.size());
      for (const Value& item : v) {
        out.push_back(to_library(item));
      }
      return out;
    }
    Json operator()(const Object& v) const {
      Json::object_t out;
      out.reserve(v.size());
      for (const auto& [name, item] : v) {
        out.emplace_back(name, to_library(item));
      }
      return out;
    }
  };
  return std::visit(Visitor{}, value.data());
}

// A hostile key must not make an error message long, nor end it inside a character.
std::string_view shortened(std::string_view key) {
  constexpr std::size_t kLongest = 64;
  if (key.size() <= kLongest) {
    return key;
  }
  std::size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(key[end]) & 0xc0U) == 0x80U) {
    --end;
  }
  return key.substr(0, end);
}

}  // namespace

Value::Value(std::int64_t v) {
  if (v < 0) {
    data_ = v;
  } else {
    data_ = static_cast<std::uint64_t>(v);
  }
}

const Value* Value::find(std::string_view key) const noexcept {
  if (const Object* members = object()) {
    const auto found = std::find_if(members->begin(), members->end(),
                                    [&](const auto& member) { return member.first == key; });
    return found == members->end() ? nullptr : &found->second;
  }
  return nullptr;
}

std::string_view Value::type_name() const noexcept {
  // In the order of Variant.
  static constexpr std::array<std::string_view, std::variant_size_v<Variant>> kNames = {
      "null", "boolean", "number", "number", "number", "string", "array", "object"};
  return data_.valueless_by_exception() ? std::string_view() : kNames[data_.index()];
}

Result<Located> parse_located(std::string_view text, std::string_view where, Limits limits) {
  if (text.size() > limits.max_size) {
    return Error{Code::too_large, std::string(where), kNoOffset,
                 std::to_string(text.size()) + " bytes of JSON, at most " +
                     std::to_string(limits.max_size) + " are read"};
  }
  // The parser skips a byte order mark and takes a NUL for the end of the text. RFC 8259 section
  // 8.1 forbids the first to writers, and its grammar has no place for the second.
  if (text.starts_with("\xef\xbb\xbf")) {
    return Error{Code::bad_encoding, std::string(where), 0, "starts with a byte order mark"};
  }
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
    return Error{Code::bad_encoding, std::string(where), nul, "a NUL byte"};
  }
  std::size_t position = 0;
  Builder builder(text, where, limits, position);
  (void)nlohmann::json::sax_parse(CountedText(text, &position), CountedText(text, nullptr),
                                  &builder);
  return std::move(builder).finish();
}

Result<Value> parse(std::string_view text, std::string_view where, Limits limits) {
  CUPEL_TRY(Located located, parse_located(text, where, limits));
  return std::move(located.value);
}

std::string dump(const Value& value, int indent) {
  return to_library(value).dump(indent, ' ', false,
                                nlohmann::ordered_json::error_handler_t::replace);
}

ObjectReader::ObjectReader(const Value& value, std::string where)
    : value_(value), where_(std::move(where)) {
  if (value_.object() == nullptr) {
    error_ = Error{Code::bad_encoding, where_, kNoOffset,
                   "expected an object, found " + std::string(value_.type_name())};
  }
}

std::string ObjectReader::path(std::string_view key) const {
  std::string out = where_;
  if (!key.empty()) {
    // A hostile key must not speak to a terminal or a log: what is no plain character becomes '?'.
    std::string plain(shortened(key));
    for (char& c : plain) {
      if (c < 0x20 || c > 0x7e) {
        c = '?';
      }
    }
    out.append(out.empty() ? "" : ".").append(plain);
  }
  return out;
}

void ObjectReader::fail(Code code, std::string_view key, std::string detail) {
  if (!error_) {
    error_ = Error{code, path(key), kNoOffset, std::move(detail)};
  }
}

bool ObjectReader::has(std::string_view key) const noexcept {
  return value_.find(key) != nullptr;
}

const Value* ObjectReader::optional(std::string_view key) {
  if (error_) {
    return nullptr;
  }
  seen_.emplace(key);
  return value_.find(key);
}

const Value* ObjectReader::required(std::string_view key) {
  const Value* found = optional(key);
  if (found == nullptr) {
    fail(Code::missing_field, key);
  }
  return found;
}

const Value* ObjectReader::typed(std::string_view key, std::string_view type) {
  const Value* found = required(key);
  if (found != nullptr && found->type_name() != type) {
    fail(Code::bad_encoding, key,
         "expected " + std::string(type) + ", found " + std::string(found->type_name()));
    return nullptr;
  }
  return found;
}

std::string ObjectReader::string(std::string_view key) {
  const Value* found = typed(key, "string");
  return found == nullptr ? std::string() : *found->string();
}

std::uint64_t ObjectReader::unsigned_integer(std::string_view key) {
  const Value* found = typed(key, "number");
  if (found == nullptr) {
    return 0;
  }
  const std::uint64_t* number = found->unsigned_integer();
  if (number == nullptr) {
    fail(Code::out_of_range, key, "expected a whole number that is not negative");
    return 0;
  }
  return *number;
}

bool ObjectReader::boolean(std::string_view key) {
  const Value* found = typed(key, "boolean");
  return found != nullptr && *found->boolean();
}

const Array* ObjectReader::array(std::string_view key) {
  const Value* found = typed(key, "array");
  return found == nullptr ? nullptr : found->array();
}

const Object* ObjectReader::object(std::string_view key) {
  const Value* found = typed(key, "object");
  return found == nullptr ? nullptr : found->object();
}

std::optional<std::string> ObjectReader::optional_string(std::string_view key) {
  if (optional(key) == nullptr) {
    return std::nullopt;
  }
  return string(key);
}

std::optional<bool> ObjectReader::optional_boolean(std::string_view key) {
  if (optional(key) == nullptr) {
    return std::nullopt;
  }
  return boolean(key);
}

ByteVector ObjectReader::base64(std::string_view key) {
  const std::string text = string(key);
  if (error_) {
    return {};
  }
  auto bytes = from_base64(text, path(key));
  if (!bytes) {
    error_ = std::move(bytes).error();
    return {};
  }
  return std::move(bytes).value();
}

ByteVector ObjectReader::hex(std::string_view key) {
  const std::string text = string(key);
  if (error_) {
    return {};
  }
  auto bytes = from_hex(text, path(key));
  if (!bytes) {
    error_ = std::move(bytes).error();
    return {};
  }
  return std::move(bytes).value();
}

Result<Unit> ObjectReader::finish() const {
  if (error_) {
    return *error_;
  }
  for (const auto& [name, member] : *value_.object()) {
    if (!seen_.contains(name)) {
      return Error{Code::unknown_field, path(name)};
    }
  }
  return Unit{};
}

}  // namespace cupel::json
