#include "session/tls_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace cupel::test {
namespace {

// A client that has left must not end the process; the client under test keeps the default.
void block_sigpipe() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

std::size_t content_length(const std::string& head) {
  const std::string name = "\r\nContent-Length: ";
  const auto at = head.find(name);
  return at == std::string::npos ? 0 : std::stoul(head.substr(at + name.size()));
}

}  // namespace

Reply answer(int status, const std::string& body, const std::string& content_type,
             const std::string& more_headers) {
  return {"HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: " + content_type +
          "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more_headers + "\r\n" +
          body};
}

Reply event_stream(const std::vector<std::string>& chunks, bool whole) {
  std::string out =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
      "Transfer-Encoding: chunked\r\n\r\n";
  for (const std::string& chunk : chunks) {
    std::string size;
    for (std::size_t left = chunk.size(); left != 0; left /= 16) {
      size.insert(size.begin(), "0123456789abcdef"[left % 16]);
    }
    out += size + "\r\n" + chunk + "\r\n";
  }
  return {out + (whole ? "0\r\n\r\n" : ""), !whole, !whole};
}

Reply redirect(int status, const std::string& location) {
  return answer(status, "elsewhere", "text/plain", "Location: " + location + "\r\n");
}

Listener::Listener() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  must(socket_ >= 0, "socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);  // how sockets take addresses
  must(::bind(socket_, generic, size) == 0, "bind");
  must(::listen(socket_, 64) == 0, "listen");
  must(::getsockname(socket_, generic, &size) == 0, "getsockname");
  port_ = ntohs(address.sin_port);
}
Listener::~Listener() {
  ::close(socket_);
}
int Listener::accept() const {
  return ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
}
void Listener::stop() {
  ::shutdown(socket_, SHUT_RDWR);
}

TlsServer::TlsServer(Identity identity, Handler handler, Versions versions)
    : versions_(versions), handler_(std::move(handler)), context_(make_context(identity)) {
  acceptor_ = std::thread([this] { serve(); });
}

TlsServer::~TlsServer() {
  stopping_ = true;
  listener_.stop();
  acceptor_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const int socket : open_) {
      ::shutdown(socket, SHUT_RDWR);
    }
  }
  for (std::thread& thread : threads_) {
    thread.join();
  }
}

// Resumption is offered in every way a server can: it is the client that must not take it.
std::shared_ptr<SSL_CTX> TlsServer::make_context(const Identity& identity) {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  must(context != nullptr, "SSL_CTX_new");
  SSL_CTX* raw = context.get();
  SSL_CTX_set_security_level(raw, 0);  // for the server that knows old versions only
  must(SSL_CTX_set_cipher_list(raw, "ALL:@SECLEVEL=0") == 1, "ciphers");
  must(SSL_CTX_set_min_proto_version(raw, versions_.min) == 1, "min version");
  must(SSL_CTX_set_max_proto_version(raw, versions_.max) == 1, "max version");
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_SERVER);
  const std::string id = "cupel-test";
  SSL_CTX_set_session_id_context(raw, as_bytes(id).data(), static_cast<unsigned>(id.size()));
  SSL_CTX_set_alpn_select_cb(raw, &on_alpn, this);
  must(SSL_CTX_use_certificate(raw, identity.chain.front().get()) == 1, "certificate");
  must(SSL_CTX_use_PrivateKey(raw, identity.key.get()) == 1, "key");
  for (std::size_t i = 1; i < identity.chain.size(); ++i) {
    must(SSL_CTX_add1_chain_cert(raw, identity.chain[i].get()) == 1, "chain");
  }
  return context;
}

// Writes down what is offered, and chooses nothing: the connection goes on without ALPN.
int TlsServer::on_alpn(SSL* /*ssl*/, const unsigned char** /*out*/, unsigned char* /*size*/,
                       const unsigned char* offered, unsigned offered_size, void* user) {
  auto& server = *static_cast<TlsServer*>(user);
  const std::string_view list = as_text(Bytes(offered, offered_size));
  const std::lock_guard lock(server.mutex_);
  for (std::size_t at = 0; at < list.size();) {
    const std::size_t size = static_cast<unsigned char>(list[at]);
    server.offered_protocols_.emplace_back(list.substr(at + 1, size));
    at += 1 + size;
  }
  return SSL_TLSEXT_ERR_NOACK;
}

void TlsServer::present(const Identity& identity) {
  auto context = make_context(identity);
  const std::lock_guard lock(mutex_);
  context_ = std::move(context);
}

void TlsServer::present_each_time(std::function<Identity()> next) {
  const std::lock_guard lock(mutex_);
  next_identity_ = std::move(next);
}

