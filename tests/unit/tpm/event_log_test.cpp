#include <gtest/gtest.h>

#include <algorithm>
#include <cupel/tpm.hpp>

#include "unit/tpm/event_log_cases.hpp"

namespace cupel::tpm::test {
namespace {

const ByteVector kZeros(4, 0);

std::vector<Event> some_events() {
  return {event(0, 0x00000008, text_bytes("version")), event(4, kEvSeparator, kZeros),
          event(4, kEvEfiBootServicesApplication, text_bytes("path"), text_bytes("image"))};
}

ByteVector joined(const ByteVector& a, const ByteVector& b) {
  return LogWriter().raw(a).raw(b).bytes();
}

Event no_action(std::uint32_t pcr, std::string_view text) {
  return event(pcr, kEvNoAction, text_bytes(text));
}

constexpr std::string_view kLocality3{"StartupLocality\0\x03", 17};

void expect_refused(const ByteVector& log, Code code, std::string_view where) {
  expect_error(parse_event_log(log), code, where);
}

// ---- captured -----------------------------------------------------------------------------------

TEST(TpmEventLog, ReadsEveryCapturedLogAsItsCaseSays) {
  CUPEL_NEEDS_VECTORS();
  std::size_t accepted = 0;
  std::size_t refused = 0;
  for (const LogCase& expected : log_cases()) {
    SCOPED_TRACE(expected.id);
    const auto log = parse_event_log(expected.log);
    if (!expected.parses) {
      EXPECT_FALSE(log.ok());
      ++refused;
      continue;
    }
    ASSERT_TRUE(log.ok()) << to_string(log.error());
    ++accepted;
    EXPECT_EQ(log->raw, expected.log);
    if (expected.events) {
      EXPECT_EQ(log->events.size() + (log->crypto_agile ? 1 : 0), *expected.events);
    }
    if (expected.used) {
      EXPECT_EQ(log->used, *expected.used);
    }
    if (expected.trailing) {
      const Bytes rest = Bytes(log->raw).subspan(log->used);
      const bool ones = std::ranges::all_of(rest, [](auto b) { return b == 0xff; });
      EXPECT_EQ(rest.empty() ? "none" : (ones ? "ff" : "mixed"), *expected.trailing);
    }
    if (expected.algorithms) {
      std::map<std::string, std::size_t> listed;
      for (const SpecIdAlg& alg : log->algorithms) {
        listed.emplace(to_string(static_cast<HashAlg>(alg.alg)), alg.digest_size);
      }
      EXPECT_EQ(listed, *expected.algorithms);
    }
    if (expected.locality) {
      const auto locality = log->startup_locality
                                ? std::optional<std::uint64_t>(*log->startup_locality)
                                : std::nullopt;
      EXPECT_EQ(locality, *expected.locality);
    }
    if (!expected.types.empty()) {
      std::map<std::string, std::size_t> types;
      for (const Event& each : log->events) {
        ++types[event_type_name(each.type)];
      }
      types["EV_NO_ACTION"] += log->crypto_agile ? 1U : 0U;
      std::erase_if(types, [](const auto& type) { return type.second == 0; });
      EXPECT_EQ(types, expected.types);
    }
  }
  EXPECT_GE(accepted, 70U);
  EXPECT_GE(refused, 10U);
}

TEST(TpmEventLog, RefusesCapturedMalformedLogsForTheirOwnReason) {
  CUPEL_NEEDS_VECTORS();
  struct Row {
    std::string_view id;
    Code code;
    std::string_view where;
  };
  for (const Row& row : {
           Row{"evlog-bad-empty", Code::truncated, "tpm.event_log"},
           Row{"evlog-bad-truncated", Code::truncated, "tpm.event_log.event.event"},
           Row{"evlog-bad-eventsize-huge", Code::out_of_range, "tpm.event_log.event.event_size"},
           Row{"evlog-bad-digest-count-huge", Code::out_of_range,
               "tpm.event_log.event.digest_count"},
           Row{"evlog-bad-missing-bank", Code::missing_field, "tpm.event_log.event.digests"},
           Row{"evlog-bad-pcr-index", Code::out_of_range, "tpm.event_log.event.pcr_index"},
           Row{"evlog-bad-specid-alg-size", Code::bad_length, "tpm.event_log.spec_id.digest_size"},
           Row{"evlog-bad-unknown-alg", Code::unsupported_algorithm, "tpm.event_log.event.alg"},
           Row{"neg-goatt-event-size-too-large", Code::out_of_range,
               "tpm.event_log.event.pcr_index"},
           Row{"neg-keylime-bogus", Code::out_of_range, "tpm.event_log.event.pcr_index"},
       }) {
    SCOPED_TRACE(row.id);
    expect_refused(log_case(row.id).log, row.code, row.where);
  }
}

// ---- records ------------------------------------------------------------------------------------

TEST(TpmEventLog, ReadsRecordsInOrderWithTheirOffsets) {
  const std::vector<Event> events = some_events();
  const ByteVector bytes = log_of(events);
  const EventLog log = parsed(bytes);
  EXPECT_TRUE(log.crypto_agile);
  EXPECT_EQ(log.used, bytes.size());
  ASSERT_EQ(log.events.size(), events.size());
  std::size_t offset = HeaderSpec().build().size();
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(log.events[i].pcr, events[i].pcr);
    EXPECT_EQ(log.events[i].type, events[i].type);
    EXPECT_EQ(log.events[i].data, events[i].data);
    EXPECT_EQ(log.events[i].digests.at(1).digest, events[i].digests.at(1).digest);
    EXPECT_EQ(log.events[i].offset, offset);
    offset += record(events[i]).size();
  }
}

TEST(TpmEventLog, RefusesEveryCutInsideARecord) {
  const std::vector<Event> events = some_events();
  const ByteVector whole = log_of(events);
  std::vector<std::size_t> whole_records{HeaderSpec().build().size()};
  for (const Event& each : events) {
    whole_records.push_back(whole_records.back() + record(each).size());
  }
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    SCOPED_TRACE(size);
    const auto log = parse_event_log(Bytes(whole).first(size));
    if (std::ranges::find(whole_records, size) != whole_records.end()) {
      EXPECT_TRUE(log.ok());
    } else {
      ASSERT_FALSE(log.ok());
      EXPECT_EQ(log.error().code, Code::truncated);
      EXPECT_LE(log.error().offset, size);
    }
  }
}

