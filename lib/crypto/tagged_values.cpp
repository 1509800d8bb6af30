#include "crypto/tagged_values.hpp"

#include <algorithm>

#include "crypto/ossl.hpp"

namespace cupel::crypto {
namespace {

constexpr int kMaxValues = 64;
constexpr std::size_t kMaxSize = 4096;

// A macro in OpenSSL.
void free_sequence(ASN1_SEQUENCE_ANY* sequence) noexcept {
  sk_ASN1_TYPE_pop_free(sequence, ASN1_TYPE_free);
}
using SequencePtr = std::unique_ptr<ASN1_SEQUENCE_ANY, Freed<&free_sequence>>;

Error refusal(Code code, std::string_view where, std::string detail) {
  ERR_clear_error();
  return Error{code, std::string(where), kNoOffset, std::move(detail)};
}

SequencePtr decode(Bytes der) {
  return decode_exactly<&d2i_ASN1_SEQUENCE_ANY, &i2d_ASN1_SEQUENCE_ANY, SequencePtr>(der);
}

Bytes octets_of(const ASN1_STRING* text) {
  return {ASN1_STRING_get0_data(text), static_cast<std::size_t>(ASN1_STRING_length(text))};
}

Result<ByteVector> magnitude(const ASN1_STRING* number, int negative_type, std::string_view where) {
  if (ASN1_STRING_type(number) == negative_type) {
    return refusal(Code::out_of_range, where, "a negative number");
  }
  const Bytes all = octets_of(number);
  const auto first = std::find_if(all.begin(), all.end(), [](std::uint8_t b) { return b != 0; });
  return ByteVector(first, all.end());
}

Result<TaggedValue> tagged_value(const ASN1_TYPE& pair, std::string_view where) {
  const SequencePtr items =
      pair.type == V_ASN1_SEQUENCE ? decode(octets_of(pair.value.sequence)) : nullptr;
  if (items == nullptr || sk_ASN1_TYPE_num(items.get()) != 2) {
    return refusal(Code::bad_encoding, where, "expected a SEQUENCE of an OID and a value");
  }
  const ASN1_TYPE* id = sk_ASN1_TYPE_value(items.get(), 0);
  const ASN1_TYPE* value = sk_ASN1_TYPE_value(items.get(), 1);
  if (id->type != V_ASN1_OBJECT) {
    return refusal(Code::bad_encoding, where, "a pair does not begin with an OID");
  }
  TaggedValue out{oid_text(id->value.object), TaggedValue::Kind::octets, {}};
  switch (value->type) {
    case V_ASN1_OCTET_STRING:
      out.content = to_vector(octets_of(value->value.octet_string));
      return out;
    case V_ASN1_SEQUENCE:
      out.kind = TaggedValue::Kind::sequence;
      out.content = to_vector(octets_of(value->value.sequence));
      return out;
    case V_ASN1_BOOLEAN:
      out.kind = TaggedValue::Kind::boolean;
      out.content = {static_cast<std::uint8_t>(value->value.boolean)};
      return out;
    case V_ASN1_INTEGER:
      out.kind = TaggedValue::Kind::integer;
      break;
    case V_ASN1_ENUMERATED:
      out.kind = TaggedValue::Kind::enumerated;
      break;
    default:
      return refusal(Code::unsupported_algorithm, where, "a value of an unknown type");
  }
  const int negative =
      out.kind == TaggedValue::Kind::integer ? V_ASN1_NEG_INTEGER : V_ASN1_NEG_ENUMERATED;
  CUPEL_TRY(out.content, magnitude(value->value.asn1_string, negative, where));
  return out;
}

}  // namespace

Result<std::vector<TaggedValue>> parse_tagged_values(Bytes der, std::string_view where) {
  if (der.size() > kMaxSize) {
    return refusal(Code::too_large, where, "more than 4 KiB");
  }
  const SequencePtr pairs = decode(der);
  if (pairs == nullptr) {
    return refusal(Code::bad_encoding, where, "not one SEQUENCE in DER");
  }
  if (sk_ASN1_TYPE_num(pairs.get()) > kMaxValues) {
    return refusal(Code::too_large, where, "more than 64 values");
  }
  std::vector<TaggedValue> out;
  for (int i = 0; i < sk_ASN1_TYPE_num(pairs.get()); ++i) {
    CUPEL_TRY(TaggedValue value, tagged_value(*sk_ASN1_TYPE_value(pairs.get(), i), where));
    if (std::any_of(out.begin(), out.end(),
                    [&](const TaggedValue& other) { return other.oid == value.oid; })) {
      return refusal(Code::duplicate_field, where, value.oid + " appears twice");
    }
    out.push_back(std::move(value));
  }
  return out;
}

}  // namespace cupel::crypto
