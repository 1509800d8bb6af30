#include "crypto/x509.hpp"

#include <openssl/rsa.h>

#include <algorithm>
#include <chrono>

#include "crypto/ossl.hpp"

namespace cupel::crypto {
namespace {

constexpr std::size_t kMaxCertificateSize = 64U << 10U;
constexpr int kMaxExtensions = 64;

Error bad_certificate(std::string_view where, std::string detail) {
  const std::string hint = take_error_hint();
  return Error{Code::bad_certificate, std::string(where), kNoOffset,
               hint.empty() ? std::move(detail) : detail + ": " + hint};
}

std::string drained(BIO* memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  return size <= 0 ? std::string() : std::string(data, static_cast<std::size_t>(size));
}

std::string common_name_of(const X509_NAME* name) {
  const int index = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (index < 0) {
    return {};
  }
  const BioPtr out(BIO_new(BIO_s_mem()));
  const ASN1_STRING* text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index));
  if (out == nullptr ||
      ASN1_STRING_print_ex(out.get(), text, ASN1_STRFLGS_ESC_CTRL | ASN1_STRFLGS_UTF8_CONVERT) <
          0) {
    ERR_clear_error();
    return {};
  }
  return drained(out.get());
}

// RFC 5280 section 4.2: "A certificate MUST NOT include more than one instance of a particular
// extension." Which of two counts would be the parser's choice, so neither does.
bool has_duplicate_extension(const X509* x509) {
  const int count = X509_get_ext_count(x509);
  for (int i = 0; i < count; ++i) {
    const ASN1_OBJECT* oid = X509_EXTENSION_get_object(X509_get_ext(x509, i));
    if (X509_get_ext_by_OBJ(x509, oid, i) >= 0) {
      return true;
    }
  }
  return false;
}

std::string structure_refusal(const X509* x509) {
  constexpr long kV1 = 0;
  constexpr long kV3 = 2;
  const long version = X509_get_version(x509);
  const int extensions = X509_get_ext_count(x509);
  if (version != kV3 && !(version == kV1 && extensions <= 0)) {
    return "neither an X.509 v3 certificate nor a v1 certificate without extensions";
  }
  if (extensions > kMaxExtensions) {
    return "more than " + std::to_string(kMaxExtensions) + " extensions";
  }
  if (has_duplicate_extension(x509)) {
    return "an extension appears twice";
  }
  const X509_ALGOR* outer = nullptr;
  X509_get0_signature(nullptr, &outer, x509);
  if (X509_ALGOR_cmp(outer, X509_get0_tbs_sigalg(x509)) != 0) {
    return "the signature algorithm inside the signed part is another one than outside";
  }
  return {};
}

std::vector<std::string> extended_key_usage_of(const X509* x509) {
  const EkuPtr usages(static_cast<EXTENDED_KEY_USAGE*>(
      X509_get_ext_d2i(x509, NID_ext_key_usage, nullptr, nullptr)));
  std::vector<std::string> out;
  for (int i = 0; usages != nullptr && i < sk_ASN1_OBJECT_num(usages.get()); ++i) {
    out.push_back(oid_text(sk_ASN1_OBJECT_value(usages.get(), i)));
  }
  return out;
}

}  // namespace

std::optional<UnixTime> unix_time(const ASN1_TIME* time) {
  constexpr int kUtcTimeLength = 13;          // YYMMDDHHMMSSZ
  constexpr int kGeneralizedTimeLength = 15;  // YYYYMMDDHHMMSSZ
  if (time == nullptr) {
    return std::nullopt;
  }
  const int length = ASN1_STRING_length(time);
  const int type = ASN1_STRING_type(time);
  if (!(type == V_ASN1_UTCTIME && length == kUtcTimeLength) &&
      !(type == V_ASN1_GENERALIZEDTIME && length == kGeneralizedTimeLength)) {
    return std::nullopt;
  }
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) {
    ERR_clear_error();
    return std::nullopt;
  }
  const std::chrono::year_month_day date{
      std::chrono::year(parts.tm_year + 1900),
      std::chrono::month(static_cast<unsigned>(parts.tm_mon + 1)),
      std::chrono::day(static_cast<unsigned>(parts.tm_mday))};
  if (!date.ok()) {
    return std::nullopt;
  }
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const std::int64_t hours = days * 24 + parts.tm_hour;
  return UnixTime((hours * 60 + parts.tm_min) * 60 + parts.tm_sec);
}

