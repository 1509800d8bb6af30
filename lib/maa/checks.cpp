// One page for each check: what `cupel explain maa-NN` prints.
#include "maa/checks.hpp"

#include <array>

namespace cupel::maa {
namespace {

constexpr std::array kChecks = {
    CheckInfo{
        .id = "maa-01",
        .title = "The token is a JWS in compact form, signed with RS256",
        .source = "RFC 7515, 3.1 and 7.1; RFC 7518, 3.1; RFC 8725, 3.1",
        .meaning = "Three parts in canonical base64url; a header that is a JSON object without "
                   "doubled members; the algorithm is RS256 and nothing else; a key is named and a "
                   "signature is there.",
        .why = "A token chooses its own `alg`. With `none` there is nothing to check, with HS256 "
               "the public key becomes a password that everybody knows. The service itself answers "
               "a request that brings a draft policy with an unsigned token.",
        .not_proved = "That anybody signed it (maa-08).",
        .causes = "A token of a draft policy; another kind of token; white space or padding added "
                  "on the way; a text cut off.",
        .remedy = "Take the token as the service returned it (`token` of its answer). Set the "
                  "policy on the instance instead of sending it with the request."},
    CheckInfo{
        .id = "maa-02",
        .title = "The header brings no trust of its own",
        .source = "RFC 7515, 4.1.2 to 4.1.6 and 4.1.11; RFC 8725, 3.10",
        .meaning =
            "No key, certificate or critical extension stands in the header, and the address "
            "in `jku`, if there is one, is that of the issuer's own keys.",
        .why = "Whoever writes a token can put his own key into it (`jwk`, `x5c`), or an address "
               "under which it is found (`jku`, `x5u`). Verifiers that looked there accepted "
               "tokens of anybody.",
        .not_proved = "That the issuer is one to listen to: a policy says so. The address is "
                      "compared, never fetched.",
        .causes = "A token of another service; an attack; a header member that is new.",
        .remedy = "Get the keys from the issuer that your policy names, and give them with the "
                  "verification."},
    CheckInfo{
        .id = "maa-03",
        .title = "The payload is strict JSON, and documented claims have their documented types",
        .source = "RFC 7519, 4; RFC 8725, 2.4; Azure Attestation documentation, claim sets",
        .meaning = "One object, no member twice at any depth, numbers that fit, nothing after the "
                   "end; flags are true or false, digests are hexadecimal digits of the right "
                   "length, times are whole seconds.",
        .why = "Where two readers see two values (a doubled member, \"false\" as a text, a number "
               "beyond 64 bits), one of them decides on what the other never saw.",
        .not_proved = "That a value is right. Members that nobody documents have the type they "
                      "have.",
        .causes = "A new version of the service's claims; a token that was edited.",
        .remedy = "`cupel show` prints the place. If the service changed a claim, update the "
                  "library."},
    CheckInfo{
        .id = "maa-04",
        .title = "The issuer is an https URL that has one text only",
        .source = "RFC 7519, 4.1.1; RFC 8725, 3.8",
        .meaning = "`iss` is https:// and a host name in lower case: no port, no path, no slash at "
                   "the end.",
        .why =
            "Issuers are compared as texts. If one name had two texts, a list of allowed issuers "
            "and a list of their keys could mean different ones.",
        .not_proved = "That this issuer is one to listen to. Anyone may run an instance of the "
                      "service with a policy of his own; a policy of yours has to name the issuer.",
        .causes = "A token of another kind of service.",
        .remedy = "Compare `iss` with the host name of the attestation provider."},
    CheckInfo{.id = "maa-05",
              .title = "The claims are of version 1.0",
              .source = "Azure Attestation documentation, x-ms-ver",
              .meaning = "`x-ms-ver` is there and is \"1.0\".",
              .why = "In another version the same names may mean other things.",
              .not_proved = "Anything about the values.",
              .causes = "A newer service; a token of another service.",
              .remedy = "Update the library, or ask the service for this version."},
    CheckInfo{
        .id = "maa-06",
        .title = "The token names a key that is trusted for its issuer",
        .source = "RFC 7515, 4.1.4; RFC 7517, 4.5; Cupel: trust is the caller's act",
        .meaning =
            "Among the key sets that the caller vouches for there is one of this very issuer "
            "that has a key of this name; or the caller named the key itself; or the key's "
            "certificate is judged next (maa-07).",
        .why =
            "`kid` is a name that the token chooses. It picks a key among trusted ones and gives "
            "no trust. Keys that one issuer publishes must not speak for another.",
        .not_proved = "That the key signed (maa-08). That the key set is genuine: the caller says "
                      "where it came from, and the verdict lists that under `assumed`.",
        .causes = "No key set was given; the service rotated its keys; the key set is of another "
                  "region.",
        .remedy =
            "Fetch `<issuer>/certs` over TLS from the issuer that your policy names, and give "
            "it: `cupel verify --issuer-keys https://<host>=certs.json`."},
    CheckInfo{
        .id = "maa-07",
        .title = "The signing key's certificate leads to a trusted root and names the issuer",
        .source = "RFC 5280, 6; RFC 7517, 4.7",
        .meaning = "The certificate beside the key is valid now, leads to a root of the caller's, "
                   "or is one, and its common name is the token's issuer.",
        .why = "A key set that came along with the evidence is as hostile as the evidence. Only a "
               "path to a root, or the caller's word, makes a key of it one to believe.",
        .not_proved = "That the key is still in use by the service.",
        .causes =
            "A key set without any trust given for it; a certificate of another instance; the "
            "self-issued certificate changed (it does, with the same key).",
        .remedy = "Trust the key set for its issuer (`--issuer-keys`), or the certificate "
                  "(`--anchors`)."},
    CheckInfo{.id = "maa-08",
              .title = "The key signed header and payload, byte for byte as they arrived",
              .source = "RFC 7515, 5.2; RFC 7518, 3.3; RFC 8017, 8.2.2",
              .meaning = "Nobody changed the token after the service signed it.",
              .why = "Everything else in it is only words.",
              .not_proved = "That the words are true: they are the service's word about evidence "
                            "that is not here.",
              .causes = "A changed token; a key of the same name from another time or region.",
              .remedy = "Fetch token and key set again, from one issuer."},
    CheckInfo{.id = "maa-09",
              .title = "The token has not expired",
              .source = "RFC 7519, 4.1.4",
              .meaning = "Now is before `exp`. No skew is granted.",
              .why = "Tokens live for hours, machines change. An old token speaks of what was.",
              .not_proved = "That the machine is still as it was when the token was made.",
              .causes = "A service that fetched its token once, at its start, and never again; "
                        "archived evidence; a wrong clock.",
              .remedy = "Fetch a new token. To judge an archive, give its time with --at."},
    CheckInfo{.id = "maa-10",
              .title = "The token is not from the future",
              .source = "RFC 7519, 4.1.5 and 4.1.6",
              .meaning = "`nbf` and `iat` are at most 60 seconds after now.",
              .why = "A token that is valid later would be accepted for longer than it lives.",
              .not_proved = "How old the evidence behind it was.",
              .causes = "A clock that is slow by more than a minute.",
              .remedy = "Set the clock. For an archive, check --at."},
    CheckInfo{
        .id = "maa-11",
        .title = "Evidence in the signing certificate speaks of the signing key",
        .source = "Azure Attestation documentation, token signing certificates; lib/maa/README.md",
        .meaning = "Where the signing key's certificate carries a quote or report of the machine "
                   "that holds it, its report data is the hash of this very key.",
        .why =
            "With it, verifying that quote removes the need to trust whoever serves the key set. "
            "A quote that names another key would prove nothing about this one.",
        .not_proved = "The quote itself: it is handed out (`signer_evidence`) for the room of its "
                      "own kind to verify, and the verdict says that it was not.",
        .causes = "A certificate put together by hand; a new form of the extension.",
        .remedy = "Fetch the key set again from the issuer."},
};

}  // namespace

std::span<const CheckInfo> check_pages() {
  return kChecks;
}

}  // namespace cupel::maa
