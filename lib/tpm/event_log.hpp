// What the files of the event log share: event types, banks, and the rules that bind an event's
// data to its digest. Facts about the format and its producers: EVENT_LOG.md.
#pragma once

#include <cstdint>
#include <cupel/tpm.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cupel::tpm {

// TCG PC Client Platform Firmware Profile 1.06, 10.4.1.
inline constexpr std::uint32_t kEvNoAction = 0x00000003;
inline constexpr std::uint32_t kEvSeparator = 0x00000004;
inline constexpr std::uint32_t kEvEfiVariableDriverConfig = 0x80000001;
inline constexpr std::uint32_t kEvEfiBootServicesApplication = 0x80000003;
inline constexpr std::uint32_t kEvEfiGptEvent = 0x80000006;
inline constexpr std::uint32_t kEvEfiAction = 0x80000007;

/// Whether the event was extended into its register. "EV_NO_ACTION … not extended" (10.4.1).
inline bool extends(const Event& event) noexcept {
  return event.type != kEvNoAction;
}

/// The event's digest in a bank, or nullptr.
const ByteVector* digest_in(const Event& event, HashAlg bank) noexcept;

/// Whether the log lists the bank, and every extending event has a digest in it.
bool complete(const EventLog& log, HashAlg bank) noexcept;

/// What a register holds before its first event. PCR 0 ends in the locality that started the TPM;
/// 17 to 22 are all ones until a dynamic launch (PC Client Platform TPM Profile 1.05, 4.6.2).
ByteVector start_value(const EventLog& log, HashAlg bank, unsigned pcr);

/// The text of a command that GRUB measured, where the digest covers it: GRUB hashes the text alone
/// and logs it behind one of a few constant prefixes, with or without a NUL. The prefix is covered
/// by nothing.
std::optional<std::string_view> grub_text(const Event& event, HashAlg bank);

/// Adds tpm.event_log.kernel_command_line, when the log supports it. `secure_boot`: whether it is
/// claimed to have been on, so that GRUB loaded no unsigned module.
void add_command_line(ClaimsBuilder& builder, const EventLog& log, const Verified<Quote>& quote,
                      bool secure_boot);

/// Adds the claims that a replayed log supports, and what its replay rests on; only a sentence in
/// `not_proved` when it was replayed against another quote. A replayed log holds nothing but events
/// of registers whose quoted value they explain, with digests of those banks only, and data only
/// where a digest covers it. An event's *type* is the log's word all the same: what is claimed here
/// may be withdrawn by another type, never changed.
void add_event_claims(ClaimsBuilder& builder, const Verified<EventLog>& log,
                      const Verified<Quote>& quote);

}  // namespace cupel::tpm
