// Target: cupel::jwks::parse, cupel::crypto::KeySet::parse     Max input: 64 KiB
// Seeds: key sets of tests/vectors/maa
// Property: in what was accepted every key has a name of its own and is found by it.
#include "codec/jwks.hpp"

#include <cstddef>
#include <cstdint>

#include "crypto/key_set.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = cupel::as_text({data, size});
  const auto keys = cupel::jwks::parse(text, "fuzz");
  const auto set = cupel::crypto::KeySet::parse(text, "fuzz");
  if (!keys) {
    if (keys.error().code == cupel::Code::internal || set.ok()) {
      __builtin_trap();
    }
    return 0;
  }
  if (!set) {
    return 0;
  }
  if (set->keys().empty() || keys->size() < set->keys().size()) {
    __builtin_trap();
  }
  for (const cupel::crypto::SetKey& key : set->keys()) {
    if (key.kid.empty() || set->find(key.kid) != &key) {
      __builtin_trap();
    }
  }
  return 0;
}
