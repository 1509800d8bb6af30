// A number is not silently a time.
// refused: could not convert|no viable|explicit
#include <cupel/time.hpp>

#ifndef SHOULD_FAIL
cupel::UnixTime make() {
  return cupel::UnixTime(1);
}
#else
cupel::UnixTime make() {
  return 1;
}
#endif
