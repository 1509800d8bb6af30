// A progress bar for work that takes long, on a terminal only: what is done, in GB, the rate and
// the time left, as barkeep draws them.
#pragma once

#include <cupel/measure/verity.hpp>
#include <memory>

#include "cli/common.hpp"

namespace cupel::cli {

class ProgressBar {
 public:
  /// Draws on standard error if that is a terminal and neither --quiet nor --json was given.
  explicit ProgressBar(const Output& output);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  /// To be called with what is done; empty where nothing is drawn.
  measure::Progress callback() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace cupel::cli
