#include <gtest/gtest.h>

#include "session/forged_service.hpp"

namespace cupel {
namespace {

using test::Ca;
using test::Identity;
using test::kDay;
using test::kNow;

constexpr UnixTime kAt{kNow};

void expect_refused(const TlsPin& pin, const std::vector<ByteVector>& chain,
                    const std::string& host, UnixTime now, Code code, const std::string& where,
                    const std::string& check) {
  const auto checked = pin.check(chain, host, now);
  ASSERT_FALSE(checked.ok());
  EXPECT_EQ(checked.error().code, code) << to_string(checked.error());
  EXPECT_EQ(checked.error().where, where);
  EXPECT_EQ(checked.error().check, check);
}

class Pin : public testing::Test {
 protected:
  test::ForgedTpm tpm_;
  Identity server_ = test::self_signed();
  Identity other_ = test::self_signed();
};

TEST_F(Pin, AcceptsTheKeyThatTheEvidenceNames) {
  const TlsPin pin = test::spki_pin(tpm_, server_);
  EXPECT_EQ(pin.kind(), TlsPin::Kind::spki_sha256);
  EXPECT_TRUE(pin.check(server_.ders(), "", kAt).ok());
}

TEST_F(Pin, RefusesAnotherKey) {
  expect_refused(test::spki_pin(tpm_, server_), other_.ders(), "localhost", kAt, Code::pin_mismatch,
                 "tls.key", "tls-02");
}

TEST_F(Pin, AcceptsANewCertificateForTheSameKey) {
  const Identity renewed{server_.key, {test::make_certificate({}, server_.key)}};
  EXPECT_TRUE(test::spki_pin(tpm_, server_).check(renewed.ders(), "", kAt).ok());
}

TEST_F(Pin, RefusesTheRightKeyInSecondPlace) {
  std::vector<ByteVector> chain = other_.ders();
  chain.push_back(server_.ders().front());
  expect_refused(test::spki_pin(tpm_, server_), chain, "", kAt, Code::pin_mismatch, "tls.key",
                 "tls-02");
}

TEST_F(Pin, AcceptsTheCertificateThatTheEvidenceNames) {
  const TlsPin pin = test::certificate_pin(tpm_, server_);
  EXPECT_EQ(pin.kind(), TlsPin::Kind::certificate_sha256);
  EXPECT_TRUE(pin.check(server_.ders(), "", kAt).ok());
}

TEST_F(Pin, RefusesANewCertificateWhereTheCertificateIsPinned) {
  const Identity renewed{server_.key, {test::make_certificate({}, server_.key)}};
  expect_refused(test::certificate_pin(tpm_, server_), renewed.ders(), "", kAt, Code::pin_mismatch,
                 "tls.certificate", "tls-03");
}

TEST_F(Pin, RefusesACertificateDigestWhereTheKeyIsPinned) {
  const TlsPin confused = test::pin_from(tpm_, {.extra_data = server_.leaf_sha256()},
                                         test::key_in_extra_data(TlsBinding::Form::spki_sha256));
  expect_refused(confused, server_.ders(), "", kAt, Code::pin_mismatch, "tls.key", "tls-02");
}

TEST_F(Pin, RefusesAnEmptyChain) {
  expect_refused(test::spki_pin(tpm_, server_), {}, "localhost", kAt, Code::bad_certificate,
                 "tls.certificate", "tls-01");
}

TEST_F(Pin, RefusesMoreThanSixteenCertificates) {
  const TlsPin pin = test::spki_pin(tpm_, server_);
  std::vector<ByteVector> chain(16, server_.ders().front());
  EXPECT_TRUE(pin.check(chain, "", kAt).ok());
  chain.push_back(chain.front());
  expect_refused(pin, chain, "", kAt, Code::bad_certificate, "tls.certificate", "tls-01");
}

TEST_F(Pin, RefusesALeafThatIsNoCertificate) {
  const TlsPin pin = test::spki_pin(tpm_, server_);
  ByteVector cut = server_.ders().front();
  cut.pop_back();
  ByteVector longer = server_.ders().front();
  longer.push_back(0);
  for (const ByteVector& bad : {ByteVector{}, cut, longer, ByteVector(100, 0x30)}) {
    expect_refused(pin, {bad}, "", kAt, Code::bad_certificate, "tls.certificate", "tls-01");
  }
}

TEST_F(Pin, ExpiresWithTheEvidence) {
  const test::ForgedTpm short_lived(kNow + 100);
  const TlsPin pin = test::spki_pin(short_lived, server_);
  EXPECT_EQ(pin.valid_until(), UnixTime(kNow + 100));
  EXPECT_TRUE(pin.check(server_.ders(), "", UnixTime(kNow + 99)).ok());
  expect_refused(pin, server_.ders(), "", UnixTime(kNow + 100), Code::expired, "tls.pin", "tls-06");
}

class RootCaPin : public Pin {
 protected:
  TlsPin pin() const { return test::root_ca_pin(tpm_, root_); }
  Ca root_ = Ca::make("service root");
};

TEST_F(RootCaPin, AcceptsALeafUnderThatCa) {
  EXPECT_EQ(pin().kind(), TlsPin::Kind::root_ca);
  const Identity server = test::issued_by(root_);
  EXPECT_TRUE(pin().check(server.ders(), "localhost", kAt).ok());
  EXPECT_TRUE(pin().check(server.ders(), "LOCALHOST", kAt).ok());
  EXPECT_TRUE(pin().check(server.ders(), "127.0.0.1", kAt).ok());
}

TEST_F(RootCaPin, AcceptsThePresentedRootAsAHelper) {
  Identity server = test::issued_by(root_);
  server.chain.push_back(root_.certificate);
  EXPECT_TRUE(pin().check(server.ders(), "localhost", kAt).ok());
}

TEST_F(RootCaPin, RefusesALeafUnderAnotherCaOfTheSameName) {
  Identity server = test::issued_by(Ca::make("service root"));
  expect_refused(pin(), server.ders(), "localhost", kAt, Code::pin_mismatch, "tls.certificate",
                 "tls-04");
}

TEST_F(RootCaPin, RefusesTheAttackersRootAmongThePresented) {
  const Ca evil = Ca::make("evil");
  Identity server = test::issued_by(evil);
  server.chain.push_back(evil.certificate);
  server.chain.push_back(root_.certificate);
  expect_refused(pin(), server.ders(), "localhost", kAt, Code::pin_mismatch, "tls.certificate",
                 "tls-04");
}

TEST_F(RootCaPin, RefusesAMissingIntermediate) {
  Identity server = test::issued_by(root_);
  server.chain.resize(1);
  expect_refused(pin(), server.ders(), "localhost", kAt, Code::pin_mismatch, "tls.certificate",
                 "tls-04");
}

TEST_F(RootCaPin, RefusesASelfSignedLeaf) {
  expect_refused(pin(), server_.ders(), "localhost", kAt, Code::pin_mismatch, "tls.certificate",
                 "tls-04");
}

TEST_F(RootCaPin, RefusesAnExpiredOrFutureLeaf) {
  const Identity old = test::issued_by(root_, test::kLoopbackNames, {.not_after = kNow - 1});
  expect_refused(pin(), old.ders(), "localhost", kAt, Code::expired, "tls.certificate", "tls-04");
  const Identity early = test::issued_by(root_, test::kLoopbackNames, {.not_before = kNow + 1});
  expect_refused(pin(), early.ders(), "localhost", kAt, Code::not_yet_valid, "tls.certificate",
                 "tls-04");
}

TEST_F(RootCaPin, RefusesALeafForClients) {
  const Identity client =
      test::issued_by(root_, test::kLoopbackNames, {.extended_key_usage = "clientAuth"});
  expect_refused(pin(), client.ders(), "localhost", kAt, Code::pin_mismatch, "tls.certificate",
                 "tls-04");
}

TEST_F(RootCaPin, RefusesTheCaItselfAsServer) {
  const Identity ca{root_.key, {root_.certificate}};
  const auto checked = pin().check(ca.ders(), "localhost", kAt);
  ASSERT_FALSE(checked.ok());
  EXPECT_EQ(checked.error().code, Code::pin_mismatch);
}

TEST_F(RootCaPin, RefusesAHelperThatIsNoCertificate) {
  std::vector<ByteVector> chain = test::issued_by(root_).ders();
  chain.push_back(ByteVector{1, 2, 3});
  expect_refused(pin(), chain, "localhost", kAt, Code::bad_certificate, "tls.certificate[1]",
                 "tls-04");
}

TEST_F(RootCaPin, RefusesAnotherHost) {
  const Identity server = test::issued_by(root_, "DNS:a.example,DNS:*.b.example,IP:10.0.0.1");
  const TlsPin ca = pin();
  for (const std::string good : {"a.example", "x.b.example", "10.0.0.1"}) {
    EXPECT_TRUE(ca.check(server.ders(), good, kAt).ok()) << good;
  }
  for (const std::string& bad :
       {std::string("b.a.example"), std::string("b.example"), std::string("x.y.b.example"),
        std::string(".b.example"), std::string("10.0.0.2"), std::string("test"), std::string(),
        std::string("a.example\0.evil", 15), std::string("a.example.evil"), std::string("::1")}) {
    expect_refused(ca, server.ders(), bad, kAt, Code::pin_mismatch, "tls.host", "tls-05");
  }
}

TEST_F(RootCaPin, NeverLooksAtTheCommonName) {
  const Identity server = test::issued_by(root_, "DNS:other.example", {.common_name = "localhost"});
  expect_refused(pin(), server.ders(), "localhost", kAt, Code::pin_mismatch, "tls.host", "tls-05");
  const test::Key key = test::make_key();
  const Identity unnamed{
      key,
      {test::make_certificate({.common_name = "localhost", .extended_key_usage = "serverAuth"}, key,
                              root_.certificate, root_.key)}};
  expect_refused(pin(), unnamed.ders(), "localhost", kAt, Code::pin_mismatch, "tls.host", "tls-05");
}

TEST_F(RootCaPin, RefusesAnAddressAmongTheNames) {
  const Identity server = test::issued_by(root_, "DNS:127.0.0.1,DNS:localhost");
  expect_refused(pin(), server.ders(), "127.0.0.1", kAt, Code::pin_mismatch, "tls.host", "tls-05");
}

TEST_F(RootCaPin, RefusesPartialWildcards) {
  const Identity server = test::issued_by(root_, "DNS:a*.example.test");
  expect_refused(pin(), server.ders(), "ab.example.test", kAt, Code::pin_mismatch, "tls.host",
                 "tls-05");
}

TEST_F(RootCaPin, LooksAtHostsOnlyForACa) {
  EXPECT_TRUE(test::spki_pin(tpm_, server_).check(server_.ders(), "elsewhere", kAt).ok());
}

TEST(PinKind, HasTheNamesThatPoliciesUse) {
  EXPECT_EQ(to_string(TlsPin::Kind::spki_sha256), "spki_sha256");
  EXPECT_EQ(to_string(TlsPin::Kind::certificate_sha256), "certificate_sha256");
  EXPECT_EQ(to_string(TlsPin::Kind::root_ca), "root_ca");
}

}  // namespace
}  // namespace cupel
