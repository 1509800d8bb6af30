// Target: cupel::tpm::parse_pcrs_serialized, parse_pcrs_marshaled, parse_pcrs_values
// Max input: 64 KiB     Seeds: PCR files of tpm2-tools; the first byte chooses the form
// Property: a second reading by the structures' places finds the same banks, registers and digests;
// values that were accepted in one form are the same when they are carried over to the
// others; no accepted list is empty or holds a digest of an impossible length.
#include <cupel/tpm.hpp>

#include "second_reading.hpp"
#include "tpm/pcrs.hpp"

namespace {

using cupel::fuzz::must;
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

// Where the fields of either form stand. tpm2-tools writes `serialized` as C structures lie in
// memory: little-endian, with all slots of an array; `marshaled` is the TPM's wire form.
class SecondReading {
 public:
  SecondReading(cupel::Bytes in, bool serialized) : in_(in), serialized_(serialized) {}

  void check(const PcrValues& found) {
    const auto banks = static_cast<std::size_t>(number(4));
    must(found.claimed && found.claimed->size() == banks);
    for (std::size_t i = 0; i < banks; ++i) {
      check_bank(found.claimed->at(i));
    }
    skip((16 - banks) * 8);  // TPMS_PCR_SELECTION: 2, 1, 4, and one for its alignment
    std::size_t next = 0;
    for (std::uint64_t lists = number(4); lists > 0; --lists) {
      const auto digests = static_cast<std::size_t>(number(4));
      for (std::size_t i = 0; i < digests; ++i) {
        const auto size = static_cast<std::size_t>(number(2));
        must(next < found.digests.size() && found.digests[next].size() == size);
        must(in_.same(at_, found.digests[next++]));
        at_ += size;
        skip(64 - size);
      }
      skip((8 - digests) * 66);
    }
    must(next == found.digests.size() && at_ == in_.size());
  }

 private:
  void check_bank(const cupel::tpm::PcrSelection& bank) {
    must(number(2) == static_cast<std::uint64_t>(bank.bank));
    const auto size = static_cast<std::size_t>(number(1));
    std::vector<unsigned> indices;
    for (unsigned i = 0; i < 8 * size; ++i) {
      if ((in_.little(at_ + i / 8, 1) >> (i % 8) & 1U) != 0) {
        indices.push_back(i);
      }
    }
    must(indices == bank.indices);
    at_ += size;
    skip(5 - size);
  }
  std::uint64_t number(std::size_t size) {
    at_ += size;
    return serialized_ ? in_.little(at_ - size, size) : in_.big(at_ - size, size);
  }
  // Slots that hold nothing; on the wire there are none.
  void skip(std::size_t size) {
    if (serialized_) {
      must(in_.zeros(at_, size));
      at_ += size;
    }
  }

  cupel::fuzz::Places in_;
  bool serialized_;
  std::size_t at_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const cupel::Bytes in = cupel::Bytes(data, size).subspan(1);
  const auto values = data[0] % 2 == 0 ? cupel::tpm::parse_pcrs_serialized(in)
                                       : cupel::tpm::parse_pcrs_marshaled(in);
  if (values.ok()) {
    SecondReading(in, data[0] % 2 == 0).check(*values);
    check(*values);
  } else if (values.error().code == cupel::Code::internal) {
    __builtin_trap();
  }
  return 0;
}
