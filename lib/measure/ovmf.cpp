#include "measure/ovmf.hpp"

#include <algorithm>

#include "base/reader.hpp"
#include "measure/unicode.hpp"

namespace cupel::measure {
namespace {

constexpr std::size_t kAfterTable = 32;  // the reset vector
constexpr std::size_t kTail = 18;        // u16 size, GUID
constexpr std::string_view kFooter = "96b582de-1fb2-45f7-baea-a366c55a082d";

Error error(Code code, std::string_view field, std::size_t offset, std::string detail = {}) {
  return Error{code, "measure.ovmf." + std::string(field), offset, std::move(detail)};
}

struct Tail {
  std::uint16_t size = 0;
  Uuid guid = {};
};

Tail tail_of(Bytes entry) {
  ByteReader r(entry.last(kTail), "measure.ovmf.entry");
  Tail out;
  out.size = r.u16le("size");
  out.guid = guid_from_memory(r.bytes<16>("guid"));
  return out;
}

}  // namespace

Result<std::vector<OvmfEntry>> parse_ovmf_table(Bytes image) {
  if (image.size() < kAfterTable + kTail) {
    return error(Code::truncated, "footer", image.size());
  }
  const std::size_t end = image.size() - kAfterTable;
  const Tail footer = tail_of(image.first(end));
  if (to_text(footer.guid) != kFooter) {
    return error(Code::bad_magic, "footer", end - 16, "no table of GUIDs at the end");
  }
  if (footer.size < kTail || footer.size > end) {
    return error(Code::bad_length, "footer", end - kTail, std::to_string(footer.size));
  }
  std::vector<OvmfEntry> out;
  Bytes rest = image.subspan(end - footer.size, footer.size - kTail);
  while (!rest.empty()) {
    const std::size_t at = end - kTail - (footer.size - kTail - rest.size());
    if (rest.size() < kTail) {
      return error(Code::truncated, "entry", at);
    }
    const Tail tail = tail_of(rest);
    if (tail.size < kTail || tail.size > rest.size()) {
      return error(Code::bad_length, "entry", at - kTail, std::to_string(tail.size));
    }
    if (std::ranges::find(out, tail.guid, &OvmfEntry::guid) != out.end()) {
      return error(Code::duplicate_field, "entry", at - kTail, to_text(tail.guid));
    }
    out.push_back({tail.guid, rest.subspan(rest.size() - tail.size, tail.size - kTail)});
    rest = rest.first(rest.size() - tail.size);
  }
  return out;
}

Result<std::optional<Bytes>> ovmf_entry(const std::vector<OvmfEntry>& table, std::string_view guid,
                                        std::size_t size) {
  for (const OvmfEntry& entry : table) {
    if (to_text(entry.guid) == guid) {
      if (entry.data.size() < size) {
        return error(Code::bad_length, "entry", kNoOffset, std::string(guid));
      }
      return std::optional<Bytes>(entry.data);
    }
  }
  return std::optional<Bytes>();
}

Result<Bytes> from_end(Bytes image, std::uint32_t offset, std::string_view where) {
  if (offset == 0 || offset > image.size()) {
    return Error{Code::out_of_range, std::string(where), kNoOffset,
                 "an offset from the end that is not in the file: " + std::to_string(offset)};
  }
  return image.last(offset);
}

}  // namespace cupel::measure
