// Reports and certificates of the forged vectors, for tests of single functions.
#pragma once

#include <gtest/gtest.h>

#include <cupel/snp.hpp>
#include <cupel/time.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "codec/json.hpp"

namespace cupel::snp::test {

inline ByteVector read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// A file of tests/vectors/snp.
inline ByteVector forged(const std::string& name) {
  const ByteVector out =
      read_file(std::filesystem::path(CUPEL_SOURCE_DIR) / "tests/vectors/snp" / name);
  EXPECT_FALSE(out.empty()) << name;
  return out;
}

inline Evidence evidence(const std::string& folder) {
  return parse_evidence(forged(folder + "/evidence.json")).value();
}

inline VerifyContext context(const std::string& folder) {
  TrustAnchors anchors({});
  EXPECT_TRUE(anchors.add_certificates("test root", forged(folder + "/anchors.pem")).ok());
  return {parse_time("2024-06-15T12:00:00Z").value(), std::move(anchors)};
}

inline Endorsements endorsements(const Evidence& evidence) {
  Endorsements out;
  out.certificates = evidence.certificates;
  out.crls = evidence.crls;
  return out;
}

inline Verified<Report> verified(const std::string& folder) {
  const Evidence from = evidence(folder);
  return verify(from.report, endorsements(from), context(folder)).value();
}

template <class T>
void expect_error(const Result<T>& result, Code code, const std::string& where) {
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, code) << to_string(result.error());
  EXPECT_EQ(result.error().where, where) << to_string(result.error());
}

inline std::filesystem::path captured() {
  const char* root = std::getenv("CUPEL_VECTORS");  // NOLINT(concurrency-mt-unsafe): one thread
  return root != nullptr ? root : CUPEL_DEFAULT_VECTORS;
}

}  // namespace cupel::snp::test
