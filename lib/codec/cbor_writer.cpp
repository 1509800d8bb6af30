#include <cbor.h>

#include <array>

#include "codec/cbor.hpp"

namespace cupel::cbor {
namespace {

constexpr std::size_t kLongestHead = 9;
using Head = std::array<unsigned char, kLongestHead>;

template <auto Encode, class... Argument>
void append(ByteVector& out, Argument... argument) {
  Head head{};
  const std::size_t size = Encode(argument..., head.data(), head.size());
  out.insert(out.end(), head.begin(), head.begin() + static_cast<std::ptrdiff_t>(size));
}

}  // namespace

Writer& Writer::integer(std::int64_t value) {
  if (value >= 0) {
    return unsigned_integer(static_cast<std::uint64_t>(value));
  }
  append<&cbor_encode_negint>(out_, static_cast<std::uint64_t>(-1 - value));
  return *this;
}

Writer& Writer::unsigned_integer(std::uint64_t value) {
  append<&cbor_encode_uint>(out_, value);
  return *this;
}

Writer& Writer::bytes(Bytes value) {
  append<&cbor_encode_bytestring_start>(out_, value.size());
  out_.insert(out_.end(), value.begin(), value.end());
  return *this;
}

Writer& Writer::text(std::string_view value) {
  append<&cbor_encode_string_start>(out_, value.size());
  const Bytes bytes = as_bytes(value);
  out_.insert(out_.end(), bytes.begin(), bytes.end());
  return *this;
}

Writer& Writer::array(std::size_t size) {
  append<&cbor_encode_array_start>(out_, size);
  return *this;
}

Writer& Writer::map(std::size_t size) {
  append<&cbor_encode_map_start>(out_, size);
  return *this;
}

Writer& Writer::tag(std::uint64_t number) {
  append<&cbor_encode_tag>(out_, number);
  return *this;
}

Writer& Writer::boolean(bool value) {
  append<&cbor_encode_bool>(out_, value);
  return *this;
}

Writer& Writer::null() {
  append<&cbor_encode_null>(out_);
  return *this;
}

Writer& Writer::value(const Value& value) {
  struct Visitor {
    Writer& to;
    void operator()(std::nullptr_t) const { to.null(); }
    void operator()(bool v) const { to.boolean(v); }
    void operator()(std::int64_t v) const { to.integer(v); }
    void operator()(std::uint64_t v) const { to.unsigned_integer(v); }
    void operator()(const ByteVector& v) const { to.bytes(v); }
    void operator()(const std::string& v) const { to.text(v); }
    void operator()(const Array& v) const {
      to.array(v.size());
      for (const Value& item : v) {
        to.value(item);
      }
    }
    void operator()(const Map& v) const {
      to.map(v.size());
      for (const auto& [key, item] : v) {
        to.value(key).value(item);
      }
    }
    void operator()(const Tagged& v) const { to.tag(v.number).value(*v.content); }
  };
  std::visit(Visitor{*this}, value.data());
  return *this;
}

}  // namespace cupel::cbor
