// Target: cupel::dcap::take_endorsement     Max input: 1 MiB     Seeds: collateral of tests/vectors
// Property: what is taken is taken again without change, and parses as collateral; of BlindAI's
// maps a second CBOR reader finds the same documents and certificates.
#include <cupel/dcap.hpp>
#include <set>

#include "dcap/endorsement.hpp"
#include "second_cbor.hpp"

namespace {

using namespace cupel;  // NOLINT(google-build-using-namespace): a fuzz target
using fuzz::must;

std::string trimmed(std::string text) {
  const std::size_t last = text.find_last_not_of(std::string_view("\n\r\0", 3));
  return text.substr(0, last == std::string::npos ? 0 : last + 1);
}

bool holds(const std::vector<ByteVector>& list, const ByteVector& one) {
  return std::ranges::find(list, one) != list.end();
}

void check_map(Bytes in, const Endorsements& found) {
  const fuzz::Item map(in, 0);
  must(map.end() == in.size() && map.items().size() == 20);
  (void)map.find("version").value().number();
  std::set<std::string> texts;
  for (const auto& [kind, document] : found.items) {
    texts.emplace(as_text(document));
  }
  must(texts == std::set<std::string>{trimmed(map.find("tcb_info").value().text()),
                                      trimmed(map.find("qe_identity").value().text())});
  for (const auto* key : {"pck_certificate", "pck_signing_chain", "pck_crl_issuer_chain",
                          "tcb_info_issuer_chain", "qe_identity_issuer_chain"}) {
    const std::string text = map.find(key).value().text();
    for (const ByteVector& der : fuzz::pem_digits(text, "CERTIFICATE")) {
      must(holds(found.certificates, der));
    }
  }
  for (const auto* key : {"root_ca_crl", "pck_crl"}) {
    const std::string text = trimmed(map.find(key).value().text());
    const bool pem = text.find("-----BEGIN") != std::string::npos;
    for (const ByteVector& der : pem ? fuzz::pem_digits(text, "X509 CRL")
                                     : std::vector<ByteVector>{fuzz::hex_digits(text)}) {
      must(holds(found.crls, der));
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes in(data, size);
  Endorsements first;
  const auto taken = dcap::take_endorsement(first, in);
  if (!taken || !*taken) {
    must(taken.ok() || taken.error().code != Code::internal);
    return 0;
  }
  Endorsements second = first;
  const auto again = dcap::take_endorsement(second, in);
  must(again.ok() && *again && second.items == first.items &&
       second.certificates == first.certificates && second.crls == first.crls &&
       dcap::Collateral::parse(first).ok());
  if ((in.front() & 0xe0U) == 0xa0U) {
    check_map(in, first);
  }
  return 0;
}
