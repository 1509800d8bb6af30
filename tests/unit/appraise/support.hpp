// Claims and policies for the tests of this room.
#pragma once

#include <gtest/gtest.h>

#include <cupel/claims.hpp>
#include <cupel/policy.hpp>
#include <cupel/verdict.hpp>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>

#include "base/hex.hpp"
#include "crypto/digest.hpp"

namespace cupel::test {

/// Stands for evidence, so that claims can be made without a family's verification.
struct Nothing {};

}  // namespace cupel::test

namespace cupel::detail {

template <>
struct Sealer<test::Nothing> {
  static Verified<test::Nothing> seal(Assurance assurance) {
    return {test::Nothing{}, std::move(assurance)};
  }
};

}  // namespace cupel::detail

namespace cupel::test {

inline constexpr UnixTime kNow{1718452800};         // 2024-06-15T12:00:00Z
inline constexpr UnixTime kValidUntil{1735689600};  // 2025-01-01T00:00:00Z

inline std::string file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline std::string data(const std::string& name) {
  const std::string text =
      file(std::string(CUPEL_SOURCE_DIR) + "/tests/unit/appraise/data/" + name);
  EXPECT_FALSE(text.empty()) << name;
  return text;
}

inline ByteVector digest_of(std::string_view text) {
  return crypto::digest(crypto::Hash::sha256, as_bytes(text));
}

/// What PCR 4 and the like hold in these tests: any digest that is not zero.
inline ByteVector value(unsigned index) {
  return digest_of("register " + std::to_string(index));
}

inline ByteVector extended(const std::vector<ByteVector>& steps) {
  ByteVector out(32, 0);
  for (const ByteVector& step : steps) {
    out = crypto::digest(crypto::Hash::sha256, {Bytes(out), Bytes(step)});
  }
  return out;
}

inline const ByteVector& disk() {
  static const ByteVector digest = digest_of("application disk");
  return digest;
}

inline ByteVector zeros() {
  return ByteVector(32, 0);
}

inline ByteVector register_15(std::string_view rootca) {
  return extended({disk(), zeros(), digest_of(rootca)});
}

/// The claims of a machine: registers 0 to 15, and what a service sends along. `change` may set
/// claims anew. An absent name is never claimed at all.
inline Claims claims(const std::function<void(ClaimsBuilder&)>& change = {},
                     const std::string& absent = {}, UnixTime valid_until = kValidUntil) {
  Assurance assurance;
  assurance.valid_until = valid_until;
  assurance.proved = {"a TPM signed the register values"};
  ClaimsBuilder builder("tpm", detail::Sealer<Nothing>::seal(std::move(assurance)));
  const auto set = [&](const std::string& name, ClaimValue v, bool supplied = false) {
    if (name == absent) {
      return;
    }
    if (supplied) {
      builder.supplied(name, std::move(v));
    } else {
      builder.set(name, std::move(v));
    }
  };
  const std::string rootca = data("ca.pem");
  for (unsigned i = 0; i < 16; ++i) {
    set("tpm.pcr.sha256." + std::to_string(i), i == 12 || i == 13 ? zeros()
                                               : i == 15          ? register_15(rootca)
                                                                  : value(i));
  }
  set("tpm.pcr.sha1.0", ByteVector(20, 1));
  set("tpm.pcr.sha256.16", value(16));
  set("tpm.extra_data", ByteVector{});
  set("tpm.reset_count", std::uint64_t{7});
  set("tpm.clock_safe", true);
  set("tpm.ak.spki_sha256", digest_of("ak"));
  set("tpm.ak.not_before", UnixTime(kNow.seconds() - 3600));
  set("common.debug", false);
  set("common.tee_class", std::string("measured_boot"));
  set("common.tcb_status", std::string("none"));
  set("common.bound_data", ByteVector{});
  set("tpm.supplied.webserver_rootca", rootca, true);
  set("tpm.supplied.application_disk_roothash", disk(), true);
  if (change) {
    change(builder);
  }
  return std::move(builder).build();
}

/// Claims without any claim but those that build() itself sets.
inline Claims no_claims(std::string_view family = "tpm") {
  return ClaimsBuilder(family, detail::Sealer<Nothing>::seal({})).build();
}

inline PolicyFile policy_file(const std::string& name, std::string_view content) {
  return {name, to_vector(as_bytes(content))};
}

inline Result<Policy> load(std::string_view json, const std::string& name = "p.json") {
  const std::vector<PolicyFile> files = {policy_file(name, json)};
  return load_policy(files);
}

inline Requirement equals(std::string claim, ClaimValue v) {
  return {std::move(claim), Requirement::Op::equals, {std::move(v)}};
}

/// What accepts claims(): two registers, the disk, the CA.
inline Alternative alternative() {
  Alternative out;
  out.family = "tpm";
  out.label = "release 1";
  out.require = {equals("tpm.pcr.sha256.0", value(0)), equals("tpm.pcr.sha256.4", value(4)),
                 equals("tpm.supplied.application_disk_roothash", disk())};
  out.replay = {{"tpm.pcr.sha256.15",
                 {{ReplayStep::Kind::claim, {}, "tpm.supplied.application_disk_roothash"},
                  {ReplayStep::Kind::digest, zeros(), {}},
                  {ReplayStep::Kind::digest_of, {}, "tpm.supplied.webserver_rootca"}}}};
  out.tls_key = TlsBinding{"tpm.supplied.webserver_rootca", 0, TlsBinding::Form::root_ca_pem};
  return out;
}

inline Policy policy(Alternative one) {
  return {"", "", {std::move(one)}};
}
inline Policy policy() {
  return policy(alternative());
}

/// The ids of the checks that failed, each once, in order.
inline std::vector<std::string> failed(const Verdict& verdict) {
  std::vector<std::string> ids;
  for (const Check& check : verdict.checks()) {
    if (!check.passed && (ids.empty() || ids.back() != check.id)) {
      ids.push_back(check.id);
    }
  }
  return ids;
}

inline const Check* find(const Verdict& verdict, std::string_view id, std::string_view claim = {}) {
  for (const Check& check : verdict.checks()) {
    if (check.id == id && (claim.empty() || check.claim == claim)) {
      return &check;
    }
  }
  return nullptr;
}

inline bool mentions(const std::vector<std::string>& statements, std::string_view words) {
  for (const std::string& statement : statements) {
    if (statement.find(words) != std::string::npos) {
      return true;
    }
  }
  return false;
}

}  // namespace cupel::test
