// What AkTrust holds.
#pragma once

#include <cupel/tpm.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/x509.hpp"

namespace cupel::tpm {

inline constexpr std::string_view kCertificate = "tpm.ak_certificate";

struct AkTrust::State {
  std::vector<crypto::Certificate> certificates;  ///< leaf first; empty for a named key
  std::optional<crypto::PublicKey> key;           ///< set exactly for a named key
  std::string name;                               ///< of the named key
  std::optional<Assurance> vouched{};  ///< of the evidence that named the key, if evidence did
};

}  // namespace cupel::tpm
