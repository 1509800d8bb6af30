// Replays event logs, and seals what a quote confirms.
#include <algorithm>
#include <array>
#include <utility>

#include "base/hex.hpp"
#include "crypto/digest.hpp"
#include "tpm/event_log.hpp"
#include "tpm/names.hpp"

namespace cupel {

template <>
struct detail::Sealer<tpm::EventLog> {
  static Verified<tpm::EventLog> seal(tpm::EventLog log, Assurance assurance) {
    return {std::move(log), std::move(assurance)};
  }
};

namespace tpm {
namespace {

constexpr std::string_view kCheck = "tpm-11";  // CHECK tpm-11

std::uint16_t id(HashAlg bank) noexcept {
  return static_cast<std::uint16_t>(bank);
}

std::string lower_event(const Event& event) {
  return event_type_name(event.type) + " at offset " + std::to_string(event.offset);
}

/// The registers that a log explains, by bank.
using Explained = std::map<HashAlg, std::vector<unsigned>>;

std::string join(const std::vector<unsigned>& registers) {
  std::string text;
  for (const unsigned index : registers) {
    text += (text.empty() ? "" : ", ") + std::to_string(index);
  }
  return text;
}

// Compares one bank of the signed selection with the log.
Result<std::vector<unsigned>> explain_bank(const EventLog& log, const Verified<Quote>& quote,
                                           const PcrSelection& selection, Assurance& assurance) {
  const std::string bank(to_string(selection.bank));
  if (!complete(log, selection.bank)) {
    assurance.not_proved.push_back("the event log has no complete " + bank +
                                   " bank: no quoted register of it is explained");
    return std::vector<unsigned>{};
  }
  CUPEL_TRY(const auto replayed, replay_values(log, selection.bank));
  std::vector<unsigned> explained;
  for (const unsigned index : selection.indices) {
    const ByteVector* quoted = pcr(quote, selection.bank, index);
    if (quoted == nullptr) {
      continue;
    }
    const auto found = replayed.find(index);
    if (found == replayed.end()) {
      if (!crypto::equal(*quoted, start_value(log, selection.bank, index))) {
        assurance.not_proved.push_back("the event log is silent about PCR " +
                                       std::to_string(index) + " (" + bank +
                                       "), which was extended all the same");
      }
      continue;
    }
    if (!crypto::equal(*quoted, found->second)) {
      return Error{.code = Code::digest_mismatch,
                   .where = "tpm.event_log.pcr." + bank + "." + std::to_string(index),
                   .detail = "the quote says " + to_hex(*quoted) + ", the events extend to " +
                             to_hex(found->second)};
    }
    explained.push_back(index);
  }
  if (!explained.empty()) {
    assurance.proved.push_back("the event log explains the quoted values of PCR " +
                               join(explained) + " (" + bank + ")");
  }
  return explained;
}

Result<Explained> explain(const EventLog& log, const Verified<Quote>& quote, Assurance& assurance) {
  Explained out;
  bool comparable = false;
  for (const PcrSelection& selection : quote->attest.pcr_select) {
    if (!strong(selection.bank)) {
      continue;  // whoever can collide the hash writes the log: it explains nothing
    }
    comparable = comparable || complete(log, selection.bank);
    CUPEL_TRY(auto explained, explain_bank(log, quote, selection, assurance));
    if (!explained.empty()) {
      out.emplace(selection.bank, std::move(explained));
    }
  }
  if (!comparable) {
    return Error{.code = Code::unsupported_algorithm,
                 .where = "tpm.event_log",
                 .detail =
                     "the log has no complete SHA-256, SHA-384 or SHA-512 bank that was "
                     "quoted; SHA-1 counts for nothing"};
  }
  if (out.empty()) {
    return Error{.code = Code::missing_field,
                 .where = "tpm.event_log",
                 .detail = "the log explains no quoted register"};
  }
  return out;
}

// "The digest is the hash of the event data" (PFP 1.06, 10.4.1): no producer of these types is
// known to do otherwise, so a log that does is not what was measured.
bool hashes_its_data(std::uint32_t type) noexcept {
  return type == kEvSeparator || type == kEvEfiAction || type == kEvEfiGptEvent ||
         type == kEvEfiVariableDriverConfig;
}

enum class Binding { whole, text, none };

Binding binding(const Event& event) {
  for (const EventDigest& digest : event.digests) {
    const auto bank = static_cast<HashAlg>(digest.alg);
    if (crypto::equal(digest.digest, crypto::digest(crypto_hash(bank), event.data))) {
      continue;
    }
    const bool text = std::ranges::all_of(event.digests, [&](const EventDigest& other) {
      return grub_text(event, static_cast<HashAlg>(other.alg)).has_value();
    });
    return text ? Binding::text : Binding::none;
  }
  return Binding::whole;
}

// Leaves what the quote covers: explained registers, their banks, and data that a digest binds.
Result<EventLog> covered_part(EventLog log, const Explained& explained) {
  const auto covered = [&](unsigned index, std::uint16_t alg) {
    return std::ranges::any_of(explained, [&](const auto& bank) {
      return id(bank.first) == alg && std::ranges::find(bank.second, index) != bank.second.end();
    });
  };
  EventLog out;
  out.crypto_agile = log.crypto_agile;
  std::ranges::copy_if(log.algorithms, std::back_inserter(out.algorithms), [&](const auto& listed) {
    return explained.contains(static_cast<HashAlg>(listed.alg));
  });
  bool has_first_register = false;
  for (Event& event : log.events) {
    std::erase_if(event.digests,
                  [&](const EventDigest& digest) { return !covered(event.pcr, digest.alg); });
    if (!extends(event) || event.digests.empty()) {
      continue;
    }
    const Binding bound = binding(event);
    if (hashes_its_data(event.type) && bound != Binding::whole) {
      return Error{.code = Code::digest_mismatch,
                   .where = "tpm.event_log.event",
                   .offset = event.offset,
                   .detail = lower_event(event) + " is not what its digest was taken of"};
    }
    if (bound == Binding::none) {
      event.data.clear();
    }
    has_first_register = has_first_register || event.pcr == 0;
    out.events.push_back(std::move(event));
  }
  if (has_first_register) {
    out.startup_locality = log.startup_locality;
  }
  return out;
}

std::string shortened(const ByteVector* digest) {
  constexpr std::size_t kShown = 8;
  if (digest == nullptr) {
    return "no digest in this bank";
  }
  return "digest " + to_hex(Bytes(*digest).first(std::min(kShown, digest->size()))) + "…";
}

std::string summary(const Event& event, HashAlg bank) {
  return event_type_name(event.type) + ", " + shortened(digest_in(event, bank));
}

std::vector<const Event*> of_register(const EventLog& log, unsigned pcr) {
  std::vector<const Event*> events;
  for (const Event& event : log.events) {
    if (event.pcr == pcr && extends(event)) {
      events.push_back(&event);
    }
  }
  return events;
}

bool same_digest(const Event& a, const Event& b, HashAlg bank) {
  const ByteVector* first = digest_in(a, bank);
  const ByteVector* second = digest_in(b, bank);
  return first != nullptr && second != nullptr && *first == *second;
}

EventDifference difference(unsigned pcr, std::size_t position, const Event* got,
                           const Event* reference, HashAlg bank) {
  EventDifference out;
  out.pcr = pcr;
  out.position = position;
  const std::string place = "event " + std::to_string(position) + " of PCR " + std::to_string(pcr);
  if (got == nullptr) {
    out.text = place + " is missing: " + summary(*reference, bank);
  } else if (reference == nullptr) {
    out.text = place + " is not in the reference: " + summary(*got, bank);
  } else if (got->type == reference->type) {
    out.text = place + ": " + summary(*got, bank) + " instead of " +
               shortened(digest_in(*reference, bank));
  } else {
    out.text = place + ": " + summary(*got, bank) + " instead of " + summary(*reference, bank);
  }
  if (got != nullptr) {
    out.got = *got;
  }
  if (reference != nullptr) {
    out.reference = *reference;
  }
  return out;
}

}  // namespace

const ByteVector* digest_in(const Event& event, HashAlg bank) noexcept {
  const auto found = std::ranges::find(event.digests, id(bank), &EventDigest::alg);
  return found == event.digests.end() ? nullptr : &found->digest;
}

bool complete(const EventLog& log, HashAlg bank) noexcept {
  return std::ranges::find(log.algorithms, id(bank), &SpecIdAlg::alg) != log.algorithms.end() &&
         std::ranges::all_of(log.events, [&](const Event& event) {
           return !extends(event) || digest_in(event, bank) != nullptr;
         });
}

ByteVector start_value(const EventLog& log, HashAlg bank, unsigned pcr) {
  constexpr unsigned kFirstDynamic = 17;
  constexpr unsigned kLastDynamic = 22;
  const bool dynamic = pcr >= kFirstDynamic && pcr <= kLastDynamic;
  ByteVector value(digest_size(bank), dynamic ? 0xff : 0x00);
  if (pcr == 0 && log.startup_locality && !value.empty()) {
    value.back() = *log.startup_locality;
  }
  return value;
}

Result<std::map<unsigned, ByteVector>> replay_values(const EventLog& log, HashAlg bank) {
  const auto listed = std::ranges::find(log.algorithms, id(bank), &SpecIdAlg::alg);
  if (listed == log.algorithms.end()) {
    return Error{.code = Code::unsupported_algorithm,
                 .where = "tpm.event_log.algorithms",
                 .detail = "the log has no " + std::string(to_string(bank)) + " bank"};
  }
  std::map<unsigned, ByteVector> values;
  for (const Event& event : log.events) {
    if (!extends(event)) {
      continue;
    }
    const ByteVector* digest = digest_in(event, bank);
    if (digest == nullptr) {
      return Error{.code = Code::missing_field,
                   .where = "tpm.event_log.event.digests",
                   .offset = event.offset,
                   .detail = lower_event(event) + " has no " + std::string(to_string(bank))};
    }
    const auto [entry, added] = values.try_emplace(event.pcr);
    if (added) {
      entry->second = start_value(log, bank, event.pcr);
    }
    entry->second = crypto::digest(crypto_hash(bank), {entry->second, *digest});
  }
  return values;
}

/// Establishes that the log explains the quoted registers it mentions.
///
/// Source:    TCG PC Client Platform Firmware Profile 1.06, 10.4 and 10.5; TPM 2.0 Part 1, 17.2.
/// Checks:    tpm-11 (lib/tpm/README.md): each bank of the signed selection that is SHA-2 and that
///            the log has in full; every register that both mention. A SHA-1 bank counts for
///            nothing.
/// Returns:   what the replay covers, and no more: events of explained registers, with digests of
///            the banks that were compared, and data only where a digest binds it. `raw` is empty.
///            An event's type is covered by nothing; claims do not rest on it. The quote is named
///            in `replayed_against`: what holds of one quote's registers holds of no other's.
/// Errors:    digest_mismatch at tpm.event_log.pcr.<bank>.<index>; digest_mismatch at
///            tpm.event_log.event for data that is not what its type says was hashed;
///            unsupported_algorithm at tpm.event_log when the log has no quoted SHA-2 bank;
///            missing_field at tpm.event_log when no quoted register is explained.
/// Not done:  what the events are worth: that is policy. Registers the log is silent about are
///            named in `not_proved`.
Result<Verified<EventLog>> replay(EventLog log, const Verified<Quote>& quote) {
  Assurance assurance;
  assurance.valid_until = quote.assurance().valid_until;
  Result<Explained> explained = explain(log, quote, assurance);
  if (!explained) {
    return failed(std::string(kCheck), std::move(explained).error());
  }
  Result<EventLog> covered = covered_part(std::move(log), *explained);
  if (!covered) {
    return failed(std::string(kCheck), std::move(covered).error());
  }
  covered->replayed_against = crypto::sha256(quote->message);
  return detail::Sealer<EventLog>::seal(std::move(covered).value(), std::move(assurance));
}

std::optional<EventDifference> first_difference(const EventLog& got, const EventLog& reference,
                                                HashAlg bank, unsigned pcr) {
  const std::vector<const Event*> ours = of_register(got, pcr);
  const std::vector<const Event*> theirs = of_register(reference, pcr);
  for (std::size_t i = 0; i < std::max(ours.size(), theirs.size()); ++i) {
    const Event* a = i < ours.size() ? ours.at(i) : nullptr;
    const Event* b = i < theirs.size() ? theirs.at(i) : nullptr;
    if (a == nullptr || b == nullptr || !same_digest(*a, *b, bank)) {
      return difference(pcr, i, a, b, bank);
    }
  }
  return std::nullopt;
}

}  // namespace tpm
}  // namespace cupel
