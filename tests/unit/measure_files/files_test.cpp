#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <cupel/measure/files.hpp>
#include <cupel/measure/kinds.hpp>
#include <fstream>

#include "measure_files/in_order.hpp"
#include "support/measure_case.hpp"

namespace cupel::measure {
namespace {

namespace fs = std::filesystem;
using testing::test_bytes;

class MeasureFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        fs::temp_directory_path() /
        ("cupel-measure-" + std::to_string(std::hash<std::string>{}(
                                ::testing::UnitTest::GetInstance()->current_test_info()->name())));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string write(const std::string& name, Bytes content) const {
    std::ofstream(path(name), std::ios::binary) << as_text(content);
    return path(name);
  }
  fs::path folder_;
};

TEST_F(MeasureFiles, GiveTheSameRootHashWithAnyNumberOfThreads) {
  const ByteVector data = test_bytes((std::size_t{9} << 20U) + 4097);
  const FileSource file = FileSource::open(write("data", data)).value();
  const VerityFormat format{.salt = test_bytes(32, 2)};
  const ByteVector expected = verity_root(MemorySource(data), format).value().root_hash;
  for (const unsigned threads : {0U, 1U, 2U, 3U, 8U, 64U}) {
    std::uint64_t last = 0;
    const VerityWork work{.progress = [&](std::uint64_t done, std::uint64_t all) {
      EXPECT_GE(done, last);
      EXPECT_LE(done, all);
      last = done;
      return true;
    }};
    EXPECT_EQ(verity_root_on_threads(file, format, 0, work, threads).value().root_hash, expected);
    EXPECT_EQ(last, data.size() / 4096 * 4096);
  }
}

TEST_F(MeasureFiles, WriteTheTreeThatComparesEqual) {
  const ByteVector data = test_bytes(std::size_t{5} << 20U);
  const FileSource file = FileSource::open(write("data", data)).value();
  const VerityRoot root = write_verity_tree(file, {}, 0, path("tree"), {}).value();
  const ByteVector tree = testing::read_test_file(path("tree"));
  EXPECT_EQ(tree.size(), (root.layout.hash_blocks + 1) * 4096);
  const VeritySuperblock superblock =
      parse_verity_superblock(Bytes(tree).first(kVeritySuperblockSize)).value();
  EXPECT_EQ(superblock.data_blocks, root.layout.data_blocks);
  EXPECT_TRUE(verity_compare(file, superblock.format, superblock.data_blocks, MemorySource(tree),
                             4096, root.root_hash)
                  .value()
                  .empty());
}

TEST_F(MeasureFiles, ReplaceATreeOnlyWhenTold) {
  const FileSource file = FileSource::open(write("data", test_bytes(8192))).value();
  write("tree", as_bytes("mine"));
  const auto refused = write_verity_tree(file, {}, 0, path("tree"), {});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::invalid_argument);
  EXPECT_EQ(testing::read_test_file(path("tree")).size(), 4U);
  EXPECT_TRUE(write_verity_tree(file, {}, 0, path("tree"), {.force = true}).ok());
  EXPECT_EQ(testing::read_test_file(path("tree")).size(), 8192U);
}

TEST_F(MeasureFiles, LeaveNothingBehindWhenTheyFail) {
  const FileSource file =
      FileSource::open(write("data", test_bytes(std::size_t{3} << 20U))).value();
  VerityTreeOptions options;
  options.progress = [](std::uint64_t, std::uint64_t) { return false; };
  EXPECT_FALSE(write_verity_tree(file, {}, 0, path("tree"), options).ok());
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);  // data itself
}

TEST_F(MeasureFiles, RefuseWhatIsNoRegularFile) {
  for (const std::string& name : {folder_.string(), path("absent"), std::string("/dev/null"),
                                  std::string(), std::string("a\0b", 3)}) {
    const auto result = FileSource::open(name);
    ASSERT_FALSE(result.ok()) << name;
    EXPECT_EQ(result.error().code, Code::invalid_argument);
  }
}

