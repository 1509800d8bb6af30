// Strict CBOR (RFC 8949): one spelling for every value, no duplicate keys, bounded depth, size and
// count, nothing after the end, valid UTF-8. The only place that calls a CBOR library, together
// with cbor_writer.cpp.
#pragma once

#include <cstdint>
#include <cupel/bytes.hpp>
#include <cupel/result.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace cupel::cbor {

class Value;
using Array = std::vector<Value>;
/// In document order. Keys are integers, texts or byte strings, each of them once.
using Map = std::vector<std::pair<Value, Value>>;

struct Tagged {
  std::uint64_t number;
  std::shared_ptr<const Value> content;  ///< never null
};

class Value {
 public:
  // std::uint64_t holds major type 0, std::int64_t major type 1 (always negative).
  using Variant = std::variant<std::nullptr_t, bool, std::int64_t, std::uint64_t, ByteVector,
                               std::string, Array, Map, Tagged>;

  Value() : data_(nullptr) {}
  explicit Value(Variant data, std::size_t offset = 0) : data_(std::move(data)), offset_(offset) {}

  const Variant& data() const noexcept { return data_; }
  bool is_null() const noexcept { return data_.index() == 0; }
  /// Pointers to the value of that type, or nullptr.
  const bool* boolean() const noexcept { return std::get_if<bool>(&data_); }
  const std::uint64_t* unsigned_integer() const noexcept {
    return std::get_if<std::uint64_t>(&data_);
  }
  const ByteVector* bytes() const noexcept { return std::get_if<ByteVector>(&data_); }
  const std::string* text() const noexcept { return std::get_if<std::string>(&data_); }
  const Array* array() const noexcept { return std::get_if<Array>(&data_); }
  const Map* map() const noexcept { return std::get_if<Map>(&data_); }
  const Tagged* tagged() const noexcept { return std::get_if<Tagged>(&data_); }
  /// Either sign, when it fits.
  std::optional<std::int64_t> integer() const noexcept;

  /// A member of a map, or nullptr (also when this is no map).
  const Value* find(std::int64_t key) const noexcept;
  const Value* find(std::string_view key) const noexcept;

  /// Where the value's first byte is, in the document whose offsets errors speak of.
  std::size_t offset() const noexcept { return offset_; }
  /// Where the contents of a byte string or text begin.
  std::size_t content_offset() const noexcept;
  /// "null", "boolean", "integer", "bytes", "text", "array", "map", "tag".
  std::string_view type_name() const noexcept;

  /// By content; where the values stood does not matter.
  friend bool operator==(const Value& a, const Value& b);

 private:
  Variant data_;
  std::size_t offset_ = 0;
};

struct Rules {
  std::size_t max_size = 1U << 20U;
  std::size_t max_depth = 16;
  std::size_t max_items = 4096;  ///< values in all, those inside others included
  bool indefinite = false;       ///< arrays and maps that end with a break; strings never
  bool tags = false;
};

/// Source: RFC 8949 sections 3 and 5.3; of what that leaves to protocols, the strict choice:
/// shortest heads only (section 4.2.1), no floating point, no undefined, no simple values but
/// false, true and null, no strings in chunks, no integer below -2^63.
/// Errors: too_large, truncated, bad_encoding, out_of_range, duplicate_field, trailing_bytes at
/// `where`, with the byte offset. `base` is the offset of `in` in the document errors speak of.
/// Not done: the order of map keys is not looked at.
Result<Value> parse(Bytes in, std::string_view where, Rules rules = {}, std::size_t base = 0);

/// Writes values one after the other, heads as short as they can be.
class Writer {
 public:
  Writer& integer(std::int64_t value);
  Writer& unsigned_integer(std::uint64_t value);
  Writer& bytes(Bytes value);
  Writer& text(std::string_view value);
  Writer& array(std::size_t size);  ///< then `size` values
  Writer& map(std::size_t size);    ///< then `size` times a key and a value
  Writer& tag(std::uint64_t number);
  Writer& boolean(bool value);
  Writer& null();
  Writer& value(const Value& value);

  const ByteVector& written() const noexcept { return out_; }

 private:
  ByteVector out_;
};

/// Reads a map with text keys member by member, with a sticky error; finish() refuses members
/// nobody asked for.
class MapReader {
 public:
  /// A value that is no map, or a key that is no text, is bad_encoding at `where`.
  MapReader(const Value& value, std::string where);

  bool has(std::string_view key) const noexcept { return value_.find(key) != nullptr; }
  const Value* required(std::string_view key);  ///< nullptr after missing_field
  const Value* optional(std::string_view key);  ///< nullptr when absent
  std::uint64_t unsigned_integer(std::string_view key);
  std::string text(std::string_view key);
  ByteVector bytes(std::string_view key);
  const Array* array(std::string_view key);
  const Map* map(std::string_view key);

  /// Records an error found by a value rule, at that member, unless there is one already.
  void fail(Code code, std::string_view key, std::string detail = {});
  bool ok() const noexcept { return !error_; }
  std::string path(std::string_view key) const;
  /// The recorded error; or unknown_field for a member nobody asked for; or success.
  Result<Unit> finish() const;

 private:
  void wrong_type(std::string_view key, const Value& found, std::string_view expected);

  const Value& value_;
  std::string where_;
  std::vector<std::string> seen_;
  std::optional<Error> error_;
};

}  // namespace cupel::cbor
