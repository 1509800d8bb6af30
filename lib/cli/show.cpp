// cupel show: parse, try to authenticate, print the claims, say plainly whether they are authentic.
#include <algorithm>
#include <charconv>
#include <cupel/evidence.hpp>

#include "cli/common.hpp"

namespace cupel::cli {
namespace {

struct Show {
  Output output;
  TrustOptions trust;
  std::string evidence;
};

std::string shortened(const std::string& value, bool full) {
  constexpr std::size_t kLong = 72;
  if (full || value.size() <= kLong) {
    return value;
  }
  return value.substr(0, 40) + " ... " + value.substr(value.size() - 16) + " (" +
         std::to_string(value.size()) + " characters)";
}

// Values may hold line feeds (PEM) or control characters (hostile text): one line, printable.
std::string one_line(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      c = ' ';
    }
  }
  return text;
}

// "pcr.2" before "pcr.10": the name up to a last number, then the number.
std::pair<std::string_view, unsigned long> reading_order(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  unsigned long number = 0;
  if (dot != std::string_view::npos) {
    const std::string_view digits = name.substr(dot + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error == std::errc{} && end == digits.data() + digits.size()) {
      return {name.substr(0, dot), number};
    }
  }
  return {name, 0};
}

std::string report(const Claims& claims, UnixTime at, bool full) {
  std::string out = "AUTHENTIC " + claims.family() + " evidence, judged at " + to_string(at) + "\n";
  out += "\nClaims (who vouches for them)\n";
  std::size_t width = 0;
  std::vector<std::pair<std::string, Claim>> sorted(claims.all().begin(), claims.all().end());
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
    return reading_order(a.first) < reading_order(b.first);
  });
  for (const auto& [name, claim] : sorted) {
    width = std::max(width, name.size());
  }
  for (const auto& [name, claim] : sorted) {
    const std::string value = one_line(to_string(claim.value));
    out += "  " + name + std::string(width - name.size() + 2, ' ') +
           (value.empty() ? "(empty)" : shortened(value, full));
    if (claim.provenance != Provenance::evidence) {
      out += "  [" + std::string(to_string(claim.provenance)) + "]";
    }
    out += "\n";
  }
  const auto section = [&](std::string_view title, const std::vector<std::string>& lines) {
    if (!lines.empty()) {
      out += "\n" + std::string(title) + "\n";
      for (const std::string& line : lines) {
        out += "  - " + line + "\n";
      }
    }
  };
  section("Proved", claims.assurance().proved);
  section("Not proved", claims.assurance().not_proved);
  section("Assumed", claims.assurance().assumed);
  out += "\nAuthentic is not acceptable: `cupel verify` judges these claims by a policy.\n";
  return out;
}

// The structure of evidence that could not be authenticated, under a heading nobody can misread.
int not_authentic(const Show& show, const std::string& family, Bytes evidence, const Error& error) {
  const auto parsed = describe(family, evidence);
  if (!parsed) {
    return show.output.fail(error);
  }
  const Outcome result = outcome(error.code);
  show.output.text(
      "NOT AUTHENTIC: nothing below is proved; these are the fields as they arrived.\n" +
      json::dump(reparse(*parsed), 2));
  if (!show.output.json) {
    return show.output.fail(error);
  }
  show.output.object(
      json::Object{{"schema", "cupel.show/1"},
                   {"verdict", result == Outcome::undecided ? "undecided" : "not_authentic"},
                   {"family", family},
                   {"unauthenticated_fields", reparse(*parsed)},
                   {"error", to_json_value(error)}});
  show.output.talk("cupel: NOT AUTHENTIC: " + to_string(error));
  return exit_code(result);
}

int run(const Show& show) {
  auto evidence = read_input(show.evidence, kMaxEvidenceSize);
  if (!evidence) {
    return show.output.fail(evidence.error());
  }
  const auto family = family_of(show.trust, *evidence);
  if (!family) {
    return show.output.fail(family.error());
  }
  const auto context = show.trust.context(*family);
  if (!context) {
    return show.output.fail(context.error());
  }
  const auto endorsements = show.trust.endorsements();
  if (!endorsements) {
    return show.output.fail(endorsements.error());
  }
  const auto claims = evaluate(*family, *evidence, *endorsements, *context);
  if (!claims) {
    const Outcome result = outcome(claims.error().code);
    if (result == Outcome::not_authentic || result == Outcome::undecided) {
      return not_authentic(show, *family, *evidence, claims.error());
    }
    return show.output.fail(claims.error());
  }
  show.output.text(report(*claims, context->now, show.output.full));
  show.output.object(json::Object{{"schema", "cupel.show/1"},
                                  {"verdict", "authentic"},
                                  {"family", *family},
                                  {"claims", to_json_value(*claims)},
                                  {"proved", strings(claims->assurance().proved)},
                                  {"not_proved", strings(claims->assurance().not_proved)},
                                  {"assumed", strings(claims->assurance().assumed)},
                                  {"judged_at", to_string(context->now)},
                                  {"valid_until", to_string(claims->assurance().valid_until)}});
  return exit_code(Outcome::accepted);
}

}  // namespace

void add_show(CLI::App& app, int& exit) {
  auto show = std::make_shared<Show>();
  CLI::App* command =
      app.add_subcommand("show", "Parse and authenticate evidence, and print its claims");
  command->add_option("EVIDENCE", show->evidence, "A file, or - for standard input")->required();
  add_trust_options(*command, show->trust);
  add_output_options(*command, show->output);
  command->callback([show, &exit] { exit = run(*show); });
}

}  // namespace cupel::cli
