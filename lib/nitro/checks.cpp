#include "nitro/checks.hpp"

#include <array>

namespace cupel::nitro {
namespace {

constexpr std::array kChecks = {
    CheckInfo{
        .id = "nitro-01",
        .title = "The envelope is COSE_Sign1 with ES384 and nothing else in its headers",
        .source = "AWS Nitro Enclaves, attestation_process.md, 3.1; RFC 9052, 3 and 4.2",
        .meaning = "Four parts, tagged 18 or not; the protected header is exactly {1: -35}, the "
                   "unprotected one is empty, the signature has 96 bytes.",
        .why = "Whoever may choose the algorithm chooses a weak one, and what stands in an "
               "unprotected header can be changed by anybody on the way.",
        .not_proved = "Anything about who signed: that is nitro-04 and nitro-06.",
        .causes = "A document in base64 or hexadecimal text; a file that was cut, or has a line "
                  "feed at its end; another COSE message.",
        .remedy = "Hand over the bytes as /dev/nsm gave them: `base64 -d` first, if need be."},
    CheckInfo{
        .id = "nitro-02",
        .title = "The payload has the fields of an attestation document, within their limits",
        .source = "AWS Nitro Enclaves, attestation_process.md, 3.1 (CDDL)",
        .meaning = "Every member is known and there once: module_id is not empty, digest is "
                   "SHA384, timestamp is not zero, certificates have 1 to 1024 bytes, public_key 1 "
                   "to 1024, user_data and nonce at most 1024; the last three may be null.",
        .why = "Two readers who understand one document differently can be played off against "
               "each other. A member that is there twice, or that only one of them knows, is how.",
        .not_proved = "That any of it is true, before nitro-06.",
        .causes = "A newer hypervisor with members that are not known here; a payload written by "
                  "something that is no Nitro hypervisor.",
        .remedy = "Look at the document with `cupel show`; the error names the member and its "
                  "offset."},
    CheckInfo{
        .id = "nitro-03",
        .title = "There are registers, of one kind, with numbers and lengths that exist",
        .source = "AWS Nitro Enclaves, attestation_process.md, 3.1 (CDDL); for NitroTPM, genuine "
                  "documents",
        .meaning = "Either `pcrs` (0 to 31) or `nitrotpm_pcrs` (0 to 23), at least one of them, "
                   "each with 32, 48 or 64 bytes.",
        .why = "Registers of an enclave and of a TPM mean different things under the same "
               "numbers. An empty list would satisfy whoever looks at all of its members.",
        .not_proved = "That these are good values, or that those are there which your policy "
                      "needs: it fails by itself when one is absent. A register that does not have "
                      "48 bytes is no SHA-384 and becomes no claim.",
        .causes = "A payload written by something that is no Nitro hypervisor.",
        .remedy = "Look at the document with `cupel show`."},
    CheckInfo{
        .id = "nitro-04",
        .title = "The certificate leads to a trusted root, now, and is not revoked",
        .source = "AWS Nitro Enclaves, attestation_process.md, 3.2; RFC 5280, section 6",
        .meaning = "A path of signatures from the document's certificate to a root that the "
                   "caller trusts by fingerprint; every certificate valid at the time asked about; "
                   "no CRL that was given lists one of them.",
        .why = "The bundle in the document is the sender's. A root inside of it, in whatever "
               "place and under whatever name, is trusted only when its fingerprint is known.",
        .not_proved = "That this is your enclave: every customer of AWS has certified ones, and "
                      "only the registers tell them apart. Without CRLs, that nothing was revoked.",
        .causes = "The certificate lives for three hours: a stored document is expired. A clock "
                  "that is wrong. A document of GovCloud or the China regions, which have other "
                  "roots. A document from a test set.",
        .remedy = "Ask for a fresh document. For a stored one give the time to judge it at: "
                  "`cupel verify --at …`. For other partitions: `--anchors` with their root."},
    CheckInfo{.id = "nitro-05",
              .title = "The certificate's key is on P-384",
              .source = "AWS Nitro Enclaves, attestation_process.md, 3.2; RFC 9053, 2.1",
              .meaning = "ES384 is used with the curve that the hypervisor uses.",
              .why = "A key of another kind is no key of a Nitro hypervisor, whoever certified it.",
              .not_proved = "That this key signed (nitro-06).",
              .causes = "A test authority that issues other keys.",
              .remedy = "Have it issue P-384 keys."},
    CheckInfo{.id = "nitro-06",
              .title = "The certificate's key signed these very bytes",
              .source = "AWS Nitro Enclaves, attestation_process.md, 3.2; RFC 9052, 4.4",
              .meaning = "ECDSA over the Sig_structure made from header and payload as they were "
                         "received, nothing re-encoded.",
              .why = "This is what makes the payload the hypervisor's word.",
              .not_proved =
                  "Freshness: a document without your nonce can be replayed as long as its "
                  "certificate lives. That the enclave keeps its secrets: a debug enclave's "
                  "console is open, and says so in `common.debug`.",
              .causes = "A document that was changed, or decoded and encoded again, on its way.",
              .remedy = "Send the bytes as /dev/nsm gave them."},
};

}  // namespace

std::span<const CheckInfo> check_pages() {
  return kChecks;
}

}  // namespace cupel::nitro
