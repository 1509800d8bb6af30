// Cupel's own JSON form: what loads, and what is refused where.
#include "unit/appraise/support.hpp"

namespace cupel {
namespace {

using test::load;

const std::string kHex(64, '1');

std::string quoted(const std::string& text) {
  return "\"" + text + "\"";
}

// A policy whose one alternative has these members besides the family.
std::string with(const std::string& members) {
  return R"({"version": 1, "accept": [{"family": "tpm", )" + members + "}]}";
}
// A policy that requires register 0, and this.
std::string requiring(const std::string& rules) {
  return with(R"("require": {"tpm.pcr.sha256.0": {"equals": ")" + kHex + "\"}, " + rules + "}");
}
// A policy that requires register 0 and has these further members.
std::string having(const std::string& members) {
  return with(R"("require": {"tpm.pcr.sha256.0": {"equals": ")" + kHex + "\"}}, " + members);
}

void refuses(const std::string& json, const std::string& path) {
  const auto loaded = load(json);
  ASSERT_FALSE(loaded.ok()) << json;
  EXPECT_EQ(loaded.error().code, Code::bad_policy) << to_string(loaded.error());
  EXPECT_EQ(loaded.error().where, path.empty() ? "p.json" : "p.json: " + path)
      << to_string(loaded.error());
  EXPECT_TRUE(loaded.error().check.empty());
}

TEST(LoadPolicy, AcceptsEveryPartOfTheForm) {
  const std::string json = R"({
    "version": 1, "name": "n", "comment": "c",
    "accept": [{
      "family": "tpm", "label": "l", "comment": "c", "expires": "2030-01-01T00:00:00Z",
      "require": {
        "tpm.pcr.sha256.0": {"one_of": [")" +
                           kHex + R"(", ")" + std::string(64, 'A') + R"("], "comment": "firmware"},
        "tpm.pcr.sha384.1": {"equals": ")" +
                           std::string(96, '0') + R"("},
        "tpm.reset_count": {"at_least": 18446744073709551615},
        "tpm.restart_count": {"at_most": 3},
        "tpm.clock_safe": {"equals": true},
        "tpm.ak.subject": {"present": true},
        "tpm.ak.not_before": {"max_age_s": 60},
        "tpm.ak.not_after": {"at_least": "2030-01-01T02:00:00+01:00"},
        "tpm.supplied.application_disk_roothash": {"equals": ")" +
                           kHex + R"("}},
      "replay": {"tpm.pcr.sha256.15": [
        {"claim": "tpm.supplied.application_disk_roothash"},
        {"digest": ")" + std::string(64, '0') +
                           R"("},
        {"digest_of": "tpm.supplied.webserver_rootca"}]},
      "bind": {
        "tls_key": {"claim": "tpm.supplied.webserver_rootca", "form": "root_ca_pem"},
        "nonce": {"claim": "tpm.extra_data", "offset": 4}},
      "dangerous_any_measurement": true, "dangerous_allow_debug": true}]})";
  const auto loaded = load(json);
  ASSERT_TRUE(loaded.ok()) << to_string(loaded.error());
  EXPECT_EQ(loaded->name, "n");
  EXPECT_EQ(loaded->source, "cupel");
  ASSERT_EQ(loaded->accept.size(), 1U);
  const Alternative& one = loaded->accept.front();
  EXPECT_EQ(one.label, "l");
  EXPECT_EQ(one.expires, UnixTime(1893456000));
  ASSERT_EQ(one.require.size(), 9U);
  EXPECT_EQ(one.require[0].op, Requirement::Op::one_of);
  EXPECT_EQ(one.require[0].values[1], ClaimValue(ByteVector(32, 0xaa)));
  EXPECT_EQ(one.require[2].values[0], ClaimValue(~std::uint64_t{0}));
  EXPECT_TRUE(one.require[5].values.empty());
  EXPECT_EQ(one.require[6].values[0], ClaimValue(std::uint64_t{60}));
  EXPECT_EQ(one.require[7].values[0], ClaimValue(UnixTime(1893459600)));
  ASSERT_EQ(one.replay.size(), 1U);
  EXPECT_EQ(one.replay[0].steps[1].digest, test::zeros());
  EXPECT_EQ(one.tls_key->form, TlsBinding::Form::root_ca_pem);
  EXPECT_EQ(one.nonce->offset, 4U);
  EXPECT_TRUE(one.dangerous_any_measurement);
  EXPECT_TRUE(one.dangerous_allow_debug);

  // Written and read again, it is the same policy.
  const std::string written = to_json(*loaded);
  const auto again = load(written);
  ASSERT_TRUE(again.ok()) << to_string(again.error());
  EXPECT_EQ(to_json(*again), written);
  EXPECT_EQ(again->accept[0].require[7].values, one.require[7].values);
}

