#include "codec/cbor.hpp"

#include <cbor.h>

#include <algorithm>
#include <array>
#include <limits>
#include <set>

namespace cupel::cbor {
namespace {

// RFC 8949 section 3: the top three bits of a head are the major type, the rest says how the
// argument is written.
constexpr unsigned kTagType = 0xc0;
constexpr unsigned kArgumentBits = 0x1f;
constexpr unsigned kOneByte = 24;
constexpr unsigned kTwoBytes = 25;
constexpr unsigned kFourBytes = 26;
constexpr unsigned kEightBytes = 27;

std::size_t head_size(std::uint64_t argument) {
  if (argument < kOneByte) {
    return 1;
  }
  if (argument <= std::numeric_limits<std::uint8_t>::max()) {
    return 2;
  }
  if (argument <= std::numeric_limits<std::uint16_t>::max()) {
    return 3;
  }
  return argument <= std::numeric_limits<std::uint32_t>::max() ? 5 : 9;
}

std::size_t written_head_size(std::uint8_t head) {
  switch (head & kArgumentBits) {
    case kOneByte:
      return 2;
    case kTwoBytes:
      return 3;
    case kFourBytes:
      return 5;
    case kEightBytes:
      return 9;
    default:
      return 1;
  }
}

// RFC 3629 section 4, the table of its grammar. The library's streaming decoder hands texts out
// unchecked.
bool is_utf8(Bytes text) {
  struct Row {
    std::uint8_t first, last;      // of the leading byte
    std::uint8_t lowest, highest;  // of the byte after it
    std::size_t continuations;
  };
  static constexpr std::array<Row, 9> kRows = {{{0x00, 0x7f, 0, 0, 0},
                                                {0xc2, 0xdf, 0x80, 0xbf, 1},
                                                {0xe0, 0xe0, 0xa0, 0xbf, 2},
                                                {0xe1, 0xec, 0x80, 0xbf, 2},
                                                {0xed, 0xed, 0x80, 0x9f, 2},
                                                {0xee, 0xef, 0x80, 0xbf, 2},
                                                {0xf0, 0xf0, 0x90, 0xbf, 3},
                                                {0xf1, 0xf3, 0x80, 0xbf, 3},
                                                {0xf4, 0xf4, 0x80, 0x8f, 3}}};
  while (!text.empty()) {
    const auto row = std::find_if(kRows.begin(), kRows.end(), [&](const Row& candidate) {
      return text.front() >= candidate.first && text.front() <= candidate.last;
    });
    if (row == kRows.end() || text.size() <= row->continuations) {
      return false;
    }
    for (std::size_t i = 1; i <= row->continuations; ++i) {
      const std::uint8_t lowest = i == 1 ? row->lowest : std::uint8_t{0x80};
      const std::uint8_t highest = i == 1 ? row->highest : std::uint8_t{0xbf};
      if (text[i] < lowest || text[i] > highest) {
        return false;
      }
    }
    text = text.subspan(1 + row->continuations);
  }
  return true;
}

// What a key may be, in a form that can be looked up.
using Key = std::variant<std::uint64_t, std::int64_t, ByteVector, std::string>;

std::optional<Key> key_of(const Value& value) {
  if (const auto* number = value.unsigned_integer()) {
    return Key(*number);
  }
  if (const auto number = value.integer()) {
    return Key(*number);
  }
  if (const auto* bytes = value.bytes()) {
    return Key(*bytes);
  }
  if (const auto* text = value.text()) {
    return Key(*text);
  }
  return std::nullopt;
}

// Builds a Value from the decoder's events, which know nothing of each other: what belongs where,
// how many there may be, and what may not be there at all, is decided here.
class Builder {
 public:
  Builder(Bytes in, std::string_view where, Rules rules, std::size_t base)
      : in_(in), where_(where), rules_(rules), base_(base) {}

  Result<Value> run() &&;

