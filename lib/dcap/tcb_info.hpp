// Intel's signed documents about patch levels, parsed strictly.
#pragma once

#include <array>
#include <cstdint>
#include <cupel/dcap.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/json.hpp"

namespace cupel::dcap {

/// A signed part of a document: the exact bytes that the signature is over, and the signature.
struct SignedText {
  ByteVector text;
  std::array<std::uint8_t, 64> signature{};  ///< r || s
  Sha256Digest sha256{};                     ///< of both: a name for this signature by some key
};

using Components = std::array<std::uint8_t, 16>;

/// One level of a TCB info.
struct TcbLevel {
  Components sgx{};
  std::uint16_t pce_svn = 0;
  std::optional<Components> tdx{};  ///< TDX only
  UnixTime tcb_date{0};
  std::optional<TcbStatus> status{};  ///< nothing for a word that is not known
  std::string status_text;
  std::vector<std::string> advisory_ids;
};

/// One level of an enclave's or a TDX module's identity.
struct SvnLevel {
  std::uint16_t isv_svn = 0;
  UnixTime tcb_date{0};
  std::optional<TcbStatus> status{};
  std::string status_text;
  std::vector<std::string> advisory_ids;
};

/// What a component stands for, in Intel's words: "BIOS", "Early Microcode Update".
struct ComponentName {
  std::string category;
  std::string type;
};

struct TdxModule {
  std::string id;  ///< "TDX_01"; empty for the one at the top
  std::array<std::uint8_t, 48> mrsigner{};
  std::array<std::uint8_t, 8> attributes{};
  std::array<std::uint8_t, 8> attributes_mask{};
  std::vector<SvnLevel> levels;  ///< highest first; empty for the one at the top
};

struct TcbInfo {
  SignedText signed_text;
  bool tdx = false;
  std::uint64_t version = 0;
  UnixTime issue_date{0};
  UnixTime next_update{0};
  std::array<std::uint8_t, 6> fmspc{};
  std::array<std::uint8_t, 2> pce_id{};
  std::uint32_t evaluation_data_number = 0;
  std::optional<TdxModule> module{};  ///< TDX only
  std::vector<TdxModule> identities;  ///< TDX only
  std::vector<TcbLevel> levels;       ///< highest first, whatever order they came in
  std::array<ComponentName, 16> sgx_names{};
  std::array<ComponentName, 16> tdx_names{};
};

enum class EnclaveId : std::uint8_t { qe, td_qe };

struct QeIdentity {
  SignedText signed_text;
  EnclaveId id = EnclaveId::qe;
  UnixTime issue_date{0};
  UnixTime next_update{0};
  std::uint32_t evaluation_data_number = 0;
  std::uint32_t misc_select = 0;
  std::uint32_t misc_select_mask = 0;
  std::array<std::uint8_t, 16> attributes{};
  std::array<std::uint8_t, 16> attributes_mask{};
  std::array<std::uint8_t, 32> mrsigner{};
  std::uint16_t isv_prod_id = 0;
  std::vector<SvnLevel> levels;  ///< highest first
};

inline constexpr std::string_view kTcbInfo = "dcap.tcb_info";
inline constexpr std::string_view kQeIdentity = "dcap.qe_identity";

/// The PCS answer {"tcbInfo": {…}, "signature": "…"}, versions 2 (SGX) and 3. At most 1 MiB.
/// Source: Intel SGX and TDX Provisioning Certification Service API v3 and v4, Get TCB Info.
/// Errors: those of strict JSON; unknown_field, missing_field, bad_encoding, bad_length,
/// out_of_range, duplicate_field, unsupported_version at "dcap.tcb_info.…".
Result<TcbInfo> parse_tcb_info(std::string_view document);

/// The PCS answer {"enclaveIdentity": {…}, "signature": "…"}, version 2.
/// Source: the same, Get Enclave Identity. Errors likewise at "dcap.qe_identity.…".
Result<QeIdentity> parse_qe_identity(std::string_view document);

// ---- what both readers share --------------------------------------------------------------------

struct SignedDocument {
  SignedText signed_text;
  json::Value body;
};

/// Takes {"<member>": {…}, "signature": "<128 hex>"} apart; nothing else may be in it.
Result<SignedDocument> parse_signed(std::string_view document, std::string_view member,
                                    std::string_view where);

/// "2025-06-06T12:30:47Z". Errors: bad_encoding, out_of_range.
UnixTime read_date(json::ObjectReader& reader, std::string_view key);
std::uint64_t read_number(json::ObjectReader& reader, std::string_view key, std::uint64_t max);
/// tcbDate, tcbStatus, advisoryIDs.
template <class Level>
void read_level(json::ObjectReader& reader, Level& level);
extern template void read_level(json::ObjectReader&, TcbLevel&);
extern template void read_level(json::ObjectReader&, SvnLevel&);
/// The member "tcbLevels" of an identity, sorted, each SVN once.
Result<std::vector<SvnLevel>> read_svn_levels(const json::Value* array, const std::string& where);

template <std::size_t N>
std::array<std::uint8_t, N> read_hex(json::ObjectReader& reader, std::string_view key) {
  std::array<std::uint8_t, N> out{};
  const ByteVector bytes = reader.hex(key);
  if (!reader.ok()) {
    return out;
  }
  if (bytes.size() != N) {
    reader.fail(Code::bad_length, key, std::to_string(bytes.size()) + " bytes");
    return out;
  }
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

}  // namespace cupel::dcap
