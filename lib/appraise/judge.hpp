// All checks of one alternative against one set of claims.
#pragma once

#include <cupel/claims.hpp>
#include <cupel/policy.hpp>
#include <cupel/verdict.hpp>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace cupel {

/// The TLS key that the evidence names.
struct NamedKey {
  TlsBinding::Form form;
  Sha256Digest sha256;  ///< the pinned digest; for root_ca_pem of the CA certificate's DER
  ByteVector root_ca;   ///< DER, for root_ca_pem
  UnixTime not_after;   ///< kNoEnd where the form has no date
};

struct Judgement {
  std::vector<Check> checks;
  std::set<std::string, std::less<>> bound;  ///< came along, and a replay that held binds it
  std::optional<NamedKey> key;
  UnixTime valid_until;
  bool fresh = false;  ///< the evidence carries the nonce that was sent

  std::size_t failures() const;
};

/// The name of an alternative in reports: its label, or "accept[0]".
std::string name_of(const Alternative& alternative, std::size_t position);

Judgement judge(const Alternative& alternative, const Claims& claims, const Challenge& challenge);

}  // namespace cupel
