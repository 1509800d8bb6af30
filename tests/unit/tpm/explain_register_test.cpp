#include "tpm/explain_register.hpp"

#include <gtest/gtest.h>

#include "family.hpp"
#include "unit/tpm/event_log_cases.hpp"

namespace cupel::tpm {
extern const Family kFamily;
}  // namespace cupel::tpm

namespace cupel::tpm::test {
namespace {

Event application(std::string_view image) {
  return event(4, kEvEfiBootServicesApplication, text_bytes("path"), text_bytes(image));
}

std::vector<Event> boot(std::string_view kernel) {
  return {event(4, kEvSeparator, ByteVector(4, 0)), event(7, kEvSeparator, ByteVector(4, 0)),
          application("loader"), application(kernel)};
}

ByteVector evidence_with(const std::optional<ByteVector>& log) {
  const Key& key = Key::rsa();
  Evidence evidence = {.form = "cupel.tpm/1",
                       .quote = QuoteSpec{}.signed_by(key),
                       .ak_certificates = {},
                       .ak_public = key.spki(),
                       .event_log = {},
                       .webserver_rootca = {},
                       .application_disk_roothash = {}};
  if (log) {
    evidence.event_log = parsed(*log);
  }
  return text_bytes(to_json(evidence));
}

const ByteVector& evidence() {
  static const ByteVector bytes = evidence_with(log_of(boot("evil kernel")));
  return bytes;
}

const ByteVector& reference() {
  static const ByteVector bytes = log_of(boot("kernel"));
  return bytes;
}

TEST(TpmExplainRegister, NamesTheFirstEventThatDiffers) {
  const auto text = explain_register(evidence(), reference(), "tpm.pcr.sha256.4");
  ASSERT_TRUE(text.ok()) << to_string(text.error());
  ASSERT_TRUE(text->has_value());
  const auto expected = first_difference(parsed(log_of(boot("evil kernel"))), parsed(reference()),
                                         HashAlg::sha256, 4);
  ASSERT_TRUE(expected.has_value());
  EXPECT_EQ(**text, expected->text);
  EXPECT_TRUE((*text)->starts_with("event 2 of PCR 4: EV_EFI_BOOT_SERVICES_APPLICATION, digest "))
      << **text;
}

TEST(TpmExplainRegister, ComparesTheBankOfTheClaim) {
  std::vector<Event> events = boot("kernel");
  events[3].digests[0].digest[0] ^= 1;  // SHA-1
  const ByteVector other = evidence_with(log_of(events));
  EXPECT_TRUE(explain_register(other, reference(), "tpm.pcr.sha1.4").value().has_value());
  EXPECT_FALSE(explain_register(other, reference(), "tpm.pcr.sha256.4").value().has_value());
}

TEST(TpmExplainRegister, SaysNothingWhereTheLogsAgree) {
  EXPECT_FALSE(explain_register(evidence(), reference(), "tpm.pcr.sha256.7").value().has_value());
  EXPECT_FALSE(explain_register(evidence(), reference(), "tpm.pcr.sha256.23").value().has_value());
  const ByteVector same = evidence_with(reference());
  EXPECT_FALSE(explain_register(same, reference(), "tpm.pcr.sha256.4").value().has_value());
}

TEST(TpmExplainRegister, SaysNothingWithoutALogInTheEvidence) {
  EXPECT_FALSE(explain_register(evidence_with(std::nullopt), reference(), "tpm.pcr.sha256.4")
                   .value()
                   .has_value());
}

TEST(TpmExplainRegister, SaysNothingOfClaimsThatAreNoRegister) {
  for (const std::string_view claim : {"",
                                       "tpm",
                                       "tpm.pcr",
                                       "tpm.pcr.",
                                       "tpm.pcr.sha256",
                                       "tpm.pcr.sha256.",
                                       "tpm.pcr.sha256.24",
                                       "tpm.pcr.sha256.04",
                                       "tpm.pcr.sha256.+4",
                                       "tpm.pcr.sha256. 4",
                                       "tpm.pcr.sha256.4 ",
                                       "tpm.pcr.sha256.4.4",
                                       "tpm.pcr.sha256.-1",
                                       "tpm.pcr.sha256.4294967300",
                                       "tpm.pcr.md5.4",
                                       "tpm.pcr.sm3_256.4",
                                       "tpm.pcr.SHA256.4",
                                       "tpm.pcr..4",
                                       "tpm.pcr_digest",
                                       "tpm.event_log.boot_application.0",
                                       "snp.pcr.sha256.4",
                                       "pcr.sha256.4"}) {
    const auto text = explain_register(evidence(), reference(), claim);
    ASSERT_TRUE(text.ok()) << claim;
    EXPECT_FALSE(text->has_value()) << claim;
  }
}

TEST(TpmExplainRegister, RefusesEvidenceThatDoesNotParse) {
  expect_error(explain_register(text_bytes("{"), reference(), "tpm.pcr.sha256.4"), Code::truncated,
               "tpm.evidence");
}

TEST(TpmExplainRegister, RefusesAReferenceThatIsNoLogAndSaysThatItIsTheReference) {
  expect_error(explain_register(evidence(), {}, "tpm.pcr.sha256.4"), Code::truncated,
               "reference_log");
  ByteVector cut = reference();
  cut.pop_back();
  expect_error(explain_register(evidence(), cut, "tpm.pcr.sha256.4"), Code::truncated,
               "reference_log");
  expect_error(explain_register(evidence_with(std::nullopt), cut, "tpm.pcr.sha256.4"),
               Code::truncated, "reference_log");
}

TEST(TpmExplainRegister, IsWhatTheFamilyOffers) {
  ASSERT_NE(kFamily.explain_register, nullptr);
  const auto text = kFamily.explain_register(evidence(), reference(), "tpm.pcr.sha256.4");
  ASSERT_TRUE(text.ok() && text->has_value());
}

}  // namespace
}  // namespace cupel::tpm::test
