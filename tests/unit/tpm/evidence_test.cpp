#include "family.hpp"
#include "support.hpp"
#include "tpm/collateral.hpp"

namespace cupel::tpm {

extern const Family kFamily;

namespace {

using test::Authority;
using test::certificate;
using test::expect_error;
using test::Key;
using test::QuoteSpec;

const Authority& authority() {
  static const Authority instance;
  return instance;
}

std::string pem_of(const ByteVector& der) {
  return pem::dump("CERTIFICATE", der);
}

std::string key_pem(const Key& key) {
  return pem::dump("PUBLIC KEY", key.spki());
}

const Quote& quote() {
  static const Quote instance = QuoteSpec{}.signed_by(Key::rsa());
  return instance;
}

ByteVector values() {
  ByteVector out;
  for (const ByteVector& digest : quote().pcrs->digests) {
    out.insert(out.end(), digest.begin(), digest.end());
  }
  return out;
}

// A member of an object, made when absent.
json::Value& member(json::Object& object, std::string_view key) {
  for (auto& [name, value] : object) {
    if (name == key) {
      return value;
    }
  }
  object.emplace_back(std::string(key), nullptr);
  return object.back().second;
}

void drop(json::Object& object, std::string_view key) {
  std::erase_if(object, [&](const auto& entry) { return entry.first == key; });
}

// A bundle with a certified key and values.
json::Object bundle() {
  static const ByteVector leaf = authority().leaf(Key::rsa());
  return {{"kind", "cupel.tpm/1"},
          {"quote", json::Object{{"message", to_base64(quote().message)},
                                 {"signature", to_base64(quote().signature_bytes)}}},
          {"pcrs", json::Object{{"form", "values"}, {"data", to_base64(values())}}},
          {"ak", json::Object{{"certificates",
                               json::Array{pem_of(leaf), pem_of(authority().intermediate)}}}}};
}

Result<Evidence> parse_object(const json::Object& object) {
  return parse_evidence(as_bytes(json::dump(object)));
}

Result<Claims> evaluate_object(const json::Object& object,
                               const VerifyContext& context = authority().context()) {
  return evaluate(as_bytes(json::dump(object)), {}, context);
}

// ---- the bundle ---------------------------------------------------------------------------------

TEST(TpmEvidence, ReadsItsOwnBundle) {
  json::Object object = bundle();
  member(object, "created") = "2025-06-15T12:00:00Z";
  member(object, "source") = "https://service.example/attestation.json";
  member(object, "supplied") = json::Object{{"webserver_rootca", "pem\r\ntext \xc3\xa9\n"},
                                            {"application_disk_roothash", std::string(64, 'A')}};
  const auto evidence = parse_object(object);
  ASSERT_TRUE(evidence.ok()) << to_string(evidence.error());
  EXPECT_EQ(evidence->form, "cupel.tpm/1");
  EXPECT_EQ(evidence->quote.message, quote().message);
  EXPECT_EQ(evidence->quote.signature_bytes, quote().signature_bytes);
  EXPECT_EQ(evidence->quote.pcrs->digests, quote().pcrs->digests);
  EXPECT_EQ(evidence->ak_certificates.size(), 2U);
  EXPECT_EQ(evidence->webserver_rootca, "pem\r\ntext \xc3\xa9\n");
  EXPECT_EQ(evidence->application_disk_roothash, ByteVector(32, 0xaa));
}

void expect_same(const Evidence& a, const Evidence& b) {
  EXPECT_EQ(a.quote.message, b.quote.message);
  EXPECT_EQ(a.quote.signature_bytes, b.quote.signature_bytes);
  EXPECT_EQ(a.quote.signature.rsa, b.quote.signature.rsa);
  ASSERT_EQ(a.quote.pcrs.has_value(), b.quote.pcrs.has_value());
  if (a.quote.pcrs) {
    EXPECT_EQ(a.quote.pcrs->digests, b.quote.pcrs->digests);
    EXPECT_EQ(a.quote.pcrs->claimed, b.quote.pcrs->claimed);
  }
  EXPECT_EQ(a.ak_certificates, b.ak_certificates);
  EXPECT_EQ(a.ak_public, b.ak_public);
  EXPECT_EQ(a.webserver_rootca, b.webserver_rootca);
  EXPECT_EQ(a.application_disk_roothash, b.application_disk_roothash);
  EXPECT_EQ(a.event_log.has_value(), b.event_log.has_value());
}

TEST(TpmEvidence, ComesBackFromItsOwnText) {
  json::Object bare = bundle();
  drop(bare, "pcrs");
  member(bare, "ak") = json::Object{{"public", key_pem(Key::rsa())}};
  member(*member(bare, "quote").object(), "signature") = to_base64(quote().signature.rsa);
  member(*member(bare, "quote").object(), "signature_form") = "rsassa_sha256";
  json::Object supplied = bundle();
  member(supplied, "supplied") = json::Object{{"webserver_rootca", "x\n"}};
  for (const json::Object& object : {bundle(), bare, supplied}) {
    const auto evidence = parse_object(object);
    ASSERT_TRUE(evidence.ok()) << to_string(evidence.error());
    const auto again = parse_evidence(as_bytes(to_json(*evidence)));
    ASSERT_TRUE(again.ok()) << to_string(again.error());
    expect_same(*evidence, *again);
    EXPECT_EQ(to_json(*again), to_json(*evidence));
  }
}

TEST(TpmEvidence, RefusesUnknownMembersEverywhere) {
  json::Object outer = bundle();
  member(outer, "nonce") = "";
  expect_error(parse_object(outer), Code::unknown_field, "tpm.evidence.nonce");
  for (const std::string part : {"quote", "pcrs", "ak"}) {
    json::Object object = bundle();
    member(*member(object, part).object(), "extra") = 1;
    expect_error(parse_object(object), Code::unknown_field, "tpm.evidence." + part + ".extra");
  }
  json::Object supplied = bundle();
  member(supplied, "supplied") = json::Object{{"other", "x"}};
  expect_error(parse_object(supplied), Code::unknown_field, "tpm.evidence.supplied.other");
}

TEST(TpmEvidence, RefusesMissingMembers) {
  for (const std::string part : {"quote", "ak"}) {
    json::Object object = bundle();
    drop(object, part);
    expect_error(parse_object(object), Code::missing_field, "tpm.evidence." + part);
  }
  for (const std::string part : {"message", "signature"}) {
    json::Object object = bundle();
    drop(*member(object, "quote").object(), part);
    expect_error(parse_object(object), Code::missing_field, "tpm.evidence.quote." + part);
  }
}

TEST(TpmEvidence, RefusesNeitherCertificateNorKey) {
  json::Object object = bundle();
  member(object, "ak") = json::Object{};
  expect_error(parse_object(object), Code::missing_field, "tpm.evidence.ak");
  member(object, "ak") = json::Object{{"certificates", json::Array{}}};
  expect_error(parse_object(object), Code::missing_field, "tpm.evidence.ak.certificates");
}

TEST(TpmEvidence, RefusesOtherVersionsAndForms) {
  json::Object kind = bundle();
  member(kind, "kind") = "cupel.tpm/2";
  expect_error(parse_object(kind), Code::unsupported_version, "tpm.evidence.kind");
  json::Object signature = bundle();
  member(*member(signature, "quote").object(), "signature_form") = "raw";
  expect_error(parse_object(signature), Code::unsupported_version,
               "tpm.evidence.quote.signature_form");
  json::Object pcrs = bundle();
  member(*member(pcrs, "pcrs").object(), "form") = "yaml";
  expect_error(parse_object(pcrs), Code::unsupported_version, "tpm.evidence.pcrs.form");
  json::Object created = bundle();
  member(created, "created") = "yesterday";
  expect_error(parse_object(created), Code::bad_encoding, "tpm.evidence.created");
}

TEST(TpmEvidence, RefusesWrongTypes) {
  expect_error(parse_evidence(as_bytes("[]")), Code::bad_encoding, "tpm.evidence");
  expect_error(parse_evidence({}), Code::truncated, "tpm.evidence");
  json::Object number = bundle();
  member(*member(number, "quote").object(), "message") = 7;
  expect_error(parse_object(number), Code::bad_encoding, "tpm.evidence.quote.message");
  json::Object null = bundle();
  member(null, "pcrs") = nullptr;
  expect_error(parse_object(null), Code::bad_encoding, "tpm.evidence.pcrs");
  json::Object chain = bundle();
  member(*member(chain, "ak").object(), "certificates") = json::Array{1};
  expect_error(parse_object(chain), Code::bad_encoding, "tpm.evidence.ak.certificates[0]");
}

TEST(TpmEvidence, RefusesBase64ThatIsNotCanonical) {
  for (const std::string text : {"_w==", "/w", "/x==", "/w==\n", " /w=="}) {
    json::Object object = bundle();
    member(*member(object, "quote").object(), "message") = text;
    expect_error(parse_object(object), Code::bad_encoding, "tpm.evidence.quote.message");
  }
}

TEST(TpmEvidence, RefusesElevenCertificatesAndTwoInOneString) {
  const std::string one = pem_of(authority().intermediate);
  json::Object many = bundle();
  member(*member(many, "ak").object(), "certificates") = json::Array(11, one);
  expect_error(parse_object(many), Code::out_of_range, "tpm.evidence.ak.certificates");
  member(*member(many, "ak").object(), "certificates") = json::Array(10, one);
  EXPECT_TRUE(parse_object(many).ok());
  member(*member(many, "ak").object(), "certificates") = json::Array{one + one};
  expect_error(parse_object(many), Code::bad_encoding, "tpm.evidence.ak.certificates[0]");
}

TEST(TpmEvidence, RefusesAPrivateKeyBesideTheCertificate) {
  json::Object object = bundle();
  member(*member(object, "ak").object(), "certificates") =
      json::Array{pem::dump("PRIVATE KEY", ByteVector(3, 1))};
  expect_error(parse_object(object), Code::bad_encoding, "tpm.evidence.ak.certificates[0]");
}

TEST(TpmEvidence, RefusesEmptyAndMisshapenSuppliedTexts) {
  json::Object object = bundle();
  member(object, "supplied") = json::Object{{"webserver_rootca", ""}};
  expect_error(parse_object(object), Code::missing_field, "tpm.evidence.supplied.webserver_rootca");
  member(object, "supplied") = json::Object{{"application_disk_roothash", std::string(62, '0')}};
  expect_error(parse_object(object), Code::bad_length,
               "tpm.evidence.supplied.application_disk_roothash");
  member(object, "supplied") =
      json::Object{{"application_disk_roothash", "0x" + std::string(62, '0')}};
  expect_error(parse_object(object), Code::bad_encoding,
               "tpm.evidence.supplied.application_disk_roothash");
}

TEST(TpmEvidence, RefusesDuplicateMembers) {
  std::string text = json::dump(bundle());
  text.insert(1, "\"kind\":\"cupel.tpm/1\",");
  EXPECT_EQ(parse_evidence(as_bytes(text)).error().code, Code::duplicate_field);
}

TEST(TpmEvidence, NamesThePlaceInAPart) {
  json::Object object = bundle();
  member(*member(object, "quote").object(), "message") =
      to_base64(Bytes(quote().message).first(20));
  expect_error(parse_object(object), Code::truncated, "tpm.attest.qualified_signer");
  object = bundle();
  member(*member(object, "pcrs").object(), "data") = to_base64(Bytes(values()).first(95));
  expect_error(parse_object(object), Code::truncated, "tpm.pcrs.sha256.15");
}

// ---- tpm-12 and public areas --------------------------------------------------------------------

ByteVector public_area(std::uint32_t attributes) {
  BIGNUM* n = nullptr;
  EVP_PKEY_get_bn_param(Key::rsa().get(), "n", &n);
  ByteVector modulus(256);
  BN_bn2bin(n, modulus.data());
  BN_free(n);
  return test::Writer()
      .u16(1)
      .u16(0x000b)
      .u32(attributes)
      .sized({})
      .u16(0x0010)
      .u16(0x0014)
      .u16(0x000b)
      .u16(2048)
      .u32(0)
      .sized(modulus)
      .bytes();
}

TEST(TpmEvidence, TakesAPublicAreaOfARestrictedSigningKey) {
  for (const bool sized : {false, true}) {
    const ByteVector area = public_area(0x00050072);
    json::Object object = bundle();
    member(object, "ak") =
        json::Object{{"public", to_base64(sized ? test::Writer().sized(area).bytes() : area)}};
    const auto evidence = parse_object(object);
    ASSERT_TRUE(evidence.ok()) << to_string(evidence.error());
    EXPECT_EQ(evidence->ak_public, Key::rsa().spki());
  }
}

TEST(TpmEvidence, RefusesAPublicAreaOfAnyOtherKey) {
  for (const std::uint32_t attributes : {0x00040072U, 0x00030072U, 0x00050070U}) {
    json::Object object = bundle();
    member(object, "ak") = json::Object{{"public", to_base64(public_area(attributes))}};
    expect_error(parse_object(object), Code::bad_key, "tpm.public.object_attributes", "tpm-12");
  }
}

// ---- evaluate -----------------------------------------------------------------------------------

TEST(TpmEvaluate, GivesClaimsForACertifiedKey) {
  const auto claims = evaluate_object(bundle());
  ASSERT_TRUE(claims.ok()) << to_string(claims.error());
  EXPECT_EQ(claims->family(), "tpm");
  EXPECT_EQ(std::get<ByteVector>(claims->find("tpm.pcr.sha256.4")->value), ByteVector(32, 2));
  EXPECT_EQ(claims->find("tpm.pcr.sha256.5"), nullptr);
  EXPECT_EQ(claims->find("tpm.ak.subject")->provenance, Provenance::endorsement);
}

TEST(TpmEvaluate, RefusesABareKeyThatNobodyNamed) {
  json::Object object = bundle();
  member(object, "ak") = json::Object{{"public", key_pem(Key::rsa())}};
  expect_error(evaluate_object(object), Code::untrusted_chain, "tpm.ak_public", "tpm-06");
  VerifyContext other = authority().context();
  ASSERT_TRUE(other.anchors.add_key("other", Key::rsa("other").spki()).ok());
  expect_error(evaluate_object(object, other), Code::untrusted_chain, "tpm.ak_public", "tpm-06");
}

TEST(TpmEvaluate, TakesABareKeyThatTheCallerNamed) {
  json::Object object = bundle();
  member(object, "ak") = json::Object{{"public", key_pem(Key::rsa())}};
  VerifyContext context{UnixTime(0), TrustAnchors({})};
  ASSERT_TRUE(context.anchors.add_key("lab", as_bytes(key_pem(Key::rsa()))).ok());
  const auto claims = evaluate_object(object, context);
  ASSERT_TRUE(claims.ok()) << to_string(claims.error());
  EXPECT_FALSE(claims->assurance().assumed.empty());
  EXPECT_EQ(claims->find("tpm.ak.spki_sha256")->provenance, Provenance::configuration);
  EXPECT_EQ(claims->find("tpm.ak.not_after"), nullptr);
}

TEST(TpmEvaluate, TriesTheChainUnlessExactlyThisKeyWasNamed) {
  VerifyContext context = authority().context();
  ASSERT_TRUE(context.anchors.add_key("other", Key::rsa("other").spki()).ok());
  const auto by_chain = evaluate_object(bundle(), context);
  ASSERT_TRUE(by_chain.ok()) << to_string(by_chain.error());
  EXPECT_NE(by_chain->find("tpm.ak.anchor"), nullptr);
  ASSERT_TRUE(context.anchors.add_key("this", Key::rsa().spki()).ok());
  const auto by_name = evaluate_object(bundle(), context);
  ASSERT_TRUE(by_name.ok());
  EXPECT_EQ(by_name->find("tpm.ak.anchor"), nullptr);
}

TEST(TpmEvaluate, RefusesAKeyBesideTheCertificateOfAnother) {
  json::Object object = bundle();
  member(*member(object, "ak").object(), "public") = key_pem(Key::rsa("other"));
  expect_error(evaluate_object(object), Code::key_mismatch, "tpm.ak_public", "tpm-06");
  VerifyContext context = authority().context();
  ASSERT_TRUE(context.anchors.add_key("other", Key::rsa("other").spki()).ok());
  expect_error(evaluate_object(object, context), Code::key_mismatch, "tpm.ak_public", "tpm-06");
  member(*member(object, "ak").object(), "public") = key_pem(Key::rsa());
  EXPECT_TRUE(evaluate_object(object).ok());
}

TEST(TpmEvaluate, MarksWhatMerelyCameAlong) {
  json::Object object = bundle();
  member(object, "supplied") = json::Object{{"webserver_rootca", "text\n"},
                                            {"application_disk_roothash", std::string(64, '0')}};
  const auto claims = evaluate_object(object);
  ASSERT_TRUE(claims.ok());
  const Claim* ca = claims->find("tpm.supplied.webserver_rootca");
  ASSERT_NE(ca, nullptr);
  EXPECT_EQ(ca->provenance, Provenance::unauthenticated);
  EXPECT_EQ(std::get<std::string>(ca->value), "text\n");
  EXPECT_EQ(claims->find("tpm.supplied.application_disk_roothash")->provenance,
            Provenance::unauthenticated);
}

TEST(TpmEvaluate, RefusesABareSignatureThatWasNotDeclared) {
  json::Object object = bundle();
  member(*member(object, "quote").object(), "signature") = to_base64(quote().signature.rsa);
  EXPECT_EQ(evaluate_object(object).error().code, Code::unsupported_algorithm);
  member(*member(object, "quote").object(), "signature_form") = "rsassa_sha256";
  EXPECT_TRUE(evaluate_object(object).ok());
}

// ---- family, needed, describe -------------------------------------------------------------------

TEST(TpmFamily, RecognisesItsDocumentsAndNoOthers) {
  EXPECT_TRUE(kFamily.looks_like(as_bytes(json::dump(bundle()))));
  EXPECT_TRUE(kFamily.looks_like(as_bytes("\n {\"cert_chain\": [], \"quote\": {}}")));
  EXPECT_FALSE(kFamily.looks_like(as_bytes("{\"quote\": {}}")));
  EXPECT_FALSE(kFamily.looks_like(as_bytes("[\"quote\", \"cert_chain\"]")));
  EXPECT_FALSE(kFamily.looks_like({}));
}

TEST(TpmFamily, DescribesEveryPart) {
  json::Object object = bundle();
  member(object, "supplied") = json::Object{{"webserver_rootca", "x\n"}};
  const auto text = kFamily.describe(as_bytes(json::dump(object)));
  ASSERT_TRUE(text.ok()) << to_string(text.error());
  const auto value = json::parse(*text, "test");
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(*value->find("attest")->find("extra_data")->string(), "c0ffee");
  EXPECT_EQ(value->find("ak_certificates")->array()->size(), 2U);
  EXPECT_EQ(value->find("pcrs")->find("digests")->array()->size(), 3U);
  EXPECT_EQ(*value->find("webserver_rootca")->string(), "x\n");
  EXPECT_FALSE(kFamily.describe(as_bytes("{}")).ok());
}

TEST(TpmFamily, NamesTheRootItKnowsAndItsRevocationList) {
  const Key& key = Key::ec("P-256", "intermediate");
  const ByteVector leaf = certificate({.name = "vm",
                                       .key = &Key::rsa(),
                                       .issuer_name = "Global Virtual TPM CA - 03",
                                       .issuer_key = &key});
  json::Object object = bundle();
  member(object, "ak") = json::Object{{"certificates", json::Array{pem_of(leaf)}}};
  const auto requests = kFamily.needed(as_bytes(json::dump(object)));
  ASSERT_TRUE(requests.ok()) << to_string(requests.error());
  ASSERT_EQ(requests->size(), 2U);
  EXPECT_EQ((*requests)[0].kind, "certificate");
  EXPECT_EQ((*requests)[0].cache_key, "azure-virtual-tpm-root-2023.crt");
  EXPECT_EQ((*requests)[1].kind, "crl");
  EXPECT_TRUE(
      (*requests)[1].url.starts_with("http://www.microsoft.com/pkiops/crl/Azure%20Virtual"));
}

TEST(TpmFamily, NamesNothingForAnAuthorityItDoesNotKnow) {
  const auto requests = kFamily.needed(as_bytes(json::dump(bundle())));
  ASSERT_TRUE(requests.ok());
  EXPECT_TRUE(requests->empty());
}

TEST(TpmFamily, HasAPageForEveryCheck) {
  ASSERT_EQ(kFamily.checks.size(), 12U);
  for (std::size_t i = 0; i < kFamily.checks.size(); ++i) {
    const CheckInfo& page = kFamily.checks[i];
    EXPECT_EQ(page.id, (i < 9 ? "tpm-0" : "tpm-") + std::to_string(i + 1));
    for (const auto text : {page.title, page.source, page.meaning, page.why, page.not_proved,
                            page.causes, page.remedy}) {
      EXPECT_GT(text.size(), 10U) << page.id;
    }
  }
}

}  // namespace
}  // namespace cupel::tpm
