// Target: cupel::pem::parse, cupel::pem::dump     Max input: 64 KiB
// Seeds: tests/vectors (anchors.pem)
// Property: blocks that were accepted, written anew, parse to the same blocks; and accepted text
// looks like PEM.
#include "codec/pem.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr std::array<std::string_view, 3> kLabels = {"CERTIFICATE", "X509 CRL",
                                                              "PUBLIC KEY"};
  const cupel::Bytes in(data, size);
  const auto blocks = cupel::pem::parse(cupel::as_text(in), kLabels, "fuzz");
  if (!blocks) {
    if (blocks.error().code == cupel::Code::internal ||
        (blocks.error().offset != cupel::kNoOffset && blocks.error().offset > size)) {
      __builtin_trap();
    }
    return 0;
  }
  if (!cupel::pem::looks_like(in)) {
    __builtin_trap();
  }
  std::string text;
  for (const cupel::pem::Block& block : *blocks) {
    text += cupel::pem::dump(block.label, block.der);
  }
  const auto again = cupel::pem::parse(text, kLabels, "fuzz");
  if (!again || again->size() != blocks->size()) {
    __builtin_trap();
  }
  for (std::size_t i = 0; i < blocks->size(); ++i) {
    if (again->at(i).label != blocks->at(i).label || again->at(i).der != blocks->at(i).der) {
      __builtin_trap();
    }
  }
  return 0;
}
