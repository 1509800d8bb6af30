// cupel.maa: tokens of Microsoft Azure Attestation.
#include <cupel/maa.hpp>

#include "rooms.hpp"
#include "values.hpp"

namespace cupel::python {
namespace {

void bind_values(py::module_& module) {
  using maa::SignerEvidence;
  using maa::SigningKey;
  using maa::Token;

  ValueClass<SigningKey>(module, "SigningKey",
                         "The key that signed a token, and why it is trusted.")
      .field("trust", &SigningKey::trust,
             "\"issuer_keys\" (a key set that the caller vouches for), \"named_key\" (the caller "
             "named the key) or \"certificate\" (it leads to a trusted root).")
      .field("anchor", &SigningKey::anchor,
             "The issuer of the key set, the key's name, or the root's label.")
      .field("spki_sha256", &SigningKey::spki_sha256)
      .field("subject", &SigningKey::subject, "Of its certificate, where one is known.")
      .field("certificate", &SigningKey::certificate, "DER; empty where none is known.")
      .field("evidence", &SigningKey::evidence,
             "Kind of the evidence in that certificate, if there is any.")
      .shown("{} {}", &SigningKey::trust, &SigningKey::spki_sha256);

  ValueClass<SignerEvidence>(module, "SignerEvidence",
                             "A quote or report of the machine that holds the signing key. Not "
                             "verified, but its report data name this very key.")
      .field("kind", &SignerEvidence::kind, "\"sgx\" or \"snp\".")
      .field("evidence", &SignerEvidence::evidence, "The quote, or the report.")
      .field("certificates", &SignerEvidence::certificates, "snp: PEM of VCEK, ASK and ARK.")
      .field("endorsements", &SignerEvidence::endorsements,
             "snp: the JSON document with UVM endorsements; may be empty.")
      .shown("{}", &SignerEvidence::kind);

  ValueClass<Token>(module, "Token", "A token: well formed, not authentic.")
      .field("kid", &Token::kid)
      .field("issuer", &Token::issuer, "`iss`, a canonical https URL.")
      .field("issued_at", &Token::issued_at, "`iat`")
      .field("not_before", &Token::not_before, "`nbf`")
      .field("expires", &Token::expires, "`exp`")
      .field("attestation_type", &Token::attestation_type, "\"sevsnpvm\", \"sgx\", \"azurevm\", …")
      .field("left_out", &Token::left_out, "Paths of members that no claim can hold.")
      .field("payload", &Token::payload, "The JSON text as it was signed.")
      .field("key", &Token::key, "Set by verify().")
      .shown("{} {}", &Token::issuer, &Token::attestation_type)
      .def_property_readonly(
          "claims",
          [](const Token& token) {
            py::typing::Dict<py::str, Value> out;
            for (const auto& [path, value] : token.claims()) {
              out[to_python(path)] = value_to_python(value);
            }
            return out;
          },
          "Every claim of the payload by its path below \"maa.\", with its type.");
  bind_verified<Token>(module, "VerifiedToken", "A token that a trusted key of its issuer signed.");
}

}  // namespace

void bind_maa(py::module_& module) {
  using maa::Token;

  module.attr("CLOCK_SKEW_S") = maa::kClockSkew_s;
  bind_values(module);

  def_unlocked(module, "parse", &maa::parse, py::arg("compact"),
               "Parses a token in compact form, and nothing else.\n\n"
               "Errors: ParseError, VerifyError (key_mismatch) at \"maa.token\", \"maa.header…\", "
               "\"maa.payload…\", \"maa.signature\".");
  def_unlocked(module, "parse_evidence", &maa::parse_evidence, py::arg("evidence"),
               "Parses what services hand out: the bare token, or {\"token\": \"…\"}.");
  def_unlocked(module, "needed", &maa::needed, py::arg("evidence"),
               "Where the issuer publishes its keys, if it is one of Microsoft's.");
  module.def("vendor_anchors", &maa::vendor_anchors,
             "None: the service's certificates are self-issued, and its keys change. Whom to trust "
             "is the caller's act: TrustAnchors.with_issuer_keys().");
  def_endorsed<Token>(module, "verify", &maa::verify, py::arg("token"),
                      "Establishes that a trusted key of the token's issuer signed it, and that it "
                      "is valid now.\n\nErrors: VerifyError, CollateralError.");
  module.def("signer_evidence", &maa::signer_evidence, py::arg("token"),
             "The evidence in the signing key's certificate, for the family that can verify it; "
             "None when there is none.");
  module.def("claims", &maa::claims, py::arg("token"), "The facts a verified token states.");
  def_endorsed<BytesArg>(module, "evaluate", &maa::evaluate, py::arg("evidence"),
                         "parse_evidence, verify and claims in one call.");
}

}  // namespace cupel::python
