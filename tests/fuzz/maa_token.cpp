// Target: cupel::maa::parse_evidence, cupel::maa::evaluate     Max input: 256 KiB
// Seeds: token.jwt of tests/vectors/maa
// Property: a parsed token has an issuer and names every claim once; nothing is ever accepted
// without somebody to trust.
#include <cstddef>
#include <cstdint>
#include <cupel/evidence.hpp>
#include <cupel/maa.hpp>
#include <set>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const cupel::Bytes in(data, size);
  const auto token = cupel::maa::parse_evidence(in);
  if (!token) {
    if (token.error().code == cupel::Code::internal) {
      __builtin_trap();
    }
    return 0;
  }
  std::set<std::string> names;
  for (const auto& [name, value] : token->claims()) {
    const cupel::ClaimDef* def = cupel::find_claim_def(name);
    if (!names.insert(name).second || def == nullptr ||
        (!def->open && def->type != cupel::type_of(value))) {
      __builtin_trap();
    }
  }
  if (!token->issuer().starts_with("https://") || !names.contains("maa.iss") || token->key) {
    __builtin_trap();
  }
  const cupel::VerifyContext nobody{token->not_before(), cupel::TrustAnchors({})};
  if (cupel::maa::evaluate(in, {}, nobody).ok()) {
    __builtin_trap();
  }
  return 0;
}
