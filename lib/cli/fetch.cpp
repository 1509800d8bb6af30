// cupel fetch: gets what `cupel needed` lists into a folder. Certificates, lists and Intel's
// documents are signed, and --endorse reads them; key sets are trust, which --issuer-keys names.
#include <cupel/evidence.hpp>
#include <filesystem>

#include "cli/common.hpp"
#include "codec/pem.hpp"
#include "collateral/sources.hpp"

namespace cupel::cli {
namespace {

struct Fetch {
  Output output;
  std::string evidence;
  std::string family;
  std::string folder;
  std::string mirror;
  std::string pccs;
  unsigned timeout_s = 30;
  bool force = false;
};

// The same path and query at another server: for a cache of one's own, and for tests.
std::string at_mirror(const std::string& url, const std::string& mirror) {
  const std::size_t scheme = url.find("://");
  const std::size_t path = scheme == std::string::npos ? scheme : url.find('/', scheme + 3);
  std::string base = mirror;
  while (base.ends_with('/')) {
    base.pop_back();
  }
  return path == std::string::npos ? base : base + url.substr(path);
}

void redirect(CollateralRequest& request, const std::string& mirror) {
  request.url = at_mirror(request.url, mirror);
  for (std::string& other : request.mirrors) {
    other = at_mirror(other, mirror);
  }
}

// The issuer for whom the keys of a set sign: he has them at <issuer>/certs, and nowhere else.
std::string issuer_of(const CollateralRequest& request) {
  constexpr std::string_view kPlace = "/certs";
  const bool key_set = request.kind == "jwks" && request.url.ends_with(kPlace);
  return key_set ? request.url.substr(0, request.url.size() - kPlace.size()) : "";
}

// What was understood is written, not what was received.
std::string as_pem(std::string_view label, const std::vector<ByteVector>& ders) {
  std::string out;
  for (const ByteVector& der : ders) {
    out += pem::dump(label, der);
  }
  return out;
}

// A document, and beside it its issuers, where those came in a header: as DirectorySource reads it.
Result<std::string> fetch_one(const CollateralRequest& request, const Fetch& options) {
  HttpSource source(std::chrono::seconds(options.timeout_s));
  CUPEL_TRY(const Endorsements got, source.fetch_all({&request, 1}));
  const auto other = got.items.find(request.kind);
  const std::string certificates = as_pem("CERTIFICATE", got.certificates);
  const bool issuers = !request.issuer_chain_header.empty();
  const std::string text = (issuers ? "" : certificates) + as_pem("X509 CRL", got.crls);
  const Bytes content = other != got.items.end() ? Bytes(other->second) : as_bytes(text);
  const std::string path = options.folder + "/" + request.cache_key;
  CUPEL_TRY([[maybe_unused]] auto written, write_output(path, content, options.force));
  if (issuers) {
    CUPEL_TRY([[maybe_unused]] auto beside,
              write_output(options.folder + "/" + issuers_key(request), as_bytes(certificates),
                           options.force));
  }
  return path;
}

int run(const Fetch& options) {
  const auto evidence = read_input(options.evidence, kMaxEvidenceSize);
  if (!evidence) {
    return options.output.fail(evidence.error());
  }
  const auto family = family_of(TrustOptions{.family = options.family}, *evidence);
  if (!family) {
    return options.output.fail(family.error());
  }
  auto requests = requests_at(needed(*family, *evidence), options.pccs);
  if (!requests) {
    return options.output.fail(requests.error());
  }
  std::error_code failure;
  std::filesystem::create_directories(options.folder, failure);
  if (failure) {
    return options.output.fail(Error{Code::invalid_argument, "output", kNoOffset,
                                     options.folder + ": " + failure.message()});
  }
  json::Array files;
  json::Array missing;
  std::string text;
  std::optional<Error> last;
  for (CollateralRequest& request : *requests) {
    const std::string issuer = issuer_of(request);
    if (!options.mirror.empty()) {
      redirect(request, options.mirror);
    }
    auto path = fetch_one(request, options);
    if (!path) {
      last = path.error();
      options.output.talk("not fetched: " + to_string(*last));
      missing.push_back(json::Object{
          {"kind", request.kind}, {"url", request.url}, {"error", to_json_value(*last)}});
      continue;
    }
    text += request.kind + "  " + *path + "\n";
    json::Object one{{"kind", request.kind}, {"url", request.url}, {"file", *path}};
    if (!issuer.empty()) {
      text += "  no endorsement: to trust these keys, --issuer-keys " + issuer + "=" + *path + "\n";
      one.emplace_back("issuer_keys", issuer + "=" + *path);
    }
    files.push_back(std::move(one));
  }
  options.output.text(text.empty() && !last ? "nothing more is needed\n" : text);
  options.output.object(json::Object{
      {"schema", "cupel.fetch/1"}, {"files", std::move(files)}, {"missing", std::move(missing)}});
  // Nothing was judged: what is missing leaves a verification undecided. A file that may not be
  // written is the caller's affair.
  const bool usage = last && last->code == Code::invalid_argument;
  return exit_code(!last ? Outcome::accepted : usage ? Outcome::usage : Outcome::undecided);
}

}  // namespace

void add_fetch(CLI::App& app, int& exit) {
  auto options = std::make_shared<Fetch>();
  CLI::App* command = app.add_subcommand(
      "fetch",
      "Get what evidence needs into a folder: endorsements for --endorse, key sets of tokens for "
      "--issuer-keys");
  command->add_option("EVIDENCE", options->evidence, "A file, or - for standard input")->required();
  command->add_option("-o,--output", options->folder, "The folder; made if it is not there")
      ->required()
      ->type_name("DIR");
  command->add_option("--family", options->family, "The evidence family")->type_name("ID");
  CLI::Option* mirror =
      command
          ->add_option("--mirror", options->mirror,
                       "Ask this server instead of the publishers, for the same paths")
          ->type_name("URL");
  add_pccs_option(*command, options->pccs)->excludes(mirror);
  command->add_option("--timeout", options->timeout_s, "Seconds for each document")
      ->check(CLI::Range(1U, 600U))
      ->capture_default_str();
  command->add_flag("--force", options->force, "Replace files that are there");
  add_output_options(*command, options->output);
  command->callback([options, &exit] { exit = run(*options); });
}

}  // namespace cupel::cli
