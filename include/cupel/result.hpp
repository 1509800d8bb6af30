// Result<T>: a value or an Error. Every access to the value is checked in every build.
#pragma once

#include <cupel/error.hpp>
#include <type_traits>
#include <utility>
#include <variant>

namespace cupel {

/// The value of a Result that carries nothing but success.
struct Unit {};

/// Holds either a `T` or an `Error`. Names follow std::expected, so that a later move to it is a
/// rename. Unlike std::expected, `*r` and `r->` throw `Exception` when there is no value: a
/// verifier must not have undefined behaviour to trip on.
template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  // Implicit on purpose: `return error;` and `return value;` are how functions end.
  Result(T value)  // NOLINT(google-explicit-constructor): see the line above
      : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error)  // NOLINT(google-explicit-constructor): see the line above
      : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }

  const T& value() const& { return checked(); }
  T& value() & { return checked(); }
  /// By value: `for (auto& x : f().value())` must not walk what is gone already.
  T value() && { return std::move(checked()); }
  const T& operator*() const& { return checked(); }
  T& operator*() & { return checked(); }
  T operator*() && { return std::move(checked()); }
  const T* operator->() const { return &checked(); }
  T* operator->() { return &checked(); }

  /// The error. Throws std::bad_variant_access when there is a value: asking is a programming
  /// error.
  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
  const T& checked() const {
    if (!ok()) {
      throw Exception(std::get<1>(state_));
    }
    return std::get<0>(state_);
  }
  T& checked() {
    if (!ok()) {
      throw Exception(std::get<1>(state_));
    }
    return std::get<0>(state_);
  }

  std::variant<T, Error> state_;
};

/// The same error, seen from our place: `where` becomes ours, the code and the offset stay.
/// The inner place is kept in the detail when it says more.
inline Error at(std::string where, Error error) {
  if (!error.where.empty() && error.where != where) {
    error.detail = error.detail.empty() ? error.where : error.where + ": " + error.detail;
  }
  error.where = std::move(where);
  return error;
}

/// Names the check an error belongs to, unless an inner step already did.
inline Error failed(std::string check, Error error) {
  if (error.check.empty()) {
    error.check = std::move(check);
  }
  return error;
}

}  // namespace cupel

#define CUPEL_CONCAT_IMPL(a, b) a##b
#define CUPEL_CONCAT(a, b) CUPEL_CONCAT_IMPL(a, b)
// NOLINTBEGIN(bugprone-macro-parentheses): `tmp` and `decl` are declarations
#define CUPEL_TRY_IMPL(tmp, decl, expr) \
  auto tmp = (expr);                    \
  if (!tmp.ok()) {                      \
    return std::move(tmp).error();      \
  }                                     \
  decl = std::move(tmp).value()
// NOLINTEND(bugprone-macro-parentheses)

/// `CUPEL_TRY(auto x, f());` returns f's error from the enclosing function, or binds its value.
// NOLINTNEXTLINE(cppcoreguidelines-macro-usage): the one macro; a function cannot return for us
#define CUPEL_TRY(decl, expr) CUPEL_TRY_IMPL(CUPEL_CONCAT(cupel_try_, __LINE__), decl, expr)
