// cupel ask: attest, pin, ask, print the answer.
#include <sys/stat.h>

#include <cupel/evidence.hpp>
#include <cupel/session.hpp>
#include <set>

#include "cli/common.hpp"

namespace cupel::cli {
namespace {

constexpr std::size_t kMaxPrompt = 1U << 20U;

struct Ask {
  Output output;
  TrustOptions trust;
  SessionOptions session;
  std::vector<std::string> policies;
  std::string freshness = "if-supported";
  std::string prompt;
  std::string api_key_file;
  unsigned max_tokens = 64;
  unsigned timeout_s = 120;
  bool stream = false;
  bool show_report = false;
};

// A prompt or key from a file usually ends with a line feed that is not meant.
std::string without_last_newline(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) {
    text.pop_back();
  }
  return text;
}

// An empty one is a script's unset variable, and no reason to attest anybody.
Result<std::string> prompt_text(const Ask& ask) {
  std::string text = ask.prompt;
  if (text == "-") {
    CUPEL_TRY(const ByteVector content, read_input("-", kMaxPrompt));
    text = without_last_newline(std::string(as_text(content)));
  }
  if (text.empty()) {
    return Error{Code::invalid_argument, "PROMPT", kNoOffset, "is empty"};
  }
  return text;
}

bool others_can_read(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
         (info.st_mode & (S_IRGRP | S_IROTH)) != 0;
}

Result<std::string> api_key(const Ask& ask) {
  CUPEL_TRY(const ByteVector content, read_input(ask.api_key_file, kMaxPrompt));
  std::string key = without_last_newline(std::string(as_text(content)));
  if (key.empty()) {
    return Error{Code::invalid_argument, "--api-key-file", kNoOffset,
                 ask.api_key_file + " is empty"};
  }
  if (others_can_read(ask.api_key_file)) {
    ask.output.talk("warning: others can read " + ask.api_key_file + "; chmod 600 keeps it yours");
  }
  return key;
}

// The service decides which family it sends; what the policy accepts none of needs no vendor.
std::vector<std::string> families_of(const Ask& ask, const Policy& policy) {
  if (!ask.trust.family.empty()) {
    return {ask.trust.family};
  }
  std::set<std::string> out;
  for (const Alternative& alternative : policy.accept) {
    out.insert(alternative.family);
  }
  return {out.begin(), out.end()};
}

Result<SessionOptions> session_options(const Ask& ask) {
  SessionOptions options = ask.session;
  CUPEL_TRY(const UnixTime now, ask.trust.now());
  CUPEL_TRY(options.policy, load_policies(ask.policies, ask.output, now));
  CUPEL_TRY(options.anchors, ask.trust.trust_anchors(families_of(ask, options.policy)));
  CUPEL_TRY(options.endorsements, ask.trust.endorsements(ask.output));
  options.revocation = ask.trust.revocation_mode();
  if (options.revocation == Revocation::dangerous_ignored) {
    ask.output.talk(
        "warning: --revocation dangerous-ignored: keys that their issuer has withdrawn are "
        "believed");
  }
  options.freshness = ask.freshness == "required" ? Freshness::required : Freshness::if_supported;
  options.timeout = std::chrono::seconds(ask.timeout_s);
  if (ask.trust.at) {
    options.clock = [now] { return now; };
  }
  if (!ask.api_key_file.empty()) {
    CUPEL_TRY(const std::string key, api_key(ask));
    options.headers["Authorization"] = "Bearer " + key;
  }
  return options;
}

std::string summary(const Verdict& verdict) {
  std::string out = "attested: " + verdict.family() + " evidence accepted";
  if (!verdict.alternative().empty()) {
    out += " as \"" + verdict.alternative() + "\"";
  }
  out += ", valid until " + to_string(verdict.valid_until());
  for (const std::string& line : verdict.not_proved()) {
    out += "\n  not proved: " + line;
  }
  for (const std::string& line : verdict.assumed()) {
    out += "\n  assumed: " + line;
  }
  return out;
}

// A session keeps the service's own words to itself, for they may repeat the prompt: what an
// unnamed model is answered with can only be guessed from the status.
std::string what_next(const Ask& ask, const Error& error) {
  const bool may_want_model = ask.session.service == "openai" && ask.session.model.empty();
  return may_want_model && error.where == "service.status" && error.detail.ends_with("HTTP 400")
             ? "No model was named, and most services that speak openai want one: --model NAME."
             : "";
}

Result<std::string> answer(AttestedSession& session, const Ask& ask, const std::string& prompt) {
  if (!ask.stream || ask.output.json) {
    return session.complete(prompt, ask.max_tokens);
  }
  std::string whole;
  CUPEL_TRY([[maybe_unused]] auto done,
            session.complete_stream(prompt, ask.max_tokens, [&](std::string_view piece) {
              whole += piece;
              if (!ask.output.quiet) {
                const std::string safe = harmless(piece);
                std::fwrite(safe.data(), 1, safe.size(), stdout);
                std::fflush(stdout);
              }
              return true;
            }));
  return whole;
}

int run(const Ask& ask) {
  const Output& output = ask.output;
  auto options = session_options(ask);
  if (!options) {
    return output.fail(options.error());
  }
  const auto prompt = prompt_text(ask);
  if (!prompt) {
    return output.fail(prompt.error());
  }
  std::optional<Verdict> last;
  options->on_verdict = [&](const Verdict& verdict) { last = verdict; };
  const auto failed_with_verdict = [&](const Error& error) {
    if (error.code != Code::refused || !last) {
      return output.fail(error, what_next(ask, error));
    }
    output.talk(explain(*last, output.style()));
    output.object(json::Object{{"schema", "cupel.ask/1"},
                               {"verdict", "refused"},
                               {"report", reparse(to_json(*last))},
                               {"error", to_json_value(error)}});
    output.talk("cupel: refused: nothing of the prompt was sent");
    return exit_code(Outcome::refused);
  };
  auto session = AttestedSession::connect(std::move(options).value());
  if (!session) {
    return failed_with_verdict(session.error());
  }
  output.talk(ask.show_report ? explain(session->verdict(), output.style())
                              : summary(session->verdict()));
  const auto text = answer(*session, ask, *prompt);
  if (!text) {
    return failed_with_verdict(text.error());
  }
  if (!ask.stream) {
    output.text(*text);
  } else {
    output.text("");
  }
  output.object(json::Object{{"schema", "cupel.ask/1"},
                             {"verdict", "accepted"},
                             {"answer", *text},
                             {"report", reparse(to_json(session->verdict()))}});
  return exit_code(Outcome::accepted);
}

std::vector<std::string> texts(const std::vector<std::string_view>& views) {
  return {views.begin(), views.end()};
}

}  // namespace

