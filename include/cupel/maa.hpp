// Tokens of Microsoft Azure Attestation: a service's signed word about evidence that it saw.
#pragma once

#include <cstdint>
#include <cupel/bytes.hpp>
#include <cupel/claims.hpp>
#include <cupel/collateral.hpp>
#include <cupel/result.hpp>
#include <cupel/trust.hpp>
#include <cupel/verified.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cupel::maa {

/// How far the issuer's clock may be ahead of ours. It is granted to `nbf` and `iat`, never to
/// `exp`.
inline constexpr std::int64_t kClockSkew_s = 60;

/// The key that signed a token, and why it is trusted. Set by verify().
struct SigningKey {
  enum class Trust : std::uint8_t {
    issuer_keys,  ///< of a key set that the caller vouches for (TrustAnchors::add_issuer_keys)
    named_key,    ///< the caller named the key itself (TrustAnchors::add_key)
    certificate,  ///< its certificate leads to a trusted root
  };

  Trust trust;
  std::string anchor;  ///< the issuer of the key set, the key's name, or the root's label
  Sha256Digest spki_sha256{};
  std::optional<std::string> subject;  ///< of its certificate, where one is known
  ByteVector certificate;              ///< DER; empty where none is known
  std::optional<std::string>
      evidence;  ///< kind of the evidence in that certificate, if there is any
};

std::string_view to_string(SigningKey::Trust trust) noexcept;  ///< "issuer_keys"

/// The evidence about the service itself that a signing certificate carries: a quote or report of
/// the machine that holds the signing key. What is here was not verified, but its report data was
/// found to name this very key.
struct SignerEvidence {
  std::string kind;         ///< "sgx" (a DCAP quote) or "snp" (an attestation report)
  ByteVector evidence;      ///< the quote, or the report of 1184 bytes
  ByteVector certificates;  ///< snp: PEM of VCEK, ASK and ARK; empty otherwise
  ByteVector endorsements;  ///< snp: the JSON document with UVM endorsements; may be empty
};

/// A token: well formed, not authentic. Immutable; made by parse() alone, so that what is read is
/// what was signed.
class Token {
 public:
  const std::string& kid() const noexcept;
  const std::string& issuer() const noexcept;            ///< `iss`, a canonical https URL
  UnixTime issued_at() const noexcept;                   ///< `iat`
  UnixTime not_before() const noexcept;                  ///< `nbf`
  UnixTime expires() const noexcept;                     ///< `exp`
  const std::string& attestation_type() const noexcept;  ///< "sevsnpvm", "sgx", "azurevm", …
  /// Every claim of the payload by its path, with the type it has in lib/maa/README.md.
  const std::vector<std::pair<std::string, ClaimValue>>& claims() const noexcept;
  /// Paths of members that no claim can hold: null, negative numbers, fractions; and what the
  /// guest wrote in a form in which it means nothing here.
  const std::vector<std::string>& left_out() const noexcept;
  const std::string& payload() const noexcept;  ///< the JSON text as it was signed

  std::optional<SigningKey> key;  ///< set by verify(), which ignores what was here before

  struct State;  ///< defined in lib/maa
  const State& state() const noexcept { return *state_; }
  explicit Token(std::shared_ptr<const State> state) : state_(std::move(state)) {}

 private:
  std::shared_ptr<const State> state_;
};

/// A token in compact form, and nothing else.
/// Errors: bad_encoding, too_large, truncated, trailing_bytes, duplicate_field, unknown_field,
/// missing_field, out_of_range, unsupported_algorithm, unsupported_version, key_mismatch at
/// "maa.token", "maa.header…", "maa.payload…", "maa.signature".
Result<Token> parse(std::string_view compact);

/// The documents that services hand out: the bare token (one line feed may end it), or the JSON
/// object {"token": "…"} of the attestation service and of the sidecar.
Result<Token> parse_evidence(Bytes evidence);

/// Where the issuer publishes its keys, if the issuer is one of Microsoft's. Nothing is offered for
/// others: an address in a token is its writer's word.
Result<std::vector<CollateralRequest>> needed(Bytes evidence);

/// None: the service's signing certificates are self-issued, and its keys change. Who is trusted
/// is the caller's act.
TrustAnchors vendor_anchors();

/// Establishes that a trusted key of the token's issuer signed it, and that it is valid now.
Result<Verified<Token>> verify(Token token, const Endorsements& endorsements,
                               const VerifyContext& context);

/// The evidence in the signing key's certificate, for the room that can verify it. nullopt when
/// there is no certificate, or none in it.
std::optional<SignerEvidence> signer_evidence(const Verified<Token>& token);

Claims claims(const Verified<Token>& token);

/// parse_evidence, verify and claims in one call.
Result<Claims> evaluate(Bytes evidence, const Endorsements& endorsements,
                        const VerifyContext& context);

}  // namespace cupel::maa
