#include "transport/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cupel/session.hpp>
#include <system_error>

namespace cupel {
namespace {

constexpr std::size_t kMaxPolicyFile = 1U << 20U;
constexpr std::size_t kMaxPolicyFiles = 256;

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) noexcept : fd_(fd) {}
  ~FileDescriptor() { close(); }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  int get() const noexcept { return fd_; }
  /// Some file systems report a failed write only here.
  bool close() noexcept {
    const int fd = fd_;
    fd_ = -1;
    return fd < 0 || ::close(fd) == 0;
  }

 private:
  int fd_;
};

Error bad_path(const std::string& path, std::string detail) {
  return {Code::invalid_argument, path, kNoOffset, std::move(detail), {}};
}

Error system_error(const std::string& path, const std::string& what) {
  return bad_path(path, what + ": " + std::generic_category().message(errno));
}

std::string kind_of(mode_t mode) {
  if (S_ISDIR(mode)) {
    return "a directory";
  }
  if (S_ISFIFO(mode)) {
    return "a pipe";
  }
  if (S_ISCHR(mode) || S_ISBLK(mode)) {
    return "a device";
  }
  return S_ISLNK(mode) ? "a symbolic link" : "no regular file";
}

bool write_all(int fd, Bytes content) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written <= 0) {
      return false;
    }
    content = content.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

// A new name for what is in `temporary`. link() and not rename() when nothing may be replaced: it
// fails if the name exists, without a moment between asking and doing.
Result<Unit> put_in_place(const std::string& temporary, const std::string& path, bool force) {
  if (!force) {
    if (::link(temporary.c_str(), path.c_str()) == 0) {
      return Unit{};
    }
    return errno == EEXIST ? bad_path(path, "the file exists and is not replaced")
                           : system_error(path, "cannot be created");
  }
  struct stat info {};
  if (::lstat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
    return bad_path(path, "is " + kind_of(info.st_mode) + " and is not replaced");
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    return system_error(path, "cannot be replaced");
  }
  return Unit{};
}

}  // namespace

Result<ByteVector> read_file(const std::string& path, std::size_t limit) {
  if (path.empty() || path.find('\0') != std::string::npos) {
    return bad_path(path, "not a file name");
  }
  // Without O_NONBLOCK the open itself would wait for a pipe's other end.
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.get() < 0) {
    return system_error(path, "cannot be opened");
  }
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) {
    return system_error(path, "cannot be examined");
  }
  if (!S_ISREG(info.st_mode)) {
    return bad_path(path, "is " + kind_of(info.st_mode));
  }
  ByteVector content;
  std::array<std::uint8_t, 64U << 10U> block{};
  for (;;) {
    const ssize_t got = ::read(file.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return system_error(path, "cannot be read");
    }
    if (got == 0) {
      return content;
    }
    // Counted while reading: the size that was reported may change under us.
    const Bytes piece = Bytes(block).first(static_cast<std::size_t>(got));
    if (piece.size() > limit - content.size()) {
      return Error{Code::too_large, path, limit,
                   "the file is larger than " + std::to_string(limit) + " bytes"};
    }
    content.insert(content.end(), piece.begin(), piece.end());
  }
}

Result<Unit> name_is_free(const std::string& path) {
  if (path.empty() || path.back() == '/' || path.find('\0') != std::string::npos) {
    return bad_path(path, "not a file name");
  }
  struct stat info {};
  if (::lstat(path.c_str(), &info) == 0) {
    return bad_path(path, "the file exists and is not replaced");
  }
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  return ::access(folder.c_str(), W_OK | X_OK) == 0 ? Result<Unit>(Unit{})
                                                    : system_error(path, "cannot be created");
}

Result<Unit> write_file_atomically(const std::string& path, Bytes content, bool force) {
  if (path.empty() || path.back() == '/' || path.find('\0') != std::string::npos) {
    return bad_path(path, "not a file name");
  }
  std::string temporary = path + ".XXXXXX";
  FileDescriptor file(::mkostemp(temporary.data(), O_CLOEXEC));  // mode 0600
  if (file.get() < 0) {
    return system_error(path, "no temporary file beside it");
  }
  Result<Unit> result = Unit{};
  if (!write_all(file.get(), content) || ::fsync(file.get()) != 0 || !file.close()) {
    result = system_error(path, "cannot be written");
  } else {
    result = put_in_place(temporary, path, force);
  }
  ::unlink(temporary.c_str());  // after a rename there is nothing left to remove
  return result;
}

Result<Policy> load_policy_files(const std::vector<std::string>& paths) {
  if (paths.empty() || paths.size() > kMaxPolicyFiles) {
    return bad_path("policy", paths.empty() ? "no policy file is named" : "too many policy files");
  }
  std::vector<PolicyFile> files;
  for (const std::string& path : paths) {
    CUPEL_TRY(ByteVector content, read_file(path, kMaxPolicyFile));
    files.push_back({path, std::move(content)});
  }
  return load_policy(files);
}

Result<Policy> load_policy_file(const std::string& path) {
  return load_policy_files({path});
}

}  // namespace cupel
