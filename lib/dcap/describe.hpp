// The fields that SGX and TDX quotes share, for people who look at a document.
#pragma once

#include "codec/json.hpp"
#include "crypto/x509.hpp"
#include "dcap/quote.hpp"

namespace cupel::dcap {

json::Value describe_certificate(const crypto::Certificate& certificate);
json::Object describe_report(const SgxReport& report);
/// header and signature; nothing in it is authentic.
void describe_parts(json::Object& out, const Header& header, const SignatureData& data);

}  // namespace cupel::dcap
