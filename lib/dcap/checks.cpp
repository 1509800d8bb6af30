// One page for each check: what `cupel explain dcap-NN` prints.
#include "dcap/checks.hpp"

namespace cupel::dcap {
namespace {

constexpr std::array<CheckInfo, kSharedCheckCount> kChecks = {
    CheckInfo{
        .id = "dcap-01",
        .title = "The quote is by Intel's quoting enclave",
        .source = "Intel TDX DCAP Quoting Library API, A.3.1 (QE vendor id)",
        .meaning = "The header names Intel's quoting enclave as its maker.",
        .why = "Everything that follows knows the rules of that one enclave. A quote of another "
               "maker would need other rules, and must not be read by these.",
        .not_proved = "That it is so: the header is signed, but by a key that dcap-05 and dcap-06 "
                      "have yet to find genuine.",
        .causes = "A quote of another vendor, or a changed byte.",
        .remedy = "Send the quote as the quoting library returned it."},
    CheckInfo{
        .id = "dcap-02",
        .title = "There is a PCK certificate for the quote",
        .source = "Intel TDX DCAP Quoting Library API, A.3.9 (certification data types)",
        .meaning = "The quote carries the certificate of its platform (type 5), or one that came "
                   "beside it is of the key that signed the QE report.",
        .why = "Certification data of types 1 to 3 only names the platform, encrypted or not. "
               "Without the certificate nothing ties the quote to an Intel processor.",
        .not_proved = "Whose certificate it is (dcap-03, dcap-04).",
        .causes = "The service's quote provider has no access to a certificate cache (PCCS), so "
                  "that quotes carry the encrypted platform id instead.",
        .remedy = "Configure the quote provider with a PCCS, or bring the PCK certificate and its "
                  "chain with `--endorse`."},
    CheckInfo{
        .id = "dcap-03",
        .title = "The PCK certificate leads to a trusted root and is not revoked",
        .source = "RFC 5280, section 6; Intel SGX PCK Certificate and CRL Profile 1.5",
        .meaning = "At the given time every certificate from the platform's up to Intel's root is "
                   "valid, and none is on the CRLs, both of which are there and current.",
        .why = "Anybody can make certificates with Intel's names: a pre-production root exists "
               "that is called Intel SGX Root CA too. And processors whose keys were extracted "
               "are recognised by nothing but the CRL.",
        .not_proved = "Where the machine stands and who can touch it.",
        .causes = "Evidence judged at another time than it was made for; a CRL that is missing "
                  "or old; `revoked`: Intel no longer vouches for this processor.",
        .remedy = "`expired` speaks of the CRL or certificate it names: fetch the collateral anew, "
                  "or give the time of the evidence with `--at`. `revocation_unknown`: bring "
                  "Intel's two CRLs. `revoked`: do not use this machine."},
    CheckInfo{
        .id = "dcap-04",
        .title = "The certificate is a PCK certificate",
        .source = "Intel SGX PCK Certificate and CRL Profile 1.5, 1.3",
        .meaning = "Subject and issuers are those of Intel's three-step chain, and the extension "
                   "that describes the platform is complete.",
        .why = "The same root certifies other keys, such as the one for TCB infos. A path that "
               "only ends in the right root does not say what its key is for.",
        .not_proved = "The platform's patch level (dcap-14).",
        .causes = "A chain of another kind in the quote.",
        .remedy = "Send the quote as it was made."},
    CheckInfo{.id = "dcap-05",
              .title = "The PCK key signed the quoting enclave's report",
              .source = "Intel TDX DCAP Quoting Library API, A.3.8 (QE report signature)",
              .meaning =
                  "The provisioning enclave of that very platform vouches for the enclave that "
                  "made the quote.",
              .why = "It is the only link from Intel's certificate to the quote.",
              .not_proved = "That the enclave is Intel's (dcap-13).",
              .causes = "Parts of two quotes were put together, or bytes were changed.",
              .remedy = "Ask for a new quote."},
    CheckInfo{
        .id = "dcap-06",
        .title = "The quoting enclave vouches for the attestation key",
        .source = "Intel TDX DCAP Quoting Library API, A.3.8 (QE report: report data)",
        .meaning = "The QE report's data is SHA-256 of attestation key and authentication data, "
                   "and then zeros.",
        .why = "Without it anybody takes a genuine QE report from any quote and signs a body of "
               "their own choice with a key of their own.",
        .not_proved = "What the body says.",
        .causes = "An attack, or a changed byte.",
        .remedy = "Ask for a new quote; if it happens again, somebody forges."},
    CheckInfo{
        .id = "dcap-07",
        .title = "The attestation key signed header and body",
        .source = "Intel TDX DCAP Quoting Library API, A.3.7",
        .meaning = "Not a bit of the measurements and of the report data has changed.",
        .why = "The measurements are what a policy judges.",
        .not_proved = "Freshness: a quote can be replayed unless its report data holds your nonce.",
        .causes = "A changed byte; a quote cut or padded on the way.",
        .remedy = "Ask for a new quote."},
    CheckInfo{
        .id = "dcap-08",
        .title = "The TCB info is signed by Intel",
        .source = "Intel PCS API v4, Get TCB Info",
        .meaning = "The bytes of the TCB info, exactly as they arrived, are signed by a key that "
                   "Intel's root certifies for TCB infos.",
        .why = "Whoever supplies the TCB info decides which platforms are up to date. Verifiers "
               "that write the JSON anew before the check verify another text than they use.",
        .not_proved = "That it is the newest one: an older one is genuine until it expires. A "
                      "policy can demand dcap.tcb.evaluation_data_number or a date.",
        .causes = "`collateral_missing`: it, or its issuer's certificate, was not given or could "
                  "not be fetched. `bad_signature`: the file was reformatted on its way.",
        .remedy = "Fetch it anew (`cupel fetch`), and keep the bytes as they are."},
    CheckInfo{.id = "dcap-09",
              .title = "The TCB info is about this platform",
              .source = "Intel PCS API v4, Get TCB Info (id, fmspc, pceId)",
              .meaning = "FMSPC and PCEID are those of the PCK certificate.",
              .why =
                  "The genuine TCB info of another model has other levels: a weak platform looks "
                  "current by the rules of an older one.",
              .not_proved = "The platform's patch level (dcap-14).",
              .causes = "Collateral of another machine.",
              .remedy = "Fetch the collateral that `cupel needed` names."},
    CheckInfo{.id = "dcap-10",
              .title = "The TCB info is current",
              .source = "Intel PCS API v4, Get TCB Info (issueDate, nextUpdate)",
              .meaning = "The given time lies between its dates.",
              .why = "Old collateral does not know new weaknesses. A server that supplies its own "
                     "collateral likes the old one better.",
              .not_proved = "That Intel has not issued a stricter one meanwhile.",
              .causes = "Collateral is valid for a month; this says nothing about the platform.",
              .remedy = "Fetch it anew, or give the time of the evidence with `--at`."},
    CheckInfo{
        .id = "dcap-11",
        .title = "The quoting enclave's identity is signed by Intel",
        .source = "Intel PCS API v4, Get Quoting Enclave Identity",
        .meaning = "As dcap-08, for the document that says how Intel's quoting enclave looks: QE "
                   "for SGX, TD_QE for TDX.",
        .why = "As dcap-08.",
        .not_proved = "As dcap-08.",
        .causes = "The identity of the other quoting enclave (`collateral_mismatch`), none, or a "
                  "reformatted one.",
        .remedy = "Fetch it anew, for the right kind of quote."},
    CheckInfo{.id = "dcap-12",
              .title = "The quoting enclave's identity is current",
              .source = "Intel PCS API v4, Get Quoting Enclave Identity (issueDate, nextUpdate)",
              .meaning = "The given time lies between its dates.",
              .why = "As dcap-10.",
              .not_proved = "As dcap-10.",
              .causes = "As dcap-10.",
              .remedy = "As dcap-10."},
    CheckInfo{
        .id = "dcap-13",
        .title = "The quoting enclave is Intel's",
        .source = "Intel PCS API v4, Get Quoting Enclave Identity",
        .meaning = "Signer, product id, attributes and MISCSELECT of the QE report are those of "
                   "the identity, under its masks.",
        .why = "The provisioning enclave certifies the reports of any enclave on the machine. "
               "Without this check any of them makes quotes (and the SGX quoting enclave makes "
               "TDX quotes).",
        .not_proved = "Its version: that is part of the patch level.",
        .causes = "A quoting enclave in debug mode or of another maker.",
        .remedy = "Use Intel's DCAP packages."},
    CheckInfo{
        .id = "dcap-14",
        .title = "The platform reaches one of Intel's levels",
        .source = "Intel PCS API v4, TCB status determination",
        .meaning = "Some level of the TCB info (and of the quoting enclave's identity) asks no "
                   "more than the platform has, component by component.",
        .why = "A platform below every level is one that Intel says nothing about.",
        .not_proved = "That the level is a good one: that is dcap.tcb.status.",
        .causes = "A pre-production machine, or one that has never been updated.",
        .remedy = "Update BIOS, microcode and TDX module; fetch new PCK certificates; or take "
                  "collateral of a later evaluation number, which may list more levels."},
    CheckInfo{
        .id = "dcap-15",
        .title = "The level's status is known, and not Revoked",
        .source = "Intel PCS API v4, Get TCB Info (tcbStatus)",
        .meaning = "Intel has not revoked the patch level, and calls it by a word whose meaning is "
                   "known here.",
        .why = "At a revoked level the platform's own attestation keys count as lost: whatever a "
               "quote from it says, anybody may have written.",
        .not_proved = "That the platform is up to date.",
        .causes = "A machine that was not updated after its keys were compromised.",
        .remedy = "The owner must update the platform and have it certified anew."},
    CheckInfo{
        .id = "dcap-16",
        .title = "The TDX module is Intel's",
        .source = "Intel PCS API v4, Get TDX TCB Info (tdxModule, tdxModuleIdentities)",
        .meaning = "MRSIGNERSEAM and SEAMATTRIBUTES are those that Intel lists for the module's "
                   "major version.",
        .why = "The module separates the TD from its host. One that somebody else signed, or one "
               "in debug mode, does not.",
        .not_proved = "Which build it is (tdx.mrseam), and its patch level (dcap-17).",
        .causes = "A module version that the collateral does not list yet.",
        .remedy = "Take newer collateral; update the module."},
    CheckInfo{
        .id = "dcap-17",
        .title = "The TDX module reaches one of Intel's levels",
        .source = "Intel PCS API v4, Get TDX TCB Info (tdxModuleIdentities)",
        .meaning = "Intel lists a level for the module that asks for no higher SVN than it has.",
        .why = "As dcap-14.",
        .not_proved = "As dcap-14.",
        .causes = "A pre-production module.",
        .remedy = "Update the TDX module."},
    CheckInfo{
        .id = "dcap-18",
        .title = "The quote binds the key of the certificate that it came in",
        .source = "Interoperable RA-TLS (CCC); Gramine; Open Enclave; dstack (lib/dcap/README.md)",
        .meaning = "The report data is the hash of the certificate's public key, or of claims that "
                   "name it, and then zeros.",
        .why = "Anybody can put somebody else's genuine quote into a certificate of their own.",
        .not_proved = "That whoever shows the certificate holds its key: only a TLS handshake "
                      "does.",
        .causes = "A quote of another certificate; a certificate that was renewed without a new "
                  "quote.",
        .remedy = "Let the service make certificate and quote together."},
};

}  // namespace

const std::array<CheckInfo, kSharedCheckCount>& shared_checks() {
  return kChecks;
}

}  // namespace cupel::dcap
