// Service protocols: what is sent, and what the answers mean. Pure functions; the session does the
// talking.
#pragma once

#include <cupel/bytes.hpp>
#include <cupel/result.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cupel {

struct CompletionRequest {
  std::string_view prompt;
  unsigned max_tokens = 64;
  bool stream = false;
  std::string_view model{};  ///< empty: not sent; the service has one model, or a default
};

/// What the session needs to know about a service.
struct Service {
  std::string_view id;
  std::string_view title;            ///< one line for people
  std::string_view evidence_path;    ///< of the evidence document, at the attestation URL
  std::string_view completion_path;  ///< POSTed to for one whole answer
  std::string_view stream_path;      ///< POSTed to for an answer in pieces
  /// Whether a complete stream ends with the event "[DONE]". If not, the end of a well-formed HTTP
  /// message with at least one event is the end.
  bool stream_has_end_mark;

  /// The JSON body. Errors: invalid_argument at "service.prompt".
  Result<std::string> (*completion_body)(const CompletionRequest& request);
  /// The text in a 200 answer. Errors: bad_response at "service.…".
  Result<std::string> (*completion_text)(Bytes body);
  /// The text in one event of a stream; empty for events that carry none. Errors likewise.
  Result<std::string> (*event_text)(std::string_view data);
};

inline constexpr std::string_view kStreamEndMark = "[DONE]";

std::span<const Service* const> known_services();

/// By id, or nullptr.
const Service* find_service(std::string_view id);

namespace blindllama {

extern const Service kService;

/// Triton's generate extension as BlindLlama uses it.
struct GenerateRequest {
  std::string_view text_input;
  unsigned max_tokens = 20;
  std::string_view bad_words{};
  std::string_view stop_words{};
};
Result<std::string> generate_body(const GenerateRequest& request);
/// `text_output`, without the white space around it.
Result<std::string> generate_text(Bytes body);
/// `text_output` of one event of generate_stream, as it is.
Result<std::string> generate_event_text(std::string_view data);

}  // namespace blindllama

namespace openai {

extern const Service kService;

struct ChatMessage {
  std::string role;  ///< "system", "user", "assistant"
  std::string content;
};
struct ChatRequest {
  std::vector<ChatMessage> messages;
  std::string model{};  ///< empty: not sent
  std::optional<unsigned> max_tokens{};
  bool stream = false;
};

inline constexpr std::string_view kCompletionsPath = "/v1/completions";
inline constexpr std::string_view kChatPath = "/v1/chat/completions";

Result<std::string> completions_body(const CompletionRequest& request);
Result<std::string> chat_body(const ChatRequest& request);
/// `choices[0].text`, `choices[0].message.content`.
Result<std::string> completions_text(Bytes body);
Result<std::string> chat_text(Bytes body);
/// The same of one streamed event: `choices[i].text`, `choices[i].delta.content` where index is 0.
/// Empty for events without text (the first, the last, usage).
Result<std::string> completions_event_text(std::string_view data);
Result<std::string> chat_event_text(std::string_view data);

}  // namespace openai

}  // namespace cupel
