#include "codec/cose.hpp"

#include <algorithm>
#include <array>

namespace cupel::cose {
namespace {

constexpr std::uint64_t kSign1Tag = 18;
constexpr std::size_t kSign1Parts = 4;
constexpr std::size_t kMaxDepth = 12;
constexpr std::size_t kMaxCertificates = 16;

std::string place(std::string_view where, std::string_view part) {
  return std::string(where) + "." + std::string(part);
}

Error wrong_type(std::string where, const cbor::Value& found, std::string_view expected) {
  return Error{Code::bad_encoding, std::move(where), found.offset(),
               "expected " + std::string(expected) + ", found " + std::string(found.type_name())};
}

bool is_label(const cbor::Value& value) {
  return value.integer().has_value() || value.text() != nullptr;
}

Result<Unit> labels_only(const cbor::Map& header, const std::string& where) {
  for (const auto& [label, value] : header) {
    if (!is_label(label)) {
      return wrong_type(where, label, "an integer or a text as label");
    }
  }
  return Unit{};
}

const cbor::Value* find(const cbor::Map& header, const cbor::Value& label) {
  const auto found = std::find_if(header.begin(), header.end(),
                                  [&](const auto& member) { return member.first == label; });
  return found == header.end() ? nullptr : &found->second;
}

// RFC 9052 section 3: a byte string that holds a map, or nothing at all for an empty map.
Result<cbor::Value> read_protected(const cbor::Value& part, const std::string& where,
                                   std::size_t max_items) {
  const ByteVector* bytes = part.bytes();
  if (bytes == nullptr) {
    return wrong_type(where, part, "bytes");
  }
  if (bytes->empty()) {
    return cbor::Value(cbor::Map{}, part.offset());
  }
  CUPEL_TRY(auto header, cbor::parse(*bytes, where,
                                     {.max_size = bytes->size(),
                                      .max_depth = kMaxDepth,
                                      .max_items = max_items,
                                      .indefinite = false,
                                      .tags = true},
                                     part.content_offset()));
  if (header.map() == nullptr) {
    return wrong_type(where, header, "a map");
  }
  CUPEL_TRY([[maybe_unused]] auto labels, labels_only(*header.map(), where));
  return header;
}

// RFC 9052 section 3.1.
Result<Unit> critical_are_understood(const cbor::Map& header, std::span<const std::int64_t> known,
                                     const std::string& where) {
  const cbor::Value* critical = find(header, cbor::Value(std::uint64_t{kCrit}));
  if (critical == nullptr) {
    return Unit{};
  }
  const std::string here = where + ".crit";
  if (critical->array() == nullptr) {
    return wrong_type(here, *critical, "an array");
  }
  if (critical->array()->empty()) {
    return Error{Code::bad_length, here, critical->offset(), "names no header"};
  }
  for (const cbor::Value& label : *critical->array()) {
    if (!is_label(label)) {
      return wrong_type(here, label, "an integer or a text as label");
    }
    if (find(header, label) == nullptr) {
      return Error{Code::missing_field, here, label.offset(),
                   "names a header that is not protected"};
    }
    const auto number = label.integer();
    if (!number || std::find(known.begin(), known.end(), *number) == known.end()) {
      return Error{Code::unknown_field, here, label.offset(),
                   "a critical header that is not understood"};
    }
  }
  return Unit{};
}

Result<Unit> check_headers(const Sign1& message, const Rules& rules, std::string_view where) {
  const cbor::Map& protected_header = *message.protected_header.map();
  const cbor::Map& unprotected_header = *message.unprotected_header.map();
  const std::string outside = place(where, "unprotected");
  CUPEL_TRY([[maybe_unused]] auto labels, labels_only(unprotected_header, outside));
  for (const auto& [label, value] : unprotected_header) {
    if (find(protected_header, label) != nullptr) {
      return Error{Code::duplicate_field, outside, label.offset(),
                   "a label that the protected header has too"};
    }
    // Nobody signed it, so it could neither be believed nor be ignored.
    if (label.integer() == kCrit || label.integer() == kAlg) {
      return Error{Code::unknown_field, outside, label.offset(),
                   "alg and crit belong into the protected header"};
    }
  }
  return critical_are_understood(protected_header, rules.understood, place(where, "protected"));
}

}  // namespace

std::string_view to_string(Algorithm algorithm) noexcept {
  switch (algorithm) {
    case Algorithm::es256:
      return "ES256";
    case Algorithm::es384:
      return "ES384";
    case Algorithm::es512:
      return "ES512";
    case Algorithm::ps256:
      return "PS256";
    case Algorithm::ps384:
      return "PS384";
    case Algorithm::ps512:
      return "PS512";
  }
  return {};
}

Result<Sign1> parse_sign1(Bytes in, std::string_view where, const Rules& rules) {
  CUPEL_TRY(const auto document, cbor::parse(in, where,
                                             {.max_size = rules.max_size,
                                              .max_depth = kMaxDepth,
                                              .max_items = rules.max_items,
                                              .indefinite = false,
                                              .tags = true}));
  const cbor::Tagged* tagged = document.tagged();
  if (tagged != nullptr && tagged->number != kSign1Tag) {
    return Error{Code::bad_encoding, std::string(where), document.offset(),
                 "tag " + std::to_string(tagged->number) + ", COSE_Sign1 has 18"};
  }
  const cbor::Value& body = tagged != nullptr ? *tagged->content : document;
  if (body.array() == nullptr) {
    return wrong_type(std::string(where), body, "an array");
  }
  const cbor::Array& parts = *body.array();
  if (parts.size() != kSign1Parts) {
    return Error{Code::bad_length, std::string(where), body.offset(),
                 std::to_string(parts.size()) + " parts, COSE_Sign1 has 4"};
  }
  Sign1 out;
  out.tagged = tagged != nullptr;
  CUPEL_TRY(out.protected_header,
            read_protected(parts[0], place(where, "protected"), rules.max_items));
  out.protected_bytes = *parts[0].bytes();
  if (parts[1].map() == nullptr) {
    return wrong_type(place(where, "unprotected"), parts[1], "a map");
  }
  out.unprotected_header = parts[1];
  if (parts[2].is_null()) {
    return Error{Code::missing_field, place(where, "payload"), parts[2].offset(),
                 "the payload is detached"};
  }
  if (parts[2].bytes() == nullptr) {
    return wrong_type(place(where, "payload"), parts[2], "bytes");
  }
  out.payload = *parts[2].bytes();
  out.payload_offset = parts[2].content_offset();
  if (parts[3].bytes() == nullptr) {
    return wrong_type(place(where, "signature"), parts[3], "bytes");
  }
  out.signature = *parts[3].bytes();
  CUPEL_TRY([[maybe_unused]] auto headers, check_headers(out, rules, where));
  return out;
}

Result<Algorithm> algorithm(const Sign1& message, std::string_view where) {
  const std::string here = place(where, "alg");
  const cbor::Value* found = message.protected_header.find(kAlg);
  if (found == nullptr) {
    return Error{Code::missing_field, here, message.protected_header.offset()};
  }
  using enum Algorithm;
  for (const Algorithm known : {es256, es384, es512, ps256, ps384, ps512}) {
    if (found->integer() == static_cast<std::int64_t>(known)) {
      return known;
    }
  }
  if (!is_label(*found)) {
    return wrong_type(here, *found, "an integer");
  }
  return Error{Code::unsupported_algorithm, here, found->offset(),
               found->integer() ? "algorithm " + std::to_string(*found->integer())
                                : std::string("an algorithm by name")};
}

Result<std::vector<ByteVector>> x5chain(const Sign1& message, std::string_view where) {
  const std::string here = place(where, "x5chain");
  const cbor::Value* found = message.protected_header.find(kX5chain);
  if (found == nullptr) {
    return Error{Code::missing_field, here, message.protected_header.offset()};
  }
  if (const ByteVector* single = found->bytes()) {
    return std::vector<ByteVector>{*single};
  }
  if (found->array() == nullptr) {
    return wrong_type(here, *found, "bytes or an array");
  }
  if (found->array()->size() < 2 || found->array()->size() > kMaxCertificates) {
    return Error{Code::bad_length, here, found->offset(),
                 std::to_string(found->array()->size()) + " certificates in an array"};
  }
  std::vector<ByteVector> out;
  for (const cbor::Value& certificate : *found->array()) {
    if (certificate.bytes() == nullptr) {
      return wrong_type(here, certificate, "bytes");
    }
    out.push_back(*certificate.bytes());
  }
  return out;
}

ByteVector to_be_signed(const Sign1& message) {
  cbor::Writer out;
  out.array(kSign1Parts)
      .text("Signature1")
      .bytes(message.protected_bytes)
      .bytes(Bytes{})
      .bytes(message.payload);
  return out.written();
}

}  // namespace cupel::cose
