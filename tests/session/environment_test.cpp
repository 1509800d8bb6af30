// Every test of this program runs in an environment that tries to weaken it: proxies, certificate
// bundles, credentials, a key log, an OpenSSL configuration with old TLS versions.
#include <stdlib.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "session/fixture.hpp"

namespace cupel::test {
namespace {

namespace fs = std::filesystem;

class HostileEnvironment : public testing::Environment {
 public:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "cupel-hostile-XXXXXX").string();
    must(mkdtemp(pattern.data()) != nullptr, "mkdtemp");
    folder = pattern;
    write("evil.pem", pem_of(evil.certificate));
    write("netrc",
          "machine localhost login thief password stolen\n"
          "machine 127.0.0.1 login thief password stolen\n");
    write(".netrc", "machine localhost login thief password stolen\n");
    write(".curlrc", "insecure\nlocation\n");
    write("openssl.cnf",
          "openssl_conf = o\n[o]\nssl_conf = s\n[s]\nsystem_default = d\n[d]\n"
          "MinProtocol = TLSv1\nCipherString = ALL:@SECLEVEL=0\nVerifyMode = None\n");
    proxy = std::make_unique<SilentListener>();
    const std::string address = "http://127.0.0.1:" + std::to_string(proxy->port());
    for (const char* name :
         {"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"}) {
      set(name, address);
    }
    for (const char* name : {"SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"}) {
      set(name, path("evil.pem"));
    }
    set("SSL_CERT_DIR", folder.string());
    set("NETRC", path("netrc"));
    set("HOME", folder.string());
    set("CURL_HOME", folder.string());
    set("SSLKEYLOGFILE", path("keys.log"));
    set("OPENSSL_CONF", path("openssl.cnf"));
    unsetenv("NO_PROXY");
    unsetenv("no_proxy");
  }
  void TearDown() override {
    EXPECT_EQ(proxy->connections(), 0) << "a proxy from the environment was used";
    EXPECT_EQ(key_log(), "") << "TLS secrets were written to SSLKEYLOGFILE";
    proxy.reset();
    fs::remove_all(folder);
  }

  std::string path(const std::string& name) const { return (folder / name).string(); }
  std::string key_log() const {
    std::ifstream file(path("keys.log"));
    return {std::istreambuf_iterator<char>(file), {}};
  }

  Ca evil = Ca::make("evil root in SSL_CERT_FILE");
  std::unique_ptr<SilentListener> proxy;
  fs::path folder;

 private:
  void write(const std::string& name, const std::string& content) const {
    std::ofstream(folder / name) << content;
  }
  static void set(const char* name, const std::string& value) {
    must(setenv(name, value.c_str(), 1) == 0, name);
  }
};

HostileEnvironment* const kHostile = [] {
  auto* environment = new HostileEnvironment;  // gtest owns it
  testing::AddGlobalTestEnvironment(environment);
  return environment;
}();

class SessionEnvironment : public SessionTest {};

TEST_F(SessionEnvironment, CannotBringInAProxyOrCredentialsOrAKeyLog) {
  SessionOptions without_key = options();
  without_key.headers.clear();
  auto session = AttestedSession::connect(without_key);
  ASSERT_TRUE(session.ok()) << to_string(session.error());
  ASSERT_TRUE(ask(*session).ok());
  EXPECT_EQ(kHostile->proxy->connections(), 0);
  EXPECT_EQ(kHostile->key_log(), "");
  for (const TlsServer* server : {&evidence_, &api_}) {
    for (const Request& request : server->requests()) {
      EXPECT_EQ(request.head.find("Authorization"), std::string::npos);
      EXPECT_EQ(request.head.find("Cookie"), std::string::npos);
    }
  }
}

TEST_F(SessionEnvironment, CannotAddATrustedCa) {
  const Ca root = Ca::make("service root");
  policy_ = ca_in_register_15();
  says({.root_ca_pem = pem_of(root.certificate)});
  api_.present(issued_by(kHostile->evil));
  auto session = connect();
  ASSERT_TRUE(session.ok());
  expect_refused(ask(*session), Code::pin_mismatch, "tls.certificate", "tls-04");
  EXPECT_EQ(api_.bytes(), 0U);
  api_.present(issued_by(root));
  EXPECT_TRUE(ask(*session).ok());
}

TEST_F(SessionEnvironment, CannotBringBackOldTls) {
  TlsServer old(server_, [](const Request&) { return answer(200, "{}"); },
                {TLS1_VERSION, TLS1_1_VERSION});
  SessionOptions to_old = options();
  to_old.api_url = old.url();
  auto session = AttestedSession::connect(to_old);
  ASSERT_TRUE(session.ok());
  expect_refused(ask(*session), Code::connection_failed, "tls.version", "tls-07");
  EXPECT_EQ(old.bytes(), 0U);
}

}  // namespace
}  // namespace cupel::test
