// There is no default time: it would be 1970.
// refused: no matching|no default|default constructor|could not convert
#include <cupel/time.hpp>

#ifndef SHOULD_FAIL
cupel::UnixTime make() {
  return cupel::UnixTime(0);
}
#else
cupel::UnixTime make() {
  return {};
}
#endif
