// Target: cupel::snp::parse_certificate_table     Max input: 64 KiB
// Seeds: tables of tests/vectors/snp
// Property: what is accepted holds no more bytes than there were, and is the same when zeros
// follow.
#include <cstddef>
#include <cstdint>
#include <cupel/snp.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const cupel::Bytes in(data, size);
  const auto table = cupel::snp::parse_certificate_table(in);
  if (!table) {
    return 0;
  }
  std::size_t held = 0;
  for (const auto* list : {&table->certificates, &table->crls}) {
    for (const auto& one : *list) {
      held += one.size();
    }
  }
  cupel::ByteVector longer = cupel::to_vector(in);
  longer.push_back(0);
  const auto again = cupel::snp::parse_certificate_table(longer);
  const bool at_limit = size == 64U << 10U;
  if (held > size || (!at_limit && (!again.ok() || again->certificates != table->certificates ||
                                    again->crls != table->crls))) {
    __builtin_trap();
  }
  return 0;
}
