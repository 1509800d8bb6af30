#include "base/claims.hpp"

#include <algorithm>
#include <charconv>

#include "base/hex.hpp"

namespace cupel {
namespace {

constexpr std::array kCommon = {
    ClaimDef{.name = "common.debug",
             .type = ClaimType::boolean,
             .meaning = "the environment can be inspected by its host or owner",
             .source = "per family"},
    ClaimDef{.name = "common.tee_class",
             .type = ClaimType::string,
             .provenance = Provenance::configuration,
             .meaning = "what kind of isolation the evidence speaks of: measured_boot (memory is "
                        "readable by the host), confidential_vm, enclave, token",
             .source = "Cupel"},
    ClaimDef{.name = "common.tcb_status",
             .type = ClaimType::string,
             .provenance = Provenance::endorsement,
             .meaning =
                 "the vendor's word on the platform's patch level; none where the family has "
                 "no such thing",
             .source = "per family"},
    ClaimDef{.name = "common.valid_until",
             .type = ClaimType::time,
             .provenance = Provenance::endorsement,
             .meaning = "end of the intersection of every validity window used",
             .source = "RFC 5280 4.1.2.5 and the family's collateral"},
    ClaimDef{.name = "common.bound_data",
             .type = ClaimType::bytes,
             .meaning = "the data the attester put into the evidence: nonce, key hash",
             .source = "per family"},
};

}  // namespace

std::span<const ClaimDef> common_claims() {
  return kCommon;
}

std::optional<unsigned> index_of(const ClaimDef& def, std::string_view name) {
  if (def.indices == 0 || name.size() <= def.name.size() + 1 || !name.starts_with(def.name) ||
      name[def.name.size()] != '.') {
    return std::nullopt;
  }
  const std::string_view digits = name.substr(def.name.size() + 1);
  unsigned index = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
  const bool canonical = digits == "0" || digits.front() != '0';
  if (error != std::errc{} || end != digits.data() + digits.size() || !canonical ||
      index >= def.indices) {
    return std::nullopt;
  }
  return index;
}

bool covers(const ClaimDef& def, std::string_view name) {
  if (def.open) {
    // A path as json::path_step writes it: printable, and no step is empty.
    const std::string_view path =
        name.starts_with(def.name) ? name.substr(def.name.size()) : std::string_view{};
    return path.size() > 1 && path.front() == '.' && path.back() != '.' &&
           path.find("..") == std::string_view::npos &&
           std::all_of(path.begin(), path.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  }
  return def.indices == 0 ? def.name == name : index_of(def, name).has_value();
}

std::string_view to_string(ClaimType type) noexcept {
  switch (type) {
    case ClaimType::boolean:
      return "boolean";
    case ClaimType::integer:
      return "integer";
    case ClaimType::bytes:
      return "bytes";
    case ClaimType::string:
      return "string";
    case ClaimType::time:
      return "time";
  }
  return "unknown";
}

std::string_view to_string(Provenance provenance) noexcept {
  switch (provenance) {
    case Provenance::evidence:
      return "evidence";
    case Provenance::endorsement:
      return "endorsement";
    case Provenance::configuration:
      return "configuration";
    case Provenance::unauthenticated:
      return "unauthenticated";
  }
  return "unknown";
}

ClaimType type_of(const ClaimValue& value) noexcept {
  return static_cast<ClaimType>(value.index());
}

std::string to_string(const ClaimValue& value) {
  struct Printer {
    std::string operator()(bool v) const { return v ? "true" : "false"; }
    std::string operator()(std::uint64_t v) const { return std::to_string(v); }
    std::string operator()(const ByteVector& v) const { return to_hex(v); }
    std::string operator()(const std::string& v) const { return v; }
    std::string operator()(UnixTime v) const { return to_string(v); }
  };
  return std::visit(Printer{}, value);
}

const Claim* Claims::find(std::string_view name) const {
  const auto found = claims_.find(name);
  return found == claims_.end() ? nullptr : &found->second;
}

ClaimsBuilder::ClaimsBuilder(std::string_view family, const Assurance& assurance) {
  claims_.family_ = family;
  claims_.assurance_ = assurance;
}

ClaimsBuilder& ClaimsBuilder::also(const Assurance& assurance) {
  Assurance& mine = claims_.assurance_;
  mine.valid_until = std::min(mine.valid_until, assurance.valid_until);
  const auto append = [](std::vector<std::string>& to, const std::vector<std::string>& from) {
    to.insert(to.end(), from.begin(), from.end());
  };
  append(mine.proved, assurance.proved);
  append(mine.not_proved, assurance.not_proved);
  append(mine.assumed, assurance.assumed);
  return *this;
}

ClaimsBuilder& ClaimsBuilder::set(std::string name, ClaimValue value, Provenance provenance) {
  claims_.claims_.insert_or_assign(std::move(name), Claim{std::move(value), provenance});
  return *this;
}

ClaimsBuilder& ClaimsBuilder::supplied(std::string name, ClaimValue value) {
  return set(std::move(name), std::move(value), Provenance::unauthenticated);
}

ClaimsBuilder& ClaimsBuilder::proved(std::string statement) {
  claims_.assurance_.proved.push_back(std::move(statement));
  return *this;
}

ClaimsBuilder& ClaimsBuilder::not_proved(std::string statement) {
  claims_.assurance_.not_proved.push_back(std::move(statement));
  return *this;
}

ClaimsBuilder& ClaimsBuilder::assumed(std::string statement) {
  claims_.assurance_.assumed.push_back(std::move(statement));
  return *this;
}

Claims ClaimsBuilder::build() && {
  set("common.valid_until", claims_.assurance_.valid_until, Provenance::endorsement);
  return std::move(claims_);
}

}  // namespace cupel
