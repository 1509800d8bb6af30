// Only an acceptance makes a pin.
// refused: private
#include <cupel/verdict.hpp>

#ifndef SHOULD_FAIL
cupel::Result<cupel::TlsPin> make(const cupel::Acceptance& acceptance) {
  return acceptance.pin();
}
#else
cupel::TlsPin make() {
  return cupel::TlsPin(cupel::TlsPin::Kind::spki_sha256, cupel::Sha256Digest{}, {}, cupel::kNoEnd);
}
#endif
