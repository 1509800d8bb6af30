// Target: cupel::uvm::parse, verify     Max input: 64 KiB
// Seeds: made by hand in seeds.py (structure only; nothing signed them)
// Property: a second reading of envelope, headers and payload finds the same fields; what is
// accepted keeps its bytes, and nothing that Microsoft did not sign is authentic.
#include <cupel/uvm.hpp>
#include <nlohmann/json.hpp>

#include "second_cbor.hpp"

namespace {

using namespace cupel;  // NOLINT(google-build-using-namespace): a fuzz target
using fuzz::Item;
using fuzz::must;
using fuzz::same;

constexpr std::int64_t kCwtClaims = 15;
constexpr std::int64_t kX5chain = 33;

void check_time(const std::optional<Item>& item, UnixTime time) {
  must(item && item->major() == 6 && item->argument() == 1);
  must(item->tagged().number() == static_cast<std::uint64_t>(time.seconds()));
}

void check_json(const fuzz::Sign1& message, const uvm::Endorsement& found) {
  const Item header = message.header();
  must(header.find("iss").value().text() == found.issuer);
  must(header.find("feed").value().text() == found.feed);
  check_time(header.find("signingtime"), found.signed_at);
  const auto payload = nlohmann::json::parse(as_text(message.payload()), nullptr, false);
  must(payload.is_object());
  const auto digest = payload.find("x-ms-sevsnpvm-launchmeasurement");
  must(digest != payload.end() && digest->is_string());
  must(same(fuzz::hex_digits(digest->get_ref<const std::string&>()), found.launch_measurement));
  const auto text = payload.find("x-ms-sevsnpvm-guestsvn");
  const auto number = payload.find("x-ms-sevsnpvm-guestsvn-int");
  must(found.svn.has_value() == (text != payload.end() || number != payload.end()));
  must(text == payload.end() || *text == std::to_string(*found.svn));
  must(number == payload.end() || *number == *found.svn);
}

void check_hash_envelope(const fuzz::Sign1& message, const Item& claims,
                         const uvm::Endorsement& found) {
  must(claims.find(1).value().text() == found.issuer);
  must(claims.find(2).value().text() == found.feed);
  check_time(claims.find(6), found.signed_at);
  must(found.svn && claims.find("svn").value().number() == *found.svn);
  must(same(message.payload(), found.launch_measurement));
}

void check_fields(Bytes in, const uvm::Endorsement& found) {
  const fuzz::Sign1 message(in);
  must(message.header().find(1).value().major() == 1);
  must(message.header().find(1).value().argument() == 37);  // PS384 is -38
  const auto claims = message.header().find(kCwtClaims);
  must((found.form == uvm::Form::hash_envelope) == claims.has_value());
  if (claims) {
    check_hash_envelope(message, *claims, found);
  } else {
    check_json(message, found);
  }
  const Item chain = message.header().find(kX5chain).value();
  const std::vector<Item> several = chain.major() == 2 ? std::vector<Item>{chain} : chain.items();
  must(!several.empty() && several.size() == found.certificates.size());
  for (std::size_t i = 0; i < several.size(); ++i) {
    must(same(several[i].bytes(), found.certificates[i]));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes in(data, size);
  const auto parsed = uvm::parse(in);
  if (!parsed) {
    must(parsed.error().code != Code::internal);
    return 0;
  }
  constexpr std::size_t kMeasurement = 48;
  must(same(parsed->raw, in) && parsed->launch_measurement.size() == kMeasurement &&
       !parsed->issuer.empty() && !parsed->feed.empty() && !parsed->certificates.empty() &&
       uvm::looks_like(in));
  check_fields(in, *parsed);
  // As if the issuer whom the message names were trusted: he is not, without his signature.
  const uvm::Trust trust{parsed->issuer, parsed->feed};
  const VerifyContext context{UnixTime(4000000000), TrustAnchors({})};
  for (const uvm::Trust& who : {trust, uvm::container_platform()}) {
    must(!uvm::verify(*parsed, who, context).ok());
  }
  return 0;
}
