// AWS Nitro attestation documents: of enclaves, and of instances with a NitroTPM.
#pragma once

#include <cstdint>
#include <cupel/bytes.hpp>
#include <cupel/claims.hpp>
#include <cupel/collateral.hpp>
#include <cupel/result.hpp>
#include <cupel/trust.hpp>
#include <cupel/verified.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cupel::nitro {

/// Larger documents are refused: a payload has at most 16 KiB.
inline constexpr std::size_t kMaxDocumentSize = 32U << 10U;
inline constexpr unsigned kPcrCount = 32;
inline constexpr unsigned kTpmPcrCount = 24;

/// Who speaks: the key under which the registers stand says so.
enum class Kind : std::uint8_t {
  enclave,    ///< `pcrs`: a Nitro enclave
  nitro_tpm,  ///< `nitrotpm_pcrs`: an instance, by its virtual TPM's registers
};
std::string_view to_string(Kind kind) noexcept;  ///< "enclave", "nitro_tpm"

/// The certificate under which a document was signed, as the path that held describes it.
struct Signer {
  std::string subject;
  std::string anchor;  ///< the label of the root the path ends in
  UnixTime not_before;
  UnixTime not_after;
};

/// A document: well formed, not authentic.
struct Document {
  ByteVector raw;  ///< COSE_Sign1 exactly as received
  Kind kind = Kind::enclave;
  std::string module_id;
  std::uint64_t timestamp_ms = 0;  ///< the hypervisor's clock when it signed; since 1970
  std::map<unsigned, ByteVector> pcrs;
  ByteVector certificate;                ///< DER
  std::vector<ByteVector> cabundle;      ///< DER; as a rule the root first
  std::optional<ByteVector> public_key;  ///< absent: null, or not there at all
  std::optional<ByteVector> user_data;
  std::optional<ByteVector> nonce;
  std::optional<Signer> signer;  ///< set by verify(), which ignores what was here before
};

/// A COSE_Sign1 message with a Nitro payload, every byte of it. Checks nitro-01 to nitro-03.
/// Errors: truncated, trailing_bytes, too_large, bad_encoding, bad_length, bad_magic,
/// duplicate_field, missing_field, unknown_field, out_of_range, unsupported_algorithm at
/// "nitro.cose.…" and "nitro.payload.…".
Result<Document> parse(Bytes in);

/// What a verification would like to have besides the document.
Result<std::vector<CollateralRequest>> needed(const Document& document);

/// The root of the Nitro attestation PKI, by fingerprint.
TrustAnchors vendor_anchors();

/// Establishes that the Nitro hypervisor signed the document.
Result<Verified<Document>> verify(Document document, const Endorsements& endorsements,
                                  const VerifyContext& context);

Claims claims(const Verified<Document>& document);

/// parse, verify and claims in one call.
Result<Claims> evaluate(Bytes evidence, const Endorsements& endorsements,
                        const VerifyContext& context);

}  // namespace cupel::nitro