TEST(LoadPolicy, AcceptsOnlySignedInPoliciesThatMeasure) {
  EXPECT_TRUE(load(with(R"("require": {}, "dangerous_any_measurement": true)")).ok());
  EXPECT_TRUE(load(with(R"("require": {}, "replay": {"tpm.pcr.sha256.4": [{"digest": ")" + kHex +
                        R"("}]})"))
                  .ok());
}

TEST(LoadPolicy, RefusesWhatIsNoPolicy) {
  refuses("", "");
  refuses("[]", "");
  refuses("null", "");
  refuses("{}", "");
  refuses("{\"version\": 1", "");
  refuses(R"({"hello": 1})", "");
  refuses(R"({"version": 1, "version": 1, "accept": []})", "");
  refuses(R"({"version": 1, "accept": []} x)", "");
  refuses(R"({"version": 1})", "accept");
  refuses(R"({"accept": []})", "version");
  refuses(R"({"version": 2, "accept": []})", "version");
  refuses(R"({"version": "1", "accept": []})", "version");
  refuses(R"({"version": 1.0, "accept": []})", "version");
  refuses(R"({"version": 1, "accept": []})", "accept");
  refuses(R"({"version": 1, "accept": {}})", "accept");
  refuses(R"({"version": 1, "name": 7, "accept": []})", "name");
  refuses(R"({"version": 1, "accept": [], "acept": []})", "acept");
  refuses(R"({"version": 1, "accept": ["tpm"]})", "accept[0]");
}

TEST(LoadPolicy, RefusesFilesThatAreTooLarge) {
  const auto loaded = load(std::string((1U << 20U) + 1, ' '));
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().code, Code::too_large);
  EXPECT_EQ(loaded.error().where, "p.json");
}

TEST(LoadPolicy, RefusesNoFileAtAll) {
  const auto loaded = load_policy({});
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().code, Code::bad_policy);
  EXPECT_EQ(loaded.error().where, "policy");
}

TEST(LoadPolicy, RefusesAlternativesWithoutMeaning) {
  refuses(R"({"version": 1, "accept": [{"require": {}}]})", "accept[0].family");
  refuses(R"({"version": 1, "accept": [{"family": "TPM", "require": {}}]})", "accept[0].family");
  refuses(with(R"("label": "x")"), "accept[0].require");
  refuses(with(R"("require": [])"), "accept[0].require");
  refuses(with(R"("requires": {}, "require": {})"), "accept[0].requires");
  refuses(having(R"("label": 1)"), "accept[0].label");
  refuses(having(R"("expires": "soon")"), "accept[0].expires");
  refuses(having(R"("expires": 1893456000)"), "accept[0].expires");
  refuses(having(R"("expires": "9999-12-31T23:59:59-01:00")"), "accept[0].expires");
  refuses(having(R"("dangerous_any_measurement": false)"), "accept[0].dangerous_any_measurement");
  refuses(having(R"("dangerous_allow_debug": false)"), "accept[0].dangerous_allow_debug");
  refuses(having(R"("dangerous_allow_debug": 1)"), "accept[0].dangerous_allow_debug");
}

TEST(LoadPolicy, RefusesWildcardsThatAreNotSpelledOut) {
  refuses(with(R"("require": {})"), "accept[0].require");
  refuses(with(R"("require": {"tpm.reset_count": {"at_least": 1}})"), "accept[0].require");
  refuses(with(R"("require": {"tpm.pcr.sha256.4": {"present": true}})"), "accept[0].require");
  refuses(with(R"("require": {"tpm.pcr.sha256.16": {"equals": ")" + kHex + "\"}}"),
          "accept[0].require");
  refuses(with(R"("require": {"tpm.pcr.sha256.23": {"equals": ")" + kHex + "\"}}"),
          "accept[0].require");
  // Whoever makes the evidence chooses both values.
  refuses(with(R"("require": {}, "replay": {"tpm.pcr.sha256.15": [
             {"claim": "tpm.supplied.application_disk_roothash"},
             {"digest_of": "tpm.supplied.webserver_rootca"}]})"),
          "accept[0].require");
}

