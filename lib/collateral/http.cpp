#include "transport/http.hpp"

#include "collateral/sources.hpp"

namespace cupel {
namespace {

constexpr std::chrono::milliseconds kConnectTimeout{10'000};
constexpr std::chrono::seconds kStalled{15};

Result<ByteVector> fetch(HttpClient& http, const CollateralRequest& request,
                         const std::string& url) {
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
  return std::move(response->body);
}

// The publisher first, then whoever else has the document. The publisher's error is the one told.
Result<Unit> fetch_one(HttpClient& http, const CollateralRequest& request, Endorsements& out) {
  const auto from = [&](const std::string& url) -> Result<Unit> {
    CUPEL_TRY(ByteVector document, fetch(http, request, url));
    return add_answer(out, request, std::move(document));
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
