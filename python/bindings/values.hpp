// How a family's parsed and verified values become Python classes, and its functions Python's: what
// every family needs, written once.
#pragma once

#include <pybind11/stl.h>

#include <cupel/collateral.hpp>
#include <cupel/verified.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <ranges>
#include <string>

#include "convert.hpp"

namespace cupel::python {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

/// Digests by register, or documents by kind: a dictionary of its own for each call.
template <class Key>
auto to_python(const std::map<Key, ByteVector>& items) {
  if constexpr (std::is_integral_v<Key>) {
    py::typing::Dict<py::int_, py::bytes> out;
    for (const auto& [key, item] : items) {
      out[py::int_(key)] = to_python(Bytes(item));
    }
    return out;
  } else {
    py::typing::Dict<py::str, py::bytes> out;
    for (const auto& [key, item] : items) {
      out[to_python(std::string_view(key))] = to_python(Bytes(item));
    }
    return out;
  }
}

/// What is no Python object yet becomes one.
template <class T>
py::object as_object(const T& value) {
  if constexpr (std::is_base_of_v<py::object, T>) {
    return value;
  } else {
    return py::cast(value);
  }
}

/// The Python value of a field: bytes, texts, times and lists as their Python kinds, an enumerator
/// as the name that its to_string gives, a class that is bound as itself.
template <class T>
auto as_python(const T& value) {
  if constexpr (std::is_enum_v<T>) {
    return to_python(std::string_view(to_string(value)));
  } else if constexpr (requires { to_python(value); }) {
    return to_python(value);
  } else if constexpr (is_optional<T>) {
    using Inner = decltype(as_python(*value));
    if constexpr (std::is_same_v<Inner, OptionalTime>) {
      return value ? as_python(*value) : py::reinterpret_borrow<OptionalTime>(py::none());
    } else {
      return value ? std::optional<Inner>(as_python(*value)) : std::optional<Inner>();
    }
  } else if constexpr (std::ranges::range<T>) {
    py::tuple out(value.size());
    std::size_t i = 0;
    for (const auto& item : value) {
      out[i++] = as_object(as_python(item));
    }
    using Item = decltype(as_python(*value.begin()));
    return py::reinterpret_steal<TupleOf<Item>>(out.release());
  } else {
    return value;
  }
}

/// "cupel.tpm.Quote", as a user names it.
inline std::string public_name(const py::module_& module, std::string_view name) {
  constexpr std::string_view kCore = "._core";
  auto full = module.attr("__name__").cast<std::string>();
  if (const auto at = full.find(kCore); at != std::string::npos) {
    full.erase(at, kCore.size());
  }
  return full.append(".").append(name);
}

/// Bytes in hex; anything else as it is.
template <class T>
py::object readable(const T& value) {
  if constexpr (std::is_same_v<T, py::bytes>) {
    return value.attr("hex")();
  } else {
    return as_object(value);
  }
}

/// A class of values that nothing can change.
template <class T>
class ValueClass : public py::class_<T> {
 public:
  ValueClass(py::module_& module, const char* name, const char* doc)
      : py::class_<T>(module, name, doc), name_(public_name(module, name)) {}

  /// A read-only property: a member, a method without arguments, or a function of the value.
  template <class Get, class... Doc>
  ValueClass& field(const char* name, Get get, const Doc&... doc) {
    this->def_property_readonly(
        name, [get](const T& value) { return as_python(std::invoke(get, value)); }, doc...);
    return *this;
  }

  /// What repr() says between the class's name and the closing bracket.
  template <class... Get>
  ValueClass& shown(const std::string& format, Get... get) {
    this->def("__repr__", [format = "<" + name_ + " " + format + ">", get...](const T& value) {
      return py::str(format).format(readable(as_python(std::invoke(get, value)))...);
    });
    return *this;
  }

  /// Values are equal when all their fields are.
  ValueClass& comparable() {
    this->def(
        "__eq__", [](const T& a, const T& b) { return a == b; }, py::is_operator());
    return *this;
  }

