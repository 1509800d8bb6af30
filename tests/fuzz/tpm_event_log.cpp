// Target: cupel::tpm::parse_event_log, replay_values, event_type_name
// Max input: 64 KiB     Seeds: the event logs among the captured vectors
//
// Property: the records, written again from what was read, are the log; so nothing in it was
// skipped, guessed or read twice. What they leave over is only what the format allows there.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cupel/tpm.hpp>
#include <vector>

namespace {

using cupel::Bytes;
using cupel::ByteVector;
namespace tpm = cupel::tpm;

constexpr std::size_t kLegacyHeader = 32;

void put(ByteVector& out, std::uint64_t value, unsigned size) {
  for (unsigned i = 0; i < size; ++i) {
    out.push_back(static_cast<std::uint8_t>(value >> (8U * i)));
  }
}

void append(ByteVector& out, Bytes bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

void require(bool holds) {
  if (!holds) {
    __builtin_trap();
  }
}

ByteVector written(const tpm::EventLog& log, std::size_t header_size) {
  ByteVector out;
  append(out, Bytes(log.raw).first(header_size));
  for (const tpm::Event& event : log.events) {
    require(event.offset == out.size());
    put(out, event.pcr, 4);
    put(out, event.type, 4);
    if (log.crypto_agile) {
      put(out, event.digests.size(), 4);
    }
    for (const tpm::EventDigest& digest : event.digests) {
      if (log.crypto_agile) {
        put(out, digest.alg, 2);
      }
      append(out, digest.digest);
    }
    put(out, event.data.size(), 4);
    append(out, event.data);
  }
  return out;
}

// The crypto-agile header is in the legacy form, with its data's size at offset 28.
std::size_t header_size(const tpm::EventLog& log) {
  if (!log.crypto_agile) {
    return 0;
  }
  std::size_t size = 0;
  for (unsigned i = 0; i < 4; ++i) {
    size |= std::size_t{log.raw.at(28 + i)} << (8U * i);
  }
  return kLegacyHeader + size;
}

void check_replay(const tpm::EventLog& log, tpm::HashAlg bank) {
  const auto values = tpm::replay_values(log, bank);
  if (!values) {
    return;
  }
  for (const auto& [index, value] : *values) {
    require(index < tpm::kPcrCount && value.size() == tpm::digest_size(bank));
    require(!tpm::first_difference(log, log, bank, index).has_value());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, size);
  const auto log = tpm::parse_event_log(input);
  if (!log) {
    return 0;
  }
  require(std::ranges::equal(log->raw, input));
  const ByteVector again = written(*log, header_size(*log));
  require(again.size() == log->used);
  require(std::ranges::equal(again, input.first(log->used)));

  const Bytes rest = input.subspan(log->used);
  const bool padding = std::ranges::all_of(rest, [](auto byte) { return byte == 0xff; });
  const bool no_register = rest.size() >= kLegacyHeader / 2 &&
                           std::ranges::all_of(rest.first(4), [](auto b) { return b == 0xff; });
  const bool vendor_info = log->events.empty() && rest.size() <= 0xff;
  require(padding || no_register || vendor_info);

  for (const tpm::HashAlg bank : {tpm::HashAlg::sha1, tpm::HashAlg::sha256, tpm::HashAlg::sha384,
                                  tpm::HashAlg::sha512, tpm::HashAlg::sm3_256}) {
    check_replay(*log, bank);
  }
  for (const tpm::Event& event : log->events) {
    require(!tpm::event_type_name(event.type).empty());
  }
  return 0;
}
