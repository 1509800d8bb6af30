// Runs a fuzz target over files without libFuzzer: driver FILE-OR-FOLDER…
// Each input is run as it stands, empty, and cut at a few places.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void run(const std::vector<std::uint8_t>& input) {
  // A copy of exact size, so that a sanitizer sees the first byte beyond it.
  const std::vector<std::uint8_t> exact(input.begin(), input.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

void run_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  const std::vector<char> content{std::istreambuf_iterator<char>(in), {}};
  std::vector<std::uint8_t> bytes;
  bytes.reserve(content.size());
  std::transform(content.begin(), content.end(), std::back_inserter(bytes),
                 [](char c) { return static_cast<std::uint8_t>(c); });
  run(bytes);
  for (const std::size_t divisor : {2U, 3U, 7U}) {
    run({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(bytes.size() / divisor)});
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::filesystem::path> files;
  for (const char* argument : std::span<char*>(argv, static_cast<std::size_t>(argc)).subspan(1)) {
    if (std::filesystem::is_regular_file(argument)) {
      files.emplace_back(argument);
    } else if (std::filesystem::is_directory(argument)) {
      for (const auto& entry : std::filesystem::recursive_directory_iterator(argument)) {
        if (entry.is_regular_file()) {
          files.push_back(entry.path());
        }
      }
    }
  }
  std::sort(files.begin(), files.end());
  run({});
  for (const auto& file : files) {
    run_file(file);
  }
  std::cout << "replayed " << files.size() << " files\n";
  if (files.empty()) {
    std::cerr << "nothing to replay\n";
    return 1;
  }
  return 0;
}
