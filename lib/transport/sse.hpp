// Server-sent events (WHATWG HTML, 9.2.6 "Interpreting an event stream"), piece by piece.
#pragma once

#include <cupel/bytes.hpp>
#include <cupel/result.hpp>
#include <functional>
#include <string>
#include <string_view>

namespace cupel {

struct SseEvent {
  std::string type;  ///< the last "event" field; empty means "message"
  std::string data;  ///< the "data" fields, joined by line feeds
};

/// Feed it bytes as they come; it calls back for every complete event.
///
/// Source:    WHATWG HTML 9.2.5 and 9.2.6: lines end in CR LF, LF or CR; one leading byte order
///            mark is dropped; lines that start with a colon are comments.
/// Deviation: the standard throws an unfinished event at the end of the stream away in silence.
///            Here it is an error, because a cut answer must be visible. "id" and "retry" are read
///            over: nothing reconnects.
class SseParser {
 public:
  struct Limits {
    std::size_t max_line = 1U << 20U;
    std::size_t max_event = 4U << 20U;
  };
  /// Returns false when it wants no more events.
  using OnEvent = std::function<Result<bool>(const SseEvent&)>;

  SseParser() = default;
  explicit SseParser(Limits limits) : limits_(limits) {}

  /// False: the callback wanted no more. Errors: too_large at "sse.line", "sse.event"; the
  /// callback's own.
  Result<bool> feed(Bytes piece, const OnEvent& on_event);

  /// The stream has ended. Errors: bad_response at "sse.end" inside a line or an event.
  Result<Unit> finish() const;

 private:
  Result<bool> end_of_line(const OnEvent& on_event);
  Result<bool> dispatch(const OnEvent& on_event);
  Result<Unit> field(std::string_view name, std::string_view value);

  Limits limits_{};
  std::string line_;
  SseEvent event_;
  bool has_data_ = false;   // a "data" field was seen since the last event
  bool in_event_ = false;   // any field was
  bool after_cr_ = false;   // a line feed that comes now belongs to the line before
  bool first_line_ = true;  // a byte order mark may stand at its start
};

}  // namespace cupel
