#include "appraise/policy.hpp"

#include <algorithm>
#include <cupel/evidence.hpp>
#include <optional>

#include "appraise/blindllama.hpp"
#include "appraise/host_data.hpp"
#include "appraise/policy_json.hpp"
#include "appraise/policy_rules.hpp"
#include "codec/json.hpp"

namespace cupel {
namespace {

constexpr std::string_view kPossible =
    "possible are one Cupel policy (an object with \"version\" and \"accept\") alone, or "
    "BlindLlama's "
    "files: any number of measurements_*.json (an object with \"measurements\") and at most one "
    "application.json (an object with \"application_disk_roothash\")";

enum class Kind : std::uint8_t { cupel, measurements, application };

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
  Kind kind = Kind::cupel;
  // An empty object is read as our own form, whose reader says best what is missing.
  const bool ours = parsed->find("version") != nullptr || parsed->find("accept") != nullptr ||
                    (parsed->object() != nullptr && parsed->object()->empty());
  if (!ours) {
    if (blindllama::looks_like_measurements(*parsed)) {
      kind = Kind::measurements;
    } else if (blindllama::looks_like_application(*parsed)) {
      kind = Kind::application;
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
  for (const PolicyFile& file : files) {
    CUPEL_TRY(auto document, recognise_file(file));
    documents.push_back(std::move(document));
  }
  for (const Document& document : documents) {
    if (document.kind != Kind::cupel) {
      continue;
    }
    if (documents.size() != 1) {
      return policy_error(document.name,
                          "cannot be combined with other policy files; " + std::string(kPossible));
    }
    return policy_from_json(document.value, document.name);
  }
  return from_blindllama(documents);
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