  void integer(std::uint64_t value) {
    if (shortest(value)) {
      add(Value::Variant(value));
    }
  }
  /// -1 - value
  void negative(std::uint64_t value) {
    if (!shortest(value)) {
      return;
    }
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return fail(Code::out_of_range, "an integer below -2^63");
    }
    add(Value::Variant(-1 - static_cast<std::int64_t>(value)));
  }
  void bytes(Bytes value) {
    if (shortest(value.size())) {
      add(Value::Variant(to_vector(value)));
    }
  }
  void text(Bytes value) {
    if (!shortest(value.size())) {
      return;
    }
    if (!is_utf8(value)) {
      return fail(Code::bad_encoding, "a text that is not UTF-8");
    }
    add(Value::Variant(std::string(as_text(value))));
  }
  void chunked() { fail(Code::bad_encoding, "a string in chunks"); }
  void array(std::size_t size) {
    if (shortest(size) && room_for(size, 1)) {
      open(Value::Variant(Array{}), size);
    }
  }
  void map(std::size_t size) {
    if (shortest(size) && room_for(size, 2)) {
      open(Value::Variant(Map{}), size);
    }
  }
  void endless(Value::Variant container) {
    if (!rules_.indefinite) {
      return fail(Code::bad_encoding, "an array or map of indefinite length");
    }
    open(std::move(container), std::nullopt);
  }
  void tag(std::uint64_t number) {
    if (!rules_.tags) {
      return fail(Code::bad_encoding, "a tag");
    }
    if (shortest(number)) {
      open(Value::Variant(Tagged{number, nullptr}), 1);
    }
  }
  void null() { add(Value::Variant(nullptr)); }
  void boolean(bool value) {
    // The library reads a simple value of one byte; the two-byte form of it is an error there.
    add(Value::Variant(value));
  }
  void refuse(const char* what) { fail(Code::bad_encoding, what); }
  void end() {
    if (open_.empty() || open_.back().left.has_value() || open_.back().key.has_value()) {
      return fail(Code::bad_encoding, "a break that ends nothing");
    }
    close();
  }

 private:
  struct Frame {
    Value::Variant container;
    std::size_t offset;
    std::optional<std::size_t> left;  // members still to come; nothing: until a break
    std::optional<Value> key{};       // of a map, read already
    std::set<Key> keys{};
  };

  std::size_t offset() const { return base_ + position_; }
  void fail(Code code, std::string detail) {
    if (!error_) {
      error_ = Error{code, std::string(where_), offset(), std::move(detail)};
    }
  }
  bool shortest(std::uint64_t argument) {
    if (written_head_size(in_[position_]) != head_size(argument)) {
      fail(Code::bad_encoding, "a length or number written longer than it needs");
      return false;
    }
    return true;
  }
  // A count is a promise: the bytes for it must be there before anything is made of it.
  bool room_for(std::size_t size, std::size_t least) {
    if (size > (in_.size() - position_) / least) {
      fail(Code::truncated, std::to_string(size) + " members are promised");
      return false;
    }
    return true;
  }
  bool counted() {
    if (++items_ > rules_.max_items) {
      fail(Code::too_large, "more than " + std::to_string(rules_.max_items) + " values");
      return false;
    }
    return true;
  }
  void open(Value::Variant container, std::optional<std::size_t> size) {
    if (open_.size() >= rules_.max_depth) {
      return fail(Code::too_large,
                  "nested deeper than " + std::to_string(rules_.max_depth) + " levels");
    }
    if (!counted()) {
      return;
    }
    open_.push_back(Frame{std::move(container), offset(), size});
    if (size == 0U) {
      close();
    }
  }
  void add(Value::Variant data) {
    if (counted()) {
      place(Value(std::move(data), offset()));
    }
  }
  void close() {
    Frame done = std::move(open_.back());
    open_.pop_back();
    place(Value(std::move(done.container), done.offset));
  }
  // Puts a finished value into what is open, and finishes that too when it was the last one.
  void place(Value value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return;
    }
    Frame& frame = open_.back();
    if (auto* array = std::get_if<Array>(&frame.container)) {
      array->push_back(std::move(value));
    } else if (auto* tagged = std::get_if<Tagged>(&frame.container)) {
      tagged->content = std::make_shared<const Value>(std::move(value));
    } else if (!frame.key) {
      const auto key = key_of(value);
      if (!key) {
        return fail_at(value.offset(), Code::bad_encoding,
                       "a map key that is no integer, text or byte string");
      }
      if (!frame.keys.insert(*key).second) {
        return fail_at(value.offset(), Code::duplicate_field, "a key appears twice in one map");
      }
      frame.key = std::move(value);
      return;
    } else if (auto* map = std::get_if<Map>(&frame.container)) {
      map->emplace_back(std::move(*frame.key), std::move(value));
      frame.key.reset();
    }
    if (frame.left && --*frame.left == 0) {
      close();
    }
  }
  void fail_at(std::size_t offset, Code code, std::string detail) {
    if (!error_) {
      error_ = Error{code, std::string(where_), offset, std::move(detail)};
    }
  }

