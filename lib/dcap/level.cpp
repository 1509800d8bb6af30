// Source: Intel SGX and TDX Provisioning Certification Service API v4, "TCB Status determination";
// Intel TDX DCAP Quoting Library API, appendix on TDX module identities; Intel SGX DCAP quote
// verification library for convergence and relaunch.
#include "dcap/level.hpp"

#include <algorithm>
#include <set>

namespace cupel::dcap {
namespace {

// What a status asks for. Hardening is the smallest worry: it vanishes behind "out of date".
struct Worries {
  bool out_of_date;
  bool configuration;
  bool hardening;
};

Worries worries_of(TcbStatus status) noexcept {
  switch (status) {
    case TcbStatus::up_to_date:
      return {false, false, false};
    case TcbStatus::sw_hardening_needed:
      return {false, false, true};
    case TcbStatus::configuration_needed:
      return {false, true, false};
    case TcbStatus::configuration_and_sw_hardening_needed:
      return {false, true, true};
    case TcbStatus::out_of_date:
    case TcbStatus::td_relaunch_advised:
      return {true, false, false};
    case TcbStatus::out_of_date_configuration_needed:
    case TcbStatus::td_relaunch_advised_configuration_needed:
    case TcbStatus::revoked:
      return {true, true, true};
  }
  return {true, true, true};
}

bool reaches(const Components& have, const Components& need, std::size_t from = 0) {
  for (std::size_t i = from; i < have.size(); ++i) {
    if (have.at(i) < need.at(i)) {
      return false;
    }
  }
  return true;
}

bool reaches_sgx(const TcbLevel& level, const Platform& platform) {
  return reaches(platform.components, level.sgx) && platform.pce_svn >= level.pce_svn;
}

// With a module version the first two components are judged by the module's own identity.
bool reaches_tdx(const TcbLevel& level, const TdxSvns& tdx) {
  const std::size_t from = tdx.tee_tcb_svn.at(1) > 0 ? 2 : 0;
  return level.tdx && reaches(tdx.tee_tcb_svn, *level.tdx, from);
}

// CHECK dcap-14
Result<const TcbLevel*> platform_level(const TcbInfo& info, const Platform& platform,
                                       const TdxSvns* tdx) {
  for (const TcbLevel& level : info.levels) {
    if (reaches_sgx(level, platform) && (tdx == nullptr || reaches_tdx(level, *tdx))) {
      return &level;
    }
  }
  return Error{Code::collateral_mismatch, std::string(kTcbLevel), kNoOffset,
               "the platform is below every level that Intel lists: it is not supported",
               "dcap-14"};
}

const SvnLevel* svn_level(const std::vector<SvnLevel>& levels, std::uint16_t svn) {
  const auto found = std::find_if(levels.begin(), levels.end(),
                                  [&](const SvnLevel& level) { return level.isv_svn <= svn; });
  return found == levels.end() ? nullptr : &*found;
}

// CHECK dcap-15
Result<TcbStatus> usable(const std::optional<TcbStatus>& status, const std::string& word,
                         std::string_view where, std::string_view what) {
  if (!status) {
    return Error{Code::collateral_mismatch, std::string(where), kNoOffset,
                 "Intel calls " + std::string(what) + " '" + word.substr(0, 64) +
                     "', a status that is not known here",
                 "dcap-15"};
  }
  if (*status == TcbStatus::revoked) {
    return Error{Code::revoked, std::string(where), kNoOffset,
                 "Intel has revoked " + std::string(what) +
                     ": its keys are no longer worth anything, whatever a policy says",
                 "dcap-15"};
  }
  return *status;
}

Error wrong_module(std::string detail) {  // CHECK dcap-16
  return Error{Code::key_mismatch, std::string(kTdxModule), kNoOffset, std::move(detail),
               "dcap-16"};
}

// Whose module it is. Before version 1 the document's own entry describes the only module.
Result<const TdxModule*> find_module(const TcbInfo& info, const TdxSvns& tdx) {
  const std::uint8_t major = tdx.tee_tcb_svn.at(1);
  const TdxModule* module = info.module ? &*info.module : nullptr;
  if (major > 0) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    const std::string id = std::string("TDX_") + kDigits.at(major >> 4U) + kDigits.at(major & 0xfU);
    const auto found = std::find_if(info.identities.begin(), info.identities.end(),
                                    [&](const TdxModule& m) { return m.id == id; });
    module = found == info.identities.end() ? nullptr : &*found;
    if (module == nullptr) {
      return wrong_module("Intel lists no TDX module " + id);
    }
  }
  if (module == nullptr || module->mrsigner != tdx.mrsignerseam) {
    return wrong_module("MRSIGNERSEAM is not the signer of Intel's TDX module");
  }
  for (std::size_t i = 0; i < tdx.seam_attributes.size(); ++i) {
    if ((tdx.seam_attributes.at(i) & module->attributes_mask.at(i)) != module->attributes.at(i)) {
      return wrong_module("SEAMATTRIBUTES are not those of Intel's TDX module");
    }
  }
  return module;
}

// CHECK dcap-17
Result<const SvnLevel*> module_level(const TdxModule& module, const TdxSvns& tdx) {
  if (module.id.empty()) {
    return nullptr;
  }
  const SvnLevel* level = svn_level(module.levels, tdx.tee_tcb_svn.at(0));
  if (level == nullptr) {
    return Error{Code::collateral_mismatch, std::string(kTdxModule), kNoOffset,
                 "the TDX module is below every level that Intel lists for " + module.id,
                 "dcap-17"};
  }
  return level;
}

// A TD that was started before the module was updated may become current by being started anew:
// TEE_TCB_SVN speaks of the module it was measured under, TEE_TCB_SVN_2 of the one that runs.
bool relaunch_would_help(const TcbInfo& info, const Platform& platform, const TdxSvns& tdx,
                         const SvnLevel& qe, const SvnLevel* module) {
  if (!tdx.tee_tcb_svn_2 || module == nullptr || module->status != TcbStatus::out_of_date ||
      qe.status != TcbStatus::up_to_date) {
    return false;
  }
  const auto sgx = std::find_if(info.levels.begin(), info.levels.end(),
                                [&](const TcbLevel& l) { return reaches_sgx(l, platform); });
  if (sgx == info.levels.end() || !sgx->status || worries_of(*sgx->status).out_of_date) {
    return false;
  }
  const Components& now = *tdx.tee_tcb_svn_2;
  const Components& newest = *info.levels.front().tdx;
  if (now.at(2) < newest.at(2)) {
    return false;
  }
  if (now.at(1) == 0) {
    return now.at(0) >= newest.at(0);
  }
  TdxSvns running = tdx;
  running.tee_tcb_svn = now;
  const auto identity = find_module(info, running);
  return identity.ok() && now.at(0) >= (*identity)->levels.front().isv_svn;
}

std::vector<std::string> all_advisories(const TcbLevel& level, const SvnLevel& qe,
                                        const SvnLevel* module) {
  std::set<std::string> ids(level.advisory_ids.begin(), level.advisory_ids.end());
  ids.insert(qe.advisory_ids.begin(), qe.advisory_ids.end());
  if (module != nullptr) {
    ids.insert(module->advisory_ids.begin(), module->advisory_ids.end());
  }
  return {ids.begin(), ids.end()};
}

}  // namespace

