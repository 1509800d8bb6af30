// Runtime data that a guest composed for whoever asks it: a JSON object with the TLS certificate's
// digest and the asker's nonce. The report binds all of its bytes (snp-14); here they get names.
#include "base/hex.hpp"
#include "codec/json.hpp"
#include "snp/claims.hpp"

namespace cupel::snp {
namespace {

constexpr std::string_view kWhere = "snp.runtime_data";
constexpr std::size_t kDigestSize = 32;
constexpr std::size_t kMaxNonce = 64;

// Members are text of hex digits, as Azure's inference sample writes certificate_hash.
Result<std::optional<ByteVector>> hex_member(const json::Value& object, std::string_view name,
                                             std::size_t min, std::size_t max) {
  const json::Value* member = object.find(name);
  if (member == nullptr) {
    return std::optional<ByteVector>();
  }
  const std::string where = std::string(kWhere) + "." + std::string(name);
  if (member->string() == nullptr) {
    return failed("snp-14", {Code::bad_encoding, where, kNoOffset, "must be a text of hex digits"});
  }
  auto bytes = from_hex(*member->string(), where);
  if (!bytes) {
    return failed("snp-14", std::move(bytes).error());
  }
  if (bytes->size() < min || bytes->size() > max) {
    return failed("snp-14", {Code::bad_length, where, kNoOffset, {}, {}});
  }
  return std::optional<ByteVector>(std::move(bytes).value());
}

}  // namespace

Result<Unit> add_runtime_claims(ClaimsBuilder& builder, Bytes runtime_data) {
  const auto object = json::parse(as_text(runtime_data), kWhere);
  if (!object || object->object() == nullptr) {
    return Unit{};  // runtime data may be anything; what is not this form has no parts to name
  }
  CUPEL_TRY(auto certificate, hex_member(*object, "certificate_hash", kDigestSize, kDigestSize));
  CUPEL_TRY(auto nonce, hex_member(*object, "nonce", 1, kMaxNonce));
  if (certificate || nonce) {
    // REPORT_DATA is a digest here: what the guest meant to bind is what stands behind it.
    builder.set("common.bound_data", nonce.value_or(ByteVector()));
  }
  if (certificate) {
    builder.set("snp.runtime.certificate_hash", std::move(*certificate));
  }
  if (nonce) {
    builder.set("snp.runtime.nonce", std::move(*nonce));
  }
  return Unit{};
}

}  // namespace cupel::snp
