// What a replayed event log says, as claims. Digests decide: the log's types and texts are its own
// word, so every event of a register must be known by its digest before the register says anything.
#include <array>
#include <set>
#include <utility>

#include "tpm/explained_register.hpp"

namespace cupel::tpm {
namespace {

constexpr std::size_t kMaxApplications = 32;
// Where things are measured: PFP 1.06, 3.3.4.
constexpr unsigned kBootRegister = 4;
constexpr unsigned kSecureBootRegister = 7;

// EV_SEPARATOR (PFP 1.06, 10.4.1) when the firmware reports an error instead of handing over.
constexpr std::array<std::uint8_t, 4> kFailed{1, 0, 0, 0};
constexpr std::array<std::uint8_t, 4> kFailedEarly{0xff, 0xff, 0xff, 0xff};
constexpr std::string_view kCalling = "Calling EFI Application from Boot Option";
constexpr std::string_view kReturning = "Returning from EFI Application from Boot Option";
constexpr std::string_view kDebugMode = "UEFI Debug Mode";

bool is_error_separator(const ExplainedRegister& pcr, const Event& event) {
  return pcr.is(event, kFailed) || pcr.is(event, kFailedEarly);
}

void put(ByteVector& out, std::uint64_t value) {
  for (unsigned i = 0; i < 8; ++i) {
    out.push_back(static_cast<std::uint8_t>(value >> (8U * i)));
  }
}

// UEFI_VARIABLE_DATA (PFP 1.06, 10.2.7) of SecureBoot, a variable of EFI_GLOBAL_VARIABLE_GUID
// 8be4df61-93ca-11d2-aa0d-00e098032b8c (UEFI 2.10, 3.3).
ByteVector secure_boot_variable(Bytes value) {
  constexpr std::string_view kName = "SecureBoot";
  ByteVector out{0x61, 0xdf, 0xe4, 0x8b, 0xca, 0x93, 0xd2, 0x11,
                 0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c};
  put(out, kName.size());  // in characters
  put(out, value.size());
  for (const char c : kName) {
    out.push_back(static_cast<std::uint8_t>(c));
    out.push_back(0);
  }
  out.insert(out.end(), value.begin(), value.end());
  return out;
}

// tpm.event_log.secure_boot. Only what was measured before the separator comes from the firmware;
// any program may extend PCR 7 later. Returns whether it is claimed to have been on.
bool add_secure_boot(ClaimsBuilder& builder, const EventLog& log) {
  const ExplainedRegister pcr(log, kSecureBootRegister);
  if (!pcr.explained()) {
    return false;
  }
  constexpr std::array<std::uint8_t, 1> kOn{1};
  constexpr std::array<std::uint8_t, 1> kOff{0};
  const ByteVector on = secure_boot_variable(kOn);
  const ByteVector off = secure_boot_variable(kOff);
  const auto withheld = [&](std::string_view why) {
    builder.not_proved("whether Secure Boot was on: " + std::string(why));
    return false;
  };
  std::set<bool> states;
  for (const Event* event : pcr.events()) {
    if (pcr.is(*event, kHandedOver)) {
      if (states.size() != 1) {
        return withheld(states.empty() ? "PCR 7 has no SecureBoot variable that is 0 or 1"
                                       : "PCR 7 has it both on and off");
      }
      const bool is_on = *states.begin();
      builder.set("tpm.event_log.secure_boot", is_on);
      if (is_on) {
        builder.not_proved("which keys Secure Boot trusted: require PCR 7");
      }
      return is_on;
    }
    if (is_error_separator(pcr, *event)) {
      return withheld("the firmware reported an error in PCR 7");
    }
    if (pcr.is(*event, as_bytes(kDebugMode))) {
      return withheld("the firmware was in debug mode");
    }
    if (pcr.is(*event, on)) {
      states.insert(true);
    } else if (pcr.is(*event, off)) {
      states.insert(false);
    }
  }
  return withheld("PCR 7 has no separator, so anything in it may come from later programs");
}

// tpm.event_log.boot_application.<i> and their count. The digest of an application is no hash of
// its event's data, so it is known only by not being anything else; an event that is neither could
// be an application under another name.
void add_boot_applications(ClaimsBuilder& builder, const EventLog& log) {
  const ExplainedRegister pcr(log, kBootRegister);
  if (!pcr.explained()) {
    return;
  }
  const auto withheld = [&](const std::string& why) {
    builder.not_proved("which UEFI applications were loaded: " + why);
  };
  std::vector<ByteVector> applications;
  for (const Event* event : pcr.events()) {
    if (is_error_separator(pcr, *event)) {
      return withheld("the firmware reported an error in PCR 4");
    }
    if (pcr.is(*event, kHandedOver) || pcr.is(*event, as_bytes(kCalling)) ||
        pcr.is(*event, as_bytes(kReturning))) {
      continue;
    }
    if (event->type != kEvEfiBootServicesApplication) {
      return withheld("PCR 4 has an event that could be one under another name (" +
                      event_type_name(event->type) + ")");
    }
    applications.push_back(to_vector(pcr.digest(*event)));
  }
  if (applications.size() > kMaxApplications) {
    return withheld("PCR 4 has " + std::to_string(applications.size()) + ", more than " +
                    std::to_string(kMaxApplications));
  }
  builder.set("tpm.event_log.boot_application_count", std::uint64_t{applications.size()});
  for (std::size_t i = 0; i < applications.size(); ++i) {
    builder.set("tpm.event_log.boot_application." + std::to_string(i),
                std::move(applications.at(i)));
  }
}

}  // namespace

void add_event_claims(ClaimsBuilder& builder, const Verified<EventLog>& log,
                      const Verified<Quote>& quote) {
  if (log->replayed_against != crypto::sha256(quote->message)) {
    builder.not_proved("what the event log says: it was replayed against another quote");
    return;
  }
  builder.also(log);
  const bool secure_boot = add_secure_boot(builder, *log);
  add_boot_applications(builder, *log);
  add_command_line(builder, *log, quote, secure_boot);
}

}  // namespace cupel::tpm
