// Claims start from a verified report, never from a parsed one.
// refused: invalid initialization|private within this context|no matching|no viable
#include <cupel/snp.hpp>

#ifndef SHOULD_FAIL
cupel::Claims make(const cupel::Verified<cupel::snp::Report>& report) {
  return cupel::snp::claims(report);
}
#else
cupel::Claims make(const cupel::snp::Report& report) {
  return cupel::snp::claims(report);
}
#endif
