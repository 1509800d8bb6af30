// One page for each check: what `cupel explain hcl-NN` prints.
#include "hcl/checks.hpp"

#include <array>

namespace cupel::hcl {
namespace {

constexpr std::string_view kSource = "Azure confidential VMs, guest attestation: HCL report";

constexpr std::array kChecks = {
    CheckInfo{.id = "hcl-01",
              .title = "The blob is an HCL report of a known version",
              .source = kSource,
              .meaning = "It begins with HCLA, has version 1 or 2, and no error status.",
              .why = "What the other bytes mean depends on it. Nobody signs the header, so that "
                     "it may steer nothing but how the rest is read.",
              .not_proved = "That a paravisor wrote it (hcl-05).",
              .causes = "Another NV index was read; a newer paravisor.",
              .remedy = "Read NV index 0x01400001; update Cupel for a newer version."},
    CheckInfo{.id = "hcl-02",
              .title = "The sizes agree and the rest is zero",
              .source = kSource,
              .meaning = "Header, hardware report and runtime data fill the size the header "
                         "states, and only zeros follow.",
              .why = "Two sizes for one text are two texts: one that is hashed, one that is read.",
              .not_proved = "Anything about the content.",
              .causes = "A blob that was cut or joined with another.",
              .remedy = "Read the NV index again, all of it."},
    CheckInfo{.id = "hcl-03",
              .title = "Hardware vouches for the runtime data, by SHA-256",
              .source = kSource,
              .meaning = "The report type is SEV-SNP or TDX and the hash type SHA-256.",
              .why = "A trusted VM has such a blob too, without any hardware behind it.",
              .not_proved = "That the hardware report is genuine.",
              .causes = "The VM is a trusted launch VM, not a confidential one.",
              .remedy = "Give its TPM quote to family tpm, and know that its host can read it."},
    CheckInfo{.id = "hcl-04",
              .title = "The paravisor itself asked for the hardware report",
              .source = "AMD 56860 1.58, Table 23 (VMPL); Azure confidential VMs",
              .meaning = "The SNP report is of privilege level 0.",
              .why = "The guest's own system runs at a lower level and can ask for reports with "
                     "report data of its choice: it could name an attestation key that is no "
                     "TPM's.",
              .not_proved = "Which paravisor: snp.measurement says so. (TDX has no such levels: "
                            "there, tdx.mrtd says which software made the report.)",
              .causes = "A report that the guest asked for.",
              .remedy = "Use the report of NV index 0x01400001."},
    CheckInfo{.id = "hcl-05",
              .title = "The hardware's report data are the hash of the runtime data",
              .source = kSource,
              .meaning = "SHA-256 of the JSON as it stands, followed by 32 zero bytes.",
              .why = "It is all that ties the virtual TPM's key to the hardware.",
              .not_proved = "That the report is recent: it was made when the VM started.",
              .causes = "JSON that was formatted anew; parts of two VMs.",
              .remedy = "Pass the blob on as bytes."},
    CheckInfo{.id = "hcl-06",
              .title = "The runtime data name one attestation key",
              .source = "Azure confidential VMs, guest attestation; RFC 7517; RFC 7518, 6.3.1",
              .meaning = "There is exactly one RSA key called HCLAkPub, and what else is known "
                         "has its type.",
              .why = "With two keys of that name, the reader would choose.",
              .not_proved = "What members mean that are not known here; they are left alone.",
              .causes = "An early paravisor, which names other keys.",
              .remedy = "Restart the VM on a current host."},
    CheckInfo{.id = "hcl-07",
              .title = "The hardware report inside is the one that was verified",
              .source = "Azure confidential VMs, guest attestation: HCL report; Intel TDX Module "
                        "1.5, TDREPORT_STRUCT",
              .meaning = "An SNP report byte for byte; a TDREPORT in every field that the TD quote "
                         "has as well: measurements, registers, attributes, SVNs, report data.",
              .why = "A caller may verify one report and pass another blob; a sender may pass the "
                     "quote of one machine with the blob of another.",
              .not_proved = "What a TD quote does not repeat of a TDREPORT: the processor's SVNs "
                            "and the MAC. No claim is made of them.",
              .causes = "Parts of two machines, or of two boots of one; a mistake of the calling "
                        "program.",
              .remedy = "Ask for the quote with the TDREPORT that is in the blob; verify the "
                        "report that is in the blob."},
    CheckInfo{.id = "hcl-08",
              .title = "A certificate beside it is of the same attestation key",
              .source = kSource,
              .meaning = "The key in the certificate is HCLAkPub.",
              .why = "The certificate of another VM would tell of that VM.",
              .not_proved = "The certificate's own chain: the hardware's word is enough and "
                            "stronger.",
              .causes = "Parts of two VMs.",
              .remedy = "Read certificate and report on one VM, or leave the certificate out."},
    CheckInfo{.id = "hcl-09",
              .title = "A TDREPORT is not evidence by itself",
              .source = "Intel TDX Module 1.5, TDREPORT_STRUCT; Azure: IMDS /acc/tdquote",
              .meaning = "For a TDX machine, a TD quote must carry the same report data.",
              .why = "A TDREPORT is protected by a key that only its own machine has: elsewhere "
                     "anybody can write one.",
              .not_proved = "Anything about the TDX machine.",
              .causes = "Only the blob was given.",
              .remedy = "Get the quote on the machine (IMDS /acc/tdquote), cut the zeros behind "
                        "it, and put it beside the blob as td_quote."},
    CheckInfo{.id = "hcl-10",
              .title = "What stands beside a TD quote is a TDREPORT",
              .source = "Intel TDX Module 1.5 ABI Reference Specification, TDREPORT_STRUCT",
              .meaning = "Its type is TDX, reserved bytes are zero, and the two SHA-384 digests in "
                         "it are those of its parts. No TD quote stands beside an SNP report.",
              .why = "What is read must be what Intel's format says it is, and nothing may come "
                     "along unread.",
              .not_proved = "That a TDX module wrote it: its MAC means something on its own "
                            "machine only. The quote speaks for it (hcl-07).",
              .causes = "A blob that was put together from parts; a newer TDREPORT.",
              .remedy = "Read NV index 0x01400001 and ask for the quote on the same machine."},
};

}  // namespace

std::span<const CheckInfo> check_pages() {
  return kChecks;
}

}  // namespace cupel::hcl
