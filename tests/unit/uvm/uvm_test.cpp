// Endorsements made by hand with a test authority, each wrong in one thing.
#include <gtest/gtest.h>

#include <algorithm>
#include <cupel/uvm.hpp>
#include <functional>

#include "base/base64.hpp"
#include "base/hex.hpp"
#include "codec/cose.hpp"
#include "crypto/digest.hpp"
#include "unit/crypto/test_ca.hpp"

namespace cupel::uvm {
namespace {

using cupel::testing::Issued;
using cupel::testing::KeyKind;
using cupel::testing::make_key;

constexpr std::uint64_t kSigned = 1710000000;  // 2024-03-09
constexpr UnixTime kNow{1800000000};           // long after every certificate but the root's ended
const std::string kUsage = "1.3.6.1.4.1.311.76.59.1.2";

struct Authority {
  Issued root;
  Issued issuing;
  Issued leaf;

  explicit Authority(const std::string& label = "uvm", const std::string& leaf_usage = kUsage,
                     KeyKind leaf_kind = KeyKind::rsa2048) {
    const std::string usage = "keyCertSign,cRLSign";
    root = cupel::testing::issue({.subject = "Root", .ca = true, .key_usage = usage},
                                 make_key(KeyKind::rsa2048, label + " root"));
    issuing = cupel::testing::issue({.subject = "Issuing", .ca = true, .key_usage = usage},
                                    make_key(KeyKind::rsa2048, label + " issuing"), &root);
    leaf = cupel::testing::issue(
        {.subject = "Leaf", .key_usage = "digitalSignature", .extended_key_usage = leaf_usage},
        make_key(leaf_kind, label + " leaf"), &issuing);
  }
  std::string issuer() const {
    return "did:x509:0:sha256:" + to_base64url(crypto::sha256(root.der)) + "::eku:" + kUsage;
  }
};

const Authority& authority() {
  static const Authority made;
  return made;
}

using Members = std::vector<std::pair<std::string, std::function<void(cbor::Writer&)>>>;

// Header members by a name; tests replace, add or take away.
struct Spec {
  const Authority* by = &authority();
  bool newer = false;
  std::int64_t alg = -38;
  std::string issuer = authority().issuer();
  std::string feed = "Feed";
  std::uint64_t signed_at = kSigned;
  std::uint64_t svn = 104;
  std::vector<ByteVector> chain{authority().leaf.der, authority().issuing.der,
                                authority().root.der};
  ByteVector thumbprint = to_vector(crypto::sha256(authority().leaf.der));
  ByteVector payload{};
  std::function<void(Members&)> change = [](Members&) {};
  std::function<void(cbor::Writer&)> unprotected = [](cbor::Writer& out) { out.map(0); };
  cupel::testing::Signing how{.digest = "SHA384", .pss = true};

  static std::string json(const std::string& more = R"(,"x-ms-sevsnpvm-guestsvn":"104")") {
    return R"({"x-ms-sevsnpvm-launchmeasurement":")" + std::string(96, 'a') + "\"" + more + "}";
  }

  static void time(cbor::Writer& out, std::uint64_t at) { out.tag(1).unsigned_integer(at); }

  Members members() const {
    Members out;
    out.emplace_back("1", [this](cbor::Writer& w) { w.integer(1).integer(alg); });
    if (newer) {
      out.emplace_back("15", [this](cbor::Writer& w) {
        w.integer(15).map(4).integer(1).text(issuer).integer(2).text(feed).integer(6);
        time(w, signed_at);
        w.text("svn").unsigned_integer(svn);
      });
      out.emplace_back("258", [](cbor::Writer& w) { w.integer(258).integer(-43); });
      out.emplace_back("259",
                       [](cbor::Writer& w) { w.integer(259).text("application/octet-stream"); });
    } else {
      out.emplace_back("3", [](cbor::Writer& w) { w.integer(3).text("application/json"); });
      out.emplace_back("iss", [this](cbor::Writer& w) { w.text("iss").text(issuer); });
      out.emplace_back("feed", [this](cbor::Writer& w) { w.text("feed").text(feed); });
      out.emplace_back("signingtime", [this](cbor::Writer& w) {
        w.text("signingtime");
        time(w, signed_at);
      });
    }
    out.emplace_back("33", [this](cbor::Writer& w) {
      w.integer(33).array(chain.size());
      for (const ByteVector& der : chain) {
        w.bytes(der);
      }
    });
    out.emplace_back(
        "34", [this](cbor::Writer& w) { w.integer(34).array(2).integer(-16).bytes(thumbprint); });
    change(out);
    return out;
  }

