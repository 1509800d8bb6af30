#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cupel/measure/files.hpp>
#include <system_error>

namespace cupel::measure {
namespace {

Error system_error(const std::string& path, std::string_view what) {
  return Error{Code::invalid_argument, path, kNoOffset,
               std::string(what) + ": " + std::generic_category().message(errno)};
}

// What must stay as it is between the first read and the last.
struct Version {
  std::int64_t size = 0;
  std::int64_t written_s = 0;
  std::int64_t written_ns = 0;
  std::int64_t changed_s = 0;
  std::int64_t changed_ns = 0;

  friend bool operator==(const Version&, const Version&) = default;
};

Version version_of(const struct stat& info) {
#if defined(__APPLE__)
  const auto& written = info.st_mtimespec;
  const auto& changed = info.st_ctimespec;
#else
  const auto& written = info.st_mtim;
  const auto& changed = info.st_ctim;
#endif
  return {info.st_size, written.tv_sec, written.tv_nsec, changed.tv_sec, changed.tv_nsec};
}

}  // namespace

struct FileSource::Handle {
  Handle(std::string name, int file) : path(std::move(name)), descriptor(file) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { ::close(descriptor); }

  std::string path;
  int descriptor;
  Version version = {};
};

Result<FileSource> FileSource::open(const std::string& path) {
  if (path.empty() || path.find('\0') != std::string::npos) {
    return Error{Code::invalid_argument, path, kNoOffset, "not a file name"};
  }
  // Without O_NONBLOCK the open itself would wait for a pipe's other end.
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (file < 0) {
    return system_error(path, "cannot be opened");
  }
  auto handle = std::make_shared<Handle>(path, file);
  struct stat info {};
  if (::fstat(file, &info) != 0) {
    return system_error(path, "cannot be examined");
  }
  if (S_ISBLK(info.st_mode)) {
    return Error{Code::invalid_argument, path, kNoOffset,
                 "is a block device, and nobody can tell whether it changes while it is read; copy "
                 "it to a file"};
  }
  if (!S_ISREG(info.st_mode)) {
    return Error{Code::invalid_argument, path, kNoOffset,
                 S_ISFIFO(info.st_mode)
                     ? "is a pipe, and a measured artifact is a regular file: write it to one first"
                     : "is not a regular file"};
  }
  handle->version = version_of(info);
  return FileSource(std::move(handle));
}

std::uint64_t FileSource::size() const noexcept {
  return static_cast<std::uint64_t>(handle_->version.size);
}

Result<Unit> FileSource::read(std::uint64_t offset, std::span<std::uint8_t> into) const {
  if (offset > size() || into.size() > size() - offset) {
    return Error{Code::truncated, handle_->path, static_cast<std::size_t>(offset),
                 std::to_string(into.size()) + " bytes are needed here, the file has " +
                     std::to_string(size())};
  }
  while (!into.empty()) {
    const ssize_t got =
        ::pread(handle_->descriptor, into.data(), into.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return system_error(handle_->path, "cannot be read");
    }
    if (got == 0) {
      return Error{Code::truncated, handle_->path, static_cast<std::size_t>(offset),
                   "the file has become shorter while it was read"};
    }
    into = into.subspan(static_cast<std::size_t>(got));
    offset += static_cast<std::uint64_t>(got);
  }
  return Unit{};
}

Result<Unit> FileSource::unchanged() const {
  struct stat info {};
  if (::fstat(handle_->descriptor, &info) != 0) {
    return system_error(handle_->path, "cannot be examined");
  }
  const Version now = version_of(info);
  if (now.size != handle_->version.size) {
    return Error{Code::bad_length, handle_->path, kNoOffset,
                 "the file's size changed from " + std::to_string(handle_->version.size) + " to " +
                     std::to_string(now.size) + " while it was read"};
  }
  if (now != handle_->version) {
    return Error{Code::digest_mismatch, handle_->path, kNoOffset,
                 "the file was written to while it was read"};
  }
  return Unit{};
}

Result<ByteVector> read_artifact(const std::string& path, std::size_t limit) {
  CUPEL_TRY(const FileSource source, FileSource::open(path));
  return read_all(source, limit, path);
}

}  // namespace cupel::measure
