// Target: tpm::parse_attest     Max input: 4 KiB     Seeds: quote.message of
// tests/vectors/tpm Property: accepted bytes are what libtss2-mu writes for the structure it reads
// from them, so that a message has one spelling (PCR bitmaps have 1 to 4 bytes, which libtss2-mu
// keeps); and the fields are those that a second reading finds.
#include <tss2/tss2_mu.h>

#include <cupel/tpm.hpp>

#include "second_reading.hpp"

namespace {

using namespace cupel;  // NOLINT(google-build-using-namespace): a fuzz target
using fuzz::must;
using fuzz::Places;

// TPM2B: a size, and as many bytes. Gives the place behind it.
std::size_t check_sized(const Places& in, std::size_t at, const ByteVector& found) {
  must(found.size() == in.big(at, 2) && in.same(at + 2, found));
  return at + 2 + found.size();
}

std::vector<unsigned> numbers_of(Bytes bitmap) {
  std::vector<unsigned> out;
  for (unsigned i = 0; i < 8 * bitmap.size(); ++i) {
    if ((static_cast<unsigned>(bitmap[i / 8]) >> (i % 8) & 1U) != 0) {
      out.push_back(i);
    }
  }
  return out;
}

// TPMS_ATTEST (TPM 2.0 Library Part 2, 10.12.12), big-endian, every byte of it.
void check_fields(Bytes bytes, const tpm::Attest& found) {
  const Places in(bytes);
  must(in.big(0, 4) == 0xff544347 && in.big(4, 2) == 0x8018);
  std::size_t at = check_sized(in, 6, found.qualified_signer);
  at = check_sized(in, at, found.extra_data);
  must(found.clock_info.clock == in.big(at, 8));
  must(found.clock_info.reset_count == in.big(at + 8, 4));
  must(found.clock_info.restart_count == in.big(at + 12, 4));
  must((found.clock_info.safe ? 1U : 0U) == in.big(at + 16, 1));
  must(found.firmware_version == in.big(at + 17, 8));
  must(found.pcr_select.size() == in.big(at + 25, 4));
  at += 29;
  for (const tpm::PcrSelection& bank : found.pcr_select) {
    must(static_cast<std::uint64_t>(bank.bank) == in.big(at, 2));
    const auto size = static_cast<std::size_t>(in.big(at + 2, 1));
    must(numbers_of(in.at(at + 3, size)) == bank.indices);
    at += 3 + size;
  }
  must(check_sized(in, at, found.pcr_digest) == in.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes in(data, size);
  const auto attest = tpm::parse_attest(in);
  if (!attest) {
    must(attest.error().code != Code::internal);
    return 0;
  }
  check_fields(in, *attest);
  TPMS_ATTEST theirs{};
  std::size_t used = 0;
  must(Tss2_MU_TPMS_ATTEST_Unmarshal(data, size, &used, &theirs) == TSS2_RC_SUCCESS);
  ByteVector again(4096);
  std::size_t written = 0;
  must(Tss2_MU_TPMS_ATTEST_Marshal(&theirs, again.data(), again.size(), &written) ==
       TSS2_RC_SUCCESS);
  must(fuzz::same(Bytes(again).first(written), in));
  return 0;
}
