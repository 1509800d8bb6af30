// Replays a CC event log, and seals what a quote confirms.
#include <cupel/tpm.hpp>

#include "base/hex.hpp"
#include "crypto/digest.hpp"
#include "tdx/event_log.hpp"

namespace cupel {
namespace detail {

template <>
struct Sealer<tdx::BootLog> {
  static Verified<tdx::BootLog> seal(tdx::BootLog log, Assurance assurance) {
    return {std::move(log), std::move(assurance)};
  }
};

}  // namespace detail

namespace tdx {
namespace {

// In a CC event log 0 stands for MRTD, and 1 to 4 for RTMR 0 to 3.
constexpr unsigned kFirstRtmr = 1;
constexpr std::uint32_t kNoAction = 3;

std::string rtmr_place(unsigned index) {
  return "tdx.event_log.rtmr." + std::to_string(index);
}

Result<std::map<unsigned, ByteVector>> values_of(const tpm::EventLog& log) {
  auto values = tpm::replay_values(log, tpm::HashAlg::sha384);
  if (!values) {
    return failed("tdx-02", at("tdx.event_log", std::move(values).error()));
  }
  return values;
}

}  // namespace

/// Source:    TCG PC Client Platform Firmware Profile 1.06, 10.4; UEFI 2.10, 38.4 (Confidential
///            Computing event log); Intel TDX Virtual Firmware Design Guide, 8 (measurement).
/// Checks:    tdx-02.
/// Returns:   the digests of the events that the quoted registers confirm. An event's type and data
///            are covered by nothing and are not there.
/// Errors:    those of tpm::parse_event_log; unsupported_algorithm, missing_field at
///            "tdx.event_log"; out_of_range at "tdx.event_log.register"; digest_mismatch at
///            "tdx.event_log.rtmr.<i>".
Result<Verified<BootLog>> replay(Bytes log, const Verified<Quote>& quote) {
  CUPEL_TRY(const tpm::EventLog parsed, tpm::parse_event_log(log));
  CUPEL_TRY(const auto values, values_of(parsed));
  const auto& registers = quote->body().rtmr;
  BootLog out;
  for (const auto& [number, value] : values) {
    // CHECK tdx-02
    if (number < kFirstRtmr || number - kFirstRtmr >= registers.size()) {
      return Error{Code::out_of_range, "tdx.event_log.register", kNoOffset,
                   "the log extends register " + std::to_string(number) +
                       ", of 1 to 4 that a TDX machine has",
                   "tdx-02"};
    }
    const unsigned index = number - kFirstRtmr;
    if (!crypto::equal(registers.at(index), value)) {
      return Error{Code::digest_mismatch, rtmr_place(index), kNoOffset,
                   "the quote says " + to_hex(registers.at(index)) + ", the events extend to " +
                       to_hex(value),
                   "tdx-02"};
    }
    out.explained.push_back(index);
  }
  if (out.explained.empty()) {
    return Error{Code::missing_field, "tdx.event_log", kNoOffset, "the log explains no register",
                 "tdx-02"};
  }
  for (const tpm::Event& event : parsed.events) {
    for (const tpm::EventDigest& digest : event.digests) {
      if (event.type != kNoAction &&
          digest.alg == static_cast<std::uint16_t>(tpm::HashAlg::sha384)) {
        out.events.push_back({event.pcr - kFirstRtmr, digest.digest});
      }
    }
  }
  Assurance assurance;
  for (const unsigned index : out.explained) {
    assurance.proved.push_back("the event log explains the quoted value of RTMR " +
                               std::to_string(index));
  }
  for (unsigned index = 0; index < registers.size(); ++index) {
    const bool zero = registers.at(index) == Measurement{};
    if (!zero && values.count(index + kFirstRtmr) == 0) {
      assurance.not_proved.push_back("the event log is silent about RTMR " + std::to_string(index) +
                                     ", which was extended all the same");
    }
  }
  return detail::Sealer<BootLog>::seal(std::move(out), std::move(assurance));
}

// A claim's register, when it is one.
Result<std::optional<std::string>> explain_register(Bytes evidence, Bytes reference_log,
                                                    std::string_view claim) {
  constexpr std::string_view kStem = "tdx.rtmr.";
  CUPEL_TRY(const Evidence found, find_quote(evidence));
  const bool is_register = claim.starts_with(kStem) && claim.size() == kStem.size() + 1 &&
                           claim.back() >= '0' && claim.back() <= '3';
  if (!is_register || !found.event_log) {
    return std::optional<std::string>{};
  }
  CUPEL_TRY(const tpm::EventLog got, tpm::parse_event_log(*found.event_log));
  CUPEL_TRY(const tpm::EventLog reference, tpm::parse_event_log(reference_log));
  const unsigned number = static_cast<unsigned>(claim.back() - '0') + kFirstRtmr;
  const auto difference = tpm::first_difference(got, reference, tpm::HashAlg::sha384, number);
  return difference ? std::optional<std::string>(difference->text) : std::nullopt;
}

}  // namespace tdx
}  // namespace cupel
