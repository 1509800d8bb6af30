// TPMT_SIGNATURE, and a quote as message and signature together.
#include <tss2/tss2_mu.h>

#include <algorithm>

#include "tpm/wire.hpp"

namespace cupel::tpm {
namespace {

constexpr std::string_view kWhere = "tpm.signature";
constexpr std::size_t kMaxSize = 2048;
constexpr std::size_t kMaxRsa = 512;  // RSA 4096
constexpr std::size_t kMaxEcc = 66;   // a coordinate of P-521

std::optional<SignatureScheme> scheme_by_id(std::uint64_t id) {
  for (const auto scheme :
       {SignatureScheme::rsassa, SignatureScheme::rsapss, SignatureScheme::ecdsa}) {
    if (static_cast<std::uint16_t>(scheme) == id) {
      return scheme;
    }
  }
  return std::nullopt;
}

bool agrees(Bytes in, const Signature& ours) {
  TPMT_SIGNATURE theirs{};
  std::size_t used = 0;
  if (Tss2_MU_TPMT_SIGNATURE_Unmarshal(in.data(), in.size(), &used, &theirs) != TSS2_RC_SUCCESS ||
      used != in.size() || theirs.sigAlg != static_cast<std::uint16_t>(ours.scheme)) {
    return false;
  }
  const auto hash = static_cast<std::uint16_t>(ours.hash);
  const auto same = [](const ByteVector& a, Bytes buffer, std::size_t size) {
    return size <= buffer.size() && std::equal(a.begin(), a.end(), buffer.begin(),
                                               buffer.begin() + static_cast<std::ptrdiff_t>(size));
  };
  const auto same_rsa = [&](const TPMS_SIGNATURE_RSA& other) {
    return other.hash == hash && same(ours.rsa, other.sig.buffer, other.sig.size);
  };
  switch (ours.scheme) {
    case SignatureScheme::rsassa:
      return same_rsa(theirs.signature.rsassa);
    case SignatureScheme::rsapss:
      return same_rsa(theirs.signature.rsapss);
    case SignatureScheme::ecdsa: {
      const TPMS_SIGNATURE_ECC& other = theirs.signature.ecdsa;
      return other.hash == hash &&
             same(ours.ecdsa_r, other.signatureR.buffer, other.signatureR.size) &&
             same(ours.ecdsa_s, other.signatureS.buffer, other.signatureS.size);
    }
  }
  return false;
}

}  // namespace

// TPM 2.0 Library Part 2, 11.3.4 (TPMT_SIGNATURE), 11.3.1 and 11.3.2.
Result<Signature> parse_signature(Bytes in) {
  if (in.size() > kMaxSize) {
    return Error{Code::too_large, std::string(kWhere), kMaxSize, "no signature is so long"};
  }
  ByteReader r(in, kWhere);
  if (const auto id = peek(r, 2); id && !scheme_by_id(*id)) {
    r.fail(Code::unsupported_algorithm, "sig_alg", "TPM_ALG_ID " + std::to_string(*id));
  }
  const auto scheme = scheme_by_id(r.u16be("sig_alg")).value_or(SignatureScheme::rsassa);
  Signature out{scheme, hash_alg(r, "hash"), {}, {}, {}};
  switch (scheme) {
    case SignatureScheme::rsassa:
    case SignatureScheme::rsapss:
      out.rsa = sized(r, "sig", 1, kMaxRsa);
      break;
    case SignatureScheme::ecdsa:
      out.ecdsa_r = sized(r, "signature_r", 1, kMaxEcc);
      out.ecdsa_s = sized(r, "signature_s", 1, kMaxEcc);
      break;
  }
  if (auto end = r.finish(); !end) {
    return std::move(end).error();
  }
  CUPEL_TRY([[maybe_unused]] auto same, second_reading(kWhere, [&] { return agrees(in, out); }));
  return out;
}

Result<Signature> bare_rsassa_sha256(Bytes in) {
  // The moduli that attestation keys have; a TPMT_SIGNATURE is six bytes longer.
  if (in.size() != 256 && in.size() != 384 && in.size() != 512) {
    return Error{Code::bad_length, std::string(kWhere), kNoOffset,
                 "a bare RSA signature is 256, 384 or 512 bytes, not " + std::to_string(in.size())};
  }
  return Signature{SignatureScheme::rsassa, HashAlg::sha256, to_vector(in), {}, {}};
}

Result<Quote> parse(Bytes message, Bytes signature) {
  CUPEL_TRY(Attest attest, parse_attest(message));
  CUPEL_TRY(Signature parsed, parse_signature(signature));
  return Quote{to_vector(message), to_vector(signature), std::move(attest),
               std::move(parsed),  std::nullopt,         std::nullopt};
}

}  // namespace cupel::tpm
