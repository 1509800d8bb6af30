// Claims start from a verified quote, never from a parsed one.
// refused: private within this context|is a private member|no matching|no viable
#include <cupel/tpm.hpp>

#ifndef SHOULD_FAIL
cupel::Claims make(const cupel::Verified<cupel::tpm::Quote>& quote) {
  return cupel::tpm::claims(quote);
}
#else
cupel::Claims make(const cupel::tpm::Quote& quote) {
  return cupel::tpm::claims(quote);
}
#endif
