// The forms in which the world stores Intel's collateral, sorted into Endorsements.
#pragma once

#include <cupel/collateral.hpp>
#include <cupel/result.hpp>

namespace cupel::dcap {

/// Recognised by content:
///   - PCS answers: {"tcbInfo": …}, {"enclaveIdentity": …};
///   - one JSON object with texts tcb_info, tcb_info_signature, qe_identity, … (dcap-qvl);
///   - BlindAI's /collateral, a CBOR map with texts tcb_info, qe_identity, pck_crl, …;
///   - a CRL in hex, as a PCCS serves it; a chain of certificates in URL-encoded PEM.
/// False when it is none of these. Errors: those of the parsers, at "endorsement" and
/// "dcap.…"; duplicate_field for a second, other document of one kind.
Result<bool> take_endorsement(Endorsements& endorsements, Bytes file);

}  // namespace cupel::dcap
