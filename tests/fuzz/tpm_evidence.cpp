// Target: cupel::tpm::parse_evidence, to_json, evaluate     Max input: 1 MiB
// Seeds: evidence.bin of tests/vectors/tpm
// Property: to_json() of what was read is read as the same, and writes the same again; nothing is
// ever accepted without an anchor.
#include <cstddef>
#include <cstdint>
#include <cupel/tpm.hpp>

namespace {

using cupel::tpm::Evidence;

bool same(const Evidence& a, const Evidence& b) {
  const auto& pa = a.quote.pcrs;
  const auto& pb = b.quote.pcrs;
  const bool pcrs = pa.has_value() == pb.has_value() &&
                    (!pa || (pa->digests == pb->digests && pa->claimed == pb->claimed));
  const bool logs = a.event_log.has_value() == b.event_log.has_value() &&
                    (!a.event_log || a.event_log->raw == b.event_log->raw);
  return pcrs && logs && a.quote.message == b.quote.message &&
         a.quote.signature_bytes == b.quote.signature_bytes &&
         a.quote.signature.scheme == b.quote.signature.scheme &&
         a.quote.signature.hash == b.quote.signature.hash &&
         a.quote.signature.rsa == b.quote.signature.rsa && a.ak_certificates == b.ak_certificates &&
         a.ak_public == b.ak_public && a.webserver_rootca == b.webserver_rootca &&
         a.application_disk_roothash == b.application_disk_roothash;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const cupel::Bytes in(data, size);
  const auto evidence = cupel::tpm::parse_evidence(in);
  if (!evidence) {
    if (evidence.error().code == cupel::Code::internal) {
      __builtin_trap();
    }
    return 0;
  }
  const std::string text = cupel::tpm::to_json(*evidence);
  const auto again = cupel::tpm::parse_evidence(cupel::as_bytes(text));
  if (!again.ok() || !same(*evidence, *again) || cupel::tpm::to_json(*again) != text) {
    __builtin_trap();
  }
  const cupel::VerifyContext nobody{cupel::UnixTime(1'700'000'000), cupel::TrustAnchors({})};
  if (cupel::tpm::evaluate(in, {}, nobody).ok()) {
    __builtin_trap();
  }
  return 0;
}