TEST_F(MeasureFiles, RefuseFoldersThatCannotBeLookedAt) {
  // Enough of an image to get to the folders, which are read before anything is computed.
  write("uki.efi", as_bytes("MZ"));
  fs::create_symlink("loop", folder_ / "loop");
  write("file", as_bytes("x"));
  fs::create_directories(folder_ / "half");
  fs::create_symlink("addons", folder_ / "half" / "addons");
  for (const std::string& folder : {path("loop"), path(std::string(300, 'a')), path("file"),
                                    path("absent"), path("half"), std::string("a\0b", 3)}) {
    const auto result = boot_recipe({.image = path("uki.efi"), .loader_folder = folder});
    ASSERT_FALSE(result.ok()) << folder;
    EXPECT_EQ(result.error().code, Code::invalid_argument) << folder;
    EXPECT_EQ(result.error().where.substr(0, folder.size()), folder);
  }
  EXPECT_EQ(boot_recipe({.image = path("uki.efi"), .loader_folder = folder_.string()}).error().code,
            Code::truncated);  // an empty folder is one: on to the image
}

TEST_F(MeasureFiles, GiveNoValueForAFileThatGrewShrankOrWasWritten) {
  const ByteVector data = test_bytes(std::size_t{3} << 20U);
  const auto changed_by = [&](auto change) {
    const std::string name = write("data", data);
    fs::last_write_time(name, fs::file_time_type::clock::now() - std::chrono::hours(1));
    const FileSource file = FileSource::open(name).value();
    change(name);
    return verity_root_on_threads(file, {}, 0, {}, 2).error().code;
  };
  EXPECT_EQ(changed_by([](const std::string& name) { fs::resize_file(name, (3U << 20U) + 1); }),
            Code::bad_length);
  EXPECT_EQ(changed_by([](const std::string& name) { fs::resize_file(name, 4096); }),
            Code::truncated);
  EXPECT_EQ(changed_by([](const std::string& name) {
              std::fstream(name, std::ios::in | std::ios::out | std::ios::binary) << "x";
            }),
            Code::digest_mismatch);
}

TEST_F(MeasureFiles, RefuseToReadBeyondTheEnd) {
  const FileSource file = FileSource::open(write("data", test_bytes(10))).value();
  ByteVector into(4);
  EXPECT_TRUE(file.read(6, into).ok());
  for (const std::uint64_t offset : {7ULL, 11ULL, ~0ULL, ~0ULL - 3}) {
    EXPECT_EQ(file.read(offset, into).error().code, Code::truncated) << offset;
  }
}

TEST_F(MeasureFiles, RefuseArtifactsAboveTheLimit) {
  const std::string name = write("data", test_bytes(10));
  EXPECT_EQ(read_artifact(name, 10).value(), test_bytes(10));
  EXPECT_EQ(read_artifact(name, 9).error().code, Code::too_large);
}

TEST_F(MeasureFiles, RefuseAFileThatMayNotBeRead) {
  const std::string name = write("secret", test_bytes(10));
  ASSERT_EQ(::chmod(name.c_str(), 0), 0);
  if (std::ifstream(name).good()) {
    GTEST_SKIP() << "this user may read everything";
  }
  EXPECT_EQ(FileSource::open(name).error().code, Code::invalid_argument);
}

TEST_F(MeasureFiles, GiveNoRootHashOfAFileThatChangesMeanwhile) {
  for (const std::uintmax_t size : {std::uintmax_t{1000}, std::uintmax_t{30U << 20U}}) {
    for (const unsigned threads : {1U, 3U}) {
      const std::string name = write("data", test_bytes(1U << 20U));
      fs::resize_file(name, 24U << 20U);
      const FileSource source = FileSource::open(name).value();
      bool first = true;
      const Progress change = [&](std::uint64_t, std::uint64_t) {
        if (std::exchange(first, false)) {
          fs::resize_file(name, size);
        }
        return true;
      };
      const auto root = verity_root_on_threads(source, {}, 0, {.progress = change}, threads);
      ASSERT_FALSE(root.ok()) << size << " " << threads;
      EXPECT_EQ(root.error().where, name);
      EXPECT_TRUE(root.error().code == Code::truncated || root.error().code == Code::bad_length);
    }
  }
}