std::string name_text(const X509_NAME* name) {
  // RFC 2253 escapes bytes above 127; left alone they are UTF-8, which people can read.
  constexpr unsigned long kFlags =
      XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB);
  const BioPtr out(BIO_new(BIO_s_mem()));
  if (out == nullptr || X509_NAME_print_ex(out.get(), name, 0, kFlags) < 0) {
    ERR_clear_error();
    return {};
  }
  return drained(out.get());
}

std::string oid_text(const ASN1_OBJECT* object) {
  std::array<char, 128> text{};
  const int length = OBJ_obj2txt(text.data(), static_cast<int>(text.size()), object, 1);
  if (length <= 0 || static_cast<std::size_t>(length) >= text.size()) {
    ERR_clear_error();
    return {};
  }
  return {text.data(), static_cast<std::size_t>(length)};
}

std::string unacceptable_signature(const X509_ALGOR& algorithm) {
  const ASN1_OBJECT* oid = nullptr;
  int parameter_type = V_ASN1_UNDEF;
  const void* parameter = nullptr;
  X509_ALGOR_get0(&oid, &parameter_type, &parameter, &algorithm);
  switch (OBJ_obj2nid(oid)) {
    case NID_sha256WithRSAEncryption:
    case NID_sha384WithRSAEncryption:
    case NID_sha512WithRSAEncryption:
    case NID_ecdsa_with_SHA256:
    case NID_ecdsa_with_SHA384:
    case NID_ecdsa_with_SHA512:
      return {};
    case NID_rsassaPss:
      break;
    default:
      return "signature algorithm " + oid_text(oid);
  }
  // RFC 4055 section 3.1. Absent parameters mean SHA-1.
  using PssPtr = std::unique_ptr<RSA_PSS_PARAMS, Freed<&RSA_PSS_PARAMS_free>>;
  const PssPtr pss(
      parameter_type == V_ASN1_SEQUENCE
          ? static_cast<RSA_PSS_PARAMS*>(ASN1_item_unpack(
                static_cast<const ASN1_STRING*>(parameter), ASN1_ITEM_rptr(RSA_PSS_PARAMS)))
          : nullptr);
  std::string refusal = "RSA-PSS other than with one hash of 256 bits or more throughout";
  if (pss == nullptr || pss->hashAlgorithm == nullptr || pss->maskGenAlgorithm == nullptr ||
      pss->saltLength == nullptr ||
      (pss->trailerField != nullptr && ASN1_INTEGER_get(pss->trailerField) != 1)) {
    ERR_clear_error();
    return refusal;
  }
  const ASN1_OBJECT* hash = nullptr;
  X509_ALGOR_get0(&hash, nullptr, nullptr, pss->hashAlgorithm);
  const ASN1_OBJECT* mask = nullptr;
  X509_ALGOR_get0(&mask, &parameter_type, &parameter, pss->maskGenAlgorithm);
  using AlgorithmPtr = std::unique_ptr<X509_ALGOR, Freed<&X509_ALGOR_free>>;
  const AlgorithmPtr mask_hash(
      OBJ_obj2nid(mask) == NID_mgf1 && parameter_type == V_ASN1_SEQUENCE
          ? static_cast<X509_ALGOR*>(ASN1_item_unpack(static_cast<const ASN1_STRING*>(parameter),
                                                      ASN1_ITEM_rptr(X509_ALGOR)))
          : nullptr);
  if (mask_hash == nullptr) {
    ERR_clear_error();
    return refusal;
  }
  const ASN1_OBJECT* mask_hash_oid = nullptr;
  X509_ALGOR_get0(&mask_hash_oid, nullptr, nullptr, mask_hash.get());
  const int nid = OBJ_obj2nid(hash);
  const long salt = ASN1_INTEGER_get(pss->saltLength);
  const bool sizes_agree = (nid == NID_sha256 && salt == 32) || (nid == NID_sha384 && salt == 48) ||
                           (nid == NID_sha512 && salt == 64);
  return sizes_agree && OBJ_obj2nid(mask_hash_oid) == nid ? std::string() : refusal;
}

