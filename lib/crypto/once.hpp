// What holds for good once it was found to hold: ask the caller's cache first, remember afterwards.
#pragma once

#include <cupel/result.hpp>
#include <cupel/trust.hpp>

namespace cupel::crypto {

/// `check()`, left out where `cache` (optional) remembers that it succeeded. `object` and `key` are
/// SHA-256, as in ChainCache::contains; what is checked must follow from the two alone, whatever
/// the time, the anchors and the policy are. A failure is never remembered.
template <typename Check>
Result<Unit> once(ChainCache* cache, const Sha256Digest& object, const Sha256Digest& key,
                  const Check& check) {
  if (cache != nullptr && cache->contains(object, key)) {
    return Unit{};
  }
  Result<Unit> outcome = check();
  if (outcome && cache != nullptr) {
    cache->remember(object, key);
  }
  return outcome;
}

}  // namespace cupel::crypto
