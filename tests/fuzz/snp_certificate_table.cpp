// Target: cupel::snp::parse_certificate_table     Max input: 64 KiB
// Seeds: tables of tests/vectors/snp
// Property: certificates and CRLs are the pieces that a second reading of the entries finds, in
// their order; zeros behind change nothing.
#include <cupel/snp.hpp>

#include "second_reading.hpp"

namespace {

using namespace cupel;  // NOLINT(google-build-using-namespace): a fuzz target
using fuzz::must;

// AMD 56421 (GHCB), 4.1.8.1: VCEK, VLEK, ASK, ARK; CRL.
constexpr std::array<std::string_view, 4> kCertificates = {
    "63da758de6644564adc5f4b93be8accd", "a8074bc2a25a483eaae639c045a0b8a1",
    "4ab7b379bbac4fe4a02f05aef327c782", "c0b406a4a803495297433fb6014cd0ae"};
constexpr std::string_view kCrl = "92f81bc358114d3d97ffd19f88dc67ea";

bool is(Bytes guid, std::string_view digits) {
  return fuzz::same(guid, fuzz::hex_digits(digits));
}

bool is_certificate(Bytes guid) {
  return std::ranges::any_of(kCertificates, [&](std::string_view one) { return is(guid, one); });
}

bool is_pem(std::string_view content) {
  const std::size_t first = content.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && content.substr(first).starts_with("-----BEGIN ");
}

snp::CertificateTable second_reading(Bytes in) {
  const fuzz::Places places(in);
  snp::CertificateTable out;
  for (std::size_t entry = 0; !places.zeros(entry, 16); entry += 24) {
    const Bytes content = places.at(static_cast<std::size_t>(places.little(entry + 16, 4)),
                                    static_cast<std::size_t>(places.little(entry + 20, 4)));
    const Bytes guid = places.at(entry, 16);
    if (is(guid, kCrl)) {
      out.crls.push_back(to_vector(content));
    } else if (is_certificate(guid)) {
      const auto ders = is_pem(as_text(content)) ? fuzz::pem_digits(as_text(content), "CERTIFICATE")
                                                 : std::vector<ByteVector>{to_vector(content)};
      out.certificates.insert(out.certificates.end(), ders.begin(), ders.end());
    }
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes in(data, size);
  const auto table = snp::parse_certificate_table(in);
  if (!table) {
    must(table.error().code != Code::internal);
    return 0;
  }
  const snp::CertificateTable second = second_reading(in);
  must(second.certificates == table->certificates && second.crls == table->crls);
  ByteVector longer = to_vector(in);
  longer.push_back(0);
  if (size < 64U << 10U) {
    const auto again = snp::parse_certificate_table(longer);
    must(again.ok() && again->certificates == table->certificates && again->crls == table->crls);
  }
  return 0;
}
