#include "cli/inputs.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include "cli/common.hpp"
#include "transport/files.hpp"

namespace cupel::cli {
namespace {

constexpr std::size_t kMaxPolicyFile = 1U << 20U;
constexpr std::size_t kMaxPolicyFiles = 256;
/// How long a pipe may be without a writer. One that has a writer is waited for without an end.
constexpr int kWaitForWriterMs = 1000;

struct Descriptor {
  explicit Descriptor(int number) : fd(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd >= 0) {
      ::close(fd);
    }
  }
  int fd;
};

Error unreadable(const std::string& name, const std::string& what) {
  return Error{Code::invalid_argument, name, kNoOffset, what};
}

Error system_error(const std::string& name, const std::string& what) {
  return unreadable(name, what + ": " + std::generic_category().message(errno));
}

Result<Unit> append(ByteVector& to, Bytes piece, const std::string& name, std::size_t limit) {
  if (piece.size() > limit - to.size()) {
    return Error{Code::too_large, name, limit, "more than " + std::to_string(limit) + " bytes"};
  }
  to.insert(to.end(), piece.begin(), piece.end());
  return Unit{};
}

bool is_pipe(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISFIFO(info.st_mode);
}

// False when the time is over and nothing came. A writer that came and went is something.
bool wait_for(int fd, int milliseconds) {
  pollfd waited{fd, POLLIN, 0};
  int ready = 0;
  do {
    ready = ::poll(&waited, 1, milliseconds);
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

// Opened without waiting: a named pipe to which nobody writes must not hold a script for ever.
Result<ByteVector> read_pipe(const std::string& path, std::size_t limit) {
  const Descriptor pipe(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (pipe.fd < 0) {
    return system_error(path, "cannot be opened");
  }
  ByteVector content;
  std::array<std::uint8_t, 65536> block{};
  bool had_writer = false;
  for (;;) {
    const ssize_t got = ::read(pipe.fd, block.data(), block.size());
    if (got > 0) {
      const Bytes piece = Bytes(block).first(static_cast<std::size_t>(got));
      CUPEL_TRY([[maybe_unused]] auto fits, append(content, piece, path, limit));
      had_writer = true;
    } else if (got == 0 && had_writer) {
      return content;
    } else if (got == 0) {
      if (!wait_for(pipe.fd, kWaitForWriterMs)) {
        return unreadable(path, "is a pipe to which nobody writes");
      }
      had_writer = true;
    } else if (errno == EAGAIN) {
      had_writer = true;
      wait_for(pipe.fd, -1);
    } else if (errno != EINTR) {
      return system_error(path, "cannot be read");
    }
  }
}

Result<ByteVector> read_standard_input(std::size_t limit) {
  static bool taken = false;
  const std::string name = "standard input";
  if (taken) {
    return unreadable(name, "only one name can be -, and another one was");
  }
  taken = true;
  ByteVector out;
  std::array<std::uint8_t, 65536> block{};
  std::size_t got = 0;
  while ((got = std::fread(block.data(), 1, block.size(), stdin)) > 0) {
    CUPEL_TRY([[maybe_unused]] auto fits, append(out, Bytes(block).first(got), name, limit));
  }
  if (std::ferror(stdin) != 0) {
    return unreadable(name, "cannot be read");
  }
  return out;
}

}  // namespace

Result<ByteVector> read_input(const std::string& path, std::size_t limit) {
  if (path == "-") {
    return read_standard_input(limit);
  }
  return is_pipe(path) ? read_pipe(path, limit) : read_file(path, limit);
}

Result<std::vector<PolicyFile>> policy_files(const std::vector<std::string>& names) {
  if (names.empty() || names.size() > kMaxPolicyFiles) {
    return unreadable("policy",
                      names.empty() ? "no policy file is named" : "too many policy files");
  }
  std::vector<PolicyFile> files;
  for (const std::string& name : names) {
    CUPEL_TRY(ByteVector content, read_input(name, kMaxPolicyFile));
    files.push_back({name, std::move(content)});
  }
  return files;
}

Result<Policy> load_policies(const std::vector<std::string>& names) {
  CUPEL_TRY(const std::vector<PolicyFile> files, policy_files(names));
  return load_policy(files);
}

Result<Policy> load_policies(const std::vector<std::string>& names, const Output& output,
                             UnixTime now) {
  CUPEL_TRY(const std::vector<PolicyFile> files, policy_files(names));
  CUPEL_TRY(Policy policy, load_policy(files));
  for (const LintFinding& finding : lint(files, now)) {
    if (finding.severity == LintFinding::Severity::error) {
      output.talk("policy: " + finding.where + ": " + finding.text + " [" + finding.id + "]");
    }
  }
  return policy;
}

}  // namespace cupel::cli
