// ID blocks: what the owner of a guest signs about it (AMD 56860 8.18).
#include <algorithm>
#include <cupel/measure/snp.hpp>

#include "base/reader.hpp"
#include "crypto/digest.hpp"
#include "crypto/signature.hpp"
#include "measure/writer.hpp"

namespace cupel::measure {
namespace {

constexpr std::size_t kCoordinate = 48;
constexpr std::size_t kField = 72;  // little-endian, zero padded
constexpr std::size_t kKey = 1028;
constexpr std::uint32_t kP384 = 2;
constexpr std::size_t kSignature = 512;

Error error(Code code, std::string_view field, std::string detail = {}) {
  return Error{code, "measure.snp." + std::string(field), kNoOffset, std::move(detail)};
}

ByteVector reversed(Bytes in) {
  ByteVector out = to_vector(in);
  std::ranges::reverse(out);
  return out;
}

// A number of 48 bytes in a field of 72; what is above must be zero.
Result<ByteVector> number(ByteReader& r, std::string_view field) {
  const ByteVector low = to_vector(r.view(kCoordinate, field));
  r.zeros(kField - kCoordinate, field);
  CUPEL_TRY(std::ignore, r.status());
  return reversed(low);
}

Result<crypto::PublicKey> parse_key(Bytes raw, std::string_view where) {
  ByteReader r(raw, where);
  const std::uint32_t curve = r.u32le("curve");
  CUPEL_TRY(std::ignore, r.status());
  if (curve != kP384) {
    return Error{Code::unsupported_algorithm, std::string(where) + ".curve", kNoOffset,
                 "not P-384"};
  }
  CUPEL_TRY(const ByteVector x, number(r, "x"));
  CUPEL_TRY(const ByteVector y, number(r, "y"));
  r.zeros(kKey - 4 - 2 * kField, "reserved");
  CUPEL_TRY(std::ignore, r.finish());
  return crypto::PublicKey::from_ec(crypto::KeyType::ec_p384, x, y, where);
}

Result<Unit> check(const crypto::PublicKey& key, Bytes message, Bytes signature,
                   std::string_view where) {
  ByteReader r(signature, where);
  CUPEL_TRY(const ByteVector first, number(r, "r"));
  CUPEL_TRY(const ByteVector second, number(r, "s"));
  r.zeros(kSignature - 2 * kField, "reserved");
  CUPEL_TRY(std::ignore, r.finish());
  return crypto::verify_ecdsa(key, crypto::Hash::sha384, message, first, second, where);
}

}  // namespace

Result<ByteVector> marshal(const IdBlock& block) {
  if (block.launch_digest.size() != 48) {
    return error(Code::bad_length, "id_block.launch_digest", "48 bytes");
  }
  return Writer()
      .bytes(block.launch_digest)
      .bytes(block.family_id)
      .bytes(block.image_id)
      .u32le(block.version)
      .u32le(block.guest_svn)
      .u64le(block.policy)
      .take();
}

Result<ByteVector> id_key_digest(Bytes public_key) {
  CUPEL_TRY(const auto key, crypto::PublicKey::from_pem_or_der(public_key, "measure.snp.id_key"));
  if (key.type() != crypto::KeyType::ec_p384) {
    return error(Code::bad_key, "id_key", "not a P-384 key");
  }
  // A SubjectPublicKeyInfo of this curve ends with the uncompressed point.
  const Bytes point = Bytes(key.spki()).last(2 * kCoordinate);
  ByteVector out(kKey, 0);
  put(out, 0, Writer().u32le(kP384).take());
  put(out, 4, reversed(point.first(kCoordinate)));
  put(out, 4 + kField, reversed(point.last(kCoordinate)));
  return crypto::digest(crypto::Hash::sha384, out);
}

Result<IdKeys> check_id_auth(Bytes id_block, Bytes id_auth) {
  if (id_block.size() != 96) {
    return error(Code::bad_length, "id_block", "96 bytes");
  }
  ByteReader r(id_auth, "measure.snp.id_auth");
  const std::uint32_t id_algorithm = r.u32le("id_key_algo");
  const std::uint32_t author_algorithm = r.u32le("auth_key_algo");
  r.zeros(56, "reserved_0x08");
  const Bytes block_signature = r.view(kSignature, "id_block_sig");
  const Bytes id_key = r.view(kKey, "id_key");
  r.zeros(60, "reserved_0x644");
  const Bytes key_signature = r.view(kSignature, "id_key_sig");
  const Bytes author_key = r.view(kKey, "author_key");
  r.zeros(4096 - 2176 - kKey, "reserved_0xc84");
  CUPEL_TRY(std::ignore, r.finish());
  if (id_algorithm != 1 || author_algorithm != 1) {
    return error(Code::unsupported_algorithm, "id_auth.id_key_algo", "ECDSA P-384 with SHA-384");
  }
  CUPEL_TRY(const auto id, parse_key(id_key, "measure.snp.id_auth.id_key"));
  CUPEL_TRY(const auto author, parse_key(author_key, "measure.snp.id_auth.author_key"));
  CUPEL_TRY(std::ignore, check(id, id_block, block_signature, "measure.snp.id_auth.id_block_sig"));
  CUPEL_TRY(std::ignore, check(author, id_key, key_signature, "measure.snp.id_auth.id_key_sig"));
  return IdKeys{crypto::digest(crypto::Hash::sha384, id_key),
                crypto::digest(crypto::Hash::sha384, author_key)};
}

Result<Recipe> id_block_recipe(const IdBlock& block, const IdKeys& keys) {
  CUPEL_TRY(ByteVector bytes, marshal(block));
  Recipe out;
  out.kind = "idblock";
  out.parameters = {{"version", std::to_string(block.version)},
                    {"guest_svn", std::to_string(block.guest_svn)},
                    {"guest_policy", std::to_string(block.policy)}};
  out.values = {{"id_block", {}, std::move(bytes), {}},
                {"measurement", "sha384", block.launch_digest, "snp.measurement"},
                {"family_id", {}, to_vector(block.family_id), "snp.family_id"},
                {"image_id", {}, to_vector(block.image_id), "snp.image_id"}};
  out.events = {{"id_block", "what its keys sign",
                 crypto::digest(crypto::Hash::sha384, out.values.front().value)}};
  const auto add = [&](const std::string& name, const ByteVector& digest) {
    if (!digest.empty()) {
      out.events.push_back({name, "public key, as the firmware has it", digest});
      out.values.push_back({name, "sha384", digest, "snp." + name});
    }
  };
  add("id_key_digest", keys.id_key_digest);
  add("author_key_digest", keys.author_key_digest);
  return out;
}

}  // namespace cupel::measure
