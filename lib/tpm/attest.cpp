#include <tss2/tss2_mu.h>

#include <algorithm>

#include "tpm/wire.hpp"

namespace cupel::tpm {
namespace {

constexpr std::string_view kWhere = "tpm.attest";
constexpr std::size_t kMaxSize = 4096;
constexpr std::uint32_t kGeneratedValue = 0xff544347;  // TPM_GENERATED_VALUE, "\xffTCG"
constexpr std::uint16_t kQuoteTag = 0x8018;            // TPM_ST_ATTEST_QUOTE
constexpr std::size_t kMaxName = 66;                   // nameAlg and the longest digest
constexpr std::size_t kMaxDigest = 64;                 // TPMU_HA

// libtss2-mu's reading of the same bytes.
bool agrees(Bytes in, const Attest& ours) {
  TPMS_ATTEST theirs{};
  std::size_t used = 0;
  if (Tss2_MU_TPMS_ATTEST_Unmarshal(in.data(), in.size(), &used, &theirs) != TSS2_RC_SUCCESS ||
      used != in.size() || theirs.magic != kGeneratedValue || theirs.type != kQuoteTag) {
    return false;
  }
  const TPMS_QUOTE_INFO& quote = theirs.attested.quote;
  const auto same = [](const ByteVector& a, Bytes buffer, std::size_t size) {
    return size <= buffer.size() && std::equal(a.begin(), a.end(), buffer.begin(),
                                               buffer.begin() + static_cast<std::ptrdiff_t>(size));
  };
  if (!same(ours.qualified_signer, theirs.qualifiedSigner.name, theirs.qualifiedSigner.size) ||
      !same(ours.extra_data, theirs.extraData.buffer, theirs.extraData.size) ||
      !same(ours.pcr_digest, quote.pcrDigest.buffer, quote.pcrDigest.size) ||
      ours.clock_info.clock != theirs.clockInfo.clock ||
      ours.clock_info.reset_count != theirs.clockInfo.resetCount ||
      ours.clock_info.restart_count != theirs.clockInfo.restartCount ||
      ours.clock_info.safe != (theirs.clockInfo.safe == 1) ||
      ours.firmware_version != theirs.firmwareVersion ||
      ours.pcr_select.size() != quote.pcrSelect.count) {
    return false;
  }
  for (std::size_t i = 0; i < ours.pcr_select.size(); ++i) {
    const PcrSelection& mine = ours.pcr_select[i];
    const TPMS_PCR_SELECTION& other = quote.pcrSelect.pcrSelections[i];
    std::uint32_t bits = 0;
    for (std::uint32_t j = 0; j < other.sizeofSelect; ++j) {
      bits |= static_cast<std::uint32_t>(other.pcrSelect[j]) << (8 * j);
    }
    for (const unsigned index : mine.indices) {
      bits ^= 1U << index;
    }
    if (static_cast<std::uint16_t>(mine.bank) != other.hash || bits != 0) {
      return false;
    }
  }
  return true;
}

}  // namespace

// TPM 2.0 Library Part 2, 10.12.12 (TPMS_ATTEST), 10.12.4 (TPMS_QUOTE_INFO), 10.11.1.
Result<Attest> parse_attest(Bytes in) {
  if (in.size() > kMaxSize) {
    return Error{Code::too_large, std::string(kWhere), kMaxSize,
                 "an attestation structure is a few hundred bytes"};
  }
  ByteReader r(in, kWhere);
  // CHECK tpm-01
  if (const auto magic = peek(r, 4); magic && *magic != kGeneratedValue) {
    r.fail(Code::bad_magic, "magic", "the TPM did not make this structure");
    return failed("tpm-01", r.status().error());
  }
  r.u32be("magic");
  // CHECK tpm-02
  if (const auto type = peek(r, 2); type && *type != kQuoteTag) {
    r.fail(Code::bad_magic, "type", "made by a TPM, but not a quote");
    return failed("tpm-02", r.status().error());
  }
  r.u16be("type");
  Attest out;
  out.qualified_signer = sized(r, "qualified_signer", 0, kMaxName);
  out.extra_data = sized(r, "extra_data", 0, kMaxDigest);
  out.clock_info.clock = r.u64be("clock_info.clock");
  out.clock_info.reset_count = r.u32be("clock_info.reset_count");
  out.clock_info.restart_count = r.u32be("clock_info.restart_count");
  if (const auto safe = peek(r, 1); safe && *safe > 1) {
    r.fail(Code::out_of_range, "clock_info.safe", "TPMI_YES_NO is 0 or 1");
  }
  out.clock_info.safe = r.u8("clock_info.safe") == 1;
  out.firmware_version = r.u64be("firmware_version");
  out.pcr_select = pcr_selections(r, "pcr_select");
  out.pcr_digest = sized(r, "pcr_digest", 0, kMaxDigest);
  if (auto end = r.finish(); !end) {
    return std::move(end).error();
  }
  CUPEL_TRY([[maybe_unused]] auto same, second_reading(kWhere, [&] { return agrees(in, out); }));
  return out;
}

}  // namespace cupel::tpm
