// Digests, and comparison in constant time.
#pragma once

#include <cupel/bytes.hpp>
#include <cupel/result.hpp>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string_view>

namespace cupel::crypto {

/// sm3 and sha1 exist to replay and read event logs; nothing that they alone protect is accepted.
enum class Hash : std::uint8_t { sha1, sha256, sha384, sha512, sm3 };

std::size_t digest_size(Hash hash) noexcept;
std::string_view to_string(Hash hash) noexcept;  ///< "sha256"
/// By that name; nullopt for others.
std::optional<Hash> hash_by_name(std::string_view name) noexcept;

/// H(part || part || …).
ByteVector digest(Hash hash, std::initializer_list<Bytes> parts);
ByteVector digest(Hash hash, Bytes data);
Sha256Digest sha256(Bytes data);
Sha256Digest sha256(Bytes first, Bytes second);  ///< of both, one after the other

/// An incremental digest, for many parts.
class Digester {
 public:
  explicit Digester(Hash hash);
  ~Digester();
  Digester(const Digester&) = delete;
  Digester& operator=(const Digester&) = delete;
  void update(Bytes data);
  ByteVector finish();  ///< once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Whether both are equal, in time that depends on the lengths only.
bool equal(Bytes a, Bytes b) noexcept;

}  // namespace cupel::crypto
