// Bytes to Endorsement, in both forms that are in use.
#include "uvm/endorsement.hpp"

#include <algorithm>
#include <charconv>

#include "base/hex.hpp"
#include "codec/json.hpp"
#include "crypto/digest.hpp"

namespace cupel::uvm {
namespace {

constexpr std::size_t kMeasurementSize = 48;
constexpr cose::Rules kRules{.max_size = kMaxEndorsementSize, .max_items = 128};
// RFC 9597 and RFC 8392: claims about the statement, and the hash envelope (draft-ietf-cose-hash-
// envelope).
constexpr std::int64_t kClaimIssuer = 1;
constexpr std::int64_t kClaimSubject = 2;
constexpr std::int64_t kClaimIssuedAt = 6;
constexpr std::int64_t kPayloadHashAlg = 258;
constexpr std::int64_t kPreimageContentType = 259;
constexpr std::int64_t kReceipts = 394;
constexpr std::int64_t kSha256 = -16;  // RFC 9054 table 1
constexpr std::int64_t kSha384 = -43;
constexpr std::uint64_t kEpochTime = 1;  // tag, RFC 8949 section 3.4.2

Error refused(Code code, std::string where, const cbor::Value& at, std::string detail) {
  return {code, std::move(where), at.offset(), std::move(detail)};
}

std::string name_of(const cbor::Value& label) {
  if (const auto number = label.integer()) {
    return std::to_string(*number);
  }
  const std::string* text = label.text();
  return text != nullptr && text->size() <= 32 ? *text : std::string("(label)");
}

// Refuses labels that are not among these.
Result<Unit> only(const cbor::Value& header, const std::string& where,
                  std::initializer_list<std::int64_t> numbers,
                  std::initializer_list<std::string_view> names) {
  for (const auto& [label, value] : *header.map()) {
    const auto number = label.integer();
    const bool known =
        (number && std::find(numbers.begin(), numbers.end(), *number) != numbers.end()) ||
        (label.text() != nullptr &&
         std::find(names.begin(), names.end(), std::string_view(*label.text())) != names.end());
    if (!known) {
      return refused(Code::unknown_field, where, label, "header " + name_of(label));
    }
  }
  return Unit{};
}

template <class Key>
Result<const cbor::Value*> required(const cbor::Value& map, Key key, const std::string& where) {
  const cbor::Value* found = map.find(key);
  if (found == nullptr) {
    return refused(Code::missing_field, where, map, "");
  }
  return found;
}

template <class Key>
Result<std::string> text_at(const cbor::Value& map, Key key, const std::string& where) {
  CUPEL_TRY(const cbor::Value* found, required(map, key, where));
  if (found->text() == nullptr || found->text()->empty()) {
    return refused(Code::bad_encoding, where, *found, "expected a text that is not empty");
  }
  return *found->text();
}

template <class Key>
Result<UnixTime> time_at(const cbor::Value& map, Key key, const std::string& where) {
  CUPEL_TRY(const cbor::Value* found, required(map, key, where));
  const cbor::Tagged* tagged = found->tagged();
  if (tagged == nullptr || tagged->number != kEpochTime ||
      tagged->content->unsigned_integer() == nullptr) {
    return refused(Code::bad_encoding, where, *found, "expected seconds since 1970, tagged 1");
  }
  const auto seconds = tagged->content->integer();
  if (!seconds) {
    return refused(Code::out_of_range, where, *found, "a time beyond 64 bits");
  }
  return UnixTime(*seconds);
}

// x5t names the signer's certificate a second time; two names for one thing must agree.
Result<Unit> check_thumbprint(const cose::Sign1& message, const ByteVector& certificate) {
  const std::string where = "uvm.x5t";
  const cbor::Value* found = message.protected_header.find(cose::kX5t);
  if (found == nullptr) {
    return Unit{};
  }
  const cbor::Array* pair = found->array();
  if (pair == nullptr || pair->size() != 2 || (*pair)[1].bytes() == nullptr) {
    return refused(Code::bad_encoding, where, *found, "expected a hash and its algorithm");
  }
  if ((*pair)[0].integer() != kSha256) {
    return refused(Code::unsupported_algorithm, where, *found, "is not SHA-256");
  }
  if (!crypto::equal(*(*pair)[1].bytes(), crypto::sha256(certificate))) {
    return refused(Code::digest_mismatch, where, *found, "is not of the first certificate");
  }
  return Unit{};
}

Result<std::uint64_t> decimal(const std::string& text, const std::string& where) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool canonical = text == "0" || (!text.empty() && text.front() != '0');
  if (error != std::errc{} || end != text.data() + text.size() || !canonical) {
    return Error{Code::bad_encoding, where, kNoOffset, "is no decimal number"};
  }
  return value;
}

// The payload of the older form.
Result<Unit> read_json(const cose::Sign1& message, Endorsement& out) {
  CUPEL_TRY(const std::string type,
            text_at(message.protected_header, cose::kContentType, "uvm.content_type"));
  if (type != "application/json") {
    return Error{Code::bad_encoding, "uvm.content_type", kNoOffset, "is not application/json"};
  }
  CUPEL_TRY(out.issuer, text_at(message.protected_header, "iss", "uvm.iss"));
  CUPEL_TRY(out.feed, text_at(message.protected_header, "feed", "uvm.feed"));
  CUPEL_TRY(out.signed_at, time_at(message.protected_header, "signingtime", "uvm.signingtime"));
  CUPEL_TRY(const json::Value document, json::parse(as_text(message.payload), "uvm.payload",
                                                    {.max_size = 4096, .max_depth = 2}));
  json::ObjectReader reader(document, "uvm.payload");
  out.launch_measurement = reader.hex("x-ms-sevsnpvm-launchmeasurement");
  const auto text = reader.optional_string("x-ms-sevsnpvm-guestsvn");
  constexpr std::string_view kNumber = "x-ms-sevsnpvm-guestsvn-int";
  if (reader.has(kNumber)) {
    out.svn = reader.unsigned_integer(kNumber);
  }
  CUPEL_TRY([[maybe_unused]] auto complete, reader.finish());
  if (text) {
    const std::string where = reader.path("x-ms-sevsnpvm-guestsvn");
    CUPEL_TRY(const std::uint64_t svn, decimal(*text, where));
    if (out.svn && *out.svn != svn) {
      return Error{Code::duplicate_field, where, kNoOffset, "two versions that differ"};
    }
    out.svn = svn;
  }
  return Unit{};
}

// The newer form: claims in a header, and a payload that is a hash.
Result<Unit> read_hash_envelope(const cose::Sign1& message, const cbor::Value& claims,
                                Endorsement& out) {
  if (claims.map() == nullptr) {
    return refused(Code::bad_encoding, "uvm.cwt_claims", claims, "expected a map");
  }
  CUPEL_TRY([[maybe_unused]] auto known,
            only(claims, "uvm.cwt_claims", {kClaimIssuer, kClaimSubject, kClaimIssuedAt}, {"svn"}));
  CUPEL_TRY(out.issuer, text_at(claims, kClaimIssuer, "uvm.cwt_claims.iss"));
  CUPEL_TRY(out.feed, text_at(claims, kClaimSubject, "uvm.cwt_claims.sub"));
  CUPEL_TRY(out.signed_at, time_at(claims, kClaimIssuedAt, "uvm.cwt_claims.iat"));
  CUPEL_TRY(const cbor::Value* svn, required(claims, "svn", "uvm.cwt_claims.svn"));
  if (svn->unsigned_integer() == nullptr) {
    return refused(Code::bad_encoding, "uvm.cwt_claims.svn", *svn, "expected an unsigned integer");
  }
  out.svn = *svn->unsigned_integer();
  CUPEL_TRY(const cbor::Value* hash,
            required(message.protected_header, kPayloadHashAlg, "uvm.payload_hash_alg"));
  if (hash->integer() != kSha384) {
    return refused(Code::unsupported_algorithm, "uvm.payload_hash_alg", *hash, "is not SHA-384");
  }
  CUPEL_TRY([[maybe_unused]] auto type,
            text_at(message.protected_header, kPreimageContentType, "uvm.preimage_content_type"));
  out.launch_measurement = message.payload;
  return Unit{};
}

// Nobody signed it: known to be there, believed by nobody.
Result<Unit> check_unprotected(const cose::Sign1& message) {
  const std::string where = std::string(kCose) + ".unprotected";
  const cbor::Value& header = message.unprotected_header;
  CUPEL_TRY([[maybe_unused]] auto known, only(header, where, {kReceipts}, {"timestamp"}));
  if (const cbor::Value* timestamp = header.find("timestamp");
      timestamp != nullptr && timestamp->bytes() == nullptr) {
    return refused(Code::bad_encoding, where, *timestamp, "timestamp: expected bytes");
  }
  if (const cbor::Value* receipts = header.find(kReceipts); receipts != nullptr) {
    const cbor::Array* list = receipts->array();
    if (list == nullptr || list->empty() ||
        !std::all_of(list->begin(), list->end(),
                     [](const cbor::Value& one) { return one.bytes() != nullptr; })) {
      return refused(Code::bad_encoding, where, *receipts, "receipts: expected byte strings");
    }
  }
  return Unit{};
}

}  // namespace

