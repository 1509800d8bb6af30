// Event logs for the tests of this room: captured ones with what must come of them, crafted ones
// built event by event, and quotes of given registers.
#pragma once

#include <gtest/gtest.h>

#include <cupel/tpm.hpp>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tpm/event_log.hpp"
#include "tpm/names.hpp"
#include "unit/tpm/support.hpp"

namespace cupel::tpm::test {

using Registers = std::map<unsigned, ByteVector>;
using Banks = std::map<HashAlg, Registers>;

// ---- captured logs ------------------------------------------------------------------------------

/// What a captured case says about its log. Two collections say it under different keys; both are
/// read into this.
struct LogCase {
  std::string id;
  ByteVector log;
  bool parses = true;
  std::optional<std::size_t> events{};  ///< with the header event, as the collections count
  std::optional<std::size_t> used{};
  std::optional<std::string> trailing{};  ///< "none", "ff" or "mixed"
  std::optional<std::map<std::string, std::size_t>> algorithms{};
  std::optional<std::optional<std::uint64_t>> locality{};
  std::map<std::string, std::size_t> types{};
  Banks replayed{};   ///< exactly these registers and values
  Banks registers{};  ///< what the machine's registers held, whether the log mentions them or not
  std::map<HashAlg, std::vector<unsigned>> differing{};  ///< of `registers`, by the case's word
};

inline Registers read_registers(const json::Value& value) {
  Registers out;
  for (const auto& [index, digest] : *value.object()) {
    out.emplace(static_cast<unsigned>(std::stoul(index)), hex(*digest.string()));
  }
  return out;
}

inline Banks read_banks(const json::Value* value) {
  Banks out;
  if (value != nullptr) {
    for (const auto& [bank, registers] : *value->object()) {
      out.emplace(hash_alg_by_name(bank).value(), read_registers(registers));
    }
  }
  return out;
}

inline std::optional<std::size_t> read_count(const json::Value& value, std::string_view key) {
  const json::Value* found = value.find(key);
  return found == nullptr ? std::nullopt : std::optional<std::size_t>(*found->unsigned_integer());
}

inline LogCase from_eventlog(LogCase out, const json::Value& expected) {
  if (expected.find("parse_error_here") != nullptr) {
    out.parses = false;
    return out;
  }
  out.events = read_count(expected, "event_count_including_spec_id");
  out.used = read_count(expected, "bytes_used");
  out.trailing = *expected.find("trailing_kind")->string();
  out.algorithms.emplace();
  for (const json::Value& bank : *expected.find("banks")->array()) {
    out.algorithms->emplace(*bank.find("alg")->string(), *bank.find("size")->unsigned_integer());
  }
  const json::Value* locality = expected.find("startup_locality");
  out.locality.emplace();
  if (!locality->is_null()) {
    out.locality = *locality->unsigned_integer();
  }
  for (const auto& [type, count] : *expected.find("event_types")->object()) {
    out.types.emplace(type, *count.unsigned_integer());
  }
  out.replayed = read_banks(expected.find("replayed_pcrs"));
  out.registers = read_banks(expected.find("known_pcrs"));
  if (const json::Value* differing = expected.find("known_pcrs_mismatching_replay")) {
    for (const auto& [bank, indices] : *differing->object()) {
      for (const json::Value& index : *indices.array()) {
        out.differing[hash_alg_by_name(bank).value()].push_back(
            static_cast<unsigned>(*index.unsigned_integer()));
      }
    }
  }
  return out;
}

inline LogCase from_measure(LogCase out, const json::Value& expected) {
  if (expected.find("result") != nullptr) {
    out.parses = false;
    return out;
  }
  out.events = read_count(expected, "events");
  out.used = read_count(expected, "log_bytes_used");
  if (const json::Value* algorithms = expected.find("algorithms")) {
    out.algorithms.emplace();
    for (const auto& [name, size] : *algorithms->object()) {
      out.algorithms->emplace(name, *size.unsigned_integer());
    }
  }
  const bool some = expected.find("Measurements") != nullptr;  // a few registers of a real boot
  (some ? out.registers : out.replayed) = read_banks(expected.find("pcrs"));
  if (const json::Value* all = expected.find("pcrs_after_boot")) {
    out.registers = read_banks(all);
  }
  if (const json::Value* rtmrs = expected.find("rtmrs")) {
    // The log counts measurement registers from 1; 0 is the build-time one.
    for (auto& [index, value] : read_registers(*rtmrs)) {
      out.registers[HashAlg::sha384].emplace(index + 1, std::move(value));
    }
  }
  return out;
}

/// Every event log of the captured vectors, except those beside captured quotes.
inline std::vector<LogCase> read_log_cases() {
  std::vector<LogCase> out;
  const std::filesystem::path root = vectors().parent_path();
  for (const auto& entry : std::filesystem::directory_iterator(root / "eventlog")) {
    const json::Value file = read_json(entry.path() / "case.json");
    out.push_back(from_eventlog(
        {.id = entry.path().filename(), .log = read_file(entry.path() / "event_log.bin")},
        *file.find("expected")));
  }
  for (const auto& entry : std::filesystem::directory_iterator(root / "measure")) {
    for (const std::string_view name : {"eventlog.bin", "ccel.bin"}) {
      if (std::filesystem::exists(entry.path() / name)) {
        const json::Value file = read_json(entry.path() / "case.json");
        out.push_back(
            from_measure({.id = entry.path().filename(), .log = read_file(entry.path() / name)},
                         *file.find("expected")));
      }
    }
  }
  return out;
}

inline const std::vector<LogCase>& log_cases() {
  static const std::vector<LogCase> cases = read_log_cases();
  return cases;
}

inline const LogCase& log_case(std::string_view id) {
  for (const LogCase& found : log_cases()) {
    if (found.id == id) {
      return found;
    }
  }
  throw std::runtime_error("no such case: " + std::string(id));
}

// ---- crafted logs -------------------------------------------------------------------------------

constexpr std::uint16_t kSha1 = 0x0004;
constexpr std::uint16_t kSha256 = 0x000b;
constexpr std::uint16_t kSha384 = 0x000c;

/// Little-endian bytes.
class LogWriter {
 public:
  LogWriter& u8(std::uint64_t v) { return le(v, 1); }
  LogWriter& u16(std::uint64_t v) { return le(v, 2); }
  LogWriter& u32(std::uint64_t v) { return le(v, 4); }
  LogWriter& raw(Bytes bytes) {
    out_.insert(out_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  LogWriter& text(std::string_view text) { return raw(as_bytes(text)); }
  const ByteVector& bytes() const { return out_; }

 private:
  LogWriter& le(std::uint64_t v, unsigned size) {
    for (unsigned i = 0; i < size; ++i) {
      out_.push_back(static_cast<std::uint8_t>(v >> (8 * i)));
    }
    return *this;
  }
  ByteVector out_;
};

inline ByteVector text_bytes(std::string_view text) {
  return to_vector(as_bytes(text));
}

/// The header event of a crypto-agile log; every member has a value that is accepted.
struct HeaderSpec {
  std::uint32_t pcr = 0;
  std::uint8_t first_digest_byte = 0;
  std::uint8_t minor = 0;
  std::uint8_t major = 2;
  std::vector<SpecIdAlg> algorithms{{kSha1, 20}, {kSha256, 32}};
  std::uint8_t vendor_size = 0;
  ByteVector vendor_info{};

  ByteVector data() const {
    LogWriter w;
    w.text(std::string_view("Spec ID Event03\0", 16)).u32(0).u8(minor).u8(major).u8(0).u8(2);
    w.u32(algorithms.size());
    for (const SpecIdAlg& listed : algorithms) {
      w.u16(listed.alg).u16(listed.digest_size);
    }
    return w.u8(vendor_size).raw(vendor_info).bytes();
  }
  ByteVector build() const {
    const ByteVector event = data();
    LogWriter w;
    w.u32(pcr).u32(kEvNoAction).u8(first_digest_byte).raw(ByteVector(19, 0)).u32(event.size());
    return w.raw(event).bytes();
  }
};

inline ByteVector record(const Event& event) {
  LogWriter w;
  w.u32(event.pcr).u32(event.type).u32(event.digests.size());
  for (const EventDigest& digest : event.digests) {
    w.u16(digest.alg).raw(digest.digest);
  }
  return w.u32(event.data.size()).raw(event.data).bytes();
}

inline ByteVector legacy_record(std::uint32_t pcr, std::uint32_t type, Bytes data) {
  LogWriter w;
  w.u32(pcr).u32(type).raw(digest(EVP_sha1(), data)).u32(data.size());
  return w.raw(data).bytes();
}

/// An event in SHA-1 and SHA-256 whose digests are of `hashed`, or of its data.
inline Event event(std::uint32_t pcr, std::uint32_t type, const ByteVector& data,
                   const std::optional<ByteVector>& hashed = std::nullopt) {
  const ByteVector& input = hashed ? *hashed : data;
  Event out;
  out.pcr = pcr;
  out.type = type;
  out.digests = {{kSha1, digest(EVP_sha1(), input)}, {kSha256, digest(EVP_sha256(), input)}};
  out.data = data;
  return out;
}

inline ByteVector log_of(const std::vector<Event>& events, const HeaderSpec& header = {}) {
  LogWriter w;
  w.raw(header.build());
  for (const Event& each : events) {
    w.raw(record(each));
  }
  return w.bytes();
}

inline EventLog parsed(Bytes bytes) {
  auto log = parse_event_log(bytes);
  if (!log) {
    throw std::runtime_error(to_string(log.error()));
  }
  return std::move(log).value();
}

// ---- quotes -------------------------------------------------------------------------------------

/// A verified quote of these registers, signed by a key of the test.
inline Verified<Quote> quote_of(const Banks& banks) {
  QuoteSpec spec;
  spec.attest.pcr_select.clear();
  spec.values.clear();
  for (const auto& [bank, registers] : banks) {
    PcrSelection selection{bank, {}};
    for (const auto& [index, value] : registers) {
      selection.indices.push_back(index);
      spec.values.push_back(value);
    }
    spec.attest.pcr_select.push_back(std::move(selection));
  }
  const Key& key = Key::rsa();
  const VerifyContext context{UnixTime(Authority::kNow), TrustAnchors({})};
  return verify(spec.signed_by(key), AkTrust::from_public_key("test", key.spki()).value(), {},
                context)
      .value();
}

/// The same for registers computed without the library.
inline Registers extended(const std::vector<Event>& events, std::uint16_t alg) {
  Registers out;
  for (const Event& each : events) {
    if (each.type == kEvNoAction) {
      continue;
    }
    const EVP_MD* hash = md(static_cast<HashAlg>(alg));
    ByteVector& value = out[each.pcr];
    value.resize(static_cast<std::size_t>(EVP_MD_get_size(hash)));
    for (const EventDigest& d : each.digests) {
      if (d.alg == alg) {
        value.insert(value.end(), d.digest.begin(), d.digest.end());
      }
    }
    value = digest(hash, value);
  }
  return out;
}

/// A captured quote beside its event log.
struct CapturedQuote {
  Verified<Quote> quote;
  ByteVector log;
};

inline CapturedQuote captured_quote(const std::filesystem::path& folder) {
  const ByteVector message = read_file(folder / "quote.msg");
  const ByteVector signature = read_file(folder / "quote.sig");
  const bool bare = signature.size() == 256;
  Quote quote{
      .message = message,
      .signature_bytes = signature,
      .attest = parse_attest(message).value(),
      .signature = (bare ? bare_rsassa_sha256(signature) : parse_signature(signature)).value(),
      .pcrs = {},
      .ak = {}};
  const json::Value registers = read_json(folder / "pcrs.json");
  PcrValues values;
  for (const PcrSelection& selection : quote.attest.pcr_select) {
    const json::Value* bank = registers.find(to_string(selection.bank));
    for (const unsigned index : selection.indices) {
      values.digests.push_back(hex(*bank->find(std::to_string(index))->string()));
    }
  }
  quote.pcrs = std::move(values);
  const ByteVector pem = read_file(folder / "ak_pub.pem");
  constexpr std::string_view kLabels[] = {"PUBLIC KEY"};
  const auto blocks = pem::parse(as_text(pem), kLabels, "test").value();
  const VerifyContext context{UnixTime(Authority::kNow), TrustAnchors({})};
  return {verify(std::move(quote), AkTrust::from_public_key("captured", blocks.front().der).value(),
                 {}, context)
              .value(),
          read_file(folder / "event_log.bin")};
}

}  // namespace cupel::tpm::test
