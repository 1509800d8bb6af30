// Target: cupel::SseParser     Max input: 64 KiB     Seeds: corpus/sse
// Property: a stream gives the same events and the same end whether it comes whole, byte by byte or
// in pieces of changing size; no event is longer than its limit; and a stream that was accepted
// whole is refused when its last event loses its last byte.
#include "transport/sse.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace {

using namespace cupel;

constexpr SseParser::Limits kLimits{.max_line = 512, .max_event = 1024};

void must(bool right) {
  if (!right) {
    __builtin_trap();
  }
}

struct Reading {
  std::vector<std::pair<std::string, std::string>> events{};
  Code feed_error = Code::internal;  // internal: none
  bool ended_well = false;
  friend bool operator==(const Reading&, const Reading&) = default;
};

// `step` gives the size of each next piece.
template <class Step>
Reading read(Bytes stream, Step step) {
  Reading out;
  SseParser parser(kLimits);
  const auto keep = [&out](const SseEvent& event) -> Result<bool> {
    must(event.data.size() <= kLimits.max_event);
    out.events.emplace_back(event.type, event.data);
    return true;
  };
  while (!stream.empty()) {
    const std::size_t size = std::min<std::size_t>(step(), stream.size());
    const auto fed = parser.feed(stream.first(size), keep);
    if (!fed) {
      out.feed_error = fed.error().code;
      must(out.feed_error == Code::too_large);
      return out;
    }
    stream = stream.subspan(size);
  }
  out.ended_well = parser.finish().ok();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > (64U << 10U)) {
    return 0;
  }
  const Bytes stream(data, size);
  const Reading whole = read(stream, [size] { return size; });
  must(read(stream, [] { return 1U; }) == whole);
  unsigned step = 0;
  must(read(stream, [&step] { return step = step * 7 % 13 + 1; }) == whole);
  if (whole.ended_well && !whole.events.empty() && as_text(stream).ends_with("\ndata: x\n\n")) {
    must(!read(stream.first(size - 1), [] { return 3U; }).ended_well);
  }
  return 0;
}
