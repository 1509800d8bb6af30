// The builder of claims cannot be started without a Verified<T>.
// refused: no matching|no viable|could not convert
#include <cupel/claims.hpp>
#include <cupel/tpm.hpp>

#ifndef SHOULD_FAIL
cupel::ClaimsBuilder make(const cupel::Verified<cupel::tpm::Quote>& quote) {
  return {"tpm", quote};
}
#else
cupel::ClaimsBuilder make(const cupel::tpm::Quote& quote) {
  return {"tpm", quote};
}
#endif
