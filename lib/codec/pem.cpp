#include "codec/pem.hpp"

#include <algorithm>

#include "base/base64.hpp"

namespace cupel::pem {
namespace {

constexpr std::size_t kMaxSize = 1U << 20U;
constexpr std::size_t kMaxBlocks = 64;
constexpr std::size_t kLineWidth = 64;     // what RFC 7468 section 2 has generators write
constexpr std::size_t kMaxLineWidth = 76;  // what MIME writers write
constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kEnd = "-----END ";
constexpr std::string_view kDashes = "-----";
constexpr std::string_view kSpace = " \t\r\n";

struct Line {
  std::string_view text;  // without its line end
  std::size_t offset = 0;
};

class Parser {
 public:
  Parser(std::string_view text, std::string_view where) : text_(text), where_(where) {}

  void skip_space() {
    position_ = std::min(text_.find_first_not_of(kSpace, position_), text_.size());
  }
  bool at_end() const { return position_ == text_.size(); }
  std::size_t position() const { return position_; }

  Error error(Code code, std::size_t offset, std::string detail) const {
    return Error{code, std::string(where_), offset, std::move(detail)};
  }

  Result<Block> block(std::span<const std::string_view> labels) {
    const Line begin = line();
    if (!begin.text.starts_with(kBegin)) {
      return error(Code::bad_encoding, begin.offset, "text outside of PEM blocks");
    }
    if (begin.text.size() < kBegin.size() + kDashes.size() || !begin.text.ends_with(kDashes)) {
      return at_end() ? error(Code::truncated, text_.size(), "ends in a BEGIN line")
                      : error(Code::bad_encoding, begin.offset, "a BEGIN line without its end");
    }
    const std::string label(
        begin.text.substr(kBegin.size(), begin.text.size() - kBegin.size() - kDashes.size()));
    if (std::find(labels.begin(), labels.end(), label) == labels.end()) {
      return error(Code::bad_encoding, begin.offset + kBegin.size(),
                   "a PEM block of a kind that does not belong here");
    }
    CUPEL_TRY(ByteVector der, body(label));
    return Block{label, std::move(der)};
  }

 private:
  // The next line; LF or CRLF ends it.
  Line line() {
    Line out{{}, position_};
    const std::size_t end = std::min(text_.find('\n', position_), text_.size());
    out.text = text_.substr(position_, end - position_);
    position_ = std::min(end + 1, text_.size());
    if (end < text_.size() && out.text.ends_with('\r')) {
      out.text.remove_suffix(1);
    }
    return out;
  }

  Result<ByteVector> body(std::string_view label) {
    const std::string end_line = std::string(kEnd) + std::string(label) + std::string(kDashes);
    std::vector<Line> lines;
    std::string base64;
    while (true) {
      if (at_end()) {
        return error(Code::truncated, text_.size(), "a PEM block without its END line");
      }
      const Line next = line();
      if (next.text.starts_with(kDashes)) {
        // White space may follow on this line, nothing else: the line above took LF and CRLF off.
        const std::size_t last = next.text.find_last_not_of(kSpace) + 1;
        if (next.text.substr(0, last) != end_line) {
          return error(Code::bad_encoding, next.offset, "not the END line of this block");
        }
        break;
      }
      // Lines of equal width but for the last leave one way to write a block.
      if (next.text.empty() || next.text.size() > kMaxLineWidth ||
          (lines.size() > 1 && lines.back().text.size() != lines.front().text.size()) ||
          (!lines.empty() && next.text.size() > lines.front().text.size())) {
        return error(Code::bad_encoding, next.offset, "PEM lines of unusual widths");
      }
      lines.push_back(next);
      base64.append(next.text);
    }
    if (lines.empty()) {
      return error(Code::bad_encoding, position_, "a PEM block without contents");
    }
    auto der = from_base64(base64, where_);
    if (!der) {
      Error bad = std::move(der).error();
      const std::size_t width = lines.front().text.size();
      const std::size_t at_line = std::min(bad.offset / width, lines.size() - 1);
      bad.offset = lines.at(at_line).offset + (bad.offset - at_line * width);
      return bad;
    }
    return std::move(der).value();
  }

  std::string_view text_;
  std::string_view where_;
  std::size_t position_ = 0;
};

}  // namespace

bool looks_like(Bytes text) {
  const std::string_view all = as_text(text);
  const std::size_t start = all.find_first_not_of(kSpace);
  return start != std::string_view::npos && all.substr(start).starts_with(kBegin);
}

Result<std::vector<Block>> parse(std::string_view text, std::span<const std::string_view> labels,
                                 std::string_view where) {
  Parser parser(text, where);
  if (text.size() > kMaxSize) {
    return parser.error(Code::too_large, kNoOffset, "more than 1 MiB of PEM");
  }
  std::vector<Block> out;
  for (parser.skip_space(); !parser.at_end(); parser.skip_space()) {
    if (out.size() == kMaxBlocks) {
      return parser.error(Code::too_large, parser.position(),
                          "more than " + std::to_string(kMaxBlocks) + " PEM blocks");
    }
    CUPEL_TRY(Block next, parser.block(labels));
    out.push_back(std::move(next));
  }
  if (out.empty()) {
    return parser.error(Code::missing_field, kNoOffset, "no PEM block");
  }
  return out;
}

Result<std::vector<ByteVector>> parse_certificates(std::string_view text, std::string_view where) {
  static constexpr std::array<std::string_view, 1> kLabels = {"CERTIFICATE"};
  CUPEL_TRY(std::vector<Block> blocks, parse(text, kLabels, where));
  std::vector<ByteVector> out;
  out.reserve(blocks.size());
  for (Block& block : blocks) {
    out.push_back(std::move(block.der));
  }
  return out;
}

std::string dump(std::string_view label, Bytes der) {
  const std::string base64 = to_base64(der);
  std::string out = std::string(kBegin) + std::string(label) + std::string(kDashes) + "\n";
  for (std::size_t i = 0; i < base64.size(); i += kLineWidth) {
    out.append(base64, i, kLineWidth).append("\n");
  }
  out.append(kEnd).append(label).append(kDashes).append("\n");
  return out;
}

}  // namespace cupel::pem