TEST(TpmEventLog, RefusesAnEmptyLogAndAnEmptyArea) {
  expect_refused({}, Code::truncated, "tpm.event_log");
  expect_refused(ByteVector(4096, 0xff), Code::truncated, "tpm.event_log");
}

TEST(TpmEventLog, RefusesMoreThanOneMebibyte) {
  ByteVector padded = log_of(some_events());
  padded.resize(std::size_t{1} << 20U, 0xff);
  EXPECT_TRUE(parse_event_log(padded).ok());
  padded.push_back(0xff);
  expect_refused(padded, Code::too_large, "tpm.event_log");
}

TEST(TpmEventLog, RefusesRegistersThatDoNotExist) {
  EXPECT_TRUE(parse_event_log(log_of({event(23, kEvSeparator, kZeros)})).ok());
  for (const std::uint32_t pcr : {24U, 255U, 0xfffffffeU}) {
    expect_refused(log_of({event(pcr, kEvSeparator, kZeros)}), Code::out_of_range,
                   "tpm.event_log.event.pcr_index");
    expect_refused(legacy_record(pcr, kEvSeparator, kZeros), Code::out_of_range,
                   "tpm.event_log.event.pcr_index");
  }
  expect_refused(legacy_record(0xffffffff, kEvNoAction, kZeros), Code::out_of_range,
                 "tpm.event_log.event.pcr_index");
}

TEST(TpmEventLog, RefusesEventsLargerThanAnyLog) {
  const ByteVector log = LogWriter()
                             .raw(log_of(some_events()))
                             .u32(1)
                             .u32(kEvSeparator)
                             .u32(1)
                             .u16(kSha256)
                             .raw(ByteVector(32, 1))
                             .bytes();
  for (const std::uint32_t size : {0xffffffffU, 0x80000000U, (1U << 20U) + 1}) {
    expect_refused(LogWriter().raw(log).u32(size).raw(ByteVector(64, 0)).bytes(),
                   Code::out_of_range, "tpm.event_log.event.event_size");
  }
  for (const std::uint32_t size : {65U, 1U << 20U}) {
    expect_refused(LogWriter().raw(log).u32(size).raw(ByteVector(64, 0)).bytes(), Code::truncated,
                   "tpm.event_log.event.event");
  }
}

TEST(TpmEventLog, TakesDigestsInAnyOrder) {
  Event swapped = event(1, kEvSeparator, kZeros);
  std::swap(swapped.digests[0], swapped.digests[1]);
  const EventLog log = parsed(log_of({swapped}));
  EXPECT_EQ(*digest_in(log.events[0], HashAlg::sha256), digest(EVP_sha256(), kZeros));
  EXPECT_EQ(*digest_in(log.events[0], HashAlg::sha1), digest(EVP_sha1(), kZeros));
}

