#include <cupel/evidence.hpp>

#include "nitro/collateral.hpp"
#include "nitro/describe.hpp"
#include "support.hpp"

namespace cupel::nitro {
namespace {

using test::expect_error;
using test::Spec;

TEST(NitroParse, ReadsEveryField) {
  Spec spec;
  spec.public_key = ByteVector{1, 2, 3};
  spec.user_data = ByteVector{};
  spec.nonce = ByteVector(1024, 7);
  const Document document = spec.document();
  EXPECT_EQ(document.raw.front(), 0x84);
  EXPECT_EQ(document.kind, Kind::enclave);
  EXPECT_EQ(document.module_id, "i-0-enc0");
  EXPECT_EQ(document.timestamp_ms, test::kTimestamp);
  EXPECT_EQ(document.pcrs, spec.pcrs);
  EXPECT_EQ(document.certificate, spec.by->leaf.der);
  EXPECT_EQ(document.cabundle, spec.bundle);
  EXPECT_EQ(document.public_key, spec.public_key);
  EXPECT_EQ(document.user_data, spec.user_data);
  EXPECT_EQ(document.nonce, spec.nonce);
  EXPECT_FALSE(document.signer.has_value());
}

TEST(NitroParse, TellsTpmsFromEnclaves) {
  Spec spec;
  spec.registers = "nitrotpm_pcrs";
  EXPECT_EQ(spec.document().kind, Kind::nitro_tpm);
  EXPECT_EQ(to_string(Kind::nitro_tpm), "nitro_tpm");
  EXPECT_EQ(to_string(Kind::enclave), "enclave");
}

TEST(NitroParse, GivesErrorsTheirPlaceInTheWholeDocument) {
  Spec spec;
  spec.pcrs[3] = ByteVector(47);
  const ByteVector bytes = spec.bytes();
  const auto refused = parse(bytes);
  expect_error(refused, Code::bad_length, "nitro.payload.pcrs.3", "nitro-03");
  // The byte string's head: 58 2f, after the key 03.
  EXPECT_EQ(bytes.at(refused.error().offset - 1), 0x03);
  EXPECT_EQ(bytes.at(refused.error().offset), 0x58);
  EXPECT_EQ(bytes.at(refused.error().offset + 1), 47);
}

TEST(NitroParse, RefusesEveryCut) {
  const ByteVector bytes = Spec{}.bytes();
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    expect_error(parse(Bytes(bytes).first(length)), Code::truncated, "nitro.cose", "nitro-01");
  }
}

TEST(NitroParse, RefusesRegistersThatDoNotExist) {
  Spec last;
  last.pcrs[31] = ByteVector(48);
  EXPECT_TRUE(parse(last.bytes()).ok());
  Spec beyond;
  beyond.pcrs[32] = ByteVector(48);
  expect_error(parse(beyond.bytes()), Code::out_of_range, "nitro.payload.pcrs", "nitro-03");
  Spec tpm;
  tpm.registers = "nitrotpm_pcrs";
  tpm.pcrs[23] = ByteVector(48);
  EXPECT_TRUE(parse(tpm.bytes()).ok());
  tpm.pcrs[24] = ByteVector(48);
  expect_error(parse(tpm.bytes()), Code::out_of_range, "nitro.payload.nitrotpm_pcrs", "nitro-03");
  Spec unknown;
  unknown.registers = "registers";
  expect_error(parse(unknown.bytes()), Code::unknown_field, "nitro.payload.registers", "nitro-02");
}

TEST(NitroParse, RefusesWhatIsTooLarge) {
  expect_error(parse(ByteVector(kMaxDocumentSize + 1)), Code::too_large, "nitro.cose", "nitro-01");
}

TEST(NitroDescribe, ShowsEveryField) {
  Spec spec;
  spec.nonce = ByteVector{0xab, 0xcd};
  const std::string text = describe(spec.bytes()).value();
  for (const char* part : {"\"module_id\": \"i-0-enc0\"", "\"nonce\": \"abcd\"", "CN=Leaf",
                           "\"public_key\": null", "\"kind\": \"enclave\"", "CN=Issuing"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part;
  }
}

TEST(NitroDescribe, ShowsBytesThatAreNoCertificate) {
  Spec spec;
  spec.bundle = {ByteVector{0xde, 0xad}};
  const std::string text = describe(spec.bytes()).value();
  EXPECT_NE(text.find("\"der\": \"dead\""), std::string::npos);
}

TEST(NitroNeeded, NamesNothingForOtherAuthorities) {
  EXPECT_TRUE(needed(Spec{}.document()).value().empty());
}

TEST(NitroNeeded, NamesTheRootsCrlUnderItsName) {
  const auto root = cupel::testing::issue({.subject = "aws.nitro-enclaves,"},
                                          test::make_key(test::KeyKind::p384));
  Spec spec;
  spec.bundle = {root.der};
  EXPECT_TRUE(needed(spec.document()).ok());
}

TEST(NitroNeeded, RefusesABundleThatIsNone) {
  Spec spec;
  spec.bundle = {ByteVector{1}};
  expect_error(needed(spec.document()), Code::bad_certificate, "nitro.cabundle[0]", "");
  EXPECT_FALSE(needed_for(ByteVector{1}).ok());
}

TEST(NitroAnchors, AreOneRootByFingerprint) {
  const TrustAnchors anchors = vendor_anchors();
  ASSERT_EQ(anchors.fingerprints().size(), 1U);
  const Anchor& root = anchors.fingerprints().front();
  EXPECT_EQ(to_hex(root.sha256),
            "641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b");
  EXPECT_EQ(root.of, Anchor::Of::certificate);
  EXPECT_EQ(to_string(root.not_after), "2049-10-28T14:28:05Z");
}

}  // namespace
}  // namespace cupel::nitro