TEST_F(MeasureFiles, HashEnclaveImagesTheSameSideBySide) {
  const auto cases = testing::measure_cases({"measure-eif"});
  CUPEL_NEED_MEASURE_VECTORS(cases);
  for (const testing::MeasureCase& found : cases) {
    if (!found.has_file("image.eif")) {
      continue;
    }
    SCOPED_TRACE(found.id());
    const ByteVector content = found.file("image.eif");
    const auto alone = measure_eif(MemorySource(content));
    const auto together = measure_eif_on_threads(MemorySource(content));
    ASSERT_EQ(alone.ok(), together.ok());
    if (alone.ok()) {
      EXPECT_EQ(alone->pcr0, together->pcr0);
      EXPECT_EQ(alone->pcr1, together->pcr1);
      EXPECT_EQ(alone->pcr2, together->pcr2);
      EXPECT_EQ(alone->pcr8, together->pcr8);
    } else {
      EXPECT_EQ(alone.error().code, together.error().code);
      EXPECT_EQ(alone.error().where, together.error().where);
    }
  }
}

TEST_F(MeasureFiles, GiveNoRegistersOfAnImageThatChangesMeanwhile) {
  const auto cases = testing::measure_cases({"measure-eif"});
  CUPEL_NEED_MEASURE_VECTORS(cases);
  const auto found = std::ranges::find(cases, "eif-v2", &testing::MeasureCase::id);
  const std::string name = write("image.eif", found->file("image.eif"));
  const FileSource source = FileSource::open(name).value();
  const Together touched = [&](const std::vector<std::function<void()>>& work) {
    for (const auto& one : work) {
      one();
    }
    fs::last_write_time(name, fs::last_write_time(name) + std::chrono::seconds(1));
  };
  ASSERT_TRUE(measure_eif(source).ok());
  EXPECT_EQ(measure_eif(source, touched).error().code, Code::digest_mismatch);
}

TEST_F(MeasureFiles, RefuseDevices) {
  for (const std::string device : {"/dev/null", "/dev/zero"}) {
    EXPECT_EQ(FileSource::open(device).error().where, device);
    EXPECT_EQ(FileSource::open(device).error().code, Code::invalid_argument);
  }
}

TEST(InOrder, TakesEveryResultInOrder) {
  for (const unsigned threads : {1U, 2U, 7U}) {
    std::uint64_t expected = 0;
    const auto done = in_order<std::uint64_t>(
        1000, threads, [](std::uint64_t i) -> Result<std::uint64_t> { return i * i; },
        [&](std::uint64_t i, std::uint64_t value) -> Result<Unit> {
          EXPECT_EQ(i, expected++);
          EXPECT_EQ(value, i * i);
          return Unit{};
        });
    EXPECT_TRUE(done.ok());
    EXPECT_EQ(expected, 1000U);
  }
}

TEST(InOrder, ReportsTheFirstErrorWhateverTheThreadsDo) {
  for (int round = 0; round < 20; ++round) {
    const auto done = in_order<int>(
        200, 4,
        [](std::uint64_t i) -> Result<int> {
          if (i == 50 || i == 51 || i == 199) {
            return Error{Code::truncated, std::to_string(i)};
          }
          return 1;
        },
        [](std::uint64_t i, int) -> Result<Unit> {
          EXPECT_LT(i, 50U);
          return Unit{};
        });
    ASSERT_FALSE(done.ok());
    EXPECT_EQ(done.error().where, "50");
  }
}

TEST(InOrder, PassesOnWhatIsThrown) {
  EXPECT_THROW(static_cast<void>(in_order<int>(
                   10, 3,
                   [](std::uint64_t i) -> Result<int> {
                     if (i == 5) {
                       throw std::logic_error("broken");
                     }
                     return 1;
                   },
                   [](std::uint64_t, int) -> Result<Unit> { return Unit{}; })),
               std::logic_error);
}

}  // namespace
}  // namespace cupel::measure
