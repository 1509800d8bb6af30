// What was parsed cannot be appraised; what was verified can.
// refused: could not convert|no matching|no viable|invalid initialization
#include <cupel/tpm.hpp>
#include <cupel/verdict.hpp>

#ifndef SHOULD_FAIL
cupel::Verdict judge(const cupel::Verified<cupel::tpm::Quote>& quote, const cupel::Policy& policy,
                     cupel::UnixTime now) {
  return cupel::appraise(cupel::tpm::claims(quote), policy, {.now = now});
}
#else
cupel::Verdict judge(const cupel::tpm::Evidence& evidence, const cupel::Policy& policy,
                     cupel::UnixTime now) {
  return cupel::appraise(evidence, policy, {.now = now});
}
#endif
