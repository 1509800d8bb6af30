// The JSON whose hash the hardware signed. It is the paravisor's: members that are not known here
// are left alone, those that are must have their type.
#include "base/base64.hpp"
#include "base/hex.hpp"
#include "codec/json.hpp"
#include "crypto/signature.hpp"
#include "hcl/report.hpp"

namespace cupel::hcl {
namespace {

constexpr std::string_view kWhere = "hcl.runtime_data";
constexpr std::size_t kMaxKeys = 8;

Error refused(Code code, const std::string& field, std::string detail = {}) {
  return {code, std::string(kWhere) + "." + field, kNoOffset, std::move(detail), "hcl-06"};
}

Result<std::string> text(const json::Value& object, std::string_view key,
                         const std::string& place) {
  const json::Value* found = object.find(key);
  const std::string field = place + "." + std::string(key);
  if (found == nullptr) {
    return refused(Code::missing_field, field);
  }
  if (found->string() == nullptr) {
    return refused(Code::bad_encoding, field, "not a text");
  }
  return *found->string();
}

// RFC 7517 and 7518, 6.3.1.
Result<crypto::PublicKey> rsa_key(const json::Value& key, const std::string& place) {
  CUPEL_TRY(const std::string type, text(key, "kty", place));
  if (type != "RSA") {
    return refused(Code::bad_key, place + ".kty", "not RSA");
  }
  CUPEL_TRY(const std::string n, text(key, "n", place));
  CUPEL_TRY(const std::string e, text(key, "e", place));
  const std::string where = std::string(kWhere) + "." + place;
  auto modulus = from_base64url(n, where + ".n");
  auto exponent = from_base64url(e, where + ".e");
  if (!modulus || !exponent) {
    return failed("hcl-06", modulus ? exponent.error() : modulus.error());
  }
  auto parsed = crypto::PublicKey::from_rsa(*modulus, *exponent, where);
  if (!parsed) {
    return failed("hcl-06", std::move(parsed).error());
  }
  return parsed;
}

// CHECK hcl-06
Result<Unit> read_keys(const json::Value& document, RuntimeData& out) {
  const json::Value* found = document.find("keys");
  const json::Array* keys = found != nullptr ? found->array() : nullptr;
  if (keys == nullptr || keys->size() > kMaxKeys) {
    return refused(keys == nullptr ? Code::missing_field : Code::too_large, "keys");
  }
  std::optional<crypto::PublicKey> ak;
  std::optional<crypto::PublicKey> ek;
  for (std::size_t i = 0; i < keys->size(); ++i) {
    const std::string place = "keys[" + std::to_string(i) + "]";
    CUPEL_TRY(const std::string kid, text((*keys)[i], "kid", place));
    std::optional<crypto::PublicKey>* slot = kid == "HCLAkPub"   ? &ak
                                             : kid == "HCLEkPub" ? &ek
                                                                 : nullptr;
    if (slot == nullptr) {
      continue;
    }
    if (*slot) {
      return refused(Code::duplicate_field, place, "two keys called " + kid);
    }
    CUPEL_TRY(*slot, rsa_key((*keys)[i], place));
  }
  if (!ak) {
    return refused(Code::missing_field, "keys", "no HCLAkPub");
  }
  out.ak_public = ak->spki();
  out.ak_key = std::make_shared<const crypto::PublicKey>(std::move(*ak));
  if (ek) {
    out.ek_public = ek->spki();
  }
  return Unit{};
}

Result<Unit> read_flag(const json::Value& object, std::string_view key, std::optional<bool>& out) {
  if (const json::Value* found = object.find(key)) {
    if (found->boolean() == nullptr) {
      return refused(Code::bad_encoding, "vm-configuration." + std::string(key), "not a boolean");
    }
    out = *found->boolean();
  }
  return Unit{};
}

Result<Unit> read_text(const json::Value& object, std::string_view key,
                       std::optional<std::string>& out) {
  if (object.find(key) != nullptr) {
    CUPEL_TRY(out, text(object, key, "vm-configuration"));
  }
  return Unit{};
}

Result<Unit> read_configuration(const json::Value& document, VmConfiguration& out) {
  const json::Value* found = document.find("vm-configuration");
  if (found == nullptr) {
    return Unit{};
  }
  if (found->object() == nullptr) {
    return refused(Code::bad_encoding, "vm-configuration", "not an object");
  }
  CUPEL_TRY([[maybe_unused]] auto a, read_flag(*found, "console-enabled", out.console_enabled));
  CUPEL_TRY([[maybe_unused]] auto b, read_flag(*found, "secure-boot", out.secure_boot));
  CUPEL_TRY([[maybe_unused]] auto c, read_flag(*found, "tpm-enabled", out.tpm_enabled));
  CUPEL_TRY([[maybe_unused]] auto d, read_flag(*found, "tpm-persisted", out.tpm_persisted));
  CUPEL_TRY([[maybe_unused]] auto e,
            read_text(*found, "root-cert-thumbprint", out.root_cert_thumbprint));
  CUPEL_TRY([[maybe_unused]] auto f, read_text(*found, "vmUniqueId", out.vm_unique_id));
  return Unit{};
}

}  // namespace

Result<RuntimeData> parse_runtime_data(Bytes in) {
  auto parsed = json::parse(as_text(in), kWhere);
  if (!parsed) {
    return failed("hcl-06", std::move(parsed).error());
  }
  const json::Value& document = *parsed;
  if (document.object() == nullptr) {
    return Error{Code::bad_encoding, std::string(kWhere), kNoOffset, "not an object", "hcl-06"};
  }
  RuntimeData out;
  CUPEL_TRY([[maybe_unused]] auto keys, read_keys(document, out));
  CUPEL_TRY([[maybe_unused]] auto vm, read_configuration(document, out.vm_configuration));
  if (document.find("user-data") != nullptr) {
    constexpr std::size_t kSize = 64;
    const json::Value* value = document.find("user-data");
    if (value->string() == nullptr) {
      return refused(Code::bad_encoding, "user-data", "not a text");
    }
    auto bytes = from_hex(*value->string(), kSize, std::string(kWhere) + ".user-data");
    if (!bytes) {
      return failed("hcl-06", std::move(bytes).error());
    }
    out.user_data = std::move(bytes).value();
  }
  out.json = to_vector(in);
  return out;
}

}  // namespace cupel::hcl
