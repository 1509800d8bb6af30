// cupel.nitro: attestation documents of AWS Nitro.
#include <cupel/nitro.hpp>

#include "rooms.hpp"
#include "values.hpp"

namespace cupel::python {
namespace {

void bind_values(py::module_& module) {
  using nitro::Document;
  using nitro::Signer;

  ValueClass<Signer>(module, "Signer", "The certificate under which a document was signed.")
      .field("subject", &Signer::subject)
      .field("anchor", &Signer::anchor, "The label of the root that its path ends in.")
      .field("not_before", &Signer::not_before)
      .field("not_after", &Signer::not_after)
      .shown("{!r}", &Signer::subject);

  ValueClass<Document>(module, "Document", "An attestation document: well formed, not authentic.")
      .field("raw", &Document::raw, "COSE_Sign1 exactly as received.")
      .field("kind", &Document::kind, "Who speaks: \"enclave\", or \"nitro_tpm\" for an instance.")
      .field("module_id", &Document::module_id)
      .field("timestamp_ms", &Document::timestamp_ms,
             "The hypervisor's clock when it signed, milliseconds since 1970.")
      .field("pcrs", &Document::pcrs, "Register to value.")
      .field("certificate", &Document::certificate, "DER.")
      .field("cabundle", &Document::cabundle, "DER; as a rule the root first.")
      .field("public_key", &Document::public_key)
      .field("user_data", &Document::user_data)
      .field("nonce", &Document::nonce)
      .field("signer", &Document::signer, "Set by verify().")
      .shown("{} {}", &Document::kind, &Document::module_id);
  bind_verified<Document>(module, "VerifiedDocument", "A document that a Nitro hypervisor signed.");
}

}  // namespace

void bind_nitro(py::module_& module) {
  using nitro::Document;

  module.attr("MAX_DOCUMENT_SIZE") = nitro::kMaxDocumentSize;
  module.attr("PCR_COUNT") = nitro::kPcrCount;
  module.attr("TPM_PCR_COUNT") = nitro::kTpmPcrCount;
  bind_values(module);

  def_unlocked(module, "parse", &nitro::parse, py::arg("data"),
               "Parses a COSE_Sign1 message with a Nitro payload, every byte of it.\n\n"
               "Errors: ParseError at \"nitro.cose.…\" and \"nitro.payload.…\".");
  def_unlocked(module, "needed", &nitro::needed, py::arg("document"),
               "What a verification would like to have besides the document.");
  module.def("vendor_anchors", &nitro::vendor_anchors,
             "The root of the Nitro attestation PKI, by fingerprint.");
  def_endorsed<Document>(module, "verify", &nitro::verify, py::arg("document"),
                         "Establishes that the Nitro hypervisor signed the document.\n\n"
                         "Errors: VerifyError, CollateralError.");
  module.def("claims", &nitro::claims, py::arg("document"),
             "The facts a verified document states.");
  def_endorsed<BytesArg>(module, "evaluate", &nitro::evaluate, py::arg("evidence"),
                         "parse, verify and claims in one call.");
}

}  // namespace cupel::python
