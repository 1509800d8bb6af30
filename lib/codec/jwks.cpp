#include "codec/jwks.hpp"

#include <algorithm>
#include <set>

#include "base/base64.hpp"

namespace cupel::jwks {
namespace {

constexpr std::size_t kMaxNumber = 2048;  // bytes; crypto's own limits are far below

bool known_type(std::string_view kty) {
  return kty == "RSA" || kty == "EC";
}

// Base64urlUInt of RFC 7518 section 2: no leading zero octet, so that a number has one text.
Result<ByteVector> number(json::ObjectReader& reader, std::string_view name) {
  const std::string text = reader.string(name);
  if (!reader.ok()) {
    return reader.finish().error();
  }
  CUPEL_TRY(ByteVector bytes, from_base64url(text, reader.path(name)));
  if (bytes.empty() || bytes.size() > kMaxNumber) {
    return Error{Code::out_of_range, reader.path(name), kNoOffset,
                 std::to_string(bytes.size()) + " bytes are no such number"};
  }
  return bytes;
}

Result<ByteVector> integer(json::ObjectReader& reader, std::string_view name) {
  CUPEL_TRY(ByteVector bytes, number(reader, name));
  if (bytes.front() == 0) {
    return Error{Code::bad_encoding, reader.path(name), kNoOffset, "a leading zero byte"};
  }
  return bytes;
}

Result<std::vector<ByteVector>> certificates(json::ObjectReader& reader) {
  const json::Array* items = reader.array("x5c");
  if (items == nullptr) {
    return reader.finish().error();
  }
  if (items->empty() || items->size() > kMaxCertificates) {
    return Error{Code::out_of_range, reader.path("x5c"), kNoOffset,
                 std::to_string(items->size()) + " certificates; 1 to 10 are read"};
  }
  std::vector<ByteVector> out;
  for (std::size_t i = 0; i < items->size(); ++i) {
    const std::string place = reader.path("x5c") + "[" + std::to_string(i) + "]";
    const std::string* text = (*items)[i].string();
    if (text == nullptr) {
      return Error{Code::bad_encoding, place, kNoOffset,
                   "expected string, found " + std::string((*items)[i].type_name())};
    }
    // RFC 7517 section 4.7: base64, not base64url.
    CUPEL_TRY(ByteVector der, from_base64(*text, place));
    out.push_back(std::move(der));
  }
  return out;
}

Result<Unit> numbers(Key& out, json::ObjectReader& reader) {
  if (out.kty == "RSA") {
    CUPEL_TRY(out.n, integer(reader, "n"));
    CUPEL_TRY(out.e, integer(reader, "e"));
    return Unit{};
  }
  out.crv = reader.string("crv");
  CUPEL_TRY(out.x, number(reader, "x"));
  CUPEL_TRY(out.y, number(reader, "y"));
  return Unit{};
}

}  // namespace

Result<Key> parse_key(const json::Value& value, const std::string& where, Others others) {
  json::ObjectReader reader(value, where);
  Key out;
  out.kty = reader.string("kty");
  if (reader.ok() && !known_type(out.kty)) {
    reader.fail(Code::unsupported_algorithm, "kty", "neither RSA nor EC");
  }
  out.kid = reader.optional_string("kid").value_or("");
  out.alg = reader.optional_string("alg");
  for (const auto* remark : {"use", "x5t", "x5t#S256"}) {
    reader.optional_string(remark);
  }
  reader.optional("key_ops");
  if (others == Others::ignored && reader.ok()) {
    for (const auto& [name, member] : *value.object()) {
      reader.optional(name);
    }
  }
  if (!reader.ok()) {
    return reader.finish().error();
  }
  if (reader.has("x5c")) {
    CUPEL_TRY(out.x5c, certificates(reader));
  }
  const bool any_number = reader.has("n") || reader.has("e") || reader.has("x") || reader.has("y");
  if (any_number || out.x5c.empty()) {
    CUPEL_TRY([[maybe_unused]] auto read, numbers(out, reader));
  }
  CUPEL_TRY([[maybe_unused]] auto done, reader.finish());
  return out;
}

Result<std::vector<Key>> parse(std::string_view text, std::string_view where) {
  CUPEL_TRY(const json::Value document, json::parse(text, where));
  json::ObjectReader reader(document, std::string(where));
  const json::Array* items = reader.array("keys");
  CUPEL_TRY([[maybe_unused]] auto done, reader.finish());
  if (items->empty()) {
    return Error{Code::missing_field, reader.path("keys"), kNoOffset, "a key set without keys"};
  }
  if (items->size() > kMaxKeys) {
    return Error{Code::too_large, reader.path("keys"), kNoOffset,
                 std::to_string(items->size()) + " keys; at most 128 are read"};
  }
  std::vector<Key> out;
  std::set<std::string, std::less<>> kids;
  for (std::size_t i = 0; i < items->size(); ++i) {
    const json::Value& item = (*items)[i];
    const std::string place = reader.path("keys") + "[" + std::to_string(i) + "]";
    json::ObjectReader one(item, place);
    const std::string kty = one.string("kty");
    const std::string kid = one.string("kid");
    const std::optional<std::string> use = one.optional_string("use");
    if (!one.ok()) {
      return one.finish().error();
    }
    // Two keys of one name: which of them is meant would be the reader's guess.
    if (kid.empty() || !kids.insert(kid).second) {
      return Error{kid.empty() ? Code::out_of_range : Code::duplicate_field, place + ".kid",
                   kNoOffset, kid.empty() ? "an empty kid" : "another key of the set has this kid"};
    }
    if (!known_type(kty) || (use && *use != "sig")) {
      continue;
    }
    CUPEL_TRY(Key key, parse_key(item, place));
    out.push_back(std::move(key));
  }
  if (out.empty()) {
    return Error{Code::missing_field, reader.path("keys"), kNoOffset,
                 "no key of the set is an RSA or EC signing key"};
  }
  return out;
}

}  // namespace cupel::jwks
