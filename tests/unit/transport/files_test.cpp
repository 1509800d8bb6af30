#include "transport/files.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cupel/session.hpp>
#include <filesystem>
#include <fstream>

namespace cupel {
namespace {

namespace fs = std::filesystem;

class Files : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "cupel-files-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string make(const std::string& name, const std::string& content) const {
    std::ofstream(path(name), std::ios::binary) << content;
    return path(name);
  }
  std::string content(const std::string& name) const {
    return std::string(as_text(read_file(path(name), 1000).value()));
  }
  std::size_t entries() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }
  static void expect(const Error& error, Code code, const std::string& where) {
    EXPECT_EQ(error.code, code);
    EXPECT_EQ(error.where, where);
  }

  fs::path folder_;
};

TEST_F(Files, ReadsAFileUpToTheLimit) {
  const std::string file = make("a", "12345");
  EXPECT_EQ(as_text(read_file(file, 5).value()), "12345");
  EXPECT_TRUE(read_file(make("empty", ""), 0).value().empty());
}

TEST_F(Files, RefusesAFileOverTheLimit) {
  const std::string file = make("a", "12345");
  const auto content = read_file(file, 4);
  ASSERT_FALSE(content.ok());
  expect(content.error(), Code::too_large, file);
}

TEST_F(Files, ReadsALargeFileWhole) {
  const std::string file = make("a", std::string(200'000, 'x'));
  EXPECT_EQ(read_file(file, 200'000).value().size(), 200'000U);
  EXPECT_FALSE(read_file(file, 199'999).ok());
}

TEST_F(Files, FollowsLinksToFiles) {
  fs::create_symlink(make("a", "x"), path("link"));
  EXPECT_EQ(content("link"), "x");
}

TEST_F(Files, RefusesWhatIsNoRegularFile) {
  ASSERT_EQ(mkfifo(path("pipe").c_str(), 0600), 0);
  fs::create_symlink(path("gone"), path("dangling"));
  fs::create_symlink(path("loop"), path("loop"));
  for (const std::string& bad :
       {folder_.string(), path("pipe"), std::string("/dev/zero"), std::string("/dev/null"),
        path("missing"), path("dangling"), path("loop"), make("a", "x") + "/b", std::string()}) {
    const auto read = read_file(bad, 100);
    ASSERT_FALSE(read.ok()) << bad;
    expect(read.error(), Code::invalid_argument, bad);
  }
}

TEST_F(Files, RefusesAFileWithoutReadPermission) {
  if (geteuid() == 0) {
    GTEST_SKIP() << "root may read everything";
  }
  const std::string file = make("a", "x");
  ASSERT_EQ(chmod(file.c_str(), 0), 0);
  const auto read = read_file(file, 100);
  ASSERT_FALSE(read.ok());
  expect(read.error(), Code::invalid_argument, file);
}

TEST_F(Files, RefusesANameWithAZeroByte) {
  const std::string file = make("a", "x");
  EXPECT_FALSE(read_file(file + std::string(1, '\0') + "b", 100).ok());
}

TEST_F(Files, WritesAFileForItsOwnerOnly) {
  ASSERT_TRUE(write_file_atomically(path("new"), as_bytes("abc"), false).ok());
  EXPECT_EQ(content("new"), "abc");
  struct stat info {};
  ASSERT_EQ(stat(path("new").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  EXPECT_EQ(entries(), 1U);
}

TEST_F(Files, RefusesToReplaceAFileUnlessForced) {
  const std::string file = make("a", "old");
  const auto written = write_file_atomically(file, as_bytes("new"), false);
  ASSERT_FALSE(written.ok());
  expect(written.error(), Code::invalid_argument, file);
  EXPECT_EQ(content("a"), "old");
  EXPECT_EQ(entries(), 1U);
  ASSERT_TRUE(write_file_atomically(file, as_bytes("new"), true).ok());
  EXPECT_EQ(content("a"), "new");
  EXPECT_EQ(entries(), 1U);
}

TEST_F(Files, RefusesToReplaceWhatIsNoFileEvenWhenForced) {
  make("a", "old");
  fs::create_symlink(path("a"), path("link"));
  fs::create_directory(path("folder"));
  ASSERT_EQ(mkfifo(path("pipe").c_str(), 0600), 0);
  for (const std::string name : {"link", "folder", "pipe"}) {
    const auto written = write_file_atomically(path(name), as_bytes("new"), true);
    ASSERT_FALSE(written.ok()) << name;
    expect(written.error(), Code::invalid_argument, path(name));
  }
  EXPECT_EQ(content("a"), "old");
  EXPECT_EQ(entries(), 4U);
}

TEST_F(Files, RefusesToWriteWhereThereIsNoFolder) {
  const std::string file = path("no/such/folder");
  const auto written = write_file_atomically(file, as_bytes("x"), true);
  ASSERT_FALSE(written.ok());
  expect(written.error(), Code::invalid_argument, file);
  EXPECT_FALSE(write_file_atomically("", as_bytes("x"), true).ok());
  EXPECT_FALSE(write_file_atomically(folder_.string() + "/", as_bytes("x"), true).ok());
}

TEST_F(Files, RefusesPolicyFilesThatCannotBeRead) {
  const auto none = load_policy_files({});
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().code, Code::invalid_argument);
  const auto missing = load_policy_file(path("missing"));
  ASSERT_FALSE(missing.ok());
  expect(missing.error(), Code::invalid_argument, path("missing"));
  const auto huge = load_policy_file(make("huge", std::string((1U << 20U) + 1, ' ')));
  ASSERT_FALSE(huge.ok());
  expect(huge.error(), Code::too_large, path("huge"));
  const auto broken = load_policy_file(make("broken", "{"));
  ASSERT_FALSE(broken.ok());
  EXPECT_EQ(broken.error().code, Code::bad_policy);
}

TEST(Nonce, IsNewEveryTime) {
  const ByteVector first = random_nonce();
  const ByteVector second = random_nonce();
  EXPECT_EQ(first.size(), 32U);
  EXPECT_EQ(second.size(), 32U);
  EXPECT_NE(first, second);
}

}  // namespace
}  // namespace cupel
