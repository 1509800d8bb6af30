// HandshakeGuard: the one who is asked inside a handshake. Both ends are here, without a socket.
#include "transport/handshake.hpp"

#include <gtest/gtest.h>

#include "session/certificates.hpp"

namespace cupel {
namespace {

using test::FreeWith;
using test::Identity;
using test::must;
using test::self_signed;

using Context = std::unique_ptr<SSL_CTX, FreeWith<&SSL_CTX_free>>;
using Connection = std::unique_ptr<SSL, FreeWith<&SSL_free>>;

Context client_context() {
  Context context(SSL_CTX_new(TLS_client_method()));
  must(context != nullptr, "SSL_CTX_new");
  return context;
}

Context server_context(const Identity& identity) {
  Context context(SSL_CTX_new(TLS_server_method()));
  must(context != nullptr, "SSL_CTX_new");
  must(SSL_CTX_use_certificate(context.get(), identity.chain.front().get()) == 1, "certificate");
  must(SSL_CTX_use_PrivateKey(context.get(), identity.key.get()) == 1, "key");
  return context;
}

/// One handshake with a server of this identity; whether the client says it went well.
bool connects(SSL_CTX* client_side, const Identity& identity) {
  const Context server_side = server_context(identity);
  const Connection client(SSL_new(client_side));
  const Connection server(SSL_new(server_side.get()));
  BIO* here = nullptr;
  BIO* there = nullptr;
  must(BIO_new_bio_pair(&here, 0, &there, 0) == 1, "BIO_new_bio_pair");
  SSL_set_bio(client.get(), here, here);
  SSL_set_bio(server.get(), there, there);
  SSL_set_connect_state(client.get());
  SSL_set_accept_state(server.get());
  for (int turn = 0; turn < 10; ++turn) {
    const int done = SSL_do_handshake(client.get());
    if (done == 1) {
      return true;
    }
    if (SSL_get_error(client.get(), done) != SSL_ERROR_WANT_READ) {
      return false;
    }
    SSL_do_handshake(server.get());
  }
  return false;
}

bool connects(HandshakeGuard& guard, const Identity& identity) {
  const Context context = client_context();
  must(guard_handshakes(context.get(), guard), "guard_handshakes");
  return connects(context.get(), identity);
}

Result<Unit> yes(std::span<const ByteVector> /*chain*/) {
  return Unit{};
}

TEST(HandshakeGuard, ApprovesWhatWasDecided) {
  const Identity server = self_signed();
  HandshakeGuard guard;
  std::vector<ByteVector> seen;
  guard.decide = [&](std::span<const ByteVector> chain) -> Result<Unit> {
    seen.assign(chain.begin(), chain.end());
    return Unit{};
  };
  EXPECT_TRUE(connects(guard, server));
  EXPECT_TRUE(guard.approved);
  EXPECT_EQ(seen, server.ders());
}

TEST(HandshakeGuard, RefusesWhatWasRefused) {
  HandshakeGuard guard;
  guard.decide = [](std::span<const ByteVector>) -> Result<Unit> {
    return Error{Code::pin_mismatch, "tls.key", kNoOffset, {}, "tls-02"};
  };
  EXPECT_FALSE(connects(guard, self_signed()));
  EXPECT_FALSE(guard.approved);
  ASSERT_TRUE(guard.refusal.has_value());
  EXPECT_EQ(guard.refusal->where, "tls.key");
}

TEST(HandshakeGuard, RefusesWhenNobodyDecides) {
  HandshakeGuard guard;
  EXPECT_FALSE(connects(guard, self_signed()));
  EXPECT_FALSE(guard.approved);
  ASSERT_TRUE(guard.refusal.has_value());
  EXPECT_EQ(guard.refusal->code, Code::internal);
  EXPECT_EQ(guard.refusal->where, "tls.certificate");
}

TEST(HandshakeGuard, RefusesWhenTheDecisionThrows) {
  HandshakeGuard guard;
  guard.decide = [](std::span<const ByteVector>) -> Result<Unit> {
    throw std::runtime_error("clock");
  };
  EXPECT_FALSE(connects(guard, self_signed()));
  EXPECT_FALSE(guard.approved);
  EXPECT_NE(guard.exception, nullptr);
}

// A kept connection may be followed by another. What was said of the first is not said of it.
TEST(HandshakeGuard, ForgetsTheApprovalOfTheConnectionBefore) {
  HandshakeGuard guard;
  guard.decide = &yes;
  ASSERT_TRUE(connects(guard, self_signed()));
  ASSERT_TRUE(guard.approved);
  const Context next = client_context();
  ASSERT_TRUE(guard_handshakes(next.get(), guard));
  EXPECT_FALSE(guard.approved);
}

TEST(HandshakeGuard, ApprovesNothingThatItWasNotAskedAbout) {
  HandshakeGuard guard;
  guard.decide = &yes;
  ASSERT_TRUE(connects(guard, self_signed()));
  const Context careless = client_context();
  ASSERT_TRUE(guard_handshakes(careless.get(), guard));
  // A library that asks somebody else after we were set up.
  SSL_CTX_set_cert_verify_callback(
      careless.get(), [](X509_STORE_CTX*, void*) { return 1; }, nullptr);
  ASSERT_TRUE(connects(careless.get(), self_signed()));
  EXPECT_FALSE(guard.approved);
}

}  // namespace
}  // namespace cupel
