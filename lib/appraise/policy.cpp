#include "appraise/policy.hpp"

#include <algorithm>
#include <cupel/evidence.hpp>
#include <optional>

#include "appraise/blindai.hpp"
#include "appraise/blindllama.hpp"
#include "appraise/host_data.hpp"
#include "appraise/key_release.hpp"
#include "appraise/maa_claims.hpp"
#include "appraise/nitro_files.hpp"
#include "appraise/policy_json.hpp"
#include "appraise/policy_rules.hpp"
#include "codec/json.hpp"

namespace cupel {
namespace {

constexpr std::string_view kPossible =
    "possible are one Cupel policy (an object with \"version\" and \"accept\") alone, or "
    "BlindLlama's "
    "files: any number of measurements_*.json (an object with \"measurements\") and at most one "
    "application.json (an object with \"application_disk_roothash\"); or any number of flat files "
    "of "
    "token claims (an object with \"iss\" or names that begin with x-ms-); or one key-release "
    "policy "
    "(\"anyOf\"); or one importkeyconfig.json (\"key\" and \"claims\"); or any number of BlindAI's "
    "manifest.toml; or any number of outputs of nitro-cli build-enclave (\"Measurements\") and KMS "
    "key policies (\"Statement\")";

enum class Kind : std::uint8_t {
  cupel,
  measurements,
  application,
  maa_claims,
  key_release,
  import_config,
  nitro
};

struct Document {
  std::string name;
  Kind kind;
  json::Value value;
};

Result<Document> recognise_file(const PolicyFile& file) {
  Result<json::Value> parsed = json::parse(as_text(file.content), file.name);
  if (!parsed) {
    const Error& inner = parsed.error();
    const bool large = inner.code == Code::too_large;
    return Error{large ? Code::too_large : Code::bad_policy, file.name, inner.offset,
                 "is not strict JSON: " + to_string(inner),
                 inner.code == Code::duplicate_field ? "lint-duplicate-key" : "lint-does-not-load"};
  }
  // A release policy has a "version" too, and it is not ours.
  if (key_release::looks_like_policy(*parsed)) {
    return Document{file.name, Kind::key_release, std::move(parsed).value()};
  }
  if (key_release::looks_like_import_config(*parsed)) {
    return Document{file.name, Kind::import_config, std::move(parsed).value()};
  }
  Kind kind = Kind::cupel;
  // An empty object is read as our own form, whose reader says best what is missing.
  const bool ours = parsed->find("version") != nullptr || parsed->find("accept") != nullptr ||
                    (parsed->object() != nullptr && parsed->object()->empty());
  if (!ours) {
    if (blindllama::looks_like_measurements(*parsed)) {
      kind = Kind::measurements;
    } else if (blindllama::looks_like_application(*parsed)) {
      kind = Kind::application;
    } else if (maa_claims::looks_like(*parsed)) {
      kind = Kind::maa_claims;
    } else if (nitro_files::looks_like_build_output(*parsed) ||
               nitro_files::looks_like_key_policy(*parsed)) {
      kind = Kind::nitro;
    } else {
      return policy_error(file.name, "is no policy that is known here; " + std::string(kPossible));
    }
  }
  return Document{file.name, kind, std::move(parsed).value()};
}

Result<Policy> from_blindllama(const std::vector<Document>& documents) {
  Policy out;
  out.source = "blindllama";
  std::optional<ByteVector> disk_roothash;
  std::string application_file;
  for (const Document& document : documents) {
    if (document.kind == Kind::measurements) {
      CUPEL_TRY(auto alternative, blindllama::measurements(document.value, document.name));
      out.accept.push_back(std::move(alternative));
      continue;
    }
    if (disk_roothash) {
      return policy_error(document.name, "is a second application.json, after " + application_file +
                                             "; " + std::string(kPossible));
    }
    CUPEL_TRY(disk_roothash, blindllama::application_disk_roothash(document.value, document.name));
    application_file = document.name;
  }
  if (disk_roothash) {
    if (out.accept.empty()) {
      Alternative only;
      only.family = "tpm";
      only.label = application_file.substr(application_file.find_last_of('/') + 1);
      out.accept.push_back(std::move(only));
    }
    for (Alternative& alternative : out.accept) {
      blindllama::add_application(alternative, *disk_roothash);
    }
  }
  return out;
}

Result<Policy> from_nitro(const std::vector<Document>& documents) {
  Policy out;
  out.source = "nitro";
  for (const Document& document : documents) {
    if (nitro_files::looks_like_build_output(document.value)) {
      CUPEL_TRY(auto one, nitro_files::build_output(document.value, document.name));
      out.accept.push_back(std::move(one));
      continue;
    }
    CUPEL_TRY(auto several, nitro_files::key_policy(document.value, document.name));
    out.accept.insert(out.accept.end(), several.begin(), several.end());
  }
  return out;
}

Result<Policy> from_maa_claims(const std::vector<Document>& documents) {
  Policy out;
  out.source = "maa-claims";
  Alternative all;
  for (const Document& document : documents) {
    CUPEL_TRY([[maybe_unused]] auto added, maa_claims::add(all, document.value, document.name));
  }
  out.accept.push_back(std::move(all));
  return out;
}

Result<Policy> from_key_release(const Document& document) {
  Policy out;
  if (document.kind == Kind::key_release) {
    out.source = "key-release";
    CUPEL_TRY(out.accept, key_release::policy(document.value, document.name));
  } else {
    out.source = "importkeyconfig";
    CUPEL_TRY(out.accept, key_release::import_config(document.value, document.name));
  }
  return out;
}

// Manifests stand alone or among themselves.
Result<bool> all_manifests(std::span<const PolicyFile> files) {
  std::size_t found = 0;
  for (const PolicyFile& file : files) {
    found += blindai::looks_like_manifest(as_text(file.content)) ? 1U : 0U;
  }
  if (found != 0 && found != files.size()) {
    return policy_error(
        names_of(files),
        "BlindAI's manifest.toml cannot be combined with others; " + std::string(kPossible));
  }
  return found != 0;
}

Result<Policy> from_blindai(std::span<const PolicyFile> files) {
  Policy out;
  out.source = "blindai";
  for (const PolicyFile& file : files) {
    CUPEL_TRY(Alternative one, blindai::manifest(as_text(file.content), file.name));
    out.accept.push_back(std::move(one));
  }
  return out;
}

// Kinds that have a meaning together.
bool go_together(Kind a, Kind b) {
  const auto blind = [](Kind k) { return k == Kind::measurements || k == Kind::application; };
  return (blind(a) && blind(b)) || (a == b && (a == Kind::maa_claims || a == Kind::nitro));
}

}  // namespace

std::string names_of(std::span<const PolicyFile> files) {
  std::string names;
  for (const PolicyFile& file : files) {
    names.append(names.empty() ? "" : ", ").append(file.name);
  }
  return names;
}

namespace {

// Container policies beside a policy: what the host must have stated, besides what it says.
Result<Policy> read_with_host_data(std::span<const PolicyFile> files) {
  std::vector<PolicyFile> rest;
  std::vector<ByteVector> digests;
  for (const PolicyFile& file : files) {
    if (!host_data::looks_like(file.content)) {
      rest.push_back(file);
      continue;
    }
    CUPEL_TRY(const auto more, host_data::digests(file));
    digests.insert(digests.end(), more.begin(), more.end());
  }
  if (rest.empty()) {
    return policy_error(names_of(files),
                        "says what the host must have stated, but not which measurement makes that "
                        "count: add a Cupel policy",
                        "lint-nothing-required");
  }
  CUPEL_TRY(Policy policy, read_policy(rest));
  return host_data::require(std::move(policy), digests, names_of(files));
}

}  // namespace

Result<Policy> read_policy(std::span<const PolicyFile> files) {
  if (std::any_of(files.begin(), files.end(),
                  [](const PolicyFile& file) { return host_data::looks_like(file.content); })) {
    return read_with_host_data(files);
  }
  if (files.empty()) {
    return policy_error("policy", "no policy file was given; " + std::string(kPossible),
                        "lint-nothing-required");
  }
  std::vector<Document> documents;
  CUPEL_TRY(const bool manifests, all_manifests(files));
  if (manifests) {
    return from_blindai(files);
  }
  for (const PolicyFile& file : files) {
    CUPEL_TRY(auto document, recognise_file(file));
    documents.push_back(std::move(document));
  }
  const Document& first = documents.front();
  for (const Document& document : documents) {
    if (document.kind == Kind::cupel && documents.size() != 1) {
      return policy_error(document.name,
                          "cannot be combined with other policy files; " + std::string(kPossible));
    }
  }
  for (std::size_t i = 1; i < documents.size(); ++i) {
    if (!go_together(first.kind, documents[i].kind)) {
      return policy_error(documents[i].name,
                          "cannot be combined with " + first.name + "; " + std::string(kPossible));
    }
  }
  switch (first.kind) {
    case Kind::cupel:
      return policy_from_json(first.value, first.name);
    case Kind::measurements:
    case Kind::application:
      return from_blindllama(documents);
    case Kind::maa_claims:
      return from_maa_claims(documents);
    case Kind::key_release:
    case Kind::import_config:
      return from_key_release(first);
    case Kind::nitro:
      return from_nitro(documents);
  }
  return policy_error(first.name, "is of no known kind");
}

Result<Policy> load_policy(std::span<const PolicyFile> files) {
  Result<Policy> policy = read_policy(files);
  if (!policy) {
    Error error = std::move(policy).error();
    error.check.clear();  // ids of lint are its own
    return error;
  }
  const std::vector<Error> wrong = faults(*policy);
  if (!wrong.empty()) {
    Error error = wrong.front();
    error.where = names_of(files) + ": " + error.where;
    error.check.clear();
    return error;
  }
  return policy;
}

}  // namespace cupel