TEST(TpmEventLog, RefusesDigestListsThatAreNotTheHeaders) {
  Event none = event(1, kEvSeparator, kZeros);
  none.digests.clear();
  expect_refused(log_of({none}), Code::out_of_range, "tpm.event_log.event.digest_count");

  Event twice = event(1, kEvSeparator, kZeros);
  twice.digests[0] = twice.digests[1];
  expect_refused(log_of({twice}), Code::duplicate_field, "tpm.event_log.event.alg");

  Event more = event(1, kEvSeparator, kZeros);
  more.digests.push_back({kSha384, ByteVector(48, 0)});
  expect_refused(log_of({more}), Code::out_of_range, "tpm.event_log.event.digest_count");

  Event other = event(1, kEvSeparator, kZeros);
  other.digests[0] = {kSha384, ByteVector(48, 0)};
  expect_refused(log_of({other}), Code::unsupported_algorithm, "tpm.event_log.event.alg");
}

TEST(TpmEventLog, RefusesALogWhereOnlySha1IsComplete) {
  Event weak = event(1, kEvSeparator, kZeros);
  weak.digests.pop_back();
  expect_refused(log_of({weak}), Code::missing_field, "tpm.event_log.event.digests");

  // Each of two strong banks may be missing somewhere, but then the log explains nothing.
  const HeaderSpec two{.algorithms = {{kSha256, 32}, {kSha384, 48}}};
  Event first = event(1, kEvSeparator, kZeros);
  first.digests = {{kSha256, digest(EVP_sha256(), kZeros)}};
  Event second = event(1, kEvSeparator, kZeros);
  second.digests = {{kSha384, digest(EVP_sha384(), kZeros)}};
  expect_refused(log_of({first, second}, two), Code::missing_field, "tpm.event_log.event.digests");
}

TEST(TpmEventLog, AcceptsAnIncompleteBankWhileAStrongOneIsComplete) {
  Event strong = event(1, kEvSeparator, kZeros);
  strong.digests.erase(strong.digests.begin());
  const EventLog log = parsed(log_of({event(1, kEvSeparator, kZeros), strong}));
  EXPECT_TRUE(complete(log, HashAlg::sha256));
  EXPECT_FALSE(complete(log, HashAlg::sha1));
  EXPECT_FALSE(complete(log, HashAlg::sha384));
}

TEST(TpmEventLog, EventsThatAreNotExtendedNeedNoCompleteDigests) {
  Event quiet = no_action(1, "note");
  quiet.digests.pop_back();
  const EventLog log = parsed(log_of({quiet, event(1, kEvSeparator, kZeros)}));
  EXPECT_TRUE(complete(log, HashAlg::sha256));
}

// ---- header -------------------------------------------------------------------------------------

TEST(TpmEventLog, RefusesHeadersThatAreNotVersionTwo) {
  expect_refused(log_of({}, {.major = 1}), Code::unsupported_version,
                 "tpm.event_log.spec_id.spec_version");
  expect_refused(log_of({}, {.minor = 1}), Code::unsupported_version,
                 "tpm.event_log.spec_id.spec_version");
}

TEST(TpmEventLog, RefusesAHeaderWithADigest) {
  expect_refused(log_of({}, {.first_digest_byte = 1}), Code::reserved_not_zero,
                 "tpm.event_log.spec_id.digest");
}

TEST(TpmEventLog, RefusesAlgorithmListsThatCannotBe) {
  expect_refused(log_of({}, {.algorithms = {}}), Code::out_of_range,
                 "tpm.event_log.spec_id.number_of_algorithms");
  HeaderSpec many;
  many.algorithms.clear();
  for (std::uint16_t i = 0; i < 17; ++i) {
    many.algorithms.push_back({static_cast<std::uint16_t>(0x7000 + i), 32});
  }
  expect_refused(log_of({}, many), Code::out_of_range,
                 "tpm.event_log.spec_id.number_of_algorithms");
  expect_refused(log_of({}, {.algorithms = {{kSha256, 32}, {kSha256, 32}}}), Code::duplicate_field,
                 "tpm.event_log.spec_id.algorithm_id");
  for (const SpecIdAlg& wrong : {SpecIdAlg{kSha256, 16}, SpecIdAlg{kSha1, 32}, SpecIdAlg{0x7000, 0},
                                 SpecIdAlg{0x7000, 129}}) {
    expect_refused(log_of({}, {.algorithms = {wrong}}), Code::bad_length,
                   "tpm.event_log.spec_id.digest_size");
  }
}

