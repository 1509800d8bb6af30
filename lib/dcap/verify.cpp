#include "dcap/verify.hpp"

#include <algorithm>

#include "base/hex.hpp"
#include "crypto/chain.hpp"
#include "crypto/digest.hpp"
#include "crypto/once.hpp"
#include "dcap/collateral.hpp"

namespace cupel::dcap {
namespace {

constexpr std::array<std::uint8_t, 16> kIntelQe = {0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
                                                   0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07};
constexpr std::string_view kPckName = "Intel SGX PCK Certificate";
constexpr std::string_view kSignerName = "Intel SGX TCB Signing";
constexpr std::size_t kMaxCandidates = 8;

Error failure(Code code, std::string where, std::string detail, std::string check) {
  return Error{code, std::move(where), kNoOffset, std::move(detail), std::move(check)};
}

// One run of establish(); the steps share what they found.
class Establisher {
 public:
  Establisher(const Parts& parts, const TdxSvns* tdx, const Collateral::State& collateral,
              const VerifyContext& context)
      : parts_(parts), tdx_(tdx), collateral_(collateral), context_(context) {}

  Result<Facts> run(const std::shared_ptr<const PckCertificates>& certificates) {
    CUPEL_TRY([[maybe_unused]] auto vendor, vendor_is_intel());
    CUPEL_TRY(const PckLeaf* leaf, find_leaf(certificates));
    CUPEL_TRY([[maybe_unused]] auto chain, verify_leaf(*leaf));
    CUPEL_TRY([[maybe_unused]] auto signatures, verify_signatures(leaf->certificate));
    CUPEL_TRY(const TcbInfo* info, verify_tcb_info(leaf->platform));
    CUPEL_TRY(const QeIdentity* identity, verify_qe_identity());
    CUPEL_TRY([[maybe_unused]] auto same, qe_is(*identity));
    CUPEL_TRY(Judgement tcb,
              judge(*info, *identity, leaf->platform, parts_.signature.qe_report.isv_svn, tdx_));
    assurance_.not_proved.insert(assurance_.not_proved.end(), tcb.remarks.begin(),
                                 tcb.remarks.end());
    return Facts{leaf->platform, std::move(tcb), std::move(assurance_)};
  }

 private:
  Result<Unit> vendor_is_intel() const {
    // CHECK dcap-01
    if (parts_.header.qe_vendor_id != kIntelQe) {
      return failure(Code::key_mismatch, "dcap.header.qe_vendor_id",
                     to_hex(parts_.header.qe_vendor_id) + " is not Intel", "dcap-01");
    }
    return Unit{};
  }

  // A signature that comes again with the next quote. `name` is the SHA-256 of text and signature.
  Result<Unit> verify_once(const crypto::PublicKey& key, const Sha256Digest& name, Bytes text,
                           Bytes signature, std::string_view where) const {
    return crypto::once(context_.cache, name, key.spki_sha256(), [&] {
      return crypto::verify_ecdsa(key, crypto::Hash::sha256, text, signature.first(32),
                                  signature.subspan(32), where);
    });
  }

  // ---- dcap-02: the PCK certificate ------------------------------------------------------------

  Result<const PckLeaf*> find_leaf(const std::shared_ptr<const PckCertificates>& certificates) {
    const CertificationData& data = parts_.signature.certification;
    certificates_ = certificates;
    if (certificates_ == nullptr || certificates_->type != data.type ||
        certificates_->source != data.data) {
      CUPEL_TRY(certificates_, read_certificates(data));
    }
    if (certificates_->leaf) {
      return &*certificates_->leaf;
    }
    CUPEL_TRY(brought_, brought_leaf(data));
    return &*brought_;
  }

