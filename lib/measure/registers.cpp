#include <cupel/measure/boot.hpp>

#include "base/hex.hpp"
#include "codec/json.hpp"
#include "crypto/digest.hpp"
#include "measure/verity_blocks.hpp"

namespace cupel::measure {

ByteVector Registers::hash(Bytes data) const {
  return crypto::digest(crypto_hash(bank_), data);
}

void Registers::extend(unsigned pcr, std::string what, Bytes digest) {
  ByteVector& held = values_.try_emplace(pcr, digest_size(bank_)).first->second;
  held = crypto::digest(crypto_hash(bank_), {held, digest});
  events_.push_back({"pcr" + std::to_string(pcr), std::move(what), to_vector(digest)});
}

ByteVector Registers::value(unsigned pcr) const {
  const auto found = values_.find(pcr);
  return found == values_.end() ? ByteVector(digest_size(bank_)) : found->second;
}

Result<Recipe> predict_pcr15(Bytes root_hash, const std::optional<ByteVector>& ca_pem) {
  if (root_hash.size() != 32) {
    return Error{Code::bad_length, "measure.pcr15.root_hash", kNoOffset,
                 "a SHA-256 root hash has 32 bytes"};
  }
  Registers registers(Algorithm::sha256);
  registers.extend(15, "root hash of the application disk", root_hash);
  if (ca_pem) {
    registers.extend(15, "sentinel of zeros", ByteVector(32));
    registers.extend(15, "web server's root CA (PEM text)", crypto::sha256(*ca_pem));
  }
  Recipe out;
  out.kind = "pcr15";
  out.parameters = {{"root_hash", to_hex(root_hash)}};
  out.events = registers.events();
  out.values = {{"pcr15", "sha256", registers.value(15), "tpm.pcr.sha256.15"}};
  return out;
}

std::map<unsigned, ByteVector> blindllama_constants(bool qemu) {
  const auto of = [](std::string_view text) { return from_hex(text, "constant").value(); };
  if (!qemu) {
    return {{0, of("dc42536dcf924032df364a8f09078aab75c67a17038c6dcab9e900861bc800d6")}};
  }
  return {{0, of("7a3aef1f264580a9951faf514b342effc88393d33250c82672cc9e61fe8bd45c")},
          {1, of("e770a9ec2d9b42e102170f18622f2b2416b3ca2120f99745889345d059c07152")},
          {2, of("3410b9935d57037330b3c0865afaa89ce8efb59e84548029bb8685f5d33839d2")},
          {3, of("3d458cfe55cc03ea1f443f1562beec8df51c75e14a9fcf9a7234a13f198e7969")}};
}

std::string blindllama_measurements(const std::map<unsigned, ByteVector>& pcrs) {
  // Python's json.dump() with an indent of four, which is what the scripts call.
  std::string out = "{\n    \"measurements\": {";
  bool first = true;
  for (const auto& [index, value] : pcrs) {
    out += std::string(first ? "" : ",") + "\n        \"" + std::to_string(index) + "\": \"" +
           to_hex(value) + "\"";
    first = false;
  }
  return out + "\n    }\n}";
}

}  // namespace cupel::measure
