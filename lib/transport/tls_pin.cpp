// TlsPin: whether what a server presented in its handshake is what the evidence promised.
#include <arpa/inet.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cupel/pin.hpp>
#include <memory>

#include "base/hex.hpp"
#include "crypto/chain.hpp"
#include "crypto/digest.hpp"

namespace cupel {
namespace {

constexpr std::size_t kMaxPresented = 16;
constexpr std::size_t kMaxIntermediates = 4;
constexpr std::string_view kServerAuth = "1.3.6.1.5.5.7.3.1";  // RFC 5280, 4.2.1.12

struct FreeX509 {
  void operator()(X509* x509) const noexcept { X509_free(x509); }
};

Error not_as_pinned(std::string_view check, std::string where, std::string detail) {
  return {Code::pin_mismatch, std::move(where), kNoOffset, std::move(detail), std::string(check)};
}

bool is_ip_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> scratch{};
  return inet_pton(AF_INET, host.c_str(), scratch.data()) == 1 ||
         inet_pton(AF_INET6, host.c_str(), scratch.data()) == 1;
}

// RFC 6125: the name must stand in subjectAltName. The subject's CN is never asked, a wildcard is a
// whole left-most label, and an address matches an iPAddress entry only.
Result<Unit> host_is_named(const crypto::Certificate& leaf, const std::string& host) {
  constexpr std::string_view kCheck = "tls-05";
  if (host.empty() || host.front() == '.' || host.find('\0') != std::string::npos) {
    return not_as_pinned(kCheck, "tls.host", "no host name to compare with the certificate");
  }
  const ByteVector& der = leaf.der();
  const unsigned char* cursor = der.data();
  const std::unique_ptr<X509, FreeX509> x509(
      d2i_X509(nullptr, &cursor, static_cast<long>(der.size())));
  if (!x509) {
    return Error{Code::bad_certificate, "tls.certificate", kNoOffset,
                 "the certificate cannot be read again", std::string(kCheck)};
  }
  constexpr unsigned kFlags = X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
                              X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                              X509_CHECK_FLAG_SINGLE_LABEL_SUBDOMAINS;
  const int found = is_ip_address(host)
                        ? X509_check_ip_asc(x509.get(), host.c_str(), kFlags)
                        : X509_check_host(x509.get(), host.data(), host.size(), kFlags, nullptr);
  // CHECK tls-05
  if (found != 1) {  // 0 is "no", negative is "could not tell"
    return not_as_pinned(kCheck, "tls.host",
                         "the certificate is not for " + host + " (subjectAltName)");
  }
  return Unit{};
}

// An expired certificate is named as such; everything else about the path is "not the promised CA".
Error chain_error(Error error) {
  if (error.code != Code::expired && error.code != Code::not_yet_valid) {
    error.detail = "no path from the server's certificate to the pinned CA (" +
                   std::string(to_string(error.code)) +
                   (error.detail.empty() ? ")" : "): " + error.detail);
    error.code = Code::pin_mismatch;
  }
  error.check = "tls-04";
  error.where = "tls.certificate";
  error.offset = kNoOffset;
  return error;
}

Result<Unit> chains_to(const ByteVector& root_ca, std::span<const ByteVector> presented,
                       const crypto::Certificate& leaf, UnixTime now) {
  auto helpers = crypto::parse_certificates(presented.subspan(1), "tls.certificate");
  if (!helpers) {
    Error error = std::move(helpers).error();
    error.code = Code::bad_certificate;
    return failed("tls-04", std::move(error));
  }
  TrustAnchors only_that_one({});
  if (auto added = only_that_one.add_certificates("pinned CA", root_ca); !added) {
    return failed("tls-04", at("tls.pin", std::move(added).error()));
  }
  // A CA made inside the attested machine publishes no CRL; its certificates live for hours.
  const VerifyContext context{now, std::move(only_that_one), Revocation::dangerous_ignored};
  crypto::ChainRules rules;
  rules.where = "tls.certificate";
  rules.max_intermediates = kMaxIntermediates;
  rules.leaf_extended_key_usage = kServerAuth;
  auto chain = crypto::verify_chain(leaf, *helpers, {}, context, rules);  // CHECK tls-04
  if (!chain) {
    return chain_error(std::move(chain).error());
  }
  return Unit{};
}

}  // namespace

std::string_view to_string(TlsPin::Kind kind) noexcept {
  switch (kind) {
    case TlsPin::Kind::spki_sha256:
      return "spki_sha256";
    case TlsPin::Kind::certificate_sha256:
      return "certificate_sha256";
    case TlsPin::Kind::root_ca:
      return "root_ca";
  }
  return "unknown";
}

Result<Unit> TlsPin::check(std::span<const ByteVector> chain, const std::string& host,
                           UnixTime now) const {
  if (chain.empty() || chain.size() > kMaxPresented) {  // CHECK tls-01
    return Error{Code::bad_certificate, "tls.certificate", kNoOffset,
                 chain.empty() ? "the server presented no certificate"
                               : "the server presented more than 16 certificates",
                 "tls-01"};
  }
  auto leaf = crypto::Certificate::from_der(chain.front(), "tls.certificate");
  if (!leaf) {
    Error error = std::move(leaf).error();
    error.code = Code::bad_certificate;
    return failed("tls-01", std::move(error));
  }
  if (now >= valid_until_) {  // CHECK tls-06
    return Error{Code::expired, "tls.pin", kNoOffset,
                 "the attestation behind the pin was good until " + to_string(valid_until_),
                 "tls-06"};
  }
  switch (kind_) {
    case Kind::spki_sha256: {
      const Sha256Digest& presented = leaf->public_key().spki_sha256();
      if (!crypto::equal(presented, sha256_)) {  // CHECK tls-02
        return not_as_pinned("tls-02", "tls.key",
                             "the server's key has SPKI SHA-256 " + to_hex(presented) +
                                 ", the evidence names " + to_hex(sha256_));
      }
      return Unit{};
    }
    case Kind::certificate_sha256: {
      if (!crypto::equal(leaf->sha256(), sha256_)) {  // CHECK tls-03
        return not_as_pinned("tls-03", "tls.certificate",
                             "the server's certificate has SHA-256 " + to_hex(leaf->sha256()) +
                                 ", the evidence names " + to_hex(sha256_));
      }
      return Unit{};
    }
    case Kind::root_ca: {
      CUPEL_TRY([[maybe_unused]] auto path, chains_to(root_ca_, chain, *leaf, now));
      return host_is_named(*leaf, host);
    }
  }
  return not_as_pinned("tls-01", "tls.pin", "an unknown kind of pin");
}

}  // namespace cupel
