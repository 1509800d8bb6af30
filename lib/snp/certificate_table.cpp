// The certificate table that the host puts behind a report (extended guest request).
#include <array>

#include "base/hex.hpp"
#include "base/reader.hpp"
#include "codec/pem.hpp"
#include "snp/evidence.hpp"

namespace cupel::snp {
namespace {

constexpr std::string_view kWhere = "snp.certificate_table";
constexpr std::size_t kMaxSize = 64U << 10U;
constexpr std::size_t kMaxEntries = 16;
constexpr std::size_t kEntrySize = 24;

enum class Kind { certificate, crl, other };

struct Known {
  std::string_view guid;  // RFC 4122 byte order, as printed
  Kind kind;
};

// AMD 56421 (GHCB) 2.03, 4.1.8.1; the last two are Google's and go-sev-guest's own.
constexpr std::array kKnown = {
    Known{"63da758de6644564adc5f4b93be8accd", Kind::certificate},  // VCEK
    Known{"a8074bc2a25a483eaae639c045a0b8a1", Kind::certificate},  // VLEK
    Known{"4ab7b379bbac4fe4a02f05aef327c782", Kind::certificate},  // ASK, ASVK
    Known{"c0b406a4a803495297433fb6014cd0ae", Kind::certificate},  // ARK
    Known{"92f81bc358114d3d97ffd19f88dc67ea", Kind::crl},
    Known{"9f4116cdc5034f5a8f6ffb68882f4ce2", Kind::other},  // launch endorsement of the firmware
    Known{"ecae0c0f950243b1afa20ae2e0d565b6", Kind::other},  // extra platform information
};

struct Entry {
  std::string guid;
  std::size_t offset;
  std::size_t length;
  bool used = true;
};

Result<std::vector<Entry>> entries(Bytes in, std::size_t& header) {
  ByteReader r(in, kWhere);
  std::vector<Entry> out;
  for (;;) {
    const auto guid = r.bytes<16>("guid");
    const std::uint32_t offset = r.u32le("offset");
    const std::uint32_t length = r.u32le("length");
    CUPEL_TRY([[maybe_unused]] auto fine, r.status());
    if (guid == std::array<std::uint8_t, 16>{}) {
      if (offset != 0 || length != 0) {
        r.fail(Code::reserved_not_zero, "end");
        return r.status().error();
      }
      header = (out.size() + 1) * kEntrySize;
      return out;
    }
    if (out.size() == kMaxEntries) {
      r.fail(Code::too_large, "guid", "more than 16 entries");
      return r.status().error();
    }
    out.push_back({to_hex(guid), offset, length});
    for (std::size_t i = 0; i + 1 < out.size(); ++i) {
      if (out[i].guid == out.back().guid) {
        r.fail(Code::duplicate_field, "guid");
        return r.status().error();
      }
    }
  }
}

Error refused(Code code, std::string_view field, std::size_t offset, std::string detail) {
  return {code, std::string(kWhere) + "." + std::string(field), offset, std::move(detail), {}};
}

Result<Unit> add(CertificateTable& out, Kind kind, Bytes content) {
  const std::string where = std::string(kWhere) + ".entry";
  if (kind == Kind::certificate && pem::looks_like(content)) {
    CUPEL_TRY(auto ders, pem::parse_certificates(as_text(content), where));
    for (ByteVector& der : ders) {
      out.certificates.push_back(std::move(der));
    }
  } else if (kind == Kind::certificate) {
    out.certificates.push_back(to_vector(content));
  } else if (kind == Kind::crl) {
    out.crls.push_back(to_vector(content));
  }
  return Unit{};
}

}  // namespace

Result<CertificateTable> parse_certificate_table(Bytes in) {
  if (in.size() > kMaxSize) {
    return refused(Code::too_large, "size", kNoOffset, "more than 64 KiB");
  }
  std::size_t header = 0;
  CUPEL_TRY(const std::vector<Entry> list, entries(in, header));
  CertificateTable out;
  std::vector<bool> used(in.size(), false);
  std::fill_n(used.begin(), header, true);
  for (const Entry& entry : list) {
    // No sum of two lengths from the input: it could wrap.
    if (entry.offset > in.size() || entry.length > in.size() - entry.offset || entry.length == 0) {
      return refused(Code::out_of_range, "offset", kNoOffset, "an entry outside of the table");
    }
    for (std::size_t i = entry.offset; i < entry.offset + entry.length; ++i) {
      if (used[i]) {
        return refused(Code::out_of_range, "offset", i, "entries overlap");
      }
      used[i] = true;
    }
    const auto known = std::find_if(kKnown.begin(), kKnown.end(),
                                    [&](const Known& k) { return k.guid == entry.guid; });
    // An unknown entry helps nothing and hurts nothing: whatever is in it is not used.
    const Kind kind = known != kKnown.end() ? known->kind : Kind::other;
    CUPEL_TRY([[maybe_unused]] auto added, add(out, kind, in.subspan(entry.offset, entry.length)));
  }
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (!used[i] && in[i] != 0) {
      return refused(Code::reserved_not_zero, "padding", i, "a byte that no entry covers");
    }
  }
  return out;
}

}  // namespace cupel::snp
