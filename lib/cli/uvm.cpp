// cupel uvm: whose word an endorsement of a utility VM is, and what it says.
#include "cli/uvm.hpp"

#include <algorithm>

#include "base/hex.hpp"
#include "cli/numbers.hpp"
#include "cli/shown.hpp"
#include "crypto/digest.hpp"
#include "crypto/x509.hpp"

namespace cupel::cli {
namespace {

struct Options {
  Output output;
  TrustOptions trust;
  std::string file;
  uvm::Trust whose = uvm::container_platform();
  std::optional<std::string> min_svn;
  std::optional<std::string> measurement;
};

// One demand and what became of it.
struct Judged {
  std::string name;
  std::string expected;
  std::string actual;
  bool passed;
};

std::string svn_text(const uvm::Endorsement& endorsement) {
  return endorsement.svn ? std::to_string(*endorsement.svn) : "none stated";
}

std::vector<Judged> judge(const uvm::Endorsement& endorsement, const Demands& demands) {
  std::vector<Judged> out;
  if (demands.min_svn) {
    out.push_back({"svn", "at least " + std::to_string(*demands.min_svn), svn_text(endorsement),
                   endorsement.svn && *endorsement.svn >= *demands.min_svn});
  }
  if (demands.measurement) {
    const ByteVector& endorsed = endorsement.launch_measurement;
    out.push_back({"launch_measurement", to_hex(*demands.measurement), to_hex(endorsed),
                   crypto::equal(endorsed, *demands.measurement)});
  }
  return out;
}

// The chain as it arrived: one that does not parse has a digest all the same.
json::Array chain(const uvm::Endorsement& endorsement) {
  json::Array out;
  for (const ByteVector& der : endorsement.certificates) {
    json::Object one;
    if (const auto read = crypto::Certificate::from_der(der, "uvm.x5chain")) {
      one.emplace_back("subject", read->subject());
      one.emplace_back("not_before", to_string(read->not_before()));
      one.emplace_back("not_after", to_string(read->not_after()));
    }
    one.emplace_back("sha256", to_hex(crypto::sha256(der)));
    out.emplace_back(std::move(one));
  }
  return out;
}

json::Object fields(const uvm::Endorsement& endorsement) {
  json::Object out{
      {"form", endorsement.form == uvm::Form::json ? "json" : "hash_envelope"},
      {"issuer", endorsement.issuer},
      {"feed", endorsement.feed},
      {"signed_at", to_string(endorsement.signed_at)},
      {"launch_measurement", to_hex(endorsement.launch_measurement)},
      {"certificates", chain(endorsement)},
  };
  if (endorsement.svn) {
    out.emplace_back("svn", *endorsement.svn);
  }
  return out;
}

std::string fields_text(const uvm::Endorsement& endorsement) {
  std::string out = "  issuer              " + one_line(endorsement.issuer) +
                    "\n  feed                " + one_line(endorsement.feed) +
                    "\n  svn                 " + svn_text(endorsement) +
                    "\n  launch measurement  " + to_hex(endorsement.launch_measurement) +
                    "\n  signed at           " + to_string(endorsement.signed_at) +
                    "\n\nCertificates, the signer's first\n";
  for (const json::Value& one : chain(endorsement)) {
    const json::Value* subject = one.find("subject");
    out += "  " + one_line(subject != nullptr ? *subject->string() : "(does not parse)") +
           "\n    SHA-256 " + *one.find("sha256")->string() + "\n";
  }
  return out;
}

// The first line and, when anything was demanded, the list.
std::string headline(const std::vector<Judged>& judged, UnixTime at) {
  const auto failed =
      std::count_if(judged.begin(), judged.end(), [](const Judged& one) { return !one.passed; });
  std::string out = judged.empty() ? "AUTHENTIC" : failed == 0 ? "ACCEPTED" : "REFUSED";
  out += " UVM endorsement, judged at " + to_string(at) + "\n";
  if (!judged.empty()) {
    out += "\nDemanded\n";
  }
  for (const Judged& one : judged) {
    out += std::string(one.passed ? "  ok      " : "  FAILED  ") + one.name + "\n    expected " +
           one.expected + "\n    found    " + one.actual + "\n";
  }
  return out + "\n";
}

Result<Demands> demands_of(const Options& options) {
  Demands out;
  if (options.min_svn) {
    out.min_svn = natural(*options.min_svn);
    if (!out.min_svn) {
      return Error{Code::invalid_argument, "--min-svn", kNoOffset, "is no version number"};
    }
  }
  if (options.measurement) {
    constexpr std::size_t kSize = 48;
    auto bytes = from_hex(*options.measurement, kSize, "--measurement");
    if (!bytes) {
      return Error{Code::invalid_argument, "--measurement", bytes.error().offset,
                   bytes.error().detail};
    }
    out.measurement = std::move(bytes).value();
  }
  return out;
}

int run(const Options& options) {
  const auto demands = demands_of(options);
  if (!demands) {
    return options.output.fail(demands.error());
  }
  const auto content = read_input(options.file, uvm::kMaxEndorsementSize);
  if (!content) {
    return options.output.fail(content.error());
  }
  const auto now = options.trust.now();
  if (!now) {
    return options.output.fail(now.error());
  }
  return judge_endorsement(options.output, *content, options.whose, {*now, TrustAnchors({})},
                           *demands);
}

}  // namespace

int judge_endorsement(const Output& output, Bytes content, const uvm::Trust& trust,
                      const VerifyContext& context, const Demands& demands) {
  constexpr std::string_view kSchema = "cupel.uvm/1";
  const auto parsed = uvm::parse(content);
  if (!parsed) {
    return output.fail(parsed.error());
  }
  const auto verified = uvm::verify(*parsed, trust, context);
  if (!verified) {
    return not_authentic(output, kSchema, "uvm", fields(*parsed), verified.error());
  }
  const uvm::Endorsement& endorsement = **verified;
  const std::vector<Judged> judged = judge(endorsement, demands);
  const bool met =
      std::all_of(judged.begin(), judged.end(), [](const Judged& one) { return one.passed; });
  output.text(headline(judged, context.now) + fields_text(endorsement) +
              sections(verified->assurance()) +
              "\nAn endorsement says what a measurement is, not that any machine runs it: "
              "`cupel verify` judges a report.\n");
  json::Array list;
  for (const Judged& one : judged) {
    list.push_back(json::Object{{"name", one.name},
                                {"expected", one.expected},
                                {"actual", one.actual},
                                {"passed", one.passed}});
  }
  output.object(json::Object{{"schema", kSchema},
                             {"verdict", judged.empty() ? "authentic"
                                         : met          ? "accepted"
                                                        : "refused"},
                             {"family", "uvm"},
                             {"endorsement", fields(endorsement)},
                             {"demands", std::move(list)},
                             {"proved", strings(verified->assurance().proved)},
                             {"not_proved", strings(verified->assurance().not_proved)},
                             {"assumed", strings(verified->assurance().assumed)},
                             {"judged_at", to_string(context.now)}});
  return exit_code(met ? Outcome::accepted : Outcome::refused);
}

void add_uvm(CLI::App& app, int& exit) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("uvm", "Authenticate a UVM endorsement and print what it says");
  command->add_option("ENDORSEMENT", options->file, "A file, or - for standard input")->required();
  command->add_option("--at", options->trust.at,
                      "Judge at this time (RFC 3339); without it the system clock is asked");
  command
      ->add_option("--issuer", options->whose.issuer,
                   "Whose word is taken, letter for letter; Microsoft's when absent")
      ->type_name("DID");
  command->add_option("--feed", options->whose.feed, "What the endorsement must be of")
      ->capture_default_str();
  command->add_option("--min-svn", options->min_svn, "Refuse a lower or unstated security version")
      ->type_name("N");
  command
      ->add_option("--measurement", options->measurement,
                   "Refuse an endorsement of any other launch measurement")
      ->type_name("HEX");
  add_output_options(*command, options->output);
  command->callback([options, &exit] { exit = run(*options); });
}

}  // namespace cupel::cli
