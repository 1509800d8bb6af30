#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <cupel/sgx.hpp>

#include "unit/dcap/support.hpp"

namespace cupel::sgx {
namespace {

using test::evidence;

TEST(SgxParse, RefusesEveryCutAndEveryAppendedByte) {
  const ByteVector good = evidence("sgx/ok--v3");
  ASSERT_TRUE(parse(good).ok());
  for (std::size_t length = 0; length < good.size(); length += 3) {
    EXPECT_FALSE(parse(Bytes(good).first(length)).ok()) << length;
  }
  ByteVector longer = good;
  longer.push_back(0);
  EXPECT_EQ(parse(longer).error().code, Code::trailing_bytes);
  EXPECT_EQ(parse(ByteVector(dcap::kMaxQuoteSize + 1, 0)).error().code, Code::too_large);
}

TEST(SgxParse, KeepsTheBytesAsTheyCame) {
  const ByteVector good = evidence("sgx/ok--v3");
  const auto quote = parse(good);
  ASSERT_TRUE(quote.ok());
  EXPECT_EQ(quote->raw, good);
  EXPECT_EQ(quote->report.isv_prod_id, 7);
}

TEST(DcapTrim, TakesOffZerosAndNothingElse) {
  const ByteVector good = evidence("sgx/ok--v3");
  ByteVector padded = good;
  padded.resize(8000, 0);
  const auto trimmed = dcap::trim_zero_padding(padded);
  ASSERT_TRUE(trimmed.ok());
  EXPECT_EQ(to_vector(*trimmed), good);
  EXPECT_EQ(to_vector(*dcap::trim_zero_padding(good)), good);
  padded[7000] = 1;
  const auto refused = dcap::trim_zero_padding(padded);
  EXPECT_EQ(refused.error().code, Code::trailing_bytes);
  EXPECT_EQ(refused.error().offset, 7000U);
  EXPECT_EQ(dcap::trim_zero_padding(Bytes(good).first(good.size() - 1)).error().code,
            Code::truncated);
  EXPECT_EQ(dcap::trim_zero_padding({}).error().code, Code::truncated);
}

class SgxVerify : public ::testing::Test {
 protected:
  SgxVerify() {
    for (const char* file : {"tcb_info.json", "qe_identity.json"}) {
      const std::string kind(file, std::string_view(file).find('.'));
      brought_.items[kind] = to_vector(as_bytes(test::document("sgx/ok--v3", file)));
    }
    brought_.crls = {test::read(folder() / "endorsements/pck.crl"),
                     test::read(folder() / "endorsements/root.crl")};
    TrustAnchors signers({});
    EXPECT_TRUE(
        signers.add_certificates("signer", as_bytes(test::document("sgx/ok--v3", "signer.pem")))
            .ok());
    brought_.certificates = {signers.certificates()[0].der};
    EXPECT_TRUE(
        context_.anchors.add_certificates("test", test::read(folder() / "anchors.pem")).ok());
  }
  static std::filesystem::path folder() { return test::vectors() / "sgx/ok--v3"; }

