#include <gtest/gtest.h>

#include "codec/cbor.hpp"
#include "codec/json.hpp"
#include "codec/pem.hpp"
#include "dcap/endorsement.hpp"
#include "dcap/tcb_info.hpp"
#include "unit/dcap/support.hpp"

namespace cupel::dcap {
namespace {

using test::document;

const std::string& good() {
  static const std::string text = document("sgx/ok--v3", "tcb_info.json");
  return text;
}

void refuses(const std::string& text, Code code, const std::string& where) {
  const auto got = parse_tcb_info(text);
  ASSERT_FALSE(got.ok()) << text.substr(0, 200);
  EXPECT_EQ(got.error().code, code) << to_string(got.error());
  EXPECT_EQ(got.error().where, where);
}

TEST(DcapTcbInfo, KeepsTheSignedBytesAsTheyArrived) {
  const auto info = parse_tcb_info(good());
  ASSERT_TRUE(info.ok());
  const std::string text(as_text(info->signed_text.text));
  EXPECT_NE(good().find(text), std::string::npos);
  EXPECT_TRUE(text.starts_with("{\"id\":\"SGX\"") && text.ends_with("}]}")) << text;
}

TEST(DcapTcbInfo, RefusesEveryCut) {
  for (std::size_t length = 0; length < good().size(); length += 7) {
    EXPECT_FALSE(parse_tcb_info(good().substr(0, length)).ok()) << length;
  }
}

TEST(DcapTcbInfo, RefusesEveryMemberRemoved) {
  const json::Value whole = json::parse(good(), "t").value();
  const json::Object members = *whole.find("tcbInfo")->object();
  for (const auto& [name, value] : members) {
    json::Value copy = whole;
    for (auto& [outer, inner] : *copy.object()) {
      if (outer == "tcbInfo") {
        std::erase_if(*inner.object(),
                      [&, &gone = name](const auto& member) { return member.first == gone; });
      }
    }
    EXPECT_FALSE(parse_tcb_info(json::dump(copy)).ok()) << name;
  }
}

TEST(DcapTcbInfo, RefusesWhatIsNoPcsAnswer) {
  refuses("{}", Code::missing_field, "dcap.tcb_info.tcbInfo");
  refuses("[]", Code::bad_encoding, "dcap.tcb_info");
  refuses(R"({"tcbInfo":[],"signature":""})", Code::bad_encoding, "dcap.tcb_info.tcbInfo");
  refuses(R"({"tcbInfo":{},"signature":"00"})", Code::bad_length, "dcap.tcb_info.signature");
}

// The same forms in which Open Enclave's tests are kept: captured, hence skipped where absent.
TEST(DcapTcbInfo, RefusesTheNegativeDocumentsOfOpenEnclave) {
  const char* set = std::getenv("CUPEL_VECTORS");
  const std::filesystem::path root = set != nullptr ? set : CUPEL_DEFAULT_VECTORS;
  const auto folder = root / "sgx" / "neg-collateral-json-open-enclave";
  if (!std::filesystem::is_directory(folder)) {
    GTEST_SKIP() << "no captured vectors at " << folder << " (CUPEL_VECTORS)";
  }
  std::size_t refused = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().filename().string().find("Negative") != std::string::npos) {
      EXPECT_FALSE(parse_tcb_info(as_text(test::read(entry.path()))).ok()) << entry.path();
      ++refused;
    }
  }
  EXPECT_EQ(refused, 19U);
}

TEST(DcapQeIdentity, ReadsMiscselectAsLittleEndian) {
  std::string text = document("sgx/ok--v3", "qe_identity.json");
  test::replace(text, "\"miscselect\":\"00000000\"", "\"miscselect\":\"01020304\"");
  EXPECT_EQ(parse_qe_identity(text)->misc_select, 0x04030201U);
}

// ---- the forms that collateral is stored in
// ------------------------------------------------------

TEST(DcapEndorsement, TakesTheJsonOfDcapQvl) {
  const auto info = parse_tcb_info(good()).value();
  const auto identity = parse_qe_identity(document("sgx/ok--v3", "qe_identity.json")).value();
  const auto hex = [](Bytes bytes) {
    std::string out;
    for (const std::uint8_t byte : bytes) {
      constexpr std::string_view kDigits = "0123456789abcdef";
      out.push_back(kDigits[byte >> 4U]);
      out.push_back(kDigits[byte & 0xfU]);
    }
    return out;
  };
  const auto crl = test::read(test::vectors() / "sgx/ok--v3/endorsements/pck.crl");
  json::Object all{{"tcb_info", std::string(as_text(info.signed_text.text))},
                   {"tcb_info_signature", hex(info.signed_text.signature)},
                   {"tcb_info_issuer_chain", document("sgx/ok--v3", "signer.pem")},
                   {"qe_identity", std::string(as_text(identity.signed_text.text))},
                   {"qe_identity_signature", hex(identity.signed_text.signature)},
                   {"qe_identity_issuer_chain", document("sgx/ok--v3", "signer.pem")},
                   {"pck_crl", hex(crl)}};
  Endorsements got;
  const auto taken = take_endorsement(got, as_bytes(json::dump(all)));
  ASSERT_TRUE(taken.ok()) << to_string(taken.error());
  EXPECT_TRUE(*taken);
  EXPECT_EQ(got.certificates.size(), 1U);
  EXPECT_EQ(got.crls, std::vector<ByteVector>{crl});
  const auto again = parse_tcb_info(as_text(got.items.at("tcb_info")));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->signed_text.text, info.signed_text.text);
  EXPECT_EQ(again->signed_text.sha256, info.signed_text.sha256);

  all.emplace_back("colour", 7);
  EXPECT_EQ(take_endorsement(got, as_bytes(json::dump(all))).error().code, Code::unknown_field);
}

