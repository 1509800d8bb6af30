#include "cli/progress.hpp"

#include <barkeep/barkeep.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <functional>
#include <iostream>

namespace cupel::cli {
namespace {

using Clock = std::chrono::steady_clock;
/// What takes less than this is over before anybody could read a bar.
constexpr auto kUnnoticed = std::chrono::milliseconds(200);
constexpr double kGigabyte = 1e9;

std::shared_ptr<barkeep::BaseDisplay> hidden_bar(std::atomic<double>& done, double all,
                                                 bool ascii) {
  barkeep::ProgressBarConfig<double> config;
  config.out = &std::cerr;
  config.total = all;
  config.speed = 0.;  // the mean over the whole time
  config.speed_unit = "GB/s";
  config.style = ascii ? barkeep::Bars : barkeep::Blocks;
  config.show = false;
  return barkeep::ProgressBar(&done, config);
}

std::shared_ptr<barkeep::BaseDisplay> hidden_countdown(std::function<long()> seconds) {
  barkeep::CounterConfig config;
  config.out = &std::cerr;
  config.message = "s left:";  // short: the whole line must fit into 80 columns
  config.show = false;
  return barkeep::Counter(std::move(seconds), config);
}

}  // namespace

struct ProgressBar::State {
  bool ascii = false;
  Clock::time_point start = Clock::now();
  std::atomic<double> done = 0;  // in GB; the display's own thread reads it
  double all = 0;
  std::shared_ptr<barkeep::BaseDisplay> display;  // last: its thread ends before the rest goes

  long seconds_left() const {
    const double elapsed = std::chrono::duration<double>(Clock::now() - start).count();
    const double part = all > 0 ? done / all : 1;
    return part > 0 ? std::lround(elapsed * (1 - part) / part) : 0;
  }

  void report(std::uint64_t bytes_done, std::uint64_t bytes_all) {
    done = static_cast<double>(bytes_done) / kGigabyte;
    if (display == nullptr && Clock::now() - start > kUnnoticed) {
      all = static_cast<double>(bytes_all) / kGigabyte;
      display = barkeep::Composite(
          {hidden_bar(done, all, ascii), hidden_countdown([this] { return seconds_left(); })});
      display->show();
    }
  }
};

ProgressBar::ProgressBar(const Output& output) {
  if (!output.quiet && !output.json && ::isatty(STDERR_FILENO) == 1) {
    state_ = std::make_shared<State>();
    state_->ascii = output.ascii;
  }
}

ProgressBar::~ProgressBar() {
  // The callback may live on in a request; the line on the terminal ends here.
  if (state_ != nullptr && state_->display != nullptr) {
    state_->display->done();
  }
}

measure::Progress ProgressBar::callback() const {
  if (state_ == nullptr) {
    return {};
  }
  return [state = state_](std::uint64_t done, std::uint64_t all) {
    state->report(done, all);
    return true;
  };
}

}  // namespace cupel::cli
