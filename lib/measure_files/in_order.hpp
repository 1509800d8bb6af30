// Work on many threads whose results are taken in order: bounded memory, and the same first error
// whatever the threads do.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <cupel/result.hpp>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

namespace cupel::measure {

/// Runs work(i) for i in [0, count) on `threads` threads and take(i, result) in order of i, never
/// two at a time. No thread runs further ahead than four times the number of threads. The first
/// error, in order of i, ends everything.
template <class T, class Work, class Take>
Result<Unit> in_order(std::uint64_t count, unsigned threads, const Work& work, const Take& take) {
  struct Shared {
    std::mutex mutex;
    std::condition_variable moved;
    std::uint64_t next = 0;   // to be worked on
    std::uint64_t taken = 0;  // all before it are done with
    std::map<std::uint64_t, Result<T>> waiting;
    std::optional<Error> error;
    std::exception_ptr thrown;
  } shared;
  const std::uint64_t window = std::uint64_t{threads} * 4;

  const auto ended = [&] { return shared.error || shared.thrown != nullptr; };
  // With the lock held.
  const auto take_all = [&] {
    for (auto it = shared.waiting.find(shared.taken); it != shared.waiting.end() && !ended();
         it = shared.waiting.find(shared.taken)) {
      if (!it->second) {
        shared.error = it->second.error();
      } else if (auto done = take(shared.taken, std::move(it->second).value()); !done) {
        shared.error = std::move(done).error();
      }
      shared.waiting.erase(it);
      ++shared.taken;
    }
  };
  const auto run = [&] {
    std::unique_lock lock(shared.mutex);
    for (;;) {
      shared.moved.wait(lock, [&] {
        return ended() || shared.next >= count || shared.next < shared.taken + window;
      });
      if (ended() || shared.next >= count) {
        return;
      }
      const std::uint64_t mine = shared.next++;
      lock.unlock();
      std::optional<Result<T>> result;
      std::exception_ptr thrown;
      try {
        result.emplace(work(mine));
      } catch (...) {
        thrown = std::current_exception();
      }
      lock.lock();
      if (result) {
        shared.waiting.emplace(mine, std::move(*result));
        try {
          take_all();
        } catch (...) {
          thrown = std::current_exception();
        }
      }
      if (thrown != nullptr && shared.thrown == nullptr) {
        shared.thrown = thrown;
      }
      shared.moved.notify_all();
    }
  };

  std::vector<std::thread> others;
  for (unsigned i = 1; i < std::min<std::uint64_t>(threads, count); ++i) {
    try {
      others.emplace_back(run);
    } catch (const std::system_error&) {  // no more threads: with those that there are
      break;
    }
  }
  run();
  for (std::thread& thread : others) {
    thread.join();
  }
  if (shared.thrown != nullptr) {
    std::rethrow_exception(shared.thrown);
  }
  if (shared.error) {
    return *shared.error;
  }
  return Unit{};
}

}  // namespace cupel::measure
