#include "codec/thim.hpp"

#include "base/hex.hpp"
#include "codec/json.hpp"
#include "codec/pem.hpp"

namespace cupel::thim {

bool looks_like(Bytes text) {
  constexpr std::string_view kMember = "\"vcekCert\"";
  const std::string_view all = as_text(text);
  const std::size_t first = all.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && all[first] == '{' &&
         all.find(kMember) != std::string_view::npos;
}

Result<Certificates> parse(std::string_view text, std::string_view where) {
  constexpr std::size_t kTcbSize = 8;
  CUPEL_TRY(const json::Value document, json::parse(text, where));
  json::ObjectReader reader(document, std::string(where));
  const std::string leaf = reader.string("vcekCert");
  const std::string chain = reader.string("certificateChain");
  Certificates out;
  out.tcbm = reader.string("tcbm");
  reader.optional_string("cacheControl");
  CUPEL_TRY([[maybe_unused]] auto done, reader.finish());
  CUPEL_TRY([[maybe_unused]] auto digits, from_hex(out.tcbm, kTcbSize, reader.path("tcbm")));
  CUPEL_TRY(out.ders, pem::parse_certificates(leaf, reader.path("vcekCert")));
  if (out.ders.size() != 1) {
    return Error{Code::bad_length, reader.path("vcekCert"), kNoOffset, "more than one certificate"};
  }
  CUPEL_TRY(auto authorities, pem::parse_certificates(chain, reader.path("certificateChain")));
  for (ByteVector& der : authorities) {
    out.ders.push_back(std::move(der));
  }
  return out;
}

}  // namespace cupel::thim
