// The completion API that OpenAI published and many servers speak.
#include <array>

#include "services/answers.hpp"
#include "services/service.hpp"

namespace cupel::openai {
namespace {

// Where a choice keeps its text: {"text"}, or {"message", "content"}.
using Path = std::span<const std::string_view>;
constexpr std::array<std::string_view, 1> kText = {"text"};
constexpr std::array<std::string_view, 2> kMessage = {"message", "content"};
constexpr std::array<std::string_view, 2> kDelta = {"delta", "content"};

// The string at the path; nullptr when it is absent or null; an error when it is something else.
Result<const std::string*> string_at(const json::Value& choice, Path path) {
  const json::Value* value = &choice;
  for (const std::string_view key : path) {
    value = value->find(key);
    if (value == nullptr || value->is_null()) {
      return static_cast<const std::string*>(nullptr);
    }
  }
  if (value->string() == nullptr) {
    return answers::bad_answer("choices", "a choice's text is no string");
  }
  return value->string();
}

Result<const json::Array*> choices_of(const json::Value& answer) {
  const json::Value* choices = answer.find("choices");
  if (choices == nullptr || choices->array() == nullptr) {
    return answers::bad_answer("choices", "the answer has no list of choices");
  }
  return choices->array();
}

bool is_first_choice(const json::Value& choice) {
  const json::Value* index = choice.find("index");
  return index == nullptr || *index == json::Value(std::uint64_t{0});
}

Result<std::string> whole_text(std::string_view text, Path path) {
  CUPEL_TRY(const json::Value answer, answers::parse_object(text));
  CUPEL_TRY(const json::Array* choices, choices_of(answer));
  for (const json::Value& choice : *choices) {
    if (!is_first_choice(choice)) {
      continue;
    }
    CUPEL_TRY(const std::string* found, string_at(choice, path));
    if (found == nullptr) {
      return answers::bad_answer("choices", "the first choice has no text");
    }
    return *found;
  }
  return answers::bad_answer("choices", "the answer has no choice");
}

Result<std::string> event_text_at(std::string_view data, Path path) {
  CUPEL_TRY(const json::Value event, answers::parse_object(data));
  CUPEL_TRY(const json::Array* choices, choices_of(event));
  std::string out;
  for (const json::Value& choice : *choices) {
    if (is_first_choice(choice)) {
      CUPEL_TRY(const std::string* found, string_at(choice, path));
      out += found != nullptr ? *found : "";
    }
  }
  return out;
}

void add_common(json::Object& body, std::string_view model, std::optional<unsigned> max_tokens,
                bool stream) {
  if (!model.empty()) {
    body.emplace_back("model", model);
  }
  if (max_tokens) {
    body.emplace_back("max_tokens", static_cast<std::uint64_t>(*max_tokens));
  }
  body.emplace_back("stream", stream);
}

}  // namespace

Result<std::string> completions_body(const CompletionRequest& request) {
  CUPEL_TRY([[maybe_unused]] auto fits, answers::sendable(request.prompt));
  json::Object body{{"prompt", request.prompt}};
  add_common(body, request.model, request.max_tokens, request.stream);
  return json::dump(body);
}

Result<std::string> chat_body(const ChatRequest& request) {
  if (request.messages.empty()) {
    return Error{Code::invalid_argument, "service.prompt", kNoOffset, "there are no messages"};
  }
  json::Array messages;
  for (const ChatMessage& message : request.messages) {
    CUPEL_TRY([[maybe_unused]] auto role, answers::sendable(message.role));
    CUPEL_TRY([[maybe_unused]] auto content, answers::sendable(message.content));
    messages.emplace_back(json::Object{{"role", message.role}, {"content", message.content}});
  }
  json::Object body{{"messages", std::move(messages)}};
  add_common(body, request.model, request.max_tokens, request.stream);
  return json::dump(body);
}

Result<std::string> completions_text(Bytes body) {
  return whole_text(as_text(body), kText);
}
Result<std::string> chat_text(Bytes body) {
  return whole_text(as_text(body), kMessage);
}
Result<std::string> completions_event_text(std::string_view data) {
  return event_text_at(data, kText);
}
Result<std::string> chat_event_text(std::string_view data) {
  return event_text_at(data, kDelta);
}

const Service kService = {
    .id = "openai",
    .title = "OpenAI-compatible completions, evidence at /attestation.json",
    .evidence_path = "/attestation.json",
    .completion_path = kCompletionsPath,
    .stream_path = kCompletionsPath,
    .stream_has_end_mark = true,
    .completion_body = &completions_body,
    .completion_text = &completions_text,
    .event_text = &completions_event_text,
};

}  // namespace cupel::openai
