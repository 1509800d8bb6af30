#include "tpm/pcrs.hpp"

#include <tss2/tss2_mu.h>

#include "support.hpp"

namespace cupel::tpm {
namespace {

using test::expect_error;

// A file in the serialized form, made from the tables of the C structures.
struct SerializedSpec {
  std::vector<PcrSelection> selection{{HashAlg::sha256, {0, 1, 2, 3, 4, 5, 6, 7, 15}},
                                      {HashAlg::sha1, {16}}};
  std::vector<ByteVector> digests = [] {
    std::vector<ByteVector> out;
    for (std::uint8_t i = 0; i < 9; ++i) {
      out.emplace_back(32, i);
    }
    out.emplace_back(20, 9);
    return out;
  }();

  static void le(ByteVector& out, std::size_t v, unsigned size) {
    for (unsigned i = 0; i < size; ++i) {
      out.push_back(static_cast<std::uint8_t>(v >> (8 * i)));
    }
  }

  ByteVector build() const {
    ByteVector out;
    le(out, selection.size(), 4);
    for (const PcrSelection& bank : selection) {
      std::uint32_t bits = 0;
      for (const unsigned i : bank.indices) {
        bits |= 1U << i;
      }
      le(out, static_cast<std::uint16_t>(bank.bank), 2);
      le(out, 3, 1);
      le(out, bits, 5);
    }
    out.resize(132);
    const std::size_t lists = (digests.size() + 7) / 8;
    le(out, lists, 4);
    for (std::size_t i = 0; i < lists; ++i) {
      const std::size_t start = out.size();
      le(out, std::min<std::size_t>(8, digests.size() - 8 * i), 4);
      for (std::size_t j = 8 * i; j < std::min(digests.size(), 8 * (i + 1)); ++j) {
        const std::size_t slot = out.size();
        le(out, digests[j].size(), 2);
        out.insert(out.end(), digests[j].begin(), digests[j].end());
        out.resize(slot + 66);
      }
      out.resize(start + 532);
    }
    return out;
  }
};

// The same content in the marshaled form, written by libtss2-mu.
ByteVector marshaled(const SerializedSpec& spec) {
  TPML_PCR_SELECTION selection{};
  for (const PcrSelection& bank : spec.selection) {
    TPMS_PCR_SELECTION& slot = selection.pcrSelections[selection.count++];
    slot.hash = static_cast<std::uint16_t>(bank.bank);
    slot.sizeofSelect = 3;
    for (const unsigned i : bank.indices) {
      slot.pcrSelect[i / 8] |= static_cast<std::uint8_t>(1U << (i % 8));
    }
  }
  ByteVector out(4096);
  std::size_t used = 0;
  Tss2_MU_TPML_PCR_SELECTION_Marshal(&selection, out.data(), out.size(), &used);
  const auto lists = static_cast<std::uint32_t>((spec.digests.size() + 7) / 8);
  Tss2_MU_UINT32_Marshal(lists, out.data(), out.size(), &used);
  for (std::size_t i = 0; i < lists; ++i) {
    TPML_DIGEST list{};
    for (std::size_t j = 8 * i; j < std::min(spec.digests.size(), 8 * (i + 1)); ++j) {
      TPM2B_DIGEST& slot = list.digests[list.count++];
      slot.size = static_cast<std::uint16_t>(spec.digests[j].size());
      std::copy(spec.digests[j].begin(), spec.digests[j].end(), std::begin(slot.buffer));
    }
    Tss2_MU_TPML_DIGEST_Marshal(&list, out.data(), out.size(), &used);
  }
  out.resize(used);
  return out;
}

TEST(TpmPcrs, ReadsTheSerializedForm) {
  const SerializedSpec spec;
  const auto pcrs = parse_pcrs_serialized(spec.build());
  ASSERT_TRUE(pcrs.ok()) << to_string(pcrs.error());
  EXPECT_EQ(pcrs->digests, spec.digests);
  ASSERT_TRUE(pcrs->claimed);
  EXPECT_EQ(*pcrs->claimed, spec.selection);
}

TEST(TpmPcrs, ReadsTheMarshaledForm) {
  const SerializedSpec spec;
  const auto pcrs = parse_pcrs_marshaled(marshaled(spec));
  ASSERT_TRUE(pcrs.ok()) << to_string(pcrs.error());
  EXPECT_EQ(pcrs->digests, spec.digests);
  ASSERT_TRUE(pcrs->claimed);
  EXPECT_EQ(*pcrs->claimed, spec.selection);
}

TEST(TpmPcrs, WritesTheMarshaledForm) {
  const SerializedSpec spec;
  EXPECT_EQ(marshal_pcrs({spec.digests, spec.selection}), marshaled(spec));
}

TEST(TpmPcrs, ReadsBareValuesBySignedSelection) {
  const SerializedSpec spec;
  ByteVector bare;
  for (const ByteVector& digest : spec.digests) {
    bare.insert(bare.end(), digest.begin(), digest.end());
  }
  const auto pcrs = parse_pcrs_values(bare, spec.selection);
  ASSERT_TRUE(pcrs.ok()) << to_string(pcrs.error());
  EXPECT_EQ(pcrs->digests, spec.digests);
  EXPECT_FALSE(pcrs->claimed);
  const auto parse = [&](Bytes in) { return parse_pcrs_values(in, spec.selection); };
  test::expect_exact_length(bare, parse, "tpm.pcrs.");
}

TEST(TpmPcrs, ReadsAll24RegistersOfTwoBanks) {
  SerializedSpec spec;
  std::vector<unsigned> all(24);
  for (unsigned i = 0; i < 24; ++i) {
    all[i] = i;
  }
  spec.selection = {{HashAlg::sha256, all}, {HashAlg::sha384, all}};
  spec.digests.clear();
  for (std::uint8_t i = 0; i < 48; ++i) {
    spec.digests.emplace_back(i < 24 ? 32 : 48, i);
  }
  EXPECT_EQ(parse_pcrs_serialized(spec.build())->digests, spec.digests);
  EXPECT_EQ(parse_pcrs_marshaled(marshaled(spec))->digests, spec.digests);
}

TEST(TpmPcrs, RefusesEveryPrefixAndOneByteMore) {
  test::expect_exact_length(SerializedSpec{}.build(), parse_pcrs_serialized, "tpm.pcrs");
  test::expect_exact_length(marshaled(SerializedSpec{}), parse_pcrs_marshaled, "tpm.pcrs");
}

TEST(TpmPcrs, RefusesAnythingInUnusedPlacesOfTheSerializedForm) {
  SerializedSpec spec;
  const ByteVector whole = spec.build();
  const auto changed = [&](std::size_t offset) {
    ByteVector out = whole;
    out.at(offset) = 1;
    return parse_pcrs_serialized(out);
  };
  expect_error(changed(10), Code::reserved_not_zero, "tpm.pcrs.selection.padding");
  expect_error(changed(11), Code::reserved_not_zero, "tpm.pcrs.selection.padding");
  expect_error(changed(20), Code::reserved_not_zero, "tpm.pcrs.selection.unused");
  expect_error(changed(131), Code::reserved_not_zero, "tpm.pcrs.selection.unused");
  expect_error(changed(140 + 2 + 32), Code::reserved_not_zero, "tpm.pcrs.digests.padding");
  expect_error(changed(whole.size() - 1), Code::reserved_not_zero, "tpm.pcrs.digests.unused");
}

TEST(TpmPcrs, RefusesCountsThatAreTooLarge) {
  ByteVector banks = SerializedSpec{}.build();
  banks[0] = 17;
  expect_error(parse_pcrs_serialized(banks), Code::out_of_range, "tpm.pcrs.selection.count");
  ByteVector lists = SerializedSpec{}.build();
  lists[135] = 0xff;
  expect_error(parse_pcrs_serialized(lists), Code::out_of_range, "tpm.pcrs.list_count");
  ByteVector digests = SerializedSpec{}.build();
  digests[136] = 9;
  expect_error(parse_pcrs_serialized(digests), Code::out_of_range, "tpm.pcrs.digests.count");
}

TEST(TpmPcrs, RefusesEmptyLists) {
  ByteVector none = SerializedSpec{}.build();
  none[132] = 0;
  expect_error(parse_pcrs_serialized(none), Code::missing_field, "tpm.pcrs.list_count");
  ByteVector empty = SerializedSpec{}.build();
  empty[136] = 0;
  expect_error(parse_pcrs_serialized(empty), Code::missing_field, "tpm.pcrs.digests.count");
  SerializedSpec spec;
  spec.digests.clear();
  expect_error(parse_pcrs_marshaled(marshaled(spec)), Code::missing_field, "tpm.pcrs.list_count");
}

TEST(TpmPcrs, RefusesDigestsOfNoKnownLength) {
  ByteVector serialized = SerializedSpec{}.build();
  for (const int size : {0, 1, 31, 33, 65}) {
    serialized[140] = static_cast<std::uint8_t>(size);
    expect_error(parse_pcrs_serialized(serialized), Code::bad_length, "tpm.pcrs.digests.size");
  }
  SerializedSpec spec;
  spec.digests[3] = ByteVector(31, 1);
  expect_error(parse_pcrs_marshaled(marshaled(spec)), Code::bad_length, "tpm.pcrs.digests.size");
}

TEST(TpmPcrs, RefusesUnknownAndRepeatedBanks) {
  ByteVector unknown = SerializedSpec{}.build();
  unknown[4] = 0x27;
  const auto result = parse_pcrs_serialized(unknown);
  expect_error(result, Code::unsupported_algorithm, "tpm.pcrs.selection.hash");
  EXPECT_EQ(result.error().offset, 4U);
  SerializedSpec twice;
  twice.selection[1].bank = HashAlg::sha256;
  expect_error(parse_pcrs_serialized(twice.build()), Code::duplicate_field,
               "tpm.pcrs.selection.hash");
  expect_error(parse_pcrs_marshaled(marshaled(twice)), Code::duplicate_field,
               "tpm.pcrs.selection.hash");
}

TEST(TpmPcrs, RefusesRegistersAbove23) {
  ByteVector high = SerializedSpec{}.build();
  high[6] = 4;
  high[10] = 1;
  expect_error(parse_pcrs_serialized(high), Code::out_of_range, "tpm.pcrs.selection.pcr_select");
  ByteVector size = SerializedSpec{}.build();
  size[6] = 5;
  expect_error(parse_pcrs_serialized(size), Code::out_of_range, "tpm.pcrs.selection.sizeof_select");
  size[6] = 0;
  expect_error(parse_pcrs_serialized(size), Code::out_of_range, "tpm.pcrs.selection.sizeof_select");
}

TEST(TpmPcrs, RefusesWhatIsTooLarge) {
  const ByteVector large(64 * 1024 + 1, 0);
  expect_error(parse_pcrs_serialized(large), Code::too_large, "tpm.pcrs");
  expect_error(parse_pcrs_marshaled(large), Code::too_large, "tpm.pcrs");
  expect_error(parse_pcrs_values(large, {}), Code::too_large, "tpm.pcrs");
}

TEST(TpmPcrs, NeverTakesOneFormForAnother) {
  const SerializedSpec spec;
  EXPECT_FALSE(parse_pcrs_marshaled(spec.build()).ok());
  EXPECT_FALSE(parse_pcrs_serialized(marshaled(spec)).ok());
}

}  // namespace
}  // namespace cupel::tpm
