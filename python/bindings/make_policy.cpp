// Making policies.
#include <pybind11/stl.h>

#include <cupel/make_policy.hpp>
#include <utility>
#include <vector>

#include "convert.hpp"
#include "rooms.hpp"

namespace cupel::python {
namespace {

using NamedContent = std::pair<std::string, BytesArg>;

PolicyFile policy_file(const NamedContent& file) {
  return PolicyFile{file.first, file.second.data};
}

}  // namespace

void bind_make_policy(py::module_& module) {
  module.def(
      "make_policy",
      [](const std::vector<NamedContent>& files, const TimeArg& now) {
        std::vector<PolicyFile> owned;
        for (const NamedContent& file : files) {
          owned.push_back(policy_file(file));
        }
        return to_python(make_policy(owned, now).value());
      },
      py::arg("files"), py::kw_only(), py::arg("now"),
      "The files as one policy of Cupel's own form, with comments that say where it came from.\n\n"
      "Errors: as load_policy().");

  module.def(
      "make_policy_from_evidence",
      [](const Claims& claims, const NamedContent& evidence, const TimeArg& now) {
        return to_python(
            make_policy_from_evidence(claims, MadeFrom{now, {policy_file(evidence)}}).value());
      },
      py::arg("claims"), py::arg("evidence"), py::kw_only(), py::arg("now"),
      "Trust on first use: a policy that demands what this evidence, a (name, content) pair, was "
      "found to say. Nobody compared these values with what they should be, and its comment says "
      "so.\n\n"
      "Errors: invalid_argument at \"evidence\".");
}

}  // namespace cupel::python
