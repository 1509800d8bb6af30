// One page for each check: what `cupel explain sgx-NN` prints.
#include "sgx/checks.hpp"

#include "dcap/checks.hpp"

namespace cupel::sgx {
namespace {

constexpr std::array kOwn = {
    CheckInfo{
        .id = "sgx-01",
        .title = "The quote is of an SGX enclave",
        .source = "Intel TDX DCAP Quoting Library API, A.3.1 (TEE type)",
        .meaning = "The header says SGX, and the body is an SGX report.",
        .why = "The bytes of a TD report, read as an SGX report, have something of the requester's "
               "choice where MRENCLAVE is expected.",
        .not_proved = "Anything about the enclave.",
        .causes = "A TDX quote was given as SGX evidence.",
        .remedy = "Use the family tdx for it."},
};

}  // namespace

std::span<const CheckInfo> check_pages() {
  static const auto kAll = [] {
    std::array<CheckInfo, kOwn.size() + dcap::kSharedCheckCount> out{};
    const auto next =
        std::copy(dcap::shared_checks().begin(), dcap::shared_checks().end(), out.begin());
    std::copy(kOwn.begin(), kOwn.end(), next);
    return out;
  }();
  return kAll;
}

}  // namespace cupel::sgx
