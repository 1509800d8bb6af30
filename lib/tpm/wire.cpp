#include "tpm/wire.hpp"

#include <algorithm>

#include "tpm/names.hpp"

namespace cupel::tpm {
namespace {

constexpr std::size_t kMaxBanks = 16;      // TPML_PCR_SELECTION of tpm2-tss, HASH_COUNT of the spec
constexpr std::size_t kMaxSelectSize = 4;  // PCR_SELECT_MAX

std::string sub(std::string_view field, std::string_view name) {
  std::string out(field);
  out.append(".").append(name);
  return out;
}

}  // namespace

std::optional<std::uint64_t> peek(const ByteReader& reader, std::size_t size) {
  if (!reader.ok() || reader.remaining() < size) {
    return std::nullopt;
  }
  std::uint64_t value = 0;
  for (const std::uint8_t byte : reader.rest().first(size)) {
    value = (value << 8U) | byte;
  }
  return value;
}

ByteVector sized(ByteReader& reader, std::string_view field, std::size_t min, std::size_t max) {
  const std::string size_field = sub(field, "size");
  if (const auto size = peek(reader, 2); size && (*size < min || *size > max)) {
    reader.fail(Code::out_of_range, size_field,
                std::to_string(*size) + " bytes; " + std::to_string(min) + " to " +
                    std::to_string(max) + " are allowed");
  }
  const std::uint16_t size = reader.u16be(size_field);
  return to_vector(reader.view(size, field));
}

HashAlg hash_alg(ByteReader& reader, std::string_view field) {
  if (const auto id = peek(reader, 2); id && !hash_alg_by_id(static_cast<std::uint16_t>(*id))) {
    reader.fail(Code::unsupported_algorithm, field, "TPM_ALG_ID " + std::to_string(*id));
  }
  return hash_alg_by_id(reader.u16be(field)).value_or(HashAlg::sha256);
}

PcrSelection pcr_selection(ByteReader& reader, HashAlg bank, Bytes bitmap, std::string_view field) {
  PcrSelection out{bank, {}};
  for (unsigned i = 0; i < bitmap.size() * 8; ++i) {
    // Part 2, 10.6.2: bit i of octet j stands for PCR 8j + i.
    if (((static_cast<unsigned>(bitmap[i / 8]) >> (i % 8)) & 1U) == 0) {
      continue;
    }
    if (i >= kPcrCount) {
      reader.fail(Code::out_of_range, field, "PCR " + std::to_string(i));
      return out;
    }
    out.indices.push_back(i);
  }
  return out;
}

std::vector<PcrSelection> pcr_selections(ByteReader& reader, std::string_view field) {
  std::vector<PcrSelection> out;
  const std::string count_field = sub(field, "count");
  const std::size_t count =
      reader.count(reader.u32be(count_field), count_field, kMaxBanks, /*min_item_size=*/3);
  for (std::size_t i = 0; i < count && reader.ok(); ++i) {
    if (const auto id = peek(reader, 2);
        id && std::any_of(out.begin(), out.end(), [&](const PcrSelection& s) {
          return static_cast<std::uint16_t>(s.bank) == *id;
        })) {
      reader.fail(Code::duplicate_field, sub(field, "hash"), "this bank is selected twice");
    }
    const HashAlg bank = hash_alg(reader, sub(field, "hash"));
    if (const auto size = peek(reader, 1); size && (*size < 1 || *size > kMaxSelectSize)) {
      reader.fail(Code::out_of_range, sub(field, "sizeof_select"), std::to_string(*size));
    }
    const std::uint8_t size = reader.u8(sub(field, "sizeof_select"));
    const std::string bitmap_field = sub(field, "pcr_select");
    const Bytes bitmap = reader.view(size, bitmap_field);
    if (reader.ok()) {
      out.push_back(pcr_selection(reader, bank, bitmap, bitmap_field));
    }
  }
  return reader.ok() ? out : std::vector<PcrSelection>{};
}

Result<Unit> second_reading(std::string_view where, const std::function<bool()>& agrees) {
  if (!agrees()) {
    return Error{Code::internal, std::string(where), kNoOffset,
                 "two readings of the same bytes differ"};
  }
  return Unit{};
}

}  // namespace cupel::tpm