TEST(LoadPolicy, RefusesClaimsThatAreNotTheFamilys) {
  for (const std::string name :
       {"tpm.pcr.sha256", "tpm.pcr.sha256.24", "tpm.pcr.sha256.07", "tpm.pcr.sha256.-1",
        "tpm.pcr.SHA256.7", "tpm.pcr.sha256.7 ", "snp.measurement", "debug", ""}) {
    refuses(requiring(quoted(name) + R"(: {"present": true})"), "accept[0].require." + name);
  }
}

TEST(LoadPolicy, RefusesWeakAndUnboundClaims) {
  refuses(requiring(R"("tpm.pcr.sha1.0": {"equals": ")" + std::string(40, '1') + "\"}"),
          "accept[0].require.tpm.pcr.sha1.0");
  refuses(having(R"("replay": {"tpm.pcr.sha1.0": [{"digest": ")" + std::string(40, '1') + "\"}]}"),
          "accept[0].replay.tpm.pcr.sha1.0");
  refuses(having(R"("replay": {"tpm.pcr.sha256.15": [{"digest_of": "tpm.pcr.sha1.0"}]})"),
          "accept[0].replay.tpm.pcr.sha256.15[0].digest_of");
  refuses(requiring(R"("tpm.supplied.application_disk_roothash": {"equals": ")" + kHex + "\"}"),
          "accept[0].require.tpm.supplied.application_disk_roothash");
  refuses(
      having(
          R"("bind": {"tls_key": {"claim": "tpm.supplied.webserver_rootca", "form": "root_ca_pem"}})"),
      "accept[0].bind.tls_key.claim");
}

TEST(LoadPolicy, RefusesRulesThatAreNotExactlyOne) {
  const std::string place = "accept[0].require.tpm.reset_count";
  refuses(requiring(R"("tpm.reset_count": {})"), place);
  refuses(requiring(R"("tpm.reset_count": 7)"), place);
  refuses(requiring(R"("tpm.reset_count": {"comment": "x"})"), place);
  refuses(requiring(R"("tpm.reset_count": {"at_least": 1, "at_most": 2})"), place);
  refuses(requiring(R"("tpm.reset_count": {"atleast": 1})"), place + ".atleast");
  refuses(requiring(R"("tpm.reset_count": {"at_least": 1, "comment": 2})"), place + ".comment");
  refuses(requiring(R"("tpm.reset_count": {"present": false})"), place + ".present");
  refuses(requiring(R"("tpm.reset_count": {"any": true})"), place + ".any");
  refuses(requiring(R"("tpm.reset_count": {"one_of": 7})"), place + ".one_of");
  refuses(requiring(R"("tpm.reset_count": {"one_of": []})"), place + ".one_of");
  refuses(requiring(R"("tpm.reset_count": {"one_of": [7, 8, 7]})"), place + ".one_of[2]");
}

TEST(LoadPolicy, RefusesValuesOfAnotherTypeOrSize) {
  const auto digest = [](const std::string& v) {
    return requiring(R"("tpm.pcr.sha256.7": {"equals": )" + v + "}");
  };
  const std::string place = "accept[0].require.tpm.pcr.sha256.7.equals";
  refuses(digest(quoted("0x" + std::string(62, '1'))), place);
  refuses(digest(quoted(std::string(63, '1'))), place);
  refuses(digest(quoted(std::string(62, '1'))), place);
  refuses(digest(quoted(std::string(66, '1'))), place);
  refuses(digest(quoted(std::string(63, '1') + "g")), place);
  refuses(digest(quoted(std::string(63, '1') + " ")), place);
  refuses(digest(quoted("")), place);
  refuses(digest("7"), place);
  refuses(digest("null"), place);
  refuses(digest("[\"" + kHex + "\"]"), place);
  refuses(requiring(R"("tpm.pcr.sha256.7": {"one_of": [")" + kHex + R"(", "12"]})"),
          "accept[0].require.tpm.pcr.sha256.7.one_of[1]");
  refuses(requiring(R"("tpm.reset_count": {"equals": "7"})"),
          "accept[0].require.tpm.reset_count.equals");
  refuses(requiring(R"("tpm.reset_count": {"equals": -7})"),
          "accept[0].require.tpm.reset_count.equals");
  refuses(requiring(R"("tpm.reset_count": {"equals": 7.0})"),
          "accept[0].require.tpm.reset_count.equals");
  // The JSON reader itself has no place for it.
  refuses(requiring(R"("tpm.reset_count": {"equals": 18446744073709551616})"), "");
  refuses(requiring(R"("tpm.clock_safe": {"equals": "true"})"),
          "accept[0].require.tpm.clock_safe.equals");
  refuses(requiring(R"("tpm.clock_safe": {"equals": 1})"),
          "accept[0].require.tpm.clock_safe.equals");
  refuses(requiring(R"("tpm.ak.subject": {"equals": 1})"),
          "accept[0].require.tpm.ak.subject.equals");
  refuses(requiring(R"("tpm.ak.not_before": {"at_least": 1893456000})"),
          "accept[0].require.tpm.ak.not_before.at_least");
}

