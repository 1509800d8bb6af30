// TPM 2.0 quotes and the event logs that explain them.
#pragma once

#include <cstdint>
#include <cupel/bytes.hpp>
#include <cupel/claims.hpp>
#include <cupel/collateral.hpp>
#include <cupel/result.hpp>
#include <cupel/trust.hpp>
#include <cupel/verified.hpp>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cupel::tpm {

/// TPM_ALG_ID values (TCG Algorithm Registry). Unknown values are refused when parsed.
enum class HashAlg : std::uint16_t {
  sha1 = 0x0004,
  sha256 = 0x000b,
  sha384 = 0x000c,
  sha512 = 0x000d,
  sm3_256 = 0x0012,
};
enum class SignatureScheme : std::uint16_t { rsassa = 0x0014, rsapss = 0x0016, ecdsa = 0x0018 };

std::string_view to_string(HashAlg alg) noexcept;             ///< "sha256"
std::string_view to_string(SignatureScheme scheme) noexcept;  ///< "rsassa"
std::size_t digest_size(HashAlg alg) noexcept;
std::optional<HashAlg> hash_alg_by_name(std::string_view name) noexcept;

inline constexpr unsigned kPcrCount = 24;

/// TPMS_PCR_SELECTION: which registers of a bank, ascending.
struct PcrSelection {
  HashAlg bank;
  std::vector<unsigned> indices;
  friend bool operator==(const PcrSelection&, const PcrSelection&) = default;
};

/// TPMS_CLOCK_INFO
struct ClockInfo {
  std::uint64_t clock = 0;  ///< milliseconds the TPM has been powered
  std::uint32_t reset_count = 0;
  std::uint32_t restart_count = 0;
  bool safe = false;
};

/// TPMS_ATTEST of type TPM_ST_ATTEST_QUOTE (TPM 2.0 Library Part 2, 10.12.12).
struct Attest {
  ByteVector qualified_signer;
  ByteVector extra_data;  ///< the qualifying data given by whoever asked for the quote: the nonce
  ClockInfo clock_info;
  std::uint64_t firmware_version = 0;
  std::vector<PcrSelection> pcr_select;
  ByteVector pcr_digest;
};

/// TPMT_SIGNATURE
struct Signature {
  SignatureScheme scheme;
  HashAlg hash;
  ByteVector rsa;      ///< rsassa, rsapss
  ByteVector ecdsa_r;  ///< big-endian
  ByteVector ecdsa_s;
};

/// TPMT_PUBLIC of an RSA or ECC signing key.
struct PublicArea {
  HashAlg name_alg;
  std::uint32_t object_attributes = 0;
  ByteVector spki;                           ///< DER SubjectPublicKeyInfo
  ByteVector name;                           ///< nameAlg || H(TPMT_PUBLIC)
  bool restricted_signing() const noexcept;  ///< restricted, sign, fixedTPM; not decrypt
};

/// PCR values as they came beside a quote: digests in an order that only the signed selection can
/// explain. Never looked up by what the file itself says.
struct PcrValues {
  std::vector<ByteVector> digests;
  std::optional<std::vector<PcrSelection>> claimed;  ///< the file's own word, compared, not used
};

/// The key that signed a quote, as the trust that held describes it.
struct AttestationKey {
  /// What its certificate says; absent for a key that the caller named.
  struct Certificate {
    std::string subject;
    std::string anchor;  ///< the label of the root the path ends in
    UnixTime not_before;
    UnixTime not_after;
  };

  Sha256Digest spki_sha256{};
  std::optional<Certificate> certificate;
};

/// A quote: well formed, not authentic.
struct Quote {
  ByteVector message;          ///< TPMS_ATTEST exactly as received
  ByteVector signature_bytes;  ///< as received
  Attest attest;
  Signature signature;
  std::optional<PcrValues> pcrs;     ///< after verify(): bound by attest.pcr_digest
  std::optional<AttestationKey> ak;  ///< set by verify(), which ignores what was here before
};

// ---- parse: structure only; every byte is consumed ----------------------------------------------