TEST(TpmEventLog, ReadsAnAlgorithmItDoesNotKnowByItsDeclaredSize) {
  const HeaderSpec header{.algorithms = {{kSha256, 32}, {0x7000, 5}}};
  Event mixed = event(2, kEvSeparator, kZeros);
  mixed.digests = {{0x7000, ByteVector(5, 7)}, {kSha256, digest(EVP_sha256(), kZeros)}};
  const EventLog log = parsed(log_of({mixed}, header));
  EXPECT_EQ(log.events.at(0).digests.at(0).digest, ByteVector(5, 7));
  expect_error(replay_values(log, static_cast<HashAlg>(0x7001)), Code::unsupported_algorithm,
               "tpm.event_log.algorithms");
  EXPECT_EQ(replay_values(log, HashAlg::sha256).value(), extended({mixed}, kSha256));
}

TEST(TpmEventLog, TakesVendorInfoInsideTheHeader) {
  EXPECT_TRUE(
      parse_event_log(log_of(some_events(), {.vendor_size = 3, .vendor_info = ByteVector(3, 9)}))
          .ok());
  expect_refused(log_of({}, {.vendor_size = 2, .vendor_info = ByteVector(3, 9)}),
                 Code::trailing_bytes, "tpm.event_log.spec_id");
  expect_refused(log_of({}, {.vendor_size = 4, .vendor_info = ByteVector(3, 9)}), Code::truncated,
                 "tpm.event_log.spec_id.vendor_info");
}

TEST(TpmEventLog, TakesVendorInfoAfterTheHeaderOnlyWhereNothingFollows) {
  const ByteVector header = HeaderSpec{.vendor_size = 4}.build();
  const EventLog log = parsed(joined(header, ByteVector(4, 0xde)));
  EXPECT_EQ(log.used, header.size());
  EXPECT_TRUE(log.events.empty());
  constexpr std::string_view kWhere = "tpm.event_log.spec_id.vendor_info_size";
  expect_refused(header, Code::bad_length, kWhere);
  expect_refused(joined(header, ByteVector(3, 0xde)), Code::bad_length, kWhere);
  expect_refused(joined(header, ByteVector(5, 0xde)), Code::bad_length, kWhere);
  expect_refused(
      joined(joined(header, ByteVector(4, 0xde)), record(event(0, kEvSeparator, kZeros))),
      Code::bad_length, kWhere);
}

TEST(TpmEventLog, RefusesASecondHeader) {
  Event again = event(0, kEvNoAction, HeaderSpec().data());
  expect_refused(log_of({again}), Code::duplicate_field, "tpm.event_log.spec_id");
}

// ---- events that are not extended ---------------------------------------------------------------

TEST(TpmEventLog, FindsTheStartupLocality) {
  EXPECT_EQ(parsed(log_of({no_action(0, kLocality3)})).startup_locality, 3);
  EXPECT_EQ(parsed(log_of(some_events())).startup_locality, std::nullopt);
}

TEST(TpmEventLog, RefusesStartupLocalitiesThatCannotBe) {
  constexpr std::string_view kWhere = "tpm.event_log.startup_locality";
  for (const char locality : {'\x01', '\x02', '\x05', '\xff'}) {
    std::string text(kLocality3);
    text.back() = locality;
    expect_refused(log_of({no_action(0, text)}), Code::out_of_range, kWhere);
  }
  expect_refused(log_of({no_action(1, kLocality3)}), Code::out_of_range, kWhere);
  expect_refused(log_of({no_action(0, kLocality3), no_action(0, kLocality3)}),
                 Code::duplicate_field, kWhere);
  expect_refused(log_of({no_action(0, kLocality3.substr(0, 16))}), Code::bad_length, kWhere);
  expect_refused(log_of({no_action(0, std::string(kLocality3) + "x")}), Code::bad_length, kWhere);
}

TEST(TpmEventLog, OtherNotesMayBeShortOrUnknown) {
  for (const std::string_view text : {"", "S", "StartupLocal", "SP800-155 Event3"}) {
    EXPECT_TRUE(parse_event_log(log_of({no_action(0, text)})).ok()) << text;
    EXPECT_TRUE(parse_event_log(legacy_record(0, kEvNoAction, as_bytes(text))).ok()) << text;
  }
}

// ---- the end ------------------------------------------------------------------------------------

