// The parameters of a tree: names, superblock, layout.
#include <algorithm>
#include <bit>
#include <cupel/measure/verity.hpp>

#include "base/hex.hpp"
#include "base/reader.hpp"
#include "crypto/hmac.hpp"
#include "measure/verity_blocks.hpp"
#include "measure/writer.hpp"

namespace cupel::measure {
namespace {

constexpr std::string_view kMagic("verity\0\0", 8);
constexpr std::uint32_t kMinBlock = 512;
constexpr std::uint32_t kMaxBlock = 524288;
constexpr std::size_t kMaxSalt = 256;
constexpr std::uint64_t kMaxBlocks = std::uint64_t{1} << 50U;

Error wrong(Code code, std::string_view field, std::string detail) {
  return Error{code, "measure.verity." + std::string(field), kNoOffset, std::move(detail)};
}

bool is_block_size(std::uint32_t size) {
  return size >= kMinBlock && size <= kMaxBlock && std::has_single_bit(size);
}

Result<Unit> in_range(const VerityFormat& format, Code code) {
  if (format.hash_type > 1) {
    return wrong(code, "hash_type", "0 or 1");
  }
  if (!is_block_size(format.data_block_size)) {
    return wrong(code, "data_block_size", "a power of two from 512 to 524288");
  }
  if (!is_block_size(format.hash_block_size)) {
    return wrong(code, "hash_block_size", "a power of two from 512 to 524288");
  }
  if (format.salt.size() > kMaxSalt) {
    return wrong(code, "salt", "at most 256 bytes");
  }
  return Unit{};
}

}  // namespace

std::string_view to_string(Algorithm algorithm) noexcept {
  return crypto::to_string(crypto_hash(algorithm));
}

std::size_t digest_size(Algorithm algorithm) noexcept {
  return crypto::digest_size(crypto_hash(algorithm));
}

crypto::Hash crypto_hash(Algorithm algorithm) noexcept {
  switch (algorithm) {
    case Algorithm::sha1:
      return crypto::Hash::sha1;
    case Algorithm::sha256:
      return crypto::Hash::sha256;
    case Algorithm::sha384:
      return crypto::Hash::sha384;
    case Algorithm::sha512:
      break;
  }
  return crypto::Hash::sha512;
}

Result<Algorithm> algorithm_by_name(std::string_view name, std::string_view where) {
  for (const Algorithm algorithm :
       {Algorithm::sha1, Algorithm::sha256, Algorithm::sha384, Algorithm::sha512}) {
    if (to_string(algorithm) == name) {
      return algorithm;
    }
  }
  return Error{Code::unsupported_algorithm, std::string(where), kNoOffset,
               "sha1, sha256, sha384 or sha512"};
}

Result<VeritySuperblock> parse_verity_superblock(Bytes in) {
  ByteReader r(in, "measure.verity.superblock");
  VeritySuperblock out;
  const Bytes magic = r.view(8, "magic");
  if (r.ok() && as_text(magic) != kMagic) {
    return wrong(Code::bad_magic, "superblock.magic", "no dm-verity superblock");
  }
  const std::uint32_t version = r.u32le("version");
  out.format.hash_type = r.u32le("hash_type");
  out.uuid = r.bytes<16>("uuid");
  const Bytes name = r.view(32, "algorithm");
  out.format.data_block_size = r.u32le("data_block_size");
  out.format.hash_block_size = r.u32le("hash_block_size");
  out.data_blocks = r.u64le("data_blocks");
  const std::uint16_t salt_size = r.u16le("salt_size");
  r.zeros(6, "reserved_0x52");
  if (salt_size > kMaxSalt) {
    r.fail(Code::out_of_range, "salt_size");
  } else {
    out.format.salt = to_vector(r.view(salt_size, "salt"));
    r.zeros(kMaxSalt - salt_size, "salt_padding");
  }
  r.zeros(168, "reserved_0x158");
  CUPEL_TRY(std::ignore, r.finish());
  if (version != 1) {
    return wrong(Code::unsupported_version, "superblock.version", std::to_string(version));
  }
  const auto end = std::ranges::find(name, 0);
  if (std::any_of(end, name.end(), [](std::uint8_t b) { return b != 0; })) {
    return wrong(Code::reserved_not_zero, "superblock.algorithm", "bytes after the name");
  }
  CUPEL_TRY(out.format.algorithm,
            algorithm_by_name(as_text(name).substr(0, static_cast<std::size_t>(end - name.begin())),
                              "measure.verity.superblock.algorithm"));
  CUPEL_TRY(std::ignore, in_range(out.format, Code::out_of_range));
  CUPEL_TRY(std::ignore, verity_layout(out.format, out.data_blocks));
  return out;
}

Result<ByteVector> marshal(const VeritySuperblock& superblock) {
  CUPEL_TRY(std::ignore, verity_layout(superblock.format, superblock.data_blocks));
  Writer w;
  w.text(kMagic);
  w.u32le(1);
  w.u32le(superblock.format.hash_type);
  w.bytes(superblock.uuid);
  w.text(to_string(superblock.format.algorithm));
  w.pad_to(64);
  w.u32le(superblock.format.data_block_size);
  w.u32le(superblock.format.hash_block_size);
  w.u64le(superblock.data_blocks);
  w.u16le(static_cast<std::uint16_t>(superblock.format.salt.size()));
  w.pad_to(88);
  w.bytes(superblock.format.salt);
  w.pad_to(kVeritySuperblockSize);
  return std::move(w).take();
}

ByteVector repart_salt(const Uuid& seed) {
  return crypto::hmac_sha256(seed, as_bytes("verity-salt"));
}

Result<Uuid> uuid_from_text(std::string_view text, std::string_view where) {
  constexpr std::array<std::size_t, 4> kDashes = {8, 13, 18, 23};
  std::string digits(text);
  if (text.size() == 36) {
    digits.clear();
    for (std::size_t i = 0; i < text.size(); ++i) {
      const bool dash = std::ranges::find(kDashes, i) != kDashes.end();
      if (dash != (text[i] == '-')) {
        return Error{Code::bad_encoding, std::string(where), i, "not a UUID"};
      }
      if (!dash) {
        digits.push_back(text[i]);
      }
    }
  }
  CUPEL_TRY(const ByteVector bytes, from_hex(digits, 16, where));
  Uuid out{};
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

std::string to_text(const Uuid& uuid) {
  std::string text = to_hex(uuid);
  for (const std::size_t at : {20U, 16U, 12U, 8U}) {
    text.insert(at, 1, '-');
  }
  return text;
}

Result<VerityLayout> verity_layout(const VerityFormat& format, std::uint64_t data_blocks) {
  CUPEL_TRY(std::ignore, in_range(format, Code::invalid_argument));
  if (data_blocks == 0 || data_blocks > kMaxBlocks) {
    return wrong(Code::out_of_range, "data_blocks",
                 data_blocks == 0 ? "the data is smaller than one block" : "more than 2^50 blocks");
  }
  VerityLayout out;
  out.data_blocks = data_blocks;
  const std::size_t digest = digest_size(format.algorithm);
  out.slot_size = format.hash_type == 1 ? std::bit_ceil(digest) : digest;
  // The same number for both types: 2^floor(log2(block / digest)).
  out.digests_per_block = std::bit_floor(format.hash_block_size / digest);
  for (std::uint64_t below = data_blocks; below > 1;) {
    below = (below + out.digests_per_block - 1) / out.digests_per_block;
    out.levels.push_back({0, below});
    out.hash_blocks += below;
  }
  std::uint64_t first = 0;
  for (auto level = out.levels.rbegin(); level != out.levels.rend(); ++level) {
    level->first_block = first;
    first += level->blocks;
  }
  return out;
}

}  // namespace cupel::measure
