// cupel show: parse, try to authenticate, print the claims, say plainly whether they are authentic.
#include <algorithm>
#include <charconv>
#include <cupel/evidence.hpp>

#include "cli/common.hpp"
#include "cli/shown.hpp"
#include "cli/uvm.hpp"

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
  out += sections(claims.assurance());
  out += "\nAuthentic is not acceptable: `cupel verify` judges these claims by a policy.\n";
  return out;
}

// Whether anything was said about whom to trust, besides what an endorsement says itself.
bool names_trust(const TrustOptions& trust) {
  return !trust.anchors.empty() || !trust.keys.empty() || !trust.issuer_keys.empty() ||
         !trust.endorse.empty();
}

// An endorsement of a utility VM is no evidence, but people have the file and want to look at it.
int show_endorsement(const Show& show, Bytes content) {
  if (names_trust(show.trust)) {
    return show.output.fail({Code::invalid_argument, "EVIDENCE", kNoOffset,
                             "is a UVM endorsement, whose issuer names his own authority; "
                             "`cupel uvm --issuer` says whose word is taken"});
  }
  const auto now = show.trust.now();
  if (!now) {
    return show.output.fail(now.error());
  }
  return judge_endorsement(show.output, content, uvm::container_platform(),
                           {*now, TrustAnchors({}), show.trust.revocation_mode()});
}

int run(const Show& show) {
  auto evidence = read_input(show.evidence, kMaxEvidenceSize);
  if (!evidence) {
    return show.output.fail(evidence.error());
  }
  if (show.trust.family.empty() && uvm::looks_like(*evidence)) {
    return show_endorsement(show, *evidence);
  }
  const auto family = family_of(show.trust, *evidence);
  if (!family) {
    return show.output.fail(family.error());
  }
  const auto context = show.trust.context(*family);
  if (!context) {
    return show.output.fail(context.error());
  }
  const auto endorsements = show.trust.endorsements(show.output);
  if (!endorsements) {
    return show.output.fail(endorsements.error());
  }
  const auto claims = evaluate(*family, *evidence, *endorsements, *context);
  if (!claims) {
    const Outcome result = outcome(claims.error().code);
    if (result == Outcome::not_authentic || result == Outcome::undecided) {
      const auto parsed = describe(*family, *evidence);
      return parsed ? not_authentic(show.output, "cupel.show/1", *family, reparse(*parsed),
                                    claims.error())
                    : show.output.fail(claims.error());
    }
    return show.output.fail(claims.error(), advice(*family, *evidence, claims.error()));
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