void add_ask(CLI::App& app, int& exit) {
  auto ask = std::make_shared<Ask>();
  CLI::App* command =
      app.add_subcommand("ask", "Attest a service, pin its key, send a prompt, print the answer");
  command->add_option("URL", ask->session.api_url, "https://host[:port] of the service")
      ->required();
  command->add_option("PROMPT", ask->prompt, "The prompt, or - for standard input")->required();
  command->add_option("--policy", ask->policies, "Policy file (repeatable)")
      ->type_name("FILE")
      ->required();
  command
      ->add_option("--attestation-url", ask->session.attestation_url,
                   "Where the evidence is served; the service's URL without it. With --evidence "
                   "blindai it may be http://")
      ->type_name("URL");
  command->add_option("--service", ask->session.service, "The service's protocol")
      ->check(CLI::IsMember(texts(services())))
      ->capture_default_str();
  command
      ->add_option("--evidence", ask->session.evidence,
                   "How evidence is asked for: document is the service's own way")
      ->check(CLI::IsMember(texts(evidence_protocols())))
      ->capture_default_str();
  command
      ->add_option("--freshness", ask->freshness,
                   "required: evidence must carry our nonce; if-supported: a static document "
                   "is left to the policy")
      ->transform(one_of({"required", "if-supported"}))
      ->capture_default_str();
  command
      ->add_option("--model", ask->session.model,
                   "The model that answers, for a service that has several")
      ->type_name("NAME");
  command->add_option("--max-tokens", ask->max_tokens, "Length of the answer")
      ->capture_default_str();
  command->add_option("--timeout", ask->timeout_s, "Seconds for one request")
      ->capture_default_str();
  command->add_option("--api-key-file", ask->api_key_file, "Bearer token, read from a file")
      ->type_name("FILE");
  command->add_flag("--stream", ask->stream, "Print the answer as it is made");
  command->add_flag("--report", ask->show_report, "Print the whole verdict on standard error");
  add_trust_options(*command, ask->trust);
  add_output_options(*command, ask->output);
  command->callback([ask, &exit] { exit = run(*ask); });
}

}  // namespace cupel::cli