  ByteVector bytes() const {
    cbor::Writer header;
    const Members all = members();
    header.map(all.size());
    for (const auto& [name, write] : all) {
      write(header);
    }
    ByteVector body = payload;
    if (body.empty()) {
      body = newer ? ByteVector(48, 0xaa) : to_vector(as_bytes(json()));
    }
    cbor::Writer signed_bytes;
    signed_bytes.array(4).text("Signature1").bytes(header.written()).bytes(Bytes{}).bytes(body);
    cbor::Writer out;
    out.tag(18).array(4).bytes(header.written());
    unprotected(out);
    out.bytes(body).bytes(cupel::testing::sign(by->leaf.key, signed_bytes.written(), how));
    return out.written();
  }

  Trust trust() const { return {authority().issuer(), "Feed"}; }
  Result<Verified<Endorsement>> verified(UnixTime now = kNow) const {
    CUPEL_TRY(Endorsement parsed, parse(bytes()));
    return verify(std::move(parsed), trust(), {now, TrustAnchors({})});
  }
};

void without(Members& members, const std::string& name) {
  std::erase_if(members, [&](const auto& member) { return member.first == name; });
}

void replace(Members& members, const std::string& name, std::function<void(cbor::Writer&)> write) {
  for (auto& member : members) {
    if (member.first == name) {
      member.second = std::move(write);
    }
  }
}

template <class T>
void expect_refused(const Result<T>& result, Code code, std::string_view where) {
  ASSERT_FALSE(result.ok()) << "accepted; expected " << to_string(code) << " at " << where;
  EXPECT_EQ(to_string(result.error().code), to_string(code)) << to_string(result.error());
  EXPECT_EQ(result.error().where, where) << to_string(result.error());
}

Spec newer() {
  Spec spec;
  spec.newer = true;
  return spec;
}

TEST(Uvm, AcceptsBothForms) {
  for (const Spec& spec : {Spec{}, newer()}) {
    const auto verified = spec.verified();
    ASSERT_TRUE(verified.ok()) << to_string(verified.error());
    const Endorsement& endorsement = **verified;
    EXPECT_EQ(endorsement.form, spec.newer ? Form::hash_envelope : Form::json);
    EXPECT_EQ(endorsement.issuer, authority().issuer());
    EXPECT_EQ(endorsement.feed, "Feed");
    EXPECT_EQ(endorsement.svn, 104U);
    EXPECT_EQ(endorsement.signed_at, UnixTime(kSigned));
    EXPECT_EQ(endorsement.launch_measurement, ByteVector(48, 0xaa));
    EXPECT_EQ(endorsement.certificates, spec.chain);
    EXPECT_EQ(verified->assurance().valid_until, kNoEnd);
    EXPECT_FALSE(verified->assurance().assumed.empty());
  }
}

TEST(Uvm, BelievesNothingButTheSignedBytes) {
  Endorsement lie = parse(Spec{}.bytes()).value();
  lie.launch_measurement = ByteVector(48, 0xff);
  lie.issuer = "nobody";
  lie.svn = 999;
  lie.signed_at = UnixTime(0);
  lie.certificates.clear();
  const auto verified = verify(std::move(lie), Spec{}.trust(), {kNow, TrustAnchors({})});
  ASSERT_TRUE(verified.ok()) << to_string(verified.error());
  EXPECT_EQ((**verified).launch_measurement, ByteVector(48, 0xaa));
  EXPECT_EQ((**verified).svn, 104U);
}

TEST(Uvm, AcceptsReceiptsAndTimestampsWithoutBelievingThem) {
  Spec spec;
  spec.unprotected = [](cbor::Writer& out) {
    out.map(2).text("timestamp").bytes(ByteVector{1}).integer(394).array(1).bytes(ByteVector{2});
  };
  EXPECT_TRUE(spec.verified().ok());
}

TEST(Uvm, RefusesOtherUnprotectedHeaders) {
  const auto with = [](std::function<void(cbor::Writer&)> header) {
    Spec spec;
    spec.unprotected = std::move(header);
    return parse(spec.bytes());
  };
  constexpr std::string_view kWhere = "uvm.cose.unprotected";
  expect_refused(with([](auto& w) { w.map(1).integer(4).bytes(ByteVector{1}); }),
                 Code::unknown_field, kWhere);
  expect_refused(with([](auto& w) { w.map(1).integer(394).array(0); }), Code::bad_encoding, kWhere);
  expect_refused(with([](auto& w) { w.map(1).integer(394).array(1).integer(1); }),
                 Code::bad_encoding, kWhere);
  expect_refused(with([](auto& w) { w.map(1).text("timestamp").text("x"); }), Code::bad_encoding,
                 kWhere);
  expect_refused(with([](auto& w) { w.map(1).integer(33).bytes(ByteVector{1}); }),
                 Code::duplicate_field, kWhere);
  expect_refused(with([](auto& w) { w.map(1).text("iss").text("other"); }), Code::duplicate_field,
                 kWhere);
}

TEST(Uvm, RefusesOtherAlgorithms) {
  for (const std::int64_t alg : {-37, -39, -35, -7}) {
    Spec spec;
    spec.alg = alg;
    expect_refused(parse(spec.bytes()), Code::unsupported_algorithm, "uvm.cose.alg");
  }
  Spec none;
  none.change = [](Members& m) { without(m, "1"); };
  expect_refused(parse(none.bytes()), Code::missing_field, "uvm.cose.alg");
}

TEST(Uvm, RefusesHeadersThatAreMissingOrUnknown) {
  for (const auto& [name, where] : {std::pair{"3", "uvm.content_type"},
                                    {"iss", "uvm.iss"},
                                    {"feed", "uvm.feed"},
                                    {"signingtime", "uvm.signingtime"},
                                    {"33", "uvm.x5chain"}}) {
    Spec spec;
    spec.change = [name = std::string(name)](Members& m) { without(m, name); };
    expect_refused(parse(spec.bytes()), Code::missing_field, where);
  }
  for (const auto& [name, where] : {std::pair{"258", "uvm.payload_hash_alg"},
                                    {"259", "uvm.preimage_content_type"},
                                    {"33", "uvm.x5chain"}}) {
    Spec spec = newer();
    spec.change = [name = std::string(name)](Members& m) { without(m, name); };
    expect_refused(parse(spec.bytes()), Code::missing_field, where);
  }
  Spec extra;
  extra.change = [](Members& m) {
    m.emplace_back("x", [](cbor::Writer& w) { w.text("svn").integer(1); });
  };
  expect_refused(parse(extra.bytes()), Code::unknown_field, "uvm.cose.protected");
  Spec mixed = newer();  // the older form's issuer beside the newer form's
  mixed.change = [](Members& m) {
    m.emplace_back("iss", [](cbor::Writer& w) { w.text("iss").text("other"); });
  };
  expect_refused(parse(mixed.bytes()), Code::unknown_field, "uvm.cose.protected");
  Spec critical;
  critical.change = [](Members& m) {
    m.emplace_back("2", [](cbor::Writer& w) { w.integer(2).array(1).integer(33); });
  };
  expect_refused(parse(critical.bytes()), Code::unknown_field, "uvm.cose.protected.crit");
}

TEST(Uvm, RefusesHeadersOfOtherTypes) {
  const auto with = [](Spec spec, const std::string& name,
                       std::function<void(cbor::Writer&)> write) {
    spec.change = [=](Members& m) { replace(m, name, write); };
    return parse(spec.bytes());
  };
  expect_refused(with(Spec{}, "3", [](auto& w) { w.integer(3).text("text/plain"); }),
                 Code::bad_encoding, "uvm.content_type");
  expect_refused(with(Spec{}, "iss", [](auto& w) { w.text("iss").bytes(ByteVector{1}); }),
                 Code::bad_encoding, "uvm.iss");
  expect_refused(with(Spec{}, "feed", [](auto& w) { w.text("feed").text(""); }), Code::bad_encoding,
                 "uvm.feed");
  expect_refused(with(Spec{}, "signingtime", [](auto& w) { w.text("signingtime").integer(7); }),
                 Code::bad_encoding, "uvm.signingtime");
  expect_refused(
      with(Spec{}, "signingtime", [](auto& w) { w.text("signingtime").tag(0).text("x"); }),
      Code::bad_encoding, "uvm.signingtime");
  expect_refused(
      with(Spec{}, "signingtime", [](auto& w) { w.text("signingtime").tag(1).integer(-1); }),
      Code::bad_encoding, "uvm.signingtime");
  expect_refused(with(Spec{}, "34", [](auto& w) { w.integer(34).array(1).integer(-16); }),
                 Code::bad_encoding, "uvm.x5t");
  expect_refused(with(Spec{}, "34",
                      [](auto& w) { w.integer(34).array(2).integer(-15).bytes(ByteVector(32)); }),
                 Code::unsupported_algorithm, "uvm.x5t");
  expect_refused(with(newer(), "15", [](auto& w) { w.integer(15).array(0); }), Code::bad_encoding,
                 "uvm.cwt_claims");
  expect_refused(with(newer(), "15", [](auto& w) { w.integer(15).map(1).integer(7).integer(7); }),
                 Code::unknown_field, "uvm.cwt_claims");
  expect_refused(with(newer(), "15", [](auto& w) { w.integer(15).map(0); }), Code::missing_field,
                 "uvm.cwt_claims.iss");
  expect_refused(with(newer(), "258", [](auto& w) { w.integer(258).integer(-16); }),
                 Code::unsupported_algorithm, "uvm.payload_hash_alg");
}

TEST(Uvm, RefusesAThumbprintOfAnotherCertificate) {
  Spec spec;
  spec.thumbprint = to_vector(crypto::sha256(authority().root.der));
  expect_refused(parse(spec.bytes()), Code::digest_mismatch, "uvm.x5t");
  Spec absent;
  absent.change = [](Members& m) { without(m, "34"); };
  EXPECT_TRUE(absent.verified().ok());
}

Result<Endorsement> with_payload(const std::string& text) {
  Spec spec;
  spec.payload = to_vector(as_bytes(text));
  return parse(spec.bytes());
}

TEST(Uvm, ReadsTheVersionInEachOfItsForms) {
  const std::string number = R"(,"x-ms-sevsnpvm-guestsvn-int":7)";
  const std::string text = R"(,"x-ms-sevsnpvm-guestsvn":"7")";
  EXPECT_EQ(with_payload(Spec::json(number)).value().svn, 7U);
  EXPECT_EQ(with_payload(Spec::json(text)).value().svn, 7U);
  EXPECT_EQ(with_payload(Spec::json(text + number)).value().svn, 7U);
  EXPECT_EQ(with_payload(Spec::json("")).value().svn, std::nullopt);
  expect_refused(with_payload(Spec::json(R"(,"x-ms-sevsnpvm-guestsvn":"8")" + number)),
                 Code::duplicate_field, "uvm.payload.x-ms-sevsnpvm-guestsvn");
  for (const char* wrong : {"", "07", "-1", "7 ", "0x7", "18446744073709551616"}) {
    expect_refused(
        with_payload(Spec::json(R"(,"x-ms-sevsnpvm-guestsvn":")" + std::string(wrong) + "\"")),
        Code::bad_encoding, "uvm.payload.x-ms-sevsnpvm-guestsvn");
  }
  expect_refused(with_payload(Spec::json(R"(,"x-ms-sevsnpvm-guestsvn":7)")), Code::bad_encoding,
                 "uvm.payload.x-ms-sevsnpvm-guestsvn");
}

