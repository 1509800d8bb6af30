// A hash tree on its way into a file.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cupel/measure/files.hpp>
#include <system_error>

namespace cupel::measure {
namespace {

Error system_error(const std::string& path, std::string_view what) {
  return Error{Code::invalid_argument, path, kNoOffset,
               std::string(what) + ": " + std::generic_category().message(errno)};
}

// A temporary file beside the wanted one; removed unless it was put in place.
class NewFile {
 public:
  explicit NewFile(std::string path) : path_(std::move(path)), temporary_(path_ + ".XXXXXX") {
    descriptor_ = ::mkostemp(temporary_.data(), O_CLOEXEC);
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile() {
    if (descriptor_ >= 0) {
      ::close(descriptor_);
      ::unlink(temporary_.c_str());
    }
  }
  bool ok() const { return descriptor_ >= 0; }

  Result<Unit> write(std::uint64_t offset, Bytes content) const {
    while (!content.empty()) {
      const ssize_t put =
          ::pwrite(descriptor_, content.data(), content.size(), static_cast<off_t>(offset));
      if (put < 0 && errno == EINTR) {
        continue;
      }
      if (put <= 0) {
        return system_error(path_, "cannot be written");
      }
      content = content.subspan(static_cast<std::size_t>(put));
      offset += static_cast<std::uint64_t>(put);
    }
    return Unit{};
  }

  // link() is the atomic way to create a name that must not exist.
  Result<Unit> put_in_place(bool force) {
    if (::fsync(descriptor_) != 0) {
      return system_error(path_, "cannot be written");
    }
    struct stat info {};
    if (force && ::lstat(path_.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
      return Error{Code::invalid_argument, path_, kNoOffset,
                   "is not a regular file and is not replaced"};
    }
    const int done = force ? ::rename(temporary_.c_str(), path_.c_str())
                           : ::link(temporary_.c_str(), path_.c_str());
    return done == 0 ? Result<Unit>(Unit{}) : system_error(path_, "cannot be created");
  }

 private:
  std::string path_;
  std::string temporary_;
  int descriptor_ = -1;
};

}  // namespace

Result<VerityRoot> write_verity_tree(const Source& data, const VerityFormat& format,
                                     std::uint64_t data_blocks, const std::string& path,
                                     const VerityTreeOptions& options) {
  if (path.empty() || path.back() == '/' || path.find('\0') != std::string::npos) {
    return Error{Code::invalid_argument, path, kNoOffset, "not a file name"};
  }
  struct stat there {};
  if (!options.force && ::lstat(path.c_str(), &there) == 0) {
    return Error{Code::invalid_argument, path, kNoOffset, "the file exists and is not replaced"};
  }
  CUPEL_TRY(std::ignore, verity_layout(format, 1));
  NewFile file(path);
  if (!file.ok()) {
    return system_error(path, "no temporary file beside it");
  }
  const std::uint64_t start = options.superblock ? format.hash_block_size : 0;
  const VerityWork work{.sink =
                            [&](std::uint64_t block, Bytes content) {
                              return file.write(start + block * format.hash_block_size, content);
                            },
                        .progress = options.progress};
  CUPEL_TRY(VerityRoot root,
            verity_root_on_threads(data, format, data_blocks, work, options.threads));
  if (options.superblock) {
    CUPEL_TRY(ByteVector superblock,
              marshal(VeritySuperblock{format, root.layout.data_blocks, options.uuid}));
    superblock.resize(format.hash_block_size);
    CUPEL_TRY(std::ignore, file.write(0, superblock));
  }
  if (options.accept) {
    CUPEL_TRY(std::ignore, options.accept(root));
  }
  CUPEL_TRY(std::ignore, file.put_in_place(options.force));
  return root;
}

}  // namespace cupel::measure
