// A log is explained by a verified quote only.
// refused: could not convert|no matching|no viable|invalid initialization
#include <cupel/tpm.hpp>

#ifndef SHOULD_FAIL
cupel::Result<cupel::Verified<cupel::tpm::EventLog>> make(
    cupel::tpm::EventLog log, const cupel::Verified<cupel::tpm::Quote>& quote) {
  return cupel::tpm::replay(std::move(log), quote);
}
#else
cupel::Result<cupel::Verified<cupel::tpm::EventLog>> make(cupel::tpm::EventLog log,
                                                          const cupel::tpm::Quote& quote) {
  return cupel::tpm::replay(std::move(log), quote);
}
#endif