TEST(Uvm, RefusesOtherPayloads) {
  expect_refused(with_payload("{}"), Code::missing_field,
                 "uvm.payload.x-ms-sevsnpvm-launchmeasurement");
  expect_refused(with_payload("[]"), Code::bad_encoding, "uvm.payload");
  expect_refused(with_payload("{"), Code::truncated, "uvm.payload");
  expect_refused(with_payload(Spec::json() + "{}"), Code::trailing_bytes, "uvm.payload");
  expect_refused(with_payload(Spec::json(R"(,"x":1)")), Code::unknown_field, "uvm.payload.x");
  expect_refused(with_payload(R"({"x-ms-sevsnpvm-launchmeasurement":"aa"})"), Code::bad_length,
                 "uvm.launch_measurement");
  expect_refused(with_payload(R"({"x-ms-sevsnpvm-launchmeasurement":"zz"})"), Code::bad_encoding,
                 "uvm.payload.x-ms-sevsnpvm-launchmeasurement");
  Spec twice;
  twice.payload = to_vector(as_bytes(
      Spec::json(",\"x-ms-sevsnpvm-launchmeasurement\":\"" + std::string(96, 'b') + "\"")));
  expect_refused(parse(twice.bytes()), Code::duplicate_field, "uvm.payload");
  for (const std::size_t size : {1U, 47U, 49U}) {
    Spec spec = newer();
    spec.payload = ByteVector(size, 0xaa);
    expect_refused(parse(spec.bytes()), Code::bad_length, "uvm.launch_measurement");
  }
}

