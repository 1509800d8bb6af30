// Endorsements: what vendors sign about their platforms, and where to get what is missing.
#pragma once

#include <cupel/bytes.hpp>
#include <cupel/result.hpp>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace cupel {

/// A piece of collateral that a verification would like to have. Data, not an action: the command
/// line can print it, a test can answer it, and the HTTP source can fetch it.
struct CollateralRequest {
  std::string kind;       ///< "certificate", "crl", or the family's own word, e.g. "tcb_info"
  std::string url;        ///< where its publisher serves it
  std::string cache_key;  ///< file name for the directory source; lower case, no separators
  std::map<std::string, std::string> headers{};  ///< request headers the publisher wants
  /// Other places with the same document, tried in this order when the first fails.
  std::vector<std::string> mirrors{};
  /// The header of the answer that carries the issuers' certificates, URL-encoded PEM; empty: none.
  std::string issuer_chain_header{};
};

/// What was brought to a verification. As hostile as the evidence until checked.
struct Endorsements {
  std::vector<ByteVector> certificates{};     ///< DER
  std::vector<ByteVector> crls{};             ///< DER
  std::map<std::string, ByteVector> items{};  ///< other documents, by the request's kind
};

/// Sorts a file into `endorsements` by its content: PEM (certificates, CRLs), DER certificate, DER
/// CRL, the JSON of Azure's host certificate cache (THIM), a JSON key set (item "jwks"), or a form
/// of one vendor's own (Intel's TCB info and enclave identity; lib/dcap/README.md).
/// A certificate or CRL that is there already is not added again. Errors: bad_encoding, too_large,
/// duplicate_field (the same twice in one file, or a second document of one kind) at
/// "endorsement"; those of the vendor's form.
Result<Unit> add_endorsement(Endorsements& endorsements, Bytes file);

class CollateralSource {
 public:
  virtual ~CollateralSource() = default;
  virtual Result<Endorsements> fetch_all(std::span<const CollateralRequest> requests) = 0;
};

}  // namespace cupel
