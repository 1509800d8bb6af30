#include "crypto/authenticode.hpp"

#include <openssl/pkcs7.h>

#include <algorithm>

#include "crypto/ossl.hpp"

namespace cupel::crypto {
namespace {

using Pkcs7Ptr = std::unique_ptr<PKCS7, Freed<&PKCS7_free>>;
constexpr std::size_t kMaxSigned = 1U << 20U;

Error bad(Code code, std::string_view where, std::string detail) {
  return Error{code, std::string(where), kNoOffset, std::move(detail)};
}

// The SpcIndirectDataContent without its own tag and length: that is what was signed.
Result<ByteVector> signed_content(const PKCS7* p7, std::string_view where) {
  const PKCS7* inner = p7->d.sign == nullptr ? nullptr : p7->d.sign->contents;
  if (inner == nullptr || inner->d.other == nullptr || inner->d.other->type != V_ASN1_SEQUENCE) {
    return bad(Code::bad_encoding, where, "no Authenticode content");
  }
  const ASN1_STRING* sequence = inner->d.other->value.sequence;
  const unsigned char* at = ASN1_STRING_get0_data(sequence);
  long size = 0;
  int tag = 0;
  int cls = 0;
  const int form = ASN1_get_object(&at, &size, &tag, &cls, ASN1_STRING_length(sequence));
  if ((form & 0x80) != 0 || tag != V_ASN1_SEQUENCE || size <= 0) {
    ERR_clear_error();
    return bad(Code::bad_encoding, where, "no Authenticode content");
  }
  const Bytes content(at, static_cast<std::size_t>(size));
  return to_vector(content);
}

// It ends with the digest of the image: SEQUENCE { SHA-256, NULL }, OCTET STRING.
bool holds_digest(Bytes content, Bytes digest) {
  constexpr std::array<std::uint8_t, 17> kSha256 = {0x30, 0x0d, 0x06, 0x09, 0x60, 0x86,
                                                    0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
                                                    0x01, 0x05, 0x00, 0x04, 0x20};
  return digest.size() == 32 && content.size() >= kSha256.size() + 32 &&
         std::ranges::equal(content.last(32), digest) &&
         std::ranges::equal(content.last(kSha256.size() + 32).first(kSha256.size()), kSha256);
}

}  // namespace

Result<Unit> verify_authenticode(Bytes signed_data, Bytes image_sha256, Bytes trusted,
                                 std::string_view where) {
  if (signed_data.size() > kMaxSigned || trusted.size() > kMaxSigned) {
    return bad(Code::too_large, where, "more than 1 MiB");
  }
  const unsigned char* at = signed_data.data();
  const Pkcs7Ptr p7(d2i_PKCS7(nullptr, &at, static_cast<long>(signed_data.size())));
  if (p7 == nullptr || PKCS7_type_is_signed(p7.get()) == 0) {
    return bad(Code::bad_encoding, where, take_error_hint());
  }
  CUPEL_TRY(const Certificate anchor, Certificate::from_der(trusted, where));
  const unsigned char* der = anchor.der().data();
  const X509Ptr certificate(d2i_X509(nullptr, &der, static_cast<long>(anchor.der().size())));
  CUPEL_TRY(const ByteVector content, signed_content(p7.get(), where));
  if (!holds_digest(content, image_sha256)) {
    return bad(Code::bad_signature, where, "it signs another image");
  }
  const StorePtr store(X509_STORE_new());
  const BioPtr data(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())));
  if (certificate == nullptr || store == nullptr || data == nullptr ||
      X509_STORE_add_cert(store.get(), certificate.get()) != 1 ||
      X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME) !=
          1 ||
      X509_STORE_set_purpose(store.get(), X509_PURPOSE_ANY) != 1) {
    return library_error(where);
  }
  if (PKCS7_verify(p7.get(), nullptr, store.get(), data.get(), nullptr, PKCS7_BINARY) != 1) {
    return bad(Code::bad_signature, where, take_error_hint());
  }
  return Unit{};
}

}  // namespace cupel::crypto