TcbStatus converge(TcbStatus platform, TcbStatus other) noexcept {
  if (platform == TcbStatus::revoked || other == TcbStatus::revoked) {
    return TcbStatus::revoked;
  }
  const Worries a = worries_of(platform);
  const Worries b = worries_of(other);
  const bool configuration = a.configuration || b.configuration;
  if (a.out_of_date || b.out_of_date) {
    return configuration ? TcbStatus::out_of_date_configuration_needed : TcbStatus::out_of_date;
  }
  if (a.hardening || b.hardening) {
    return configuration ? TcbStatus::configuration_and_sw_hardening_needed
                         : TcbStatus::sw_hardening_needed;
  }
  return configuration ? TcbStatus::configuration_needed : TcbStatus::up_to_date;
}

Result<Judgement> judge(const TcbInfo& info, const QeIdentity& identity, const Platform& platform,
                        std::uint16_t qe_isv_svn, const TdxSvns* tdx) {
  const TdxModule* module = nullptr;
  const SvnLevel* module_svn = nullptr;
  if (tdx != nullptr) {
    CUPEL_TRY(module, find_module(info, *tdx));
  }
  CUPEL_TRY(const TcbLevel* level, platform_level(info, platform, tdx));
  if (tdx != nullptr) {
    CUPEL_TRY(module_svn, module_level(*module, *tdx));
  }
  const SvnLevel* qe = svn_level(identity.levels, qe_isv_svn);
  if (qe == nullptr) {
    return Error{Code::collateral_mismatch, std::string(kQeIdentity) + ".tcbLevels", kNoOffset,
                 "the quoting enclave is below every level that Intel lists", "dcap-14"};
  }
  Judgement out;
  CUPEL_TRY(out.platform_status,
            usable(level->status, level->status_text, kTcbLevel, "this platform's patch level"));
  CUPEL_TRY(out.qe_status, usable(qe->status, qe->status_text, "dcap.qe_identity.tcbLevels",
                                  "this quoting enclave"));
  out.status = out.platform_status;
  if (module_svn != nullptr) {
    CUPEL_TRY(out.module_status,
              usable(module_svn->status, module_svn->status_text, kTdxModule, "this TDX module"));
    out.status = converge(out.status, *out.module_status);
    out.module_id = module->id;
    out.module_tcb_date = module_svn->tcb_date;
  }
  const bool was_out_of_date = worries_of(out.status).out_of_date;
  out.status = converge(out.status, out.qe_status);
  if (tdx != nullptr && was_out_of_date &&
      relaunch_would_help(info, platform, *tdx, *qe, module_svn)) {
    const auto sgx = std::find_if(info.levels.begin(), info.levels.end(),
                                  [&](const TcbLevel& l) { return reaches_sgx(l, platform); });
    out.status = worries_of(out.status).configuration || worries_of(*sgx->status).configuration
                     ? TcbStatus::td_relaunch_advised_configuration_needed
                     : TcbStatus::td_relaunch_advised;
  }
  out.advisory_ids = all_advisories(*level, *qe, module_svn);
  out.tcb_date = level->tcb_date;
  out.evaluation_data_number = info.evaluation_data_number;
  out.issue_date = info.issue_date;
  out.next_update = info.next_update;
  out.qe_tcb_date = qe->tcb_date;
  out.qe_isv_svn = qe_isv_svn;
  out.qe_evaluation_data_number = identity.evaluation_data_number;
  out.qe_issue_date = identity.issue_date;
  out.qe_next_update = identity.next_update;
  out.remarks = remarks(out, Matched{info, identity, platform, tdx, *level, *qe,
                                     module_svn != nullptr ? module : nullptr, module_svn});
  return out;
}

}  // namespace cupel::dcap