Result<Certificate> Certificate::from_der(Bytes der, std::string_view where) {
  if (der.size() > kMaxCertificateSize) {
    return Error{Code::too_large, std::string(where), kNoOffset, "more than 64 KiB of certificate"};
  }
  X509Ptr x509 = decode_exactly<&d2i_X509, &i2d_X509, X509Ptr>(der);
  if (x509 == nullptr) {
    return bad_certificate(where, "not one certificate in DER");
  }
  if (std::string refusal = structure_refusal(x509.get()); !refusal.empty()) {
    return bad_certificate(where, std::move(refusal));
  }
  // This fills the object's cache of parsed extensions, once; it is read-only from here on.
  const std::uint32_t flags = X509_get_extension_flags(x509.get());
  if ((flags & EXFLAG_INVALID) != 0) {
    return bad_certificate(where, "an extension is malformed");
  }
  const auto not_before = unix_time(X509_get0_notBefore(x509.get()));
  const auto not_after = unix_time(X509_get0_notAfter(x509.get()));
  if (!not_before || !not_after) {
    return bad_certificate(where, "a validity date is not in the form of RFC 5280");
  }
  CUPEL_TRY(PublicKey key, public_key_of(*X509_get_X509_PUBKEY(x509.get()), where));
  const X509_NAME* subject = X509_get_subject_name(x509.get());
  const X509_NAME* issuer = X509_get_issuer_name(x509.get());
  const X509_ALGOR* algorithm = nullptr;
  X509_get0_signature(nullptr, &algorithm, x509.get());
  std::string subject_text = name_text(subject);
  std::string common_name = common_name_of(subject);
  Handle handle{std::move(x509),
                to_vector(der),
                crypto::sha256(der),
                std::move(key),
                *not_before,
                *not_after,
                subject_text,
                name_text(issuer),
                common_name.empty() ? subject_text : std::move(common_name),
                (flags & EXFLAG_CA) != 0,
                X509_NAME_cmp(subject, issuer) == 0,
                unacceptable_signature(*algorithm),
                (flags & EXFLAG_XKUSAGE) != 0,
                {}};
  handle.extended_key_usage = extended_key_usage_of(handle.x509.get());
  ERR_clear_error();
  return Certificate(std::make_shared<const Handle>(std::move(handle)));
}

const ByteVector& Certificate::der() const noexcept {
  return handle_->der;
}
const Sha256Digest& Certificate::sha256() const noexcept {
  return handle_->sha256;
}
const PublicKey& Certificate::public_key() const noexcept {
  return handle_->key;
}
UnixTime Certificate::not_before() const noexcept {
  return handle_->not_before;
}
UnixTime Certificate::not_after() const noexcept {
  return handle_->not_after;
}
const std::string& Certificate::subject() const noexcept {
  return handle_->subject;
}
const std::string& Certificate::issuer() const noexcept {
  return handle_->issuer;
}
const std::string& Certificate::common_name() const noexcept {
  return handle_->common_name;
}
bool Certificate::is_ca() const noexcept {
  return handle_->is_ca;
}
bool Certificate::self_issued() const noexcept {
  return handle_->self_issued;
}

bool Certificate::has_extended_key_usage(std::string_view oid) const {
  const auto& usages = handle_->extended_key_usage;
  return std::find(usages.begin(), usages.end(), oid) != usages.end();
}

std::optional<ByteVector> Certificate::extension(std::string_view oid) const {
  const Asn1ObjectPtr object(OBJ_txt2obj(std::string(oid).c_str(), 1));
  if (object == nullptr) {
    ERR_clear_error();
    return std::nullopt;
  }
  const int index = X509_get_ext_by_OBJ(handle_->x509.get(), object.get(), -1);
  if (index < 0) {
    return std::nullopt;
  }
  const ASN1_OCTET_STRING* value =
      X509_EXTENSION_get_data(X509_get_ext(handle_->x509.get(), index));
  const Bytes contents(ASN1_STRING_get0_data(value),
                       static_cast<std::size_t>(ASN1_STRING_length(value)));
  return to_vector(contents);
}

Result<Certificate> parse_certificate(Bytes der, std::string_view where, ChainCache* cache) {
  if (cache == nullptr) {
    return Certificate::from_der(der, where);
  }
  if (const auto known = cache->find_parsed(sha256(der))) {
    return *known;
  }
  CUPEL_TRY(Certificate fresh, Certificate::from_der(der, where));
  cache->keep_parsed(std::make_shared<const Certificate>(fresh));
  return fresh;
}

Result<std::vector<Certificate>> parse_certificates(std::span<const ByteVector> ders,
                                                    std::string_view where, ChainCache* cache) {
  std::vector<Certificate> out;
  out.reserve(ders.size());
  for (const ByteVector& der : ders) {
    const std::string here = std::string(where) + "[" + std::to_string(out.size()) + "]";
    CUPEL_TRY(Certificate next, parse_certificate(der, here, cache));
    out.push_back(std::move(next));
  }
  return out;
}

}  // namespace cupel::crypto
