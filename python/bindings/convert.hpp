// How values cross the border between Python and the core: bytes, times, texts and small enums.
//
// Python to C++  any contiguous buffer -> BytesArg (a copy: the caller's memory may change while
//                the GIL is released); int or timezone-aware datetime -> TimeArg.
// C++ to Python  bytes -> bytes; UnixTime -> datetime in UTC, None for "no end"; text -> str.
#pragma once

#include <pybind11/pybind11.h>
#include <pybind11/typing.h>

#include <cupel/bytes.hpp>
#include <cupel/claims.hpp>
#include <cupel/result.hpp>
#include <cupel/time.hpp>
#include <cupel/trust.hpp>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace cupel::python {

namespace py = pybind11;

/// Any bytes-like argument, copied.
struct BytesArg {
  ByteVector data;
  // NOLINTNEXTLINE(google-explicit-constructor): an argument is used where Bytes are wanted
  operator Bytes() const noexcept { return data; }
};

/// A time given as seconds since 1970 or as an aware datetime.
struct TimeArg {
  UnixTime time{0};
  // NOLINTNEXTLINE(google-explicit-constructor): an argument is used where a time is wanted
  operator UnixTime() const noexcept { return time; }
};

/// The wrappers below only name types in signatures; what they hold was made here.
inline bool is_object(PyObject* object) {
  return object != nullptr;
}

/// `datetime.datetime`, so that signatures and the stub name it.
class DateTime : public py::object {
  PYBIND11_OBJECT(DateTime, py::object, is_object)
};

/// A claim's value: bool, int, bytes, str or datetime.
class Value : public py::object {
  PYBIND11_OBJECT(Value, py::object, is_object)
};

using OptionalTime = py::typing::Optional<DateTime>;
template <class T>
using TupleOf = py::typing::Tuple<T, py::ellipsis>;

py::bytes to_python(Bytes bytes);
/// Bytes that are not UTF-8 become U+FFFD: no input may surface as a UnicodeDecodeError.
py::str to_python(std::string_view text);
OptionalTime to_python(UnixTime time);
Value value_to_python(const ClaimValue& value);
TupleOf<py::str> to_python(const std::vector<std::string>& texts);
TupleOf<py::bytes> to_python(const std::vector<ByteVector>& items);

/// Reads a time. Errors: invalid_argument at "time" (naive datetime, beyond 64 bits).
/// Returns false for an object that is neither a number of seconds nor a datetime.
bool read_time(py::handle source, UnixTime& out);
/// Copies a contiguous buffer; false for anything else.
bool read_bytes(py::handle source, ByteVector& out);

/// Errors: invalid_argument at "revocation".
Revocation revocation_by_name(std::string_view name);

/// Runs `work` without the GIL and unpacks its Result.
template <class Work>
auto unlocked(Work&& work) {
  const py::gil_scoped_release release;
  return std::forward<Work>(work)().value();
}

/// A tuple of copies.
template <class T, class Range>
TupleOf<T> tuple_of(const Range& range) {
  py::tuple out(range.size());
  std::size_t i = 0;
  for (const auto& item : range) {
    if constexpr (std::is_base_of_v<py::object, T>) {
      out[i++] = T(item);
    } else {
      out[i++] = py::cast(T(item));
    }
  }
  return py::reinterpret_steal<TupleOf<T>>(out.release());
}

[[noreturn]] inline void refuse_argument(std::string where, std::string detail) {
  throw Exception(Error{Code::invalid_argument, std::move(where), kNoOffset, std::move(detail)});
}

}  // namespace cupel::python

namespace PYBIND11_NAMESPACE {
namespace detail {

template <>
struct handle_type_name<cupel::python::DateTime> {
  static constexpr auto name = const_name("datetime.datetime");
};
template <>
struct handle_type_name<cupel::python::Value> {
  static constexpr auto name = const_name("bool | int | bytes | str | datetime.datetime | None");
};

template <>
struct type_caster<cupel::python::BytesArg> {
  PYBIND11_TYPE_CASTER(cupel::python::BytesArg, const_name("bytes | bytearray | memoryview"));
  bool load(handle source, bool /*convert*/) {
    return cupel::python::read_bytes(source, value.data);
  }
};

template <>
struct type_caster<cupel::python::TimeArg> {
  PYBIND11_TYPE_CASTER(cupel::python::TimeArg, const_name("int | datetime.datetime"));
  bool load(handle source, bool /*convert*/) {
    return cupel::python::read_time(source, value.time);
  }
};

}  // namespace detail
}  // namespace PYBIND11_NAMESPACE