  Endorsements brought_;
  VerifyContext context_{.now = test::kNow, .anchors = TrustAnchors({})};
};

TEST_F(SgxVerify, UsesCollateralThatWasParsedOnce) {
  const auto collateral = dcap::Collateral::parse(brought_).value();
  ChainCache cache;
  context_.cache = &cache;
  for (int i = 0; i < 2; ++i) {
    const auto verified = verify(parse(evidence("sgx/ok--v3")).value(), collateral, context_);
    ASSERT_TRUE(verified.ok()) << to_string(verified.error());
    EXPECT_EQ(to_string((*verified)->tcb->status), "UpToDate");
  }
  EXPECT_GT(cache.size(), 4U);
}

// A cache that knows a signature does not excuse a changed one, nor a date.
TEST_F(SgxVerify, JudgesAnewWithAWarmCache) {
  ChainCache cache;
  context_.cache = &cache;
  const auto collateral = dcap::Collateral::parse(brought_).value();
  const Quote quote = parse(evidence("sgx/ok--v3")).value();
  ASSERT_TRUE(verify(quote, collateral, context_).ok());
  context_.now = UnixTime(test::kNow.seconds() + 20 * 86400);
  EXPECT_EQ(verify(quote, collateral, context_).error().code, Code::expired);
  context_.now = test::kNow;
  std::string changed = test::document("sgx/ok--v3", "tcb_info.json");
  changed[changed.size() - 3] = changed[changed.size() - 3] == '0' ? '1' : '0';
  brought_.items["tcb_info"] = to_vector(as_bytes(changed));
  const auto refused = verify(quote, dcap::Collateral::parse(brought_).value(), context_);
  EXPECT_EQ(refused.error().code, Code::bad_signature);
  EXPECT_EQ(refused.error().where, "dcap.tcb_info.signature");
}

// The quoting enclave's report comes again with every quote of its key. One that is remembered
// speaks for itself alone, not for another signature, another report or another key.
TEST_F(SgxVerify, RemembersAQuotingEnclaveWithItsSignature) {
  constexpr std::size_t kQeReport = 432 + 4 + 64 + 64;
  constexpr std::size_t kQeSignature = kQeReport + 384;
  ChainCache cache;
  context_.cache = &cache;
  const auto collateral = dcap::Collateral::parse(brought_).value();
  const ByteVector good = evidence("sgx/ok--v3");
  ASSERT_TRUE(verify(parse(good).value(), collateral, context_).ok());
  const auto changed_at = [&](std::size_t offset) {
    ByteVector bytes = good;
    bytes.at(offset) ^= 1U;
    return verify(parse(bytes).value(), collateral, context_).error();
  };
  for (const std::size_t offset : {kQeSignature, kQeSignature + 40, kQeReport + 64}) {
    const Error refused = changed_at(offset);
    EXPECT_EQ(refused.code, Code::bad_signature) << offset;
    EXPECT_EQ(refused.where, "dcap.qe_report_signature") << offset;
    EXPECT_EQ(refused.check, "dcap-05") << offset;
  }
  EXPECT_EQ(changed_at(300).where, "dcap.signature");
  EXPECT_TRUE(verify(parse(good).value(), collateral, context_).ok());
}

TEST_F(SgxVerify, BelievesTheSignedBytesAndNoField) {
  const auto collateral = dcap::Collateral::parse(brought_).value();
  Quote quote = parse(evidence("sgx/ok--v3")).value();
  quote.report.mrenclave.fill(0xaa);
  quote.header.version = 9;
  quote.tcb = dcap::Judgement{};
  quote.certificates = parse(evidence("sgx/ok--pce_behind")).value().certificates;
  const auto verified = verify(std::move(quote), collateral, context_);
  ASSERT_TRUE(verified.ok()) << to_string(verified.error());
  EXPECT_EQ((*verified)->report.mrenclave[1], 1);
  EXPECT_EQ((*verified)->header.version, 3);
  EXPECT_EQ((*verified)->platform->pce_svn, 13);
}

// Every bit of the collateral counts: documents, lists, and the signer's certificate.
TEST_F(SgxVerify, RefusesEveryFlippedBitOfItsCollateral) {
  const Quote quote = parse(evidence("sgx/ok--v3")).value();
  const Endorsements good = brought_;
  const auto refuses = [&](const Endorsements& changed) {
    const auto collateral = dcap::Collateral::parse(changed);
    return !collateral || !verify(quote, *collateral, context_).ok();
  };
  const auto flip_all = [&](std::size_t bits, const std::string& what, const auto& part) {
    for (std::size_t bit = 0; bit < bits; bit += 37) {
      Endorsements changed = good;
      ByteVector& bytes = part(changed);
      // A hex digit of the signature in the other case is the same signature.
      const std::size_t byte = bit / 8;
      const bool in_signature = what.ends_with("}") && byte + 131 > bytes.size();
      if (in_signature && bit % 8 == 5 && std::isxdigit(bytes[byte] ^ 0x20U) != 0 &&
          std::isalpha(bytes[byte]) != 0) {
        continue;
      }
      bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ (1U << (bit % 8)));
      EXPECT_TRUE(refuses(changed)) << what << ", bit " << bit;
    }
  };
  for (const char* kind : {"tcb_info", "qe_identity"}) {
    flip_all(good.items.at(kind).size() * 8, std::string(kind) + " {}",
             [&](Endorsements& e) -> ByteVector& { return e.items.at(kind); });
  }
  for (std::size_t i = 0; i < good.crls.size(); ++i) {
    flip_all(good.crls[i].size() * 8, "CRL " + std::to_string(i),
             [&](Endorsements& e) -> ByteVector& { return e.crls[i]; });
  }
  flip_all(good.certificates[0].size() * 8, "signer",
           [](Endorsements& e) -> ByteVector& { return e.certificates[0]; });
}

TEST_F(SgxVerify, RefusesWithoutCollateral) {
  const auto none = dcap::Collateral::parse({}).value();
  const Quote quote = parse(evidence("sgx/ok--v3")).value();
  EXPECT_EQ(verify(quote, none, context_).error().code, Code::revocation_unknown);
  context_.revocation = Revocation::dangerous_ignored;
  EXPECT_EQ(verify(quote, none, context_).error().code, Code::collateral_missing);
}

TEST(SgxNeeded, NamesIntelsService) {
  const auto requests = needed(evidence("sgx/ok--v3"));
  ASSERT_TRUE(requests.ok());
  ASSERT_EQ(requests->size(), 4U);
  EXPECT_EQ((*requests)[0].kind, "tcb_info");
  EXPECT_EQ((*requests)[0].url,
            "https://api.trustedservices.intel.com/sgx/certification/v4/tcb?fmspc=00606a000000");
  EXPECT_EQ((*requests)[0].issuer_chain_header, "TCB-Info-Issuer-Chain");
  EXPECT_EQ((*requests)[1].kind, "qe_identity");
  EXPECT_THAT((*requests)[2].url, ::testing::HasSubstr("pckcrl?ca=platform&encoding=der"));
  EXPECT_EQ((*requests)[2].issuer_chain_header, "SGX-PCK-CRL-Issuer-Chain");
  EXPECT_EQ((*requests)[3].url,
            "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der");
  // Nothing says which processor made this one.
  EXPECT_EQ(needed(evidence("sgx/collateral_missing--ppid_only"))->size(), 1U);
}

}  // namespace
}  // namespace cupel::sgx
