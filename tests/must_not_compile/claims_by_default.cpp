// There are no claims without evidence.
// refused: private
#include <cupel/claims.hpp>

#ifndef SHOULD_FAIL
const std::string& read(const cupel::Claims& claims) {
  return claims.family();
}
#else
cupel::Claims make() {
  return cupel::Claims();
}
#endif