/// TPMS_ATTEST. Errors: truncated, trailing_bytes, bad_magic (also for another attestation type),
/// unsupported_algorithm, out_of_range, duplicate_field, too_large (> 4 KiB) at "tpm.attest.…".
Result<Attest> parse_attest(Bytes in);
/// TPMT_SIGNATURE. Errors likewise at "tpm.signature.…".
Result<Signature> parse_signature(Bytes in);
/// A signature that some producers write bare: RSASSA-PKCS1-v1_5 with SHA-256, no TPMT header.
/// A step the caller takes on purpose; parse_signature() never guesses.
Result<Signature> bare_rsassa_sha256(Bytes in);
/// TPMT_PUBLIC, or TPM2B_PUBLIC (size first). Errors likewise at "tpm.public.…".
Result<PublicArea> parse_public(Bytes in);
/// Message and signature together.
Result<Quote> parse(Bytes message, Bytes signature);

/// The PCR files of tpm2-tools: `-F serialized` (little-endian C structures, 1200 bytes for 16
/// registers), `marshaled` (TPM wire form), `values` (bare digests; needs the signed selection).
/// Errors at "tpm.pcrs.…".
Result<PcrValues> parse_pcrs_serialized(Bytes in);
Result<PcrValues> parse_pcrs_marshaled(Bytes in);
Result<PcrValues> parse_pcrs_values(Bytes in, std::span<const PcrSelection> selection);

// ---- event log ----------------------------------------------------------------------------------

struct EventDigest {
  std::uint16_t alg;  ///< TPM_ALG_ID as in the log's header
  ByteVector digest;
};

/// One record of a TCG event log.
struct Event {
  std::uint32_t pcr = 0;
  std::uint32_t type = 0;
  std::vector<EventDigest> digests;
  ByteVector data;
  std::size_t offset = 0;  ///< of the record in the log
};

struct SpecIdAlg {
  std::uint16_t alg;
  std::uint16_t digest_size;
};

/// A TCG PC Client event log (crypto-agile, or the SHA-1 legacy form, which is parsed only).
struct EventLog {
  ByteVector raw;
  bool crypto_agile = false;
  std::vector<SpecIdAlg> algorithms;  ///< legacy: SHA-1 alone
  std::vector<Event> events;          ///< the spec-id event itself is not among them
  std::optional<std::uint8_t> startup_locality;
  std::size_t used = 0;  ///< up to the end of the last event; the rest is padding, or a deviation
  /// SHA-256 of the message of the quote that confirmed the log: set by replay() and by nothing
  /// else, so that no log speaks for another quote.
  std::optional<Sha256Digest> replayed_against{};
};

/// At most 1 MiB, 65,536 events. Trailing 0xff padding (ACPI CCEL areas) is allowed and counted
/// out of `used`; anything else after the last event is refused, but for two oddities of producers
/// (lib/tpm/EVENT_LOG.md, deviations). An empty log is truncated. Errors at "tpm.event_log.…".
Result<EventLog> parse_event_log(Bytes in);

std::string event_type_name(std::uint32_t type);  ///< "EV_SEPARATOR", or "0x00008401"

/// What the log's events extend to, from the registers' start values: register → value, for the
/// registers the log mentions. Errors: unsupported_algorithm at "tpm.event_log.algorithms" when the
/// log has no such bank; missing_field at "tpm.event_log.event.digests" when an event lacks it.
Result<std::map<unsigned, ByteVector>> replay_values(const EventLog& log, HashAlg bank);

/// The first event at which two logs differ for a register.
struct EventDifference {
  unsigned pcr = 0;
  std::size_t position = 0;  ///< counting the register's extending events from 0
  std::optional<Event> got;  ///< absent: the log ends before the reference
  std::optional<Event> reference;
  std::string text;  ///< for people
};
std::optional<EventDifference> first_difference(const EventLog& got, const EventLog& reference,
                                                HashAlg bank, unsigned pcr);

// ---- evidence: one document with all parts ------------------------------------------------------

