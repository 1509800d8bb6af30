// Only verify() seals.
// refused: private
#include <cupel/tpm.hpp>

#ifndef SHOULD_FAIL
const cupel::tpm::Quote& read(const cupel::Verified<cupel::tpm::Quote>& quote) {
  return *quote;
}
#else
cupel::Verified<cupel::tpm::Quote> make(cupel::tpm::Quote quote) {
  return cupel::Verified<cupel::tpm::Quote>(std::move(quote), cupel::Assurance{});
}
#endif
