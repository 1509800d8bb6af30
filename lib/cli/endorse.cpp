// --endorse: files that are named, and folders in which other files lie too.
#include <algorithm>
#include <filesystem>

#include "cli/common.hpp"

namespace cupel::cli {
namespace {

constexpr std::size_t kMaxFile = 1U << 20U;
constexpr char kDerSequence = 0x30;

Error usage(std::string detail) {
  return Error{Code::invalid_argument, "--endorse", kNoOffset, std::move(detail)};
}

// A certificate or list by its looks. When it is broken, a folder that has it is refused: a list
// left out without being missed would be a revocation that nobody notices.
bool is_meant(Bytes content) {
  const std::string_view text = as_text(content);
  return text.starts_with(kDerSequence) ||
         text.find("-----BEGIN CERTIFICATE-----") != std::string_view::npos ||
         text.find("-----BEGIN X509 CRL-----") != std::string_view::npos;
}

// What is wrong with it is the same in every language; the file's name is what we add.
Error named(Error error, const std::string& path) {
  error.detail = path + (error.detail.empty() ? "" : ": " + error.detail);
  return error;
}

Result<Unit> add_file(Endorsements& to, const std::string& path) {
  const auto content = read_input(path, kMaxFile);
  if (!content) {
    return usage(path + ": " + content.error().detail);
  }
  if (auto added = add_endorsement(to, *content); !added) {
    return named(added.error(), path);
  }
  return Unit{};
}

// The files of a folder may repeat each other: a chip's certificate may come with its authorities,
// and the authorities in a file of their own.
Result<Unit> add_folder(Endorsements& to, const std::string& folder, const Output& output) {
  std::vector<std::filesystem::directory_entry> entries;
  std::error_code failure;
  for (std::filesystem::directory_iterator entry(folder, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    entries.push_back(*entry);
  }
  if (failure) {
    return usage(folder + ": " + failure.message());
  }
  if (entries.empty()) {
    return usage(folder + " is an empty folder");
  }
  std::sort(entries.begin(), entries.end());
  bool taken = false;
  for (const auto& entry : entries) {
    const std::string path = entry.path().string();
    const auto skip = [&](const std::string& why) {
      output.talk("note: " + path + " is left out: " + why);
    };
    std::error_code ignored;
    if (!entry.is_regular_file(ignored)) {
      skip("no regular file");
      continue;
    }
    const auto content = read_input(path, kMaxFile);
    if (!content) {
      return usage(path + ": " + content.error().detail);
    }
    const auto added = add_endorsement(to, *content);
    if (added) {
      taken = true;
      continue;
    }
    if (added.error().code != Code::bad_encoding || is_meant(*content)) {
      return named(added.error(), path);
    }
    skip(added.error().detail);
  }
  if (!taken) {
    return usage("no file of " + folder + " is an endorsement");
  }
  return Unit{};
}

}  // namespace

Result<Endorsements> TrustOptions::endorsements(const Output& output) const {
  Endorsements out;
  for (const std::string& path : endorse) {
    std::error_code ignored;
    CUPEL_TRY([[maybe_unused]] auto added, std::filesystem::is_directory(path, ignored)
                                               ? add_folder(out, path, output)
                                               : add_file(out, path));
  }
  return out;
}

}  // namespace cupel::cli
