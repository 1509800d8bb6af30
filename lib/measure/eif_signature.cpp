#include "measure/eif_signature.hpp"

#include "codec/cbor.hpp"
#include "codec/cose.hpp"
#include "codec/pem.hpp"
#include "crypto/cose_signature.hpp"
#include "crypto/x509.hpp"

namespace cupel::measure {
namespace {

constexpr std::string_view kWhere = "measure.eif.signature";
constexpr cbor::Rules kRules{.max_size = 32768, .max_depth = 8, .max_items = 32768, .tags = true};

// Bytes, or an array of integers below 256.
Result<ByteVector> bytes_of(const cbor::Value* value, std::string_view field) {
  const std::string where = std::string(kWhere) + "." + std::string(field);
  if (value == nullptr) {
    return Error{Code::missing_field, where};
  }
  if (const ByteVector* bytes = value->bytes()) {
    return *bytes;
  }
  const cbor::Array* items = value->array();
  if (items == nullptr) {
    return Error{Code::bad_encoding, where, value->offset(), "neither bytes nor integers"};
  }
  ByteVector out;
  for (const cbor::Value& item : *items) {
    const std::uint64_t* number = item.unsigned_integer();
    if (number == nullptr || *number > 0xff) {
      return Error{Code::bad_encoding, where, item.offset(), "not a byte"};
    }
    out.push_back(static_cast<std::uint8_t>(*number));
  }
  return out;
}

// What was signed must be PCR 0, and its value the one computed here.
Result<Unit> same_register(const cose::Sign1& message, Bytes pcr0) {
  CUPEL_TRY(const cbor::Value payload,
            cbor::parse(message.payload, "measure.eif.signature.payload", kRules));
  const cbor::Value* index = payload.find("register_index");
  if (index == nullptr || index->unsigned_integer() == nullptr || *index->unsigned_integer() != 0) {
    return Error{Code::out_of_range, "measure.eif.signature.register_index", kNoOffset,
                 "not register 0"};
  }
  CUPEL_TRY(const ByteVector value, bytes_of(payload.find("register_value"), "register_value"));
  if (value != to_vector(pcr0)) {
    return Error{Code::digest_mismatch, "measure.eif.signature.register_value", kNoOffset,
                 "it signs another PCR 0"};
  }
  return Unit{};
}

Result<Unit> verify(const cose::Sign1& message, cose::Algorithm algorithm,
                    const crypto::Certificate& certificate, Bytes pcr0) {
  CUPEL_TRY(std::ignore,
            crypto::verify_sign1(message, certificate.public_key(), algorithm, kWhere));
  return same_register(message, pcr0);
}

}  // namespace

Result<EifSignature> parse_eif_signature(Bytes section, Bytes pcr0) {
  CUPEL_TRY(const cbor::Value document, cbor::parse(section, kWhere, kRules));
  const cbor::Array* items = document.array();
  if (items == nullptr || items->empty()) {
    return Error{Code::bad_encoding, std::string(kWhere), 0, "not an array of signatures"};
  }
  const cbor::Value& first = items->front();
  CUPEL_TRY(const ByteVector pem,
            bytes_of(first.find("signing_certificate"), "signing_certificate"));
  CUPEL_TRY(const ByteVector signature, bytes_of(first.find("signature"), "signature"));
  CUPEL_TRY(const std::vector<ByteVector> ders,
            pem::parse_certificates(as_text(pem), "measure.eif.signature.signing_certificate"));
  CUPEL_TRY(
      const crypto::Certificate certificate,
      crypto::Certificate::from_der(ders.front(), "measure.eif.signature.signing_certificate"));
  CUPEL_TRY(const cose::Sign1 message, cose::parse_sign1(signature, kWhere));
  CUPEL_TRY(const cose::Algorithm algorithm, cose::algorithm(message, kWhere));
  EifSignature out;
  out.certificate = certificate.der();
  out.algorithm = std::string(cose::to_string(algorithm));
  const auto valid = verify(message, algorithm, certificate, pcr0);
  out.valid = valid.ok();
  if (!valid) {
    out.problem = to_string(valid.error());
  }
  return out;
}

}  // namespace cupel::measure
