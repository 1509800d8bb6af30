// cupel policy make: policies from templates, build outputs, measurement files and evidence.
#include "cli/policy_make.hpp"

#include <cupel/evidence.hpp>
#include <cupel/make_policy.hpp>

#include "cli/common.hpp"

namespace cupel::cli {
namespace {

constexpr std::size_t kMaxInput = 1U << 20U;

struct Make {
  Output output;
  TrustOptions trust;
  std::vector<std::string> files;
  std::string arm;
  std::string parameters;
  std::string evidence;
  std::string form = "cupel";
  TokenExpectation token;
  ImportedKey key;
  std::string principal;
  std::string to;
  bool force = false;
};

Error usage(std::string where, std::string detail) {
  return Error{Code::invalid_argument, std::move(where), kNoOffset, std::move(detail)};
}

Result<PolicyFile> file(const std::string& path) {
  CUPEL_TRY(ByteVector content, read_input(path, kMaxInput));
  return PolicyFile{path, std::move(content)};
}

Result<std::string> from_template(const Make& options, UnixTime now) {
  MadeFrom from{now, {}};
  const bool needs_issuer = options.form != "host-data" && options.form != "kms";
  if (needs_issuer && options.token.issuer.empty()) {
    return usage("--issuer", "--to " + options.form +
                                 " is about the tokens of one attestation service: name its host; "
                                 "--to host-data judges reports and needs none");
  }
  CUPEL_TRY(PolicyFile arm, file(options.arm));
  std::optional<PolicyFile> parameters;
  if (!options.parameters.empty()) {
    CUPEL_TRY(parameters, file(options.parameters));
  }
  CUPEL_TRY(const std::vector<ContainerGroup> groups,
            container_groups(arm, parameters ? &*parameters : nullptr));
  from.inputs.push_back(std::move(arm));
  if (parameters) {
    from.inputs.push_back(std::move(*parameters));
  }
  if (options.form == "cupel") {
    return make_token_policy(groups, options.token, from);
  }
  if (options.form == "host-data") {
    return make_host_data_policy(groups, from);
  }
  if (options.form == "claims") {
    return make_claim_file(groups, options.token);
  }
  if (options.form == "key-release") {
    return make_release_policy(groups, options.token);
  }
  if (options.form == "importkeyconfig") {
    return make_import_config(groups, options.token, options.key);
  }
  return usage("--to",
               "a template becomes cupel, host-data, claims, key-release or "
               "importkeyconfig");
}

Result<std::string> from_files(const Make& options, UnixTime now) {
  std::vector<PolicyFile> files;
  for (const std::string& path : options.files) {
    CUPEL_TRY(PolicyFile one, file(path));
    files.push_back(std::move(one));
  }
  if (options.form == "cupel") {
    return make_policy(files, now);
  }
  if (options.form == "kms") {
    CUPEL_TRY(const Policy policy, load_policy(files));
    return make_kms_statement(policy, options.principal);
  }
  return usage("--to", "files become cupel or kms");
}

// Only what is authentic may be trusted, on first use as on any other.
Result<std::string> from_evidence(const Make& options, UnixTime now) {
  if (options.form != "cupel") {
    return usage("--to", "evidence becomes cupel");
  }
  CUPEL_TRY(PolicyFile evidence, file(options.evidence));
  CUPEL_TRY(const std::string family, family_of(options.trust, evidence.content));
  CUPEL_TRY(VerifyContext context, options.trust.context(family));
  context.now = now;
  CUPEL_TRY(const Endorsements endorsements, options.trust.endorsements(options.output));
  CUPEL_TRY(const Claims claims, evaluate(family, evidence.content, endorsements, context));
  return make_policy_from_evidence(claims, MadeFrom{now, {std::move(evidence)}});
}

Result<std::string> make(const Make& options) {
  const int sources = (options.files.empty() ? 0 : 1) + (options.arm.empty() ? 0 : 1) +
                      (options.evidence.empty() ? 0 : 1);
  if (sources != 1) {
    return usage("policy make", "give files, or --arm, or --from-evidence: exactly one of them");
  }
  CUPEL_TRY(const UnixTime now, options.trust.now());
  if (!options.arm.empty()) {
    return from_template(options, now);
  }
  return options.evidence.empty() ? from_files(options, now) : from_evidence(options, now);
}

int run(const Make& options) {
  const auto text = make(options);
  if (!text) {
    return options.output.fail(text.error());
  }
  if (!options.evidence.empty()) {
    options.output.talk(
        "warning: TRUST ON FIRST USE. This policy demands what one piece of evidence shows; nobody "
        "compared it with what the software should be.");
  }
  if (options.to.empty()) {
    if (!options.output.quiet) {
      std::fwrite(text->data(), 1, text->size(), stdout);
    }
    return exit_code(Outcome::accepted);
  }
  if (auto written = write_output(options.to, as_bytes(*text), options.force); !written) {
    return options.output.fail(written.error());
  }
  options.output.object(json::Object{{"schema", "cupel.policy-make/1"}, {"written", options.to}});
  options.output.talk("wrote " + options.to);
  return exit_code(Outcome::accepted);
}

}  // namespace

void add_policy_make(CLI::App& policy, int& exit) {
  auto options = std::make_shared<Make>();
  CLI::App* command = policy.add_subcommand(
      "make",
      "Make a policy: from policy files (BlindLlama's, a Nitro build output, …), from an ARM "
      "template, or from evidence");
  command->add_option("FILE", options->files, "Files that `policy show` reads");
  command->add_option("--arm", options->arm, "An ARM template with container groups")
      ->type_name("FILE");
  command->add_option("--parameters", options->parameters, "The template's parameters file")
      ->type_name("FILE");
  command
      ->add_option("--from-evidence", options->evidence,
                   "Trust on first use: demand what this evidence shows")
      ->type_name("EVIDENCE");
  command->add_option("--to", options->form, "What to make")
      ->transform(one_of({"cupel", "host-data", "claims", "key-release", "importkeyconfig", "kms"}))
      ->capture_default_str();
  command->add_option("--issuer", options->token.issuer, "The attestation service's host")
      ->type_name("HOST");
  command
      ->add_option("--compliance-status", options->token.compliance_status,
                   "What the service must say about the guest's own software")
      ->capture_default_str();
  command->add_option("--kid", options->key.kid, "Name of the key to import");
  command->add_option("--kty", options->key.kty, "oct-HSM or RSA-HSM")->capture_default_str();
  command->add_option("--vault", options->key.vault, "The vault's host")->type_name("HOST");
  command->add_option("--principal", options->principal, "ARN of the role that may use the key")
      ->type_name("ARN");
  command->add_option("-o,--output", options->to, "Where to write; standard output without it")
      ->type_name("FILE");
  command->add_flag("--force", options->force, "Overwrite an existing file");
  add_trust_options(*command, options->trust);
  add_output_options(*command, options->output);
  command->callback([options, &exit] { exit = run(*options); });
}

}  // namespace cupel::cli
