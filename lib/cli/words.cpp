#include "cli/words.hpp"

#include <array>

namespace cupel::cli {
namespace {

constexpr std::array kFindings = {
    Finding{"lint-all-ones",
            "A register is required to be all ones, as it is without a dynamic launch.",
            "Require it only if that is what you mean; it tells no software from any other."},
    Finding{"lint-all-zero", "A measurement is required to be zero: nothing was measured into it.",
            "Take the values of a machine that measured its start."},
    Finding{"lint-any-speaker", "Nothing says whose word is believed, as an issuer of tokens.",
            "Require the claim that names the issuer to be one that you trust."},
    Finding{"lint-any-value", "A measurement must be there, and may have any value.",
            "Name the value, or several with one_of."},
    Finding{"lint-dangerous-switch", "A switch lets through what is refused otherwise.",
            "Take it out, unless this is an experiment."},
    Finding{"lint-dead", "An alternative can never accept anything.", "Mend it or take it out."},
    Finding{"lint-does-not-load", "The file is no policy: a place in it is named.",
            "Mend what is named there; nothing is accepted by a file that does not load."},
    Finding{"lint-duplicate", "Two alternatives demand the same.", "Take one of them out."},
    Finding{"lint-duplicate-key", "A key stands twice in one object of the file.",
            "Keep one: readers do not agree about which of the two counts."},
    Finding{"lint-expired", "An alternative, or all of them, has expired.",
            "Get the current policy from its author."},
    Finding{"lint-expires-soon", "An alternative expires within 30 days.",
            "Get the next policy from its author in time."},
    Finding{
        "lint-launch-only",
        "What was launched is compared, and nothing of the system that it started.",
        "Require registers of the virtual TPM too: 4 (boot loader and kernel), 7 (Secure Boot)."},
    Finding{"lint-no-key-binding",
            "No TLS key is bound to the evidence, so no session can be opened.",
            "Name the claim that carries the key, in bind.tls_key."},
    Finding{"lint-no-measurement", "Nothing says which software is accepted.",
            "Require a measurement that software cannot reset, or a replay with a fixed step."},
    Finding{"lint-no-nonce",
            "No nonce is demanded: the evidence may be a replay of an earlier one.",
            "Name the claim that carries it, in bind.nonce, if the service takes one."},
    Finding{"lint-nothing-required", "Nothing is required, or there is no alternative.",
            "Require the measurements of the software that is to be accepted."},
    Finding{"lint-open-claim", "No documented claim has this name, though a vendor may send it.",
            "Compare the spelling with what `cupel show` prints of good evidence."},
    Finding{"lint-open-registers-only",
            "Only registers are compared that whatever was booted can fill as it likes.",
            "Require what the firmware measured too: registers 0 to 7 of a TPM."},
    Finding{"lint-replay-only", "No register is compared with a fixed value, only with a replay.",
            "Require registers of firmware and operating system by value."},
    Finding{"lint-resettable", "Software can reset this register and extend what it likes.",
            "Require a register that only a restart resets."},
    Finding{"lint-sha1", "A value in SHA-1: it can be read, and never satisfies a policy.",
            "Require the register of the SHA-256 bank."},
    Finding{"lint-unbound-claim",
            "The claim merely comes along with the evidence, signed by nobody.",
            "Bind it with a replay, or require something that is signed."},
    Finding{"lint-unknown-claim", "The family has no claim of this name.",
            "`cupel families FAMILY` lists its claims."},
    Finding{"lint-unknown-family", "There is no evidence family of this name.",
            "`cupel families` lists them."},
    Finding{"lint-unknown-key", "A key of the file means nothing there; it may be misspelt.",
            "Write one of those that are listed, or take it out."},
};

constexpr std::array kCodes = {
    CodeMeaning{Code::truncated, "The input ends before a field does."},
    CodeMeaning{Code::trailing_bytes, "There is something behind the end."},
    CodeMeaning{Code::reserved_not_zero, "A field that must be zero is not."},
    CodeMeaning{Code::bad_magic, "The input is of another kind: its mark is missing."},
    CodeMeaning{Code::bad_length, "A length is not the one that its field must have."},
    CodeMeaning{Code::bad_encoding, "The bytes are not in the form that they should be in."},
    CodeMeaning{Code::unsupported_version, "The form's version is not one that is read here."},
    CodeMeaning{Code::unsupported_algorithm, "The algorithm is unknown, or not good enough."},
    CodeMeaning{Code::duplicate_field, "Something stands twice and may stand once."},
    CodeMeaning{Code::missing_field, "Something that must be there is not."},
    CodeMeaning{Code::unknown_field, "Something is there that has no meaning."},
    CodeMeaning{Code::out_of_range, "A value is not among those that are allowed."},
    CodeMeaning{Code::too_large, "The input is larger than is ever read."},
    CodeMeaning{Code::bad_signature, "A signature is not that of the key over the data."},
    CodeMeaning{Code::bad_key, "A key is of the wrong kind, too weak, or no key."},
    CodeMeaning{Code::key_mismatch, "A key is not the one that another document names."},
    CodeMeaning{Code::digest_mismatch, "A digest is not that of the data it stands for."},
    CodeMeaning{Code::untrusted_chain, "No path of certificates leads to a trusted root."},
    CodeMeaning{Code::bad_certificate, "A certificate breaks the rules for its place in the path."},
    CodeMeaning{Code::not_yet_valid,
                "Something is valid only later than the time it is judged at."},
    CodeMeaning{Code::expired, "Something was valid only until a time before."},
    CodeMeaning{Code::revoked, "Its issuer has withdrawn it."},
    CodeMeaning{Code::revocation_unknown,
                "No list says whether it was withdrawn, and one is required."},
    CodeMeaning{
        Code::collateral_missing,
        "A document is needed that neither the evidence nor --endorse brought; `cupel needed` "
        "says where it is, `cupel fetch` gets it."},
    CodeMeaning{Code::collateral_mismatch, "A document is there, and is about something else."},
    CodeMeaning{Code::collateral_unavailable, "A document could not be fetched."},
    CodeMeaning{Code::bad_policy, "The policy does not load, or cannot do what it is used for."},
    CodeMeaning{Code::refused, "The evidence is authentic, and the policy says no."},
    CodeMeaning{Code::pin_mismatch, "The server's key is not the one that was attested."},
    CodeMeaning{Code::connection_failed, "The server could not be reached, or broke off."},
    CodeMeaning{Code::bad_response, "The server answered something that cannot be used."},
    CodeMeaning{Code::invalid_argument, "What the caller asked for cannot be done."},
    CodeMeaning{Code::internal, "A fault of this program."},
};
static_assert(kCodes.size() == static_cast<std::size_t>(Code::internal) + 1);

}  // namespace

std::span<const Finding> lint_findings() {
  return kFindings;
}

std::span<const CodeMeaning> code_meanings() {
  return kCodes;
}

}  // namespace cupel::cli