  Bytes in_;
  std::string_view where_;
  Rules rules_;
  std::size_t base_;
  std::size_t position_ = 0;
  std::size_t items_ = 0;
  std::vector<Frame> open_;
  std::optional<Value> root_;
  std::optional<Error> error_;
};

Builder& builder(void* context) {
  return *static_cast<Builder*>(context);
}

// The library speaks C; each event goes to the builder that is its context.
cbor_callbacks callbacks() {
  cbor_callbacks out = cbor_empty_callbacks;
  out.uint8 = [](void* c, std::uint8_t v) { builder(c).integer(v); };
  out.uint16 = [](void* c, std::uint16_t v) { builder(c).integer(v); };
  out.uint32 = [](void* c, std::uint32_t v) { builder(c).integer(v); };
  out.uint64 = [](void* c, std::uint64_t v) { builder(c).integer(v); };
  out.negint8 = [](void* c, std::uint8_t v) { builder(c).negative(v); };
  out.negint16 = [](void* c, std::uint16_t v) { builder(c).negative(v); };
  out.negint32 = [](void* c, std::uint32_t v) { builder(c).negative(v); };
  out.negint64 = [](void* c, std::uint64_t v) { builder(c).negative(v); };
  out.byte_string = [](void* c, cbor_data v, std::size_t n) { builder(c).bytes(Bytes(v, n)); };
  out.byte_string_start = [](void* c) { builder(c).chunked(); };
  out.string = [](void* c, cbor_data v, std::size_t n) { builder(c).text(Bytes(v, n)); };
  out.string_start = [](void* c) { builder(c).chunked(); };
  out.array_start = [](void* c, std::size_t n) { builder(c).array(n); };
  out.indef_array_start = [](void* c) { builder(c).endless(Value::Variant(Array{})); };
  out.map_start = [](void* c, std::size_t n) { builder(c).map(n); };
  out.indef_map_start = [](void* c) { builder(c).endless(Value::Variant(Map{})); };
  out.tag = [](void* c, std::uint64_t v) { builder(c).tag(v); };
  out.float2 = [](void* c, float) { builder(c).refuse("a floating-point number"); };
  out.float4 = [](void* c, float) { builder(c).refuse("a floating-point number"); };
  out.float8 = [](void* c, double) { builder(c).refuse("a floating-point number"); };
  out.undefined = [](void* c) { builder(c).refuse("the value undefined"); };
  out.null = [](void* c) { builder(c).null(); };
  out.boolean = [](void* c, bool v) { builder(c).boolean(v); };
  out.indef_break = [](void* c) { builder(c).end(); };
  return out;
}