TEST(Uvm, RefusesWhatIsNotOneMessage) {
  ByteVector bytes = Spec{}.bytes();
  bytes.push_back(0);
  expect_refused(parse(bytes), Code::trailing_bytes, "uvm.cose");
  expect_refused(parse(ByteVector{}), Code::truncated, "uvm.cose");
  expect_refused(parse(ByteVector(kMaxEndorsementSize + 1)), Code::too_large, "uvm.cose");
}

TEST(Uvm, IsRecognisedByItsIssuerAndFeedWhateverSignedIt) {
  for (Spec spec : {Spec{}, newer()}) {
    EXPECT_TRUE(looks_like(spec.bytes()));
    spec.alg = -35;
    EXPECT_TRUE(looks_like(spec.bytes()));
    ByteVector longer = spec.bytes();
    longer.push_back(0);
    EXPECT_FALSE(looks_like(longer));
    EXPECT_FALSE(looks_like(Bytes(longer).first(longer.size() - 2)));
  }
  for (const char* name : {"iss", "feed"}) {
    Spec without_it;
    without_it.change = [name](Members& m) { without(m, name); };
    EXPECT_FALSE(looks_like(without_it.bytes())) << name;
  }
  Spec no_claims = newer();
  no_claims.change = [](Members& m) {
    replace(m, "15", [](cbor::Writer& w) { w.integer(15).map(0); });
  };
  EXPECT_FALSE(looks_like(no_claims.bytes()));
  EXPECT_FALSE(looks_like(ByteVector{}));
  EXPECT_FALSE(looks_like(as_bytes("{}")));
}

