// Target: cupel::tpm::parse_pcrs_serialized, parse_pcrs_marshaled, parse_pcrs_values
// Max input: 64 KiB     Seeds: PCR files of tpm2-tools; the first byte chooses the form
// Property: values that were accepted in one form are the same when they are carried over to the
// others; no accepted list is empty or holds a digest of an impossible length.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cupel/tpm.hpp>

#include "tpm/pcrs.hpp"

namespace {

using cupel::tpm::PcrValues;

void check(const PcrValues& values) {
  if (values.digests.empty() || !values.claimed) {
    __builtin_trap();
  }
  for (const auto& digest : values.digests) {
    if (digest.size() != 20 && digest.size() != 32 && digest.size() != 48 && digest.size() != 64) {
      __builtin_trap();
    }
  }
  const auto again = cupel::tpm::parse_pcrs_marshaled(cupel::tpm::marshal_pcrs(values));
  if (!again.ok() || again->digests != values.digests || again->claimed != values.claimed) {
    __builtin_trap();
  }
  // Where every value has its bank's length, the bare form says the same.
  std::size_t next = 0;
  bool fits = true;
  cupel::ByteVector bare;
  for (const auto& bank : *values.claimed) {
    for (std::size_t i = 0; i < bank.indices.size() && fits; ++i, ++next) {
      fits = next < values.digests.size() &&
             values.digests[next].size() == cupel::tpm::digest_size(bank.bank);
      if (fits) {
        bare.insert(bare.end(), values.digests[next].begin(), values.digests[next].end());
      }
    }
  }
  if (fits && next == values.digests.size()) {
    const auto by_selection = cupel::tpm::parse_pcrs_values(bare, *values.claimed);
    if (!by_selection.ok() || by_selection->digests != values.digests) {
      __builtin_trap();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const cupel::Bytes in = cupel::Bytes(data, size).subspan(1);
  const auto values = data[0] % 2 == 0 ? cupel::tpm::parse_pcrs_serialized(in)
                                       : cupel::tpm::parse_pcrs_marshaled(in);
  if (values.ok()) {
    check(*values);
  } else if (values.error().code == cupel::Code::internal) {
    __builtin_trap();
  }
  return 0;
}
