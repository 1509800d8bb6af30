#include "appraise/blindllama.hpp"

#include <algorithm>
#include <charconv>

#include "appraise/policy_json.hpp"
#include "base/hex.hpp"

namespace cupel::blindllama {
namespace {

constexpr unsigned kPcrCount = 24;
constexpr std::size_t kDigestSize = 32;
constexpr std::string_view kBank = "tpm.pcr.sha256.";
constexpr std::string_view kDiskRoothash = "tpm.supplied.application_disk_roothash";
constexpr std::string_view kRootCa = "tpm.supplied.webserver_rootca";

std::optional<unsigned> register_index(std::string_view key) {
  unsigned index = 0;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), index);
  const bool canonical = key == "0" || (!key.empty() && key.front() != '0');
  if (error != std::errc{} || end != key.data() + key.size() || !canonical || index >= kPcrCount) {
    return std::nullopt;
  }
  return index;
}

Result<ByteVector> sha256_value(const json::Value& value, const std::string& where) {
  const std::string* digits = value.string();
  if (digits == nullptr) {
    return policy_error(where, "must be of type string, is " + std::string(value.type_name()));
  }
  Result<ByteVector> bytes = from_hex(*digits, kDigestSize, where);
  if (!bytes) {
    return policy_error(where, "must be 64 hexadecimal digits and nothing else; has " +
                                   std::to_string(digits->size()) +
                                   " characters: " + std::string(to_string(bytes.error().code)));
  }
  return bytes;
}

}  // namespace

bool looks_like_measurements(const json::Value& document) {
  return document.find("measurements") != nullptr;
}

bool looks_like_application(const json::Value& document) {
  return document.find("application_disk_roothash") != nullptr;
}

Result<Alternative> measurements(const json::Value& document, const std::string& file) {
  CUPEL_TRY(const json::Object* members, exact_object(document, file, "", {"measurements"}));
  const json::Value& table = members->front().second;
  const std::string where = file + ": measurements";
  if (table.object() == nullptr) {
    return policy_error(where, "must be of type object, is " + std::string(table.type_name()));
  }
  if (table.object()->empty()) {
    return policy_error(where, "no register is listed: nothing would be required",
                        "lint-nothing-required");
  }
  std::vector<std::pair<unsigned, ByteVector>> registers;
  for (const auto& [key, value] : *table.object()) {
    const auto index = register_index(key);
    if (!index) {
      return policy_error(where + "." + key, "must be the number of a register, 0 to 23",
                          "lint-unknown-key");
    }
    CUPEL_TRY(ByteVector digest, sha256_value(value, where + "." + key));
    registers.emplace_back(*index, std::move(digest));
  }
  std::sort(registers.begin(), registers.end());
  Alternative out;
  out.family = "tpm";
  out.label = file.substr(file.find_last_of('/') + 1);  // npos + 1 is 0
  for (auto& [index, digest] : registers) {
    out.require.push_back(Requirement{
        std::string(kBank) + std::to_string(index), Requirement::Op::equals, {std::move(digest)}});
  }
  return out;
}

Result<ByteVector> application_disk_roothash(const json::Value& document, const std::string& file) {
  CUPEL_TRY(const json::Object* members,
            exact_object(document, file, "", {"application_disk_roothash"}));
  return sha256_value(members->front().second, file + ": application_disk_roothash");
}

void add_application(Alternative& alternative, const ByteVector& disk_roothash) {
  alternative.require.push_back(
      Requirement{std::string(kDiskRoothash), Requirement::Op::equals, {disk_roothash}});
  // The zeros separate what the application disk's set-up did from what happens at run time.
  alternative.replay.push_back(Replay{std::string(kBank) + "15",
                                      {{ReplayStep::Kind::claim, {}, std::string(kDiskRoothash)},
                                       {ReplayStep::Kind::digest, ByteVector(kDigestSize, 0), {}},
                                       {ReplayStep::Kind::digest_of, {}, std::string(kRootCa)}}});
  alternative.tls_key = TlsBinding{std::string(kRootCa), 0, TlsBinding::Form::root_ca_pem};
}

}  // namespace cupel::blindllama
