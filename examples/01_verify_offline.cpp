// Verify evidence from a file, step by step, with no network and no clock.
//
//   01_verify_offline EVIDENCE TIME POLICY...
//   01_verify_offline attestation.json 2024-01-01T00:00:00Z measurements.json application.json
#include <cupel/session.hpp>  // load_policy_files
#include <cupel/tpm.hpp>
#include <cupel/verdict.hpp>
#include <fstream>
#include <iostream>
#include <iterator>

namespace {

int explain(const cupel::Error& error) {
  std::cerr << cupel::to_string(error) << "\n";
  return static_cast<int>(cupel::outcome(error.code));
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv, argv + argc);
  if (args.size() < 4) {
    std::cerr << "usage: 01_verify_offline EVIDENCE TIME POLICY...\n";
    return 2;
  }
  std::ifstream file(args[1], std::ios::binary);
  const cupel::ByteVector bytes{std::istreambuf_iterator<char>(file), {}};
  const auto now = cupel::parse_time(args[2]);
  if (!now) {
    return explain(now.error());
  }
  const auto policy = cupel::load_policy_files({args.begin() + 3, args.end()});
  if (!policy) {
    return explain(policy.error());
  }

  // Structure only: nothing in `evidence` is authentic yet, and the types know it.
  auto evidence = cupel::tpm::parse_evidence(bytes);
  if (!evidence) {
    return explain(evidence.error());
  }
  std::cout << "parsed a quote over " << evidence->quote.attest.pcr_select.size()
            << " PCR bank(s), form " << evidence->form << "\n";

  // Authenticity, and the claims that follow from it. The vendor's roots are named at the call.
  const auto claims =
      cupel::tpm::evaluate(bytes, {}, {.now = *now, .anchors = cupel::tpm::vendor_anchors()});
  if (!claims) {
    return explain(claims.error());
  }

  // Acceptability: every check is reported, passed or not.
  const cupel::Verdict verdict = cupel::appraise(*claims, *policy, {.now = *now});
  std::cout << cupel::explain(verdict);
  return verdict.accepted() != nullptr ? 0 : 1;
}
