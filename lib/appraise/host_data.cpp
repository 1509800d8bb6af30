#include "appraise/host_data.hpp"

#include <algorithm>

#include "appraise/policy_json.hpp"
#include "base/base64.hpp"
#include "codec/json.hpp"
#include "crypto/digest.hpp"

namespace cupel::host_data {
namespace {

constexpr std::string_view kClaim = "snp.host_data";
constexpr std::string_view kSpace = " \t\r\n";

// A Rego module begins with its package, behind comments.
bool is_rego(std::string_view text) {
  for (;;) {
    const std::size_t first = text.find_first_not_of(kSpace);
    if (first == std::string_view::npos) {
      return false;
    }
    text.remove_prefix(first);
    if (!text.starts_with("#")) {
      return text.starts_with("package ");
    }
    const std::size_t end = text.find('\n');
    text.remove_prefix(end == std::string_view::npos ? text.size() : end);
  }
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

bool is_template(std::string_view text) {
  return text.starts_with("{") && text.find("\"$schema\"") != std::string_view::npos &&
         text.find("deploymentTemplate.json") != std::string_view::npos;
}

// The host hashes the text as it is after base64, line ends and all.
Result<ByteVector> from_base64_text(std::string_view text, const std::string& where) {
  const auto decoded = from_base64(text, where);
  if (!decoded || !is_rego(as_text(*decoded))) {
    return policy_error(where, text.starts_with("[")
                                   ? "is an expression: give the template with its value"
                                   : "is not base64 of a Rego policy");
  }
  return to_vector(crypto::sha256(*decoded));
}

// Every ccePolicy, wherever the template's resources have it.
Result<Unit> collect(const json::Value& value, const std::string& path, const std::string& file,
                     std::vector<ByteVector>& out) {
  if (const json::Object* members = value.object()) {
    for (const auto& [name, member] : *members) {
      const std::string here = path.empty() ? name : path + "." + name;
      if (name == "ccePolicy" && path.ends_with("confidentialComputeProperties")) {
        const std::string where = file + ": " + here;
        if (member.string() == nullptr || member.string()->empty()) {
          return policy_error(where, "is empty: nothing was generated for it yet");
        }
        CUPEL_TRY(ByteVector digest, from_base64_text(*member.string(), where));
        out.push_back(std::move(digest));
        continue;
      }
      CUPEL_TRY([[maybe_unused]] auto done, collect(member, here, file, out));
    }
  } else if (const json::Array* items = value.array()) {
    for (std::size_t i = 0; i < items->size(); ++i) {
      CUPEL_TRY([[maybe_unused]] auto done,
                collect((*items)[i], path + "[" + std::to_string(i) + "]", file, out));
    }
  }
  return Unit{};
}

}  // namespace

bool looks_like(Bytes content) {
  const std::string_view text = trimmed(as_text(content));
  if (is_rego(text) || is_template(text)) {
    return true;
  }
  if (text.empty() || text.front() == '{') {
    return false;
  }
  const auto decoded = from_base64(text, "policy");
  return decoded.ok() && is_rego(as_text(*decoded));
}

Result<std::vector<ByteVector>> digests(const PolicyFile& file) {
  const std::string_view text = trimmed(as_text(file.content));
  if (is_template(text)) {
    auto parsed = json::parse(text, file.name);
    if (!parsed) {
      return policy_error(file.name, "is not strict JSON: " + to_string(parsed.error()));
    }
    std::vector<ByteVector> out;
    CUPEL_TRY([[maybe_unused]] auto done, collect(*parsed, {}, file.name, out));
    if (out.empty()) {
      return policy_error(file.name, "is a template without confidentialComputeProperties");
    }
    return out;
  }
  if (is_rego(as_text(file.content))) {
    return std::vector<ByteVector>{to_vector(crypto::sha256(file.content))};
  }
  CUPEL_TRY(ByteVector digest, from_base64_text(text, file.name));
  return std::vector<ByteVector>{std::move(digest)};
}

Result<Policy> require(Policy policy, const std::vector<ByteVector>& digests,
                       const std::string& files) {
  Requirement wanted{std::string(kClaim), Requirement::Op::one_of, {}};
  for (const ByteVector& digest : digests) {
    const ClaimValue value = digest;
    if (std::find(wanted.values.begin(), wanted.values.end(), value) == wanted.values.end()) {
      wanted.values.push_back(value);
    }
  }
  for (Alternative& alternative : policy.accept) {
    if (alternative.family != "snp" && alternative.family != "hcl") {
      return policy_error(files, "a container policy cannot be demanded of family " +
                                     alternative.family + ": it has no host data");
    }
    alternative.require.push_back(wanted);
  }
  return policy;
}

}  // namespace cupel::host_data
