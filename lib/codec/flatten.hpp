// A JSON value as a list of named leaves, types kept, so that each is a claim of its own.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/json.hpp"

namespace cupel::json {

struct Flat {
  /// Paths and values: booleans, whole numbers that are not negative, texts. An object or array
  /// below the top also counts its members: "a.b{}" and "a.b[]", so that equality can be said.
  std::vector<std::pair<std::string, Value>> leaves;
  /// Paths of what no claim can hold: null, negative numbers, numbers with a fraction.
  std::vector<std::string> left_out;
  /// Bytes of paths and values so far. A short text can make long paths (one long name around many
  /// members), so there is an end to it.
  std::size_t size = 0;
  bool too_large = false;  ///< more than kMaxFlatSize: what is here is not all
};

inline constexpr std::size_t kMaxFlatSize = 4U << 20U;

/// A member's name as one step of a path. Bytes that mean something in a path (. [ ] { } \), that
/// are no plain ASCII, and the whole of an empty name, are written with a backslash ("\x2e"), so
/// that two different members never have one path.
std::string path_step(std::string_view member);

/// The leaves of an object: "a", "a.b", "a[0].b"; none for what is no object. The caller refuses
/// what is too large.
Flat flatten(const Value& object);

/// The same below a path that is already there.
void flatten(const Value& value, const std::string& path, Flat& out);

}  // namespace cupel::json
