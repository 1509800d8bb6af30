#include "appraise/requirement.hpp"

#include <algorithm>

#include "crypto/digest.hpp"

namespace cupel {
namespace {

// Bytes in constant time: nonces and digests are among them.
bool same(const ClaimValue& a, const ClaimValue& b) {
  const auto* left = std::get_if<ByteVector>(&a);
  const auto* right = std::get_if<ByteVector>(&b);
  if (left != nullptr && right != nullptr) {
    return crypto::equal(*left, *right);
  }
  return a == b;
}

// Of one type and that type ordered; nothing else compares.
bool at_least(const ClaimValue& value, const ClaimValue& floor) {
  if (type_of(value) != type_of(floor)) {
    return false;
  }
  if (const auto* number = std::get_if<std::uint64_t>(&value)) {
    return *number >= std::get<std::uint64_t>(floor);
  }
  if (const auto* time = std::get_if<UnixTime>(&value)) {
    return *time >= std::get<UnixTime>(floor);
  }
  return false;
}

bool young_enough(const ClaimValue& value, const ClaimValue& max_age_s, UnixTime now) {
  const auto* time = std::get_if<UnixTime>(&value);
  const auto* limit = std::get_if<std::uint64_t>(&max_age_s);
  if (time == nullptr || limit == nullptr || *time > now) {
    return false;
  }
  // Modulo 2^64, so that no pair of dates overflows; the difference is not negative.
  const auto age =
      static_cast<std::uint64_t>(now.seconds()) - static_cast<std::uint64_t>(time->seconds());
  return age <= *limit;
}

// Every item of the claim's list is among the values. No list is empty but the empty string.
bool subset(const ClaimValue& value, const std::vector<ClaimValue>& allowed) {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) {
    return false;
  }
  std::string_view rest = *text;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const std::string item(rest.substr(0, comma));
    if (std::find(allowed.begin(), allowed.end(), ClaimValue(item)) == allowed.end()) {
      return false;
    }
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  }
  return true;
}

bool masked(const ClaimValue& value, const ClaimValue& expected, const ClaimValue& mask) {
  const auto* bytes = std::get_if<ByteVector>(&value);
  const auto* wanted = std::get_if<ByteVector>(&expected);
  const auto* bits = std::get_if<ByteVector>(&mask);
  if (bytes == nullptr || wanted == nullptr || bits == nullptr || bytes->size() != wanted->size() ||
      bytes->size() != bits->size()) {
    return false;
  }
  for (std::size_t i = 0; i < bytes->size(); ++i) {
    if (((*bytes)[i] & (*bits)[i]) != (*wanted)[i]) {
      return false;
    }
  }
  return true;
}

}  // namespace

bool holds(const Requirement& requirement, const ClaimValue& value, UnixTime now) {
  const std::vector<ClaimValue>& values = requirement.values;
  switch (requirement.op) {
    case Requirement::Op::present:
      return true;
    case Requirement::Op::equals:
      return values.size() == 1 && same(value, values.front());
    case Requirement::Op::one_of:
      return std::any_of(values.begin(), values.end(),
                         [&](const ClaimValue& one) { return same(value, one); });
    case Requirement::Op::at_least:
      return values.size() == 1 && at_least(value, values.front());
    case Requirement::Op::at_most:
      return values.size() == 1 && at_least(values.front(), value);
    case Requirement::Op::max_age_s:
      return values.size() == 1 && young_enough(value, values.front(), now);
    case Requirement::Op::none_of:
      // A value of another type would differ from every value there is.
      return std::any_of(values.begin(), values.end(),
                         [&](const ClaimValue& one) { return type_of(one) == type_of(value); }) &&
             std::none_of(values.begin(), values.end(),
                          [&](const ClaimValue& one) { return same(value, one); });
    case Requirement::Op::subset_of:
      return subset(value, values);
    case Requirement::Op::masked:
      return values.size() == 2 && masked(value, values.front(), values.back());
  }
  return false;
}

std::string expectation(const Requirement& requirement) {
  std::string values;
  for (const ClaimValue& value : requirement.values) {
    values.append(values.empty() ? "" : " | ").append(to_string(value));
  }
  switch (requirement.op) {
    case Requirement::Op::present:
      return "any value";
    case Requirement::Op::at_least:
      return "at least " + values;
    case Requirement::Op::at_most:
      return "at most " + values;
    case Requirement::Op::max_age_s:
      return "not in the future and at most " + values + " s old";
    case Requirement::Op::none_of:
      return "none of " + values;
    case Requirement::Op::subset_of:
      return values.empty() ? "none" : "none but " + values;
    case Requirement::Op::masked:
      return requirement.values.size() != 2
                 ? values
                 : to_string(requirement.values.front()) + " in the bits of " +
                       to_string(requirement.values.back());
    case Requirement::Op::equals:
    case Requirement::Op::one_of:
      break;
  }
  return values;
}

}  // namespace cupel
