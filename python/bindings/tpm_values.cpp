// cupel.tpm: the parsed parts of a quote, and the functions that parse them.
#include <cupel/tpm.hpp>
#include <vector>

#include "rooms.hpp"
#include "tpm_names.hpp"
#include "values.hpp"

namespace cupel::python {
namespace {

void bind_attest(py::module_& tpm) {
  ValueClass<tpm::PcrSelection>(tpm, "PcrSelection", "Which registers of a bank.")
      .field("bank", &tpm::PcrSelection::bank)
      .field("indices", &tpm::PcrSelection::indices)
      .comparable()
      .shown("{} {}", &tpm::PcrSelection::bank, &tpm::PcrSelection::indices);

  ValueClass<tpm::ClockInfo>(tpm, "ClockInfo", "TPMS_CLOCK_INFO.")
      .field("clock", &tpm::ClockInfo::clock, "Milliseconds the TPM has been powered.")
      .field("reset_count", &tpm::ClockInfo::reset_count)
      .field("restart_count", &tpm::ClockInfo::restart_count)
      .field("safe", &tpm::ClockInfo::safe)
      .shown("clock={} resets={} restarts={}", &tpm::ClockInfo::clock, &tpm::ClockInfo::reset_count,
             &tpm::ClockInfo::restart_count);

  ValueClass<tpm::Attest>(tpm, "Attest", "TPMS_ATTEST of a quote. Parsed, not authentic.")
      .field("qualified_signer", &tpm::Attest::qualified_signer)
      .field("extra_data", &tpm::Attest::extra_data,
             "The qualifying data given by whoever asked for the quote: the nonce.")
      .field("clock_info", &tpm::Attest::clock_info)
      .field("firmware_version", &tpm::Attest::firmware_version)
      .field("pcr_select", &tpm::Attest::pcr_select)
      .field("pcr_digest", &tpm::Attest::pcr_digest)
      .shown("{} pcr_digest={}", &tpm::Attest::pcr_select, &tpm::Attest::pcr_digest);
}

void bind_keys(py::module_& tpm) {
  ValueClass<tpm::Signature>(tpm, "Signature", "TPMT_SIGNATURE.")
      .field("scheme", &tpm::Signature::scheme)
      .field("hash", &tpm::Signature::hash)
      .field("rsa", &tpm::Signature::rsa)
      .field("ecdsa_r", &tpm::Signature::ecdsa_r)
      .field("ecdsa_s", &tpm::Signature::ecdsa_s)
      .shown("{} {}", &tpm::Signature::scheme, &tpm::Signature::hash);

  ValueClass<tpm::PublicArea>(tpm, "PublicArea", "TPMT_PUBLIC of a signing key.")
      .field("name_alg", &tpm::PublicArea::name_alg)
      .field("object_attributes", &tpm::PublicArea::object_attributes)
      .field("spki", &tpm::PublicArea::spki, "SubjectPublicKeyInfo, DER.")
      .field("name", &tpm::PublicArea::name, "nameAlg || H(TPMT_PUBLIC)")
      .field("restricted_signing", &tpm::PublicArea::restricted_signing,
             "Whether the key is restricted, signing, fixed to its TPM, and not for decryption.")
      .shown("name={}", &tpm::PublicArea::name);

  using Key = tpm::AttestationKey;
  ValueClass<Key::Certificate>(tpm, "AttestationKeyCertificate",
                               "What the certificate of an attestation key says.")
      .field("subject", &Key::Certificate::subject)
      .field("anchor", &Key::Certificate::anchor, "The label of the root the path ends in.")
      .field("not_before", &Key::Certificate::not_before)
      .field("not_after", &Key::Certificate::not_after)
      .shown("{!r} under {!r}", &Key::Certificate::subject, &Key::Certificate::anchor);
  ValueClass<Key>(tpm, "AttestationKey",
                  "The key that signed a quote, as the trust that held describes it.")
      .field("spki_sha256", &Key::spki_sha256, "Of its SubjectPublicKeyInfo.")
      .field("certificate", &Key::certificate, "None for a key that the caller named.")
      .shown("{}", &Key::spki_sha256);
}

void bind_quote(py::module_& tpm) {
  ValueClass<tpm::PcrValues>(tpm, "PcrValues", "PCR values as they came beside a quote.")
      .field("digests", &tpm::PcrValues::digests)
      .field("claimed", &tpm::PcrValues::claimed,
             "The file's own word on which registers these are; compared, never used.")
      .shown("{} digests", [](const tpm::PcrValues& p) { return p.digests.size(); });

  ValueClass<tpm::Quote> quote(tpm, "Quote", "A quote: well formed, not authentic.");
  quote.field("message", &tpm::Quote::message, "TPMS_ATTEST exactly as received.")
      .field("signature_bytes", &tpm::Quote::signature_bytes)
      .field("attest", &tpm::Quote::attest)
      .field("signature", &tpm::Quote::signature)
      .field("pcrs", &tpm::Quote::pcrs)
      .field("ak", &tpm::Quote::ak, "Set by verify(); None before.")
      .shown("{!r}", &tpm::Quote::attest);
  quote.def(
      "with_pcrs",
      [](const tpm::Quote& q, const tpm::PcrValues& pcrs) {
        tpm::Quote out = q;
        out.pcrs = pcrs;
        return out;
      },
      py::arg("pcrs"), "The same quote with these PCR values beside it.");
}

void bind_parsers(py::module_& tpm) {
  const auto data = py::arg("data");
  def_unlocked(tpm, "parse_attest", &tpm::parse_attest, data,
               "Parses TPMS_ATTEST. Errors: ParseError at \"tpm.attest.…\".");
  def_unlocked(tpm, "parse_signature", &tpm::parse_signature, data,
               "Parses TPMT_SIGNATURE. Errors: ParseError at \"tpm.signature.…\".");
  def_unlocked(
      tpm, "bare_rsassa_sha256", &tpm::bare_rsassa_sha256, data,
      "Takes a bare RSASSA-PKCS1-v1_5 signature with SHA-256, which some producers write.");
  def_unlocked(tpm, "parse_public", &tpm::parse_public, data,
               "Parses TPMT_PUBLIC or TPM2B_PUBLIC. Errors: ParseError at \"tpm.public.…\".");
  def_unlocked(tpm, "parse_pcrs_serialized", &tpm::parse_pcrs_serialized, data,
               "Parses the PCR file of `tpm2_quote -F serialized`.");
  def_unlocked(tpm, "parse_pcrs_marshaled", &tpm::parse_pcrs_marshaled, data,
               "Parses a PCR file in TPM wire form.");
  tpm.def(
      "parse_pcrs_values",
      [](const BytesArg& bytes, const std::vector<tpm::PcrSelection>& selection) {
        return unlocked([&] { return tpm::parse_pcrs_values(bytes, selection); });
      },
      data, py::arg("selection"), "Parses bare digests, by the signed selection.");
  def_unlocked(tpm, "parse", &tpm::parse, py::arg("message"), py::arg("signature"),
               "Parses a quote: TPMS_ATTEST and TPMT_SIGNATURE.");
}

}  // namespace

tpm::HashAlg hash_by_name(const std::string& name) {
  const auto alg = tpm::hash_alg_by_name(name);
  if (!alg) {
    refuse_argument("bank", "not the name of a hash");
  }
  return *alg;
}

void bind_tpm_values(py::module_& tpm) {
  tpm.attr("PCR_COUNT") = tpm::kPcrCount;
  bind_attest(tpm);
  bind_keys(tpm);
  bind_quote(tpm);
  bind_parsers(tpm);
}

}  // namespace cupel::python
