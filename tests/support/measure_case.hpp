// The collection of artifacts with known reference values (<vectors>/measure): one folder a case,
// with a case.json that says what must come out and which tool said so.
#pragma once

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
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

/// `length` zeros under AES-256-CTR, as the collection's generator makes them.
inline ByteVector aes_ctr_of_zeros(Bytes key, Bytes iv, std::size_t length) {
  ByteVector out(length);
  const ByteVector zeros(length);
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(
      EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  int size = 0;
  if (length > 0 &&
      (EVP_EncryptInit_ex(context.get(), EVP_aes_256_ctr(), nullptr, key.data(), iv.data()) != 1 ||
       EVP_EncryptUpdate(context.get(), out.data(), &size, zeros.data(),
                         static_cast<int>(length)) != 1)) {
    throw std::runtime_error("AES-CTR");
  }
  return out;
}

/// Bytes that differ from place to place and are the same in every run.
inline ByteVector test_bytes(std::size_t length, std::uint8_t seed = 1) {
  const ByteVector key(32, seed);
  const ByteVector iv(16);
  return aes_ctr_of_zeros(key, iv, length);
}

class MeasureCase {
 public:
  explicit MeasureCase(std::filesystem::path folder) : folder_(std::move(folder)) {
    const ByteVector text = read_test_file(folder_ / "case.json");
    document_ = json::parse(as_text(text), "case", {.max_size = 16U << 20U}).value();
  }

  std::string id() const { return folder_.filename().string(); }
  std::string family() const { return text({"family"}); }

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
  std::string text(std::initializer_list<std::string_view> path,
                   const std::string& otherwise = {}) const {
    const json::Value* found = find(path);
    const std::string* value = found == nullptr ? nullptr : found->string();
    return value == nullptr ? otherwise : *value;
  }
  std::uint64_t number(std::initializer_list<std::string_view> path,
                       std::uint64_t otherwise) const {
    const json::Value* found = find(path);
    const std::uint64_t* value = found == nullptr ? nullptr : found->unsigned_integer();
    return value == nullptr ? otherwise : *value;
  }
  bool flag(std::initializer_list<std::string_view> path, bool otherwise) const {
    const json::Value* found = find(path);
    const bool* value = found == nullptr ? nullptr : found->boolean();
    return value == nullptr ? otherwise : *value;
  }
  ByteVector hex(std::initializer_list<std::string_view> path) const {
    return from_hex(text(path), "case").value();
  }

  bool has_file(const std::string& name) const {
    return std::filesystem::exists(folder_ / name) || has({"generator", name});
  }
  /// A file of the folder, or what its generator makes.
  ByteVector file(const std::string& name) const {
    if (std::filesystem::exists(folder_ / name)) {
      return read_test_file(folder_ / name);
    }
    if (text({"generator", name, "kind"}) != "aes-256-ctr-of-zeros") {
      throw std::runtime_error(id() + ": no " + name);
    }
    return aes_ctr_of_zeros(hex({"generator", name, "key"}), hex({"generator", name, "iv"}),
                            static_cast<std::size_t>(number({"generator", name, "length"}, 0)));
  }
  const std::filesystem::path& folder() const { return folder_; }
  const json::Value& document() const { return document_; }

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
