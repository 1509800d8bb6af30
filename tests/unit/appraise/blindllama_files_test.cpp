// BlindLlama's measurements_*.json and application.json.
#include "unit/appraise/support.hpp"

namespace cupel {
namespace {

using test::policy_file;

const std::string kHex(64, '1');
const std::string kMeasurements = R"({"measurements": {"4": ")" + kHex + R"(", "0": ")" + kHex +
                                  R"(", "12": ")" + std::string(64, '0') + "\"}}";
const std::string kApplication = R"({"application_disk_roothash": ")" + kHex + "\"}";

Result<Policy> load(const std::vector<PolicyFile>& files) {
  return load_policy(files);
}

void refuses(const std::vector<PolicyFile>& files, const std::string& where) {
  const auto loaded = load(files);
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().code, Code::bad_policy);
  EXPECT_EQ(loaded.error().where, where) << to_string(loaded.error());
}

TEST(BlindllamaFiles, AcceptsMeasurementsWithApplication) {
  const auto loaded = load({policy_file("config/measurements_azure.json", kMeasurements),
                            policy_file("application.json", kApplication),
                            policy_file("measurements_qemu.json", kMeasurements)});
  ASSERT_TRUE(loaded.ok()) << to_string(loaded.error());
  EXPECT_EQ(loaded->source, "blindllama");
  ASSERT_EQ(loaded->accept.size(), 2U);
  EXPECT_EQ(loaded->accept[0].label, "measurements_azure.json");
  EXPECT_EQ(loaded->accept[1].label, "measurements_qemu.json");
  for (const Alternative& one : loaded->accept) {
    EXPECT_EQ(one.family, "tpm");
    ASSERT_EQ(one.require.size(), 4U);
    EXPECT_EQ(one.require[0].claim, "tpm.pcr.sha256.0");
    EXPECT_EQ(one.require[1].claim, "tpm.pcr.sha256.4");
    EXPECT_EQ(one.require[2].claim, "tpm.pcr.sha256.12");
    EXPECT_EQ(one.require[3].claim, "tpm.supplied.application_disk_roothash");
    ASSERT_EQ(one.replay.size(), 1U);
    EXPECT_EQ(one.replay[0].claim, "tpm.pcr.sha256.15");
    ASSERT_EQ(one.replay[0].steps.size(), 3U);
    EXPECT_EQ(one.replay[0].steps[1].digest, test::zeros());
    ASSERT_TRUE(one.tls_key);
    EXPECT_EQ(one.tls_key->form, TlsBinding::Form::root_ca_pem);
    EXPECT_FALSE(one.nonce);
  }
}

TEST(BlindllamaFiles, ReadsMeasurementsAlone) {
  const auto measured = load({policy_file("measurements_azure.json", kMeasurements)});
  ASSERT_TRUE(measured.ok());
  EXPECT_FALSE(measured->accept[0].tls_key);
  EXPECT_TRUE(measured->accept[0].replay.empty());
}

// Whatever was booted can extend register 15 as it likes.
TEST(BlindllamaFiles, RefusesAnApplicationWithoutTheSystemBelow) {
  const auto application = load({policy_file("application.json", kApplication)});
  ASSERT_FALSE(application.ok());
  EXPECT_EQ(application.error().code, Code::bad_policy);
  EXPECT_EQ(application.error().where, "application.json: accept[0].require");
}

TEST(BlindllamaFiles, RoundTripThroughOurOwnForm) {
  const auto loaded = load({policy_file("m.json", kMeasurements), policy_file("a", kApplication)});
  ASSERT_TRUE(loaded.ok());
  const auto again = test::load(to_json(*loaded));
  ASSERT_TRUE(again.ok()) << to_string(again.error());
  EXPECT_EQ(to_json(*again), to_json(*loaded));
  EXPECT_EQ(again->source, "cupel");
}

TEST(BlindllamaFiles, RefusesMeasurementsThatAreNotExact) {
  const auto table = [](const std::string& entries) {
    return std::vector<PolicyFile>{policy_file("m.json", "{\"measurements\": {" + entries + "}}")};
  };
  const std::string value = ": \"" + kHex + "\"";
  refuses(table(""), "m.json: measurements");
  refuses(table("\"24\"" + value), "m.json: measurements.24");
  refuses(table("\"-1\"" + value), "m.json: measurements.-1");
  refuses(table("\"04\"" + value), "m.json: measurements.04");
  refuses(table("\"+4\"" + value), "m.json: measurements.+4");
  refuses(table("\"4 \"" + value), "m.json: measurements.4 ");
  refuses(table("\"\"" + value), "m.json: measurements.");
  refuses(table("\"pcr4\"" + value), "m.json: measurements.pcr4");
  refuses(table("\"99999999999\"" + value), "m.json: measurements.99999999999");
  refuses(table("\"4\": \"" + kHex + "11\""), "m.json: measurements.4");
  refuses(table("\"4\": \"0x" + std::string(62, '1') + "\""), "m.json: measurements.4");
  refuses(table("\"4\": 4"), "m.json: measurements.4");
  refuses(table("\"4\"" + value + ", \"4\"" + value), "m.json");
  refuses({policy_file("m.json", R"({"measurements": []})")}, "m.json: measurements");
  refuses({policy_file("m.json", R"({"measurements": {"4": ")" + kHex + R"("}, "x": 1})")},
          "m.json: x");
  // SHA-1 sized values are no SHA-256 values.
  refuses(table("\"4\": \"" + std::string(40, '1') + "\""), "m.json: measurements.4");
}

TEST(BlindllamaFiles, RefusesApplicationsThatAreNotExact) {
  const std::string key = R"({"application_disk_roothash": )";
  refuses({policy_file("a.json", key + "\"\"}")}, "a.json: application_disk_roothash");
  refuses({policy_file("a.json", key + "null}")}, "a.json: application_disk_roothash");
  refuses({policy_file("a.json", key + "\"" + kHex + "1\"}")}, "a.json: application_disk_roothash");
  refuses({policy_file("a.json", key + "\"" + kHex + "\", \"y\": 1}")}, "a.json: y");
}

TEST(BlindllamaFiles, RefusesMixturesWithoutPlainMeaning) {
  const std::string ours = to_json(test::policy());
  ASSERT_TRUE(test::load(ours).ok());
  refuses({policy_file("p.json", ours), policy_file("a.json", kApplication)}, "p.json");
  refuses({policy_file("m.json", kMeasurements), policy_file("p.json", ours)}, "p.json");
  refuses({policy_file("p.json", ours), policy_file("q.json", ours)}, "p.json");
  refuses({policy_file("a.json", kApplication), policy_file("b.json", kApplication)}, "b.json");
  refuses({policy_file("m.json", kMeasurements), policy_file("x.json", R"({"x": 1})")}, "x.json");
}

TEST(BlindllamaFiles, RefusesResettableRegistersAsTheOnlyMeasurement) {
  refuses({policy_file("m.json", R"({"measurements": {"16": ")" + kHex + "\"}}")},
          "m.json: accept[0].require");
}

}  // namespace
}  // namespace cupel
