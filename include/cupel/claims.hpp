// Claims: named, typed facts with their provenance. Only a Verified<T> can start a set of them.
#pragma once

#include <array>
#include <cstdint>
#include <cupel/bytes.hpp>
#include <cupel/time.hpp>
#include <cupel/verified.hpp>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cupel {

enum class ClaimType : std::uint8_t { boolean, integer, bytes, string, time };

/// Who vouches for a claim.
enum class Provenance : std::uint8_t {
  evidence,         ///< covered by the evidence's signature, or by a digest the signature covers
  endorsement,      ///< from a verified certificate or other vendor-signed collateral
  configuration,    ///< stated by the caller or by the library about itself
  unauthenticated,  ///< came along with the evidence; nothing vouches for it until a policy binds
                    ///< it
};

std::string_view to_string(ClaimType type) noexcept;
std::string_view to_string(Provenance provenance) noexcept;

/// One row of a family's claim table: everything the policy engine, the command line, Python and
/// the documentation need to know about a claim.
struct ClaimDef {
  std::string_view name;  ///< "tpm.firmware_version"; an indexed claim's name is its stem
  ClaimType type;
  std::size_t size = 0;  ///< exact size in bytes of a `bytes` claim; 0: any
  unsigned indices = 0;  ///< n > 0: the claims are name + "." + 0 … n-1
  Provenance provenance = Provenance::evidence;
  bool measurement = false;    ///< a requirement on it says which software is accepted
  std::string_view unit = {};  ///< "list": a string that is a list with commas
  std::string_view meaning = {};
  std::string_view source = {};  ///< document, revision, section
  // For indexed measurement registers; bit i speaks of index i.
  std::string_view extend_hash = {};  ///< "sha256" for a register that is extended with that hash
  std::uint32_t resettable = 0;       ///< registers that software can reset: no measurement at all
  std::uint32_t never_zero = 0;       ///< registers that a real platform never leaves zero
  /// Registers that are still untouched when the first software of the owner's choice starts: that
  /// software, whichever it is, can give them any value. Any bit, for a claim without an index.
  std::uint32_t open_to_any_software = 0;
  bool weak = false;  ///< readable, but may not satisfy a policy (SHA-1)
  // For families whose claims are another party's word.
  /// The name is a stem: the claims are name + "." + any path, of type boolean, integer or string.
  /// It stands last in its table, for what the rows before it do not define.
  bool open = false;
  /// Says whose word everything else is: a policy must compare it with fixed values.
  bool speaker = false;
  /// As a measurement it counts only beside a fixed value of one of these claims, if there are any.
  std::array<std::string_view, 2> only_with{};
  /// A policy that says nothing about this claim accepts this value alone: a string's text, a whole
  /// number's digits, "true" or "false".
  std::string_view unless_required = {};
  /// Evidence of this family may be of a kind that makes no such claim; `unless_required` then asks
  /// nothing of it. Evidence of the other kind always makes the claim.
  bool of_one_kind = false;
  /// Fixed when the environment was launched, beside its measurement: two environments that differ
  /// in it are not the same, and a policy made from evidence demands it.
  bool launch_setting = false;
  /// Whoever launches the environment chooses it, and nothing inside has a say: it names no key.
  bool host_chosen = false;
  /// With a value that ends like `runs_any_value`, the software is a host for other software, which
  /// only the claim `told_by` tells: a policy that accepts it should fix that claim too.
  std::string_view told_by = {};
  std::string_view runs_any_value = {};
};

using ClaimValue = std::variant<bool, std::uint64_t, ByteVector, std::string, UnixTime>;

ClaimType type_of(const ClaimValue& value) noexcept;

/// For people and for comparison in reports: "true", "72", hex, the text, RFC 3339.
std::string to_string(const ClaimValue& value);

struct Claim {
  ClaimValue value;
  Provenance provenance;
};

/// An immutable, sorted set of claims, with what the verification behind it rested on.
class Claims {
 public:
  using Map = std::map<std::string, Claim, std::less<>>;

  const std::string& family() const noexcept { return family_; }
  const Map& all() const noexcept { return claims_; }
  /// The claim of that name, or nullptr.
  const Claim* find(std::string_view name) const;
  const Assurance& assurance() const noexcept { return assurance_; }

 private:
  friend class ClaimsBuilder;
  Claims() = default;

  std::string family_;
  Map claims_;
  Assurance assurance_;
};

/// Builds claims. There is no way to start one without a Verified<T>.
class ClaimsBuilder {
 public:
  template <class T>
  ClaimsBuilder(std::string_view family, const Verified<T>& verified)
      : ClaimsBuilder(family, verified.assurance()) {}

  /// Adds what a further, linked verification established: its words, and its validity window.
  template <class T>
  ClaimsBuilder& also(const Verified<T>& verified) {
    return also(verified.assurance());
  }

  /// Sets a claim that the verified evidence (or the given provenance) vouches for.
  ClaimsBuilder& set(std::string name, ClaimValue value,
                     Provenance provenance = Provenance::evidence);
  /// Sets a claim that merely came along: provenance is `unauthenticated`.
  ClaimsBuilder& supplied(std::string name, ClaimValue value);
  ClaimsBuilder& proved(std::string statement);
  ClaimsBuilder& not_proved(std::string statement);
  ClaimsBuilder& assumed(std::string statement);

  /// Finishes; sets `common.valid_until`.
  Claims build() &&;

 private:
  ClaimsBuilder(std::string_view family, const Assurance& assurance);
  ClaimsBuilder& also(const Assurance& assurance);

  Claims claims_;
};

}  // namespace cupel
