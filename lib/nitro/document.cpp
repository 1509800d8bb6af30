// Bytes to Document: the envelope, then the payload by the CDDL of AWS's attestation_process.md.
#include "nitro/document.hpp"

#include <algorithm>
#include <array>

#include "codec/cbor.hpp"

namespace cupel::nitro {
namespace {

constexpr std::array<std::uint8_t, 4> kProtected = {0xa1, 0x01, 0x38, 0x22};  // {1: -35}
constexpr std::size_t kSignatureSize = 96;
constexpr std::size_t kMaxPayload = 16384;
constexpr std::size_t kMaxField = 1024;
constexpr std::size_t kMaxCertificates = 16;  // the CDDL has no limit; real bundles have four
constexpr std::array<std::size_t, 3> kPcrSizes = {32, 48, 64};

Error bad_length(std::string where, std::size_t offset, std::size_t size) {
  return {Code::bad_length, std::move(where), offset, std::to_string(size) + " bytes"};
}

// One of public_key, user_data and nonce. The CDDL makes them optional members; what is there in
// real documents is null.
std::optional<ByteVector> optional_bytes(cbor::MapReader& reader, std::string_view key,
                                         std::size_t least) {
  const cbor::Value* found = reader.optional(key);
  if (found == nullptr || found->is_null()) {
    return std::nullopt;
  }
  ByteVector value = reader.bytes(key);
  if (value.size() < least || value.size() > kMaxField) {
    reader.fail(Code::bad_length, key, std::to_string(value.size()) + " bytes");
  }
  return value;
}

Result<std::map<unsigned, ByteVector>> read_pcrs(const cbor::Value& value, const std::string& where,
                                                 unsigned count) {
  if (value.map() == nullptr) {
    return Error{Code::bad_encoding, where, value.offset(),
                 "expected a map, found " + std::string(value.type_name())};
  }
  if (value.map()->empty()) {
    return Error{Code::bad_length, where, value.offset(), "no register"};
  }
  std::map<unsigned, ByteVector> out;
  for (const auto& [key, member] : *value.map()) {
    const std::uint64_t* index = key.unsigned_integer();
    if (index == nullptr) {
      return Error{Code::bad_encoding, where, key.offset(), "a register's key is its number"};
    }
    if (*index >= count) {
      return Error{Code::out_of_range, where, key.offset(), "register " + std::to_string(*index)};
    }
    const std::string here = where + "." + std::to_string(*index);
    if (member.bytes() == nullptr) {
      return Error{Code::bad_encoding, here, member.offset(),
                   "expected bytes, found " + std::string(member.type_name())};
    }
    const std::size_t size = member.bytes()->size();
    if (std::find(kPcrSizes.begin(), kPcrSizes.end(), size) == kPcrSizes.end()) {
      return bad_length(here, member.offset(), size);
    }
    out.emplace(static_cast<unsigned>(*index), *member.bytes());
  }
  return out;
}

Result<std::vector<ByteVector>> read_bundle(const cbor::Array& bundle, const std::string& where,
                                            std::size_t offset) {
  if (bundle.empty() || bundle.size() > kMaxCertificates) {
    return Error{Code::bad_length, where, offset, std::to_string(bundle.size()) + " certificates"};
  }
  std::vector<ByteVector> out;
  for (const cbor::Value& item : bundle) {
    const std::string here = where + "[" + std::to_string(out.size()) + "]";
    if (item.bytes() == nullptr) {
      return Error{Code::bad_encoding, here, item.offset(),
                   "expected bytes, found " + std::string(item.type_name())};
    }
    if (item.bytes()->empty() || item.bytes()->size() > kMaxField) {
      return bad_length(here, item.offset(), item.bytes()->size());
    }
    out.push_back(*item.bytes());
  }
  return out;
}

// Everything but the registers.
Result<Unit> read_fields(cbor::MapReader& reader, Document& out) {
  out.module_id = reader.text("module_id");
  if (out.module_id.empty()) {
    reader.fail(Code::bad_length, "module_id", "is empty");
  }
  if (reader.text("digest") != "SHA384") {
    reader.fail(Code::unsupported_algorithm, "digest", "is not SHA384");
  }
  out.timestamp_ms = reader.unsigned_integer("timestamp");
  if (out.timestamp_ms == 0) {
    reader.fail(Code::out_of_range, "timestamp", "is zero");
  }
  out.certificate = reader.bytes("certificate");
  if (out.certificate.empty() || out.certificate.size() > kMaxField) {
    reader.fail(Code::bad_length, "certificate", std::to_string(out.certificate.size()) + " bytes");
  }
  const cbor::Value* bundle = reader.optional("cabundle");
  const cbor::Array* certificates = reader.array("cabundle");
  out.public_key = optional_bytes(reader, "public_key", 1);
  out.user_data = optional_bytes(reader, "user_data", 0);
  out.nonce = optional_bytes(reader, "nonce", 0);
  (void)reader.optional("pcrs");
  (void)reader.optional("nitrotpm_pcrs");
  CUPEL_TRY([[maybe_unused]] auto complete, reader.finish());
  CUPEL_TRY(out.cabundle, read_bundle(*certificates, reader.path("cabundle"), bundle->offset()));
  return Unit{};
}

Result<Unit> read_payload(Bytes payload, std::size_t base, Document& out) {
  // Newer hypervisors write the map with indefinite length.
  auto value = cbor::parse(payload, kPayload,
                           {.max_size = kMaxPayload, .max_depth = 3, .indefinite = true}, base);
  if (!value) {
    return failed("nitro-02", std::move(value).error());
  }
  cbor::MapReader reader(*value, std::string(kPayload));
  // CHECK nitro-02
  if (auto fields = read_fields(reader, out); !fields) {
    return failed("nitro-02", std::move(fields).error());
  }
  const cbor::Value* enclave = value->find("pcrs");
  const cbor::Value* tpm = value->find("nitrotpm_pcrs");
  const auto refused = [](Code code, std::string_view key, std::size_t offset,
                          std::string_view detail) {
    return Error{code, std::string(kPayload) + "." + std::string(key), offset, std::string(detail),
                 "nitro-03"};
  };
  // CHECK nitro-03
  if (enclave != nullptr && tpm != nullptr) {
    return refused(Code::duplicate_field, "nitrotpm_pcrs", tpm->offset(),
                   "registers of an enclave and of a TPM in one document");
  }
  if (enclave == nullptr && tpm == nullptr) {
    return refused(Code::missing_field, "pcrs", value->offset(), "no registers");
  }
  out.kind = enclave != nullptr ? Kind::enclave : Kind::nitro_tpm;
  auto pcrs = enclave != nullptr ? read_pcrs(*enclave, reader.path("pcrs"), kPcrCount)
                                 : read_pcrs(*tpm, reader.path("nitrotpm_pcrs"), kTpmPcrCount);
  if (!pcrs) {
    return failed("nitro-03", std::move(pcrs).error());
  }
  out.pcrs = std::move(pcrs).value();
  return Unit{};
}

Result<Unit> check_envelope(const cose::Sign1& message) {
  const std::string header = std::string(kCose) + ".protected";
  CUPEL_TRY(const cose::Algorithm algorithm, cose::algorithm(message, kCose));
  if (algorithm != cose::Algorithm::es384) {
    return Error{Code::unsupported_algorithm, std::string(kCose) + ".alg",
                 message.protected_header.offset(),
                 std::string(to_string(algorithm)) + ", documents are signed with ES384"};
  }
  // The specification gives the header's bytes, not just its meaning.
  if (!std::equal(kProtected.begin(), kProtected.end(), message.protected_bytes.begin(),
                  message.protected_bytes.end())) {
    return Error{Code::unknown_field, header, message.protected_header.offset(),
                 "holds more than the algorithm"};
  }
  if (!message.unprotected_header.map()->empty()) {
    return Error{Code::unknown_field, std::string(kCose) + ".unprotected",
                 message.unprotected_header.offset(), "is not empty"};
  }
  if (message.payload.empty() || message.payload.size() > kMaxPayload) {
    return bad_length(std::string(kCose) + ".payload", message.payload_offset,
                      message.payload.size());
  }
  if (message.signature.size() != kSignatureSize) {
    return bad_length(std::string(kCose) + ".signature",
                      message.payload_offset + message.payload.size(), message.signature.size());
  }
  return Unit{};
}

}  // namespace

std::string_view to_string(Kind kind) noexcept {
  switch (kind) {
    case Kind::enclave:
      return "enclave";
    case Kind::nitro_tpm:
      return "nitro_tpm";
  }
  return {};
}

Result<cose::Sign1> parse_envelope(Bytes in) {
  constexpr std::size_t kMaxItems = 64;
  auto message =
      cose::parse_sign1(in, kCose, {.max_size = kMaxDocumentSize, .max_items = kMaxItems});
  if (!message) {
    return failed("nitro-01", std::move(message).error());
  }
  // CHECK nitro-01
  if (auto fits = check_envelope(*message); !fits) {
    return failed("nitro-01", std::move(fits).error());
  }
  return message;
}

Result<Document> parse(Bytes in) {
  CUPEL_TRY(const cose::Sign1 message, parse_envelope(in));
  return parse_document(message, in);
}

Result<Document> parse_document(const cose::Sign1& message, Bytes in) {
  Document out;
  CUPEL_TRY([[maybe_unused]] auto done, read_payload(message.payload, message.payload_offset, out));
  out.raw = to_vector(in);
  return out;
}

}  // namespace cupel::nitro
