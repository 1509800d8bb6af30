// Errors: the one place where a cupel::Exception becomes a Python exception.
#include <cupel/error.hpp>
#include <stdexcept>
#include <variant>

#include "convert.hpp"
#include "rooms.hpp"

namespace cupel::python {
namespace {

std::string_view name(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::accepted:
      return "accepted";
    case Outcome::refused:
      return "refused";
    case Outcome::usage:
      return "usage";
    case Outcome::not_authentic:
      return "not_authentic";
    case Outcome::malformed:
      return "malformed";
    case Outcome::undecided:
      return "undecided";
    case Outcome::internal:
      break;
  }
  return "internal";
}

void raise(const Error& error) {
  const py::object offset =
      error.offset == kNoOffset ? py::object(py::none()) : py::object(py::int_(error.offset));
  const py::object exception =
      py::module_::import("cupel.errors")
          .attr("error_for")(to_python(to_string(error.code)), to_python(error.where), offset,
                             to_python(error.detail), to_python(error.check));
  PyErr_SetObject(py::type::handle_of(exception).ptr(), exception.ptr());
}

void translate(std::exception_ptr thrown) {
  try {
    if (thrown) {
      std::rethrow_exception(thrown);
    }
  } catch (const Exception& exception) {
    raise(exception.error());
  } catch (const std::logic_error& broken) {
    raise(Error{Code::internal, "", kNoOffset, broken.what()});
  } catch (const std::bad_variant_access& broken) {
    raise(Error{Code::internal, "", kNoOffset, broken.what()});
  }
}

}  // namespace

void bind_errors(py::module_& module) {
  py::register_local_exception_translator(&translate);

  py::dict outcomes;
  for (int i = 0; i <= static_cast<int>(Code::internal); ++i) {
    const auto code = static_cast<Code>(i);
    outcomes[to_python(to_string(code))] = to_python(name(outcome(code)));
  }
  module.def(
      "outcomes",
      [outcomes]() -> py::typing::Dict<py::str, py::str> {
        return py::reinterpret_borrow<py::typing::Dict<py::str, py::str>>(outcomes.attr("copy")());
      },
      "Every error code, and the outcome it leads to.");
}

}  // namespace cupel::python