TEST(LoadPolicy, RefusesRulesThatDoNotFitTheClaim) {
  refuses(requiring(R"("tpm.pcr.sha256.7": {"at_least": ")" + kHex + "\"}"),
          "accept[0].require.tpm.pcr.sha256.7.at_least");
  refuses(requiring(R"("tpm.ak.subject": {"at_most": "x"})"),
          "accept[0].require.tpm.ak.subject.at_most");
  refuses(requiring(R"("tpm.clock_safe": {"at_least": true})"),
          "accept[0].require.tpm.clock_safe.at_least");
  refuses(requiring(R"("tpm.reset_count": {"max_age_s": 7})"),
          "accept[0].require.tpm.reset_count.max_age_s");
  refuses(requiring(R"("tpm.ak.not_before": {"max_age_s": "7"})"),
          "accept[0].require.tpm.ak.not_before.max_age_s");
}

TEST(LoadPolicy, RefusesReplaysWithoutMeaning) {
  const auto replay = [](const std::string& claim, const std::string& steps) {
    return having(R"("replay": {")" + claim + "\": " + steps + "}");
  };
  const std::string place = "accept[0].replay.tpm.pcr.sha256.15";
  const std::string digest = R"([{"digest": ")" + kHex + "\"}]";
  refuses(replay("tpm.pcr.sha256.15", "[]"), place);
  refuses(replay("tpm.pcr.sha256.15", "{}"), place);
  refuses(replay("tpm.pcr.sha256.16", digest), "accept[0].replay.tpm.pcr.sha256.16");
  refuses(replay("tpm.pcr.sha256.23", digest), "accept[0].replay.tpm.pcr.sha256.23");
  refuses(replay("tpm.pcr_digest", digest), "accept[0].replay.tpm.pcr_digest");
  refuses(replay("tpm.reset_count", digest), "accept[0].replay.tpm.reset_count");
  refuses(replay("tpm.nothing", digest), "accept[0].replay.tpm.nothing");
  refuses(replay("tpm.supplied.webserver_rootca", digest),
          "accept[0].replay.tpm.supplied.webserver_rootca");
  refuses(replay("tpm.pcr.sha384.15", digest), "accept[0].replay.tpm.pcr.sha384.15[0].digest");
  refuses(replay("tpm.pcr.sha256.15", R"([{"digest": ""}])"), place + "[0].digest");
  refuses(replay("tpm.pcr.sha256.15", R"([{"digest": 0}])"), place + "[0].digest");
  refuses(replay("tpm.pcr.sha256.15", R"([{}])"), place + "[0]");
  refuses(replay("tpm.pcr.sha256.15", R"([{"digest": "00", "claim": "x"}])"), place + "[0]");
  refuses(replay("tpm.pcr.sha256.15", R"([{"digests": "00"}])"), place + "[0].digests");
  refuses(replay("tpm.pcr.sha256.15", R"([{"claim": "tpm.nothing"}])"), place + "[0].claim");
  refuses(replay("tpm.pcr.sha256.15", R"([{"claim": "tpm.supplied.webserver_rootca"}])"),
          place + "[0].claim");
  refuses(replay("tpm.pcr.sha256.15", R"([{"claim": "tpm.extra_data"}])"), place + "[0].claim");
  refuses(replay("tpm.pcr.sha256.15", R"([{"claim": "tpm.pcr.sha384.0"}])"), place + "[0].claim");
  refuses(replay("tpm.pcr.sha256.15", R"([{"digest_of": "tpm.reset_count"}])"),
          place + "[0].digest_of");
}

