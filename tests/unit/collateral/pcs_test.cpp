// Intel's service, played by a local stand-in: paths, headers, and what comes of them.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cupel/evidence.hpp>
#include <thread>

#include "collateral/sources.hpp"
#include "unit/dcap/support.hpp"

namespace cupel {
namespace {

struct Answer {
  std::string headers;
  std::string body;
};

// Answers one request a connection, in plain HTTP on the loopback interface, by path.
class StandIn {
 public:
  explicit StandIn(std::map<std::string, Answer> answers) : answers_(std::move(answers)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* raw = reinterpret_cast<sockaddr*>(&address);  // NOLINT: the socket interface's own way
    EXPECT_EQ(::bind(listener_, raw, size), 0);
    EXPECT_EQ(::listen(listener_, 8), 0);
    EXPECT_EQ(::getsockname(listener_, raw, &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~StandIn() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  StandIn(const StandIn&) = delete;
  StandIn& operator=(const StandIn&) = delete;

  // The request with the stand-in's address in the place of Intel's.
  CollateralRequest moved(CollateralRequest request) const {
    const std::size_t path = request.url.find('/', std::string("https://").size());
    request.url = "http://127.0.0.1:" + std::to_string(port_) + request.url.substr(path);
    return request;
  }

 private:
  void serve() {
    for (int client = ::accept(listener_, nullptr, nullptr); client >= 0;
         client = ::accept(listener_, nullptr, nullptr)) {
      std::string request;
      std::array<char, 4096> chunk{};
      while (request.find("\r\n\r\n") == std::string::npos) {
        const ssize_t got = ::recv(client, chunk.data(), chunk.size(), 0);
        if (got <= 0) {
          break;
        }
        request.append(chunk.data(), static_cast<std::size_t>(got));
      }
      const std::size_t start = request.find(' ') + 1;
      const auto found = answers_.find(request.substr(start, request.find(' ', start) - start));
      const std::string text =
          found == answers_.end()
              ? "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
              : "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(found->second.body.size()) +
                    "\r\nConnection: close\r\n" + found->second.headers + "\r\n" +
                    found->second.body;
      ::send(client, text.data(), text.size(), MSG_NOSIGNAL);
      ::close(client);
    }
  }

  std::map<std::string, Answer> answers_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

std::string url_encoded(const std::string& pem) {
  std::string out;
  for (const char c : pem) {
    switch (c) {
      case ' ':
        out += "%20";
        break;
      case '\n':
        out += "%0A";
        break;
      case '+':
        out += "%2B";
        break;
      case '/':
        out += "%2F";
        break;
      case '=':
        out += "%3D";
        break;
      default:
        out += c;
    }
  }
  return out;
}

constexpr const char* kSgx = "/sgx/certification/v4/";

class Pcs : public ::testing::Test {
 protected:
  Pcs() {
    const std::string chain = url_encoded(test::document("sgx/ok--v3", "signer.pem"));
    const auto header = [&](const std::string& name) { return name + ": " + chain + "\r\n"; };
    const std::string base(kSgx);
    answers_[base + "tcb?fmspc=00606a000000"] = {header("TCB-Info-Issuer-Chain"),
                                                 test::document("sgx/ok--v3", "tcb_info.json")};
    answers_[base + "qe/identity"] = {header("SGX-Enclave-Identity-Issuer-Chain"),
                                      test::document("sgx/ok--v3", "qe_identity.json")};
    answers_[base + "pckcrl?ca=platform&encoding=der"] = {header("SGX-PCK-CRL-Issuer-Chain"),
                                                          test::document("sgx/ok--v3", "pck.crl")};
    answers_["/IntelSGXRootCA.der"] = {"", test::document("sgx/ok--v3", "root.crl")};
  }

  Result<Endorsements> fetched() const {
    const StandIn server(answers_);
    std::vector<CollateralRequest> requests;
    for (CollateralRequest& request : needed("sgx", evidence_).value()) {
      requests.push_back(server.moved(std::move(request)));
    }
    return HttpSource(std::chrono::milliseconds(5000)).fetch_all(requests);
  }

  ByteVector evidence_ = test::evidence("sgx/ok--v3");
  std::map<std::string, Answer> answers_;
};

TEST_F(Pcs, BringsAllThatAVerificationNeeds) {
  const auto endorsements = fetched();
  ASSERT_TRUE(endorsements.ok()) << to_string(endorsements.error());
  VerifyContext context{.now = test::kNow, .anchors = TrustAnchors({})};
  const auto root = test::read(test::vectors() / "sgx/ok--v3/anchors.pem");
  ASSERT_TRUE(context.anchors.add_certificates("test", root).ok());
  const auto claims = evaluate("sgx", evidence_, *endorsements, context);
  ASSERT_TRUE(claims.ok()) << to_string(claims.error());
}

TEST_F(Pcs, RefusesAnAnswerWithoutItsIssuers) {
  answers_[std::string(kSgx) + "qe/identity"].headers.clear();
  const auto got = fetched();
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().code, Code::collateral_unavailable);
  EXPECT_EQ(got.error().where, "collateral.qe_identity");
}

TEST_F(Pcs, RefusesIssuersThatAreNoCertificates) {
  answers_[std::string(kSgx) + "qe/identity"].headers =
      "SGX-Enclave-Identity-Issuer-Chain: hello\r\n";
  const auto got = fetched();
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().code, Code::collateral_mismatch);
}

// "Could not fetch" is not "expired" and not "revoked".
TEST_F(Pcs, SaysWhenTheServiceDoesNotKnowThePlatform) {
  answers_.erase(std::string(kSgx) + "tcb?fmspc=00606a000000");
  const auto got = fetched();
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().code, Code::collateral_unavailable);
  EXPECT_EQ(got.error().where, "collateral.tcb_info");
  EXPECT_EQ(outcome(got.error().code), Outcome::undecided);
}

TEST_F(Pcs, CanBeKeptInAFolder) {
  std::map<std::string, ByteVector> documents;
  std::string pattern = (std::filesystem::temp_directory_path() / "cupel-pcs-XXXXXX").string();
  ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
  const auto requests = needed("sgx", evidence_).value();
  const auto store = [&](const std::string& name, const std::string& text) {
    std::ofstream(std::filesystem::path(pattern) / name, std::ios::binary) << text;
  };
  store(requests[0].cache_key, test::document("sgx/ok--v3", "tcb_info.json"));
  store(issuers_key(requests[0]), test::document("sgx/ok--v3", "signer.pem"));
  store(requests[1].cache_key, test::document("sgx/ok--v3", "qe_identity.json"));
  store(requests[2].cache_key, test::document("sgx/ok--v3", "pck.crl"));
  store(requests[3].cache_key, test::document("sgx/ok--v3", "root.crl"));
  DirectorySource source(pattern);
  const auto got = source.fetch_all(requests);
  ASSERT_TRUE(got.ok()) << to_string(got.error());
  EXPECT_EQ(got->items.size(), 2U);
  EXPECT_EQ(got->crls.size(), 2U);
  EXPECT_EQ(got->certificates.size(), 1U);
  store(issuers_key(requests[0]), "hello");
  EXPECT_EQ(source.fetch_all(requests).error().code, Code::collateral_mismatch);
  std::filesystem::remove_all(pattern);
}

}  // namespace
}  // namespace cupel
