#include "cli/progress.hpp"

#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>

namespace cupel::cli {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kBetween = std::chrono::milliseconds(200);

}  // namespace

// Debian packages no C++ library that draws progress with a rate and the time left, so one line is
// rewritten here; nothing else in the command draws.
struct ProgressBar::State {
  std::string what;
  Clock::time_point start = Clock::now();
  Clock::time_point shown = start;
  bool drawn = false;

  void show(std::uint64_t done, std::uint64_t all) {
    const Clock::time_point now = Clock::now();
    if (now - shown < kBetween) {
      return;
    }
    shown = now;
    drawn = true;
    const double seconds = std::chrono::duration<double>(now - start).count();
    const double rate = static_cast<double>(done) / seconds;
    const double left = static_cast<double>(all - done) / rate;
    const double part = static_cast<double>(done) / static_cast<double>(all);
    constexpr std::size_t kWidth = 30;
    const auto full = static_cast<std::size_t>(part * static_cast<double>(kWidth));
    const std::string bar = std::string(full, '#') + std::string(kWidth - full, '.');
    std::fprintf(stderr, "\r%s [%s] %3.0f %%  %.2f GB/s  %.0f s left \x1b[K", what.c_str(),
                 bar.c_str(), part * 100, rate / 1e9, left);
  }
};

ProgressBar::ProgressBar(const Output& output, std::string what) {
  if (!output.quiet && !output.json && ::isatty(STDERR_FILENO) == 1) {
    state_ = std::make_shared<State>();
    state_->what = std::move(what);
  }
}

ProgressBar::~ProgressBar() {
  if (state_ != nullptr && state_->drawn) {
    std::fputs("\r\x1b[K", stderr);
  }
}

measure::Progress ProgressBar::callback() const {
  if (state_ == nullptr) {
    return {};
  }
  return [state = state_](std::uint64_t done, std::uint64_t all) {
    state->show(done, all);
    return true;
  };
}

}  // namespace cupel::cli
