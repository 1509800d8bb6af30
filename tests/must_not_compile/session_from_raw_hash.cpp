// A session is opened with a policy, never with a hash from somewhere.
// refused: no matching|could not convert|no viable|cannot convert
#include <cupel/session.hpp>

#ifndef SHOULD_FAIL
cupel::Result<cupel::AttestedSession> open(const cupel::Policy& policy) {
  return cupel::AttestedSession::connect({.api_url = "https://llm.example", .policy = policy});
}
#else
cupel::Result<cupel::AttestedSession> open(const cupel::Sha256Digest& pin) {
  return cupel::AttestedSession::connect(pin);
}
#endif
