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
    case Requirement::Op::equals:
    case Requirement::Op::one_of:
      break;
  }
  return values;
}

}  // namespace cupel