TEST(Uvm, SaysThatReceiptsAreNotLookedAt) {
  const auto verified = Spec{}.verified();
  ASSERT_TRUE(verified.ok());
  const auto& lines = verified->assurance().not_proved;
  EXPECT_TRUE(std::any_of(lines.begin(), lines.end(), [](const std::string& line) {
    return line.find("receipts are not looked at") != std::string::npos;
  }));
}

TEST(Uvm, RefusesAnotherIssuerOrFeed) {
  const Endorsement endorsement = parse(Spec{}.bytes()).value();
  const VerifyContext context{kNow, TrustAnchors({})};
  expect_refused(verify(endorsement, container_platform(), context), Code::untrusted_chain,
                 "uvm.iss");
  expect_refused(verify(endorsement, {authority().issuer(), "feed"}, context),
                 Code::untrusted_chain, "uvm.feed");
  expect_refused(verify(endorsement, {"", ""}, context), Code::untrusted_chain, "uvm.iss");
}

TEST(Uvm, RefusesAChainOfAnotherAuthorityUnderTheTrustedName) {
  static const Authority kOther("other");
  Spec spec;
  spec.by = &kOther;
  spec.chain = {kOther.leaf.der, kOther.issuing.der, kOther.root.der};
  spec.thumbprint = to_vector(crypto::sha256(kOther.leaf.der));
  expect_refused(spec.verified(), Code::untrusted_chain, "uvm.x5chain");
  // With the genuine authority added to it.
  spec.chain.push_back(authority().root.der);
  expect_refused(spec.verified(), Code::untrusted_chain, "uvm.x5chain");
}

TEST(Uvm, RefusesAnAuthorityThatIsTheLeafItself) {
  Spec spec;
  spec.issuer =
      "did:x509:0:sha256:" + to_base64url(crypto::sha256(authority().leaf.der)) + "::eku:" + kUsage;
  const auto parsed = parse(spec.bytes()).value();
  expect_refused(verify(parsed, {spec.issuer, "Feed"}, {kNow, TrustAnchors({})}),
                 Code::untrusted_chain, "uvm.x5chain");
}

