// Writes the captured cases in our own form, so that the command's and Python's conformance tests
// need no second mapping: export_captured FOLDER. Exit code 3 when there are none.
#include <fstream>
#include <iostream>
#include <span>

#include "support/captured.hpp"

int main(int argc, char** argv) {
  const std::span<char*> arguments(argv, static_cast<std::size_t>(argc));
  if (arguments.size() != 2) {
    std::cerr << "usage: export_captured FOLDER\n";
    return 2;
  }
  const auto cases = cupel::testing::captured_cases(cupel::testing::captured_root());
  if (!cases) {
    std::cerr << to_string(cases.error()) << "\n";
    return 1;
  }
  if (cases->empty()) {
    std::cerr << "no captured vectors at " << cupel::testing::captured_root() << "\n";
    return 3;
  }
  for (const auto& folder : *cases) {
    for (const auto& [name, content] : folder.files) {
      const auto path = std::filesystem::path(arguments[1]) / folder.name / name;
      std::filesystem::create_directories(path.parent_path());
      std::ofstream out(path, std::ios::binary);
      out << cupel::as_text(content);
      if (!out.flush()) {
        std::cerr << "cannot write " << path << "\n";
        return 1;
      }
    }
  }
  return 0;
}
