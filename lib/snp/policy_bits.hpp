// Names of single bits, used for claims and for describe().
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace cupel::snp {

struct NamedBit {
  unsigned bit;
  std::string_view name;
  std::string_view meaning;
};

// AMD 56860 1.58, Table 9 (guest policy). Bits 0 to 15 are the ABI version, bit 17 must be one.
inline constexpr unsigned kPolicyMustBeOne = 17;
inline constexpr unsigned kPolicyDebug = 19;
inline constexpr std::array kPolicyBits = {
    NamedBit{16, "smt", "the guest may run where threads share a core"},
    NamedBit{18, "migrate_ma", "a migration agent may be bound to the guest"},
    NamedBit{kPolicyDebug, "debug", "the host may decrypt the guest's memory for debugging"},
    NamedBit{20, "single_socket", "the guest runs on one socket only"},
    NamedBit{21, "cxl_allow", "CXL devices and memory may be used"},
    NamedBit{22, "mem_aes_256_xts", "memory encryption must be AES-256-XTS"},
    NamedBit{23, "rapl_dis", "power measurement (RAPL) must be off"},
    NamedBit{24, "ciphertext_hiding_dram", "the host must not see the guest's ciphertext"},
    NamedBit{25, "page_swap_disable", "the host may not swap or move the guest's pages"},
};
/// Bits that no document read here names.
inline constexpr std::uint64_t kPolicyReserved = ~std::uint64_t{0x3ffffff};

// AMD 56860 1.58, Table 24 (PLATFORM_INFO). Turin sets bit 6, which it does not name.
inline constexpr unsigned kAliasCheckComplete = 5;
inline constexpr std::array kPlatformBits = {
    NamedBit{0, "smt_en", "threads share cores on this machine"},
    NamedBit{1, "tsme_en", "all memory is encrypted with one transparent key"},
    NamedBit{2, "ecc_en", "memory has error correction"},
    NamedBit{3, "rapl_dis", "power measurement (RAPL) is off"},
    NamedBit{4, "ciphertext_hiding_dram_en", "the host cannot see guests' ciphertext"},
    NamedBit{kAliasCheckComplete, "alias_check_complete",
             "memory addresses were checked for aliases since the last reset (CVE-2024-21944)"},
    NamedBit{7, "tio_en", "trusted I/O is on"},
};

constexpr bool bit_of(std::uint64_t value, unsigned bit) noexcept {
  return ((value >> bit) & 1U) != 0;
}

}  // namespace cupel::snp
