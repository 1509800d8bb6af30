// Target: cupel::maa::parse_evidence, cupel::maa::evaluate     Max input: 256 KiB
// Seeds: token.jwt of tests/vectors/maa
// Property: a second reader of base64url and JSON finds the same header and payload; every claim is
// a member that stands there, every member is a claim or is listed as left out, and each is named
// once; nothing is ever accepted without somebody to trust.
#include <cupel/evidence.hpp>
#include <cupel/maa.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "second_reading.hpp"

namespace {

using namespace cupel;  // NOLINT(google-build-using-namespace): a fuzz target
using fuzz::must;
using Json = nlohmann::json;

// The token in a service's document: bare, or the member "token".
std::string token_text(Bytes in) {
  const Json document = Json::parse(as_text(in), nullptr, false);
  return document.is_object() ? document.at("token").get<std::string>() : std::string(as_text(in));
}

// Members by their paths as lib/maa/README.md names them. Nothing for a name that would have to be
// escaped in a path: such a token is compared by the number of its members alone.
bool flatten(const Json& value, const std::string& path, std::map<std::string, Json>& out) {
  if (!value.is_structured()) {
    out.emplace(path, value);
    return true;
  }
  if (!path.empty()) {
    out.emplace(path + (value.is_object() ? "{}" : "[]"), value.size());
  }
  bool plain = true;
  std::size_t index = 0;
  for (const auto& [name, member] : value.items()) {
    const bool array = value.is_array();
    plain = plain && (array || (!name.empty() && std::ranges::all_of(name, [](char c) {
                        return c > ' ' && c < '\x7f' &&
                               std::string_view(".[]{}\\").find(c) == std::string_view::npos;
                      })));
    const std::string step =
        array ? "[" + std::to_string(index++) + "]" : (path.empty() ? "" : ".") + name;
    plain = flatten(member, path + step, out) && plain;
  }
  return plain;
}

// A claim has the member's value, or one that the member spells (a time, bytes as text).
bool same_value(const Json& member, const ClaimValue& value) {
  if (const bool* flag = std::get_if<bool>(&value)) {
    return member == *flag;
  }
  if (const auto* number = std::get_if<std::uint64_t>(&value)) {
    return member == *number;
  }
  if (const auto* text = std::get_if<std::string>(&value)) {
    return member == *text;
  }
  if (const auto* time = std::get_if<UnixTime>(&value)) {
    return member == time->seconds();
  }
  const auto* bytes = std::get_if<ByteVector>(&value);
  if (bytes == nullptr || !member.is_string()) {
    return false;
  }
  const std::string text = member.get<std::string>();
  const bool hex = text.size() == 2 * bytes->size() && text.size() % 2 == 0 &&
                   text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
  return (hex && fuzz::hex_digits(text) == *bytes) || fuzz::base64_digits(text) == *bytes;
}

void check_claims(const Json& payload, const maa::Token& token) {
  std::map<std::string, Json> members;
  const bool plain = flatten(payload, "", members);
  std::set<std::string> names;
  for (const auto& [name, value] : token.claims()) {
    const ClaimDef* def = find_claim_def(name);
    must(names.insert(name).second && def != nullptr);
    must(def->open || def->type == type_of(value));
    // What the library says itself has names of its own, which a token's are kept apart from.
    if (plain && !name.starts_with("maa.\\x")) {
      const auto member = members.find(name.substr(4));
      must(name.starts_with("maa.") && member != members.end());
      must(same_value(member->second, value));
    }
  }
  const std::set<std::string> left_out(token.left_out().begin(), token.left_out().end());
  must(left_out.size() == token.left_out().size());
  must(members.size() == names.size() + left_out.size() || !plain);
  must(names.contains("maa.iss"));
}

void check_token(Bytes in, const maa::Token& token) {
  const std::string text = token_text(in);
  const std::size_t first = text.find('.');
  const std::size_t second = text.find('.', first + 1);
  must(second != std::string::npos);
  const auto part = [&](std::size_t from, std::size_t to) {
    const ByteVector bytes = fuzz::base64_digits(std::string_view(text).substr(from, to - from));
    return std::string(as_text(bytes));
  };
  const Json header = Json::parse(part(0, first), nullptr, false);
  must(header.at("alg") == "RS256" && header.at("kid") == token.kid());
  must(part(first + 1, second) == token.payload());
  const Json payload = Json::parse(token.payload(), nullptr, false);
  must(payload.at("iss") == token.issuer() && token.issuer().starts_with("https://"));
  must(payload.at("iat") == token.issued_at().seconds());
  must(payload.at("nbf") == token.not_before().seconds());
  must(payload.at("exp") == token.expires().seconds());
  must(payload.at("x-ms-attestation-type") == token.attestation_type());
  must(payload.at("x-ms-ver") == "1.0" && !token.key);
  check_claims(payload, token);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes in(data, size);
  const auto token = maa::parse_evidence(in);
  if (!token) {
    must(token.error().code != Code::internal);
    return 0;
  }
  check_token(in, *token);
  const VerifyContext nobody{token->not_before(), TrustAnchors({})};
  must(!maa::evaluate(in, {}, nobody).ok());
  return 0;
}
