// The collection of artifacts with known reference values (<vectors>/measure): one folder a case,
// with a case.json that says what must come out and which tool said so.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/hex.hpp"
#include "codec/json.hpp"

namespace cupel::testing {

inline std::filesystem::path measure_root() {
  const char* set = std::getenv("CUPEL_VECTORS");
  return std::filesystem::path(set != nullptr ? set : CUPEL_DEFAULT_VECTORS) / "measure";
}

inline ByteVector read_test_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class MeasureCase {
 public:
  explicit MeasureCase(std::filesystem::path folder) : folder_(std::move(folder)) {
    const ByteVector text = read_test_file(folder_ / "case.json");
    document_ = json::parse(as_text(text), "case", {.max_size = 16U << 20U}).value();
  }

  std::string id() const { return folder_.filename().string(); }
  std::string family() const { return *find({"family"})->string(); }

  const json::Value* find(std::initializer_list<std::string_view> path) const {
    const json::Value* here = &document_;
    for (const std::string_view key : path) {
      here = here == nullptr ? nullptr : here->find(key);
    }
    return here;
  }
  bool has(std::initializer_list<std::string_view> path) const {
    const json::Value* found = find(path);
    return found != nullptr && !found->is_null();
  }
  ByteVector file(const std::string& name) const {
    if (!std::filesystem::exists(folder_ / name)) {
      throw std::runtime_error(id() + ": no " + name);
    }
    return read_test_file(folder_ / name);
  }

 private:
  std::filesystem::path folder_;
  json::Value document_;
};

/// All cases of a family ("measure-verity"); empty when the collection is absent.
inline std::vector<MeasureCase> measure_cases(std::initializer_list<std::string_view> families) {
  std::vector<MeasureCase> out;
  if (!std::filesystem::is_directory(measure_root())) {
    return out;
  }
  for (const auto& entry : std::filesystem::directory_iterator(measure_root())) {
    MeasureCase found(entry.path());
    if (std::find(families.begin(), families.end(), found.family()) != families.end()) {
      out.push_back(std::move(found));
    }
  }
  std::sort(out.begin(), out.end(),
            [](const MeasureCase& a, const MeasureCase& b) { return a.id() < b.id(); });
  return out;
}

}  // namespace cupel::testing

/// Skips by name where the collection is absent.
// NOLINTNEXTLINE(cppcoreguidelines-macro-usage): GTEST_SKIP returns from the test itself
#define CUPEL_NEED_MEASURE_VECTORS(cases)                                                 \
  do {                                                                                    \
    if ((cases).empty()) {                                                                \
      GTEST_SKIP() << "no " << ::cupel::testing::measure_root() << "; set CUPEL_VECTORS"; \
    }                                                                                     \
  } while (false)
