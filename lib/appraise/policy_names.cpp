// The words that a policy file uses for its rules.
#include "appraise/policy_rules.hpp"

namespace cupel {

std::string_view to_string(Requirement::Op op) noexcept {
  switch (op) {
    case Requirement::Op::equals:
      return "equals";
    case Requirement::Op::one_of:
      return "one_of";
    case Requirement::Op::at_least:
      return "at_least";
    case Requirement::Op::at_most:
      return "at_most";
    case Requirement::Op::present:
      return "present";
    case Requirement::Op::max_age_s:
      return "max_age_s";
    case Requirement::Op::none_of:
      return "none_of";
    case Requirement::Op::subset_of:
      return "subset_of";
    case Requirement::Op::masked:
      return "masked";
  }
  return "unknown";
}

std::string_view to_string(ReplayStep::Kind kind) noexcept {
  switch (kind) {
    case ReplayStep::Kind::digest:
      return "digest";
    case ReplayStep::Kind::claim:
      return "claim";
    case ReplayStep::Kind::digest_of:
      return "digest_of";
  }
  return "unknown";
}

std::string_view to_string(TlsBinding::Form form) noexcept {
  switch (form) {
    case TlsBinding::Form::spki_sha256:
      return "spki_sha256";
    case TlsBinding::Form::certificate_sha256:
      return "certificate_sha256";
    case TlsBinding::Form::root_ca_pem:
      return "root_ca_pem";
  }
  return "unknown";
}

}  // namespace cupel
