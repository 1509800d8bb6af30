// Where endorsements come from: memory (tests), a folder (offline, or a cache), the vendors' sites.
#pragma once

#include <chrono>
#include <cupel/collateral.hpp>
#include <map>
#include <string>

#include "endorsement.hpp"

namespace cupel {

/// Puts a document that answers `request` into `endorsements`. A document of another kind than was
/// asked for is collateral_mismatch at "collateral.<kind>".
Result<Unit> add_answer(Endorsements& endorsements, const CollateralRequest& request,
                        ByteVector document);

/// Adds the certificates that come in a header of the answer: URL-encoded PEM, or plain PEM.
/// Errors: collateral_mismatch at "collateral.<kind>".
Result<Unit> add_issuer_chain(Endorsements& endorsements, const CollateralRequest& request,
                              std::string_view chain);

/// The name under which the directory source keeps the issuers of a document.
inline std::string issuers_key(const CollateralRequest& request) {
  return request.cache_key + ".issuers.pem";
}

/// Answers from what it was given, by cache key. Errors: collateral_missing at "collateral.<kind>".
class MemorySource final : public CollateralSource {
 public:
  explicit MemorySource(std::map<std::string, ByteVector> documents)
      : documents_(std::move(documents)) {}
  Result<Endorsements> fetch_all(std::span<const CollateralRequest> requests) override;

 private:
  std::map<std::string, ByteVector> documents_;
};

/// Answers from the files of a folder, named by cache key. The issuers of a document that has some
/// stand beside it, under issuers_key(); without that file they must come from elsewhere.
/// Errors: collateral_missing, too_large, collateral_mismatch at "collateral.<kind>";
/// invalid_argument for a cache key that is no plain file name.
class DirectorySource final : public CollateralSource {
 public:
  explicit DirectorySource(std::string path) : path_(std::move(path)) {}
  Result<Endorsements> fetch_all(std::span<const CollateralRequest> requests) override;

 private:
  std::string path_;
};

/// Asks the publishers named in the requests, over http or https (by the system's roots), without
/// redirects. What it brings is as hostile as evidence until a verification has used it.
/// Errors: collateral_unavailable, too_large, collateral_mismatch at "collateral.<kind>".
class HttpSource final : public CollateralSource {
 public:
  explicit HttpSource(std::chrono::milliseconds timeout = std::chrono::milliseconds(30'000))
      : timeout_(timeout) {}
  Result<Endorsements> fetch_all(std::span<const CollateralRequest> requests) override;

 private:
  std::chrono::milliseconds timeout_;
};

}  // namespace cupel
