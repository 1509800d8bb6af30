// What Intel's provisioning certification service (PCS) has about a quote's platform.
#pragma once

#include <cupel/collateral.hpp>
#include <vector>

#include "dcap/pck.hpp"
#include "dcap/quote.hpp"

namespace cupel::dcap {

/// TCB info, identity of the quoting enclave, PCK CRL and root CRL, at Intel's PCS v4. A PCCS
/// serves the first three at its own address under the same paths. For a quote that carries no PCK
/// certificate: the root CRL alone, since nothing else says which processor it is of.
Result<std::vector<CollateralRequest>> requests(const Parts& parts);

}  // namespace cupel::dcap
