// A token's structure, and its claims by name. Nothing here believes anything.
#include "maa/token.hpp"

#include <array>

#include "base/issuer.hpp"
#include "codec/flatten.hpp"
#include "maa/rows.hpp"

namespace cupel::maa {
namespace {

constexpr std::string_view kPayload = "maa.payload";
constexpr std::array<std::string_view, 1> kAlgorithms = {"RS256"};
constexpr std::array<std::string_view, 3> kHeaderMembers = {"kid", "typ", "jku"};

// What the library says itself has names below these; a token's claim of such a name is written in
// a way that cannot be mistaken for it.
constexpr std::array<std::string_view, 3> kReserved = {"signer", "runtime_key", "policy_signer"};

std::string claim_name(const std::string& path) {
  for (const std::string_view reserved : kReserved) {
    const bool below =
        path.starts_with(reserved) &&
        (path.size() == reserved.size() ||
         std::string_view(".[{").find(path[reserved.size()]) != std::string_view::npos);
    if (below) {
      constexpr std::string_view kHex = "0123456789abcdef";
      const auto first = static_cast<unsigned char>(path.front());
      return std::string("maa.\\x") + kHex[first >> 4U] + kHex[first & 0x0fU] + path.substr(1);
    }
  }
  return "maa." + path;
}

std::string payload_place(const std::string& path) {
  return std::string(kPayload) + "." + path;
}

ClaimValue open_value(const json::Value& leaf) {
  if (const bool* flag = leaf.boolean()) {
    return *flag;
  }
  if (const std::uint64_t* number = leaf.unsigned_integer()) {
    return *number;
  }
  return *leaf.string();
}

// CHECK maa-03
Result<Unit> read_claims(Token::State& state) {
  json::Flat flat = json::flatten(state.payload);
  if (flat.too_large) {
    return Error{Code::too_large, std::string(kPayload), kNoOffset,
                 "the names of its members are longer, put together, than can be read", "maa-03"};
  }
  state.left_out = std::move(flat.left_out);
  for (auto& [path, leaf] : flat.leaves) {
    std::string name = claim_name(path);
    if (path.ends_with("{}") || path.ends_with("[]")) {
      const Row* plain = find_row(std::string_view(name).substr(0, name.size() - 2));
      if (plain != nullptr && !plain->guest) {
        return Error{Code::bad_encoding, payload_place(path.substr(0, path.size() - 2)), kNoOffset,
                     "expected " + std::string(to_string(plain->def.type)) + ", found a container",
                     "maa-03"};
      }
    }
    const Row* row = find_row(name);
    if (row == nullptr) {
      state.claims.emplace_back(std::move(name), open_value(leaf));
      continue;
    }
    Result<ClaimValue> value = read_value(*row, leaf, payload_place(path));
    if (value) {
      state.claims.emplace_back(std::move(name), std::move(value).value());
    } else if (row->guest) {
      state.left_out.push_back(path);
    } else {
      return failed("maa-03", std::move(value).error());
    }
  }
  for (const std::string& path : state.left_out) {
    const Row* row = find_row(claim_name(path));
    if (row != nullptr && !row->guest) {
      return Error{Code::bad_encoding, payload_place(path), kNoOffset,
                   "expected " + std::string(to_string(row->def.type)), "maa-03"};
    }
  }
  return Unit{};
}

Result<UnixTime> time(json::ObjectReader& reader, std::string_view name) {
  const json::Value* value = reader.required(name);
  if (value == nullptr) {
    return failed("maa-03", reader.finish().error());
  }
  auto read = read_value(*find_row("maa." + std::string(name)), *value, reader.path(name));
  if (!read) {
    return failed("maa-03", std::move(read).error());
  }
  return std::get<UnixTime>(*read);
}

Result<std::string> text(json::ObjectReader& reader, std::string_view name) {
  std::string out = reader.string(name);
  if (!reader.ok()) {
    return failed("maa-03", reader.finish().error());
  }
  return out;
}

Result<Unit> judge_header(const Token::State& state) {
  const auto& jku = state.compact.jku;
  // The service always says where its keys are. It is never asked there; but a token that says
  // another place is not one of this issuer.
  if (jku && *jku != state.issuer + "/certs") {
    return Error{Code::key_mismatch, "maa.header.jku", kNoOffset,
                 "not the address of the issuer's own keys", "maa-02"};
  }
  return Unit{};
}

Result<jws::Compact> read_compact(std::string_view compact) {
  auto read = jws::parse(compact, {kAlgorithms, kHeaderMembers}, "maa");
  if (read) {
    return read;
  }
  // CHECK maa-02
  if (read.error().code == Code::unknown_field) {
    return failed("maa-02", std::move(read).error());
  }
  return failed("maa-01", std::move(read).error());  // CHECK maa-01
}

}  // namespace

const std::string& Token::kid() const noexcept {
  return state_->kid;
}
const std::string& Token::issuer() const noexcept {
  return state_->issuer;
}
UnixTime Token::issued_at() const noexcept {
  return state_->issued_at;
}
UnixTime Token::not_before() const noexcept {
  return state_->not_before;
}
UnixTime Token::expires() const noexcept {
  return state_->expires;
}
const std::string& Token::attestation_type() const noexcept {
  return state_->attestation_type;
}
const std::vector<std::pair<std::string, ClaimValue>>& Token::claims() const noexcept {
  return state_->claims;
}
const std::vector<std::string>& Token::left_out() const noexcept {
  return state_->left_out;
}
const std::string& Token::payload() const noexcept {
  return state_->payload_text;
}

Result<Token> parse(std::string_view compact) {
  CUPEL_TRY(jws::Compact read, read_compact(compact));
  Token::State state{std::move(read), {},          {},          {}, {}, {},
                     UnixTime(0),     UnixTime(0), UnixTime(0), {}, {}};
  if (!state.compact.kid) {
    return Error{Code::missing_field, "maa.header.kid", kNoOffset, "the token names no key",
                 "maa-01"};
  }
  state.kid = *state.compact.kid;
  state.payload_text = std::string(as_text(state.compact.payload));
  auto payload = json::parse(state.payload_text, kPayload, {.max_size = jws::kMaxToken});
  if (!payload) {
    return failed("maa-03", std::move(payload).error());
  }
  state.payload = std::move(payload).value();
  json::ObjectReader reader(state.payload, std::string(kPayload));
  CUPEL_TRY(const std::string version, text(reader, "x-ms-ver"));
  // CHECK maa-05
  if (version != "1.0") {
    return Error{Code::unsupported_version, "maa.payload.x-ms-ver", kNoOffset,
                 "claims of a version other than 1.0", "maa-05"};
  }
  CUPEL_TRY(state.issuer, text(reader, "iss"));
  // CHECK maa-04
  if (!canonical_issuer(state.issuer)) {
    return Error{Code::out_of_range, "maa.payload.iss", kNoOffset,
                 "not https:// and a host name in lower case, without path or final slash",
                 "maa-04"};
  }
  CUPEL_TRY(state.attestation_type, text(reader, "x-ms-attestation-type"));
  CUPEL_TRY(state.issued_at, time(reader, "iat"));
  CUPEL_TRY(state.not_before, time(reader, "nbf"));
  CUPEL_TRY(state.expires, time(reader, "exp"));
  CUPEL_TRY([[maybe_unused]] auto header, judge_header(state));
  CUPEL_TRY([[maybe_unused]] auto claims, read_claims(state));
  return Token(std::make_shared<const Token::State>(std::move(state)));
}

Result<std::string> token_text(Bytes evidence) {
  std::string_view all = as_text(evidence);
  if (!all.starts_with('{')) {
    if (all.ends_with('\n')) {
      all.remove_suffix(1);  // as `jq -r .token` and most editors end a file
    }
    return std::string(all);
  }
  CUPEL_TRY(const json::Value document, json::parse(all, "maa.evidence"));
  json::ObjectReader reader(document, "maa.evidence");
  std::string out = reader.string("token");
  CUPEL_TRY([[maybe_unused]] auto done, reader.finish());
  return out;
}

Result<Token> parse_evidence(Bytes evidence) {
  CUPEL_TRY(const std::string compact, token_text(evidence));
  return parse(compact);
}

}  // namespace cupel::maa
