// One page for each check: what `cupel explain tpm-NN` prints.
#include "tpm/checks.hpp"

#include <array>

namespace cupel::tpm {
namespace {

constexpr std::array kChecks = {
    CheckInfo{
        .id = "tpm-01",
        .title = "The message begins with the TPM's own magic number",
        .source = "TPM 2.0 Library Part 2, 10.12.12 and 6.2 (TPM_GENERATED_VALUE)",
        .meaning = "The first four bytes are ff 54 43 47. A restricted key signs such bytes only "
                   "when the TPM composed the message itself.",
        .why = "A TPM also signs texts that software hands it. It refuses one that starts with the "
               "magic, and nothing else tells the two apart. A verifier that does not look "
               "accepts any text that the attested machine had signed, dressed up as a quote. "
               "tpm2_checkquote did not look (CVE-2024-29038).",
        .not_proved = "That the message is a quote (tpm-02), or that anybody signed it (tpm-07).",
        .causes = "The wrong file: a signature, a PCR file or a base64 text in place of the "
                  "message. A TPM2B_ATTEST with its two size bytes still in front. Or an attack.",
        .remedy = "Give the file that `tpm2_quote --message` wrote, as it is."},
    CheckInfo{
        .id = "tpm-02",
        .title = "The attestation is a quote",
        .source = "TPM 2.0 Library Part 2, 10.12.12 and 6.9 (TPM_ST_ATTEST_QUOTE)",
        .meaning = "The type is 0x8018: the TPM speaks about its PCRs.",
        .why = "The same key also certifies other keys (0x8017), their creation (0x801a) and NV "
               "contents. Those structures are as genuine as a quote and have bytes of the "
               "requester's choice in places where a careless reader expects PCRs.",
        .not_proved = "Which PCRs are quoted, and what they hold (tpm-08 to tpm-10).",
        .causes = "Another attestation of the same key was sent, for example the certificate of an "
                  "encryption key that Azure's guest attestation puts beside the quote.",
        .remedy = "Send the structure that TPM2_Quote returned."},
    CheckInfo{
        .id = "tpm-03",
        .title = "The signature rests on SHA-256, SHA-384 or SHA-512",
        .source = "TPM 2.0 Library Part 2, 11.3; NIST SP 800-131A rev. 2, section 3",
        .meaning = "The hash of the signature is one whose collisions nobody can compute.",
        .why = "The same hash makes the PCR digest. Two boots whose SHA-1 digests collide have one "
               "quote: the good one is signed, the bad one is shown.",
        .not_proved = "The strength of the PCR bank itself: a SHA-256 signature may cover SHA-1 "
                      "registers, whose values are marked weak and satisfy no policy.",
        .causes = "An attestation key created with a SHA-1 scheme, as some Windows images of 2019 "
                  "did, or `tpm2_quote -g sha1`.",
        .remedy = "Create the attestation key with sha256 (`tpm2_createak -g sha256`) and quote "
                  "with it."},
    CheckInfo{
        .id = "tpm-04",
        .title = "The attestation key's certificate leads to a trusted root",
        .source = "RFC 5280, section 6",
        .meaning =
            "At the given time every certificate from the key up to one of the caller's "
            "roots is valid, signed by the next, and not revoked by any list that was given.",
        .why =
            "Anybody can make a key, sign a perfect quote with it, and issue it a certificate "
            "under a root of the same name. Verifiers fell for it by adding whatever root came "
            "with the evidence to the trusted ones; keylime registered keys whose chain it never "
            "checked (CVE-2021-3406). Here a self-signed certificate in the evidence is a helper "
            "until its fingerprint is found among the anchors.",
        .not_proved =
            "Whose machine it is: every customer of a cloud gets such a certificate. Only "
            "the measurements tell one service from another. Revocation is proved only as "
            "far as lists were given.",
        .causes =
            "A certificate has expired: Azure's live one year, and `Global Virtual TPM CA - "
            "01` ended on 2025-11-03. An intermediate is missing: Azure's carry no address to "
            "fetch it from. The machine belongs to another vendor than the anchors.",
        .remedy = "For old evidence give the time it was made (`--at`). Add the intermediate with "
                  "`--endorse`. Name the right root with `--anchors`."},
    CheckInfo{
        .id = "tpm-05",
        .title = "The certificate is for an attestation key",
        .source = "TCG OID Registry (tcg-kp-AIKCertificate, 2.23.133.8.3)",
        .meaning = "The issuer certified this key for signing what a TPM says about itself. "
                   "Certificates of Google's two roots do not say it in the TCG's words; for those "
                   "the mark that Google does set is demanded.",
        .why = "Roots certify many things. Without the purpose a key for firmware updates, or an "
               "endorsement key under the same authority, could vouch for a boot.",
        .not_proved = "That the machine behind the key is the one you want.",
        .causes = "A certificate of another purpose; a leaf from Azure's authority of before 2023 "
                  "(AME Infra CA), which lacks the mark; a test authority that forgot it.",
        .remedy = "Use a current virtual machine image; in test authorities add extended key usage "
                  "2.23.133.8.3 to the leaf."},
    CheckInfo{
        .id = "tpm-06",
        .title = "A bare key is one that the caller named, and fits the certificate beside it",
        .source = "TCG EK Credential Profile 2.5; Cupel: trust is the caller's act",
        .meaning = "Evidence that brings a public key and no certificate is believed only when the "
                   "caller listed exactly that key. The verdict says so under `assumed`.",
        .why = "A key that vouches for itself vouches for nothing: software makes one in a second. "
               "Keylime's registrar could be made to accept a key that no TPM held "
               "(CVE-2023-38201).",
        .not_proved = "That the named key lives in a TPM. That is the caller's knowledge, from an "
                      "enrolment or a serial console.",
        .causes = "A development machine or software TPM whose key nobody listed; a key that was "
                  "recreated; a certificate of another key beside this one.",
        .remedy = "Take the key from the machine over a path you trust, and name it: `cupel verify "
                  "--anchors ak_pub.pem`."},
    CheckInfo{
        .id = "tpm-07",
        .title = "The key signed the message, byte for byte as it arrived",
        .source = "TPM 2.0 Library Part 2, 11.3.4; RFC 8017, 8.1 and 8.2; FIPS 186-5",
        .meaning =
            "Nobody changed the quote after the TPM signed it, and the trusted key is the one "
            "that signed.",
        .why = "Everything else in a quote is only words. Keylime once logged a bad signature and "
               "carried on (CVE-2023-3674).",
        .not_proved = "When it was signed. A quote without your nonce may be years old.",
        .causes =
            "Message and signature of two different quotes; a certificate of another machine; "
            "a transport that changed bytes; a bare RSA signature that was not declared as "
            "one.",
        .remedy = "Take message, signature and certificate from one run. If the producer writes "
                  "bare signatures, say `\"signature_form\": \"rsassa_sha256\"` in the bundle."},
    CheckInfo{
        .id = "tpm-08",
        .title = "The PCR values are for the registers that were signed, one for each",
        .source = "TPM 2.0 Library Part 2, 10.12.4 and 10.9.7",
        .meaning = "The quote selects at least one register; there are exactly as many values as "
                   "selected registers; and the PCR file's own list of registers, which nobody "
                   "signed, says the same as the quote.",
        .why = "The digest fixes values and their order, not their labels. With an honest digest "
               "and a forged list the content of PCR 16, which any program may reset and extend, "
               "passes for PCR 4 (CVE-2024-29039, CVE-2022-0317). A quote over no register has a "
               "correct digest too, and says nothing.",
        .not_proved = "That the quote covers the registers your policy needs: the policy fails by "
                      "itself when one is absent.",
        .causes = "PCR file and quote of two different runs; a bank that the TPM does not have, so "
                  "that it quoted less than was asked for.",
        .remedy = "Write both with one command: `tpm2_quote -l sha256:0,1,2,… -o pcrs`. Ask only "
                  "for banks that `tpm2_getcap pcrs` lists."},
    CheckInfo{
        .id = "tpm-09",
        .title = "Each PCR value is as long as its bank's hash",
        .source = "TPM 2.0 Library Part 2, 10.9.5; TCG Algorithm Registry",
        .meaning = "A SHA-256 register has 32 bytes, a SHA-384 register 48, and so on.",
        .why = "The digest is over a plain concatenation. Without fixed lengths `ab` `c` and `a` "
               "`bc` have one digest, and bytes can be moved from one register to its neighbour.",
        .not_proved = "That a value is right (tpm-10).",
        .causes = "Values of another bank than the quoted one; a list that was sorted by hand.",
        .remedy = "Read the values from the bank that the quote names."},
    CheckInfo{
        .id = "tpm-10",
        .title = "The PCR values hash to the digest that the TPM signed",
        .source = "TPM 2.0 Library Part 2, 10.12.4; Part 3, 18.4",
        .meaning =
            "The hash, with the signature's hash, over all values in the order of the signed "
            "selection equals pcrDigest. From here on the values are the TPM's.",
        .why = "The values travel beside the quote, unsigned. This is the only tie between them.",
        .not_proved = "That these are good values: that is the policy's question. Registers that "
                      "were not quoted remain unknown.",
        .causes = "A register was extended between reading the values and quoting; files of two "
                  "boots; a file edited by hand.",
        .remedy = "Let `tpm2_quote` write values and quote together, and try again."},
    CheckInfo{
        .id = "tpm-11",
        .title = "The event log, replayed, gives the quoted registers",
        .source = "TCG PC Client Platform Firmware Profile 1.06, section 10",
        .meaning = "Extending the log's digests in order yields, for every register that the log "
                   "mentions and the quote covers, the quoted value.",
        .why = "The log is an ordinary file of the attested machine. Only the replay binds it, and "
               "it binds digests alone: names and texts in the log are believed only where their "
               "own digest is recomputed.",
        .not_proved = "Registers on which the log is silent. Event types and texts whose digest is "
                      "of something else, such as a file.",
        .causes =
            "A log of another boot; firmware that extends a register without logging it (some "
            "do at ExitBootServices, PCR 5); a register extended by the running system, such "
            "as PCR 10 by IMA; a zero-byte log, as on Azure Trusted Launch.",
        .remedy = "Send the log of this boot, "
                  "/sys/kernel/security/tpm0/binary_bios_measurements, or leave it out and let the "
                  "policy speak about PCR values."},
    CheckInfo{
        .id = "tpm-12",
        .title = "A key given as a TPM public area is a restricted signing key",
        .source = "TPM 2.0 Library Part 2, 8.3 (TPMA_OBJECT) and 12.2.4",
        .meaning = "The attributes say: restricted, signing, bound to this TPM, no decryption.",
        .why =
            "An unrestricted key signs whatever software gives it, a forged quote included, magic "
            "and all. A key that may leave its TPM may be used anywhere.",
        .not_proved = "That the public area is true. It is the machine's own word until somebody "
                      "who saw the TPM, or a certificate, confirms the key (tpm-04, tpm-06).",
        .causes =
            "A key made with `tpm2_create` and default attributes; the endorsement or storage "
            "key given in place of the attestation key.",
        .remedy = "Make the key with `tpm2_createak`."},
};

}  // namespace

std::span<const CheckInfo> check_pages() {
  return kChecks;
}

}  // namespace cupel::tpm
