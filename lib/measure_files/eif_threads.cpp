#include <cupel/measure/files.hpp>
#include <exception>
#include <system_error>
#include <thread>

namespace cupel::measure {
namespace {

// One thread a piece of work; what a piece throws is thrown here, the first one of them.
void on_threads(const std::vector<std::function<void()>>& work) {
  std::vector<std::exception_ptr> thrown(work.size());
  std::vector<std::thread> threads;
  const auto run = [&](std::size_t i) {
    try {
      work.at(i)();
    } catch (...) {
      thrown.at(i) = std::current_exception();
    }
  };
  for (std::size_t i = 1; i < work.size(); ++i) {
    try {
      threads.emplace_back(run, i);
    } catch (const std::system_error&) {  // no more threads: in turn, then
      run(i);
    }
  }
  if (!work.empty()) {
    run(0);
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  for (const std::exception_ptr& one : thrown) {
    if (one != nullptr) {
      std::rethrow_exception(one);
    }
  }
}

}  // namespace

Result<Eif> measure_eif_on_threads(const Source& image) {
  return measure_eif(image, on_threads);
}

}  // namespace cupel::measure
