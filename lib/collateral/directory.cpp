#include <algorithm>

#include "collateral/sources.hpp"
#include "transport/files.hpp"

namespace cupel {
namespace {

// Keys are made from evidence: nothing in one may lead out of the folder.
bool is_plain_name(const std::string& key) {
  return !key.empty() && key.size() <= 128 && key.front() != '.' &&
         std::all_of(key.begin(), key.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
                  c == '-';
         });
}

}  // namespace

Result<Endorsements> DirectorySource::fetch_all(std::span<const CollateralRequest> requests) {
  Endorsements out;
  for (const CollateralRequest& request : requests) {
    const std::string where = "collateral." + request.kind;
    if (!is_plain_name(request.cache_key)) {
      return Error{Code::invalid_argument, where, kNoOffset,
                   "the cache key is no plain file name in lower case"};
    }
    auto document = read_file(path_ + "/" + request.cache_key, kMaxCollateralSize);
    if (!document) {
      Error error = at(where, std::move(document).error());
      if (error.code != Code::too_large) {
        error.code = Code::collateral_missing;
      }
      return error;
    }
    CUPEL_TRY([[maybe_unused]] auto added, add_answer(out, request, std::move(document).value()));
    if (!request.issuer_chain_header.empty()) {
      const auto chain = read_file(path_ + "/" + issuers_key(request), kMaxCollateralSize);
      if (chain.ok()) {
        CUPEL_TRY([[maybe_unused]] auto issuers, add_issuer_chain(out, request, as_text(*chain)));
      }
    }
  }
  return out;
}

}  // namespace cupel
