// Target: cupel::dcap::parse_tcb_info, parse_qe_identity     Max input: 1 MiB     Seeds: collateral
// of tests/vectors
// Property: the signed text stands in the document, and by itself, in an envelope made anew, reads
// the same; levels come out strictly descending, whatever order they came in.
#include <algorithm>
#include <tuple>

#include "base/hex.hpp"
#include "dcap/tcb_info.hpp"

namespace {

using namespace cupel;  // NOLINT(google-build-using-namespace): a fuzz target

void must(bool holds) {
  if (!holds) {
    __builtin_trap();
  }
}

std::string enveloped(std::string_view member, const dcap::SignedText& text) {
  return "{\"signature\":\"" + to_hex(text.signature) + "\",\"" + std::string(member) +
         "\":" + std::string(as_text(text.text)) + "}";
}

template <class Document, class Parse>
void check(std::string_view in, std::string_view member, Parse parse) {
  const Result<Document> document = parse(in);
  if (!document) {
    must(document.error().code != Code::internal);
    return;
  }
  must(in.find(as_text(document->signed_text.text)) != std::string_view::npos);
  const Result<Document> again = parse(enveloped(member, document->signed_text));
  must(again.ok() && again->signed_text.text == document->signed_text.text &&
       again->signed_text.sha256 == document->signed_text.sha256 &&
       again->levels.size() == document->levels.size() && !document->levels.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view in = as_text(Bytes(data, size));
  check<dcap::TcbInfo>(in, "tcbInfo", dcap::parse_tcb_info);
  check<dcap::QeIdentity>(in, "enclaveIdentity", dcap::parse_qe_identity);
  if (const auto info = dcap::parse_tcb_info(in)) {
    const auto order = [](const dcap::TcbLevel& level) {
      return std::tuple(level.sgx, level.pce_svn, level.tdx);
    };
    for (std::size_t i = 1; i < info->levels.size(); ++i) {
      must(order(info->levels[i - 1]) > order(info->levels[i]));
    }
  }
  return 0;
}
