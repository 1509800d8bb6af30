#include "transport/sse.hpp"

namespace cupel {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

Error stream_error(Code code, std::string where, std::string detail) {
  return {code, std::move(where), kNoOffset, std::move(detail), {}};
}

}  // namespace

Result<bool> SseParser::feed(Bytes piece, const OnEvent& on_event) {
  for (const char c : as_text(piece)) {
    const bool second_half = c == '\n' && after_cr_;
    after_cr_ = c == '\r';
    if (second_half) {
      continue;
    }
    if (c == '\r' || c == '\n') {
      CUPEL_TRY(const bool more, end_of_line(on_event));
      if (!more) {
        return false;
      }
      continue;
    }
    if (line_.size() >= limits_.max_line) {
      return stream_error(Code::too_large, "sse.line", "a line of the event stream is too long");
    }
    line_.push_back(c);
  }
  return true;
}

Result<bool> SseParser::end_of_line(const OnEvent& on_event) {
  std::string line;
  line.swap(line_);
  std::string_view text = line;
  if (first_line_ && text.starts_with(kByteOrderMark)) {
    text.remove_prefix(kByteOrderMark.size());
  }
  first_line_ = false;
  if (text.empty()) {
    return dispatch(on_event);
  }
  const auto colon = text.find(':');
  if (colon == 0) {
    return true;  // a comment, often sent to keep the connection open
  }
  std::string_view value = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  if (value.starts_with(' ')) {
    value.remove_prefix(1);
  }
  CUPEL_TRY([[maybe_unused]] auto taken, field(text.substr(0, colon), value));
  return true;
}

Result<Unit> SseParser::field(std::string_view name, std::string_view value) {
  in_event_ = true;
  if (name == "event") {
    event_.type = value;
  } else if (name == "data") {
    if (event_.data.size() + value.size() >= limits_.max_event) {
      return stream_error(Code::too_large, "sse.event", "an event of the stream is too large");
    }
    if (has_data_) {
      event_.data += '\n';
    }
    event_.data += value;
    has_data_ = true;
  }
  return Unit{};
}

// "If the data buffer is an empty string, set the data buffer and the event type buffer to the
// empty string and return": an event without a data field is none.
Result<bool> SseParser::dispatch(const OnEvent& on_event) {
  SseEvent event;
  std::swap(event, event_);
  const bool has_data = has_data_;
  has_data_ = false;
  in_event_ = false;
  return has_data ? on_event(event) : Result<bool>(true);
}

Result<Unit> SseParser::finish() const {
  if (!line_.empty() || in_event_) {
    return stream_error(Code::bad_response, "sse.end",
                        "the stream ended in the middle of an event: the answer was cut off");
  }
  return Unit{};
}

}  // namespace cupel