// A CBOR map of texts, as a BlindAI server answers.
ByteVector blindai(const std::map<std::string, std::string>& texts) {
  cbor::Writer out;
  out.map(texts.size() + 1).text("version").unsigned_integer(3);
  for (const auto& [name, text] : texts) {
    out.text(name).text(text);
  }
  return out.written();
}

TEST(DcapEndorsement, TakesTheMapOfABlindAiServer) {
  const std::string signer = document("sgx/ok--v3", "signer.pem");
  const auto crl = [](const char* file) {
    return pem::dump("X509 CRL", test::read(test::vectors() / "sgx/ok--v3/endorsements" / file));
  };
  std::map<std::string, std::string> texts{
      {"pck_certificate", signer},
      {"pck_signing_chain", signer},
      {"pck_crl_issuer_chain", signer},
      {"tcb_info_issuer_chain", signer},
      {"qe_identity_issuer_chain", signer},
      {"root_ca_crl", crl("root.crl")},
      {"pck_crl", crl("pck.crl")},
      {"tcb_info", good()},
      {"qe_identity", document("sgx/ok--v3", "qe_identity.json")}};
  Endorsements got;
  const auto taken = take_endorsement(got, blindai(texts));
  ASSERT_TRUE(taken.ok()) << to_string(taken.error());
  EXPECT_TRUE(*taken);
  EXPECT_EQ(got.certificates.size(), 1U);
  EXPECT_EQ(got.crls.size(), 2U);
  EXPECT_EQ(as_text(got.items.at("tcb_info")), good());
  for (const auto& [name, text] : texts) {
    std::map<std::string, std::string> fewer = texts;
    fewer.erase(name);
    EXPECT_EQ(take_endorsement(got, blindai(fewer)).error().code, Code::missing_field) << name;
    fewer[name] = "hello";
    EXPECT_FALSE(take_endorsement(got, blindai(fewer)).ok()) << name;
  }
  texts["colour"] = "red";
  EXPECT_EQ(take_endorsement(got, blindai(texts)).error().code, Code::unknown_field);
}

TEST(DcapEndorsement, TakesHexCrlsAndUrlEncodedChains) {
  Endorsements got;
  const auto crl = test::read(test::vectors() / "sgx/ok--v3/endorsements/pck.crl");
  std::string hex;
  for (const std::uint8_t byte : crl) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    hex.push_back(kDigits[byte >> 4U]);
    hex.push_back(kDigits[byte & 0xfU]);
  }
  ASSERT_TRUE(take_endorsement(got, as_bytes(hex + "\n")).ok());
  EXPECT_EQ(got.crls, std::vector<ByteVector>{crl});

  std::string encoded;
  for (const char c : document("sgx/ok--v3", "signer.pem")) {
    encoded += c == ' ' ? "%20" : c == '\n' ? "%0A" : std::string(1, c);
  }
  const auto taken = take_endorsement(got, as_bytes(encoded));
  ASSERT_TRUE(taken.ok()) << to_string(taken.error());
  EXPECT_EQ(got.certificates.size(), 1U);
  encoded.replace(encoded.find("%0A"), 3, "%0G");
  EXPECT_EQ(take_endorsement(got, as_bytes(encoded)).error().code, Code::bad_encoding);
}

TEST(DcapEndorsement, RefusesASecondDocumentOfOneKind) {
  Endorsements got;
  ASSERT_TRUE(*take_endorsement(got, as_bytes(good())));
  ASSERT_TRUE(*take_endorsement(got, as_bytes(good())));
  EXPECT_EQ(got.items.size(), 1U);
  const auto other = document("sgx/ok--status_out_of_date", "tcb_info.json");
  EXPECT_EQ(take_endorsement(got, as_bytes(other)).error().code, Code::duplicate_field);
}

TEST(DcapEndorsement, LeavesOthersFormsAlone) {
  Endorsements got;
  for (const std::string text : {"", "hello", "{\"a\":1}", "00", "[]", "3082"}) {
    const auto taken = take_endorsement(got, as_bytes(text));
    ASSERT_TRUE(taken.ok()) << text;
    EXPECT_FALSE(*taken) << text;
  }
}

TEST(DcapCollateral, RefusesADocumentUnderAnothersName) {
  Endorsements brought;
  brought.items["tdx_tcb_info"] = to_vector(as_bytes(good()));
  const auto got = Collateral::parse(brought);
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().code, Code::collateral_mismatch);
  EXPECT_EQ(got.error().where, "dcap.tcb_info.id");
}

TEST(DcapAnchors, NameIntelsKeyAndNothingElse) {
  const TrustAnchors anchors = vendor_anchors();
  ASSERT_EQ(anchors.fingerprints().size(), 1U);
  EXPECT_EQ(anchors.fingerprints()[0].of, Anchor::Of::spki);
  EXPECT_NE(anchors.fingerprints()[0].sha256, Sha256Digest{});
}

}  // namespace
}  // namespace cupel::dcap
