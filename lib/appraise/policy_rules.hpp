// The rules that every policy keeps, whether it was read from a file or made in code.
#pragma once

#include <cupel/claims.hpp>
#include <cupel/policy.hpp>
#include <cupel/result.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cupel {

std::string_view to_string(Requirement::Op op) noexcept;     ///< "one_of"
std::string_view to_string(ReplayStep::Kind kind) noexcept;  ///< "digest_of"
std::string_view to_string(TlsBinding::Form form) noexcept;  ///< "spki_sha256"

/// The definition of a claim that a policy for this family may speak of: the family's own and the
/// common ones. nullptr for others.
const ClaimDef* find_claim_def(std::string_view family, std::string_view name);

/// Whether the register can be reset by software, so that its value says nothing.
bool resettable(const ClaimDef& def, std::string_view name);

/// Whether a requirement names the values it accepts.
bool fixes_value(const Requirement& requirement);

/// Whether whatever software was started can give the claim this value.
bool open_to_any_software(const ClaimDef& def, std::string_view name);

/// Whether nothing but such claims is compared: then other software than the one meant can make
/// the same evidence.
bool only_open_measurements(const Alternative& alternative);

/// Whether the policy says what was launched, and nothing of the system that this went on to start:
/// no register that counts beside the launch measurement, and that this system could not fill
/// itself, is compared with anything but zeros. Never in families without such registers.
bool only_launch_measurement(const Alternative& alternative);

/// Whether a requirement says which software is accepted: it compares a measurement that software
/// cannot reset with fixed values, and what that measurement needs beside it is required too.
bool pins_measurement(const Alternative& alternative, const Requirement& requirement);

/// Whether a replay says which software is accepted: at least one of its steps is fixed by the
/// policy, and not merely by what came along with the evidence.
bool pins_measurement(const Alternative& alternative, const Replay& replay);

/// What an alternative requires by saying nothing: the one value that is acceptable unless a policy
/// decides otherwise (ClaimDef::unless_required), for the claims that it does not mention.
std::vector<Requirement> implied(const Alternative& alternative);

/// The claims that an alternative's replays would bind.
std::set<std::string, std::less<>> claims_in_replays(const Alternative& alternative);

/// Whether every byte is zero (true for no bytes).
bool all_zero(Bytes bytes) noexcept;

/// Everything that is wrong with an alternative. Each error is bad_policy at place + ".…", and its
/// `check` holds the id that lint() gives it.
std::vector<Error> faults(const Alternative& alternative, const std::string& place);
std::vector<Error> faults(const Policy& policy);

}  // namespace cupel
