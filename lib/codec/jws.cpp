#include "codec/jws.hpp"

#include <algorithm>
#include <array>

#include "base/base64.hpp"

namespace cupel::jws {
namespace {

std::string place(std::string_view where, std::string_view part) {
  return std::string(where) + "." + std::string(part);
}

// The three parts of "header.payload.signature".
Result<std::array<std::string_view, 3>> split(std::string_view text, std::string_view where) {
  const auto bad = [&](std::size_t offset, std::string detail) {
    return Error{Code::bad_encoding, place(where, "token"), offset, std::move(detail)};
  };
  const std::size_t first = text.find('.');
  if (first == std::string_view::npos) {
    return bad(text.size(), "no dot: a token has a header, a payload and a signature");
  }
  const std::size_t second = text.find('.', first + 1);
  if (second == std::string_view::npos) {
    return bad(text.size(), "only two parts: a token has a header, a payload and a signature");
  }
  if (const std::size_t third = text.find('.', second + 1); third != std::string_view::npos) {
    return bad(third, "more than three parts: not a signed token in compact form");
  }
  return std::array{text.substr(0, first), text.substr(first + 1, second - first - 1),
                    text.substr(second + 1)};
}

Result<Unit> known_members(const json::Value& header, const Rules& rules,
                           const std::string& where) {
  const json::ObjectReader names(header, where);
  for (const auto& [name, value] : *header.object()) {
    const bool allowed =
        name == "alg" || (name != "crit" && std::find(rules.members.begin(), rules.members.end(),
                                                      name) != rules.members.end());
    if (!allowed) {
      return Error{Code::unknown_field, names.path(name), kNoOffset,
                   "a header member that nothing here understands, or that nobody may choose"};
    }
  }
  return Unit{};
}

Result<Unit> read_header(Compact& out, const Rules& rules, const std::string& where) {
  if (out.header.object() == nullptr) {
    return Error{Code::bad_encoding, where, kNoOffset,
                 "expected an object, found " + std::string(out.header.type_name())};
  }
  json::ObjectReader reader(out.header, where);
  out.alg = reader.string("alg");
  if (reader.ok() && std::find(rules.algorithms.begin(), rules.algorithms.end(), out.alg) ==
                         rules.algorithms.end()) {
    reader.fail(Code::unsupported_algorithm, "alg",
                out.alg == "none" ? "an unsigned token" : "not an algorithm that is accepted here");
  }
  // An algorithm that is not ours says most about a token, so it is named first.
  if (!reader.ok()) {
    return reader.finish();
  }
  CUPEL_TRY([[maybe_unused]] auto known, known_members(out.header, rules, where));
  out.kid = reader.optional_string("kid");
  out.typ = reader.optional_string("typ");
  out.jku = reader.optional_string("jku");
  if (reader.ok() && out.kid && (out.kid->empty() || out.kid->size() > kMaxKid)) {
    reader.fail(Code::out_of_range, "kid", "empty, or longer than 512 bytes");
  }
  if (reader.ok() && out.typ && *out.typ != "JWT") {
    reader.fail(Code::out_of_range, "typ", "another kind of token than JWT");
  }
  // Allowed members that are not read here are the caller's.
  for (const std::string_view name : rules.members) {
    reader.optional(name);
  }
  return reader.finish();
}

}  // namespace

Result<Compact> parse(std::string_view text, const Rules& rules, std::string_view where) {
  if (text.size() > kMaxToken) {
    return Error{Code::too_large, place(where, "token"), kMaxToken, "a token of more than 256 KiB"};
  }
  CUPEL_TRY(const auto parts, split(text, where));
  const auto& [header, payload, signature] = parts;
  const std::string header_place = place(where, "header");
  CUPEL_TRY(const ByteVector header_bytes, from_base64url(header, header_place));
  Compact out;
  CUPEL_TRY(out.header, json::parse(as_text(header_bytes), header_place,
                                    {.max_size = kMaxHeader, .max_depth = 4}));
  CUPEL_TRY([[maybe_unused]] auto read, read_header(out, rules, header_place));
  CUPEL_TRY(out.payload, from_base64url(payload, place(where, "payload")));
  CUPEL_TRY(out.signature, from_base64url(signature, place(where, "signature")));
  if (out.signature.empty()) {
    return Error{Code::missing_field, place(where, "signature"), kNoOffset, "no signature"};
  }
  out.signing_input = std::string(text.substr(0, header.size() + 1 + payload.size()));
  return out;
}

}  // namespace cupel::jws
