// One page for each check: what `cupel explain tdx-NN` prints.
#include "tdx/checks.hpp"

#include "dcap/checks.hpp"

namespace cupel::tdx {
namespace {

constexpr std::array kOwn = {
    CheckInfo{
        .id = "tdx-01",
        .title = "The quote is of a TDX machine",
        .source = "Intel TDX DCAP Quoting Library API, A.3.1 (TEE type)",
        .meaning = "The header says TDX, and the body is a TD report.",
        .why = "The bytes of an SGX report, read as a TD report, have something of the enclave's "
               "choice where MRTD is expected.",
        .not_proved = "Anything about the machine.",
        .causes = "An SGX quote was given as TDX evidence.",
        .remedy = "Use the family sgx for it."},
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

}  // namespace cupel::tdx
