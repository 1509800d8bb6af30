// A new pinned TLS connection and one request over it, to a server in this process.
#include <benchmark/benchmark.h>

#include <memory>

#include "session/forged_service.hpp"
#include "session/tls_server.hpp"
#include "support.hpp"

namespace {

using namespace cupel;

// Evidence that names the server's key, and an API that ends every connection after its answer.
class Service {
 public:
  explicit Service(test::Identity key)
      : document_(tpm_.evidence({.extra_data = named_.spki_sha256()})),
        evidence_(test::self_signed("evidence"),
                  [this](const test::Request&) {
                    return test::answer(200, std::string(as_text(document_)));
                  }),
        api_(std::move(key), [](const test::Request&) {
          test::Reply reply = test::answer(200, "{}", "application/json", "Connection: close\r\n");
          reply.close = true;
          return reply;
        }) {}

  Result<AttestedSession> connect() const {
    SessionOptions options;
    options.api_url = api_.url();
    options.attestation_url = evidence_.url();
    options.policy = test::key_in_extra_data(TlsBinding::Form::spki_sha256);
    options.anchors = tpm_.anchors();
    options.clock = [] { return UnixTime(test::kNow); };
    return AttestedSession::connect(std::move(options));
  }
  void present(const test::Identity& identity) { api_.present(identity); }
  int handshakes() const { return api_.handshakes(); }

 private:
  test::ForgedTpm tpm_;
  test::Identity named_ = server();
  ByteVector document_;
  test::TlsServer evidence_;
  test::TlsServer api_;

 public:
  static const test::Identity& server() {
    static const test::Identity kServer = test::self_signed("server");
    return kServer;
  }
};

void handshake(benchmark::State& state) {
  Service service(Service::server());
  auto session = service.connect();
  bench::must(session.ok(), "the session");
  for ([[maybe_unused]] auto _ : state) {
    bench::must(session->post("/x", "{}").ok(), "an answer from the pinned key");
  }
  bench::must(service.handshakes() >= static_cast<int>(state.iterations()), "one connection each");
  service.present(test::self_signed("another"));
  bench::must(!session->post("/x", "{}").ok(), "no answer from another key");
}
BENCHMARK(handshake)->Name("session/handshake")->Unit(benchmark::kMicrosecond)->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
