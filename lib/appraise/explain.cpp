// The report of a verdict for people.
#include <algorithm>
#include <cupel/verdict.hpp>

#include "appraise/checks.hpp"
#include "appraise/printable.hpp"
#include "base/hex.hpp"

namespace cupel {
namespace {

constexpr std::size_t kLineLimit = 160;
constexpr std::string_view kSeparator = " | ";  // between the values of one_of

constexpr std::string_view kGreen = "\x1b[32m";
constexpr std::string_view kRed = "\x1b[31m";
constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kPlain = "\x1b[0m";

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  for (std::size_t end = text.find(kSeparator); end != std::string_view::npos;
       end = text.find(kSeparator)) {
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(end + kSeparator.size());
  }
  parts.emplace_back(text);
  return parts;
}

class Report {
 public:
  Report(const Verdict& verdict, const ExplainStyle& style) : verdict_(verdict), style_(style) {}

  std::string text() && {
    verdict_line();
    facts();
    checks();
    list("Proved", verdict_.proved());
    list("Not proved", verdict_.not_proved());
    list("Assumed", verdict_.assumed());
    if (style_.full) {
      claims();
    }
    what_to_do();
    return std::move(out_);
  }

 private:
  std::string clean(std::string_view text) const { return printable(text, style_.unicode); }
  std::string brief(std::string_view text) const {
    const std::string line = clean(text);
    return style_.full ? line : shorten(line, style_.unicode ? "…" : "...", kLineLimit);
  }
  std::string colored(const std::string& text, std::string_view color) const {
    return style_.color ? std::string(color) + text + std::string(kPlain) : text;
  }

  void verdict_line() {
    const std::string name = clean(verdict_.alternative());
    if (verdict_.accepted() != nullptr) {
      out_ += colored("ACCEPTED", kGreen) + "  " + clean(verdict_.family()) +
              " evidence satisfies '" + name + "'\n";
      return;
    }
    const auto& all = verdict_.checks();
    const auto failed = std::count_if(all.begin(), all.end(), [](auto& c) { return !c.passed; });
    out_ += colored("REFUSED", kRed) + "   " + clean(verdict_.family()) + " evidence: ";
    if (name.empty()) {
      out_ += "the policy has no alternative for it\n";
    } else {
      out_ += std::to_string(failed) + " of " + std::to_string(all.size()) +
              " checks failed for '" + name + "', which came closest\n";
    }
  }

  void fact(std::string_view name, const std::string& value) {
    out_ += "  " + padded(std::string(name), 14) + value + "\n";
  }

  void facts() {
    out_ += "\n";
    fact("family", clean(verdict_.family()));
    if (!verdict_.alternative().empty()) {
      fact("alternative", clean(verdict_.alternative()));
    }
    fact("appraised at", to_string(verdict_.appraised_at()));
    fact("valid until", to_string(verdict_.valid_until()));
    for (const auto& [claim, name] : {std::pair{"common.tee_class", "protection"},
                                      std::pair{"common.tcb_status", "patch level"}}) {
      if (const Claim* found = verdict_.claims().find(claim)) {
        fact(name, brief(to_string(found->value)));
      }
    }
    const auto pin = verdict_.accepted() != nullptr ? verdict_.accepted()->pin()
                                                    : Result<TlsPin>(Error{Code::refused, ""});
    if (pin) {
      fact("TLS key", kind_of(*pin) + brief(to_hex(pin->sha256())));
    } else if (verdict_.accepted() != nullptr) {
      fact("TLS key", "none: the policy binds no connection to this evidence");
    }
  }

  static std::string kind_of(const TlsPin& pin) {
    switch (pin.kind()) {
      case TlsPin::Kind::spki_sha256:
        return "public key with SHA-256 ";
      case TlsPin::Kind::certificate_sha256:
        return "certificate with SHA-256 ";
      case TlsPin::Kind::root_ca:
        break;
    }
    return "issued by the CA with SHA-256 ";
  }

