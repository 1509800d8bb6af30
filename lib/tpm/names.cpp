#include "tpm/names.hpp"

#include <array>

namespace cupel::tpm {
namespace {

struct HashRow {
  HashAlg alg;
  crypto::Hash hash;
  std::string_view name;
  std::size_t size;
};

// TCG Algorithm Registry, rev. 1.34, Table 3.
constexpr std::array kHashes = {
    HashRow{HashAlg::sha1, crypto::Hash::sha1, "sha1", 20},
    HashRow{HashAlg::sha256, crypto::Hash::sha256, "sha256", 32},
    HashRow{HashAlg::sha384, crypto::Hash::sha384, "sha384", 48},
    HashRow{HashAlg::sha512, crypto::Hash::sha512, "sha512", 64},
    HashRow{HashAlg::sm3_256, crypto::Hash::sm3, "sm3_256", 32},
};

const HashRow* row(HashAlg alg) noexcept {
  for (const HashRow& r : kHashes) {
    if (r.alg == alg) {
      return &r;
    }
  }
  return nullptr;
}

}  // namespace

std::string_view to_string(HashAlg alg) noexcept {
  const HashRow* found = row(alg);
  return found != nullptr ? found->name : "unknown";
}

std::string_view to_string(SignatureScheme scheme) noexcept {
  switch (scheme) {
    case SignatureScheme::rsassa:
      return "rsassa";
    case SignatureScheme::rsapss:
      return "rsapss";
    case SignatureScheme::ecdsa:
      return "ecdsa";
  }
  return "unknown";
}

std::size_t digest_size(HashAlg alg) noexcept {
  const HashRow* found = row(alg);
  return found != nullptr ? found->size : 0;
}

std::optional<HashAlg> hash_alg_by_name(std::string_view name) noexcept {
  for (const HashRow& r : kHashes) {
    if (r.name == name) {
      return r.alg;
    }
  }
  return std::nullopt;
}

std::optional<HashAlg> hash_alg_by_id(std::uint16_t id) noexcept {
  const auto alg = static_cast<HashAlg>(id);
  return row(alg) != nullptr ? std::optional(alg) : std::nullopt;
}

crypto::Hash crypto_hash(HashAlg alg) noexcept {
  const HashRow* found = row(alg);
  // A HashAlg that is none of the enumerators cannot come out of a parser; SHA-512 fits nothing.
  return found != nullptr ? found->hash : crypto::Hash::sha512;
}

bool strong(HashAlg alg) noexcept {
  switch (alg) {
    case HashAlg::sha256:
    case HashAlg::sha384:
    case HashAlg::sha512:
      return true;
    case HashAlg::sha1:
    case HashAlg::sm3_256:
      return false;
  }
  return false;
}

}  // namespace cupel::tpm
