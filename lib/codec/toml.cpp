#include "codec/toml.hpp"

#include <cmath>

// Header only, and without exceptions: errors come back as values.
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_UNRELEASED_FEATURES 0
#include <toml++/toml.h>

namespace cupel::toml {
namespace {

constexpr std::size_t kMaxSize = 1U << 20U;
constexpr std::size_t kMaxDepth = 32;

std::size_t offset_of(std::string_view text, ::toml::source_position position) {
  std::size_t offset = 0;
  for (std::uint32_t line = 1; line < position.line && offset < text.size(); ++line) {
    const std::size_t end = text.find('\n', offset);
    offset = end == std::string_view::npos ? text.size() : end + 1;
  }
  return offset;
}

class Converter {
 public:
  Converter(std::string_view text, std::string_view where) : text_(text), where_(where) {}

  Result<json::Value> value(const ::toml::node& node, std::size_t depth) const {
    if (depth > kMaxDepth) {
      return refusal(node, Code::too_large, "nested deeper than 32 levels");
    }
    if (const auto* text = node.as_string()) {
      return json::Value(text->get());
    }
    if (const auto* number = node.as_integer()) {
      return json::Value(static_cast<std::int64_t>(number->get()));
    }
    if (const auto* flag = node.as_boolean()) {
      return json::Value(flag->get());
    }
    if (const auto* number = node.as_floating_point(); number && std::isfinite(number->get())) {
      return json::Value(number->get());
    }
    if (const auto* items = node.as_array()) {
      json::Array out;
      for (const ::toml::node& item : *items) {
        CUPEL_TRY(json::Value one, value(item, depth + 1));
        out.push_back(std::move(one));
      }
      return json::Value(std::move(out));
    }
    if (const auto* members = node.as_table()) {
      json::Object out;
      for (const auto& [key, member] : *members) {
        CUPEL_TRY(json::Value one, value(member, depth + 1));
        out.emplace_back(std::string(key.str()), std::move(one));
      }
      return json::Value(std::move(out));
    }
    return refusal(node, Code::bad_encoding, "a value of a type that is not read here");
  }

 private:
  Error refusal(const ::toml::node& node, Code code, std::string detail) const {
    return Error{code, std::string(where_), offset_of(text_, node.source().begin),
                 std::move(detail)};
  }

  std::string_view text_;
  std::string_view where_;
};

}  // namespace

Result<json::Value> parse(std::string_view text, std::string_view where) {
  if (text.size() > kMaxSize) {
    return Error{Code::too_large, std::string(where), kNoOffset, "more than 1 MiB of TOML"};
  }
  const ::toml::parse_result parsed = ::toml::parse(text);
  if (!parsed) {
    return Error{Code::bad_encoding, std::string(where),
                 offset_of(text, parsed.error().source().begin),
                 "not TOML: " + std::string(parsed.error().description())};
  }
  return Converter(text, where).value(parsed.table(), 1);
}

}  // namespace cupel::toml
