#include "tpm/describe.hpp"

#include "base/hex.hpp"
#include "codec/json.hpp"
#include "crypto/x509.hpp"
#include "tpm/names.hpp"

namespace cupel::tpm {
namespace {

json::Value describe_selection(const std::vector<PcrSelection>& selection) {
  json::Array out;
  for (const PcrSelection& bank : selection) {
    json::Array indices;
    for (const unsigned index : bank.indices) {
      indices.emplace_back(std::uint64_t{index});
    }
    out.emplace_back(
        json::Object{{"hash", to_string(bank.bank)}, {"pcr_select", std::move(indices)}});
  }
  return out;
}

json::Value describe_attest(const Attest& attest) {
  return json::Object{
      {"qualified_signer", to_hex(attest.qualified_signer)},
      {"extra_data", to_hex(attest.extra_data)},
      {"clock_info", json::Object{{"clock", attest.clock_info.clock},
                                  {"reset_count", std::uint64_t{attest.clock_info.reset_count}},
                                  {"restart_count", std::uint64_t{attest.clock_info.restart_count}},
                                  {"safe", attest.clock_info.safe}}},
      {"firmware_version", attest.firmware_version},
      {"pcr_select", describe_selection(attest.pcr_select)},
      {"pcr_digest", to_hex(attest.pcr_digest)},
  };
}

json::Value describe_signature(const Signature& signature) {
  json::Object out{{"sig_alg", to_string(signature.scheme)}, {"hash", to_string(signature.hash)}};
  if (signature.scheme == SignatureScheme::ecdsa) {
    out.emplace_back("signature_r", to_hex(signature.ecdsa_r));
    out.emplace_back("signature_s", to_hex(signature.ecdsa_s));
  } else {
    out.emplace_back("sig", to_hex(signature.rsa));
  }
  return out;
}

json::Value describe_pcrs(const PcrValues& pcrs) {
  json::Array digests;
  for (const ByteVector& digest : pcrs.digests) {
    digests.emplace_back(to_hex(digest));
  }
  json::Object out{{"digests", std::move(digests)}};
  if (pcrs.claimed) {
    out.emplace_back("claimed_selection", describe_selection(*pcrs.claimed));
  }
  return out;
}

json::Value describe_certificate(const ByteVector& der) {
  const auto certificate = crypto::Certificate::from_der(der, "tpm.ak_certificate");
  if (!certificate) {
    return json::Object{{"der", to_hex(der)}, {"error", to_string(certificate.error())}};
  }
  return json::Object{{"subject", certificate->subject()},
                      {"issuer", certificate->issuer()},
                      {"not_before", to_string(certificate->not_before())},
                      {"not_after", to_string(certificate->not_after())},
                      {"sha256", to_hex(certificate->sha256())},
                      {"spki_sha256", to_hex(certificate->public_key().spki_sha256())}};
}

std::string digest_name(std::uint16_t id) {
  const auto alg = hash_alg_by_id(id);
  return alg ? std::string(to_string(*alg)) : std::to_string(id);
}

json::Value describe_log(const EventLog& log) {
  json::Array events;
  for (const Event& event : log.events) {
    json::Object digests;
    for (const EventDigest& digest : event.digests) {
      digests.emplace_back(digest_name(digest.alg), to_hex(digest.digest));
    }
    events.emplace_back(json::Object{{"pcr", std::uint64_t{event.pcr}},
                                     {"type", event_type_name(event.type)},
                                     {"digests", std::move(digests)},
                                     {"data", to_hex(event.data)},
                                     {"offset", std::uint64_t{event.offset}}});
  }
  json::Object out{{"crypto_agile", log.crypto_agile},
                   {"size", std::uint64_t{log.raw.size()}},
                   {"used", std::uint64_t{log.used}},
                   {"events", std::move(events)}};
  if (log.startup_locality) {
    out.emplace_back("startup_locality", std::uint64_t{*log.startup_locality});
  }
  return out;
}

}  // namespace

Result<std::string> describe(Bytes evidence) {
  CUPEL_TRY(const Evidence parsed, parse_evidence(evidence));
  json::Object out{{"form", parsed.form},
                   {"attest", describe_attest(parsed.quote.attest)},
                   {"signature", describe_signature(parsed.quote.signature)}};
  if (parsed.quote.pcrs) {
    out.emplace_back("pcrs", describe_pcrs(*parsed.quote.pcrs));
  }
  json::Array certificates;
  for (const ByteVector& der : parsed.ak_certificates) {
    certificates.push_back(describe_certificate(der));
  }
  out.emplace_back("ak_certificates", std::move(certificates));
  if (parsed.ak_public) {
    out.emplace_back("ak_public", to_hex(*parsed.ak_public));
  }
  if (parsed.event_log) {
    out.emplace_back("event_log", describe_log(*parsed.event_log));
  }
  if (parsed.webserver_rootca) {
    out.emplace_back("webserver_rootca", *parsed.webserver_rootca);
  }
  if (parsed.application_disk_roothash) {
    out.emplace_back("application_disk_roothash", to_hex(*parsed.application_disk_roothash));
  }
  return json::dump(out, 2);
}

}  // namespace cupel::tpm
