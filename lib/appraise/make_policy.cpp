// Files that are policies already, in our own form; and what all makers share.
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

Result<std::string> make_policy(std::span<const PolicyFile> files, UnixTime at) {
  CUPEL_TRY(const Policy policy, load_policy(files));
  const MadeFrom from{at, {files.begin(), files.end()}};
  return making::written(policy, making::provenance(from), {});
}

}  // namespace cupel
