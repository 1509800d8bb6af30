// A service as the tests see it: one server for evidence, one for the API, a forged TPM behind
// both, and a clock that stands still until it is moved.
#pragma once

#include <cupel/session.hpp>
#include <deque>

#include "session/forged_service.hpp"
#include "session/tls_server.hpp"

namespace cupel::test {

inline constexpr const char* kPrompt = "the-prompt-nobody-may-see";
inline constexpr const char* kApiKey = "sk-the-key-nobody-may-see";

/// The value of "nonce" in a request for evidence, as bytes.
inline ByteVector nonce_of(const Request& request) {
  const std::string target = request.target();
  const auto at = target.find("nonce=");
  return at == std::string::npos ? ByteVector{} : from_hex(target.substr(at + 6), "nonce").value();
}

class SessionTest : public testing::Test {
 protected:
  SessionTest() {
    says({.extra_data = server_.spki_sha256()});
    policy_ = key_in_extra_data(TlsBinding::Form::spki_sha256);
  }

  /// What every request for evidence is answered with.
  void says(const Said& said) {
    const ByteVector document = tpm_.evidence(said);
    evidence_.handle(
        [document](const Request&) { return answer(200, std::string(as_text(document))); });
  }
  /// The first answers in turn; the last one from then on.
  void says_in_turn(const std::vector<Said>& list) {
    auto documents = std::make_shared<std::deque<std::string>>();
    for (const Said& said : list) {
      documents->emplace_back(as_text(tpm_.evidence(said)));
    }
    evidence_.handle([documents](const Request&) {
      const std::string document = documents->front();
      if (documents->size() > 1) {
        documents->pop_front();
      }
      return answer(200, document);
    });
  }

  SessionOptions options() {
    SessionOptions out;
    out.api_url = api_.url();
    out.attestation_url = evidence_.url();
    out.service = "openai";
    out.policy = policy_;
    out.anchors = tpm_.anchors();
    out.headers = {{"Authorization", std::string("Bearer ") + kApiKey}};
    out.connect_timeout = std::chrono::seconds(10);
    out.timeout = std::chrono::seconds(30);
    out.attestation_timeout = std::chrono::seconds(30);
    out.clock = [this] { return UnixTime(now_); };
    out.on_verdict = [this](const Verdict&) { ++verdicts_; };
    return out;
  }
  Result<AttestedSession> connect() { return AttestedSession::connect(options()); }
  static Result<Response> ask(AttestedSession& session) {
    return session.post("/v1/completions", std::string(R"({"prompt":")") + kPrompt + "\"}");
  }
  std::size_t fetches() const { return evidence_.requests().size(); }

  static void expect_error(const Error& error, Code code, const std::string& where,
                           const std::string& check = {}) {
    EXPECT_EQ(error.code, code) << to_string(error);
    EXPECT_EQ(error.where, where) << to_string(error);
    EXPECT_EQ(error.check, check) << to_string(error);
    for (const std::string_view secret : {kPrompt, kApiKey}) {
      EXPECT_EQ(to_string(error).find(secret), std::string::npos) << to_string(error);
    }
  }
  template <class T>
  static void expect_refused(const Result<T>& result, Code code, const std::string& where,
                             const std::string& check = {}) {
    ASSERT_FALSE(result.ok());
    expect_error(result.error(), code, where, check);
  }

  std::int64_t now_ = kNow;
  int verdicts_ = 0;
  ForgedTpm tpm_;
  Policy policy_;
  Identity server_ = self_signed("server");
  Identity other_ = self_signed("other");
  TlsServer evidence_{self_signed("evidence"), [](const Request&) { return answer(404, ""); }};
  TlsServer api_{server_, [](const Request&) { return answer(200, R"({"ok":true})"); }};
};

}  // namespace cupel::test