void TlsServer::handle(Handler handler) {
  const std::lock_guard lock(mutex_);
  handler_ = std::move(handler);
}

std::vector<Request> TlsServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::vector<std::string> TlsServer::offered_protocols() const {
  const std::lock_guard lock(mutex_);
  return offered_protocols_;
}

void TlsServer::serve() {
  for (;;) {
    const int socket = listener_.accept();
    if (socket < 0 || stopping_) {
      if (socket >= 0) {
        ::close(socket);
      }
      return;
    }
    ++connections_;
    const std::lock_guard lock(mutex_);
    open_.insert(socket);
    threads_.emplace_back([this, socket] { serve_connection(socket); });
  }
}

void TlsServer::serve_connection(int socket) {
  block_sigpipe();
  std::function<Identity()> next;
  std::shared_ptr<SSL_CTX> context;
  {
    const std::lock_guard lock(mutex_);
    next = next_identity_;
    context = context_;
  }
  if (next) {
    context = make_context(next());
  }
  {
    const std::unique_ptr<SSL, FreeWith<&SSL_free>> ssl(SSL_new(context.get()));
    SSL_set_fd(ssl.get(), socket);
    if (SSL_accept(ssl.get()) == 1) {
      ++handshakes_;
      resumed_ += SSL_session_reused(ssl.get());
      converse(ssl.get());
    }
    ERR_clear_error();
  }
  const std::lock_guard lock(mutex_);
  open_.erase(socket);
  ::close(socket);
}

void TlsServer::converse(SSL* ssl) {
  std::string pending;
  for (;;) {
    Request request;
    if (!read_request(ssl, pending, request)) {
      SSL_shutdown(ssl);
      return;
    }
    Handler handler;
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
      handler = handler_;
    }
    const Reply reply = handler(request);
    const bool written = write_reply(ssl, reply);
    if (!written || reply.close) {
      if (written && !reply.without_goodbye) {
        SSL_shutdown(ssl);
      }
      return;
    }
  }
}

bool TlsServer::read_request(SSL* ssl, std::string& pending, Request& request) {
  for (;;) {
    const auto end = pending.find("\r\n\r\n");
    if (end != std::string::npos) {
      const std::string head = pending.substr(0, end + 2);
      const std::size_t whole = end + 4 + content_length(head);
      if (pending.size() >= whole) {
        request = {head, pending.substr(end + 4, whole - end - 4)};
        pending.erase(0, whole);
        return true;
      }
    }
    std::string block(16'384, '\0');
    const int got = SSL_read(ssl, block.data(), static_cast<int>(block.size()));
    if (got <= 0) {
      return false;
    }
    bytes_ += static_cast<std::size_t>(got);
    pending.append(block, 0, static_cast<std::size_t>(got));
  }
}

bool TlsServer::write_reply(SSL* ssl, const Reply& reply) const {
  std::string_view left = reply.bytes;
  const bool slowly = reply.pause_per_byte.count() > 0;
  while (!left.empty()) {
    const auto piece = left.substr(0, slowly ? 1 : 65'536);
    if (SSL_write(ssl, piece.data(), static_cast<int>(piece.size())) <= 0 || stopping_) {
      return false;
    }
    left.remove_prefix(piece.size());
    if (slowly) {
      std::this_thread::sleep_for(reply.pause_per_byte);
    }
  }
  return true;
}

SilentListener::SilentListener() {
  thread_ = std::thread([this] {
    for (int socket = listener_.accept(); socket >= 0; socket = listener_.accept()) {
      ++connections_;
      ::close(socket);
    }
  });
}
SilentListener::~SilentListener() {
  listener_.stop();
  thread_.join();
}

PlainServer::PlainServer(std::string reply) : reply_(std::move(reply)) {
  thread_ = std::thread([this] { serve(); });
}
PlainServer::~PlainServer() {
  listener_.stop();
  thread_.join();
}
std::vector<std::string> PlainServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}
void PlainServer::serve() {
  for (int socket = listener_.accept(); socket >= 0; socket = listener_.accept()) {
    std::string request;
    std::string block(4096, '\0');
    while (request.find("\r\n\r\n") == std::string::npos) {
      const ssize_t got = ::recv(socket, block.data(), block.size(), 0);
      if (got <= 0) {
        break;
      }
      request.append(block, 0, static_cast<std::size_t>(got));
    }
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    for (std::string_view left = reply_; !left.empty();) {
      const ssize_t sent = ::send(socket, left.data(), left.size(), MSG_NOSIGNAL);
      if (sent <= 0) {
        break;
      }
      left.remove_prefix(static_cast<std::size_t>(sent));
    }
    ::close(socket);
  }
}

}  // namespace cupel::test
