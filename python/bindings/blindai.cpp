// BlindAI's bodies, for cupel.blindai, which makes its own connections.

#include <pybind11/stl.h>

#include <algorithm>
#include <cupel/blindai.hpp>

#include "convert.hpp"
#include "rooms.hpp"

namespace cupel::python {
namespace {

using blindai::DatumType;

// (type's number, shape, bytes, node name) as the caller has it.
using TensorArg = std::tuple<std::uint8_t, std::vector<std::uint64_t>, BytesArg, std::string>;

using TensorTuple = py::typing::Tuple<py::int_, TupleOf<py::int_>, py::bytes, py::str>;
using PairOfTexts = py::typing::Tuple<py::str, py::str>;

py::bytes run_body(const std::string& sha256, const std::string& id,
                   const std::vector<TensorArg>& inputs) {
  std::vector<blindai::TensorView> views;
  for (const auto& [type, shape, data, node_name] : inputs) {
    views.push_back({static_cast<DatumType>(type), shape, data, node_name});
  }
  const ByteVector body = unlocked([&] { return blindai::run_body({sha256, id}, views); });
  return to_python(Bytes(body));
}

TupleOf<TensorTuple> run_outputs(const BytesArg& body) {
  const auto tensors = unlocked([&] { return blindai::run_outputs(body); });
  py::tuple out(tensors.size());
  std::size_t i = 0;
  for (const blindai::Tensor& tensor : tensors) {
    out[i++] = py::make_tuple(static_cast<unsigned>(tensor.type), py::tuple(py::cast(tensor.shape)),
                              to_python(Bytes(tensor.data)), to_python(tensor.node_name));
  }
  return py::reinterpret_steal<TupleOf<TensorTuple>>(out.release());
}

TupleOf<PairOfTexts> listed_models(const BytesArg& body) {
  const auto models = unlocked([&] { return blindai::listed_models(body); });
  py::tuple out(models.size());
  std::size_t i = 0;
  for (const blindai::ModelInfo& model : models) {
    out[i++] = py::make_tuple(to_python(model.name), to_python(model.id));
  }
  return py::reinterpret_steal<TupleOf<PairOfTexts>>(out.release());
}

}  // namespace

void bind_blindai(py::module_& module) {
  module.def("run_body", &run_body, py::arg("model_hash"), py::arg("model_id"), py::arg("inputs"),
             "The body of POST /run. inputs: (type, shape, bytes, node name) each; the types are "
             "F32 0, F64 1, I32 2, I64 3, U32 4, U64 5, U8 6, U16 7, I8 8, I16 9, Bool 10.\n\n"
             "Errors: invalid_argument at \"service.model…\", \"service.inputs…\".");
  module.def("run_outputs", &run_outputs, py::arg("body"),
             "The tensors of its answer, in the same form.\n\nErrors: bad_response at "
             "\"service.…\".");
  module.def("listed_models", &listed_models, py::arg("body"),
             "Name and id of each model.\n\nErrors: bad_response at \"service.…\".");
  module.def(
      "upload_body",
      [](const BytesArg& model, const std::string& name, bool optimize) {
        const ByteVector body =
            unlocked([&] { return blindai::upload_body(model, name, optimize); });
        return to_python(Bytes(body));
      },
      py::arg("model"), py::arg("name"), py::arg("optimize"),
      "The body of POST /upload.\n\nErrors: invalid_argument at \"service.model\", "
      "\"service.model_name\".");
  module.def(
      "uploaded",
      [](const BytesArg& body, const BytesArg& digest) {
        Sha256Digest wanted{};
        if (digest.data.size() != wanted.size()) {
          refuse_argument("digest", "a SHA-256 has 32 bytes");
        }
        std::copy(digest.data.begin(), digest.data.end(), wanted.begin());
        return to_python(unlocked([&] { return blindai::uploaded(body, wanted); }).id);
      },
      py::arg("body"), py::arg("digest"),
      "The id in its answer, whose digest must be the model's.\n\nErrors: bad_response at "
      "\"service.…\"; invalid_argument at \"digest\".");
  module.def(
      "delete_body",
      [](const std::string& model_id) {
        const ByteVector body = unlocked([&] { return blindai::delete_body(model_id); });
        return to_python(Bytes(body));
      },
      py::arg("model_id"),
      "The body of POST /delete.\n\nErrors: invalid_argument at \"service.model.id\".");
  module.def(
      "not_proved",
      [](const std::string& sha256, const std::string& id) {
        return to_python(blindai::not_proved({sha256, id}));
      },
      py::arg("model_hash"), py::arg("model_id"),
      "What an answer of a model that was named like this leaves open.");
}

}  // namespace cupel::python
