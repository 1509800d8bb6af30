// Target: the answers of cupel::openai and cupel::blindllama     Max input: 64 KiB
// Seeds: corpus/service_answer
// Property: whatever is wrong is bad_response at "service.…", and the error repeats no run of the
// answer's bytes; a text that is accepted can be sent back as a prompt and arrives as it was.
#include <cstdint>

#include "codec/json.hpp"
#include "services/service.hpp"

namespace {

using namespace cupel;

constexpr std::string_view kMarker = "SECRET";

void must(bool right) {
  if (!right) {
    __builtin_trap();
  }
}

void judge(const Result<std::string>& text) {
  if (!text) {
    must(text.error().code == Code::bad_response && text.error().where.starts_with("service."));
    must(to_string(text.error()).find(kMarker) == std::string::npos);
    return;
  }
  const auto body = openai::completions_body({*text, 1, false, {}});
  must(body.ok() == !text->empty());
  if (body) {
    const auto value = json::parse(*body, "fuzz", {.max_size = 1U << 20U, .max_depth = 4});
    must(value.ok() && *value->find("prompt")->string() == *text);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > (64U << 10U)) {
    return 0;
  }
  const Bytes body(data, size);
  judge(blindllama::generate_text(body));
  judge(blindllama::generate_event_text(as_text(body)));
  judge(openai::completions_text(body));
  judge(openai::completions_event_text(as_text(body)));
  judge(openai::chat_text(body));
  judge(openai::chat_event_text(as_text(body)));
  return 0;
}