  void checks() {
    out_ += "\n" + colored("Checks", kBold) + "\n";
    std::size_t claim_width = 0;
    for (const Check& check : verdict_.checks()) {
      claim_width = std::max(claim_width, clean(check.claim).size());
    }
    for (const Check& check : verdict_.checks()) {
      const std::string mark =
          style_.unicode ? (check.passed ? "✓" : "✗") : (check.passed ? "ok  " : "FAIL");
      out_ += "  " + colored(mark, check.passed ? kGreen : kRed) + "  " + clean(check.id) + "  ";
      if (claim_width != 0) {
        out_ += padded(clean(check.claim), claim_width) + "  ";
      }
      out_ += clean(check.rule) + "\n";
      if (!check.passed || style_.full) {
        comparison(check);
      }
    }
  }

  // Expected and actual one above the other. Shortening must not make two different values look
  // the same, so that values which differ only in the middle stay whole.
  void comparison(const Check& check) {
    const std::string indent = style_.unicode ? "       " : "          ";
    const std::vector<std::string> accepted = split(check.expected);
    std::string actual = brief(check.actual);
    std::vector<std::string> shown;
    for (const std::string& one : accepted) {
      shown.push_back(brief(one));
    }
    if (!check.passed && std::find(shown.begin(), shown.end(), actual) != shown.end()) {
      actual = clean(check.actual);
      std::transform(accepted.begin(), accepted.end(), shown.begin(),
                     [&](const std::string& one) { return clean(one); });
    }
    for (std::size_t i = 0; i < shown.size(); ++i) {
      out_ += indent + (i == 0 ? "expected  " : "      or  ") + shown[i] + "\n";
    }
    out_ += indent + "actual    " + actual + "\n";
    // Texts that have little in common are not compared letter by letter.
    if (!check.passed && shown.size() == 1 && shown.front().size() == actual.size() &&
        actual.size() > 8) {
      const auto differs = std::mismatch(actual.begin(), actual.end(), shown.front().begin()).first;
      out_ += indent + "          " +
              std::string(static_cast<std::size_t>(differs - actual.begin()), ' ') +
              "^ first difference\n";
    }
  }

  void list(std::string_view title, const std::vector<std::string>& items) {
    if (items.empty()) {
      return;
    }
    out_ += "\n" + colored(std::string(title), kBold) + "\n";
    for (const std::string& item : items) {
      out_ += "  - " + (style_.full ? clean(item) : brief_statement(item)) + "\n";
    }
  }
  // Statements are sentences: only their hashes are shortened.
  std::string brief_statement(std::string_view text) const {
    return shorten(clean(text), style_.unicode ? "…" : "...", std::string::npos);
  }

  void claims() {
    out_ += "\n" + colored("Claims", kBold) + "\n";
    for (const auto& [name, claim] : verdict_.claims().all()) {
      out_ += "  " + clean(name) + " = " + clean(to_string(claim.value)) + "  (" +
              std::string(to_string(claim.provenance)) + ")\n";
    }
  }

  void what_to_do() {
    std::vector<std::string> ids;
    for (const Check& check : verdict_.checks()) {
      if (!check.passed && std::find(ids.begin(), ids.end(), check.id) == ids.end()) {
        ids.push_back(check.id);
      }
    }
    if (ids.empty()) {
      return;
    }
    out_ += "\n" + colored("What to do", kBold) + "\n";
    for (const std::string& id : ids) {
      for (const CheckInfo& page : appraise_checks()) {
        if (page.id == id) {
          out_ += "  - " + std::string(page.remedy) + "\n    More: cupel explain " + id + "\n";
        }
      }
    }
  }

  const Verdict& verdict_;
  const ExplainStyle& style_;
  std::string out_;
};

}  // namespace

std::string explain(const Verdict& verdict, const ExplainStyle& style) {
  return Report(verdict, style).text();
}

}  // namespace cupel
