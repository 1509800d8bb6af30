// Verified<T>: a T whose authenticity has been established. Only the family's verify() makes one.
#pragma once

#include <cupel/time.hpp>
#include <string>
#include <utility>
#include <vector>

namespace cupel {

/// What a verification rested on, in words, and how long it holds.
struct Assurance {
  UnixTime valid_until = kNoEnd;          ///< intersection of every validity window that was used
  std::vector<std::string> proved{};      ///< what the cryptography established
  std::vector<std::string> not_proved{};  ///< what a reader might think was, but was not
  std::vector<std::string> assumed{};     ///< what the caller asserted
};

namespace detail {
/// Specialised exactly once per T, in that family's verify code (a script in .ci counts).
template <class T>
struct Sealer;
}  // namespace detail

/// Holds only what a signature covers, or what a covered digest binds. This guards against
/// accident, not malice: specialising `detail::Sealer` elsewhere is cheating on purpose.
template <class T>
class Verified {
 public:
  const T& operator*() const noexcept { return value_; }
  const T* operator->() const noexcept { return &value_; }
  const Assurance& assurance() const noexcept { return assurance_; }

 private:
  friend struct detail::Sealer<T>;
  Verified(T value, Assurance assurance)
      : value_(std::move(value)), assurance_(std::move(assurance)) {}

  T value_;
  Assurance assurance_;
};

}  // namespace cupel