Result<cose::Sign1> parse_envelope(Bytes in) {
  CUPEL_TRY(cose::Sign1 message, cose::parse_sign1(in, kCose, kRules));
  CUPEL_TRY(const cose::Algorithm algorithm, cose::algorithm(message, kCose));
  if (algorithm != cose::Algorithm::ps384) {
    return Error{Code::unsupported_algorithm, std::string(kCose) + ".alg",
                 message.protected_header.offset(),
                 std::string(to_string(algorithm)) + ", endorsements are signed with PS384"};
  }
  CUPEL_TRY([[maybe_unused]] auto outside, check_unprotected(message));
  return message;
}

bool looks_like(Bytes in) {
  const auto message = cose::parse_sign1(in, kCose, kRules);
  if (!message) {
    return false;
  }
  const cbor::Value& header = message->protected_header;
  if (const cbor::Value* claims = header.find(cose::kCwtClaims);
      claims != nullptr && claims->map() != nullptr) {
    return claims->find(kClaimIssuer) != nullptr && claims->find(kClaimSubject) != nullptr;
  }
  return header.find("iss") != nullptr && header.find("feed") != nullptr;
}

Result<Endorsement> parse(Bytes in) {
  CUPEL_TRY(const cose::Sign1 message, parse_envelope(in));
  Endorsement out;
  const std::string where = std::string(kCose) + ".protected";
  const cbor::Value* claims = message.protected_header.find(cose::kCwtClaims);
  out.form = claims != nullptr ? Form::hash_envelope : Form::json;
  if (out.form == Form::json) {
    CUPEL_TRY([[maybe_unused]] auto known,
              only(message.protected_header, where,
                   {cose::kAlg, cose::kContentType, cose::kX5chain, cose::kX5t},
                   {"iss", "feed", "signingtime"}));
    CUPEL_TRY([[maybe_unused]] auto read, read_json(message, out));
  } else {
    CUPEL_TRY([[maybe_unused]] auto known, only(message.protected_header, where,
                                                {cose::kAlg, cose::kCwtClaims, cose::kX5chain,
                                                 cose::kX5t, kPayloadHashAlg, kPreimageContentType},
                                                {}));
    CUPEL_TRY([[maybe_unused]] auto read, read_hash_envelope(message, *claims, out));
  }
  if (out.launch_measurement.size() != kMeasurementSize) {
    return Error{Code::bad_length, "uvm.launch_measurement", kNoOffset,
                 std::to_string(out.launch_measurement.size()) + " bytes"};
  }
  CUPEL_TRY(out.certificates, cose::x5chain(message, "uvm"));
  CUPEL_TRY([[maybe_unused]] auto same, check_thumbprint(message, out.certificates.front()));
  out.raw = to_vector(in);
  return out;
}

}  // namespace cupel::uvm
