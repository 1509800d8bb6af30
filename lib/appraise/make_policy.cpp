// Files that are policies already, in our own form; and what all makers share.
#include <algorithm>
#include <cupel/version.hpp>

#include "appraise/make.hpp"
#include "base/hex.hpp"
#include "crypto/digest.hpp"

namespace cupel {
namespace making {

std::string provenance(const MadeFrom& from) {
  std::string out = "made by cupel " CUPEL_VERSION " at " + to_string(from.at);
  for (std::size_t i = 0; i < from.inputs.size(); ++i) {
    out += (i == 0 ? " from " : ", ") + from.inputs[i].name + " (SHA-256 " +
           to_hex(crypto::sha256(from.inputs[i].content)) + ")";
  }
  return out;
}

Result<std::string> readable(const json::Value& document, const std::string& name) {
  std::string text = json::dump(document, 2) + "\n";
  const std::vector<PolicyFile> files{{name, to_vector(as_bytes(text))}};
  CUPEL_TRY([[maybe_unused]] const Policy read, load_policy(files));
  return text;
}

Result<std::string> written(const Policy& policy, const std::string& comment,
                            const std::vector<std::string>& per_alternative) {
  CUPEL_TRY(json::Value document, json::parse(to_json(policy), "policy", {.max_size = 16U << 20U}));
  json::Object out;
  for (auto& [name, value] : *document.object()) {
    if (name == "accept") {
      out.emplace_back("comment", comment);
    }
    out.emplace_back(name, std::move(value));
  }
  json::Array& accept = *out.back().second.array();
  for (std::size_t i = 0; i < accept.size() && i < per_alternative.size(); ++i) {
    accept[i].object()->emplace_back("comment", per_alternative[i]);
  }
  return readable(out, "made policy");
}

}  // namespace making

namespace {

// Several policies of our own form become one that accepts what any of them accepts: a release and
// the next one, while both run. For appraising they are not put together silently.
Result<Policy> together(std::span<const PolicyFile> files) {
  const auto alone = [&](std::size_t i) { return load_policy(files.subspan(i, 1)); };
  if (files.size() < 2) {
    return load_policy(files);
  }
  const Result<Policy> first = alone(0);
  if (!first || first->source != "cupel") {
    return load_policy(files);  // BlindLlama's two files, say
  }
  Policy out = *first;
  for (std::size_t i = 1; i < files.size(); ++i) {
    CUPEL_TRY(Policy next, alone(i));
    if (next.source != "cupel") {
      return Error{Code::invalid_argument, files[i].name, kNoOffset,
                   "is no policy of Cupel's own form; make one from it first"};
    }
    for (Alternative& alternative : next.accept) {
      const auto same = [&](const Alternative& other) {
        return other.label == alternative.label && other.family == alternative.family;
      };
      if (std::any_of(out.accept.begin(), out.accept.end(), same)) {
        return Error{Code::invalid_argument, files[i].name, kNoOffset,
                     "another policy has an alternative labelled \"" + alternative.label +
                         "\" too; a report could not tell them apart"};
      }
      out.accept.push_back(std::move(alternative));
    }
  }
  return out;
}

}  // namespace

Result<std::string> make_policy(std::span<const PolicyFile> files, UnixTime at) {
  CUPEL_TRY(const Policy policy, together(files));
  const MadeFrom from{at, {files.begin(), files.end()}};
  return making::written(policy, making::provenance(from), {});
}

}  // namespace cupel
