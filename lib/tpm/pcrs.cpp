// The PCR files of tpm2-tools. Nothing in them is signed: the selection they carry is kept as
// `claimed`, to be compared with the signed one and never to look a value up (CVE-2024-29039).
#include "tpm/pcrs.hpp"

#include <tss2/tss2_mu.h>

#include <algorithm>
#include <array>

#include "tpm/wire.hpp"

namespace cupel::tpm {
namespace {

constexpr std::string_view kWhere = "tpm.pcrs";
constexpr std::size_t kMaxSize = std::size_t{64} * 1024;
constexpr std::size_t kSlots = 16;     // TPM2_NUM_PCR_BANKS: array length in the C struct
constexpr std::size_t kBitmap = 4;     // TPM2_PCR_SELECT_MAX
constexpr std::size_t kListSlots = 8;  // array length in TPML_DIGEST
constexpr std::size_t kBuffer = 64;    // TPM2B_DIGEST.buffer
constexpr std::size_t kMaxLists = kSlots * kPcrCount;  // one digest in each, at worst

Result<Unit> fits(Bytes in) {
  if (in.size() > kMaxSize) {
    return Error{Code::too_large, std::string(kWhere), kMaxSize, "no PCR file is so long"};
  }
  return Unit{};
}

bool is_digest_size(std::uint64_t size) {
  return size == 20 || size == 32 || size == 48 || size == 64;
}

// A list without a digest says nothing; no tool writes one.
std::size_t at_least_one(ByteReader& r, std::size_t count, std::string_view field) {
  if (r.ok() && count == 0) {
    r.fail(Code::missing_field, field, "an empty list");
  }
  return count;
}

// libtss2-mu's reading of the marshaled form.
bool agrees(Bytes in, const PcrValues& ours) {
  TPML_PCR_SELECTION selection{};
  std::uint32_t lists = 0;
  std::size_t used = 0;
  if (Tss2_MU_TPML_PCR_SELECTION_Unmarshal(in.data(), in.size(), &used, &selection) !=
          TSS2_RC_SUCCESS ||
      Tss2_MU_UINT32_Unmarshal(in.data(), in.size(), &used, &lists) != TSS2_RC_SUCCESS ||
      selection.count != ours.claimed.value_or(std::vector<PcrSelection>{}).size()) {
    return false;
  }
  std::size_t next = 0;
  for (std::uint32_t i = 0; i < lists; ++i) {
    TPML_DIGEST list{};
    if (Tss2_MU_TPML_DIGEST_Unmarshal(in.data(), in.size(), &used, &list) != TSS2_RC_SUCCESS) {
      return false;
    }
    for (std::uint32_t j = 0; j < list.count; ++j, ++next) {
      const Bytes digest = Bytes(list.digests[j].buffer).first(list.digests[j].size);
      if (next >= ours.digests.size() || !std::ranges::equal(ours.digests[next], digest)) {
        return false;
      }
    }
  }
  return used == in.size() && next == ours.digests.size();
}

}  // namespace

// The C structures of tpm2-tss as they lie in memory on a little-endian machine:
//   TPML_PCR_SELECTION  u32 count, 16 slots of {u16 hash, u8 size, 4 bytes bitmap, 1 byte padding}
//   u32 count of lists, each TPML_DIGEST: u32 count, 8 slots of {u16 size, 64 bytes}
// Slots and bytes that are not used are zero in every file that tpm2-tools writes.
Result<PcrValues> parse_pcrs_serialized(Bytes in) {
  CUPEL_TRY([[maybe_unused]] auto size_ok, fits(in));
  ByteReader r(in, kWhere);
  PcrValues out;
  std::vector<PcrSelection> claimed;
  const std::size_t banks =
      r.count(r.u32le("selection.count"), "selection.count", kSlots, kBitmap + 4);
  for (std::size_t i = 0; i < banks && r.ok(); ++i) {
    // hash_alg() reads big-endian; here the two bytes stand the other way round.
    const Bytes raw = r.view(2, "selection.hash");
    if (!r.ok()) {
      break;
    }
    const std::array<std::uint8_t, 2> swapped{raw[1], raw[0]};
    ByteReader id(swapped, "tpm.pcrs", r.offset() - 2);
    const HashAlg bank = hash_alg(id, "selection.hash");
    if (auto known = id.finish(); !known) {
      return std::move(known).error();
    }
    if (std::any_of(claimed.begin(), claimed.end(),
                    [&](const PcrSelection& s) { return s.bank == bank; })) {
      r.fail(Code::duplicate_field, "selection.hash", "this bank is selected twice");
    }
    if (const auto size = peek(r, 1); size && (*size < 1 || *size > kBitmap)) {
      r.fail(Code::out_of_range, "selection.sizeof_select", std::to_string(*size));
    }
    const std::uint8_t size = r.u8("selection.sizeof_select");
    const Bytes bitmap = r.view(size, "selection.pcr_select");
    r.zeros(kBitmap - std::min<std::size_t>(size, kBitmap) + 1, "selection.padding");
    if (r.ok()) {
      claimed.push_back(pcr_selection(r, bank, bitmap, "selection.pcr_select"));
    }
  }
  r.zeros((kSlots - banks) * (kBitmap + 4), "selection.unused");
  const std::size_t lists =
      at_least_one(r, r.count(r.u32le("list_count"), "list_count", kMaxLists, /*min_item_size=*/4),
                   "list_count");
  for (std::size_t i = 0; i < lists && r.ok(); ++i) {
    const std::size_t digests = at_least_one(
        r, r.count(r.u32le("digests.count"), "digests.count", kListSlots, 2), "digests.count");
    for (std::size_t j = 0; j < digests && r.ok(); ++j) {
      const std::uint16_t size = r.u16le("digests.size");
      if (r.ok() && !is_digest_size(size)) {
        r.fail(Code::bad_length, "digests.size", std::to_string(size));
        break;
      }
      out.digests.push_back(to_vector(r.view(size, "digests.buffer")));
      r.zeros(kBuffer - size, "digests.padding");
    }
    r.zeros((kListSlots - digests) * (2 + kBuffer), "digests.unused");
  }
  if (auto end = r.finish(); !end) {
    return std::move(end).error();
  }
  out.claimed = std::move(claimed);
  return out;
}

// tpm2_quote(1), -F marshaled: "TPML_PCR_SELECTION, UINT32 (the number of following TPML_DIGEST
// elements), TPML_DIGEST [number of TPML_DIGEST elements]", all in the TPM's wire form.
Result<PcrValues> parse_pcrs_marshaled(Bytes in) {
  CUPEL_TRY([[maybe_unused]] auto size_ok, fits(in));
  ByteReader r(in, kWhere);
  PcrValues out;
  out.claimed = pcr_selections(r, "selection");
  const std::size_t lists =
      at_least_one(r, r.count(r.u32be("list_count"), "list_count", kMaxLists, 4), "list_count");
  for (std::size_t i = 0; i < lists && r.ok(); ++i) {
    const std::size_t digests = at_least_one(
        r, r.count(r.u32be("digests.count"), "digests.count", kListSlots, 2), "digests.count");
    for (std::size_t j = 0; j < digests && r.ok(); ++j) {
      if (const auto size = peek(r, 2); size && !is_digest_size(*size)) {
        r.fail(Code::bad_length, "digests.size", std::to_string(*size));
      }
      const std::uint16_t size = r.u16be("digests.size");
      out.digests.push_back(to_vector(r.view(size, "digests.buffer")));
    }
  }
  if (auto end = r.finish(); !end) {
    return std::move(end).error();
  }
  CUPEL_TRY([[maybe_unused]] auto same, second_reading(kWhere, [&] { return agrees(in, out); }));
  return out;
}

// tpm2_quote(1), -F values: the digests and nothing else.
Result<PcrValues> parse_pcrs_values(Bytes in, std::span<const PcrSelection> selection) {
  CUPEL_TRY([[maybe_unused]] auto size_ok, fits(in));
  ByteReader r(in, kWhere);
  PcrValues out;
  for (const PcrSelection& bank : selection) {
    for (const unsigned index : bank.indices) {
      out.digests.push_back(
          to_vector(r.view(digest_size(bank.bank),
                           std::string(to_string(bank.bank)) + "." + std::to_string(index))));
    }
  }
  if (auto end = r.finish(); !end) {
    return std::move(end).error();
  }
  return out;
}

ByteVector marshal_pcrs(const PcrValues& values) {
  TPML_PCR_SELECTION selection{};
  for (const PcrSelection& bank : values.claimed.value_or(std::vector<PcrSelection>{})) {
    if (selection.count == kSlots) {
      break;
    }
    TPMS_PCR_SELECTION& slot = selection.pcrSelections[selection.count++];
    slot.hash = static_cast<std::uint16_t>(bank.bank);
    slot.sizeofSelect = 3;
    for (const unsigned index : bank.indices) {
      slot.pcrSelect[(index / 8) % 3] |= static_cast<std::uint8_t>(1U << (index % 8));
    }
  }
  const std::size_t lists = (values.digests.size() + kListSlots - 1) / kListSlots;
  ByteVector out(sizeof(selection) + 4 + lists * sizeof(TPML_DIGEST));
  std::size_t used = 0;
  bool ok = Tss2_MU_TPML_PCR_SELECTION_Marshal(&selection, out.data(), out.size(), &used) ==
                TSS2_RC_SUCCESS &&
            Tss2_MU_UINT32_Marshal(static_cast<std::uint32_t>(lists), out.data(), out.size(),
                                   &used) == TSS2_RC_SUCCESS;
  for (std::size_t i = 0; i < lists && ok; ++i) {
    TPML_DIGEST list{};
    for (std::size_t j = i * kListSlots; j < std::min(values.digests.size(), (i + 1) * kListSlots);
         ++j) {
      TPM2B_DIGEST& slot = list.digests[list.count++];
      slot.size = static_cast<std::uint16_t>(std::min(values.digests[j].size(), kBuffer));
      std::copy_n(values.digests[j].begin(), slot.size, std::begin(slot.buffer));
    }
    ok = Tss2_MU_TPML_DIGEST_Marshal(&list, out.data(), out.size(), &used) == TSS2_RC_SUCCESS;
  }
  out.resize(ok ? used : 0);
  return out;
}

}  // namespace cupel::tpm
