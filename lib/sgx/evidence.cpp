#include "sgx/evidence.hpp"

namespace cupel::sgx {

Result<Evidence> find_quote(Bytes evidence) {
  if (!dcap::looks_like_certificate(evidence)) {
    return Evidence{to_vector(evidence), std::nullopt};
  }
  CUPEL_TRY(dcap::RaTls found, dcap::find_evidence(evidence));
  ByteVector quote = found.quote;
  return Evidence{std::move(quote), std::move(found)};
}

}  // namespace cupel::sgx
