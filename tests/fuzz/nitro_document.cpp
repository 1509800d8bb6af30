// Target: cupel::nitro::parse, describe, needed, evaluate     Max input: 32 KiB
// Seeds: evidence of tests/vectors/nitro
// Property: a second reading of envelope and payload finds the same fields, and none besides; what
// is accepted keeps the CDDL's limits and its bytes; all readers agree on what is a document;
// nothing that was not signed is authentic.
#include <cupel/evidence.hpp>
#include <cupel/nitro.hpp>

#include "second_cbor.hpp"

namespace {

using namespace cupel;  // NOLINT(google-build-using-namespace): a fuzz target
using fuzz::Item;
using fuzz::must;
using fuzz::same;

constexpr std::size_t kMaxField = 1024;

void check_optional(const Item& payload, std::string_view key,
                    const std::optional<ByteVector>& field) {
  const auto found = payload.find(key);
  must(field.has_value() == (found && !found->is_null()));
  must(!field || (same(*field, found->bytes()) && field->size() <= kMaxField));
}

void check_pcrs(const Item& payload, const nitro::Document& document) {
  const bool enclave = document.kind == nitro::Kind::enclave;
  must(!payload.find(enclave ? "nitrotpm_pcrs" : "pcrs"));
  const std::vector<Item> pcrs = payload.find(enclave ? "pcrs" : "nitrotpm_pcrs").value().items();
  must(!pcrs.empty() && pcrs.size() == 2 * document.pcrs.size());
  for (std::size_t i = 0; i < pcrs.size(); i += 2) {
    const auto here = document.pcrs.find(static_cast<unsigned>(pcrs[i].number()));
    must(here != document.pcrs.end() && same(here->second, pcrs[i + 1].bytes()));
    const std::size_t size = here->second.size();
    must(here->first < nitro::kPcrCount && (size == 32 || size == 48 || size == 64));
  }
}

void check_fields(Bytes in, const nitro::Document& document) {
  const fuzz::Sign1 message(in);
  must(message.header().find(1)->major() == 1 && message.header().find(1)->argument() == 34);
  must(message.parts[1].items().empty() && message.parts[3].bytes().size() == 96);
  const Item payload(message.payload(), 0);
  must(payload.end() == message.payload().size());
  must(payload.find("module_id").value().text() == document.module_id);
  must(!document.module_id.empty() && payload.find("digest").value().text() == "SHA384");
  must(payload.find("timestamp").value().number() == document.timestamp_ms);
  must(document.timestamp_ms != 0);
  must(same(payload.find("certificate").value().bytes(), document.certificate));
  const std::vector<Item> bundle = payload.find("cabundle").value().items();
  must(!bundle.empty() && bundle.size() == document.cabundle.size());
  for (std::size_t i = 0; i < bundle.size(); ++i) {
    must(same(bundle[i].bytes(), document.cabundle[i]));
  }
  check_pcrs(payload, document);
  std::size_t members = 6;
  for (const auto& [key, field] : {std::pair{"public_key", &document.public_key},
                                   {"user_data", &document.user_data},
                                   {"nonce", &document.nonce}}) {
    check_optional(payload, key, *field);
    members += payload.find(key) ? 1U : 0U;
  }
  must(payload.items().size() == 2 * members);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes in(data, size);
  const auto document = nitro::parse(in);
  must(document.ok() == describe("nitro", in).ok());
  // A time at which no certificate of the seeds is valid, and roots that are not theirs.
  const VerifyContext context{UnixTime(0), nitro::vendor_anchors()};
  must(!nitro::evaluate(in, {}, context).ok());
  if (!document) {
    must(document.error().code != Code::internal && !document.error().check.empty());
    return 0;
  }
  (void)nitro::needed(*document);
  must(same(document->raw, in));
  check_fields(in, *document);
  return 0;
}
