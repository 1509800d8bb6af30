// How every `cupel bundle` command ends.
#pragma once

#include <string>

#include "cli/common.hpp"

namespace cupel::cli {

/// Writes the evidence to the file, or to standard output when `to` is empty; says where it is. The
/// exit code.
inline int write_bundle(const Output& output, const std::string& text, const std::string& to,
                        bool force) {
  if (to.empty()) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    return exit_code(Outcome::accepted);
  }
  if (auto written = write_output(to, as_bytes(text), force); !written) {
    return output.fail(written.error());
  }
  output.object(json::Object{{"schema", "cupel.bundle/1"}, {"written", to}});
  output.talk("wrote " + to + "; nothing in it has been verified");
  return exit_code(Outcome::accepted);
}

}  // namespace cupel::cli