Result<Value> Builder::run() && {
  static const cbor_callbacks kCallbacks = callbacks();
  while (!root_ && !error_) {
    const Bytes rest = in_.subspan(position_);
    // libcbor 0.8 refuses most tags below 24 (18, COSE_Sign1, is one of them). Such a head is one
    // byte; there is nothing else to decode in it.
    if (!rest.empty() && (rest.front() & ~kArgumentBits) == kTagType &&
        (rest.front() & kArgumentBits) < kOneByte) {
      tag(rest.front() & kArgumentBits);
      ++position_;
      continue;
    }
    const cbor_decoder_result step =
        rest.empty() ? cbor_decoder_result{0, CBOR_DECODER_NEDATA, 1}
                     : cbor_stream_decode(rest.data(), rest.size(), &kCallbacks, this);
    if (error_) {
      break;
    }
    if (step.status == CBOR_DECODER_NEDATA) {
      fail_at(base_ + in_.size(), Code::truncated, "the bytes end in the middle of a value");
    } else if (step.status != CBOR_DECODER_FINISHED || step.read == 0 || step.read > rest.size()) {
      fail(Code::bad_encoding, "not CBOR, or a simple value that means nothing here");
    } else {
      position_ += step.read;
    }
  }
  if (error_) {
    return std::move(*error_);
  }
  if (position_ != in_.size()) {
    return Error{Code::trailing_bytes, std::string(where_), offset(),
                 std::to_string(in_.size() - position_) + " bytes after the end of the value"};
  }
  return std::move(*root_);
}

}  // namespace

std::optional<std::int64_t> Value::integer() const noexcept {
  if (const auto* negative = std::get_if<std::int64_t>(&data_)) {
    return *negative;
  }
  const auto* number = unsigned_integer();
  constexpr auto kLargest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (number != nullptr && *number <= kLargest) {
    return static_cast<std::int64_t>(*number);
  }
  return std::nullopt;
}

const Value* Value::find(std::int64_t key) const noexcept {
  if (const Map* members = map()) {
    const auto found = std::find_if(members->begin(), members->end(), [&](const auto& member) {
      return member.first.integer() == key;
    });
    return found == members->end() ? nullptr : &found->second;
  }
  return nullptr;
}

const Value* Value::find(std::string_view key) const noexcept {
  if (const Map* members = map()) {
    const auto found = std::find_if(members->begin(), members->end(), [&](const auto& member) {
      return member.first.text() != nullptr && *member.first.text() == key;
    });
    return found == members->end() ? nullptr : &found->second;
  }
  return nullptr;
}

std::size_t Value::content_offset() const noexcept {
  if (const auto* held = bytes()) {
    return offset_ + head_size(held->size());
  }
  if (const auto* held = text()) {
    return offset_ + head_size(held->size());
  }
  return offset_;
}

std::string_view Value::type_name() const noexcept {
  // In the order of Variant.
  static constexpr std::array<std::string_view, std::variant_size_v<Variant>> kNames = {
      "null", "boolean", "integer", "integer", "bytes", "text", "array", "map", "tag"};
  return data_.valueless_by_exception() ? std::string_view() : kNames[data_.index()];
}

bool operator==(const Value& a, const Value& b) {
  const auto* a_tag = a.tagged();
  const auto* b_tag = b.tagged();
  if (a_tag != nullptr && b_tag != nullptr) {
    return a_tag->number == b_tag->number && *a_tag->content == *b_tag->content;
  }
  if (a.data_.index() != b.data_.index()) {
    return false;
  }
  if (const auto* array = a.array()) {
    return *array == *b.array();
  }
  if (const auto* map = a.map()) {
    return *map == *b.map();
  }
  if (const auto* number = std::get_if<std::int64_t>(&a.data_)) {
    return *number == std::get<std::int64_t>(b.data_);
  }
  return a.is_null() || (a.boolean() != nullptr && *a.boolean() == *b.boolean()) ||
         (a.unsigned_integer() != nullptr && *a.unsigned_integer() == *b.unsigned_integer()) ||
         (a.bytes() != nullptr && *a.bytes() == *b.bytes()) ||
         (a.text() != nullptr && *a.text() == *b.text());
}

Result<Value> parse(Bytes in, std::string_view where, Rules rules, std::size_t base) {
  if (in.size() > rules.max_size) {
    return Error{Code::too_large, std::string(where), kNoOffset,
                 std::to_string(in.size()) + " bytes of CBOR, at most " +
                     std::to_string(rules.max_size) + " are read"};
  }
  return Builder(in, where, rules, base).run();
}

}  // namespace cupel::cbor
