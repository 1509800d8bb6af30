#include "base/issuer.hpp"

#include <algorithm>

namespace cupel {
namespace {

constexpr std::string_view kScheme = "https://";
constexpr std::size_t kMaxHost = 253;  // RFC 1035 section 2.3.4, in presentation form
constexpr std::size_t kMaxLabel = 63;

bool letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= kMaxLabel && label.front() != '-' &&
         label.back() != '-' && std::all_of(label.begin(), label.end(), [](char c) {
           return letter_or_digit(c) || c == '-';
         });
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

bool canonical_issuer(std::string_view text) noexcept {
  if (!text.starts_with(kScheme) || text.size() > kScheme.size() + kMaxHost) {
    return false;
  }
  std::string_view rest = text.substr(kScheme.size());
  std::size_t labels = 0;
  for (;; ++labels) {
    const std::size_t dot = rest.find('.');
    const std::string_view label = rest.substr(0, dot);
    if (!is_label(label)) {
      return false;
    }
    if (dot == std::string_view::npos) {
      // A last label of digits would be an address (RFC 1123 section 2.1).
      const bool number =
          std::all_of(label.begin(), label.end(), [](char c) { return c >= '0' && c <= '9'; });
      return labels > 0 && !number;
    }
    rest.remove_prefix(dot + 1);
  }
}

std::optional<std::string> issuer_of(std::string_view written) {
  std::string out(written);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  if (out.find("://") == std::string::npos) {
    out.insert(0, kScheme);
  }
  if (out.ends_with('/')) {
    out.pop_back();
  }
  return canonical_issuer(out) ? std::optional(out) : std::nullopt;
}

}  // namespace cupel
