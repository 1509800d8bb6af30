// Strict JSON: no duplicate keys, bounded depth and size, nothing after the end, valid UTF-8.
// The only place that calls a JSON library.
#pragma once

#include <cstdint>
#include <cupel/bytes.hpp>
#include <cupel/result.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace cupel::json {

class Value;
using Array = std::vector<Value>;
using Object = std::vector<std::pair<std::string, Value>>;  ///< in document order, keys unique

class Value {
 public:
  // std::uint64_t holds non-negative integers, std::int64_t negative ones.
  using Variant = std::variant<std::nullptr_t, bool, std::int64_t, std::uint64_t, double,
                               std::string, Array, Object>;

  Value() : data_(nullptr) {}
  Value(std::nullptr_t) : data_(nullptr) {}  // NOLINT(google-explicit-constructor): literals
  Value(bool v) : data_(v) {}                // NOLINT(google-explicit-constructor): literals
  // NOLINTNEXTLINE(google-explicit-constructor): literals
  Value(int v) : Value(static_cast<std::int64_t>(v)) {}
  Value(std::int64_t v);                           // NOLINT(google-explicit-constructor): literals
  Value(std::uint64_t v) : data_(v) {}             // NOLINT(google-explicit-constructor): literals
  Value(double v) : data_(v) {}                    // NOLINT(google-explicit-constructor): literals
  Value(const char* v) : data_(std::string(v)) {}  // NOLINT(google-explicit-constructor): literals
  // NOLINTNEXTLINE(google-explicit-constructor): literals
  Value(std::string_view v) : data_(std::string(v)) {}
  Value(std::string v) : data_(std::move(v)) {}  // NOLINT(google-explicit-constructor): literals
  Value(Array v) : data_(std::move(v)) {}        // NOLINT(google-explicit-constructor): literals
  Value(Object v) : data_(std::move(v)) {}       // NOLINT(google-explicit-constructor): literals

  const Variant& data() const noexcept { return data_; }
  bool is_null() const noexcept { return data_.index() == 0; }
  /// Pointers to the value of that type, or nullptr.
  const bool* boolean() const noexcept { return std::get_if<bool>(&data_); }
  const std::uint64_t* unsigned_integer() const noexcept {
    return std::get_if<std::uint64_t>(&data_);
  }
  const std::string* string() const noexcept { return std::get_if<std::string>(&data_); }
  const Array* array() const noexcept { return std::get_if<Array>(&data_); }
  Array* array() noexcept { return std::get_if<Array>(&data_); }
  const Object* object() const noexcept { return std::get_if<Object>(&data_); }
  Object* object() noexcept { return std::get_if<Object>(&data_); }
  /// A member of an object, or nullptr (also when this is no object).
  const Value* find(std::string_view key) const noexcept;
  /// "null", "boolean", "number", "string", "array", "object".
  std::string_view type_name() const noexcept;

  friend bool operator==(const Value&, const Value&) = default;

 private:
  Variant data_;
};

struct Limits {
  std::size_t max_size = 1U << 20U;
  std::size_t max_depth = 32;
};

/// Errors: too_large, truncated, bad_encoding, duplicate_field, trailing_bytes at `where`, with the
/// byte offset.
Result<Value> parse(std::string_view text, std::string_view where, Limits limits = {});

/// An object or array that is a member of the top-level object, and where it stands.
struct Member {
  std::string key;
  Bytes text;  ///< from bracket to bracket, as it arrived: a view into the parsed text
};

struct Located {
  Value value;
  std::vector<Member> members;
};

/// parse(), with the exact bytes of members of the top-level object, for signatures over a part
/// of a document. Nothing is written anew. Errors: those of parse().
Result<Located> parse_located(std::string_view text, std::string_view where, Limits limits = {});

/// Compact when indent < 0; otherwise that many spaces a level. Invalid UTF-8 in a string is
/// replaced, so that writing cannot fail.
std::string dump(const Value& value, int indent = -1);

/// Reads an object member by member with a sticky error; finish() refuses members nobody asked for.
class ObjectReader {
 public:
  /// A value that is no object is bad_encoding at `where`.
  ObjectReader(const Value& value, std::string where);

  bool has(std::string_view key) const noexcept;
  const Value* required(std::string_view key);  ///< nullptr after missing_field
  const Value* optional(std::string_view key);  ///< nullptr when absent
  std::string string(std::string_view key);
  std::uint64_t unsigned_integer(std::string_view key);
  bool boolean(std::string_view key);
  const Array* array(std::string_view key);
  const Object* object(std::string_view key);
  std::optional<std::string> optional_string(std::string_view key);
  std::optional<bool> optional_boolean(std::string_view key);
  ByteVector base64(std::string_view key);
  ByteVector hex(std::string_view key);

  void fail(Code code, std::string_view key, std::string detail = {});
  bool ok() const noexcept { return !error_; }
  std::string path(std::string_view key) const;
  /// The recorded error; or unknown_field for a member nobody asked for; or success.
  Result<Unit> finish() const;

 private:
  const Value* typed(std::string_view key, std::string_view type);

  const Value& value_;
  std::string where_;
  std::set<std::string, std::less<>> seen_;
  std::optional<Error> error_;
};

}  // namespace cupel::json
