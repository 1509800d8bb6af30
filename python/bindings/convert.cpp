#include "convert.hpp"

#include <limits>
#include <type_traits>

namespace cupel::python {
namespace {

// datetime.max, the last second of the year 9999.
constexpr std::int64_t kLastDateTime = 253'402'300'799;
// datetime.min, the first second of the year 1.
constexpr std::int64_t kFirstDateTime = -62'135'596'800;

class BufferView {
 public:
  explicit BufferView(py::handle source)
      : held_(PyObject_GetBuffer(source.ptr(), &view_, PyBUF_SIMPLE) == 0) {
    if (!held_) {
      PyErr_Clear();
    }
  }
  ~BufferView() {
    if (held_) {
      PyBuffer_Release(&view_);
    }
  }
  BufferView(const BufferView&) = delete;
  BufferView& operator=(const BufferView&) = delete;

  bool held() const noexcept { return held_; }
  Bytes bytes() const noexcept {
    return {static_cast<const std::uint8_t*>(view_.buf), static_cast<std::size_t>(view_.len)};
  }

 private:
  Py_buffer view_{};
  bool held_;
};

py::object datetime_module() {
  return py::module_::import("datetime");
}

}  // namespace

py::bytes to_python(Bytes bytes) {
  const std::string_view text = as_text(bytes);
  return py::bytes(text.data(), text.size());
}

py::str to_python(std::string_view text) {
  PyObject* decoded =
      PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "replace");
  if (decoded == nullptr) {
    throw py::error_already_set();
  }
  return py::reinterpret_steal<py::str>(decoded);
}

OptionalTime to_python(UnixTime time) {
  if (time.seconds() < kFirstDateTime || time.seconds() > kLastDateTime) {
    return py::reinterpret_borrow<OptionalTime>(py::none());
  }
  const py::object datetime = datetime_module();
  const py::object utc = datetime.attr("timezone").attr("utc");
  const py::object epoch = datetime.attr("datetime")(1970, 1, 1, py::arg("tzinfo") = utc);
  const py::object delta = datetime.attr("timedelta")(py::arg("seconds") = time.seconds());
  return py::reinterpret_borrow<OptionalTime>(epoch + delta);
}

Value value_to_python(const ClaimValue& value) {
  const py::object out = std::visit(
      [](const auto& held) -> py::object {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, ByteVector>) {
          return to_python(Bytes(held));
        } else if constexpr (std::is_same_v<Held, std::string>) {
          return to_python(std::string_view(held));
        } else if constexpr (std::is_same_v<Held, UnixTime>) {
          return to_python(held);
        } else if constexpr (std::is_same_v<Held, bool>) {
          return py::bool_(held);
        } else {
          return py::int_(held);
        }
      },
      value);
  return py::reinterpret_borrow<Value>(out);
}

TupleOf<py::str> to_python(const std::vector<std::string>& texts) {
  py::tuple out(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    out[i] = to_python(std::string_view(texts[i]));
  }
  return py::reinterpret_steal<TupleOf<py::str>>(out.release());
}

TupleOf<py::bytes> to_python(const std::vector<ByteVector>& items) {
  py::tuple out(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    out[i] = to_python(Bytes(items[i]));
  }
  return py::reinterpret_steal<TupleOf<py::bytes>>(out.release());
}

bool read_bytes(py::handle source, ByteVector& out) {
  if (!source || PyObject_CheckBuffer(source.ptr()) == 0) {
    return false;
  }
  const BufferView view(source);
  if (!view.held()) {
    return false;
  }
  out = to_vector(view.bytes());
  return true;
}

bool read_time(py::handle source, UnixTime& out) {
  if (!source || PyBool_Check(source.ptr()) != 0) {
    return false;
  }
  if (PyLong_Check(source.ptr()) != 0) {
    int overflow = 0;
    const long long seconds = PyLong_AsLongLongAndOverflow(source.ptr(), &overflow);
    if (overflow != 0) {
      refuse_argument("time", "more seconds than 64 bits hold");
    }
    out = UnixTime(seconds);
    return true;
  }
  const py::object datetime = datetime_module();
  if (!py::isinstance(source, datetime.attr("datetime"))) {
    return false;
  }
  if (source.attr("utcoffset")().is_none()) {
    refuse_argument("time", "a datetime without a time zone names no moment");
  }
  const py::object epoch = datetime.attr("datetime")(
      1970, 1, 1, py::arg("tzinfo") = datetime.attr("timezone").attr("utc"));
  const py::object second = datetime.attr("timedelta")(py::arg("seconds") = 1);
  const py::object since = source.attr("__sub__")(epoch);
  out = UnixTime(since.attr("__floordiv__")(second).cast<std::int64_t>());
  return true;
}

Revocation revocation_by_name(std::string_view name) {
  if (name == "required") {
    return Revocation::required;
  }
  if (name == "if_available") {
    return Revocation::if_available;
  }
  if (name == "dangerous_ignored") {
    return Revocation::dangerous_ignored;
  }
  refuse_argument("revocation", "not one of required, if_available, dangerous_ignored");
}

}  // namespace cupel::python
