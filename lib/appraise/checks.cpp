#include "appraise/checks.hpp"

#include <array>

namespace cupel {
namespace {

constexpr std::array kChecks = {
    CheckInfo{
        .id = "policy-01",
        .title = "the policy has an alternative for this family of evidence",
        .source = "RFC 9334, 8.5 (appraisal policy for evidence)",
        .meaning = "The policy names the evidence's family in at least one alternative.",
        .why = "A server could answer with a kind of evidence that nobody decided to trust.",
        .not_proved = "Nothing about the evidence itself.",
        .causes = "The wrong policy file; a service that moved to other hardware; a policy whose "
                  "\"accept\" is empty.",
        .remedy = "Use the policy that was published for this service, or add an alternative for "
                  "this family if you decided to trust it."},
    CheckInfo{.id = "policy-02",
              .title = "the alternative has not expired",
              .source = "lib/appraise/README.md, `expires`",
              .meaning = "The time of the appraisal is not after the date the policy's author set.",
              .why = "Old but genuine software, with known holes, would be accepted for ever.",
              .not_proved = "That the release is free of holes before that date.",
              .causes = "The policy is old; the clock of this machine is wrong.",
              .remedy = "Get the current policy from its author. Check the clock of this machine."},
    CheckInfo{
        .id = "policy-03",
        .title = "a claim has a value that the policy accepts",
        .source = "RFC 9334, 7.2 (reference values)",
        .meaning =
            "The evidence makes the claim, something vouches for it, and its value satisfies "
            "the rule.",
        .why = "Other software or firmware than the one that was reviewed would be accepted.",
        .not_proved = "What the accepted software does. The value only names it.",
        .causes = "The service runs another release, or its firmware was updated; the policy was "
                  "made for another platform; the evidence does not cover the register; the "
                  "machine was tampered with.",
        .remedy = "Compare the actual value with the values published for the service's releases. "
                  "Add it to the policy only when you know what it stands for and where it comes "
                  "from."},
    CheckInfo{
        .id = "policy-04",
        .title = "a register holds exactly what the policy replays",
        .source = "TPM 2.0 Library Part 1, 17.2 (extend of a PCR)",
        .meaning = "Extending the listed values, in that order and from zeros, gives the quoted "
                   "register. Values that merely came along with the evidence are thereby bound.",
        .why = "An attacker could put another application's hash or another TLS key beside genuine "
               "evidence.",
        .not_proved = "Who extended the values; software that runs on the machine did.",
        .causes = "A value beside the evidence was replaced or changed by one character (PEM text "
                  "counts, its line ends too); something else was extended; another release.",
        .remedy = "Fetch the evidence again from the service itself. If it still fails, the values "
                  "do not belong to this evidence: do not send anything."},
    CheckInfo{.id = "policy-05",
              .title = "the environment is not open to debugging",
              .source = "RFC 9711, 4.2.9 (dbgstat), and the family's own field",
              .meaning =
                  "The evidence says that the environment's memory cannot be inspected through a "
                  "debug interface.",
              .why = "The host could read every prompt through the debug interface.",
              .not_proved = "That the host has no other way in; see \"Not proved\" in the verdict.",
              .causes = "A development build or a debug machine; evidence that does not say.",
              .remedy = "Ask the operator for a production environment. For experiments only, an "
                        "alternative can say \"dangerous_allow_debug\": true."},
    CheckInfo{
        .id = "policy-06",
        .title = "the evidence carries the nonce that was sent",
        .source = "RFC 9334, 10.2 (freshness by nonce)",
        .meaning = "The evidence was made after the nonce was sent, for whoever sent it.",
        .why = "Evidence of a machine that is long gone could be shown again.",
        .not_proved = "That the evidence comes from the machine at the other end: a nonce can be "
                      "relayed.",
        .causes =
            "A service that serves one document made at boot; a replay; the wrong nonce given "
            "on the command line; a policy that binds a nonce where none was sent.",
        .remedy = "Send a nonce if the service takes one. If it only serves a static document, use "
                  "a policy without a nonce and accept that freshness is not proved."},
    CheckInfo{
        .id = "policy-07",
        .title = "what the evidence rests on is still valid",
        .source = "RFC 5280, 4.1.2.5, and the family's collateral",
        .meaning = "The appraisal happens before the earliest end of every certificate and list "
                   "that the verification used.",
        .why = "A verdict could outlive the certificates it stands on.",
        .not_proved = "That nothing was revoked since; see \"Not proved\" in the verdict.",
        .causes = "Archived evidence; claims that were kept for long; a wrong clock.",
        .remedy = "Fetch the evidence again. To judge an archive, give the time it was made with "
                  "--at."},
    CheckInfo{
        .id = "policy-08",
        .title = "the evidence names a usable TLS key",
        .source = "RFC 5280, 4.2.1.9 (CA certificate); RFC 7468 (PEM)",
        .meaning = "The place that the policy binds holds a key's digest, or exactly one CA "
                   "certificate that is valid now, and something vouches for it.",
        .why = "The connection could not be tied to the machine that the evidence speaks of.",
        .not_proved = "That only this machine holds the key.",
        .causes = "The field is empty; the CA expired; more than one certificate, or none; the "
                  "replay that should bind it failed (see policy-04).",
        .remedy = "If policy-04 failed too, mend that first. Otherwise ask the operator to renew "
                  "the key and to make new evidence."},
    CheckInfo{
        .id = "policy-09",
        .title = "the alternative keeps the rules of policies",
        .source = "lib/appraise/README.md, \"Rules\"",
        .meaning = "load_policy() would have taken this alternative.",
        .why =
            "A policy put together in code could demand nothing, or rely on a value that nothing "
            "vouches for.",
        .not_proved = "That the policy demands enough; `cupel policy lint` has advice.",
        .causes = "A policy made in code without a measurement, or with a misspelt claim, a SHA-1 "
                  "register, a value of the wrong size.",
        .remedy = "Mend the policy at the place that is named, or write it as a file and load it."},
};

}  // namespace

std::span<const CheckInfo> appraise_checks() {
  return kChecks;
}

}  // namespace cupel
