// BlindLlama: Triton's generate extension behind the attested ingress.
#include "services/answers.hpp"
#include "services/service.hpp"

namespace cupel::blindllama {
namespace {

Result<std::string> text_output(std::string_view text) {
  CUPEL_TRY(const json::Value answer, answers::parse_object(text));
  const json::Value* output = answer.find("text_output");
  if (output == nullptr || output->string() == nullptr) {
    return answers::bad_answer("text_output", "the answer has no text_output of type string");
  }
  return *output->string();
}

// The white space that Python's str.strip() removes, of ASCII.
std::string stripped(const std::string& text) {
  constexpr std::string_view kSpace = " \t\n\r\v\f";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

Result<std::string> completion_body(const CompletionRequest& request) {
  // The ensemble has one model; a model's name has no place in this protocol.
  return generate_body({.text_input = request.prompt, .max_tokens = request.max_tokens});
}

}  // namespace

Result<std::string> generate_body(const GenerateRequest& request) {
  CUPEL_TRY([[maybe_unused]] auto fits, answers::sendable(request.text_input));
  return json::dump(json::Object{
      {"text_input", request.text_input},
      {"max_tokens", static_cast<std::uint64_t>(request.max_tokens)},
      {"bad_words", request.bad_words},
      {"stop_words", request.stop_words},
  });
}

Result<std::string> generate_text(Bytes body) {
  CUPEL_TRY(const std::string text, text_output(as_text(body)));
  return stripped(text);
}

Result<std::string> generate_event_text(std::string_view data) {
  return text_output(data);
}

const Service kService = {
    .id = "blindllama",
    .title = "BlindLlama: Triton generate extension, evidence at /attestation.json",
    .evidence_path = "/attestation.json",
    .completion_path = "/v2/models/ensemble/generate",
    .stream_path = "/v2/models/ensemble/generate_stream",
    .stream_has_end_mark = false,
    .completion_body = &completion_body,
    .completion_text = &generate_text,
    .event_text = &generate_event_text,
};

}  // namespace cupel::blindllama
