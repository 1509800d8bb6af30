// Forged evidence for the tests of quotes: cases of tests/vectors, read as they are.
#pragma once

#include <gtest/gtest.h>

#include <cupel/dcap.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace cupel::test {

inline const UnixTime kNow{1718452800};  // 2024-06-15T12:00:00Z

inline ByteVector read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline std::filesystem::path vectors() {
  return std::filesystem::path(CUPEL_SOURCE_DIR) / "tests" / "vectors";
}

inline ByteVector evidence(const std::string& name) {
  return read(vectors() / name / "evidence.bin");
}

inline std::string document(const std::string& name, const std::string& file) {
  return std::string(as_text(read(vectors() / name / "endorsements" / file)));
}

inline void replace(std::string& text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  ASSERT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
}

}  // namespace cupel::test
