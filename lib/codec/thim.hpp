// The JSON in which Azure's host cache (THIM) hands out the certificates of an AMD processor.
#pragma once

#include <cupel/bytes.hpp>
#include <cupel/result.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace cupel::thim {

struct Certificates {
  std::vector<ByteVector> ders;  ///< as they stand: the processor's, then its authorities'
  std::string tcbm;              ///< 16 hex digits, most significant byte first; a hint
};

/// Whether the text starts like such a document. A hint: parse decides.
bool looks_like(Bytes text);

/// Members: vcekCert, tcbm, certificateChain, and optionally cacheControl; nothing else.
/// Errors: those of json and pem; bad_length, bad_encoding for tcbm, at `where`.
Result<Certificates> parse(std::string_view text, std::string_view where);

}  // namespace cupel::thim
