// The place where pins are made is the appraiser's alone.
// refused: private
#include <cupel/verdict.hpp>

#ifndef SHOULD_FAIL
cupel::Result<cupel::TlsPin> make(const cupel::Acceptance& acceptance) {
  return acceptance.pin();
}
#else
cupel::TlsPin make() {
  return cupel::Acceptance::make_pin(cupel::TlsPin::Kind::spki_sha256, {}, {}, cupel::kNoEnd);
}
#endif