  // The quote only names its platform: the certificate is one of those that were brought. Which one
  // is decided by its key, which must have signed the QE report.
  Result<PckLeaf> brought_leaf(const CertificationData& data) const {
    std::size_t tried = 0;
    for (const crypto::Certificate& certificate : collateral_.certificates) {
      if (!certificate.extension(kSgxExtension) || ++tried > kMaxCandidates) {
        continue;
      }
      const auto platform = parse_platform(certificate);
      if (platform && is_named(*platform, data) && signed_qe_report(certificate).ok()) {
        return PckLeaf{certificate, *platform};
      }
    }
    // CHECK dcap-02
    return failure(Code::collateral_missing, std::string(kPckCertificate),
                   "the quote carries no PCK certificate (certification data of type " +
                       std::to_string(static_cast<unsigned>(data.type)) + "), and none of " +
                       std::to_string(tried) + " that came beside it is this platform's",
                   "dcap-02");
  }

  static bool is_named(const Platform& platform, const CertificationData& data) {
    return data.type != CertificationType::ppid_clear || !data.platform ||
           std::ranges::equal(platform.ppid, data.platform->ppid);
  }

  // ---- dcap-03, dcap-04: whose certificate it is ------------------------------------------------

  crypto::ChainRules rules(std::string_view where, std::size_t intermediates) const {
    crypto::ChainRules out;
    out.where = where;
    out.max_intermediates = intermediates;
    out.leaf_key_types = {crypto::KeyType::ec_p256};
    return out;
  }

  Result<crypto::VerifiedChain> verify_chain(const crypto::Certificate& leaf,
                                             std::span<const crypto::Certificate> helpers,
                                             const std::string& where,
                                             std::size_t intermediates) const {
    CUPEL_TRY(auto chain, crypto::verify_chain(leaf, helpers, collateral_.crls, context_,
                                               rules(where, intermediates)));
    // Intel's collateral always carries its CRLs: without one it is not complete.
    if (!chain.not_proved.empty() && context_.revocation != Revocation::dangerous_ignored) {
      return failure(Code::revocation_unknown, where, chain.not_proved.front(), "");
    }
    return chain;
  }

  void rely_on(const crypto::VerifiedChain& chain) {
    assurance_.valid_until = std::min(assurance_.valid_until, chain.valid_until);
    for (const std::string& line : chain.assumed) {
      if (std::find(assurance_.assumed.begin(), assurance_.assumed.end(), line) ==
          assurance_.assumed.end()) {
        assurance_.assumed.push_back(line);
      }
    }
  }

  Result<Unit> verify_leaf(const PckLeaf& leaf) {
    std::vector<crypto::Certificate> helpers = certificates_->helpers;
    helpers.insert(helpers.end(), collateral_.certificates.begin(), collateral_.certificates.end());
    // CHECK dcap-03
    auto chain = verify_chain(leaf.certificate, helpers, std::string(kPckCertificate), 1);
    if (!chain) {
      return failed("dcap-03", std::move(chain).error());
    }
    // CHECK dcap-04
    if (leaf.certificate.common_name() != kPckName || pck_ca(leaf.certificate).empty() ||
        chain->path.size() != 3) {
      return failure(Code::bad_certificate, std::string(kPckCertificate),
                     leaf.certificate.subject() + ", issued by " + leaf.certificate.issuer() +
                         ", is no PCK certificate",
                     "dcap-04");
    }
    rely_on(*chain);
    assurance_.proved.push_back("an Intel processor signed this quote: FMSPC " +
                                to_hex(leaf.platform.fmspc) + ", certified by " +
                                chain->path.at(1).common_name() + " below " + chain->anchor_name);
    return Unit{};
  }

  // ---- dcap-05 to dcap-07: from the PCK key to the body ----------------------------------------

  // What an attestation key carries along from quote to quote, unchanged until the machine
  // certifies a new one.
  Result<Unit> signed_qe_report(const crypto::Certificate& certificate) const {
    const SignatureData& data = parts_.signature;
    return verify_once(certificate.public_key(),
                       crypto::sha256(data.qe_report_bytes, data.qe_report_signature),
                       data.qe_report_bytes, data.qe_report_signature, "dcap.qe_report_signature");
  }

