#include "codec/flatten.hpp"

namespace cupel::json {
namespace {

constexpr std::string_view kMeaningful = ".[]{}\\";
constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::size_t kEach = 32;  // bytes that an entry costs besides its texts

// Whether there is room for one more.
bool fits(const std::string& path, const Value& value, Flat& out) {
  const std::string* text = value.string();
  out.size += path.size() + kEach + (text != nullptr ? text->size() : 0);
  out.too_large = out.too_large || out.size > kMaxFlatSize;
  return !out.too_large;
}

}  // namespace

std::string path_step(std::string_view member) {
  if (member.empty()) {
    return "\\x";
  }
  std::string out;
  for (const char c : member) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte > 0x7e || kMeaningful.find(c) != std::string_view::npos) {
      out.append("\\x").push_back(kHex[byte >> 4U]);
      out.push_back(kHex[byte & 0x0fU]);
    } else {
      out.push_back(c);
    }
  }
  return out;
}

void flatten(const Value& value, const std::string& path, Flat& out) {
  if (!fits(path, value, out)) {
    return;
  }
  if (const Object* members = value.object()) {
    out.leaves.emplace_back(path + "{}", Value(std::uint64_t{members->size()}));
    for (const auto& [name, member] : *members) {
      flatten(member, path + "." + path_step(name), out);
    }
  } else if (const Array* items = value.array()) {
    out.leaves.emplace_back(path + "[]", Value(std::uint64_t{items->size()}));
    for (std::size_t i = 0; i < items->size(); ++i) {
      flatten((*items)[i], path + "[" + std::to_string(i) + "]", out);
    }
  } else if (value.boolean() != nullptr || value.unsigned_integer() != nullptr ||
             value.string() != nullptr) {
    out.leaves.emplace_back(path, value);
  } else {
    out.left_out.push_back(path);
  }
}

Flat flatten(const Value& object) {
  Flat out;
  if (const Object* members = object.object()) {
    for (const auto& [name, member] : *members) {
      flatten(member, path_step(name), out);
    }
  }
  return out;
}

}  // namespace cupel::json