 private:
  std::string name_;
};

/// Verified<T>: what was verified, and what that rests on.
template <class T>
void bind_verified(py::module_& module, const char* name, const char* doc) {
  using Held = Verified<T>;
  ValueClass<Held>(module, name, doc)
      .field("value", &Held::operator*)
      .field("valid_until", [](const Held& v) { return v.assurance().valid_until; })
      .field("proved", [](const Held& v) { return v.assurance().proved; })
      .field("not_proved", [](const Held& v) { return v.assurance().not_proved; })
      .field("assumed", [](const Held& v) { return v.assurance().assumed; })
      .shown("{!r}", &Held::operator*);
}

/// What an argument is taken as: bytes and texts as copies, anything else as itself.
template <class T>
struct Taken {
  using type = std::remove_cvref_t<T>;
};
template <>
struct Taken<Bytes> {
  using type = BytesArg;
};
template <>
struct Taken<std::string_view> {
  using type = std::string;
};

/// Adds a function of the core that may fail. It runs without the GIL.
template <class R, class... In, class... Extra>
void def_unlocked(py::module_& module, const char* name, Result<R> (*function)(In...),
                  const Extra&... extra) {
  module.def(
      name,
      [function](const typename Taken<In>::type&... in) {
        if constexpr (std::is_same_v<R, Unit>) {
          (void)unlocked([&] { return function(in...); });
        } else {
          return as_python(unlocked([&] { return function(in...); }));
        }
      },
      extra...);
}

/// Adds a function that judges things of the types `In` at a time, by the caller's trust, without
/// the GIL. `work` takes them and the context.
template <class... In, class Work, class... Extra>
void def_judged(py::module_& module, const char* name, Work work, const Extra&... extra) {
  module.def(
      name,
      [work](const In&... in, const TimeArg& now, const TrustAnchors& anchors,
             const std::string& revocation, const std::shared_ptr<ChainCache>& cache) {
        const VerifyContext context{now, anchors, revocation_by_name(revocation), cache.get()};
        return unlocked([&] { return work(in..., context); });
      },
      extra..., py::kw_only(), py::arg("now"), py::arg("anchors"),
      py::arg("revocation") = "if_available", py::arg("cache") = py::none());
}

/// The same where the one who is trusted is among what is judged, and there are no anchors to give.
template <class... In, class Work, class... Extra>
void def_judged_without_anchors(py::module_& module, const char* name, Work work,
                                const Extra&... extra) {
  module.def(
      name,
      [work](const typename Taken<In>::type&... in, const TimeArg& now,
             const std::string& revocation, const std::shared_ptr<ChainCache>& cache) {
        const VerifyContext context{now, TrustAnchors({}), revocation_by_name(revocation),
                                    cache.get()};
        return unlocked([&] { return work(in..., context); });
      },
      extra..., py::kw_only(), py::arg("now"), py::arg("revocation") = "if_available",
      py::arg("cache") = py::none());
}

/// The same for a judgement that may need endorsements: `work` takes them before the context.
template <class... In, class Work, class... Extra>
void def_endorsed(py::module_& module, const char* name, Work work, const Extra&... extra) {
  module.def(
      name,
      [work](const In&... in, const TimeArg& now, const TrustAnchors& anchors,
             const std::optional<Endorsements>& endorsements, const std::string& revocation,
             const std::shared_ptr<ChainCache>& cache) {
        const VerifyContext context{now, anchors, revocation_by_name(revocation), cache.get()};
        const Endorsements given = endorsements.value_or(Endorsements{});
        return unlocked([&] { return work(in..., given, context); });
      },
      extra..., py::kw_only(), py::arg("now"), py::arg("anchors"),
      py::arg("endorsements") = py::none(), py::arg("revocation") = "if_available",
      py::arg("cache") = py::none());
}

}  // namespace cupel::python
