// A verification without a time does not compile.
// refused: UnixTime|could not convert
#include <cupel/trust.hpp>

#ifndef SHOULD_FAIL
cupel::VerifyContext make(cupel::TrustAnchors anchors) {
  return {.now = cupel::UnixTime(0), .anchors = std::move(anchors)};
}
#else
cupel::VerifyContext make(cupel::TrustAnchors anchors) {
  return {.anchors = std::move(anchors)};
}
#endif
