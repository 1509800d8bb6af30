#include "dcap/ratls.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "unit/dcap/support.hpp"

namespace cupel::dcap {
namespace {

using test::evidence;

TEST(RaTls, FindsTheFormsInTheirOrder) {
  const auto form = [](const std::string& name) {
    return find_evidence(evidence("sgx/" + name)).value().form;
  };
  EXPECT_EQ(form("ok--ratls_tagged"), RaTls::Form::tagged);
  EXPECT_EQ(form("ok--ratls_both_forms"), RaTls::Form::tagged);
  EXPECT_EQ(form("ok--ratls_gramine"), RaTls::Form::gramine);
  EXPECT_EQ(form("ok--ratls_der"), RaTls::Form::gramine);
  EXPECT_EQ(form("ok--ratls_open_enclave"), RaTls::Form::open_enclave);
  EXPECT_EQ(form("ok--ratls_dstack"), RaTls::Form::dstack);
}

// Every bit of what is hashed, and of the report data, counts.
TEST(RaTls, BindsEveryBitOfKeyClaimsAndReportData) {
  for (const char* name : {"sgx/ok--ratls_tagged", "sgx/ok--ratls_gramine",
                           "sgx/ok--ratls_open_enclave", "sgx/ok--ratls_dstack"}) {
    const RaTls good = find_evidence(evidence(name)).value();
    ByteVector data =
        to_vector(Bytes(good.quote).subspan(48 + 320, 64));  // report data of a quote of version 3
    ASSERT_TRUE(verify_binding(good, data).ok()) << name;
    for (std::size_t bit = 0; bit < data.size() * 8; ++bit) {
      data[bit / 8] = static_cast<std::uint8_t>(data[bit / 8] ^ (1U << (bit % 8)));
      EXPECT_FALSE(verify_binding(good, data).ok()) << name << " bit " << bit;
      data[bit / 8] = static_cast<std::uint8_t>(data[bit / 8] ^ (1U << (bit % 8)));
    }
    EXPECT_FALSE(verify_binding(good, Bytes(data).first(16)).ok());
    RaTls changed = good;
    for (std::size_t bit = 0; bit < changed.claims.size() * 8; ++bit) {
      changed.claims = good.claims;
      changed.claims[bit / 8] =
          static_cast<std::uint8_t>(changed.claims[bit / 8] ^ (1U << (bit % 8)));
      EXPECT_FALSE(verify_binding(changed, data).ok()) << name << " bit " << bit;
    }
  }
}

TEST(RaTls, RefusesWhatIsNoCertificate) {
  EXPECT_FALSE(find_evidence({}).ok());
  EXPECT_FALSE(find_evidence(as_bytes("-----BEGIN CERTIFICATE-----\n")).ok());
  EXPECT_FALSE(find_evidence(evidence("sgx/ok--v3")).ok());
}

// Real certificates: bound quotes, as their collection says.
TEST(RaTls, FindsAndBindsCapturedCertificates) {
  const char* set = std::getenv("CUPEL_VECTORS");
  const std::filesystem::path root = set != nullptr ? set : CUPEL_DEFAULT_VECTORS;
  if (!std::filesystem::is_directory(root / "ratls")) {
    GTEST_SKIP() << "no captured vectors at " << root / "ratls"
                 << " (CUPEL_VECTORS)";
  }
  for (const auto& [name, form] :
       {std::pair{"interop-gramine/cert.pem", RaTls::Form::tagged},
        std::pair{"interop-intel-sgxsdk/cert.pem", RaTls::Form::tagged},
        std::pair{"open-enclave-2019/cert.der", RaTls::Form::open_enclave}}) {
    const auto found = find_evidence(test::read(root / "ratls" / name));
    ASSERT_TRUE(found.ok()) << name << ": " << to_string(found.error());
    EXPECT_EQ(found->form, form);
    const Bytes report_data = Bytes(found->quote).subspan(48 + 320, 64);
    EXPECT_TRUE(verify_binding(*found, report_data).ok()) << name;
    ByteVector other = to_vector(report_data);
    other[0] ^= 1U;
    EXPECT_FALSE(verify_binding(*found, other).ok()) << name;
  }
  // A TD's quote with 70 zeros behind it; REPORTDATA stands at 0x208 of the body.
  const auto dstack = find_evidence(test::read(root / "ratls/dstack-tdx-2024/cert.pem"));
  ASSERT_TRUE(dstack.ok()) << to_string(dstack.error());
  EXPECT_EQ(dstack->form, RaTls::Form::dstack);
  EXPECT_EQ(dstack->quote.size(), 5006U - 70U);
  EXPECT_TRUE(verify_binding(*dstack, Bytes(dstack->quote).subspan(48 + 0x208, 64)).ok());
  EXPECT_FALSE(verify_binding(*dstack, Bytes(dstack->quote).subspan(48 + 0x207, 64)).ok());
  // A form that is not of this room.
  const auto file = root / "ratls/evervault-nitro-in-san-2023/cert.der";
  EXPECT_EQ(find_evidence(test::read(file)).error().code, Code::missing_field);
}

}  // namespace
}  // namespace cupel::dcap
