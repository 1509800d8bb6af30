#include <chrono>
#include <cupel/session.hpp>

namespace cupel {

// The only question to the system clock in the library. system_clock counts Unix time since C++20.
UnixTime system_now() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return UnixTime(std::chrono::duration_cast<std::chrono::seconds>(since_epoch).count());
}

}  // namespace cupel
