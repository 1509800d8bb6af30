// Target: cupel::crypto::Certificate::from_der, extension, verify_chain     Max input: 64 KiB
// Seeds: tests/vectors (DER certificates)
// Property: accepted DER is kept verbatim, its key loads again from its SubjectPublicKeyInfo, and a
// certificate that nobody anchored is never trusted.
#include <cstddef>
#include <cstdint>

#include "crypto/chain.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cupel;  // NOLINT(google-build-using-namespace): a fuzz target
  const Bytes in(data, size);
  const auto certificate = crypto::Certificate::from_der(in, "fuzz");
  if (!certificate) {
    if (certificate.error().code == Code::internal) {
      __builtin_trap();
    }
    return 0;
  }
  if (certificate->der() != to_vector(in) || certificate->sha256() != crypto::sha256(in)) {
    __builtin_trap();
  }
  const auto key = crypto::PublicKey::from_spki(certificate->public_key().spki(), "fuzz");
  if (!key || key->spki_sha256() != certificate->public_key().spki_sha256()) {
    __builtin_trap();
  }
  (void)certificate->extension("2.5.29.17");
  (void)certificate->has_extended_key_usage("2.23.133.8.3");
  // Among its own helpers, and with an anchor that is somebody else.
  Sha256Digest other{};
  const VerifyContext context{
      certificate->not_before(),
      TrustAnchors({Anchor{"other", Anchor::Of::certificate, other, kNoEnd, "nobody"}})};
  const std::vector<crypto::Certificate> helpers = {*certificate, *certificate};
  if (crypto::verify_chain(*certificate, helpers, {}, context,
                           {.where = "fuzz", .leaf_may_be_ca = true})
          .ok()) {
    __builtin_trap();
  }
  return 0;
}
