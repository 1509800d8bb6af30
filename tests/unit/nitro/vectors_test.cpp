// Captured documents: what conformance does not ask of them.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "support.hpp"

namespace cupel::nitro {
namespace {

std::filesystem::path folder() {
  const char* given = std::getenv("CUPEL_VECTORS");
  return std::filesystem::path(given != nullptr ? given : CUPEL_DEFAULT_VECTORS) / "nitro";
}

std::vector<std::filesystem::path> documents() {
  std::vector<std::filesystem::path> out;
  for (const auto& entry : std::filesystem::directory_iterator(folder())) {
    out.push_back(entry.path() / "doc.cbor");
  }
  std::sort(out.begin(), out.end());
  return out;
}

ByteVector read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(NitroVectors, NeedTheRootsCrlExactlyWhenAwsIssuedThem) {
  if (!std::filesystem::is_directory(folder())) {
    GTEST_SKIP() << "no captured vectors at " << folder() << " (CUPEL_VECTORS)";
  }
  ASSERT_GT(documents().size(), 20U);
  for (const auto& path : documents()) {
    const auto document = parse(read(path));
    ASSERT_TRUE(document.ok()) << path << ": " << to_string(document.error());
    const bool foreign = path.string().find("neg-foreign-root") != std::string::npos;
    const auto requests = needed(*document);
    ASSERT_TRUE(requests.ok()) << path;
    EXPECT_EQ(requests->size(), foreign ? 0U : 1U) << path;
  }
}

TEST(NitroVectors, AreRefusedWithEveryByteOfThePayloadChanged) {
  if (!std::filesystem::is_directory(folder())) {
    GTEST_SKIP() << "no captured vectors at " << folder() << " (CUPEL_VECTORS)";
  }
  const ByteVector original = read(folder() / "prod-2025-12-indefinite-map" / "doc.cbor");
  const VerifyContext context{parse_time("2025-12-25T13:15:37Z").value(), vendor_anchors()};
  ASSERT_TRUE(evaluate(original, {}, context).ok());
  constexpr std::size_t kStride = 61;
  for (std::size_t i = 0; i < original.size(); i += kStride) {
    ByteVector changed = original;
    changed[i] ^= 0x01U;
    EXPECT_FALSE(evaluate(changed, {}, context).ok()) << "byte " << i;
  }
}

}  // namespace
}  // namespace cupel::nitro