TEST(TpmEventLog, TakesPaddingOfOnesOfAnyLength) {
  const ByteVector log = log_of(some_events());
  for (const std::size_t size : {1U, 2U, 3U, 4U, 5U, 31U, 4096U}) {
    const EventLog read = parsed(joined(log, ByteVector(size, 0xff)));
    EXPECT_EQ(read.used, log.size());
    EXPECT_EQ(read.raw.size(), log.size() + size);
    EXPECT_EQ(read.events.size(), some_events().size());
  }
}

TEST(TpmEventLog, RefusesAnythingElseAfterTheLastEvent) {
  const ByteVector log = log_of(some_events());
  ByteVector ends_in_zero(64, 0xff);
  ends_in_zero.back() = 0;
  expect_refused(joined(log, ends_in_zero), Code::trailing_bytes, "tpm.event_log");
  expect_refused(joined(log, {0}), Code::truncated, "tpm.event_log.event.pcr_index");
  expect_refused(joined(log, {0xff, 0xff, 0}), Code::truncated, "tpm.event_log.event.pcr_index");
  expect_refused(joined(log, ByteVector(64, 0)), Code::out_of_range,
                 "tpm.event_log.event.digest_count");
  expect_refused(joined(joined(log, ByteVector(32, 0xff)), record(event(0, kEvSeparator, kZeros))),
                 Code::trailing_bytes, "tpm.event_log");
}

TEST(TpmEventLog, TakesOneLastRecordForNoRegister) {
  const ByteVector log = log_of(some_events());
  const Event summary = event(0xffffffff, kEvNoAction, text_bytes("signed summary"));
  EXPECT_EQ(parsed(joined(log, record(summary))).used, log.size());
  EXPECT_EQ(parsed(joined(joined(log, record(summary)), ByteVector(9, 0xff))).used, log.size());

  const Event extended = event(0xffffffff, kEvSeparator, kZeros);
  expect_refused(joined(log, record(extended)), Code::trailing_bytes, "tpm.event_log");
  expect_refused(joined(joined(log, record(summary)), record(summary)), Code::trailing_bytes,
                 "tpm.event_log");
  expect_refused(joined(joined(log, record(summary)), record(some_events()[0])),
                 Code::trailing_bytes, "tpm.event_log");
  ByteVector cut = joined(log, record(summary));
  cut.pop_back();
  expect_refused(cut, Code::trailing_bytes, "tpm.event_log");
}

// ---- the legacy form ----------------------------------------------------------------------------

TEST(TpmEventLog, ReadsTheLegacyForm) {
  const ByteVector bytes = joined(legacy_record(0, 0x00000008, text_bytes("version")),
                                  legacy_record(7, kEvSeparator, kZeros));
  const EventLog log = parsed(bytes);
  EXPECT_FALSE(log.crypto_agile);
  ASSERT_EQ(log.algorithms.size(), 1U);
  EXPECT_EQ(log.algorithms[0].alg, kSha1);
  ASSERT_EQ(log.events.size(), 2U);
  EXPECT_EQ(log.events[1].pcr, 7U);
  EXPECT_EQ(*digest_in(log.events[1], HashAlg::sha1), digest(EVP_sha1(), kZeros));
}

TEST(TpmEventLog, AHeaderThatIsNotTheFirstRecordDoesNotChangeTheForm) {
  const ByteVector header = HeaderSpec().build();
  const EventLog log = parsed(joined(legacy_record(7, kEvSeparator, kZeros), header));
  EXPECT_FALSE(log.crypto_agile);
  EXPECT_EQ(log.events.size(), 2U);
}

TEST(TpmEventLog, OlderHeadersMeanTheLegacyForm) {
  const ByteVector old = legacy_record(0, kEvNoAction, text_bytes("Spec ID Event02"));
  const EventLog log = parsed(joined(old, legacy_record(7, kEvSeparator, kZeros)));
  EXPECT_FALSE(log.crypto_agile);
  EXPECT_EQ(log.events.size(), 2U);
}

// ---- names --------------------------------------------------------------------------------------

TEST(TpmEventLog, NamesEventTypes) {
  EXPECT_EQ(event_type_name(kEvSeparator), "EV_SEPARATOR");
  EXPECT_EQ(event_type_name(kEvEfiBootServicesApplication), "EV_EFI_BOOT_SERVICES_APPLICATION");
  EXPECT_EQ(event_type_name(0x800000e0), "EV_EFI_VARIABLE_AUTHORITY");
  EXPECT_EQ(event_type_name(0x00008401), "0x00008401");
  EXPECT_EQ(event_type_name(0xffffffff), "0xffffffff");
}

}  // namespace
}  // namespace cupel::tpm::test
