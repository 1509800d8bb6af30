#include "services/service.hpp"

#include <array>

#include "services/answers.hpp"

namespace cupel {
namespace {

constexpr std::array<const Service*, 2> kServices = {&blindllama::kService, &openai::kService};
constexpr std::size_t kMaxAnswer = 64U << 20U;

}  // namespace

std::span<const Service* const> known_services() {
  return kServices;
}

const Service* find_service(std::string_view id) {
  for (const Service* service : kServices) {
    if (service->id == id) {
      return service;
    }
  }
  return nullptr;
}

namespace answers {

Error bad_answer(std::string_view what, std::string detail) {
  return {Code::bad_response, "service." + std::string(what), kNoOffset, std::move(detail), {}};
}

Result<json::Value> parse_object(std::string_view text) {
  auto value = json::parse(text, "service.answer", {.max_size = kMaxAnswer, .max_depth = 32});
  if (!value) {
    // Only the kind of fault: the parser's own words could quote the answer.
    Error error = bad_answer("answer", "not JSON: " + std::string(to_string(value.error().code)));
    error.offset = value.error().offset;
    return error;
  }
  if (value->object() == nullptr) {
    return bad_answer("answer", "the answer is no JSON object");
  }
  if (const json::Value* reported = value->find("error"); reported && !reported->is_null()) {
    return bad_answer("error", "the service reports an error instead of an answer");
  }
  return value;
}

Result<Unit> sendable(std::string_view text) {
  if (text.empty()) {
    return Error{Code::invalid_argument, "service.prompt", kNoOffset, "the prompt is empty"};
  }
  // Writing JSON replaces what is not UTF-8; a prompt must arrive as it was given, or not at all.
  const auto same = json::parse(json::dump(json::Value(text)), "service.prompt",
                                {.max_size = kMaxAnswer, .max_depth = 1});
  if (!same || same->string() == nullptr || *same->string() != text) {
    return Error{Code::invalid_argument, "service.prompt", kNoOffset,
                 "the prompt is not valid UTF-8, or too long"};
  }
  return Unit{};
}

}  // namespace answers
}  // namespace cupel
