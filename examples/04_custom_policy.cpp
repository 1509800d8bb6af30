// A policy made in code, its JSON form, and what the linter thinks of it.
#include <cupel/evidence.hpp>
#include <cupel/policy.hpp>
#include <iostream>

int main() {
  // Two firmware versions are in use; the boot manager must be exactly ours.
  const cupel::ByteVector firmware_a(32, 0xa1);
  const cupel::ByteVector firmware_b(32, 0xb2);
  const cupel::ByteVector boot_manager(32, 0x42);

  cupel::Alternative release;
  release.family = "tpm";
  release.label = "release 7 on Azure";
  release.require = {
      {"tpm.pcr.sha256.0", cupel::Requirement::Op::one_of, {firmware_a, firmware_b}},
      {"tpm.pcr.sha256.4", cupel::Requirement::Op::equals, {boot_manager}},
      {"tpm.clock_safe", cupel::Requirement::Op::equals, {true}},
  };
  // The service puts SHA-256 of its TLS key behind our nonce into the quote's qualifying data.
  release.nonce = cupel::NonceBinding{"tpm.extra_data", 0};
  release.tls_key = cupel::TlsBinding{"tpm.extra_data", 32, cupel::TlsBinding::Form::spki_sha256};
  const cupel::Policy policy{"example", "code", {release}};

  std::cout << cupel::explain(policy) << "\n";
  const std::string text = cupel::to_json(policy);
  const cupel::PolicyFile file{"policy.json", cupel::to_vector(cupel::as_bytes(text))};
  const auto loaded = cupel::load_policy(std::span(&file, 1));
  if (!loaded) {
    std::cerr << cupel::to_string(loaded.error()) << "\n";
    return 1;
  }
  bool dangerous = false;
  for (const auto& finding : cupel::lint(std::span(&file, 1), cupel::UnixTime(1735689600))) {
    std::cout << finding.where << ": " << finding.text << "\n";
    dangerous = dangerous || finding.severity == cupel::LintFinding::Severity::error;
  }
  return dangerous ? 1 : 0;
}
