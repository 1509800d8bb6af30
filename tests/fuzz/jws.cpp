// Target: cupel::jws::parse     Max input: 256 KiB
// Seeds: evidence of tests/vectors/maa
// Property: what was accepted has one text only: its parts, written again, are the input.
#include "codec/jws.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/base64.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr std::array<std::string_view, 1> kAlgorithms = {"RS256"};
  static constexpr std::array<std::string_view, 3> kMembers = {"kid", "typ", "jku"};
  const std::string_view text = cupel::as_text({data, size});
  const auto token = cupel::jws::parse(text, {kAlgorithms, kMembers}, "fuzz");
  if (!token) {
    if (token.error().code == cupel::Code::internal) {
      __builtin_trap();
    }
    return 0;
  }
  const std::string again = token->signing_input + "." + cupel::to_base64url(token->signature);
  const std::string payload = "." + cupel::to_base64url(token->payload);
  if (again != text || !token->signing_input.ends_with(payload) || token->alg != "RS256" ||
      token->signature.empty() || token->header.find("crit") != nullptr) {
    __builtin_trap();
  }
  return 0;
}
