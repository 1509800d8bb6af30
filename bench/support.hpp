// Inputs for benchmarks, and the habit of checking an answer before timing it.
#pragma once

#include <cstdlib>
#include <cupel/bytes.hpp>
#include <cupel/evidence.hpp>
#include <cupel/policy.hpp>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

namespace cupel::bench {

inline ByteVector read(const std::string& relative) {
  std::ifstream in(std::string(CUPEL_SOURCE_DIR) + "/" + relative, std::ios::binary);
  ByteVector out{std::istreambuf_iterator<char>(in), {}};
  if (out.empty()) {
    std::cerr << "cannot read " << relative << "\n";
    std::exit(1);
  }
  return out;
}

// A benchmark of a wrong answer is worth nothing: it stops here.
inline void must(bool right, const char* what) {
  if (!right) {
    std::cerr << "wrong answer: " << what << "\n";
    std::exit(1);
  }
}

// The case every TPM number speaks of: RSA-2048 RSASSA quote, 16 PCRs, AK certificate, one
// intermediate, root.
inline constexpr const char* kCase = "tests/vectors/policy/ok--blindllama_files/";
inline constexpr const char* kNow = "2024-06-15T12:00:00Z";

inline TrustAnchors anchors() {
  TrustAnchors out({});
  must(out.add_certificates("bench", read(std::string(kCase) + "anchors.pem")).ok(), "anchors");
  return out;
}

inline Policy policy() {
  std::vector<PolicyFile> files;
  for (const char* name : {"measurements_azure.json", "application.json"}) {
    files.push_back({name, read(std::string(kCase) + name)});
  }
  return load_policy(files).value();
}

}  // namespace cupel::bench
