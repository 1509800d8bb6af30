// Which family evidence is of, and what it looks like when it is of none.
#include <cupel/dcap.hpp>
#include <cupel/evidence.hpp>
#include <cupel/tpm.hpp>
#include <cupel/uvm.hpp>

#include "base/base64.hpp"
#include "base/hex.hpp"
#include "cli/common.hpp"

namespace cupel::cli {
namespace {

std::string without_white_space(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
      out.push_back(c);
    }
  }
  return out;
}

// The family of what a text encodes; empty when it encodes nothing that is known.
std::string family_in(const Result<ByteVector>& decoded) {
  const auto family = decoded ? recognise(*decoded) : Result<std::string_view>(decoded.error());
  return family ? std::string(*family) : "";
}

// Only what costs next to nothing is tried.
std::string looks_of(Bytes evidence) {
  if (tpm::parse_attest(evidence)) {
    return "it is what a TPM signed (TPMS_ATTEST) without the signature: `cupel bundle tpm "
           "--message FILE --signature FILE` makes evidence of both";
  }
  const std::string text = without_white_space(as_text(evidence));
  if (text.starts_with('{') || text.starts_with('[')) {
    const auto document = json::parse(as_text(evidence), "evidence");
    if (document) {
      return "it is JSON, but of no kind that is known";
    }
    return document.error().code == Code::truncated
               ? "it begins like JSON and ends in the middle: it was cut off"
               : "it begins like JSON, but is none: " + to_string(document.error());
  }
  if (const std::string family = family_in(from_hex(text, "evidence")); !family.empty()) {
    return "it is " + family + " evidence in hexadecimal: `xxd -r -p FILE` decodes it";
  }
  if (const std::string family = family_in(from_base64(text, "evidence")); !family.empty()) {
    return "it is " + family + " evidence in base64: `base64 -d FILE` decodes it";
  }
  if (const std::string family = family_in(from_base64url(text, "evidence")); !family.empty()) {
    return "it is " + family +
           " evidence in base64url: `basenc -d --base64url FILE` decodes it, after padding with =";
  }
  return "";
}

}  // namespace

Result<std::string> family_of(const TrustOptions& options, Bytes evidence) {
  if (!options.family.empty()) {
    return options.family;
  }
  if (uvm::looks_like(evidence)) {
    return Error{Code::bad_encoding, "evidence", kNoOffset,
                 "is a UVM endorsement, and no evidence of anything that runs: see `cupel uvm`"};
  }
  const auto found = recognise(evidence);
  if (found) {
    return std::string(*found);
  }
  Error error = found.error();
  if (error.code == Code::bad_encoding && !evidence.empty()) {
    const std::string looks = looks_of(evidence);
    error.detail += looks.empty() ? "" : "; " + looks;
  }
  return error;
}

std::string advice(std::string_view family, Bytes evidence, const Error& error) {
  if (family == "tdx" && error.code == Code::trailing_bytes && dcap::trim_zero_padding(evidence)) {
    return "There are only zeros behind the quote, as some drivers write: `cupel bundle tdx "
           "--quote "
           "FILE --trim-zero-padding` makes evidence of it.";
  }
  return "";
}

}  // namespace cupel::cli
