// Intel's service, played by a local stand-in: paths, headers, and what comes of them.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cupel/dcap.hpp>
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

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  // The request with the stand-in's address in the place of Intel's.
  CollateralRequest moved(CollateralRequest request) const {
    const std::size_t path = request.url.find('/', std::string("https://").size());
    request.url = url() + request.url.substr(path);
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

// A PCCS has the same paths, and the root's list under one of its own, in hexadecimal digits.
TEST_F(Pcs, AsksAPccsForTheSame) {
  const std::string list = answers_.at("/IntelSGXRootCA.der").body;
  std::string hex;
  for (const char c : list) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    hex.push_back(kDigits.at(byte >> 4U));
    hex.push_back(kDigits.at(byte & 0xfU));
  }
  answers_.erase("/IntelSGXRootCA.der");
  answers_[std::string(kSgx) + "rootcacrl"] = {"", hex};
  const StandIn server(answers_);
  const auto requests = dcap::at_pccs(needed("sgx", evidence_).value(), server.url() + kSgx);
  ASSERT_TRUE(requests.ok()) << to_string(requests.error());
  const auto got = HttpSource(std::chrono::milliseconds(5000)).fetch_all(*requests);
  ASSERT_TRUE(got.ok()) << to_string(got.error());
  EXPECT_EQ(got->items.size(), 2U);
  ASSERT_EQ(got->crls.size(), 2U);
  EXPECT_EQ(got->crls.back(), to_vector(as_bytes(list)));
}

TEST_F(Pcs, RefusesWhatIsNoAddressOfAPccs) {
  const auto requests = needed("sgx", evidence_).value();
  for (const char* base :
       {"", "pccs", "ftp://pccs", "https://", "https:///path", "https://pccs?x", "https://pccs#x",
        "https://a@pccs", "https://pc cs", "https://pccs\n", "https://pccs\\x",
        "https://pccs/sgx/certification/v3", "https://pccs/tdx/certification/v4/"}) {
    const auto got = dcap::at_pccs(requests, base);
    ASSERT_FALSE(got.ok()) << base;
    EXPECT_EQ(got.error().code, Code::invalid_argument);
    EXPECT_EQ(got.error().where, "pccs");
  }
}

TEST_F(Pcs, MovesNothingButIntelsOwn) {
  CollateralRequest other{"crl", "https://api.trustedservices.intel.com.evil.test/x", "x.crl"};
  CollateralRequest amd{"crl", "https://kdsintf.amd.com/vcek/v1/Milan/crl", "milan.crl"};
  const auto got = dcap::at_pccs({other, amd}, "https://pccs.test//").value();
  EXPECT_EQ(got.at(0).url, other.url);
  EXPECT_EQ(got.at(1).url, amd.url);
}

// ---- other places with the same document
// ---------------------------------------------------------

CollateralRequest with_mirrors(const StandIn& server, std::vector<std::string> paths) {
  CollateralRequest out{"crl", server.url() + "/absent", "some.crl"};
  for (std::string& path : paths) {
    out.mirrors.push_back(server.url() + path);
  }
  return out;
}

TEST_F(Pcs, TakesADocumentFromTheFirstMirrorThatHasIt) {
  const std::string list = answers_.at("/IntelSGXRootCA.der").body;
  answers_["/junk"] = {"", "hello"};
  answers_["/other"] = {"", test::document("sgx/ok--v3", "pck.crl")};
  const StandIn server(answers_);
  const std::array requests{
      with_mirrors(server, {"/nothing", "/junk", "/IntelSGXRootCA.der", "/other"})};
  const auto got = HttpSource(std::chrono::milliseconds(5000)).fetch_all(requests);
  ASSERT_TRUE(got.ok()) << to_string(got.error());
  EXPECT_EQ(got->crls, std::vector<ByteVector>{to_vector(as_bytes(list))});
}

TEST_F(Pcs, TellsThePublishersErrorWhenNoMirrorHasIt) {
  answers_["/junk"] = {"", "hello"};
  const StandIn server(answers_);
  const std::array requests{with_mirrors(server, {"/junk", "/nothing"})};
  const auto got = HttpSource(std::chrono::milliseconds(5000)).fetch_all(requests);
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().code, Code::collateral_unavailable);
  EXPECT_EQ(got.error().where, "collateral.crl");
}

// Half of an answer is none: what a mirror sent with a wrong issuer leaves nothing behind.
TEST_F(Pcs, KeepsNothingOfAnAnswerThatIsNotWhole) {
  const std::string list = answers_.at("/IntelSGXRootCA.der").body;
  answers_["/absent"] = {"X-Issuers: hello\r\n", test::document("sgx/ok--v3", "pck.crl")};
  answers_["/mirror"] = {
      "X-Issuers: " + url_encoded(test::document("sgx/ok--v3", "signer.pem")) + "\r\n", list};
  const StandIn server(answers_);
  std::array requests{with_mirrors(server, {"/mirror"})};
  requests.front().issuer_chain_header = "X-Issuers";
  const auto got = HttpSource(std::chrono::milliseconds(5000)).fetch_all(requests);
  ASSERT_TRUE(got.ok()) << to_string(got.error());
  EXPECT_EQ(got->crls, std::vector<ByteVector>{to_vector(as_bytes(list))});
  EXPECT_EQ(got->certificates.size(), 1U);
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
