// Target: the answers and the evidence of cupel::blindai     Max input: 64 KiB
// Seeds: corpus/blindai_answer
// Property: whatever is wrong is bad_response at "service.…" or "evidence.…", and the error repeats
// no run of the answer's bytes; tensors that are accepted can be sent back as they are.
#include <cstdint>

#include "services/blindai.hpp"

namespace {

using namespace cupel;

constexpr std::string_view kMarker = "SECRET";

void must(bool right) {
  if (!right) {
    __builtin_trap();
  }
}

void judge(const Error& error, std::string_view place) {
  must(error.code == Code::bad_response && error.where.starts_with(place));
  must(to_string(error).find(kMarker) == std::string::npos);
}

void judge_tensors(const std::vector<blindai::Tensor>& tensors) {
  std::vector<blindai::TensorView> views;
  for (const blindai::Tensor& tensor : tensors) {
    views.push_back({tensor.type, tensor.shape, tensor.data, tensor.node_name});
  }
  must(blindai::run_body({.id = "id"}, views).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > (64U << 10U)) {
    return 0;
  }
  const Bytes body(data, size);
  if (const auto tensors = blindai::run_outputs(body)) {
    judge_tensors(*tensors);
  } else {
    judge(tensors.error(), "service.");
  }
  if (const auto models = blindai::listed_models(body); !models) {
    judge(models.error(), "service.");
  }
  if (const auto uploaded = blindai::uploaded(body, Sha256Digest{}); !uploaded) {
    judge(uploaded.error(), "service.");
  }
  // The same bytes as each of the three parts.
  const ByteVector part = to_vector(body);
  if (const auto evidence = blindai::read_evidence({part, part, part}); !evidence) {
    judge(evidence.error(), "evidence.");
  }
  return 0;
}
