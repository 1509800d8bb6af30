// A result is not silently a yes.
// refused: cannot convert|no viable conversion
#include <cupel/tpm.hpp>

#ifndef SHOULD_FAIL
bool check(cupel::Bytes bytes) {
  return cupel::tpm::parse_attest(bytes).ok();
}
#else
bool check(cupel::Bytes bytes) {
  return cupel::tpm::parse_attest(bytes);
}
#endif
