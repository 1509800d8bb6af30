// Source: Confidential Computing Consortium, Interoperable RA-TLS; TCG DICE Attestation
// Architecture (tcg-dice-TaggedEvidence, 2.23.133.5.4.9); Gramine Open Enclave and dstack for
// the other forms.
#include "dcap/ratls.hpp"

#include <algorithm>
#include <cupel/dcap.hpp>

#include "base/reader.hpp"
#include "codec/cbor.hpp"
#include "codec/pem.hpp"
#include "crypto/asn1.hpp"
#include "crypto/digest.hpp"

namespace cupel::dcap {
namespace {

constexpr std::string_view kTagged = "2.23.133.5.4.9";
constexpr std::string_view kGramine = "0.6.9.42.840.113741.1337.6";
constexpr std::string_view kOpenEnclave = "1.2.840.113556.10.1.1";
constexpr std::string_view kDstack = "1.3.6.1.4.1.62397.1.1";
constexpr std::uint64_t kQuoteTag = 60000;
constexpr std::uint64_t kSha256 = 1;  // IANA Named Information Hash Algorithm Registry
constexpr std::string_view kPubkeyHash = "pubkey-hash";

std::string place(std::string_view field) {
  return std::string(kRaTls) + "." + std::string(field);
}

Error refusal(Code code, std::string_view field, std::string detail) {
  return Error{code, place(field), kNoOffset, std::move(detail)};
}

Result<crypto::Certificate> only_certificate(Bytes evidence) {
  if (!pem::looks_like(evidence)) {
    return crypto::Certificate::from_der(evidence, place("certificate"));
  }
  CUPEL_TRY(const auto ders, pem::parse_certificates(as_text(evidence), place("certificate")));
  if (ders.size() != 1) {
    return refusal(Code::duplicate_field, "certificate", "more than one certificate");
  }
  return crypto::Certificate::from_der(ders.front(), place("certificate"));
}

Result<Unit> read_tagged(Bytes extension, RaTls& out) {
  cbor::Rules rules;
  rules.tags = true;
  CUPEL_TRY(const cbor::Value document, cbor::parse(extension, place("evidence"), rules));
  const cbor::Tagged* tagged = document.tagged();
  if (tagged == nullptr || tagged->number != kQuoteTag) {
    return refusal(Code::unsupported_version, "evidence", "not CBOR with tag 60000");
  }
  const cbor::Array* items = tagged->content->array();
  if (items == nullptr || items->size() != 2 || items->at(0).bytes() == nullptr ||
      items->at(1).bytes() == nullptr) {
    return refusal(Code::bad_encoding, "evidence", "not an array of a quote and claims");
  }
  out.quote = *items->at(0).bytes();
  out.claims = *items->at(1).bytes();
  return Unit{};
}

Result<Unit> read_open_enclave(Bytes extension, RaTls& out) {
  ByteReader r(extension, place("evidence"));
  const std::uint32_t version = r.u32le("version");
  const std::uint32_t type = r.u32le("type");
  const std::uint64_t size = r.u64le("size");
  CUPEL_TRY([[maybe_unused]] auto read, r.status());
  if (version != 1 || type != 2) {
    return refusal(Code::unsupported_version, "evidence", "not a remote report of version 1");
  }
  if (size > extension.size()) {
    return refusal(Code::truncated, "evidence.quote", "");
  }
  out.quote = to_vector(r.view(static_cast<std::size_t>(size), "quote"));
  return r.finish();
}

// The guest's driver fills its buffer up with zeros, and dstack's agent passes all of it on: taking
// them off is part of reading this form.
Result<Unit> read_dstack(Bytes extension, RaTls& out) {
  CUPEL_TRY(const ByteVector buffer, crypto::der_octet_string(extension, place("evidence")));
  CUPEL_TRY(const Bytes quote, trim_zero_padding(buffer));
  out.quote = to_vector(quote);
  return Unit{};
}

// SEC 1 section 2.3.3: 04 || X || Y, which stands at the end of the key's encoding. That it is the
// key is seen by making the encoding from it again.
Result<ByteVector> point_of(const crypto::PublicKey& key) {
  const std::size_t size = 2 * ((key.bits() + 7) / 8);
  const Bytes spki(key.spki());
  if (key.type() != crypto::KeyType::rsa && spki.size() > size) {
    const Bytes numbers = spki.last(size);
    const auto again = crypto::PublicKey::from_ec(key.type(), numbers.first(size / 2),
                                                  numbers.last(size / 2), place("certificate"));
    if (again.ok() && again->spki() == key.spki()) {
      return to_vector(spki.last(size + 1));
    }
  }
  return refusal(Code::bad_key, "certificate", "not an elliptic curve's uncompressed point");
}

// The one claim that is needed; others belong to the application and are covered by the digest.
Result<ByteVector> pubkey_hash(Bytes claims) {
  CUPEL_TRY(const cbor::Value map, cbor::parse(claims, place("claims")));
  const cbor::Value* named = map.find(kPubkeyHash);
  if (named == nullptr || named->bytes() == nullptr) {
    return refusal(Code::missing_field, "claims.pubkey-hash", "the claims name no key");
  }
  CUPEL_TRY(const cbor::Value hash, cbor::parse(*named->bytes(), place("claims.pubkey-hash")));
  const cbor::Array* pair = hash.array();
  if (pair == nullptr || pair->size() != 2 || pair->at(0).unsigned_integer() == nullptr ||
      pair->at(1).bytes() == nullptr) {
    return refusal(Code::bad_encoding, "claims.pubkey-hash", "not an algorithm and a hash");
  }
  if (*pair->at(0).unsigned_integer() != kSha256) {
    return refusal(Code::unsupported_algorithm, "claims.pubkey-hash", "not SHA-256");
  }
  return *pair->at(1).bytes();
}

}  // namespace

bool looks_like_certificate(Bytes evidence) {
  constexpr std::uint8_t kSequence = 0x30;
  constexpr std::uint8_t kLongLength = 0x82;
  return pem::looks_like(evidence) ||
         (evidence.size() > 4 && evidence[0] == kSequence && evidence[1] == kLongLength);
}

Result<RaTls> find_evidence(Bytes evidence) {
  CUPEL_TRY(crypto::Certificate certificate, only_certificate(evidence));
  RaTls out{std::move(certificate), RaTls::Form::tagged, {}, {}};
  if (const auto tagged = out.certificate.extension(kTagged)) {
    CUPEL_TRY([[maybe_unused]] auto read, read_tagged(*tagged, out));
    return out;
  }
  if (const auto gramine = out.certificate.extension(kGramine)) {
    out.form = RaTls::Form::gramine;
    out.quote = *gramine;
    return out;
  }
  if (const auto open_enclave = out.certificate.extension(kOpenEnclave)) {
    out.form = RaTls::Form::open_enclave;
    CUPEL_TRY([[maybe_unused]] auto read, read_open_enclave(*open_enclave, out));
    return out;
  }
  if (const auto dstack = out.certificate.extension(kDstack)) {
    out.form = RaTls::Form::dstack;
    CUPEL_TRY([[maybe_unused]] auto read, read_dstack(*dstack, out));
    return out;
  }
  return refusal(Code::missing_field, "evidence", "the certificate carries no quote");
}

Result<Unit> verify_binding(const RaTls& evidence, Bytes report_data) {
  const crypto::PublicKey& key = evidence.certificate.public_key();
  ByteVector expected;
  switch (evidence.form) {
    case RaTls::Form::tagged: {
      CUPEL_TRY(const ByteVector hash, pubkey_hash(evidence.claims));
      // CHECK dcap-18
      if (!crypto::equal(hash, key.spki_sha256())) {
        return Error{Code::key_mismatch, place("pubkey_hash"), kNoOffset,
                     "the claims name another key than the certificate's", "dcap-18"};
      }
      expected = to_vector(crypto::sha256(evidence.claims));
      break;
    }
    case RaTls::Form::gramine:
      expected = to_vector(key.spki_sha256());
      break;
    case RaTls::Form::open_enclave: {
      const std::string text = pem::dump("PUBLIC KEY", key.spki()) + '\0';
      expected = to_vector(crypto::sha256(as_bytes(text)));
      break;
    }
    case RaTls::Form::dstack: {
      CUPEL_TRY(const ByteVector point, point_of(key));
      expected = crypto::digest(crypto::Hash::sha512, point);
      break;
    }
  }
  const bool room = report_data.size() >= expected.size();
  expected.resize(std::max(report_data.size(), expected.size()), 0);
  if (!room || !crypto::equal(expected, report_data)) {
    return Error{Code::digest_mismatch, place("report_data"), kNoOffset,
                 "the quote's report data does not bind the certificate's key", "dcap-18"};
  }
  return Unit{};
}

}  // namespace cupel::dcap
