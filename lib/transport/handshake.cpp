#include "transport/handshake.hpp"

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <vector>

namespace cupel {
namespace {

// More than any server needs; the pin's own limit is lower and gives the error.
constexpr int kMaxPresented = 32;

ByteVector der_of(X509* certificate) {
  const int size = i2d_X509(certificate, nullptr);
  if (size <= 0) {
    return {};
  }
  ByteVector der(static_cast<std::size_t>(size));
  unsigned char* cursor = der.data();
  if (i2d_X509(certificate, &cursor) != size) {
    return {};
  }
  return der;
}

// What the server sent, its own certificate first: "The sender's certificate MUST come in the first
// CertificateEntry in the list" (RFC 8446, 4.4.2).
std::vector<ByteVector> presented_chain(X509_STORE_CTX* context) {
  std::vector<ByteVector> chain;
  X509* leaf = X509_STORE_CTX_get0_cert(context);
  if (leaf == nullptr) {
    return chain;
  }
  chain.push_back(der_of(leaf));
  const STACK_OF(X509)* sent = X509_STORE_CTX_get0_untrusted(context);
  const int count = sent != nullptr ? sk_X509_num(sent) : 0;
  for (int i = 1; i < count && i < kMaxPresented; ++i) {
    chain.push_back(der_of(sk_X509_value(sent, i)));
  }
  return chain;
}

// Runs inside the handshake, in place of X509_verify_cert(). 1 lets it go on; nothing else does.
int verify_callback(X509_STORE_CTX* context, void* argument) noexcept {
  auto& guard = *static_cast<HandshakeGuard*>(argument);
  guard.approved = false;
  X509_STORE_CTX_set_error(context, X509_V_ERR_APPLICATION_VERIFICATION);
  if (!guard.decide) {
    guard.refusal = Error{Code::internal,
                          "tls.certificate",
                          kNoOffset,
                          "nobody was named to decide about the server's certificate",
                          {}};
    return 0;
  }
  try {
    const std::vector<ByteVector> chain = presented_chain(context);
    auto decision = guard.decide(chain);
    if (!decision) {
      guard.refusal = std::move(decision).error();
      return 0;
    }
  } catch (...) {
    guard.exception = std::current_exception();  // thrown on by HttpClient::perform
    return 0;
  }
  guard.approved = true;
  X509_STORE_CTX_set_error(context, X509_V_OK);
  return 1;
}

// Alerts: why a handshake failed, and whether a connection was ended by the server itself.
void info_callback(const SSL* ssl, int where, int value) noexcept {
  auto* guard = static_cast<HandshakeGuard*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  if (guard == nullptr || (where & SSL_CB_ALERT) == 0) {
    return;
  }
  constexpr int kDescription = 0xff;
  const int alert = value & kDescription;
  if (alert == SSL_AD_PROTOCOL_VERSION) {
    guard->version_refused = true;
  }
  if (alert == SSL_AD_CLOSE_NOTIFY && (where & SSL_CB_READ) != 0) {
    guard->goodbye = true;
  }
}

}  // namespace

bool guard_handshakes(void* ssl_ctx, HandshakeGuard& guard) noexcept {
  auto* context = static_cast<SSL_CTX*>(ssl_ctx);
  guard.approved = false;  // what was said of the connection before is not said of this one
  if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||  // CHECK tls-07
      SSL_CTX_set_app_data(context, &guard) != 1) {
    return false;
  }
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // A resumed handshake carries no certificate, so the pin would not be asked.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  // libcurl obeys SSLKEYLOGFILE; nobody who sets a variable may read our traffic.
  SSL_CTX_set_keylog_callback(context, nullptr);
  SSL_CTX_set_info_callback(context, &info_callback);
  if (!guard.leave_to_library) {
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_cert_verify_callback(context, &verify_callback, &guard);
  }
  return true;
}

}  // namespace cupel
