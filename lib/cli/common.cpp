#include "cli/common.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cupel/dcap.hpp>
#include <cupel/evidence.hpp>
#include <cupel/explain.hpp>
#include <cupel/session.hpp>
#include <filesystem>

#include "transport/files.hpp"

namespace cupel::cli {
namespace {

constexpr std::size_t kMaxTrustFile = 1U << 20U;

void write(std::FILE* to, std::string_view raw) {
  const std::string text = harmless(raw);
  std::fwrite(text.data(), 1, text.size(), to);
  if (text.empty() || text.back() != '\n') {
    std::fputc('\n', to);
  }
}

}  // namespace

std::string harmless(std::string_view text) {
  // In UTF-8: C1 controls are c2 80 to c2 9f; U+202A..202E are e2 80 aa..ae, U+2066..2069 are
  // e2 81 a6..a9, U+200E, U+200F are e2 80 8e, 8f.
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const unsigned c = byte(i);
    const unsigned next = byte(i + 1);
    const unsigned third = byte(i + 2);
    if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f) {
      out.push_back('?');
    } else if (c == 0xc2 && next >= 0x80 && next <= 0x9f) {
      out.push_back('?');
      ++i;
    } else if (c == 0xe2 && ((next == 0x80 && ((third >= 0xaa && third <= 0xae) || third == 0x8e ||
                                               third == 0x8f)) ||
                             (next == 0x81 && third >= 0xa6 && third <= 0xa9))) {
      out.push_back('?');
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

int flushed(int exit) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) {
    return exit;
  }
  std::fputs("cupel: standard output could not be written\n", stderr);
  return exit_code(Outcome::internal);
}

std::string_view word(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::refused:
      return "refused";
    case Outcome::usage:
      return "usage";
    case Outcome::not_authentic:
      return "not_authentic";
    case Outcome::malformed:
      return "malformed";
    case Outcome::undecided:
      return "undecided";
    case Outcome::accepted:
    case Outcome::internal:
      break;
  }
  return "internal_error";
}

std::string_view headline(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::refused:
      return "refused";
    case Outcome::usage:
      return "cannot do that";
    case Outcome::not_authentic:
      return "NOT AUTHENTIC";
    case Outcome::malformed:
      return "MALFORMED";
    case Outcome::undecided:
      return "UNDECIDED";
    case Outcome::accepted:
    case Outcome::internal:
      break;
  }
  return "internal error";
}

int exit_code(Outcome outcome) noexcept {
  return static_cast<int>(outcome);
}

ExplainStyle Output::style() const {
  const bool terminal = ::isatty(STDOUT_FILENO) == 1;
  const char* no_color = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe): one thread
  const char* language = std::getenv("LANG");      // NOLINT(concurrency-mt-unsafe): one thread
  const bool utf8 =
      language != nullptr && (std::string_view(language).find("UTF-8") != std::string_view::npos ||
                              std::string_view(language).find("utf8") != std::string_view::npos);
  return {.color = terminal && (no_color == nullptr || *no_color == '\0'),
          .unicode = terminal && utf8 && !ascii,
          .full = full};
}

void Output::text(std::string_view text) const {
  if (!json && !quiet) {
    write(stdout, text);
  }
}

void Output::object(const json::Value& object) const {
  if (json && !quiet) {
    write(stdout, json::dump(object, 2));
  }
}

void Output::talk(std::string_view line) const {
  if (!quiet) {
    write(stderr, line);
  }
}

int Output::fail(const Error& given, std::string_view remedy) const {
  Error error = given;
  if (error.where.starts_with("--")) {
    error.offset = kNoOffset;  // the detail says where in the file, if the option names one
  }
  const Outcome result = outcome(error.code);
  object(json::Object{{"schema", "cupel.error/1"},
                      {"verdict", word(result)},
                      {"error", to_json_value(error, remedy)}});
  talk("cupel: " + std::string(headline(result)) + ": " + to_string(error));
  if (!remedy.empty()) {
    talk("       " + std::string(remedy));
  }
  if (!error.check.empty()) {
    talk("       `cupel explain " + error.check + "` tells what this check means and what to do.");
  }
  return exit_code(result);
}

void add_output_options(CLI::App& app, Output& output) {
  app.add_flag("--json", output.json, "Print one JSON object on standard output");
  app.add_flag("-q,--quiet", output.quiet, "Print nothing; the exit code tells");
  app.add_flag("--ascii", output.ascii, "No characters beyond ASCII in the report");
  app.add_flag("--full", output.full, "Do not shorten long values");
}

void add_trust_options(CLI::App& app, TrustOptions& options) {
  app.add_option("--at", options.at,
                 "Judge at this time (RFC 3339); without it the system clock is asked");
  app.add_option("--anchors", options.anchors,
                 "Trust exactly the root certificates of this file (PEM or DER; repeatable). "
                 "'vendor' adds the vendor's roots, which are trusted when --anchors is absent")
      ->type_name("FILE");
  app.add_option("--ak-key", options.keys,
                 "Trust this attestation key itself (PEM or DER public key; repeatable)")
      ->type_name("FILE");
  app.add_option("--issuer-keys", options.issuer_keys,
                 "Trust the keys of this JWKS file to sign tokens of this issuer and of no other "
                 "(repeatable)")
      ->type_name("https://HOST=FILE");
  app.add_option(
         "--endorse", options.endorse,
         "Certificates, CRLs and other collateral that the evidence does not bring (file or "
         "folder)")
      ->type_name("FILE");
  app.add_option("--revocation", options.revocation, "required, if-available or dangerous-ignored")
      ->transform(one_of({"required", "if-available", "dangerous-ignored"}))
      ->capture_default_str();
  app.add_option("--family", options.family, "The evidence family, instead of recognising it")
      ->type_name("ID");
}

