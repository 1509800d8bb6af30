// Establishes that a report is authentic. The only place that makes a Verified<Report>.
#include <algorithm>

#include "base/hex.hpp"
#include "crypto/chain.hpp"
#include "crypto/digest.hpp"
#include "snp/policy_bits.hpp"
#include "snp/vek.hpp"

namespace cupel {
namespace detail {

template <>
struct Sealer<snp::Report> {
  static Verified<snp::Report> seal(snp::Report report, Assurance assurance) {
    return {std::move(report), std::move(assurance)};
  }
};

}  // namespace detail

namespace snp {

struct VekTrust::State {
  std::vector<crypto::Certificate> certificates;
  std::vector<crypto::Crl> crls;
};

Result<VekTrust> VekTrust::from(const Endorsements& endorsements) {
  CUPEL_TRY(auto certificates,
            crypto::parse_certificates(endorsements.certificates, "endorsements.certificates"));
  CUPEL_TRY(auto crls, crypto::parse_crls(endorsements.crls, "endorsements.crls"));
  return VekTrust(std::make_shared<const State>(State{std::move(certificates), std::move(crls)}));
}

namespace {

constexpr std::size_t kPathLength = 3;  // VEK, ASK or ASVK, ARK

struct Candidate {
  crypto::Certificate certificate;
  Result<VekExtensions> extensions;  // what it says of itself, not believed yet
};

// The first key certificate that speaks of this chip and patch level, else the first of its kind,
// so that an error speaks of something.
Result<Candidate> find_vek(const ReportBody& body,
                           std::span<const crypto::Certificate> certificates) {
  std::optional<Candidate> first;
  for (const crypto::Certificate& certificate : certificates) {
    if (certificate.common_name() != common_name(body.signing_key)) {
      continue;
    }
    Candidate next{certificate, parse_vek(certificate, body.signing_key)};
    const auto& said = next.extensions;
    if (said.ok() && said->tcb == body.reported_tcb &&
        std::equal(said->hwid.begin(), said->hwid.end(), body.chip_id.begin())) {
      return next;
    }
    if (!first) {
      first = std::move(next);
    }
  }
  if (!first) {
    return Error{Code::collateral_missing, std::string(kVek), kNoOffset,
                 "no certificate of a " + std::string(common_name(body.signing_key)), "snp-07"};
  }
  return std::move(*first);
}

Result<crypto::VerifiedChain> verify_path(const crypto::Certificate& vek,
                                          const VekTrust::State& trust,
                                          const VerifyContext& context) {
  crypto::ChainRules rules;
  rules.where = kVek;
  rules.max_intermediates = 1;
  rules.leaf_key_types = {crypto::KeyType::ec_p384};
  rules.no_crl_for_leaf = true;  // AMD's lists are the root's, and name its authorities only
  CUPEL_TRY(crypto::VerifiedChain chain,
            crypto::verify_chain(vek, trust.certificates, trust.crls, context, rules));
  if (chain.path.size() != kPathLength) {
    return Error{Code::untrusted_chain, std::string(kVek), kNoOffset,
                 "the path is not key, authority, root"};
  }
  return chain;
}

// A path may be genuine and yet be another product's, or lead through the other authority: AMD
// runs one for chips' keys and one for providers' keys under each root.
Result<Unit> product_agrees(const Report& report, const VekExtensions& vek,
                            const crypto::VerifiedChain& chain) {
  const auto differs = [](std::string_view field, std::string detail) {
    return Error{Code::key_mismatch, std::string(kVek) + "." + std::string(field), kNoOffset,
                 std::move(detail), "snp-08"};
  };
  const std::string product(to_string(vek.product));
  const bool vlek = report.body().signing_key == SigningKey::vlek;
  const std::string authority = (vlek ? "SEV-VLEK-" : "SEV-") + product;
  // CHECK snp-08
  if (chain.path.at(1).common_name() != authority) {
    return differs("issuer", chain.path.at(1).common_name() + " is not " + authority);
  }
  if (chain.path.at(2).common_name() != "ARK-" + product) {
    return differs("issuer", chain.path.at(2).common_name() + " is not the root of " + product);
  }
  if (const CpuId* cpuid = report.cpuid(); cpuid != nullptr && product_of(*cpuid) != vek.product) {
    return differs("product_name", "the report is of another processor than " + vek.product_name);
  }
  return Unit{};
}

Result<Unit> chip_agrees(const ReportBody& body, const VekExtensions& vek) {
  if (body.signing_key == SigningKey::vlek) {
    return Unit{};  // a provider's key is not a chip's
  }
  const Bytes chip(body.chip_id);
  const Bytes number = chip.first(std::min(chip.size(), vek.hwid.size()));
  const Bytes rest = chip.subspan(number.size());
  const bool padded = std::all_of(rest.begin(), rest.end(), [](auto b) { return b == 0; });
  // CHECK snp-10
  if (!crypto::equal(number, vek.hwid) || !padded) {
    return Error{Code::key_mismatch, "snp.report.chip_id", kNoOffset,
                 "the certificate is of chip " + to_hex(vek.hwid).substr(0, 16) + "…", "snp-10"};
  }
  return Unit{};
}

Result<Unit> tcb_agrees(const ReportBody& body, const VekExtensions& vek) {
  const auto names = tcb_names(vek.product);
  for (std::size_t i = 0; i < vek.tcb.size(); ++i) {
    // CHECK snp-11
    if (body.reported_tcb.at(i) != vek.tcb.at(i)) {
      return Error{Code::key_mismatch, "snp.report.reported_tcb." + std::string(names.at(i)),
                   kNoOffset,
                   "the report says " + std::to_string(body.reported_tcb.at(i)) +
                       ", the certificate " + std::to_string(vek.tcb.at(i)),
                   "snp-11"};
    }
  }
  return Unit{};
}

Result<Unit> is_signed(const Report& report, const crypto::PublicKey& key) {
  const ReportBody& body = report.body();
  // CHECK snp-12
  auto valid = crypto::verify_ecdsa(key, crypto::Hash::sha384, Bytes(report.raw).first(kSignedSize),
                                    body.signature_r, body.signature_s, "snp.report.signature");
  return valid ? valid : Result<Unit>(failed("snp-12", std::move(valid).error()));
}

// 56860 1.58, 3.3: the committed level never exceeds the current one, the reported level never the
// committed one; a report that says otherwise was not made by that firmware.
Result<Unit> tcbs_are_ordered(const ReportBody& body, Product product) {
  struct Named {
    std::string_view name;
    const TcbBytes* bytes;
  };
  const std::array<Named, 4> all = {{{"reported_tcb", &body.reported_tcb},
                                     {"committed_tcb", &body.committed_tcb},
                                     {"current_tcb", &body.current_tcb},
                                     {"launch_tcb", &body.launch_tcb}}};
  for (const Named& one : all) {
    const std::string where = "snp.report." + std::string(one.name);
    if (auto fits = parse_tcb(product, *one.bytes, where); !fits) {
      return failed("snp-13", std::move(fits).error());
    }
  }
  for (std::size_t step = 0; step + 2 < all.size(); ++step) {
    for (std::size_t i = 0; i < body.reported_tcb.size(); ++i) {
      // CHECK snp-13
      if (all.at(step).bytes->at(i) > all.at(step + 1).bytes->at(i)) {
        return Error{Code::out_of_range,
                     "snp.report." + std::string(all.at(step).name) + "." +
                         std::string(tcb_names(product).at(i)),
                     kNoOffset, "above " + std::string(all.at(step + 1).name), "snp-13"};
      }
    }
  }
  return Unit{};
}

Assurance assurance_of(const Report& report, const crypto::VerifiedChain& chain) {
  const ReportBody& body = report.body();
  const bool vlek = body.signing_key == SigningKey::vlek;
  Assurance out;
  out.valid_until = chain.valid_until;
  out.not_proved = chain.not_proved;
  out.assumed = chain.assumed;
  out.proved.push_back(vlek ? "firmware of an AMD " + report.vek->product_name +
                                  " processor signed this report with the key lent to " +
                                  report.vek->csp_id
                            : "the chip key of one AMD " + report.vek->product_name +
                                  " processor, at the reported patch level, signed this report");
  if (vlek) {
    out.not_proved.emplace_back("which chip it was: a provider's key is the same on all its chips");
  }
  if (!bit_of(body.platform_info, kAliasCheckComplete)) {
    out.not_proved.emplace_back(
        "that memory modules lie about no address (CVE-2024-21944): the platform did not report "
        "the check as done");
  }
  out.not_proved.emplace_back(
      "what ran after launch: the measurement covers the memory the guest began with, and whatever "
      "that code checked for itself");
  return out;
}

}  // namespace

// Input, errors and what is not done: see the header.
Result<Verified<Report>> verify(Report report, const Endorsements& endorsements,
                                const VerifyContext& context) {
  CUPEL_TRY(const VekTrust trust, VekTrust::from(endorsements));
  return verify(std::move(report), trust, context);
}

Result<Verified<Report>> verify(Report report, const VekTrust& trust,
                                const VerifyContext& context) {
  CUPEL_TRY(Report again, parse(report.raw));
  const ReportBody& body = again.body();
  CUPEL_TRY(Candidate candidate, find_vek(body, trust.state().certificates));
  const crypto::Certificate& leaf = candidate.certificate;
  // CHECK snp-07
  auto path = verify_path(leaf, trust.state(), context);
  if (!path) {
    return failed("snp-07", std::move(path).error());
  }
  // CHECK snp-09
  CUPEL_TRY(VekExtensions vek, std::move(candidate.extensions));
  CUPEL_TRY([[maybe_unused]] auto product, product_agrees(again, vek, *path));
  CUPEL_TRY([[maybe_unused]] auto chip, chip_agrees(body, vek));
  CUPEL_TRY([[maybe_unused]] auto tcb, tcb_agrees(body, vek));
  CUPEL_TRY([[maybe_unused]] auto signature, is_signed(again, leaf.public_key()));
  CUPEL_TRY([[maybe_unused]] auto ordered, tcbs_are_ordered(body, vek.product));
  again.vek = Vek{body.signing_key,    vek.product,           std::move(vek.product_name),
                  std::move(vek.hwid), std::move(vek.csp_id), leaf.public_key().spki_sha256(),
                  path->anchor_name,   leaf.not_before(),     leaf.not_after()};
  Assurance assurance = assurance_of(again, *path);
  return detail::Sealer<Report>::seal(std::move(again), std::move(assurance));
}

Result<Unit> binds(const Verified<Report>& report, Bytes data) {
  ByteVector expected = to_vector(crypto::sha256(data));
  expected.resize(report->body().report_data.size(), 0);
  // CHECK snp-14
  if (!crypto::equal(expected, report->body().report_data)) {
    return Error{Code::digest_mismatch, "snp.report.report_data", kNoOffset,
                 "not the SHA-256 of the data, followed by zeros", "snp-14"};
  }
  return Unit{};
}

}  // namespace snp
}  // namespace cupel