  Result<Unit> verify_signatures(const crypto::Certificate& leaf) const {
    const SignatureData& data = parts_.signature;
    // CHECK dcap-05
    if (auto valid = signed_qe_report(leaf); !valid) {
      return failed("dcap-05", std::move(valid).error());
    }
    // CHECK dcap-06
    ByteVector bound = crypto::digest(crypto::Hash::sha256,
                                      {Bytes(data.attestation_key), Bytes(data.qe_auth_data)});
    bound.resize(data.qe_report.report_data.size(), 0);
    if (!crypto::equal(bound, data.qe_report.report_data)) {
      return failure(Code::digest_mismatch, "dcap.qe_report.report_data",
                     "the quoting enclave vouches for another attestation key", "dcap-06");
    }
    // CHECK dcap-07
    const Bytes point(data.attestation_key);
    const Bytes signature(data.signature);
    auto valid =
        crypto::verify_ecdsa_by_point({crypto::KeyType::ec_p256, point.first(32), point.subspan(32),
                                       "dcap.signature.attestation_key"},
                                      crypto::Hash::sha256, parts_.signed_bytes,
                                      signature.first(32), signature.subspan(32), "dcap.signature");
    if (!valid) {
      return failed("dcap-07", std::move(valid).error());
    }
    return Unit{};
  }

  // ---- dcap-08 to dcap-13: Intel's word on this platform ---------------------------------------

  // Signed by a TCB signing key directly below a trusted root.
  Result<Unit> verify_document(const SignedText& document, const std::string& where) {
    std::optional<Error> reason;
    for (const crypto::Certificate& candidate : collateral_.certificates) {
      if (candidate.common_name() != kSignerName) {
        continue;
      }
      auto valid = verify_under(candidate, document, where);
      if (valid) {
        return valid;
      }
      // A signature that holds under an unusable certificate says more than one that does not.
      if (!reason || reason->code == Code::bad_signature) {
        reason = std::move(valid).error();
      }
    }
    return reason ? std::move(*reason)
                  : failure(Code::collateral_missing, where + ".issuer_chain",
                            "no certificate of " + std::string(kSignerName) + " was given", "");
  }

  Result<Unit> verify_under(const crypto::Certificate& signer, const SignedText& document,
                            const std::string& where) {
    CUPEL_TRY([[maybe_unused]] auto valid,
              verify_once(signer.public_key(), document.sha256, document.text, document.signature,
                          where + ".signature"));
    if (signer_ && *signer_ == signer.sha256()) {
      return Unit{};  // judged a moment ago, for the other document
    }
    CUPEL_TRY(const auto chain,
              verify_chain(signer, collateral_.certificates, where + ".issuer_chain", 0));
    rely_on(chain);
    signer_ = signer.sha256();
    return Unit{};
  }

  Result<Unit> is_current(UnixTime issued, UnixTime next, const std::string& where,
                          const std::string& check) {
    if (context_.now < issued) {
      return failure(Code::not_yet_valid, where + ".issueDate",
                     "the collateral was issued on " + to_string(issued), check);
    }
    if (context_.now > next) {
      return failure(Code::expired, where + ".nextUpdate",
                     "the collateral expired on " + to_string(next) +
                         "; this says nothing about the platform: fetch it anew",
                     check);
    }
    assurance_.valid_until = std::min(assurance_.valid_until, next);
    return Unit{};
  }

  // The document for this kind of quote; what is there for the other kind is no substitute.
  template <class Document>
  Result<const Document*> pick(const std::optional<Document>& wanted,
                               const std::optional<Document>& other, const std::string& where,
                               const std::string& check) const {
    if (wanted) {
      return &*wanted;
    }
    const std::string kind = tdx_ != nullptr ? "TDX" : "SGX";
    if (other) {
      return failure(Code::collateral_mismatch, where + ".id",
                     "what was given is for the other kind of quote, this one is of " + kind,
                     check);
    }
    return failure(Code::collateral_missing, where, "none for " + kind + " was given", check);
  }

