// One register of a replayed log, as the files that make claims from it read it.
#pragma once

#include <array>
#include <cupel/tpm.hpp>
#include <vector>

#include "crypto/digest.hpp"
#include "tpm/event_log.hpp"
#include "tpm/names.hpp"

namespace cupel::tpm {

// EV_SEPARATOR (PFP 1.06, 10.4.1): the firmware hands over.
inline constexpr std::array<std::uint8_t, 4> kHandedOver{0, 0, 0, 0};

/// The events of an explained register, read in the strongest bank that explains it. Without any
/// when the log does not explain the register.
class ExplainedRegister {
 public:
  ExplainedRegister(const EventLog& log, unsigned index) {
    for (const Event& event : log.events) {
      if (event.pcr == index) {
        events_.push_back(&event);
      }
    }
    for (const HashAlg bank : {HashAlg::sha512, HashAlg::sha384, HashAlg::sha256}) {
      if (!events_.empty() && digest_in(*events_.front(), bank) != nullptr) {
        bank_ = bank;
        return;
      }
    }
    events_.clear();
  }

  bool explained() const noexcept { return !events_.empty(); }
  HashAlg bank() const noexcept { return bank_; }
  const std::vector<const Event*>& events() const noexcept { return events_; }
  Bytes digest(const Event& event) const {
    const ByteVector* found = digest_in(event, bank_);  // one bank for the whole register
    return found != nullptr ? Bytes(*found) : Bytes();
  }
  ByteVector hash(Bytes data) const { return crypto::digest(crypto_hash(bank_), data); }
  bool is(const Event& event, Bytes data) const { return crypto::equal(digest(event), hash(data)); }

 private:
  std::vector<const Event*> events_;
  HashAlg bank_ = HashAlg::sha256;
};

}  // namespace cupel::tpm