Result<Unit> write_output(const std::string& path, Bytes content, bool force) {
  auto written = write_file_atomically(path, content, force);
  std::error_code ignored;
  if (!written && !force && std::filesystem::is_regular_file(path, ignored)) {
    return Error{Code::invalid_argument, path, kNoOffset, "the file exists; --force replaces it"};
  }
  return written;
}

CLI::IsMember one_of(std::vector<std::string> values) {
  return CLI::IsMember(std::move(values), [](std::string text) {
    std::replace(text.begin(), text.end(), '_', '-');
    return text;
  });
}

CLI::Option* add_pccs_option(CLI::App& app, std::string& pccs) {
  return app
      .add_option("--pccs", pccs,
                  "Ask this PCCS, Intel's caching service, for what Intel publishes, e.g. "
                  "https://localhost:8081/sgx/certification/v4/")
      ->type_name("URL");
}

Result<std::vector<CollateralRequest>> requests_at(Result<std::vector<CollateralRequest>> requests,
                                                   const std::string& pccs) {
  if (!requests || pccs.empty()) {
    return requests;
  }
  return dcap::at_pccs(std::move(requests).value(), pccs);
}

Result<UnixTime> TrustOptions::now() const {
  if (!at) {
    return system_now();
  }
  auto time = parse_time(*at);
  if (!time) {
    return Error{Code::invalid_argument, "--at", time.error().offset, time.error().detail};
  }
  return time;
}

Result<TrustAnchors> TrustOptions::trust_anchors(const std::vector<std::string>& family_ids) const {
  TrustAnchors trusted({});
  bool vendor = anchors.empty();
  for (const std::string& name : anchors) {
    vendor = vendor || name == "vendor";
  }
  if (vendor) {
    for (const std::string& id : family_ids) {
      CUPEL_TRY(const TrustAnchors roots, vendor_anchors(id));
      trusted.add(roots);
    }
  }
  for (const std::string& name : anchors) {
    if (name != "vendor") {
      CUPEL_TRY(const ByteVector content, read_input(name, kMaxTrustFile));
      if (auto added = trusted.add_certificates(name, content); !added) {
        return Error{Code::invalid_argument, "--anchors", added.error().offset,
                     name + ": " + to_string(added.error())};
      }
    }
  }
  for (const std::string& name : keys) {
    CUPEL_TRY(const ByteVector content, read_input(name, kMaxTrustFile));
    if (auto added = trusted.add_key(name, content); !added) {
      return Error{Code::invalid_argument, "--ak-key", added.error().offset,
                   name + ": " + to_string(added.error())};
    }
  }
  for (const std::string& pair : issuer_keys) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos) {
      return Error{Code::invalid_argument, "--issuer-keys", kNoOffset,
                   "must be the issuer, an equals sign and a file: https://HOST=FILE"};
    }
    CUPEL_TRY(const ByteVector content, read_input(pair.substr(equals + 1), kMaxTrustFile));
    if (auto added = trusted.add_issuer_keys(pair.substr(0, equals), content); !added) {
      return Error{Code::invalid_argument, "--issuer-keys", added.error().offset,
                   pair + ": " + to_string(added.error())};
    }
  }
  return trusted;
}

Revocation TrustOptions::revocation_mode() const {
  if (revocation == "required") {
    return Revocation::required;
  }
  return revocation == "dangerous-ignored" ? Revocation::dangerous_ignored
                                           : Revocation::if_available;
}

Result<VerifyContext> TrustOptions::context(std::string_view family_id) const {
  CUPEL_TRY(const UnixTime time, now());
  CUPEL_TRY(TrustAnchors trusted, trust_anchors({std::string(family_id)}));
  return VerifyContext{.now = time, .anchors = std::move(trusted), .revocation = revocation_mode()};
}

json::Value to_json_value(const Error& error, std::string_view remedy) {
  json::Object out{{"code", to_string(error.code)}, {"where", error.where}};
  if (error.offset != kNoOffset) {
    out.emplace_back("offset", std::uint64_t{error.offset});
  }
  out.emplace_back("detail", error.detail);
  if (!error.check.empty()) {
    out.emplace_back("check", error.check);
  }
  const CheckInfo* page = find_check(error.check);
  if (!remedy.empty() || page != nullptr) {
    out.emplace_back("remedy", remedy.empty() ? page->remedy : remedy);
  }
  return out;
}

json::Value to_json_value(const Claims& claims) {
  json::Object out;
  for (const auto& [name, claim] : claims.all()) {
    json::Value value = to_string(claim.value);
    if (const auto* flag = std::get_if<bool>(&claim.value)) {
      value = *flag;
    } else if (const auto* number = std::get_if<std::uint64_t>(&claim.value)) {
      value = *number;
    }
    out.emplace_back(name, json::Object{{"value", std::move(value)},
                                        {"type", to_string(type_of(claim.value))},
                                        {"provenance", to_string(claim.provenance)}});
  }
  return out;
}

json::Value strings(const std::vector<std::string>& values) {
  json::Array out;
  for (const std::string& value : values) {
    out.emplace_back(value);
  }
  return out;
}

json::Value reparse(std::string_view own_json) {
  return json::parse(own_json, "output", {.max_size = 64U << 20U, .max_depth = 64}).value();
}

}  // namespace cupel::cli
