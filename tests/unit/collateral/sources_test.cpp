#include "collateral/sources.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "session/certificates.hpp"

namespace cupel {
namespace {

namespace fs = std::filesystem;

void expect_refused(CollateralSource& source, const CollateralRequest& request, Code code,
                    const std::string& where) {
  const std::array<CollateralRequest, 1> requests{request};
  const auto got = source.fetch_all(requests);
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().code, code) << to_string(got.error());
  EXPECT_EQ(got.error().where, where);
}

class Sources : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "cupel-source-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    write("root.crt", root_);
    write("junk", ByteVector{1, 2, 3});
    write("tcb.json", to_vector(as_bytes("{}")));
  }
  void TearDown() override { fs::remove_all(folder_); }
  void write(const std::string& name, const ByteVector& content) const {
    std::ofstream(folder_ / name, std::ios::binary) << as_text(content);
  }

  static CollateralRequest certificate(const std::string& key) {
    return {"certificate", "https://vendor.invalid/x", key};
  }

  ByteVector root_ = test::der_of(test::Ca::make("root").certificate);
  fs::path folder_;
};

TEST_F(Sources, DirectorySortsWhatWasAskedFor) {
  DirectorySource source(folder_.string());
  const std::vector<CollateralRequest> requests = {
      certificate("root.crt"), {"tcb_info", "https://vendor.invalid/t", "tcb.json"}};
  const Endorsements got = source.fetch_all(requests).value();
  EXPECT_EQ(got.certificates, std::vector<ByteVector>{root_});
  EXPECT_EQ(as_text(got.items.at("tcb_info")), "{}");
}

TEST_F(Sources, AnswerNothingWithNothing) {
  DirectorySource directory(folder_.string());
  MemorySource memory({});
  HttpSource http;
  const std::array<CollateralSource*, 3> all{&directory, &memory, &http};
  for (CollateralSource* source : all) {
    const Endorsements got = source->fetch_all({}).value();
    EXPECT_TRUE(got.certificates.empty() && got.crls.empty() && got.items.empty());
  }
}

TEST_F(Sources, AcceptOneDocumentForTwoRequests) {
  MemorySource source({{"a", root_}, {"b", root_}});
  const std::vector<CollateralRequest> requests = {certificate("a"), certificate("b")};
  EXPECT_EQ(source.fetch_all(requests).value().certificates.size(), 1U);
}

TEST_F(Sources, RefuseAMissingDocument) {
  DirectorySource directory(folder_.string());
  expect_refused(directory, certificate("absent.crt"), Code::collateral_missing,
                 "collateral.certificate");
  MemorySource memory({{"a", root_}});
  expect_refused(memory, certificate("b"), Code::collateral_missing, "collateral.certificate");
}

TEST_F(Sources, RefuseADocumentOfAnotherKind) {
  DirectorySource source(folder_.string());
  expect_refused(source, certificate("junk"), Code::collateral_mismatch, "collateral.certificate");
  expect_refused(source, {"crl", "https://vendor.invalid/x", "root.crt"}, Code::collateral_mismatch,
                 "collateral.crl");
}

TEST_F(Sources, RefuseTwoDocumentsOfOneOtherKind) {
  MemorySource source({{"a", {1}}, {"b", {2}}});
  const std::vector<CollateralRequest> requests = {{"tcb_info", "u", "a"}, {"tcb_info", "u", "b"}};
  const auto got = source.fetch_all(requests);
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().code, Code::duplicate_field);
}

TEST_F(Sources, RefuseKeysThatLeadOutOfTheFolder) {
  DirectorySource source((folder_ / "inner").string());
  for (const std::string key :
       {"../root.crt", "/etc/passwd", "..", ".", "", "a/b", ".hidden", "Upper", "a\nb", "a b"}) {
    expect_refused(source, certificate(key), Code::invalid_argument, "collateral.certificate");
  }
  expect_refused(source, certificate(std::string("root.crt\0", 9)), Code::invalid_argument,
                 "collateral.certificate");
}

TEST_F(Sources, RefuseAnAddressThatDoesNotAnswer) {
  HttpSource source(std::chrono::milliseconds(2000));
  // Port 1 of the loopback address: nobody listens there.
  expect_refused(source, {"crl", "http://127.0.0.1:1/root.crl", "root.crl"},
                 Code::collateral_unavailable, "collateral.crl");
  expect_refused(source, {"crl", "ftp://127.0.0.1:1/root.crl", "root.crl"},
                 Code::collateral_unavailable, "collateral.crl");
  expect_refused(source, {"crl", "file:///etc/passwd", "root.crl"}, Code::invalid_argument,
                 "collateral.crl");
}

}  // namespace
}  // namespace cupel
