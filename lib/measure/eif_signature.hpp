// The signature section of an enclave image.
#pragma once

#include <cupel/measure/eif.hpp>

namespace cupel::measure {

/// An array of maps, of which the first counts: a certificate and a COSE_Sign1 over
/// {register_index, register_value}. Byte strings may be written as arrays of integers, as the tool
/// does. Errors: those of strict CBOR and of certificates, at "measure.eif.signature…".
Result<EifSignature> parse_eif_signature(Bytes section, Bytes pcr0);

}  // namespace cupel::measure
