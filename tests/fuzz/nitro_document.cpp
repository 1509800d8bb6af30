// Target: cupel::nitro::parse, describe, needed, evaluate     Max input: 32 KiB
// Seeds: evidence of tests/vectors/nitro
// Property: what is accepted keeps the CDDL's limits and its bytes; all readers agree on what is a
// document; nothing that was not signed is authentic.
#include <cstddef>
#include <cstdint>
#include <cupel/evidence.hpp>
#include <cupel/nitro.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cupel;
  const Bytes in(data, size);
  const auto document = nitro::parse(in);
  const auto described = describe("nitro", in);
  if (document.ok() != described.ok()) {
    __builtin_trap();
  }
  // A time at which no certificate of the seeds is valid, and roots that are not theirs.
  const VerifyContext context{UnixTime(0), nitro::vendor_anchors()};
  if (nitro::evaluate(in, {}, context).ok()) {
    __builtin_trap();
  }
  if (!document) {
    if (document.error().code == Code::internal || document.error().check.empty()) {
      __builtin_trap();
    }
    return 0;
  }
  (void)nitro::needed(*document);
  const auto fits = [](const std::optional<ByteVector>& field) {
    return !field || field->size() <= 1024;
  };
  bool good = document->raw == to_vector(in) && !document->module_id.empty() &&
              document->timestamp_ms != 0 && !document->pcrs.empty() &&
              !document->cabundle.empty() && fits(document->public_key) &&
              fits(document->user_data) && fits(document->nonce);
  for (const auto& [index, value] : document->pcrs) {
    good = good && index < nitro::kPcrCount &&
           (value.size() == 32 || value.size() == 48 || value.size() == 64);
  }
  if (!good) {
    __builtin_trap();
  }
  return 0;
}
