// Why a register has another value than a reference log gives it, for people.
#pragma once

#include <cupel/tpm.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace cupel::tpm {

/// The first event at which the evidence's log departs from the reference log, for the register
/// that `claim` names ("tpm.pcr.sha256.4"). Nothing when the claim is no register, the evidence has
/// no log, or the logs agree about it. Neither log is authentic here: the words prove nothing.
/// Errors: those of parse_evidence(); of parse_event_log() at "reference_log".
Result<std::optional<std::string>> explain_register(Bytes evidence, Bytes reference_log,
                                                    std::string_view claim);

}  // namespace cupel::tpm
