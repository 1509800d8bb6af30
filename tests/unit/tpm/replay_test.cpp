#include <gtest/gtest.h>

#include <algorithm>
#include <cupel/tpm.hpp>

#include "unit/tpm/event_log_cases.hpp"

namespace cupel::tpm::test {
namespace {

constexpr std::string_view kCheck = "tpm-11";
const ByteVector kZeros(4, 0);

Event action(std::uint32_t pcr, std::string_view text) {
  return event(pcr, kEvEfiAction, text_bytes(text));
}

Event application(std::string_view image) {
  return event(4, kEvEfiBootServicesApplication, text_bytes("path"), text_bytes(image));
}

// Four registers; PCR 4 has events of three kinds.
std::vector<Event> boot() {
  return {event(0, kEvNoAction, text_bytes(std::string_view("StartupLocality\0\x03", 17))),
          event(0, 0x00000008, text_bytes("version")),
          event(0, kEvNoAction, text_bytes("SP800-155 Event3")),
          action(4, "Calling EFI Application from Boot Option"),
          event(4, kEvSeparator, kZeros),
          event(7, kEvSeparator, kZeros),
          application("loader"),
          application("kernel"),
          event(9, 0x0000000d, text_bytes("initrd"), text_bytes("its content"))};
}

Registers registers_of(const std::vector<Event>& events) {
  Registers out = extended(events, kSha256);
  // PCR 0 as a TPM started from locality 3 has it.
  ByteVector start(32, 0);
  start.back() = 3;
  out[0] = digest(EVP_sha256(),
                  LogWriter().raw(start).raw(digest(EVP_sha256(), as_bytes("version"))).bytes());
  return out;
}

Verified<Quote> boot_quote() {
  return quote_of({{HashAlg::sha256, registers_of(boot())}});
}

Result<Verified<EventLog>> replayed(const std::vector<Event>& events,
                                    const Verified<Quote>& quote) {
  return replay(parsed(log_of(events)), quote);
}

bool mentions(const std::vector<std::string>& sentences, std::string_view text) {
  return std::ranges::any_of(sentences,
                             [&](const auto& s) { return s.find(text) != std::string::npos; });
}

// ---- values -------------------------------------------------------------------------------------

TEST(TpmReplay, GivesEveryCapturedLogTheValuesOfItsCase) {
  CUPEL_NEEDS_VECTORS();
  std::size_t banks = 0;
  for (const LogCase& expected : log_cases()) {
    if (!expected.parses) {
      continue;
    }
    SCOPED_TRACE(expected.id);
    const EventLog log = parsed(expected.log);
    for (const auto& [bank, registers] : expected.replayed) {
      EXPECT_EQ(replay_values(log, bank).value(), registers) << to_string(bank);
      ++banks;
    }
  }
  EXPECT_GE(banks, 90U);
}

TEST(TpmReplay, GivesTheValuesThatRealRegistersHeld) {
  CUPEL_NEEDS_VECTORS();
  std::size_t compared = 0;
  for (const LogCase& expected : log_cases()) {
    SCOPED_TRACE(expected.id);
    for (const auto& [bank, registers] : expected.registers) {
      const EventLog log = parsed(expected.log);
      auto values = replay_values(log, bank);
      if (!values) {  // a bank that this log does not have
        EXPECT_EQ(values.error().code, Code::unsupported_algorithm);
        continue;
      }
      const auto listed = expected.differing.find(bank);
      for (const auto& [index, held] : registers) {
        const auto found = values->find(index);
        const bool same =
            (found == values->end() ? start_value(log, bank, index) : found->second) == held;
        const bool expect_same = listed == expected.differing.end() ||
                                 std::ranges::find(listed->second, index) == listed->second.end();
        EXPECT_EQ(same, expect_same) << to_string(bank) << " " << index;
        ++compared;
      }
    }
  }
  EXPECT_GE(compared, 2500U);
}

TEST(TpmReplay, StartsRegistersWhereAPcClientStartsThem) {
  EventLog log = parsed(log_of({}));
  EXPECT_EQ(start_value(log, HashAlg::sha256, 0), ByteVector(32, 0));
  EXPECT_EQ(start_value(log, HashAlg::sha384, 16), ByteVector(48, 0));
  EXPECT_EQ(start_value(log, HashAlg::sha256, 17), ByteVector(32, 0xff));
  EXPECT_EQ(start_value(log, HashAlg::sha256, 22), ByteVector(32, 0xff));
  EXPECT_EQ(start_value(log, HashAlg::sha256, 23), ByteVector(32, 0));
  log.startup_locality = 4;
  EXPECT_EQ(start_value(log, HashAlg::sha256, 0).back(), 4);
  EXPECT_EQ(start_value(log, HashAlg::sha256, 1).back(), 0);
}

TEST(TpmReplay, ExtendsADynamicRegisterFromAllOnes) {
  const auto values =
      replay_values(parsed(log_of({event(17, kEvSeparator, kZeros)})), HashAlg::sha256).value();
  const ByteVector input =
      LogWriter().raw(ByteVector(32, 0xff)).raw(digest(EVP_sha256(), kZeros)).bytes();
  EXPECT_EQ(values.at(17), digest(EVP_sha256(), input));
}

TEST(TpmReplay, RefusesABankTheLogDoesNotHave) {
  const EventLog log = parsed(log_of(boot()));
  expect_error(replay_values(log, HashAlg::sha384), Code::unsupported_algorithm,
               "tpm.event_log.algorithms");
}

TEST(TpmReplay, RefusesABankThatAnEventLacks) {
  std::vector<Event> events = boot();
  events.back().digests.erase(events.back().digests.begin());
  const EventLog log = parsed(log_of(events));
  expect_error(replay_values(log, HashAlg::sha1), Code::missing_field,
               "tpm.event_log.event.digests");
  EXPECT_TRUE(replay_values(log, HashAlg::sha256).ok());
}

TEST(TpmReplay, ReadsALegacyLogInSha1) {
  const ByteVector bytes = legacy_record(7, kEvSeparator, kZeros);
  const auto values = replay_values(parsed(bytes), HashAlg::sha1).value();
  const ByteVector input =
      LogWriter().raw(ByteVector(20, 0)).raw(digest(EVP_sha1(), kZeros)).bytes();
  EXPECT_EQ(values.at(7), digest(EVP_sha1(), input));
}

// ---- against quotes -----------------------------------------------------------------------------

TEST(TpmReplay, AcceptsEveryCapturedLogBesideACapturedStrongQuote) {
  CUPEL_NEEDS_VECTORS();
  std::size_t explained = 0;
  std::size_t refused = 0;
  for (const auto& entry : std::filesystem::directory_iterator(vectors())) {
    if (!std::filesystem::exists(entry.path() / "event_log.bin")) {
      continue;
    }
    SCOPED_TRACE(entry.path().filename());
    if (entry.path().filename() == "gce-windows-2019-sha1-quote") {
      continue;  // signed over SHA-1: there is no verified quote to replay against
    }
    const CapturedQuote captured = captured_quote(entry.path());
    const auto log = replay(parsed(captured.log), captured.quote);
    if (captured.quote->attest.pcr_select.front().bank == HashAlg::sha1) {
      expect_error(log, Code::unsupported_algorithm, "tpm.event_log", kCheck);
      ++refused;
      continue;
    }
    ASSERT_TRUE(log.ok()) << to_string(log.error());
    EXPECT_TRUE(mentions(log->assurance().proved, "PCR 0, 1, 2, 3, 4, 5, 6, 7"));
    ++explained;
  }
  EXPECT_GE(explained, 7U);
  EXPECT_GE(refused, 2U);
}

TEST(TpmReplay, NamesTheRegisterThatOnlyTheRunningSystemExtended) {
  CUPEL_NEEDS_VECTORS();
  const CapturedQuote captured = captured_quote(vectors() / "gce-cos85-rsa-sha384-nonce9009");
  const auto log = replay(parsed(captured.log), captured.quote).value();
  const auto& not_proved = log.assurance().not_proved;
  ASSERT_EQ(not_proved.size(), 1U);
  EXPECT_TRUE(mentions(not_proved, "silent about PCR 10 (sha384)"));
}

TEST(TpmReplay, RefusesACapturedLogOfAnotherBoot) {
  CUPEL_NEEDS_VECTORS();
  const CapturedQuote linux_quote = captured_quote(vectors() / "azure-tl-linux-2021");
  const CapturedQuote windows = captured_quote(vectors() / "azure-tl-windows-2023");
  expect_error(replay(parsed(windows.log), linux_quote.quote), Code::digest_mismatch,
               "tpm.event_log.pcr.sha256.0", kCheck);
  expect_error(replay(parsed(linux_quote.log), windows.quote), Code::digest_mismatch,
               "tpm.event_log.pcr.sha256.0", kCheck);
}

TEST(TpmReplay, AcceptsEveryCapturedLogAgainstAQuoteOfItsRegisters) {
  CUPEL_NEEDS_VECTORS();
  std::size_t accepted = 0;
  for (const LogCase& expected : log_cases()) {
    const auto& known = expected.registers.empty() ? expected.replayed : expected.registers;
    for (const HashAlg bank : {HashAlg::sha256, HashAlg::sha384, HashAlg::sha512}) {
      const auto registers = known.find(bank);
      if (registers == known.end() || registers->second.empty() ||
          expected.differing.contains(bank)) {
        continue;
      }
      SCOPED_TRACE(expected.id + std::string(" ") + std::string(to_string(bank)));
      const auto log = replay(parsed(expected.log), quote_of({*registers}));
      // This one's separator says that all is well, and its digest that it is not.
      if (expected.id == "evlog-crafted-separator-digest-lie") {
        expect_error(log, Code::digest_mismatch, "tpm.event_log.event", kCheck);
        continue;
      }
      ASSERT_TRUE(log.ok()) << to_string(log.error());
      ++accepted;
    }
  }
  EXPECT_GE(accepted, 100U);
}

TEST(TpmReplay, AcceptsTheLogOfTheQuotedBoot) {
  const auto log = replayed(boot(), boot_quote());
  ASSERT_TRUE(log.ok()) << to_string(log.error());
  EXPECT_TRUE(mentions(log->assurance().proved, "PCR 0, 4, 7, 9 (sha256)"));
  EXPECT_TRUE(log->assurance().not_proved.empty());
}

TEST(TpmReplay, AcceptsOtherWordsInEventsThatAreNotExtended) {
  std::vector<Event> events = boot();
  events[2].data = text_bytes("anything");
  events[2].pcr = 5;
  events[2].digests[1].digest[0] ^= 1;
  EXPECT_TRUE(replayed(events, boot_quote()).ok());
  events.erase(events.begin() + 2);
  EXPECT_TRUE(replayed(events, boot_quote()).ok());
}

TEST(TpmReplay, RefusesAnotherStartupLocality) {
  std::vector<Event> events = boot();
  events[0].data.back() = 4;
  expect_error(replayed(events, boot_quote()), Code::digest_mismatch, "tpm.event_log.pcr.sha256.0",
               kCheck);
  events.erase(events.begin());
  expect_error(replayed(events, boot_quote()), Code::digest_mismatch, "tpm.event_log.pcr.sha256.0",
               kCheck);
}

TEST(TpmReplay, RefusesEveryChangedDigest) {
  const Verified<Quote> quote = boot_quote();
  for (std::size_t i = 0; i < boot().size(); ++i) {
    std::vector<Event> events = boot();
    if (!extends(events[i])) {
      continue;
    }
    for (const std::size_t byte : {0U, 15U, 31U}) {
      SCOPED_TRACE(i);
      events = boot();
      events[i].digests[1].digest.at(byte) ^= 0x80;
      expect_error(replayed(events, quote), Code::digest_mismatch,
                   "tpm.event_log.pcr.sha256." + std::to_string(events[i].pcr), kCheck);
    }
  }
}

TEST(TpmReplay, RefusesEveryMovedDroppedAndRepeatedEvent) {
  const Verified<Quote> quote = boot_quote();
  for (std::size_t i = 0; i < boot().size(); ++i) {
    const std::vector<Event> original = boot();
    if (!extends(original[i])) {
      continue;
    }
    SCOPED_TRACE(i);
    std::vector<Event> moved = original;
    moved[i].pcr = moved[i].pcr == 4 ? 7 : 4;
    expect_error(replayed(moved, quote), Code::digest_mismatch, "tpm.event_log.pcr.sha256.4",
                 kCheck);

    std::vector<Event> repeated = original;
    repeated.insert(repeated.begin() + static_cast<std::ptrdiff_t>(i), original[i]);
    expect_error(replayed(repeated, quote), Code::digest_mismatch,
                 "tpm.event_log.pcr.sha256." + std::to_string(original[i].pcr), kCheck);

    // Without any event, a register is not explained; with one fewer, it is wrong.
    std::vector<Event> dropped = original;
    dropped.erase(dropped.begin() + static_cast<std::ptrdiff_t>(i));
    const auto log = replayed(dropped, quote);
    if (original[i].pcr == 4) {
      expect_error(log, Code::digest_mismatch, "tpm.event_log.pcr.sha256.4", kCheck);
    } else {
      ASSERT_TRUE(log.ok());
      EXPECT_TRUE(mentions(log->assurance().not_proved,
                           "silent about PCR " + std::to_string(original[i].pcr)));
      EXPECT_TRUE(std::ranges::none_of(
          (*log)->events, [&](const Event& each) { return each.pcr == original[i].pcr; }));
    }
  }
}

TEST(TpmReplay, RefusesAnotherOrderWithinARegister) {
  std::vector<Event> events = boot();
  std::swap(events[6], events[7]);
  expect_error(replayed(events, boot_quote()), Code::digest_mismatch, "tpm.event_log.pcr.sha256.4",
               kCheck);
}

TEST(TpmReplay, AcceptsAnotherOrderBetweenRegisters) {
  std::vector<Event> events = boot();
  std::swap(events[5], events[6]);
  EXPECT_TRUE(replayed(events, boot_quote()).ok());
}

TEST(TpmReplay, RefusesATypeThatHidesAnExtension) {
  for (std::size_t i = 0; i < boot().size(); ++i) {
    std::vector<Event> events = boot();
    if (!extends(events[i]) || events[i].pcr != 4) {
      continue;
    }
    events[i].type = kEvNoAction;
    expect_error(replayed(events, boot_quote()), Code::digest_mismatch,
                 "tpm.event_log.pcr.sha256.4", kCheck);
  }
}

TEST(TpmReplay, RefusesATypeThatWouldExtendANote) {
  std::vector<Event> events = boot();
  events[2].type = kEvSeparator;
  expect_error(replayed(events, boot_quote()), Code::digest_mismatch, "tpm.event_log.pcr.sha256.0",
               kCheck);
}

TEST(TpmReplay, RefusesDataThatItsTypeSaysWasHashed) {
  for (const std::uint32_t type :
       {kEvSeparator, kEvEfiAction, kEvEfiGptEvent, kEvEfiVariableDriverConfig}) {
    std::vector<Event> events = boot();
    events[7].type = type;  // an image under the name of something else
    expect_error(replayed(events, boot_quote()), Code::digest_mismatch, "tpm.event_log.event",
                 kCheck);
  }
  std::vector<Event> events = boot();
  events[4].data[0] = 1;
  expect_error(replayed(events, boot_quote()), Code::digest_mismatch, "tpm.event_log.event",
               kCheck);
}

TEST(TpmReplay, RefusesALogThatSpeaksOfNothingQuoted) {
  const std::vector<Event> events{event(5, kEvSeparator, kZeros)};
  expect_error(replayed(events, boot_quote()), Code::missing_field, "tpm.event_log", kCheck);
  expect_error(replayed({}, boot_quote()), Code::missing_field, "tpm.event_log", kCheck);
}

TEST(TpmReplay, RefusesToRestOnSha1) {
  const std::vector<Event> events{event(7, kEvSeparator, kZeros)};
  const auto quote = quote_of({{HashAlg::sha1, extended(events, kSha1)}});
  expect_error(replayed(events, quote), Code::unsupported_algorithm, "tpm.event_log", kCheck);
  const ByteVector legacy = legacy_record(7, kEvSeparator, kZeros);
  expect_error(replay(parsed(legacy), quote), Code::unsupported_algorithm, "tpm.event_log", kCheck);
  expect_error(replay(parsed(legacy), boot_quote()), Code::unsupported_algorithm, "tpm.event_log",
               kCheck);
}

TEST(TpmReplay, Sha1BesideAStrongBankCountsForNothing) {
  const std::vector<Event> events{event(7, kEvSeparator, kZeros)};
  const auto quote = quote_of(
      {{HashAlg::sha1, {{7, ByteVector(20, 0xaa)}}}, {HashAlg::sha256, extended(events, kSha256)}});
  const auto log = replayed(events, quote).value();
  ASSERT_EQ(log->events.size(), 1U);
  ASSERT_EQ(log->events[0].digests.size(), 1U);
  EXPECT_EQ(log->events[0].digests[0].alg, kSha256);
}

TEST(TpmReplay, RefusesWhenOneOfTwoStrongBanksDiffers) {
  const HeaderSpec header{.algorithms = {{kSha256, 32}, {kSha384, 48}}};
  Event both = event(7, kEvSeparator, kZeros);
  both.digests = {{kSha256, digest(EVP_sha256(), kZeros)}, {kSha384, digest(EVP_sha384(), kZeros)}};
  const EventLog log = parsed(log_of({both}, header));
  Banks banks{{HashAlg::sha256, extended({both}, kSha256)},
              {HashAlg::sha384, extended({both}, kSha384)}};
  EXPECT_EQ(replay(log, quote_of(banks)).value()->events.at(0).digests.size(), 2U);
  banks.at(HashAlg::sha384).at(7)[0] ^= 1;
  expect_error(replay(log, quote_of(banks)), Code::digest_mismatch, "tpm.event_log.pcr.sha384.7",
               kCheck);
}

TEST(TpmReplay, NamesABankThatTheLogDoesNotExplain) {
  const std::vector<Event> events{event(7, kEvSeparator, kZeros)};
  const auto log = replayed(events, quote_of({{HashAlg::sha256, extended(events, kSha256)},
                                              {HashAlg::sha384, {{7, ByteVector(48, 1)}}}}))
                       .value();
  EXPECT_TRUE(mentions(log.assurance().not_proved, "no complete sha384 bank"));
}

TEST(TpmReplay, RefusesAQuoteWithoutValues) {
  QuoteSpec spec;
  spec.attest.pcr_select = {{HashAlg::sha256, {7}}};
  spec.values = {extended({event(7, kEvSeparator, kZeros)}, kSha256).at(7)};
  Quote bare = spec.signed_by(Key::rsa());
  bare.pcrs.reset();
  const VerifyContext context{UnixTime(Authority::kNow), TrustAnchors({})};
  const auto quote = verify(
      std::move(bare), AkTrust::from_public_key("test", Key::rsa().spki()).value(), {}, context);
  ASSERT_TRUE(quote.ok()) << to_string(quote.error());
  expect_error(replayed({event(7, kEvSeparator, kZeros)}, *quote), Code::missing_field,
               "tpm.event_log", kCheck);
}

// ---- what is sealed -----------------------------------------------------------------------------

TEST(TpmReplay, SealsOnlyWhatTheQuoteCovers) {
  const auto log = replayed(boot(), boot_quote()).value();
  EXPECT_TRUE(log->raw.empty());
  EXPECT_EQ(log->startup_locality, 3);
  ASSERT_EQ(log->algorithms.size(), 1U);
  EXPECT_EQ(log->algorithms[0].alg, kSha256);
  ASSERT_EQ(log->events.size(), 7U);
  for (const Event& each : log->events) {
    EXPECT_NE(each.type, kEvNoAction);
    ASSERT_EQ(each.digests.size(), 1U);
    EXPECT_EQ(each.digests[0].alg, kSha256);
    const bool hashed = digest(EVP_sha256(), each.data) == each.digests[0].digest;
    EXPECT_TRUE(hashed || each.data.empty());
  }
  EXPECT_EQ(log->events[1].data, text_bytes("Calling EFI Application from Boot Option"));
  EXPECT_TRUE(log->events[4].data.empty());  // the application's path
}

TEST(TpmReplay, SealsNoEventOfARegisterThatWasNotQuoted) {
  Registers registers = registers_of(boot());
  const auto log = replayed(boot(), quote_of({{HashAlg::sha256, {{7, registers.at(7)}}}})).value();
  ASSERT_EQ(log->events.size(), 1U);
  EXPECT_EQ(log->events[0].pcr, 7U);
  EXPECT_EQ(log->startup_locality, std::nullopt);
}

TEST(TpmReplay, SealsWhichQuoteConfirmedTheLog) {
  const auto hash_of = [](const Verified<Quote>& quote) {
    const ByteVector hash = digest(EVP_sha256(), quote->message);
    Sha256Digest out{};
    std::copy(hash.begin(), hash.end(), out.begin());
    return out;
  };
  const Verified<Quote> first = boot_quote();
  const Verified<Quote> second = quote_of({{HashAlg::sha256, {{7, registers_of(boot()).at(7)}}}});
  EXPECT_EQ(parsed(log_of(boot())).replayed_against, std::nullopt);
  const Verified<EventLog> log = replayed(boot(), first).value();
  EXPECT_EQ(log->replayed_against, hash_of(first));
  // What was there before a replay counts for nothing.
  EventLog marked = parsed(log_of(boot()));
  marked.replayed_against = log->replayed_against;
  EXPECT_EQ(replay(marked, second).value()->replayed_against, hash_of(second));
  EXPECT_NE(hash_of(first), hash_of(second));
}

TEST(TpmReplay, EndsWhenTheQuoteEnds) {
  const Verified<Quote> quote = boot_quote();
  EXPECT_EQ(replayed(boot(), quote)->assurance().valid_until, quote.assurance().valid_until);
}

// ---- differences --------------------------------------------------------------------------------

TEST(TpmReplay, FindsNoDifferenceBetweenALogAndItself) {
  const EventLog log = parsed(log_of(boot()));
  for (unsigned pcr = 0; pcr < kPcrCount; ++pcr) {
    EXPECT_FALSE(first_difference(log, log, HashAlg::sha256, pcr).has_value());
  }
}

TEST(TpmReplay, NamesTheFirstEventThatDiffers) {
  std::vector<Event> other = boot();
  other[7] = application("another kernel");
  const auto found =
      first_difference(parsed(log_of(other)), parsed(log_of(boot())), HashAlg::sha256, 4);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->pcr, 4U);
  EXPECT_EQ(found->position, 3U);
  ASSERT_TRUE(found->got && found->reference);
  EXPECT_EQ(found->got->digests[1].digest, digest(EVP_sha256(), as_bytes("another kernel")));
  EXPECT_EQ(found->reference->digests[1].digest, digest(EVP_sha256(), as_bytes("kernel")));
  EXPECT_TRUE(
      found->text.starts_with("event 3 of PCR 4: EV_EFI_BOOT_SERVICES_APPLICATION, digest "))
      << found->text;
}

TEST(TpmReplay, NamesAnEventThatIsMissingOrMore) {
  std::vector<Event> longer = boot();
  longer.push_back(application("unexpected"));
  const EventLog ours = parsed(log_of(longer));
  const EventLog reference = parsed(log_of(boot()));
  const auto more = first_difference(ours, reference, HashAlg::sha256, 4);
  ASSERT_TRUE(more && more->got);
  EXPECT_FALSE(more->reference.has_value());
  EXPECT_EQ(more->position, 4U);
  const auto missing = first_difference(reference, ours, HashAlg::sha256, 4);
  ASSERT_TRUE(missing && missing->reference);
  EXPECT_FALSE(missing->got.has_value());
  EXPECT_EQ(missing->position, 4U);
}

TEST(TpmReplay, CountsABankThatALogLacksAsADifference) {
  const EventLog log = parsed(log_of(boot()));
  ASSERT_TRUE(first_difference(log, log, HashAlg::sha384, 7).has_value());
  EXPECT_EQ(first_difference(log, log, HashAlg::sha384, 7)->position, 0U);
}

TEST(TpmReplay, ComparesDigestsAndNotNotes) {
  std::vector<Event> other = boot();
  other[2].data = text_bytes("another note");
  other[1].data = text_bytes("another text for the same digest");
  EXPECT_FALSE(first_difference(parsed(log_of(other)), parsed(log_of(boot())), HashAlg::sha256, 0)
                   .has_value());
}

}  // namespace
}  // namespace cupel::tpm::test
