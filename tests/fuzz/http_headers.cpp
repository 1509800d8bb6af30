// Target: cupel::HeaderCollector, cupel::check_request_header, cupel::parse_url
// Max input: 64 KiB     Seeds: corpus/http_headers
// Property: no name or value that is kept has a line end or a zero byte; a header of an answer that
// may be sent is sent as it was read; a URL that is accepted is the same when read again, has no
// user name, and its text has no control character.
#include "transport/http_headers.hpp"

#include <cstdint>
#include <cupel/bytes.hpp>

#include "transport/url.hpp"

namespace {

using namespace cupel;

void must(bool right) {
  if (!right) {
    __builtin_trap();
  }
}

bool clean(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

void try_url(const std::string& text) {
  const auto url = parse_url(text, "fuzz");
  if (!url) {
    return;
  }
  must(clean(url->text()) && url->path.starts_with('/') && !url->host.empty() && url->port != 0);
  const auto again = parse_url(url->text(), "fuzz");
  must(again.ok() && again->same_origin(*url) && again->text() == url->text());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > (64U << 10U)) {
    return 0;
  }
  std::string_view rest = as_text(Bytes(data, size));
  HeaderCollector collector;
  while (!rest.empty()) {
    const auto line = rest.substr(
        0, rest.find('\n') == std::string_view::npos ? rest.size() : rest.find('\n') + 1);
    rest.remove_prefix(line.size());
    if (!collector.line(line)) {
      break;
    }
  }
  for (const auto& [name, value] : collector.headers()) {
    must(!name.empty() && clean(name) && clean(value));
    if (check_request_header(name, value, "fuzz")) {
      must(name != "host" && name != "content-length" && name != "transfer-encoding");
    }
    try_url(value);
  }
  return 0;
}
