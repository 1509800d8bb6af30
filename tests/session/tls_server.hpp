// A TLS server on the loopback address, inside the test's process. It counts what reaches it, so
// that a test can say "not one byte of the request left".
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "session/certificates.hpp"

namespace cupel::test {

struct Request {
  std::string head;  ///< request line and headers
  std::string body;
  std::string method() const { return head.substr(0, head.find(' ')); }
  std::string target() const {
    const auto start = head.find(' ') + 1;
    return head.substr(start, head.find(' ', start) - start);
  }
};

/// What is written back. The connection stays open unless `close`.
struct Reply {
  std::string bytes;
  bool close = false;
  bool without_goodbye = false;  ///< with close: the TCP connection just ends, no close_notify
  std::chrono::milliseconds pause_per_byte{0};
};

/// A whole HTTP answer with Content-Length.
Reply answer(int status, const std::string& body,
             const std::string& content_type = "application/json",
             const std::string& more_headers = {});
/// A chunked event stream; `whole`: with the last chunk.
Reply event_stream(const std::vector<std::string>& chunks, bool whole = true);
Reply redirect(int status, const std::string& location);

/// A listening socket, closed at the end.
class Listener {
 public:
  Listener();
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  /// The next connection's socket; negative after stop().
  int accept() const;
  void stop();
  std::uint16_t port() const { return port_; }

 private:
  int socket_;
  std::uint16_t port_ = 0;
};

class TlsServer {
 public:
  using Handler = std::function<Reply(const Request&)>;
  struct Versions {
    int min = TLS1_2_VERSION;
    int max = TLS1_3_VERSION;
  };

  TlsServer(Identity identity, Handler handler,
            Versions versions = {TLS1_2_VERSION, TLS1_3_VERSION});
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  /// Shown from the next connection on.
  void present(const Identity& identity);
  /// Asked for an identity at each connection, instead.
  void present_each_time(std::function<Identity()> next);
  void handle(Handler handler);
  /// From now on nobody can connect; connections that are open stay so.
  void stop_accepting() { listener_.stop(); }

  std::string url(const std::string& host = "localhost") const {
    return "https://" + host + ":" + std::to_string(listener_.port());
  }
  std::uint16_t port() const { return listener_.port(); }

  int connections() const { return connections_; }
  int handshakes() const { return handshakes_; }
  int resumed() const { return resumed_; }
  std::size_t bytes() const { return bytes_; }  ///< of application data that arrived
  std::vector<Request> requests() const;
  /// What clients named in ALPN (RFC 7301), each handshake in turn.
  std::vector<std::string> offered_protocols() const;

 private:
  static int on_alpn(SSL* ssl, const unsigned char** out, unsigned char* size,
                     const unsigned char* offered, unsigned offered_size, void* user);
  void serve();
  void serve_connection(int socket);
  void converse(SSL* ssl);
  bool read_request(SSL* ssl, std::string& pending, Request& request);
  bool write_reply(SSL* ssl, const Reply& reply) const;
  std::shared_ptr<SSL_CTX> make_context(const Identity& identity);

  Versions versions_;
  Listener listener_;
  mutable std::mutex mutex_;
  Handler handler_;
  std::shared_ptr<SSL_CTX> context_;
  std::function<Identity()> next_identity_;
  std::vector<Request> requests_;
  std::vector<std::string> offered_protocols_;
  std::set<int> open_;
  std::vector<std::thread> threads_;
  std::atomic<bool> stopping_{false};
  std::atomic<int> connections_{0};
  std::atomic<int> handshakes_{0};
  std::atomic<int> resumed_{0};
  std::atomic<std::size_t> bytes_{0};
  std::thread acceptor_;
};

/// Accepts TCP connections and never says a word: a proxy that must not be used.
class SilentListener {
 public:
  SilentListener();
  ~SilentListener();
  std::uint16_t port() const { return listener_.port(); }
  int connections() const { return connections_; }

 private:
  Listener listener_;
  std::atomic<int> connections_{0};
  std::thread thread_;
};

/// Speaks HTTP without TLS: each connection is answered once, whatever it asks.
class PlainServer {
 public:
  explicit PlainServer(std::string reply);
  ~PlainServer();
  std::string url() const { return "http://127.0.0.1:" + std::to_string(listener_.port()); }
  std::vector<std::string> requests() const;

 private:
  void serve();

  std::string reply_;
  Listener listener_;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

}  // namespace cupel::test