  Result<const TcbInfo*> verify_tcb_info(const Platform& platform) {
    const std::string where(kTcbInfo);
    const auto& sgx = collateral_.sgx_tcb_info;
    const auto& tdx = collateral_.tdx_tcb_info;
    // CHECK dcap-08
    CUPEL_TRY(const TcbInfo* info,
              pick(tdx_ != nullptr ? tdx : sgx, tdx_ != nullptr ? sgx : tdx, where, "dcap-08"));
    if (auto valid = verify_document(info->signed_text, where); !valid) {
      return failed("dcap-08", std::move(valid).error());
    }
    // CHECK dcap-09
    if (info->fmspc != platform.fmspc) {
      return failure(
          Code::collateral_mismatch, where + ".fmspc",
          "it is for FMSPC " + to_hex(info->fmspc) + ", the platform is " + to_hex(platform.fmspc),
          "dcap-09");
    }
    if (info->pce_id != platform.pce_id) {
      return failure(Code::collateral_mismatch, where + ".pceId",
                     "it is for PCEID " + to_hex(info->pce_id) + ", the platform's is " +
                         to_hex(platform.pce_id),
                     "dcap-09");
    }
    // CHECK dcap-10
    CUPEL_TRY([[maybe_unused]] auto current,
              is_current(info->issue_date, info->next_update, where, "dcap-10"));
    return info;
  }

  Result<const QeIdentity*> verify_qe_identity() {
    const std::string where(kQeIdentity);
    const auto& sgx = collateral_.qe_identity;
    const auto& tdx = collateral_.td_qe_identity;
    // CHECK dcap-11
    CUPEL_TRY(const QeIdentity* identity,
              pick(tdx_ != nullptr ? tdx : sgx, tdx_ != nullptr ? sgx : tdx, where, "dcap-11"));
    if (auto valid = verify_document(identity->signed_text, where); !valid) {
      return failed("dcap-11", std::move(valid).error());
    }
    // CHECK dcap-12
    CUPEL_TRY([[maybe_unused]] auto current,
              is_current(identity->issue_date, identity->next_update, where, "dcap-12"));
    return identity;
  }

  Result<Unit> qe_is(const QeIdentity& identity) const {
    const SgxReport& report = parts_.signature.qe_report;
    const auto other = [](std::string_view field) {  // CHECK dcap-13
      return failure(Code::key_mismatch, "dcap.qe_report." + std::string(field),
                     "not what Intel's quoting enclave has", "dcap-13");
    };
    if (report.mrsigner != identity.mrsigner) {
      return other("mrsigner");
    }
    if (report.isv_prod_id != identity.isv_prod_id) {
      return other("isv_prod_id");
    }
    if ((report.misc_select & identity.misc_select_mask) != identity.misc_select) {
      return other("misc_select");
    }
    for (std::size_t i = 0; i < report.attributes.size(); ++i) {
      if ((report.attributes.at(i) & identity.attributes_mask.at(i)) != identity.attributes.at(i)) {
        return other("attributes");
      }
    }
    return Unit{};
  }

  const Parts& parts_;
  const TdxSvns* tdx_;
  const Collateral::State& collateral_;
  const VerifyContext& context_;
  std::shared_ptr<const PckCertificates> certificates_;
  std::optional<PckLeaf> brought_;
  std::optional<Sha256Digest> signer_;
  Assurance assurance_;
};

}  // namespace

Result<Facts> establish(const Parts& parts,
                        const std::shared_ptr<const PckCertificates>& certificates,
                        const TdxSvns* tdx, const Collateral& collateral,
                        const VerifyContext& context) {
  return Establisher(parts, tdx, collateral.state(), context).run(certificates);
}

}  // namespace cupel::dcap
