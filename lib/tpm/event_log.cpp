// Reads TCG event logs: TCG PC Client Platform Firmware Profile (PFP) 1.06, chapter 10. All
// integers are little-endian.
#include "tpm/event_log.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>
#include <utility>

#include "base/hex.hpp"
#include "base/reader.hpp"
#include "tpm/names.hpp"

namespace cupel::tpm {
namespace {

constexpr std::string_view kWhere = "tpm.event_log";
constexpr std::string_view kRecord = "tpm.event_log.event";
constexpr std::size_t kMaxSize = std::size_t{1} << 20U;
constexpr std::size_t kMaxEvents = 65'536;
// TCG_PCClientPCREvent without data: pcrIndex, eventType, digest[20], eventSize.
constexpr std::size_t kLegacyHeader = 32;
// TCG_PCR_EVENT2 without data and with one digest of one byte, the shortest record there is.
constexpr std::size_t kShortestRecord = 19;
static_assert(kMaxSize / kShortestRecord < kMaxEvents, "the size bounds the number of events");
constexpr std::size_t kSha1Size = 20;
constexpr std::uint32_t kNoRegister = 0xffffffff;
constexpr std::size_t kMaxAlgorithms = 16;
constexpr std::uint16_t kMaxUnknownDigest = 128;
constexpr std::string_view kSpecId{"Spec ID Event03\0", 16};
constexpr std::string_view kLocality{"StartupLocality\0", 16};

bool starts_with(Bytes bytes, std::string_view text) {
  return as_text(bytes).substr(0, text.size()) == text;
}

bool all_ones(Bytes bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t b) { return b == 0xff; });
}

Error error(Code code, std::string_view field, std::size_t offset, std::string detail) {
  return {.code = code,
          .where = std::string(kWhere) + std::string(field),
          .offset = offset,
          .detail = std::move(detail)};
}

class Parser {
 public:
  explicit Parser(Bytes in) : in_(in), reader_(in, kRecord) {}

  Result<EventLog> run() {
    CUPEL_TRY(Event first, record(/*agile=*/false));
    if (first.type == kEvNoAction && starts_with(first.data, kSpecId)) {
      CUPEL_TRY(std::ignore, spec_id(first));
    } else {
      log_.algorithms = {{static_cast<std::uint16_t>(HashAlg::sha1), kSha1Size}};
      CUPEL_TRY(std::ignore, add(std::move(first)));
    }
    while (reader_.remaining() > 0 && !at_end()) {
      CUPEL_TRY(Event event, record(log_.crypto_agile));
      CUPEL_TRY(std::ignore, add(std::move(event)));
    }
    log_.used = reader_.offset();
    CUPEL_TRY(std::ignore, tail());
    log_.raw = to_vector(in_);
    return std::move(log_);
  }

 private:
  // PFP 10.2.1 (legacy form, and the first record of every log) and 10.2.2 (TCG_PCR_EVENT2).
  Result<Event> record(bool agile, std::uint32_t highest_register = kPcrCount - 1) {
    Event event;
    event.offset = reader_.offset();
    event.pcr = reader_.u32le("pcr_index");
    if (event.pcr > highest_register) {
      return error(Code::out_of_range, ".event.pcr_index", event.offset,
                   "register " + std::to_string(event.pcr) + " does not exist");
    }
    event.type = reader_.u32le("event_type");
    if (agile) {
      digests(event);
    } else {
      event.digests.push_back({static_cast<std::uint16_t>(HashAlg::sha1),
                               to_vector(reader_.view(kSha1Size, "digest"))});
    }
    const std::uint32_t size = reader_.u32le("event_size");
    if (size > kMaxSize) {
      reader_.fail(Code::out_of_range, "event_size", "larger than any log");
    }
    event.data = to_vector(reader_.view(size, "event"));
    CUPEL_TRY(std::ignore, reader_.status());
    return event;
  }

