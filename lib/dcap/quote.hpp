// Reading the parts that every quote has.
#pragma once

#include <cupel/dcap.hpp>

#include "base/reader.hpp"

namespace cupel::dcap {

inline constexpr std::size_t kSgxReportSize = 384;
inline constexpr std::size_t kTdReport10Size = 584;
inline constexpr std::size_t kTdReport15Size = 648;
inline constexpr std::uint32_t kTeeSgx = 0;
inline constexpr std::uint32_t kTeeTdx = 0x81;

/// The body of a quote, by its size in the version's table.
enum class BodyType : std::uint16_t { sgx = 1, td_10 = 2, td_15 = 3 };

/// A quote cut at its joints. Views into the input.
struct Parts {
  Header header;
  BodyType body_type;
  Bytes body;
  std::size_t body_offset;
  Bytes signed_bytes;  ///< header, body and (v5) what names the body
  SignatureData signature;
};

/// Errors: those of sgx::parse and tdx::parse, but for the body's fields.
Result<Parts> parse_parts(Bytes in);

/// One report of exactly 384 bytes; `base` is its offset in the quote.
Result<SgxReport> parse_sgx_report(Bytes in, std::string_view where, std::size_t base);

}  // namespace cupel::dcap