/// What one evidence document holds. Two JSON forms are read: BlindLlama's attestation document,
/// and Cupel's own bundle (lib/tpm/README.md).
struct Evidence {
  std::string form;  ///< "blindllama" or "cupel.tpm/1"
  Quote quote;
  std::vector<ByteVector> ak_certificates;  ///< DER, leaf first, then helpers in any order
  std::optional<ByteVector> ak_public;      ///< DER SubjectPublicKeyInfo, trusted only if named
  std::optional<EventLog> event_log;
  std::optional<std::string> webserver_rootca;          ///< unauthenticated until a replay binds it
  std::optional<ByteVector> application_disk_roothash;  ///< the same
};

/// Errors: bad_encoding, missing_field, unknown_field, … at "tpm.evidence.…" and the parts' places.
Result<Evidence> parse_evidence(Bytes json);

/// Writes a "cupel.tpm/1" bundle. parse_evidence() of it gives the same parts back.
std::string to_json(const Evidence& evidence);

// ---- verify -------------------------------------------------------------------------------------

/// Why an attestation key is trusted.
class AkTrust {
 public:
  /// A certificate, with untrusted helpers in any order; judged against the context's anchors.
  /// Errors: missing_field, bad_certificate at "tpm.ak_certificate".
  static Result<AkTrust> from_chain(std::span<const ByteVector> ders);
  /// A key that the caller names on purpose; the verdict lists it under `assumed`.
  /// Errors: bad_key at "tpm.ak_public".
  static Result<AkTrust> from_public_key(std::string_view name, Bytes spki);
  /// A key that other evidence names, which was verified: `vouched` says how, and how long that
  /// holds. Errors: bad_key at "tpm.ak_public".
  template <class T>
  static Result<AkTrust> from_evidence(const Verified<T>& vouched, std::string_view name,
                                       Bytes spki) {
    return from_assurance(vouched.assurance(), name, spki);
  }
  /// For the library: the same key, decoded already.
  template <class T>
  static AkTrust from_evidence(const Verified<T>& vouched, std::string_view name,
                               const crypto::PublicKey& key) {
    return from_assurance(vouched.assurance(), name, key);
  }

  struct State;  ///< defined in lib/tpm
  const State& state() const noexcept { return *state_; }

 private:
  static Result<AkTrust> from_assurance(const Assurance& vouched, std::string_view name,
                                        Bytes spki);
  static AkTrust from_assurance(const Assurance& vouched, std::string_view name,
                                const crypto::PublicKey& key);
  explicit AkTrust(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

/// Roots of Microsoft's virtual TPMs, by fingerprint.
TrustAnchors vendor_anchors();
/// Roots of Google Compute Engine's virtual TPMs, by fingerprint. Their certificates do not say
/// what the key is for in the way the TCG asks (lib/tpm/README.md, deviations).
TrustAnchors gce_anchors();

/// Establishes that a trusted TPM key signed the quote, and that the PCR values are the quoted
/// ones.
Result<Verified<Quote>> verify(Quote quote, const AkTrust& trust, const Endorsements& endorsements,
                               const VerifyContext& context);

/// Establishes that the log explains the quoted registers it mentions.
///
/// What is sealed holds only what the replay covers: events of explained registers, digests of the
/// banks that were compared, and data only where a digest binds it; other data and `raw` are empty.
/// An event's type is covered by nothing. Errors: digest_mismatch at "tpm.event_log.pcr.<bank>.<i>"
/// or "tpm.event_log.event"; unsupported_algorithm, missing_field at "tpm.event_log" when no quoted
/// register is explained. All are tpm-11.
Result<Verified<EventLog>> replay(EventLog log, const Verified<Quote>& quote);

/// The quoted value of a register, by the signed selection; nullptr when it was not quoted.
const ByteVector* pcr(const Verified<Quote>& quote, HashAlg bank, unsigned index);

Claims claims(const Verified<Quote>& quote);
/// With what the log says, if it was replayed against this very quote. A log of another quote adds
/// nothing but a sentence to `not_proved`.
Claims claims(const Verified<Quote>& quote, const Verified<EventLog>& log);

/// parse_evidence, verify, replay and claims in one call, with what merely came along added as
/// unauthenticated claims.
Result<Claims> evaluate(Bytes evidence, const Endorsements& endorsements,
                        const VerifyContext& context);

}  // namespace cupel::tpm
