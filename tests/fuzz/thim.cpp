// Target: cupel::thim::parse     Max input: 1 MiB     Seeds: tests/vectors/snp/*/endorsements
// Property: a second JSON reader finds the same certificates, the processor's and then its
// authorities', and the same patch level; what is accepted is recognised.
#include "codec/thim.hpp"

#include <nlohmann/json.hpp>

#include "second_reading.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using cupel::fuzz::must;
  const cupel::Bytes in(data, size);
  const auto found = cupel::thim::parse(cupel::as_text(in), "thim");
  if (!found) {
    must(found.error().code != cupel::Code::internal);
    return 0;
  }
  const auto document = nlohmann::json::parse(cupel::as_text(in), nullptr, false);
  must(document.is_object() && document.at("tcbm") == found->tcbm);
  must(cupel::fuzz::hex_digits(found->tcbm).size() == 8);
  const auto leaf =
      cupel::fuzz::pem_digits(document.at("vcekCert").get<std::string>(), "CERTIFICATE");
  const auto authorities =
      cupel::fuzz::pem_digits(document.at("certificateChain").get<std::string>(), "CERTIFICATE");
  must(leaf.size() == 1 && !authorities.empty() && found->ders.size() == 1 + authorities.size());
  must(found->ders.front() == leaf.front());
  must(std::equal(authorities.begin(), authorities.end(), found->ders.begin() + 1));
  return 0;
}
