// The collection's event logs: registers as the machines' TPMs and TDX modules had them.
#include <gtest/gtest.h>

#include <cupel/tpm.hpp>

#include "codec/pem.hpp"
#include "support/measure_case.hpp"

namespace cupel::tpm {
namespace {

using testing::MeasureCase;

ByteVector pem_key(Bytes text) {
  constexpr std::array<std::string_view, 1> kLabels{"PUBLIC KEY"};
  return pem::parse(as_text(text), kLabels, "ak").value().at(0).der;
}

constexpr std::array kBanks = {HashAlg::sha1, HashAlg::sha256, HashAlg::sha384, HashAlg::sha512};

void check_values(const MeasureCase& found, const EventLog& log) {
  for (const HashAlg bank : kBanks) {
    const std::string name(to_string(bank));
    if (!found.has({"expected", "pcrs", name})) {
      continue;
    }
    const auto values = replay_values(log, bank);
    ASSERT_TRUE(values.ok()) << to_string(values.error());
    for (const auto& [index, value] : *found.find({"expected", "pcrs", name})->object()) {
      const auto entry = values->find(static_cast<unsigned>(std::stoul(index)));
      const bool silent = value.string()->find_first_not_of("0f") == std::string::npos;
      EXPECT_TRUE(entry != values->end() || silent) << name << " " << index;
      if (entry != values->end()) {
        EXPECT_EQ(to_hex(entry->second), *value.string()) << name << " " << index;
      }
    }
  }
}

TEST(TpmMeasureLogs, ReplayToTheRegistersOfTheirMachines) {
  const auto cases = testing::measure_cases({"measure-eventlog"});
  CUPEL_NEED_MEASURE_VECTORS(cases);
  EXPECT_EQ(cases.size(), 27U);
  for (const MeasureCase& found : cases) {
    SCOPED_TRACE(found.id());
    const std::string name = found.find({"inputs"})->object()->empty()
                                 ? "eventlog.bin"
                                 : found.find({"inputs"})->object()->at(0).first;
    const auto log = parse_event_log(found.file(name));
    if (found.has({"expected", "result"})) {
      EXPECT_TRUE(!log.ok() || !replay_values(*log, HashAlg::sha256).ok());
      continue;
    }
    ASSERT_TRUE(log.ok()) << to_string(log.error());
    check_values(found, *log);
  }
}

TEST(TpmMeasureLogs, OfTdxGuestsReplayToTheRuntimeRegisters) {
  const auto cases = testing::measure_cases({"measure-ccel"});
  CUPEL_NEED_MEASURE_VECTORS(cases);
  EXPECT_EQ(cases.size(), 3U);
  for (const MeasureCase& found : cases) {
    SCOPED_TRACE(found.id());
    const auto log = parse_event_log(found.file("ccel.bin"));
    ASSERT_TRUE(log.ok()) << to_string(log.error());
    const auto values = replay_values(*log, HashAlg::sha384);
    ASSERT_TRUE(values.ok()) << to_string(values.error());
    for (const auto& [index, value] : *found.find({"expected", "rtmrs"})->object()) {
      const auto entry = values->find(static_cast<unsigned>(std::stoul(index)) + 1);
      EXPECT_EQ(to_hex(entry == values->end() ? ByteVector(48) : entry->second), *value.string())
          << index;
    }
  }
}

// Registers that were extended step by step in a software TPM, and quoted.
TEST(TpmMeasureLogs, HaveTheRegistersThatTheirQuotesShow) {
  const auto cases = testing::measure_cases({"measure-pcr-extend-quote"});
  CUPEL_NEED_MEASURE_VECTORS(cases);
  EXPECT_EQ(cases.size(), 2U);
  for (const MeasureCase& found : cases) {
    SCOPED_TRACE(found.id());
    Quote quote = parse(found.file("quote.msg"), found.file("quote.sig")).value();
    quote.pcrs = parse_pcrs_serialized(found.file("quote.pcr")).value();
    const auto trust = AkTrust::from_public_key("ak", pem_key(found.file("ak.pem")));
    ASSERT_TRUE(trust.ok()) << to_string(trust.error());
    const auto verified =
        verify(std::move(quote), *trust, {}, VerifyContext{UnixTime(1767225600), TrustAnchors({})});
    ASSERT_TRUE(verified.ok()) << to_string(verified.error());
    for (const auto& [index, value] : *found.find({"expected", "pcrs", "sha256"})->object()) {
      const ByteVector* got =
          pcr(*verified, HashAlg::sha256, static_cast<unsigned>(std::stoul(index)));
      ASSERT_NE(got, nullptr) << index;
      EXPECT_EQ(to_hex(*got), *value.string()) << index;
    }
  }
}

}  // namespace
}  // namespace cupel::tpm
