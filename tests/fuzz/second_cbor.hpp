// CBOR read a second time, item by item (RFC 8949, 3), for documents that the library accepted:
// what does not fit is a finding. Heads are not looked at closer than their value needs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "second_reading.hpp"

namespace cupel::fuzz {

class Item {
 public:
  /// The item whose first byte is there.
  Item(Bytes in, std::size_t place) : in_(in), place_(place) {
    const Places places(in);
    const auto first = static_cast<unsigned>(places.little(place, 1));
    major_ = first >> 5U;
    const unsigned info = first & 0x1fU;
    open_ = info == 31;
    const std::size_t size = info < 24 || open_ ? 0 : std::size_t{1} << (info - 24);
    must(info < 28 || open_);
    argument_ = size == 0 ? info : places.big(place + 1, size);
    inside_ = place + 1 + size;
  }

  unsigned major() const { return major_; }
  std::uint64_t argument() const { return argument_; }
  bool is_null() const { return major_ == 7 && argument_ == 22; }

  std::uint64_t number() const {
    must(major_ == 0);
    return argument_;
  }
  /// Of a byte string, or of a text.
  Bytes content() const {
    must((major_ == 2 || major_ == 3) && !open_);
    return Places(in_).at(inside_, static_cast<std::size_t>(argument_));
  }
  std::string text() const {
    must(major_ == 3);
    return std::string(as_text(content()));
  }
  Bytes bytes() const {
    must(major_ == 2);
    return content();
  }
  Item tagged() const {
    must(major_ == 6);
    return {in_, inside_};
  }
  /// Of an array; of a map, keys and values in turn.
  std::vector<Item> items() const {
    must(major_ == 4 || major_ == 5);
    std::vector<Item> out;
    std::size_t place = inside_;
    const std::uint64_t count = major_ == 5 ? 2 * argument_ : argument_;
    while (open_ ? Places(in_).little(place, 1) != 0xff : out.size() < count) {
      out.emplace_back(in_, place);
      place = out.back().end();
    }
    return out;
  }
  /// A member of a map.
  std::optional<Item> find(std::string_view key) const {
    return find_if([key](const Item& one) { return one.major_ == 3 && one.text() == key; });
  }
  std::optional<Item> find(std::int64_t key) const {
    const unsigned major = key < 0 ? 1 : 0;
    const auto argument = static_cast<std::uint64_t>(key < 0 ? -(key + 1) : key);
    return find_if([major, argument](const Item& one) {
      return one.major_ == major && one.argument_ == argument;
    });
  }
  /// The first byte behind the item.
  std::size_t end() const {
    if (major_ == 2 || major_ == 3) {
      (void)content();
      return inside_ + static_cast<std::size_t>(argument_);
    }
    if (major_ == 6) {
      return tagged().end();
    }
    if (major_ == 4 || major_ == 5) {
      const std::vector<Item> all = items();
      return (all.empty() ? inside_ : all.back().end()) + (open_ ? 1 : 0);
    }
    return inside_;
  }

 private:
  template <class Is>
  std::optional<Item> find_if(const Is& is) const {
    must(major_ == 5);
    const std::vector<Item> all = items();
    for (std::size_t i = 0; i + 1 < all.size(); i += 2) {
      if (is(all[i])) {
        return all[i + 1];
      }
    }
    return std::nullopt;
  }

  Bytes in_;
  std::size_t place_;
  unsigned major_ = 0;
  bool open_ = false;  // ends with a break
  std::uint64_t argument_ = 0;
  std::size_t inside_ = 0;
};

/// COSE_Sign1 (RFC 9052, 4.2), tagged 18 or not; the whole of the bytes.
struct Sign1 {
  explicit Sign1(Bytes in) : parts(untagged(in).items()) {
    must(parts.size() == 4 && Item(in, 0).end() == in.size());
  }
  Item header() const { return {parts[0].bytes(), 0}; }
  Bytes payload() const { return parts[2].bytes(); }

  std::vector<Item> parts;

 private:
  static Item untagged(Bytes in) {
    const Item whole(in, 0);
    return whole.major() == 6 ? whole.tagged() : whole;
  }
};

}  // namespace cupel::fuzz
