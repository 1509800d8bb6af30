// Captured quotes: every field, and the verdict that goes with each.
#include <algorithm>

#include "crypto/x509.hpp"
#include "support.hpp"
#include "tpm/collateral.hpp"

namespace cupel::tpm {
namespace {

using test::expect_error;
using test::read_file;
using test::read_json;
using test::vectors;

std::vector<std::string> case_names() {
  std::vector<std::string> out;
  if (std::filesystem::is_directory(vectors())) {
    for (const auto& entry : std::filesystem::directory_iterator(vectors())) {
      out.push_back(entry.path().filename().string());
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

struct Case {
  std::filesystem::path folder;
  json::Value about;

  explicit Case(const std::string& name)
      : folder(vectors() / name), about(read_json(folder / "case.json")) {}

  bool has(const std::string& file) const { return std::filesystem::exists(folder / file); }
  ByteVector file(const std::string& name) const { return read_file(folder / name); }
  const json::Value* expected(std::string_view key) const {
    return about.find("expected")->find(key);
  }

  Result<Quote> quote() const {
    const ByteVector message = file("quote.msg");
    const ByteVector raw = file("quote.sig");
    CUPEL_TRY(Attest attest, parse_attest(message));
    // Azure's guest attestation writes the signature bare.
    CUPEL_TRY(Signature signature,
              raw.size() == 256 ? bare_rsassa_sha256(raw) : parse_signature(raw));
    Quote out{message, raw, std::move(attest), std::move(signature), std::nullopt, std::nullopt};
    if (has("pcrs.json")) {
      out.pcrs = values(out.attest.pcr_select);
    }
    return out;
  }

  // The values in the order of a selection.
  PcrValues values(const std::vector<PcrSelection>& selection) const {
    const json::Value banks = read_json(folder / "pcrs.json");
    PcrValues out;
    for (const PcrSelection& bank : selection) {
      for (const unsigned i : bank.indices) {
        const json::Value* value = banks.find(to_string(bank.bank))->find(std::to_string(i));
        out.digests.push_back(test::hex(*value->string()));
      }
    }
    return out;
  }

  ByteVector ak_spki() const {
    return crypto::PublicKey::from_pem_or_der(file("ak_pub.pem"), "test").value().spki();
  }

  std::vector<ByteVector> chain() const {
    std::vector<ByteVector> out{file("ak_cert.der")};
    for (const std::string name : {"ak_ca_1.pem", "ak_ca_2.pem", "ak_ca_root.pem"}) {
      if (has(name)) {
        const ByteVector text = file(name);
        const auto ders = pem::parse_certificates(as_text(text), "test").value();
        for (const ByteVector& der : ders) {
          out.push_back(der);
        }
      }
    }
    return out;
  }

  UnixTime when() const { return parse_time(*about.find("verify_at")->string()).value(); }
};

// A root that came with the case is trusted for the test, as its user would name it.
VerifyContext context_with_root(const Case& test_case) {
  VerifyContext out{test_case.when(), TrustAnchors({})};
  EXPECT_TRUE(out.anchors.add_certificates("root", test_case.file("ak_ca_root.pem")).ok());
  return out;
}

class TpmVector : public testing::TestWithParam<std::string> {};

TEST_P(TpmVector, ReadsEveryFieldAsExpected) {
  const Case test_case(GetParam());
  const json::Value* expected = test_case.expected("quote");
  if (expected == nullptr || expected->find("attest") == nullptr) {
    GTEST_SKIP() << "the case expects no fields";
  }
  const auto quote = test_case.quote();
  ASSERT_TRUE(quote.ok()) << to_string(quote.error());
  const json::Value& fields = *expected->find("attest");
  const Attest& attest = quote->attest;
  EXPECT_EQ(to_hex(attest.qualified_signer), *fields.find("qualifiedSigner")->string());
  EXPECT_EQ(to_hex(attest.extra_data), *fields.find("extraData")->string());
  EXPECT_EQ(attest.clock_info.clock, *fields.find("clock")->unsigned_integer());
  EXPECT_EQ(attest.clock_info.reset_count, *fields.find("resetCount")->unsigned_integer());
  EXPECT_EQ(attest.clock_info.restart_count, *fields.find("restartCount")->unsigned_integer());
  EXPECT_EQ(attest.clock_info.safe, *fields.find("safe")->boolean());
  EXPECT_EQ(attest.firmware_version,
            std::stoull(*fields.find("firmwareVersion")->string(), nullptr, 16));
  EXPECT_EQ(to_hex(attest.pcr_digest), *fields.find("pcrDigest")->string());
  const json::Array& selection = *fields.find("pcrSelect")->array();
  ASSERT_EQ(attest.pcr_select.size(), selection.size());
  for (std::size_t i = 0; i < selection.size(); ++i) {
    EXPECT_EQ(to_string(attest.pcr_select[i].bank), *selection[i].find("hash")->string());
    std::vector<unsigned> indices;
    for (const json::Value& index : *selection[i].find("pcrs")->array()) {
      indices.push_back(static_cast<unsigned>(*index.unsigned_integer()));
    }
    EXPECT_EQ(attest.pcr_select[i].indices, indices);
  }
  EXPECT_EQ(to_string(quote->signature.scheme), *expected->find("signature_scheme")->string());
  EXPECT_EQ(to_string(quote->signature.hash), *expected->find("signature_hash")->string());
}

TEST_P(TpmVector, HoldsOrFailsWithTheNamedKeyAsExpected) {
  const Case test_case(GetParam());
  if (!test_case.has("ak_pub.pem")) {
    GTEST_SKIP() << "the case has no bare key";
  }
  const auto quote = test_case.quote();
  if (!quote) {
    EXPECT_EQ(*test_case.expected("verdict")->string(), "reject");
    expect_error(quote, Code::bad_magic, "tpm.attest.type", "tpm-02");
    return;
  }
  const auto trust = AkTrust::from_public_key("captured", test_case.ak_spki()).value();
  const auto verified = verify(*quote, trust, {}, {UnixTime(0), TrustAnchors({})});
  if (GetParam() == "gce-windows-2019-sha1-quote") {
    expect_error(verified, Code::unsupported_algorithm, "tpm.signature.hash", "tpm-03");
  } else if (GetParam() == "neg-pairing-gce-signature-of-other-quote") {
    expect_error(verified, Code::bad_signature, "tpm.signature", "tpm-07");
  } else {
    // A nonce that is missing is for the appraisal to find.
    EXPECT_TRUE(verified.ok()) << to_string(verified.error());
    EXPECT_TRUE(*test_case.expected("quote")->find("signature_valid")->boolean());
  }
}

TEST_P(TpmVector, HoldsWithTheCertificateChainAtItsTime) {
  const Case test_case(GetParam());
  if (!test_case.has("ak_cert.der") || !test_case.has("ak_ca_root.pem")) {
    GTEST_SKIP() << "the case has no chain to a root";
  }
  const auto trust = AkTrust::from_chain(test_case.chain()).value();
  const auto verified = verify(*test_case.quote(), trust, {}, context_with_root(test_case));
  if (GetParam() == "neg-pairing-gce-signature-of-other-quote") {
    expect_error(verified, Code::bad_signature, "tpm.signature", "tpm-07");
    return;
  }
  ASSERT_TRUE(verified.ok()) << to_string(verified.error());
  // The vendors' fingerprints name the same roots.
  VerifyContext vendor{test_case.when(),
                       GetParam().starts_with("azure") ? vendor_anchors() : gce_anchors()};
  const auto by_fingerprint = verify(*test_case.quote(), trust, {}, vendor);
  ASSERT_TRUE(by_fingerprint.ok()) << to_string(by_fingerprint.error());
  // The other vendor's do not.
  VerifyContext other{test_case.when(),
                      GetParam().starts_with("azure") ? gce_anchors() : vendor_anchors()};
  expect_error(verify(*test_case.quote(), trust, {}, other), Code::untrusted_chain,
               "tpm.ak_certificate", "tpm-04");
}

TEST_P(TpmVector, ReadsThePublicAreaAsTheSameKey) {
  const Case test_case(GetParam());
  if (!test_case.has("ak_pub.tpm")) {
    GTEST_SKIP() << "the case has no public area";
  }
  const ByteVector bytes = test_case.file("ak_pub.tpm");
  const auto area = parse_public(bytes);
  ASSERT_TRUE(area.ok()) << to_string(area.error());
  EXPECT_EQ(area->spki, test_case.ak_spki());
  EXPECT_TRUE(area->restricted_signing());
  EXPECT_EQ(area->name.size(), 2 + digest_size(area->name_alg));
  test::expect_exact_length(bytes, parse_public, "tpm.public");
}

TEST_P(TpmVector, RefusesEveryPrefixOfItsStructures) {
  const Case test_case(GetParam());
  const ByteVector message = test_case.file("quote.msg");
  if (parse_attest(message).ok()) {
    test::expect_exact_length(message, parse_attest, "tpm.attest");
  }
  const ByteVector signature = test_case.file("quote.sig");
  if (signature.size() != 256) {
    test::expect_exact_length(signature, parse_signature, "tpm.signature");
  }
}

TEST_P(TpmVector, RefusesEveryFlippedBitOfItsMessage) {
  const Case test_case(GetParam());
  const auto quote = test_case.quote();
  if (!quote || !test_case.has("ak_pub.pem")) {
    GTEST_SKIP() << "nothing that holds to begin with";
  }
  const auto trust = AkTrust::from_public_key("captured", test_case.ak_spki()).value();
  for (std::size_t i = 0; i < quote->message.size() * 8; ++i) {
    Quote changed = *quote;
    changed.message[i / 8] ^= static_cast<std::uint8_t>(1U << (i % 8));
    EXPECT_FALSE(verify(std::move(changed), trust, {}, {UnixTime(0), TrustAnchors({})}).ok()) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Captured, TpmVector, testing::ValuesIn(case_names()),
                         [](const auto& instance) {
                           std::string out = instance.param;
                           std::replace(out.begin(), out.end(), '-', '_');
                           return out;
                         });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(TpmVector);

TEST(TpmVectors, AreAllThere) {
  CUPEL_NEEDS_VECTORS();
  EXPECT_GE(case_names().size(), 19U);
}

TEST(TpmVectors, RefuseACertificateOfAnotherMachine) {
  CUPEL_NEEDS_VECTORS();
  const Case test_case("neg-pairing-azure-tl-ak-cert-of-other-vm");
  const ByteVector spki = crypto::Certificate::from_der(test_case.file("ak_cert.der"), "test")
                              .value()
                              .public_key()
                              .spki();
  const auto trust = AkTrust::from_public_key("certificate", spki).value();
  expect_error(verify(*test_case.quote(), trust, {}, {UnixTime(0), TrustAnchors({})}),
               Code::bad_signature, "tpm.signature", "tpm-07");
}

TEST(TpmVectors, RefuseAzuresCertificatesOfBefore2023) {
  CUPEL_NEEDS_VECTORS();
  const Case test_case("azure-tl-windows-2023");
  const auto trust = AkTrust::from_chain(test_case.chain()).value();
  expect_error(verify(*test_case.quote(), trust, {}, {test_case.when(), vendor_anchors()}),
               Code::untrusted_chain, "tpm.ak_certificate", "tpm-04");
}

// ---- BlindLlama ---------------------------------------------------------------------------------

ByteVector blindllama() {
  return read_file(vectors() / "azure-tl-blindllama-2023" / "attestation.json");
}

VerifyContext azure(std::string_view when) {
  return {parse_time(when).value(), vendor_anchors()};
}

TEST(TpmBlindLlama, IsAcceptedAtItsTime) {
  CUPEL_NEEDS_VECTORS();
  const auto claims = evaluate(blindllama(), {}, azure("2024-01-01"));
  ASSERT_TRUE(claims.ok()) << to_string(claims.error());
  const json::Value pcrs = *Case("azure-tl-blindllama-2023").expected("pcrs")->find("sha256");
  ASSERT_EQ(pcrs.object()->size(), 16U);
  for (const auto& [index, value] : *pcrs.object()) {
    const Claim* claim = claims->find("tpm.pcr.sha256." + index);
    ASSERT_NE(claim, nullptr) << index;
    EXPECT_EQ(to_hex(std::get<ByteVector>(claim->value)), *value.string());
  }
  EXPECT_EQ(std::get<std::string>(claims->find("tpm.ak.anchor")->value),
            "Azure Virtual TPM Root Certificate Authority 2023");
  EXPECT_EQ(std::get<UnixTime>(claims->find("tpm.ak.not_after")->value),
            parse_time("2024-11-03T00:00:00Z").value());
  EXPECT_EQ(std::get<UnixTime>(claims->find("common.valid_until")->value),
            parse_time("2024-11-03T00:00:00Z").value());
  EXPECT_TRUE(std::get<ByteVector>(claims->find("tpm.extra_data")->value).empty());
  const std::string& ca =
      std::get<std::string>(claims->find("tpm.supplied.webserver_rootca")->value);
  EXPECT_TRUE(ca.ends_with("-----END CERTIFICATE-----\n"));
}

TEST(TpmBlindLlama, HasExpiredByNowAndSaysWhichCertificate) {
  CUPEL_NEEDS_VECTORS();
  const auto claims = evaluate(blindllama(), {}, azure("2026-01-01"));
  expect_error(claims, Code::expired, "tpm.ak_certificate", "tpm-04");
  const std::string& detail = claims.error().detail;
  EXPECT_TRUE(detail.find("TrustedVM.Azure.Microsoft") != std::string::npos ||
              detail.find("Global Virtual TPM CA - 01") != std::string::npos)
      << detail;
}

TEST(TpmBlindLlama, WasNotValidBefore) {
  CUPEL_NEEDS_VECTORS();
  expect_error(evaluate(blindllama(), {}, azure("2023-11-04")), Code::not_yet_valid,
               "tpm.ak_certificate", "tpm-04");
}

TEST(TpmBlindLlama, ReadsThePcrFileOfTpm2Tools) {
  CUPEL_NEEDS_VECTORS();
  const ByteVector file = read_file(vectors() / "azure-tl-blindllama-2023" / "pcrs.tpm2tools");
  const auto pcrs = parse_pcrs_serialized(file);
  ASSERT_TRUE(pcrs.ok()) << to_string(pcrs.error());
  const auto evidence = parse_evidence(blindllama());
  EXPECT_EQ(pcrs->digests, evidence->quote.pcrs->digests);
  EXPECT_EQ(*pcrs->claimed, evidence->quote.attest.pcr_select);
  test::expect_exact_length(file, parse_pcrs_serialized, "tpm.pcrs");
}

TEST(TpmBlindLlama, BecomesABundleThatSaysTheSame) {
  CUPEL_NEEDS_VECTORS();
  const auto evidence = parse_evidence(blindllama());
  ASSERT_TRUE(evidence.ok()) << to_string(evidence.error());
  EXPECT_EQ(evidence->form, "blindllama");
  const std::string bundle = to_json(*evidence);
  const auto before = evaluate(blindllama(), {}, azure("2024-01-01"));
  const auto after = evaluate(as_bytes(bundle), {}, azure("2024-01-01"));
  ASSERT_TRUE(after.ok()) << to_string(after.error());
  ASSERT_EQ(before->all().size(), after->all().size());
  for (const auto& [name, claim] : before->all()) {
    EXPECT_EQ(to_string(claim.value), to_string(after->find(name)->value)) << name;
    EXPECT_EQ(claim.provenance, after->find(name)->provenance) << name;
  }
}

TEST(TpmBlindLlama, RefusesAMemberMoreOrLess) {
  CUPEL_NEEDS_VECTORS();
  const json::Value whole = json::parse(as_text(blindllama()), "test").value();
  for (const auto& member : *whole.object()) {
    const std::string& key = member.first;
    json::Object less = *whole.object();
    std::erase_if(less, [&](const auto& entry) { return entry.first == key; });
    expect_error(parse_evidence(as_bytes(json::dump(less))), Code::missing_field,
                 "tpm.evidence." + key);
  }
  json::Object more = *whole.object();
  more.emplace_back("event_log", "");
  expect_error(parse_evidence(as_bytes(json::dump(more))), Code::unknown_field,
               "tpm.evidence.event_log");
}

TEST(TpmBlindLlama, AsksForTheRevocationListAndNotForTheRootItBrings) {
  CUPEL_NEEDS_VECTORS();
  const auto requests = needed(blindllama());
  ASSERT_TRUE(requests.ok()) << to_string(requests.error());
  ASSERT_EQ(requests->size(), 1U);
  EXPECT_EQ(requests->front().kind, "crl");
  EXPECT_EQ(requests->front().cache_key, "azure-virtual-tpm-root-2023.crl");
  EXPECT_EQ(parse_evidence(blindllama())->ak_certificates,
            Case("azure-tl-blindllama-2023").chain());
}

}  // namespace
}  // namespace cupel::tpm
