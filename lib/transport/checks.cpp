#include "transport/checks.hpp"

#include <array>

namespace cupel {
namespace {

constexpr std::array<CheckInfo, 10> kChecks = {{
    {.id = "tls-01",
     .title = "the server presented a certificate that can be read",
     .source = "RFC 8446 section 4.4.2; RFC 5280 section 4.1",
     .meaning = "The handshake brought one to 16 certificates, and the server's own, the first of "
                "them, is a well-formed X.509 certificate with a key of a kind we accept.",
     .why = "Without a certificate there is no key to compare with the evidence, and a handshake "
            "without one (anonymous, pre-shared key, resumed) could go around the pin.",
     .not_proved = "Anything about who the server is. The checks that follow decide that.",
     .causes =
         "The port does not speak ordinary TLS; the key is of an unusual kind (RSA below 2048 "
         "bits, Ed25519, an uncommon curve); a very long chain.",
     .remedy = "Look at what the port presents: openssl s_client -connect HOST:PORT -showcerts. "
               "Give the service an ECDSA P-256 or RSA 2048 key."},
    {.id = "tls-02",
     .title = "the server's key is the key the evidence names (SPKI SHA-256)",
     .source = "RFC 7469 section 2.4 (the digest's form); the policy's bind.tls_key",
     .meaning = "SHA-256 of the SubjectPublicKeyInfo in the server's certificate equals the 32 "
                "bytes that the accepted evidence binds, and the handshake proved that the server "
                "holds that key. This is decided before a byte of the request is written.",
     .why = "An attacker could show the evidence of an honest machine and receive the prompts on "
            "another one.",
     .not_proved = "That only the attested machine holds the key: that rests on the measured "
                   "software, which must make the key itself and never give it out. Nothing about "
                   "host names: the key is the identity.",
     .causes = "The service made a new key after the evidence was fetched; a load balancer in "
               "front ends TLS itself; several machines share one name; somebody is in between.",
     .remedy = "A session attests again by itself, once. If it stays, compare the printed digest "
               "with what each machine behind the name presents, and take TLS-ending proxies out "
               "of the way."},
    {.id = "tls-03",
     .title = "the server's certificate is the one the evidence names (SHA-256 of its DER)",
     .source = "the policy's bind.tls_key, form certificate_sha256",
     .meaning = "SHA-256 of the whole leaf certificate, as DER, equals the 32 bytes that the "
                "accepted evidence binds.",
     .why = "As for tls-02; here the whole certificate is bound, so a new certificate for the same "
            "key is refused too.",
     .not_proved = "The certificate's dates, names and issuer are not judged: the evidence vouches "
                   "for exactly these bytes.",
     .causes = "The certificate was renewed; the digest in the evidence was made over PEM text "
               "instead of DER; a proxy in front ends TLS.",
     .remedy = "Attest again after a renewal. Make the digest over DER: openssl x509 -outform DER "
               "| sha256sum."},
    {.id = "tls-04",
     .title = "the server's certificate chains to the CA the evidence names",
     .source = "RFC 5280 section 6; the policy's bind.tls_key, form root_ca_pem",
     .meaning = "There is a path from the presented leaf, over at most four presented "
                "intermediates, to exactly the CA certificate that the evidence binds; every "
                "signature and date on it holds now; the leaf is no CA and may serve "
                "(extendedKeyUsage serverAuth). No other CA counts, also none of the system's.",
     .why = "A certificate from any public CA for the same name would otherwise do, and whoever "
            "controls the name's DNS can have one.",
     .not_proved = "That the CA's key never left the attested machine: that rests on the measured "
                   "software. Revocation: such a CA publishes no list; its certificates live for "
                   "hours.",
     .causes = "The service restarted and made a new CA; a proxy in front ends TLS; the server's "
               "short-lived certificate ran out; the clock of this machine is wrong.",
     .remedy = "A session attests again by itself, once. Compare the root in the evidence with the "
               "issuer that openssl s_client shows, and look at this machine's clock."},
    {.id = "tls-05",
     .title = "the server's certificate is for the host that was called",
     .source = "RFC 6125 section 6.4; RFC 5280 section 4.2.1.6",
     .meaning = "The host name, or the IP address, stands in subjectAltName. The subject's common "
                "name is never looked at; a wildcard stands for one whole left-most label.",
     .why = "One attested CA may serve several names. Without this check a request for one of them "
            "could be diverted to the server of another.",
     .not_proved = "That the name belongs to whom you think: the attested machine's own CA wrote "
                   "it.",
     .causes = "The service is called by another name than its certificate has, e.g. by its IP "
               "address; the certificate has a common name only.",
     .remedy = "Call the service by a name in its certificate, or have the name added to it. Only "
               "pins of the root_ca kind look at names."},
    {.id = "tls-06",
     .title = "the pin is still good",
     .source = "RFC 9334 section 10 (freshness); the verdict's valid_until",
     .meaning = "The time at which evidence, certificates, revocation lists and policy behind the "
                "pin stop being valid has not come. It is asked in every handshake and again "
                "before every request on a connection that was kept.",
     .why = "A long-lived client would go on trusting a machine whose certificate was withdrawn, "
            "or a release that its policy gave up.",
     .not_proved = "That nothing happened on the machine since it was attested.",
     .causes = "The session was open for longer than its evidence holds; this machine's clock "
               "jumped.",
     .remedy = "A session attests again by itself before the next request. With a pin of your own "
               "keeping, attest again."},
    {.id = "tls-07",
     .title = "the connection uses TLS 1.2 or 1.3",
     .source = "RFC 8996; RFC 9325 section 3.1.1",
     .meaning = "TLS 1.3 is offered first, 1.2 is accepted, anything older is refused. There is no "
                "session resumption, no early data, no renegotiation and no compression.",
     .why = "Older versions can be made to leak or change what is sent, whatever the key is.",
     .not_proved = "That the server's other clients are as careful.",
     .causes = "A very old server or proxy.",
     .remedy = "Enable TLS 1.2 or 1.3 on the service. There is no switch for older versions."},
    {.id = "tls-08",
     .title = "no redirect leads to another origin",
     .source = "RFC 9110 section 15.4; RFC 6454 section 4 (origin)",
     .meaning = "An answer that points elsewhere is followed only to the same scheme, host and "
                "port: at most three times for GET, and for POST only when the method stays the "
                "same (307, 308). Evidence is never redirected.",
     .why = "A redirect would carry prompt and API key to a host that nobody attested.",
     .not_proved = "That the path that finally answers is the one you meant.",
     .causes = "The service moved; a captive portal or login page answers instead; http and https "
               "addresses are mixed up.",
     .remedy = "Call the address that the redirect names, after deciding that you want to attest "
               "it."},
    {.id = "tls-09",
     .title = "the service is called over https only",
     .source = "RFC 9110 section 4.2.2",
     .meaning =
         "The service's address, and the address of its evidence, begin with https://. One "
         "exception: evidence by the protocol blindai may be asked for over http://, because "
         "BlindAI's servers show it there. Such a request has no header, key or prompt of "
         "yours in it, and the answer is judged as if a stranger had sent it.",
     .why =
         "Without TLS there is no key to pin, and everything on the way can be read and changed.",
     .not_proved = "Nothing more.",
     .causes = "An http:// address in a configuration, or one for evidence without the protocol "
               "that goes with it (--evidence blindai).",
     .remedy = "Use https://, also for a service on this machine: the attested key is needed to "
               "pin it, wherever it is."},
    {.id = "tls-10",
     .title = "a new attestation holds at the time it is used",
     .source = "RFC 9334 section 10 (freshness)",
     .meaning = "When an attestation runs out, the session fetches new evidence before the next "
                "request and goes on only if that is accepted and holds now.",
     .why = "Evidence that was already at its end when it was fetched would open the door to "
            "replaying old documents for as long as a session lives.",
     .not_proved = "An answer that is already under way when the time comes is not cut off.",
     .causes = "The service serves a stored document whose certificates have run out; the clock of "
               "this machine is ahead.",
     .remedy = "Have the service make new evidence, and look at this machine's clock."},
}};

}  // namespace

std::span<const CheckInfo> session_checks() {
  return kChecks;
}

}  // namespace cupel
