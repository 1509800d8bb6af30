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
    CheckInfo{
        .id = "tdx-02",
        .title = "The event log replays to the quoted registers",
        .source = "TCG PC Client Platform Firmware Profile 1.06, 10.4; UEFI 2.10, 38.4",
        .meaning = "Extending the log's SHA-384 digests, in order and from zeros, gives RTMR 0 to "
                   "3 as they were quoted, for every register that the log mentions.",
        .why = "The log comes beside the quote, written by whoever sends it. Only a log that "
               "replays says how the registers came about.",
        .not_proved = "What kind of event each digest stands for: types and data are covered by "
                      "nothing. Registers that the log does not mention are listed.",
        .causes = "The log was read earlier or later than the quote was made, so that it misses "
                  "events or has more; software extended a register without logging it.",
        .remedy = "Read the log (/sys/firmware/acpi/tables/data/CCEL) and make the quote in one "
                  "go, without extending RTMRs between."},
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
