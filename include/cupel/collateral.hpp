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
};

/// What was brought to a verification. As hostile as the evidence until checked.
struct Endorsements {
  std::vector<ByteVector> certificates{};     ///< DER
  std::vector<ByteVector> crls{};             ///< DER
  std::map<std::string, ByteVector> items{};  ///< other documents, by the request's kind
};

/// Sorts a file into `endorsements` by its content: PEM (certificates, CRLs), DER certificate, DER
/// CRL, the JSON of Azure's host certificate cache (THIM). Errors: bad_encoding, too_large,
/// duplicate_field at "endorsement".
Result<Unit> add_endorsement(Endorsements& endorsements, Bytes file);

class CollateralSource {
 public:
  virtual ~CollateralSource() = default;
  virtual Result<Endorsements> fetch_all(std::span<const CollateralRequest> requests) = 0;
};

}  // namespace cupel
