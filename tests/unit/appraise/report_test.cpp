// The reports, word for word, and that nothing hostile reaches a terminal.
#include <cstdlib>

#include "appraise/checks.hpp"
#include "appraise/printable.hpp"
#include "codec/json.hpp"
#include "unit/appraise/support.hpp"

namespace cupel {
namespace {

// Compares with a kept text. CUPEL_UPDATE_SNAPSHOTS=1 writes it anew; such a run does not pass.
void matches(const std::string& text, const std::string& name) {
  const std::string path = std::string(CUPEL_SOURCE_DIR) + "/tests/unit/appraise/snapshots/" + name;
  if (std::getenv("CUPEL_UPDATE_SNAPSHOTS") != nullptr) {
    std::ofstream(path, std::ios::binary) << text;
    FAIL() << "wrote " << path << "; read it before you keep it";
  }
  EXPECT_EQ(text, test::file(path)) << name;
}

Verdict accepted() {
  return appraise(test::claims(), test::policy(), Challenge{test::kNow});
}

Verdict refused() {
  ByteVector near = test::value(4);
  near[12] ^= 0x10U;  // in the part that a short form leaves out
  Alternative one = test::alternative();
  one.require[0] = {"tpm.pcr.sha256.0", Requirement::Op::one_of, {test::value(8), test::value(9)}};
  one.require[1] = test::equals("tpm.pcr.sha256.4", near);
  return appraise(test::claims({}, "tpm.supplied.webserver_rootca"), test::policy(one),
                  Challenge{test::kNow, test::digest_of("nonce")});
}

TEST(Report, AcceptedReadsAsKept) {
  matches(explain(accepted()), "accepted.txt");
}
TEST(Report, AcceptedInFullReadsAsKept) {
  matches(explain(accepted(), {false, true, true}), "accepted_full_unicode.txt");
}
TEST(Report, RefusedReadsAsKept) {
  matches(explain(refused()), "refused.txt");
}
TEST(Report, RefusedInUnicodeReadsAsKept) {
  matches(explain(refused(), {false, true, false}), "refused_unicode.txt");
}
TEST(Report, AcceptedJsonReadsAsKept) {
  matches(to_json(accepted()), "accepted.json");
}
TEST(Report, RefusedJsonReadsAsKept) {
  matches(to_json(refused()), "refused.json");
}
TEST(Report, PolicyReadsAsKept) {
  Alternative second = test::alternative();
  second.label.clear();
  second.require.push_back(
      {"tpm.pcr.sha256.1", Requirement::Op::one_of, {test::value(1), test::value(2)}});
  second.require.push_back({"tpm.reset_count", Requirement::Op::at_least, {std::uint64_t{2}}});
  second.replay.clear();
  second.require.erase(second.require.begin() + 2);
  second.tls_key = TlsBinding{"tpm.extra_data", 32, TlsBinding::Form::spki_sha256};
  second.nonce = NonceBinding{"tpm.extra_data", 0};
  second.expires = test::kNow;
  second.dangerous_allow_debug = true;
  matches(explain(Policy{"two releases", "cupel", {test::alternative(), second}}), "policy.txt");
}

TEST(Report, SaysThatTheEmptyPolicyAcceptsNothing) {
  EXPECT_EQ(explain(Policy{}), "Accepts nothing: it has no alternatives.\n");
  const std::string text = explain(appraise(test::claims(), Policy{}, Challenge{test::kNow}));
  EXPECT_EQ(text.rfind("REFUSED", 0), 0U);
}

// Every form starts with the verdict, so that a glance is enough, and no style changes the word.
TEST(Report, StartsWithTheVerdict) {
  for (const bool unicode : {false, true}) {
    for (const bool full : {false, true}) {
      EXPECT_EQ(explain(accepted(), {false, unicode, full}).rfind("ACCEPTED", 0), 0U);
      EXPECT_EQ(explain(refused(), {false, unicode, full}).rfind("REFUSED", 0), 0U);
    }
  }
  EXPECT_EQ(explain(accepted(), {true, false, false}).rfind("\x1b[32mACCEPTED\x1b[0m", 0), 0U);
  EXPECT_EQ(explain(refused(), {true, false, false}).rfind("\x1b[31mREFUSED\x1b[0m", 0), 0U);
}

// Values that differ only where a short form leaves digits out are printed whole.
TEST(Report, NeverShortensADifferenceAway) {
  const std::string text = explain(refused());
  EXPECT_NE(text.find(to_hex(test::value(4))), std::string::npos);
  EXPECT_NE(text.find("^ first difference"), std::string::npos);
}

TEST(Report, KeepsHostileTextOffTheTerminal) {
  const std::string hostile = "\x1b[2J\x1b[32mACCEPTED\x1b[0m\r\n\xe2\x80\xae evil \x07\xff end";
  Alternative one = test::alternative();
  one.label = hostile;
  one.require.push_back({"tpm.ak.subject", Requirement::Op::equals, {hostile}});
  const Claims claims = test::claims([&](ClaimsBuilder& builder) {
    builder.set("tpm.ak.subject", hostile + hostile).proved(hostile);
  });
  const Verdict verdict = appraise(claims, test::policy(one), Challenge{test::kNow});
  for (const bool unicode : {false, true}) {
    for (const bool full : {false, true}) {
      const std::string text = explain(verdict, {false, unicode, full});
      EXPECT_EQ(text.find('\x1b'), std::string::npos);
      EXPECT_EQ(text.find('\r'), std::string::npos);
      EXPECT_EQ(text.find('\x07'), std::string::npos);
      EXPECT_EQ(text.find("\xe2\x80\xae"), std::string::npos);
      EXPECT_EQ(text.find('\xff'), std::string::npos);
    }
  }
  EXPECT_TRUE(json::parse(to_json(verdict), "verdict").ok());
}

TEST(Report, IsAsciiUnlessAskedOtherwise) {
  Alternative one = test::alternative();
  one.label = "Größe";
  for (const bool full : {false, true}) {
    const std::string text =
        explain(appraise(test::claims(), test::policy(one), {test::kNow}), {false, false, full});
    for (const char c : text) {
      EXPECT_LT(static_cast<unsigned char>(c), 0x80U);
    }
  }
  EXPECT_NE(explain(appraise(test::claims(), test::policy(one), {test::kNow}), {false, true, false})
                .find("Größe"),
            std::string::npos);
}

TEST(Printable, EscapesWhatATerminalCouldActOn) {
  EXPECT_EQ(printable("a\nb\tc\x7f", false), "a\\nb\\x09c\\x7f");
  EXPECT_EQ(printable("\xc3\xb6", true), "\xc3\xb6");
  EXPECT_EQ(printable("\xc3\xb6", false), "\\xc3\\xb6");
  // Not UTF-8: lone and missing continuation bytes, overlong forms, surrogates, beyond U+10FFFF.
  for (const std::string bad : {"\x80", "\xc3", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80",
                                "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80"}) {
    EXPECT_EQ(printable(bad, true), printable(bad, false));
  }
  // C1 controls, zero width space, byte order mark, direction override.
  for (const std::string bad : {"\xc2\x9b", "\xe2\x80\x8b", "\xef\xbb\xbf", "\xe2\x80\xae"}) {
    EXPECT_EQ(printable(bad, true), printable(bad, false));
  }
}

TEST(Printable, ShortensOnlyLongHex) {
  const std::string hex(64, 'a');
  EXPECT_EQ(shorten(hex, "...", 100), std::string(16, 'a') + "..." + std::string(8, 'a'));
  EXPECT_EQ(shorten("x " + hex + " y", "...", 100),
            "x " + std::string(16, 'a') + "..." + std::string(8, 'a') + " y");
  EXPECT_EQ(shorten(hex.substr(0, 40), "...", 100), hex.substr(0, 40));
  EXPECT_EQ(shorten(hex + "g", "...", 100), hex + "g");
  EXPECT_EQ(shorten(std::string(200, 'g'), "...", 100),
            std::string(92, 'g') + "..." + std::string(8, 'g'));
}

TEST(Checks, HaveCompletePages) {
  std::string last;
  for (const CheckInfo& page : appraise_checks()) {
    EXPECT_LT(last, std::string(page.id));
    last = page.id;
    for (const auto text : {page.title, page.source, page.meaning, page.why, page.not_proved,
                            page.causes, page.remedy}) {
      EXPECT_FALSE(text.empty()) << page.id;
    }
  }
  EXPECT_EQ(appraise_checks().size(), 9U);
}

}  // namespace
}  // namespace cupel
