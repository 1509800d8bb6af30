#include <gtest/gtest.h>
#include <openssl/x509.h>

#include <cupel/collateral.hpp>

#include "session/certificates.hpp"

namespace cupel {
namespace {

using test::Ca;

ByteVector make_crl(const Ca& ca) {
  const std::unique_ptr<X509_CRL, test::FreeWith<&X509_CRL_free>> crl(X509_CRL_new());
  const std::unique_ptr<ASN1_TIME, test::FreeWith<&ASN1_TIME_free>> from(
      ASN1_TIME_set(nullptr, test::kNow));
  const std::unique_ptr<ASN1_TIME, test::FreeWith<&ASN1_TIME_free>> to(
      ASN1_TIME_set(nullptr, test::kNow + test::kDay));
  test::must(X509_CRL_set_version(crl.get(), X509_CRL_VERSION_2) == 1, "version");
  test::must(X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(ca.certificate.get())) == 1,
             "issuer");
  test::must(X509_CRL_set1_lastUpdate(crl.get(), from.get()) == 1, "thisUpdate");
  test::must(X509_CRL_set1_nextUpdate(crl.get(), to.get()) == 1, "nextUpdate");
  test::must(X509_CRL_sign(crl.get(), ca.key.get(), EVP_sha256()) > 0, "sign");
  unsigned char* der = nullptr;
  const int size = i2d_X509_CRL(crl.get(), &der);
  test::must(size > 0, "i2d_X509_CRL");
  ByteVector out(der, std::next(der, size));
  OPENSSL_free(der);
  return out;
}

class EndorsementFile : public testing::Test {
 protected:
  void expect_refused(Bytes file, Code code) {
    const std::size_t before = got_.certificates.size() + got_.crls.size();
    const auto added = add_endorsement(got_, file);
    ASSERT_FALSE(added.ok());
    EXPECT_EQ(added.error().code, code) << to_string(added.error());
    EXPECT_EQ(added.error().where, "endorsement");
    EXPECT_EQ(got_.certificates.size() + got_.crls.size(), before);
  }

  Ca ca_ = Ca::make("ca");
  ByteVector certificate_ = test::der_of(ca_.certificate);
  ByteVector crl_ = make_crl(ca_);
  Endorsements got_;
};

TEST_F(EndorsementFile, TakesACertificateInDer) {
  ASSERT_TRUE(add_endorsement(got_, certificate_).ok());
  EXPECT_EQ(got_.certificates, std::vector<ByteVector>{certificate_});
  EXPECT_TRUE(got_.crls.empty());
}

TEST_F(EndorsementFile, TakesACrlInDer) {
  ASSERT_TRUE(add_endorsement(got_, crl_).ok());
  EXPECT_EQ(got_.crls, std::vector<ByteVector>{crl_});
  EXPECT_TRUE(got_.certificates.empty());
}

TEST_F(EndorsementFile, TakesPemWithBothKinds) {
  const std::string text = pem::dump("CERTIFICATE", certificate_) + pem::dump("X509 CRL", crl_) +
                           test::pem_of(Ca::make("other").certificate);
  ASSERT_TRUE(add_endorsement(got_, as_bytes(text)).ok());
  EXPECT_EQ(got_.certificates.size(), 2U);
  EXPECT_EQ(got_.crls, std::vector<ByteVector>{crl_});
}

// Issuer chains of several documents share their root.
TEST_F(EndorsementFile, TakesADocumentOfAnotherFileOnce) {
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(add_endorsement(got_, certificate_).ok());
    ASSERT_TRUE(add_endorsement(got_, as_bytes(pem::dump("CERTIFICATE", certificate_))).ok());
    ASSERT_TRUE(add_endorsement(got_, crl_).ok());
  }
  EXPECT_EQ(got_.certificates.size(), 1U);
  EXPECT_EQ(got_.crls.size(), 1U);
}

TEST_F(EndorsementFile, TakesAllOfAFileOrNothing) {
  const std::string twice = pem::dump("CERTIFICATE", certificate_);
  expect_refused(as_bytes(twice + twice), Code::duplicate_field);
  expect_refused(as_bytes(twice + pem::dump("X509 CRL", ByteVector{0x30, 0})), Code::bad_encoding);
}

TEST_F(EndorsementFile, RefusesKeysAndOtherPem) {
  expect_refused(as_bytes(pem::dump("PRIVATE KEY", ByteVector{0x30, 0})), Code::bad_encoding);
  expect_refused(as_bytes(pem::dump("CERTIFICATE", crl_)), Code::bad_encoding);
  expect_refused(as_bytes(pem::dump("X509 CRL", certificate_)), Code::bad_encoding);
}

TEST_F(EndorsementFile, RefusesWhatIsNeither) {
  expect_refused({}, Code::bad_encoding);
  expect_refused(as_bytes("hello"), Code::bad_encoding);
  expect_refused(as_bytes("{}"), Code::bad_encoding);
  ByteVector longer = certificate_;
  longer.push_back(0);
  expect_refused(longer, Code::bad_encoding);
  ByteVector cut = crl_;
  cut.pop_back();
  expect_refused(cut, Code::bad_encoding);
}

TEST_F(EndorsementFile, RefusesAFileThatIsTooLarge) {
  expect_refused(ByteVector((16U << 20U) + 1, 0x30), Code::too_large);
}

TEST_F(EndorsementFile, TakesAKeySetAsAnItem) {
  const std::string set = R"( {"keys": []})";  // whether it is a good one, verify() says
  ASSERT_TRUE(add_endorsement(got_, as_bytes(set)).ok());
  EXPECT_EQ(got_.items.at("jwks"), to_vector(as_bytes(set)));
  EXPECT_TRUE(add_endorsement(got_, as_bytes(set)).ok()) << "the very same again changes nothing";
  expect_refused(as_bytes(R"({"keys": [7]})"), Code::duplicate_field);
  EXPECT_EQ(got_.items.at("jwks"), to_vector(as_bytes(set)));
}

TEST_F(EndorsementFile, RefusesOtherJson) {
  expect_refused(as_bytes("{}"), Code::bad_encoding);
  expect_refused(as_bytes(R"({"key": []})"), Code::bad_encoding);
  expect_refused(as_bytes(R"({"keys": [], "keys": []})"), Code::duplicate_field);
  expect_refused(as_bytes(R"({"keys": [)"), Code::truncated);
  expect_refused(as_bytes(R"([{"keys": []}])"), Code::bad_encoding);
  EXPECT_TRUE(got_.items.empty());
}

}  // namespace
}  // namespace cupel