TEST(LoadPolicy, RefusesBindingsBeyondAFieldOfFixedSize) {
  const auto bound = [](const std::string& members) {
    return R"({"version": 1, "accept": [{"family": "snp", "require": {"snp.measurement":
               {"equals": ")" +
           kHex + kHex.substr(0, 32) + R"("}}, "bind": {)" + members + "}}]}";
  };
  const std::string field = R"("claim": "snp.report_data", "offset": )";
  EXPECT_TRUE(load(bound(R"("nonce": {)" + field + "32}")).ok());
  refuses(bound(R"("nonce": {)" + field + "33}"), "accept[0].bind.nonce.offset");
  refuses(bound(R"("tls_key": {"form": "spki_sha256", )" + field + "33}"),
          "accept[0].bind.tls_key.offset");
}

TEST(LoadPolicy, RefusesBindingsToWhatTheHostChooses) {
  for (const char* claim : {"snp.host_data", "snp.id_key_digest", "snp.author_key_digest"}) {
    for (const std::string binding : {R"("tls_key": {"form": "spki_sha256", )", R"("nonce": {)"}) {
      const bool key = binding.starts_with("\"tls_key");
      refuses(R"({"version": 1, "accept": [{"family": "snp", "require": {"snp.measurement":
                 {"equals": ")" +
                  kHex + kHex.substr(0, 32) + R"("}}, "bind": {)" + binding + R"("claim": ")" +
                  claim + "\"}}}]}",
              key ? "accept[0].bind.tls_key.claim" : "accept[0].bind.nonce.claim");
    }
  }
}

TEST(LoadPolicy, RefusesBindingsWithoutMeaning) {
  const auto key = [](const std::string& members) {
    return having(R"("bind": {"tls_key": {)" + members + "}}");
  };
  const auto nonce = [](const std::string& members) {
    return having(R"("bind": {"nonce": {)" + members + "}}");
  };
  refuses(having(R"("bind": [])"), "accept[0].bind");
  refuses(having(R"("bind": {"key": {}})"), "accept[0].bind.key");
  refuses(key(R"("form": "spki_sha256")"), "accept[0].bind.tls_key.claim");
  refuses(key(R"("claim": "tpm.extra_data")"), "accept[0].bind.tls_key.form");
  refuses(key(R"("claim": "tpm.extra_data", "form": "spki")"), "accept[0].bind.tls_key.form");
  refuses(key(R"("claim": "tpm.extra_data", "form": "root_ca_pem")"),
          "accept[0].bind.tls_key.claim");
  refuses(key(R"("claim": "tpm.reset_count", "form": "spki_sha256")"),
          "accept[0].bind.tls_key.claim");
  refuses(key(R"("claim": "tpm.pcr.sha256.7", "form": "spki_sha256")"),
          "accept[0].bind.tls_key.claim");
  refuses(
      key(R"("claim": "tpm.extra_data", "offset": 18446744073709551615, "form": "spki_sha256")"),
      "accept[0].bind.tls_key.offset");
  refuses(key(R"("claim": "tpm.extra_data", "offset": -1, "form": "spki_sha256")"),
          "accept[0].bind.tls_key.offset");
  // A vendor's or the caller's word is not the evidence's.
  refuses(key(R"("claim": "tpm.ak.spki_sha256", "form": "spki_sha256")"),
          "accept[0].bind.tls_key.claim");
  refuses(nonce(R"("offset": 0)"), "accept[0].bind.nonce.claim");
  refuses(nonce(R"("claim": "tpm.ak.subject")"), "accept[0].bind.nonce.claim");
  refuses(nonce(R"("claim": "tpm.pcr.sha1.7")"), "accept[0].bind.nonce.claim");
  refuses(nonce(R"("claim": "tpm.pcr.sha256.7")"), "accept[0].bind.nonce.claim");
  refuses(nonce(R"("claim": "tpm.extra_data", "form": "spki_sha256")"),
          "accept[0].bind.nonce.form");
  refuses(having(R"("bind": {"tls_key": {"claim": "tpm.extra_data", "form": "spki_sha256"},
                             "nonce": {"claim": "tpm.extra_data", "offset": 31}})"),
          "accept[0].bind.nonce");
}

}  // namespace
}  // namespace cupel
