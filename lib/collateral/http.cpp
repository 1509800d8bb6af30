#include "transport/http.hpp"

#include <algorithm>

#include "collateral/sources.hpp"

namespace cupel {
namespace {

constexpr std::chrono::milliseconds kConnectTimeout{10'000};
constexpr std::chrono::seconds kStalled{15};

Result<Response> fetch(HttpClient& http, const CollateralRequest& request, const std::string& url) {
  const std::string where = "collateral." + request.kind;
  HttpRequest get{.method = "GET", .url = url};
  get.headers.insert(request.headers.begin(), request.headers.end());
  auto response = http.perform(get);
  if (!response) {
    Error error = at(where, std::move(response).error());
    if (error.code != Code::too_large && error.code != Code::invalid_argument) {
      error.code = Code::collateral_unavailable;
    }
    return error;
  }
  if (response->status != 200) {
    return Error{Code::collateral_unavailable, where, kNoOffset,
                 url + " answered HTTP " + std::to_string(response->status)};
  }
  return std::move(response).value();
}

// The issuers of what was answered, which some publishers send in a header.
Result<Unit> add_issuers(Endorsements& out, const CollateralRequest& request,
                         const Response& response) {
  if (request.issuer_chain_header.empty()) {
    return Unit{};
  }
  std::string name = request.issuer_chain_header;
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (response.headers.count(name) != 1) {
    return Error{Code::collateral_unavailable, "collateral." + request.kind, kNoOffset,
                 request.url + " answered without one header " + name};
  }
  return add_issuer_chain(out, request, response.headers.find(name)->second);
}

// The publisher first, then whoever else has the document. The publisher's error is the one told.
Result<Unit> fetch_one(HttpClient& http, const CollateralRequest& request, Endorsements& out) {
  const auto from = [&](const std::string& url) -> Result<Unit> {
    CUPEL_TRY(Response response, fetch(http, request, url));
    Endorsements grown = out;  // all of an answer or nothing of it
    CUPEL_TRY([[maybe_unused]] auto issuers, add_issuers(grown, request, response));
    CUPEL_TRY([[maybe_unused]] auto added, add_answer(grown, request, std::move(response.body)));
    out = std::move(grown);
    return Unit{};
  };
  auto first = from(request.url);
  for (auto mirror = request.mirrors.begin(); !first && mirror != request.mirrors.end(); ++mirror) {
    if (from(*mirror).ok()) {
      return Unit{};
    }
  }
  return first;
}

}  // namespace

Result<Endorsements> HttpSource::fetch_all(std::span<const CollateralRequest> requests) {
  CUPEL_TRY(HttpClient http,
            HttpClient::for_published_files({.connect_timeout = std::min(kConnectTimeout, timeout_),
                                             .timeout = timeout_,
                                             .stalled = kStalled,
                                             .max_body = kMaxCollateralSize}));
  Endorsements out;
  for (const CollateralRequest& request : requests) {
    CUPEL_TRY([[maybe_unused]] auto added, fetch_one(http, request, out));
  }
  return out;
}

}  // namespace cupel
