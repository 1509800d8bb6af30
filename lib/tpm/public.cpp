// TPMT_PUBLIC of an attestation key.
#include <tss2/tss2_mu.h>

#include <algorithm>
#include <array>

#include "crypto/signature.hpp"
#include "tpm/names.hpp"
#include "tpm/wire.hpp"

namespace cupel::tpm {
namespace {

constexpr std::string_view kWhere = "tpm.public";
constexpr std::size_t kMaxSize = 2048;
constexpr std::uint16_t kRsa = 0x0001;
constexpr std::uint16_t kEcc = 0x0023;
constexpr std::uint16_t kNull = 0x0010;
constexpr std::uint16_t kAes = 0x0006;

// TPMA_OBJECT (Part 2, 8.3). The bits not in the mask are reserved.
constexpr std::uint32_t kFixedTpm = 1U << 1U;
constexpr std::uint32_t kRestricted = 1U << 16U;
constexpr std::uint32_t kDecrypt = 1U << 17U;
constexpr std::uint32_t kSign = 1U << 18U;
constexpr std::uint32_t kKnownAttributes = 0x000f'0ff6;

// A field that must be one of a few values.
std::uint16_t one_of(ByteReader& r, std::string_view field,
                     std::initializer_list<std::uint16_t> allowed) {
  if (const auto value = peek(r, 2);
      value && std::find(allowed.begin(), allowed.end(), *value) == allowed.end()) {
    r.fail(Code::unsupported_algorithm, field, std::to_string(*value));
  }
  return r.u16be(field);
}

// TPMT_SYM_DEF_OBJECT: a signing key has none; a storage key's is read so that it can be refused
// for what it is.
void symmetric(ByteReader& r) {
  if (one_of(r, "parameters.symmetric.algorithm", {kNull, kAes}) == kAes) {
    r.u16be("parameters.symmetric.key_bits");
    r.u16be("parameters.symmetric.mode");
  }
}

// TPMT_RSA_SCHEME, TPMT_ECC_SCHEME
void scheme(ByteReader& r, std::initializer_list<std::uint16_t> allowed) {
  if (one_of(r, "parameters.scheme.scheme", allowed) != kNull && r.ok()) {
    hash_alg(r, "parameters.scheme.hash_alg");
  }
}

Result<crypto::PublicKey> rsa_key(ByteReader& r) {
  symmetric(r);
  scheme(r, {kNull, static_cast<std::uint16_t>(SignatureScheme::rsassa),
             static_cast<std::uint16_t>(SignatureScheme::rsapss)});
  const std::uint16_t bits = one_of(r, "parameters.key_bits", {2048, 3072, 4096});
  const std::uint32_t exponent = r.u32be("parameters.exponent");
  if (const auto size = peek(r, 2); size && *size * 8 != bits) {
    r.fail(Code::bad_length, "unique.size", "the modulus is not as long as key_bits says");
  }
  const ByteVector modulus = sized(r, "unique", 1, 512);
  if (auto end = r.finish(); !end) {
    return std::move(end).error();
  }
  // Part 2, 12.2.3.5: zero stands for 2^16 + 1.
  std::array<std::uint8_t, 4> e{0, 1, 0, 1};
  if (exponent != 0) {
    for (std::size_t i = 0; i < e.size(); ++i) {
      e.at(i) = static_cast<std::uint8_t>(exponent >> (24 - 8 * i));
    }
  }
  return crypto::PublicKey::from_rsa(modulus, e, "tpm.public.unique");
}

Result<crypto::PublicKey> ecc_key(ByteReader& r) {
  symmetric(r);
  scheme(r, {kNull, static_cast<std::uint16_t>(SignatureScheme::ecdsa)});
  const std::uint16_t curve = one_of(r, "parameters.curve_id", {3, 4, 5});
  one_of(r, "parameters.kdf.scheme", {kNull});
  const auto type = curve == 3   ? crypto::KeyType::ec_p256
                    : curve == 4 ? crypto::KeyType::ec_p384
                                 : crypto::KeyType::ec_p521;
  const std::size_t size = curve == 3 ? 32 : curve == 4 ? 48 : 66;
  const ByteVector x = sized(r, "unique.x", 1, size);
  const ByteVector y = sized(r, "unique.y", 1, size);
  if (auto end = r.finish(); !end) {
    return std::move(end).error();
  }
  return crypto::PublicKey::from_ec(type, x, y, "tpm.public.unique");
}

bool agrees(Bytes in, bool sized_form, const PublicArea& ours, std::uint16_t type) {
  TPM2B_PUBLIC theirs{};
  std::size_t used = 0;
  const TSS2_RC rc =
      sized_form ? Tss2_MU_TPM2B_PUBLIC_Unmarshal(in.data(), in.size(), &used, &theirs)
                 : Tss2_MU_TPMT_PUBLIC_Unmarshal(in.data(), in.size(), &used, &theirs.publicArea);
  return rc == TSS2_RC_SUCCESS && used == in.size() && theirs.publicArea.type == type &&
         theirs.publicArea.nameAlg == static_cast<std::uint16_t>(ours.name_alg) &&
         theirs.publicArea.objectAttributes == ours.object_attributes;
}

}  // namespace

bool PublicArea::restricted_signing() const noexcept {
  constexpr std::uint32_t kDemanded = kRestricted | kSign | kFixedTpm;
  return (object_attributes & (kDemanded | kDecrypt)) == kDemanded;
}

// TPM 2.0 Library Part 2, 12.2.4 (TPMT_PUBLIC), 12.2.5 (TPM2B_PUBLIC).
Result<PublicArea> parse_public(Bytes in) {
  if (in.size() > kMaxSize) {
    return Error{Code::too_large, std::string(kWhere), kMaxSize, "no public area is so long"};
  }
  ByteReader r(in, kWhere);
  // A TPM2B begins with the size of the rest, and the type follows; in a bare area the type is
  // first and nameAlg, whose values are none of the types', follows.
  const auto start = peek(r, 4);
  if (!start) {
    r.view(4, "type");
    return r.status().error();
  }
  const std::uint64_t second = *start & 0xffffU;
  const bool sized_form = second == kRsa || second == kEcc;
  if (sized_form) {
    const std::uint16_t size = r.u16be("size");
    if (size < r.remaining()) {
      return Error{Code::trailing_bytes, std::string(kWhere), std::size_t{size} + 2,
                   "bytes after the area"};
    }
    if (size > r.remaining()) {
      return Error{
          Code::truncated, "tpm.public.size", 0,
          std::to_string(size) + " bytes, " + std::to_string(r.remaining()) + " are there"};
    }
  }
  const Bytes area = r.rest();
  const std::uint16_t type = one_of(r, "type", {kRsa, kEcc});
  PublicArea out{hash_alg(r, "name_alg"), 0, {}, {}};
  if (const auto bits = peek(r, 4); bits && (*bits & ~std::uint64_t{kKnownAttributes}) != 0) {
    r.fail(Code::reserved_not_zero, "object_attributes", "TPMA_OBJECT has reserved bits set");
  }
  out.object_attributes = r.u32be("object_attributes");
  sized(r, "auth_policy", 0, 64);
  CUPEL_TRY(const crypto::PublicKey key, type == kEcc ? ecc_key(r) : rsa_key(r));
  out.spki = key.spki();
  // Part 1, clause 16 (Names): the name of an object is nameAlg || H(TPMT_PUBLIC).
  const auto id = static_cast<std::uint16_t>(out.name_alg);
  out.name = {static_cast<std::uint8_t>(id >> 8U), static_cast<std::uint8_t>(id & 0xffU)};
  const ByteVector digest = crypto::digest(crypto_hash(out.name_alg), area);
  out.name.insert(out.name.end(), digest.begin(), digest.end());
  CUPEL_TRY([[maybe_unused]] auto same,
            second_reading(kWhere, [&] { return agrees(in, sized_form, out, type); }));
  return out;
}

}  // namespace cupel::tpm
