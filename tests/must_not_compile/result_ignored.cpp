// A result that is thrown away is an error.
// refused: unused-result
#include <cupel/tpm.hpp>

#ifndef SHOULD_FAIL
bool check(cupel::Bytes bytes) {
  return cupel::tpm::parse_attest(bytes).ok();
}
#else
void check(cupel::Bytes bytes) {
  cupel::tpm::parse_attest(bytes);
}
#endif
