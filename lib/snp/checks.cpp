// One page for each check: what `cupel explain snp-NN` prints.
#include "snp/checks.hpp"

#include <array>

namespace cupel::snp {
namespace {

constexpr std::array kChecks = {
    CheckInfo{
        .id = "snp-01",
        .title = "The report is exactly 1184 bytes long",
        .source = "AMD 56860 (SEV-SNP Firmware ABI) 1.58, Table 23",
        .meaning = "There are 0x4a0 bytes, and nothing after them but a certificate table.",
        .why = "Bytes that nobody signed and nobody reads are a place to hide another document.",
        .not_proved = "Anything about what the bytes say.",
        .causes = "A firmware response with its 32-byte header still in front, a file that was "
                  "padded or cut, text in place of bytes.",
        .remedy = "Give the report as the firmware returned it, or as base64 or hex of it."},
    CheckInfo{.id = "snp-02",
              .title = "Version and processor are known",
              .source = "AMD 56860 1.58, Table 23; AMD 57230 0.51, product names",
              .meaning =
                  "The version is 2, 3, 4 or 5, and from 3 on the processor is a Milan, Genoa, "
                  "Bergamo, Siena or Turin.",
              .why = "What a byte means depends on both: on Turin the parts of a patch level stand "
                     "elsewhere. Version 1 is what stand-ins without a processor print.",
              .not_proved = "That such a processor made the report (snp-07 to snp-12).",
              .causes = "Newer firmware than this build knows; a simulated report.",
              .remedy = "Update Cupel. A report of version 1 is not evidence."},
    CheckInfo{
        .id = "snp-03",
        .title = "Reserved bytes and bits are zero",
        .source = "AMD 56860 1.58, Tables 9 and 23",
        .meaning = "Every field the version does not define is zero, the policy's bit 17 is one, "
                   "and without an author key its digest is zero.",
        .why = "A field that is used tomorrow must not be overlooked today: it may weaken what the "
               "others say. The bytes behind the signature are signed by nobody.",
        .not_proved = "Anything else about the fields' values.",
        .causes = "Newer firmware, or a changed file.",
        .remedy = "Update Cupel; if the place is in the signature, get the report again."},
    CheckInfo{.id = "snp-04",
              .title = "The signature is ECDSA P-384 with SHA-384",
              .source = "AMD 56860 1.58, Table 138 (signature algorithms)",
              .meaning = "The report names the one algorithm that exists for reports.",
              .why = "The report must not choose how it is checked.",
              .not_proved = "That the signature is right (snp-12).",
              .causes = "Not a report of a real processor.",
              .remedy = "Get the report from the firmware."},
    CheckInfo{
        .id = "snp-05",
        .title = "A VCEK or VLEK signed, and was allowed to",
        .source = "AMD 56860 1.58, Table 23 (KEY_INFO) and SNP_CONFIG",
        .meaning = "The report names a key, and it is not the chip's while the chip's is masked.",
        .why = "Firmware that may use no key fills the signature with zeros; nothing vouches for "
               "such a report.",
        .not_proved = "That the key is genuine (snp-07).",
        .causes = "The provider masked the chip key and loaded no VLEK.",
        .remedy = "Ask the provider for a VLEK, or for MASK_CHIP_KEY to be turned off."},
    CheckInfo{.id = "snp-06",
              .title = "A guest asked for the report",
              .source = "AMD 56860 1.58, Table 23 (VMPL)",
              .meaning = "The privilege level is 0 to 3.",
              .why = "The host can have reports about a guest too, with REPORT_DATA of its choice "
                     "(level ffffffff). What it binds there is the host's word, not the guest's.",
              .not_proved = "Which level: a policy may demand snp.vmpl.",
              .causes = "A report that the hypervisor asked for.",
              .remedy = "Get the report inside the guest."},
    CheckInfo{
        .id = "snp-07",
        .title = "The signing key's certificate leads to AMD's root",
        .source = "AMD 57230 (VCEK certificate and KDS interface) 0.51, 3; RFC 5280, section 6",
        .meaning = "At the given time, key, authority and root are valid, each signed by the next, "
                   "three certificates exactly, the root one of the caller's, none revoked by a "
                   "list that was given.",
        .why = "Anybody can make a key and a chain with AMD's names in it. Verifiers have skipped "
               "a missing authority, or trusted whatever root came along.",
        .not_proved = "That the chip's own certificate was not revoked: AMD's lists are about the "
                      "authorities. Without a list nothing is proved about those either.",
        .causes = "The certificate did not come along; a root of the caller's that is not AMD's; "
                  "expired certificates, a VLEK lives one year; an authority that AMD revoked.",
        .remedy = "`cupel needed` names the addresses, `cupel fetch` gets the documents; give them "
                  "with --endorse. For an old report give the time it was made with --at."},
    CheckInfo{.id = "snp-08",
              .title = "Certificates and report are of one product",
              .source = "AMD 57230 0.51, 3.1 and Table 8",
              .meaning =
                  "The product in the key's certificate, the names of authority and root, and the "
                  "report's CPUID agree; a chip's key is under the chips' authority, a provider's "
                  "under the providers'.",
              .why = "The parts of a patch level stand in other places on another product.",
              .not_proved = "Which chip it is (snp-10).",
              .causes = "Certificates of two machines mixed up.",
              .remedy = "Fetch the certificates for this report."},
    CheckInfo{
        .id = "snp-09",
        .title = "AMD's extensions are in the key's certificate",
        .source = "AMD 57230 0.51, Table 8",
        .meaning = "Product name, all patch levels, and chip number (VCEK) or provider (VLEK) are "
                   "there, each once and in DER.",
        .why = "A verifier that compares only what it finds accepts a certificate without them. "
               "One that reads a fixed byte takes the level 219 (two bytes in DER) for 0.",
        .not_proved = "That they are the report's (snp-10, snp-11).",
        .causes = "Not a certificate that AMD issues for these keys.",
        .remedy = "Fetch the certificate from AMD."},
    CheckInfo{
        .id = "snp-10",
        .title = "The certificate is of the chip that the report names",
        .source = "AMD 57230 0.51, Table 8 (hwID); AMD 56860 1.58, Table 23 (CHIP_ID)",
        .meaning = "The chip number in the certificate is the report's; on Turin its first eight "
                   "bytes, and the rest is zero.",
        .why = "Two chips of one provider must not be mistaken for each other.",
        .not_proved = "Where the chip is, or who owns it.",
        .causes = "The certificate of another machine; a masked chip number (all zeros).",
        .remedy = "Fetch the certificate for this report. A masked chip number cannot be verified "
                  "with a VCEK here."},
    CheckInfo{
        .id = "snp-11",
        .title = "The certificate is of the reported patch level",
        .source = "AMD 57230 0.51, Table 8; AMD 56860 1.58, 2.2",
        .meaning = "Each part of REPORTED_TCB equals the level in the certificate.",
        .why = "The key is derived from the level. Equal, not at least: any other level is another "
               "key.",
        .not_proved = "That the level is high enough: a policy says so, part by part.",
        .causes = "The host was patched and its stored certificate is of before.",
        .remedy = "Fetch the certificate for this report (`cupel fetch`)."},
    CheckInfo{.id = "snp-12",
              .title = "The signature is the key's, over the first 672 bytes",
              .source = "AMD 56860 1.58, 7.3 and Table 137",
              .meaning = "The key of the certificate signed exactly what is read here.",
              .why = "Everything else rests on it.",
              .not_proved =
                  "Freshness: a report is good for ever. REPORT_DATA must carry your nonce, or "
                  "a key whose owner proves it now.",
              .causes = "A changed report; the certificate of another chip or level.",
              .remedy = "Get report and certificate again, from one machine."},
    CheckInfo{
        .id = "snp-13",
        .title = "The patch levels are possible",
        .source = "AMD 56860 1.58, 2.2 and 3.3",
        .meaning = "Reserved parts are zero; the reported level is not above the committed one, "
                   "nor that above the current one.",
        .why = "A level that was not committed can be gone back from: trusting it would trust the "
               "level before.",
        .not_proved = "That any of them is recent.",
        .causes = "Firmware that is not AMD's, or a bug in it.",
        .remedy = "Report it to the provider."},
    CheckInfo{
        .id = "snp-14",
        .title = "REPORT_DATA is the hash of the data beside it",
        .source = "Azure confidential containers, attestation: runtime data",
        .meaning = "The first half is the SHA-256 of the data, the second half zero.",
        .why = "Data beside a report are anybody's until the report names them.",
        .not_proved = "What the data mean, and that whoever holds a key in them is the guest.",
        .causes = "Data of another report; text that was formatted anew.",
        .remedy = "Give the bytes exactly as the service hashed them."},
    CheckInfo{.id = "snp-15",
              .title = "UVM endorsements are the platform's, and of this measurement",
              .source = "Azure confidential containers, UVM endorsements; did:x509 0; RFC 9052",
              .meaning =
                  "Microsoft, by the issuer's name and the certificates behind it, signed that "
                  "this report's launch measurement is a release of its utility VM.",
              .why = "Measurements of the utility VM change with every release. An endorsement of "
                     "another measurement, or somebody else's, would lend its name to any VM.",
              .not_proved =
                  "That the release is recent: a policy sets a floor for snp.uvm.svn. Nor which "
                  "containers run: that is snp.host_data.",
              .causes = "Endorsements of another machine or release; a simulated environment.",
              .remedy = "Take report and endorsements from one machine. Without them, name "
                        "snp.measurement in the policy."},
};

}  // namespace

std::span<const CheckInfo> check_pages() {
  return kChecks;
}

}  // namespace cupel::snp
