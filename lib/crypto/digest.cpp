#include "crypto/digest.hpp"

#include <openssl/crypto.h>

#include <algorithm>

#include "crypto/ossl.hpp"

namespace cupel::crypto {
namespace {

struct HashRow {
  std::string_view name;
  const char* openssl_name;
  std::size_t size;
};

// In the order of the enumeration.
constexpr std::array<HashRow, 5> kHashes = {{
    {"sha1", "SHA1", 20},
    {"sha256", "SHA256", 32},
    {"sha384", "SHA384", 48},
    {"sha512", "SHA512", 64},
    {"sm3", "SM3", 32},
}};

// Fetching costs more than hashing a quote does.
struct Fetched {
  std::array<MdPtr, kHashes.size()> digests;
  Fetched() {
    for (std::size_t i = 0; i < kHashes.size(); ++i) {
      digests.at(i).reset(EVP_MD_fetch(nullptr, kHashes.at(i).openssl_name, nullptr));
    }
    ERR_clear_error();
  }
};

[[noreturn]] void unavailable(std::string_view what) {
  throw Exception(Error{Code::internal, "crypto.digest", kNoOffset,
                        "libcrypto cannot compute " + std::string(what)});
}

}  // namespace

const EVP_MD* message_digest(Hash hash) {
  static const Fetched fetched;
  const EVP_MD* md = fetched.digests.at(static_cast<std::size_t>(hash)).get();
  if (md == nullptr) {
    unavailable(to_string(hash));
  }
  return md;
}

std::size_t digest_size(Hash hash) noexcept {
  return kHashes[static_cast<std::size_t>(hash)].size;
}

std::string_view to_string(Hash hash) noexcept {
  return kHashes[static_cast<std::size_t>(hash)].name;
}

std::optional<Hash> hash_by_name(std::string_view name) noexcept {
  for (const Hash hash : {Hash::sha1, Hash::sha256, Hash::sha384, Hash::sha512, Hash::sm3}) {
    if (to_string(hash) == name) {
      return hash;
    }
  }
  return std::nullopt;
}

struct Digester::State {
  MdCtxPtr context;
  Hash hash;
  bool finished = false;
};

Digester::Digester(Hash hash)
    : state_(std::make_unique<State>(State{MdCtxPtr(EVP_MD_CTX_new()), hash})) {
  if (state_->context == nullptr ||
      EVP_DigestInit_ex2(state_->context.get(), message_digest(hash), nullptr) != 1) {
    ERR_clear_error();
    unavailable(to_string(hash));
  }
}

Digester::~Digester() = default;

void Digester::update(Bytes data) {
  if (state_->finished) {
    throw std::logic_error("Digester: update after finish");
  }
  if (EVP_DigestUpdate(state_->context.get(), data.data(), data.size()) != 1) {
    ERR_clear_error();
    unavailable(to_string(state_->hash));
  }
}

ByteVector Digester::finish() {
  if (state_->finished) {
    throw std::logic_error("Digester: finished twice");
  }
  state_->finished = true;
  ByteVector out(digest_size(state_->hash));
  unsigned size = 0;
  if (EVP_DigestFinal_ex(state_->context.get(), out.data(), &size) != 1 || size != out.size()) {
    ERR_clear_error();
    unavailable(to_string(state_->hash));
  }
  return out;
}

ByteVector digest(Hash hash, std::initializer_list<Bytes> parts) {
  Digester digester(hash);
  for (const Bytes part : parts) {
    digester.update(part);
  }
  return digester.finish();
}

ByteVector digest(Hash hash, Bytes data) {
  return digest(hash, {data});
}

Sha256Digest sha256(Bytes data) {
  Sha256Digest out{};
  unsigned size = 0;
  if (EVP_Digest(data.data(), data.size(), out.data(), &size, message_digest(Hash::sha256),
                 nullptr) != 1 ||
      size != out.size()) {
    ERR_clear_error();
    unavailable("sha256");
  }
  return out;
}

Sha256Digest sha256(Bytes first, Bytes second) {
  const ByteVector whole = digest(Hash::sha256, {first, second});
  Sha256Digest out{};
  std::copy(whole.begin(), whole.end(), out.begin());
  return out;
}

bool equal(Bytes a, Bytes b) noexcept {
  return a.size() == b.size() && (a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0);
}

}  // namespace cupel::crypto