  // TPML_DIGEST_VALUES: any order, each algorithm of the header at most once.
  void digests(Event& event) {
    const std::uint32_t given = reader_.u32le("digest_count");
    const std::size_t count =
        reader_.count(given, "digest_count", log_.algorithms.size(), sizeof(std::uint16_t));
    if (reader_.ok() && count == 0) {
      reader_.fail(Code::out_of_range, "digest_count", "an event without a digest");
    }
    for (std::size_t i = 0; i < count && reader_.ok(); ++i) {
      const std::uint16_t alg = reader_.u16le("alg");
      const auto listed = std::ranges::find(log_.algorithms, alg, &SpecIdAlg::alg);
      if (reader_.ok() && listed == log_.algorithms.end()) {
        reader_.fail(Code::unsupported_algorithm, "alg", "not one the log's header lists");
      }
      if (reader_.ok() &&
          std::ranges::find(event.digests, alg, &EventDigest::alg) != event.digests.end()) {
        reader_.fail(Code::duplicate_field, "alg", "two digests of one algorithm");
      }
      if (reader_.ok()) {
        event.digests.push_back({alg, to_vector(reader_.view(listed->digest_size, "digest"))});
      }
    }
  }

  // TCG_EfiSpecIDEvent (PFP 10.4.5.1).
  Result<Unit> spec_id(const Event& event) {
    // Register 0; logs of confidential VMs (CCEL) write 1.
    if (event.pcr > 1) {
      return error(Code::out_of_range, ".spec_id.pcr_index", event.offset, "");
    }
    if (std::ranges::any_of(event.digests.front().digest, [](auto b) { return b != 0; })) {
      return error(Code::reserved_not_zero, ".spec_id.digest", event.offset + 8, "");
    }
    ByteReader r(event.data, "tpm.event_log.spec_id", event.offset + kLegacyHeader);
    r.view(kSpecId.size(), "signature");
    r.u32le("platform_class");
    const std::uint8_t minor = r.u8("spec_version_minor");
    const std::uint8_t major = r.u8("spec_version_major");
    r.u8("spec_errata");
    r.u8("uintn_size");
    const std::uint32_t given = r.u32le("number_of_algorithms");
    const std::size_t count = r.count(given, "number_of_algorithms", kMaxAlgorithms, 4);
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint16_t alg = r.u16le("algorithm_id");
      const std::uint16_t size = r.u16le("digest_size");
      log_.algorithms.push_back({alg, size});
    }
    const std::uint8_t vendor_size = r.u8("vendor_info_size");
    CUPEL_TRY(std::ignore, r.status());
    if (major != 2 || minor != 0) {
      return error(Code::unsupported_version, ".spec_id.spec_version", r.offset(), "");
    }
    CUPEL_TRY(std::ignore, algorithms(event.offset));
    log_.crypto_agile = true;
    if (r.remaining() == 0 && vendor_size > 0) {
      return vendor_info_outside(vendor_size);
    }
    r.view(vendor_size, "vendor_info");
    return r.finish();
  }

  Result<Unit> algorithms(std::size_t offset) {
    if (log_.algorithms.empty()) {
      return error(Code::out_of_range, ".spec_id.number_of_algorithms", offset, "none is listed");
    }
    std::set<std::uint16_t> seen;
    for (const SpecIdAlg& listed : log_.algorithms) {
      if (!seen.insert(listed.alg).second) {
        return error(Code::duplicate_field, ".spec_id.algorithm_id", offset, "");
      }
      const std::optional<HashAlg> known = hash_alg_by_id(listed.alg);
      const bool fits = known ? listed.digest_size == digest_size(*known)
                              : listed.digest_size > 0 && listed.digest_size <= kMaxUnknownDigest;
      if (!fits) {
        return error(Code::bad_length, ".spec_id.digest_size", offset,
                     "algorithm " + std::to_string(listed.alg) + " has no digest of " +
                         std::to_string(listed.digest_size) + " bytes");
      }
      if (known && *known != HashAlg::sha1) {
        complete_.insert(listed.alg);
      }
    }
    has_more_than_sha1_ = !complete_.empty();
    return Unit{};
  }

  // One producer's event size leaves its vendor info out (lib/tpm/EVENT_LOG.md, deviations). What
  // would follow it is ambiguous, so nothing may.
  Result<Unit> vendor_info_outside(std::size_t vendor_size) {
    if (reader_.remaining() != vendor_size) {
      return error(Code::bad_length, ".spec_id.vendor_info_size", reader_.offset(),
                   "the event ends before its vendor info");
    }
    vendor_info_outside_ = true;
    return Unit{};
  }

  Result<Unit> add(Event event) {
    if (!extends(event)) {
      CUPEL_TRY(std::ignore, no_action(event));
    } else if (has_more_than_sha1_) {
      std::erase_if(complete_, [&](std::uint16_t alg) {
        return std::ranges::find(event.digests, alg, &EventDigest::alg) == event.digests.end();
      });
      if (complete_.empty()) {
        return error(Code::missing_field, ".event.digests", event.offset,
                     "from this event on no bank but SHA-1 can be replayed");
      }
    }
    log_.events.push_back(std::move(event));
    return Unit{};
  }

  // EV_NO_ACTION is as long or short as it likes, but what it says must not be said twice.
  Result<Unit> no_action(const Event& event) {
    if (log_.crypto_agile && starts_with(event.data, kSpecId)) {
      return error(Code::duplicate_field, ".spec_id", event.offset, "a second header");
    }
    if (!starts_with(event.data, kLocality)) {
      return Unit{};
    }
    // TCG_EfiStartupLocalityEvent (PFP 10.4.5.3)
    constexpr std::string_view kField = ".startup_locality";
    if (log_.startup_locality) {
      return error(Code::duplicate_field, kField, event.offset, "");
    }
    if (event.data.size() != kLocality.size() + 1) {
      return error(Code::bad_length, kField, event.offset, "");
    }
    const std::uint8_t locality = event.data.back();
    if (event.pcr != 0 || (locality != 0 && locality != 3 && locality != 4)) {
      return error(Code::out_of_range, kField, event.offset,
                   "a TPM is started from locality 0, 3 or 4, and PCR 0 shows it");
    }
    log_.startup_locality = locality;
    return Unit{};
  }

  // No register has an index of all ones.
  bool at_end() const {
    const Bytes rest = reader_.rest();
    return vendor_info_outside_ || all_ones(rest.first(std::min<std::size_t>(rest.size(), 4)));
  }

  // What may follow the last event: padding; or Windows' EV_NO_ACTION record for register
  // 0xffffffff (a signed summary of the log), which was extended nowhere, and padding.
  Result<Unit> tail() {
    if (vendor_info_outside_ || all_ones(reader_.rest())) {
      return Unit{};
    }
    const Result<Event> last = record(log_.crypto_agile, kNoRegister);
    if (last && last->type == kEvNoAction && all_ones(reader_.rest())) {
      return Unit{};
    }
    return error(Code::trailing_bytes, "", log_.used, "the log goes on after its last event");
  }

  Bytes in_;
  ByteReader reader_;
  EventLog log_;
  std::set<std::uint16_t> complete_;  // banks but SHA-1 that all extending events so far have
  bool has_more_than_sha1_ = false;
  bool vendor_info_outside_ = false;
};