TEST(Uvm, RefusesALeafWithoutTheUsage) {
  static const Authority kOther("usage", "1.3.6.1.4.1.311.76.59.1.1");
  Spec spec;
  spec.by = &kOther;
  spec.issuer = kOther.issuer();
  spec.chain = {kOther.leaf.der, kOther.issuing.der, kOther.root.der};
  spec.thumbprint = to_vector(crypto::sha256(kOther.leaf.der));
  const auto parsed = parse(spec.bytes()).value();
  expect_refused(verify(parsed, {kOther.issuer(), "Feed"}, {kNow, TrustAnchors({})}),
                 Code::bad_certificate, "uvm.x5chain");
}

TEST(Uvm, RefusesIncompleteChains) {
  Spec middle;
  middle.chain = {authority().leaf.der, authority().root.der};
  expect_refused(middle.verified(), Code::untrusted_chain, "uvm.x5chain");
  Spec top;
  top.chain = {authority().leaf.der, authority().issuing.der};
  expect_refused(top.verified(), Code::untrusted_chain, "uvm.x5chain");
  Spec broken;
  broken.chain[1] = {1, 2, 3};
  expect_refused(broken.verified(), Code::bad_certificate, "uvm.x5chain[1]");
}

TEST(Uvm, JudgesCertificatesAtTheTimeOfSigning) {
  const auto signed_at = [](std::int64_t seconds) {
    Spec spec;
    spec.signed_at = static_cast<std::uint64_t>(seconds);
    return spec.verified();
  };
  const std::int64_t start = cupel::testing::kStart.seconds();
  const std::int64_t end = cupel::testing::kEnd.seconds();
  EXPECT_TRUE(signed_at(start).ok());
  EXPECT_TRUE(signed_at(end).ok());
  expect_refused(signed_at(start - 1), Code::not_yet_valid, "uvm.x5chain");
  expect_refused(signed_at(end + 1), Code::expired, "uvm.x5chain");
}

TEST(Uvm, RefusesSignaturesFromTheFuture) {
  EXPECT_TRUE(Spec{}.verified(UnixTime(kSigned)).ok());
  expect_refused(Spec{}.verified(UnixTime(kSigned - 1)), Code::not_yet_valid, "uvm.signed_at");
}

TEST(Uvm, RefusesWhenRevocationIsRequired) {
  VerifyContext context{kNow, TrustAnchors({})};
  context.revocation = Revocation::required;
  expect_refused(verify(parse(Spec{}.bytes()).value(), Spec{}.trust(), context),
                 Code::revocation_unknown, "uvm.x5chain");
}

TEST(Uvm, RefusesOtherSignatures) {
  ByteVector flipped = Spec{}.bytes();
  flipped.back() ^= 1U;
  expect_refused(verify(parse(flipped).value(), Spec{}.trust(), {kNow, TrustAnchors({})}),
                 Code::bad_signature, "uvm.cose.signature");
  for (const cupel::testing::Signing& how :
       {cupel::testing::Signing{.digest = "SHA384"},
        cupel::testing::Signing{.digest = "SHA256", .pss = true},
        cupel::testing::Signing{.digest = "SHA384", .pss = true, .salt_length = 20}}) {
    Spec spec;
    spec.how = how;
    expect_refused(spec.verified(), Code::bad_signature, "uvm.cose.signature");
  }
}

TEST(Uvm, TrustsMicrosoftByFingerprint) {
  EXPECT_EQ(to_hex(from_base64url("I__iuL25oXEVFdTP_aBLx_eT1RPHbCQ_ECBQfYZpt9s", "test").value()),
            "23ffe2b8bdb9a1711515d4cffda04bc7f793d513c76c243f1020507d8669b7db");
  EXPECT_NE(container_platform().issuer.find("I__iuL25oXEVFdTP_aBLx_eT1RPHbCQ_ECBQfYZpt9s"),
            std::string::npos);
  EXPECT_EQ(container_platform().feed, "ContainerPlat-AMD-UVM");
}

}  // namespace
}  // namespace cupel::uvm
