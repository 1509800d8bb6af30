// What happens inside a TLS handshake: our decision about the server's certificate, and the
// OpenSSL settings that keep anything from going around it.
#pragma once

#include <cupel/bytes.hpp>
#include <cupel/result.hpp>
#include <exception>
#include <functional>
#include <optional>
#include <span>

namespace cupel {

/// The question a handshake asks, and its answer. Must outlive every connection that uses it.
struct HandshakeGuard {
  /// Decides about the presented certificates (DER, leaf first). Empty: nothing is approved.
  std::function<Result<Unit>(std::span<const ByteVector> chain)> decide{};
  /// Certificates are not for `decide` to judge: libcurl's rules stand. Never with a pin.
  bool leave_to_library = false;

  bool approved = false;         ///< decide() said yes in the newest connection's handshake
  bool version_refused = false;  ///< one side broke off because of the protocol version
  bool goodbye = false;          ///< the server said close_notify: what came before is all
  std::optional<Error> refusal{};
  std::exception_ptr exception{};

  void start_transfer() {
    version_refused = false;
    goodbye = false;
    refusal.reset();
    exception = nullptr;
  }
};

/// Sets up an SSL_CTX: TLS 1.2 at least, no resumption, no tickets, no renegotiation, no key log,
/// and `guard` as the judge of certificates. The connection that follows is a new one: `approved`
/// is taken back until it has been asked about. `ssl_ctx` is what CURLOPT_SSL_CTX_FUNCTION hands
/// out. False when OpenSSL refuses a setting: the connection must then not be made.
bool guard_handshakes(void* ssl_ctx, HandshakeGuard& guard) noexcept;

}  // namespace cupel
