// A patch level in words: what is behind, by how much, since when, and what its owner can do.
#include <algorithm>

#include "dcap/level.hpp"

namespace cupel::dcap {
namespace {

std::string day(UnixTime time) {
  return to_string(time).substr(0, 10);
}

std::string listed(const std::vector<std::string>& items, std::string_view between = ", ") {
  std::string out;
  for (const std::string& item : items) {
    out.append(out.empty() ? "" : between).append(item);
  }
  return out;
}

// Names come from signed collateral, and still go to a terminal.
std::string plain(std::string_view text) {
  std::string out(text.substr(0, 48));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return out;
}

std::string name_of(const ComponentName& name) {
  std::string out = plain(name.category);
  if (!name.type.empty()) {
    out.append(out.empty() ? "" : ", ").append(plain(name.type));
  }
  return out.empty() ? out : " (" + out + ")";
}

std::string behind(const std::string& what, unsigned have, unsigned need) {
  return what + " is " + std::to_string(have) + ", Intel's newest level has " +
         std::to_string(need) + ": " + std::to_string(need - have) + " behind";
}

/// What lags behind the newest level, one phrase each.
class Lag {
 public:
  explicit Lag(const Matched& matched) : m_(matched) {
    const TcbLevel& newest = m_.info.levels.front();
    for (std::size_t i = 0; i < newest.sgx.size(); ++i) {
      component("SGX TCB component ", i, m_.platform.components.at(i), newest.sgx.at(i),
                m_.info.sgx_names.at(i));
    }
    if (m_.platform.pce_svn < newest.pce_svn) {
      add(behind("the PCE's SVN", m_.platform.pce_svn, newest.pce_svn));
      software_ = true;
    }
    tdx(newest);
    quoting_enclave();
  }

  const std::vector<std::string>& phrases() const { return phrases_; }
  bool bios() const { return bios_; }
  bool system() const { return system_; }
  bool module() const { return module_; }
  bool software() const { return software_; }

 private:
  void add(std::string phrase) { phrases_.push_back(std::move(phrase)); }

  void component(const std::string& what, std::size_t index, unsigned have, unsigned need,
                 const ComponentName& name) {
    if (have >= need) {
      return;
    }
    add(behind(what + std::to_string(index + 1) + name_of(name), have, need));
    (name.category == "OS/VMM" ? system_ : bios_) = true;
  }

  void tdx(const TcbLevel& newest) {
    if (m_.tdx == nullptr || !newest.tdx) {
      return;
    }
    for (std::size_t i = m_.tdx->tee_tcb_svn.at(1) > 0 ? 2 : 0; i < newest.tdx->size(); ++i) {
      component("TDX TCB component ", i, m_.tdx->tee_tcb_svn.at(i), newest.tdx->at(i),
                m_.info.tdx_names.at(i));
    }
    if (m_.module == nullptr) {
      return;
    }
    const SvnLevel& best = m_.module->levels.front();
    if (m_.tdx->tee_tcb_svn.at(0) < best.isv_svn) {
      add(behind("the SVN of the TDX module " + plain(m_.module->id), m_.tdx->tee_tcb_svn.at(0),
                 best.isv_svn) +
          " since " + day(best.tcb_date));
      module_ = true;
    }
  }

  void quoting_enclave() {
    const SvnLevel& best = m_.identity.levels.front();
    if (m_.qe.isv_svn < best.isv_svn) {
      add("the quoting enclave is of level " + std::to_string(m_.qe.isv_svn) +
          ", Intel's newest is " + std::to_string(best.isv_svn) + " since " + day(best.tcb_date));
      software_ = true;
    }
  }

  const Matched& m_;
  std::vector<std::string> phrases_;
  bool bios_ = false;
  bool system_ = false;
  bool module_ = false;
  bool software_ = false;
};

// The day on which the first better level of each was dated: since then this one is not the newest.
std::optional<UnixTime> superseded(const Matched& m) {
  std::optional<UnixTime> out;
  for (const TcbLevel& level : m.info.levels) {
    if (&level == &m.level) {
      break;
    }
    if (level.tcb_date > m.level.tcb_date && (!out || level.tcb_date < *out)) {
      out = level.tcb_date;
    }
  }
  return out;
}

bool needs_configuration(TcbStatus status) {
  switch (status) {
    case TcbStatus::configuration_needed:
    case TcbStatus::configuration_and_sw_hardening_needed:
    case TcbStatus::out_of_date_configuration_needed:
    case TcbStatus::td_relaunch_advised_configuration_needed:
      return true;
    case TcbStatus::up_to_date:
    case TcbStatus::sw_hardening_needed:
    case TcbStatus::out_of_date:
    case TcbStatus::td_relaunch_advised:
    case TcbStatus::revoked:
      break;
  }
  return false;
}

std::string remedy(TcbStatus status, const Lag& lag) {
  std::vector<std::string> steps;
  const bool relaunch = status == TcbStatus::td_relaunch_advised ||
                        status == TcbStatus::td_relaunch_advised_configuration_needed;
  if (relaunch) {
    steps.emplace_back("start the TD anew: the updated TDX module is loaded already");
  }
  if (status == TcbStatus::sw_hardening_needed ||
      status == TcbStatus::configuration_and_sw_hardening_needed) {
    steps.emplace_back(
        "the authors of the software must build it with the mitigations that the "
        "advisories name; no update of the machine changes this status");
  }
  if (lag.bios()) {
    steps.emplace_back("install the machine's current BIOS");
  }
  if (lag.system()) {
    steps.emplace_back(
        "let the operating system or hypervisor load Intel's current microcode and "
        "SEAM loader");
  }
  if (lag.module() && !relaunch) {
    steps.emplace_back("install Intel's current TDX module");
  }
  if (lag.software()) {
    steps.emplace_back("update Intel's DCAP packages (quoting enclave, PCE)");
  }
  if (needs_configuration(status)) {
    steps.emplace_back(
        "change the BIOS settings that the advisories name, hyper-threading often "
        "among them");
  }
  if (lag.bios() || lag.system() || needs_configuration(status)) {
    steps.emplace_back(
        "fetch new PCK certificates afterwards: a quote shows the patch level of "
        "its certificate, not of the machine");
  }
  if (steps.empty()) {
    steps.emplace_back("see the advisories");
  }
  std::string out;
  for (const std::string& step : steps) {
    out.append(out.empty() ? "" : "; ").append(step);
  }
  return out;
}

}  // namespace

std::vector<std::string> remarks(const Judgement& judgement, const Matched& matched) {
  if (judgement.status == TcbStatus::up_to_date) {
    return {};
  }
  const Lag lag(matched);
  std::vector<std::string> out;
  std::string headline = "that the platform is up to date: Intel calls it " +
                         std::string(to_string(judgement.status)) + "; its patch level is of " +
                         day(judgement.tcb_date);
  if (const auto since = superseded(matched)) {
    headline += ", and a newer one exists since " + day(*since);
  }
  headline += " (collateral of " + day(judgement.issue_date) + ", evaluation number " +
              std::to_string(judgement.evaluation_data_number) + ")";
  out.push_back(std::move(headline));
  if (!lag.phrases().empty()) {
    out.push_back("what is behind: " + listed(lag.phrases(), "; "));
  }
  if (!judgement.advisory_ids.empty()) {
    out.push_back("that known weaknesses are closed: " + listed(judgement.advisory_ids) +
                  " (https://www.intel.com/content/www/us/en/security-center)");
  }
  out.push_back("what the machine's owner can do: " + remedy(judgement.status, lag));
  return out;
}

}  // namespace cupel::dcap
