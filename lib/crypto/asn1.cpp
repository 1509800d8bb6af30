#include "crypto/asn1.hpp"

#include <algorithm>

#include "crypto/ossl.hpp"

namespace cupel::crypto {
namespace {

using IntegerPtr = std::unique_ptr<ASN1_INTEGER, Freed<&ASN1_INTEGER_free>>;
using Ia5Ptr = std::unique_ptr<ASN1_IA5STRING, Freed<&ASN1_IA5STRING_free>>;
using OctetsPtr = std::unique_ptr<ASN1_OCTET_STRING, Freed<&ASN1_OCTET_STRING_free>>;

constexpr std::size_t kMaxValue = 4096;
constexpr std::size_t kMaxOctets = 64U << 10U;  // as long as a certificate may be
constexpr std::size_t kMaxText = 256;

Error refused(Code code, std::string_view where, std::string detail) {
  ERR_clear_error();
  return {code, std::string(where), kNoOffset, std::move(detail), {}};
}

Bytes contents(const ASN1_STRING* value) {
  return {ASN1_STRING_get0_data(value), static_cast<std::size_t>(ASN1_STRING_length(value))};
}

}  // namespace

Result<std::uint64_t> der_integer(Bytes der, std::uint64_t max, std::string_view where) {
  const IntegerPtr value =
      der.size() > kMaxValue
          ? nullptr
          : decode_exactly<&d2i_ASN1_INTEGER, &i2d_ASN1_INTEGER, IntegerPtr>(der);
  if (value == nullptr) {
    return refused(Code::bad_encoding, where, "not an INTEGER in DER");
  }
  std::uint64_t out = 0;
  if (ASN1_INTEGER_get_uint64(&out, value.get()) != 1 || out > max) {
    return refused(Code::out_of_range, where, "not between 0 and " + std::to_string(max));
  }
  return out;
}

Result<std::string> der_ia5_string(Bytes der, std::string_view where) {
  const Ia5Ptr value = der.size() > kMaxValue
                           ? nullptr
                           : decode_exactly<&d2i_ASN1_IA5STRING, &i2d_ASN1_IA5STRING, Ia5Ptr>(der);
  if (value == nullptr) {
    return refused(Code::bad_encoding, where, "not an IA5String in DER");
  }
  const Bytes text = contents(value.get());
  const bool printable =
      std::all_of(text.begin(), text.end(), [](std::uint8_t c) { return c >= 0x20 && c < 0x7f; });
  if (text.empty() || text.size() > kMaxText || !printable) {
    return refused(Code::bad_encoding, where, "not 1 to 256 printable characters");
  }
  return std::string(as_text(text));
}

Result<ByteVector> der_octet_string(Bytes der, std::string_view where) {
  const OctetsPtr value =
      der.size() > kMaxOctets
          ? nullptr
          : decode_exactly<&d2i_ASN1_OCTET_STRING, &i2d_ASN1_OCTET_STRING, OctetsPtr>(der);
  if (value == nullptr) {
    return refused(Code::bad_encoding, where, "not an OCTET STRING in DER");
  }
  return to_vector(contents(value.get()));
}

}  // namespace cupel::crypto