struct TypeName {
  std::uint32_t type;
  std::string_view name;
};

// PFP 1.06, 10.4.1, Table 27.
constexpr std::array kTypeNames = {
    TypeName{0x00000000, "EV_PREBOOT_CERT"},
    TypeName{0x00000001, "EV_POST_CODE"},
    TypeName{0x00000002, "EV_UNUSED"},
    TypeName{kEvNoAction, "EV_NO_ACTION"},
    TypeName{kEvSeparator, "EV_SEPARATOR"},
    TypeName{0x00000005, "EV_ACTION"},
    TypeName{0x00000006, "EV_EVENT_TAG"},
    TypeName{0x00000007, "EV_S_CRTM_CONTENTS"},
    TypeName{0x00000008, "EV_S_CRTM_VERSION"},
    TypeName{0x00000009, "EV_CPU_MICROCODE"},
    TypeName{0x0000000a, "EV_PLATFORM_CONFIG_FLAGS"},
    TypeName{0x0000000b, "EV_TABLE_OF_DEVICES"},
    TypeName{0x0000000c, "EV_COMPACT_HASH"},
    TypeName{0x0000000d, "EV_IPL"},
    TypeName{0x0000000e, "EV_IPL_PARTITION_DATA"},
    TypeName{0x0000000f, "EV_NONHOST_CODE"},
    TypeName{0x00000010, "EV_NONHOST_CONFIG"},
    TypeName{0x00000011, "EV_NONHOST_INFO"},
    TypeName{0x00000012, "EV_OMIT_BOOT_DEVICE_EVENTS"},
    TypeName{0x00000013, "EV_POST_CODE2"},
    TypeName{0x80000000, "EV_EFI_EVENT_BASE"},
    TypeName{kEvEfiVariableDriverConfig, "EV_EFI_VARIABLE_DRIVER_CONFIG"},
    TypeName{0x80000002, "EV_EFI_VARIABLE_BOOT"},
    TypeName{kEvEfiBootServicesApplication, "EV_EFI_BOOT_SERVICES_APPLICATION"},
    TypeName{0x80000004, "EV_EFI_BOOT_SERVICES_DRIVER"},
    TypeName{0x80000005, "EV_EFI_RUNTIME_SERVICES_DRIVER"},
    TypeName{kEvEfiGptEvent, "EV_EFI_GPT_EVENT"},
    TypeName{kEvEfiAction, "EV_EFI_ACTION"},
    TypeName{0x80000008, "EV_EFI_PLATFORM_FIRMWARE_BLOB"},
    TypeName{0x80000009, "EV_EFI_HANDOFF_TABLES"},
    TypeName{0x8000000a, "EV_EFI_PLATFORM_FIRMWARE_BLOB2"},
    TypeName{0x8000000b, "EV_EFI_HANDOFF_TABLES2"},
    TypeName{0x8000000c, "EV_EFI_VARIABLE_BOOT2"},
    TypeName{0x8000000d, "EV_EFI_GPT_EVENT2"},
    TypeName{0x80000010, "EV_EFI_HCRTM_EVENT"},
    TypeName{0x800000e0, "EV_EFI_VARIABLE_AUTHORITY"},
    TypeName{0x800000e1, "EV_EFI_SPDM_FIRMWARE_BLOB"},
    TypeName{0x800000e2, "EV_EFI_SPDM_FIRMWARE_CONFIG"},
    TypeName{0x800000e3, "EV_EFI_SPDM_DEVICE_POLICY"},
    TypeName{0x800000e4, "EV_EFI_SPDM_DEVICE_AUTHORITY"},
};

}  // namespace

Result<EventLog> parse_event_log(Bytes in) {
  if (in.size() > kMaxSize) {
    return error(Code::too_large, "", kNoOffset, "more than 1 MiB");
  }
  if (all_ones(in)) {  // also when there is no byte at all
    return error(Code::truncated, "", 0,
                 "the event log is empty: this platform records none (Azure Trusted Launch gives "
                 "zero bytes), so only register values can be judged");
  }
  return Parser(in).run();
}

std::string event_type_name(std::uint32_t type) {
  const auto found = std::ranges::find(kTypeNames, type, &TypeName::type);
  if (found != kTypeNames.end()) {
    return std::string(found->name);
  }
  std::array<std::uint8_t, 4> big_endian{};
  for (std::size_t i = 0; i < big_endian.size(); ++i) {
    big_endian.at(i) = static_cast<std::uint8_t>(type >> (24U - 8U * i));
  }
  return "0x" + to_hex(big_endian);
}

}  // namespace cupel::tpm
