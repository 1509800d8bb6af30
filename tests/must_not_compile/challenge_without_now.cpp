// An appraisal without a time does not compile.
// refused: UnixTime|could not convert
#include <cupel/verdict.hpp>

#ifndef SHOULD_FAIL
cupel::Challenge make(cupel::ByteVector nonce) {
  return {.now = cupel::UnixTime(0), .nonce = nonce};
}
#else
cupel::Challenge make(cupel::ByteVector nonce) {
  return {.nonce = nonce};
}
#endif
