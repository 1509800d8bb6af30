// The documented claims, as rows.
#include "maa/rows.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "base/base64.hpp"
#include "base/hex.hpp"

namespace cupel::maa {
namespace {

constexpr std::string_view kRfc = "RFC 7519, 4.1";
constexpr std::string_view kService = "Azure Attestation documentation, claim sets";
constexpr std::string_view kSnpAbi = "AMD 56860, attestation report";
constexpr std::string_view kTop = "maa.";
constexpr std::string_view kNested = "maa.x-ms-isolation-tee.";

/// Beside what a claim counts as a measurement.
enum class Beside : std::uint8_t {
  nothing,
  compliance,  ///< who made the guest's own software
  firmware,    ///< the measurement of what extends the registers first
};

/// What a platform's evidence says. The same claims stand at the top, and below
/// `x-ms-isolation-tee` when the evidence was that of a virtual machine with a TPM.
struct Fact {
  std::string_view name;
  ClaimType type;
  std::size_t size;
  bool measurement;
  Beside beside;
  std::string_view meaning;
  std::string_view source;
  std::string_view unless_required{};  ///< of the kind of evidence that has the claim at all
  bool launch_setting = false;
  bool host_chosen = false;
};

constexpr auto kBytes = ClaimType::bytes;
constexpr auto kFlag = ClaimType::boolean;
constexpr auto kNumber = ClaimType::integer;
constexpr auto kText = ClaimType::string;

constexpr std::array kFacts = {
    Fact{"x-ms-attestation-type", kText, 0, false, Beside::nothing,
         "what was attested: sgx, sevsnpvm, tdxvm, azurevm, tpm", kService},
    Fact{"x-ms-compliance-status", kText, 0, false, Beside::nothing,
         "the service's word on the platform's own software: azure-compliant-uvm, "
         "azure-compliant-cvm, azure-signed-katacc-uvm",
         kService},
    Fact{"x-ms-sevsnpvm-launchmeasurement", kBytes, 48, true, Beside::nothing,
         "digest of the guest's initial memory", kSnpAbi},
    Fact{"x-ms-sevsnpvm-hostdata",
         kBytes,
         32,
         true,
         Beside::compliance,
         "what the host bound to the guest at launch; on container instances the SHA-256 of the "
         "policy of what may run, worth something only when the guest's own software is known",
         kSnpAbi,
         {},
         true,
         true},
    Fact{"x-ms-sevsnpvm-idkeydigest",
         kBytes,
         48,
         false,
         Beside::nothing,
         "SHA-384 of the key that signed the guest's identity block",
         kSnpAbi,
         {},
         true,
         true},
    Fact{"x-ms-sevsnpvm-authorkeydigest",
         kBytes,
         48,
         false,
         Beside::nothing,
         "SHA-384 of the author's key",
         kSnpAbi,
         {},
         true,
         true},
    Fact{"x-ms-sevsnpvm-reportdata", kBytes, 64, false, Beside::nothing,
         "SHA-256 of the runtime data, then zeros", kSnpAbi},
    Fact{"x-ms-sevsnpvm-reportid", kBytes, 32, false, Beside::nothing, "the guest's report id",
         kSnpAbi},
    Fact{"x-ms-sevsnpvm-familyId",
         kBytes,
         16,
         false,
         Beside::nothing,
         "family of the guest image",
         kSnpAbi,
         {},
         true,
         true},
    Fact{"x-ms-sevsnpvm-imageId",
         kBytes,
         16,
         false,
         Beside::nothing,
         "id of the guest image",
         kSnpAbi,
         {},
         true,
         true},
    Fact{"x-ms-sevsnpvm-is-debuggable", kFlag, 0, false, Beside::nothing,
         "the host may debug the guest", kSnpAbi},
    Fact{"x-ms-sevsnpvm-migration-allowed", kFlag, 0, false, Beside::nothing,
         "a migration agent may be used", kSnpAbi, "false", true},
    Fact{"x-ms-sevsnpvm-smt-allowed", kFlag, 0, false, Beside::nothing,
         "the guest may run beside others on one core", kSnpAbi},
    Fact{"x-ms-sevsnpvm-vmpl", kNumber, 0, false, Beside::nothing,
         "privilege level of who asked for the report; 0 is the highest", kSnpAbi, "0", true},
    Fact{"x-ms-sevsnpvm-guestsvn", kNumber, 0, false, Beside::nothing,
         "the guest's security version", kSnpAbi},
    Fact{"x-ms-sevsnpvm-bootloader-svn", kNumber, 0, false, Beside::nothing,
         "security version of the secure processor's boot loader", kSnpAbi},
    Fact{"x-ms-sevsnpvm-tee-svn", kNumber, 0, false, Beside::nothing,
         "security version of the secure processor's operating system", kSnpAbi},
    Fact{"x-ms-sevsnpvm-snpfw-svn", kNumber, 0, false, Beside::nothing,
         "security version of the SNP firmware", kSnpAbi},
    Fact{"x-ms-sevsnpvm-microcode-svn", kNumber, 0, false, Beside::nothing, "microcode patch level",
         kSnpAbi},
    Fact{"x-ms-sgx-mrenclave", kBytes, 32, true, Beside::nothing, "measurement of the enclave",
         "Intel SDM 3D, 38.4.1.2"},
    Fact{"x-ms-sgx-mrsigner", kBytes, 32, false, Beside::nothing,
         "hash of the enclave signer's key", "Intel SDM 3D, 38.4.1.3"},
    Fact{"x-ms-sgx-report-data", kBytes, 64, false, Beside::nothing,
         "SHA-256 of the runtime or held data, then zeros", kService},
    Fact{"x-ms-sgx-is-debuggable", kFlag, 0, false, Beside::nothing,
         "the host may debug the enclave", kService},
    Fact{"x-ms-sgx-product-id", kNumber, 0, false, Beside::nothing, "ISVPRODID of the enclave",
         kService},
    Fact{"x-ms-sgx-svn", kNumber, 0, false, Beside::nothing, "ISVSVN of the enclave", kService},
    Fact{"tdx_mrtd", kBytes, 48, true, Beside::nothing,
         "measurement of the trust domain at its build", kService},
    Fact{"tdx_rtmr0", kBytes, 48, true, Beside::firmware, "run-time measurement register 0",
         kService},
    Fact{"tdx_rtmr1", kBytes, 48, true, Beside::firmware, "run-time measurement register 1",
         kService},
    Fact{"tdx_rtmr2", kBytes, 48, true, Beside::firmware, "run-time measurement register 2",
         kService},
    Fact{"tdx_rtmr3", kBytes, 48, false, Beside::nothing,
         "run-time measurement register 3, which applications extend", kService},
    Fact{"tdx_mrseam", kBytes, 48, false, Beside::nothing, "measurement of the TDX module",
         kService},
    Fact{"tdx_mrsignerseam", kBytes, 48, false, Beside::nothing, "who signed the TDX module",
         kService},
    Fact{"tdx_mrconfigid",
         kBytes,
         48,
         false,
         Beside::nothing,
         "configuration id given by the host",
         kService,
         {},
         true,
         true},
    Fact{"tdx_mrowner",
         kBytes,
         48,
         false,
         Beside::nothing,
         "owner id given by the host",
         kService,
         {},
         true,
         true},
    Fact{"tdx_mrownerconfig",
         kBytes,
         48,
         false,
         Beside::nothing,
         "owner's configuration id",
         kService,
         {},
         true,
         true},
    Fact{"tdx_report_data", kBytes, 64, false, Beside::nothing,
         "SHA-256 of the runtime data, then zeros", kService},
    Fact{"tdx_td_attributes_debug", kFlag, 0, false, Beside::nothing,
         "the host may debug the domain", kService},
    Fact{"attester_tcb_status", kText, 0, false, Beside::nothing,
         "Intel's word on the platform's patches", kService},
    Fact{"dbgstat", kText, 0, false, Beside::nothing, "\"disabled\" when the host may not debug",
         "RFC 9711, 4.2.9"},
};

struct Own {
  std::string_view name;
  ClaimType type;
  std::size_t size;
  Form form;
  bool guest;
  std::string_view meaning;
  std::string_view source;
};

constexpr std::array kOwn = {
    Own{"maa.iat", ClaimType::time, 0, Form::seconds, false, "when the token was made", kRfc},
    Own{"maa.nbf", ClaimType::time, 0, Form::seconds, false, "from when the token is valid", kRfc},
    Own{"maa.exp", ClaimType::time, 0, Form::seconds, false,
        "from when the token is not valid any more", kRfc},
    Own{"maa.jti", kText, 0, Form::plain, false, "the token's own id", kRfc},
    Own{"maa.nonce", kText, 0, Form::plain, false,
        "the number that whoever asked the service sent along", kService},
    Own{"maa.x-ms-ver", kText, 0, Form::plain, false, "version of the claims: 1.0", kService},
    Own{"maa.secureboot", kFlag, 0, Form::plain, false, "Secure Boot was on", kService},
    Own{"maa.x-ms-azurevm-vmid", kText, 0, Form::plain, false, "the virtual machine's id",
        kService},
    Own{"maa.x-ms-azurevm-bootdebug-enabled", kFlag, 0, Form::plain, false,
        "the boot can be debugged", kService},
    Own{"maa.x-ms-azurevm-hypervisordebug-enabled", kFlag, 0, Form::plain, false,
        "the guest's hypervisor can be debugged", kService},
    Own{"maa.x-ms-azurevm-kerneldebug-enabled", kFlag, 0, Form::plain, false,
        "the kernel can be debugged", kService},
    Own{"maa.x-ms-azurevm-testsigning-enabled", kFlag, 0, Form::plain, false,
        "test-signed drivers are taken", kService},
    Own{"maa.x-ms-runtime.certificate_hash", kBytes, 32, Form::hex, true,
        "SHA-256 of the service's TLS certificate (DER), as the guest wrote it into the data that "
        "its report binds",
        "confidential-ai inference sample, runtime data"},
    Own{"maa.x-ms-runtime.nonce", kBytes, 0, Form::hex, true,
        "a nonce that the guest wrote into the data that its report binds", "Cupel"},
    Own{"maa.x-ms-runtime.client-payload.nonce", kBytes, 0, Form::base64, true,
        "a nonce that the guest gave to the attestation client", kService},
};

// The names that rows speak of, below either prefix.
struct Names {
  std::string_view prefix;
  std::array<std::string_view, 2> compliance;
  std::array<std::string_view, 2> firmware;
  std::string_view host_data;
};
constexpr std::array<Names, 2> kPlaces = {
    Names{kTop,
          {"maa.x-ms-compliance-status", "maa.x-ms-sevsnpvm-launchmeasurement"},
          {"maa.tdx_mrtd", {}},
          "maa.x-ms-sevsnpvm-hostdata"},
    Names{kNested,
          {"maa.x-ms-isolation-tee.x-ms-compliance-status",
           "maa.x-ms-isolation-tee.x-ms-sevsnpvm-launchmeasurement"},
          {"maa.x-ms-isolation-tee.tdx_mrtd", {}},
          "maa.x-ms-isolation-tee.x-ms-sevsnpvm-hostdata"}};

ClaimDef definition(const Fact& fact, std::string_view name, const Names& names) {
  ClaimDef out{.name = name,
               .type = fact.type,
               .size = fact.size,
               .measurement = fact.measurement,
               .meaning = fact.meaning,
               .source = fact.source,
               .unless_required = fact.unless_required,
               .of_one_kind = !fact.unless_required.empty(),
               .launch_setting = fact.launch_setting,
               .host_chosen = fact.host_chosen};
  if (fact.beside == Beside::compliance) {
    out.only_with = names.compliance;
  } else if (fact.beside == Beside::firmware) {
    out.only_with = names.firmware;
  }
  if (fact.name == "x-ms-compliance-status") {
    // A utility VM runs any customer's containers.
    out.told_by = names.host_data;
    out.runs_any_value = "uvm";
  }
  return out;
}

// The names, in an order that rows() follows. Kept for the life of the program, because rows hold
// views of them.
const std::vector<std::string>& fact_names() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> out;
    for (const Names& place : kPlaces) {
      for (const Fact& fact : kFacts) {
        out.push_back(std::string(place.prefix) + std::string(fact.name));
      }
    }
    return out;
  }();
  return kNames;
}

std::vector<Row> all_rows() {
  std::vector<Row> out;
  ClaimDef issuer{.name = "maa.iss",
                  .type = kText,
                  .meaning =
                      "which instance of the service speaks; instances of one region share "
                      "a key, and each follows its owner's policy",
                  .source = kRfc};
  issuer.speaker = true;
  out.push_back(Row{issuer, Form::plain, false});
  for (const Own& own : kOwn) {
    out.push_back(Row{ClaimDef{.name = own.name,
                               .type = own.type,
                               .size = own.size,
                               .meaning = own.meaning,
                               .source = own.source},
                      own.form, own.guest});
  }
  out.push_back(
      Row{ClaimDef{.name = "maa.x-ms-policy-hash",
                   .type = kBytes,
                   .size = 32,
                   .measurement = true,
                   .meaning = "SHA-256 of the policy text (base64url) by which the instance judged",
                   .source = "Azure Attestation documentation, policy signer examples"},
          Form::base64url, false});
  std::size_t next = 0;
  for (const Names& place : kPlaces) {
    for (const Fact& fact : kFacts) {
      out.push_back(Row{definition(fact, fact_names()[next++], place),
                        fact.type == kBytes ? Form::hex : Form::plain, false});
    }
  }
  return out;
}

Result<ByteVector> read_bytes(const Row& row, const std::string& text, const std::string& where) {
  Result<ByteVector> bytes = row.form == Form::hex      ? from_hex(text, where)
                             : row.form == Form::base64 ? from_base64(text, where)
                                                        : from_base64url(text, where);
  if (bytes.ok() && (row.def.size != 0 ? bytes->size() != row.def.size : bytes->empty())) {
    return Error{Code::bad_length, where, kNoOffset, std::to_string(bytes->size()) + " bytes"};
  }
  return bytes;
}

}  // namespace

std::span<const Row> rows() {
  static const std::vector<Row> kRows = all_rows();
  return kRows;
}

const Row* find_row(std::string_view name) {
  const auto all = rows();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Row& row) { return row.def.name == name; });
  return found == all.end() ? nullptr : &*found;
}

Result<ClaimValue> read_value(const Row& row, const json::Value& value, const std::string& where) {
  const auto wrong = [&](std::string_view expected) {
    return Error{Code::bad_encoding, where, kNoOffset,
                 "expected " + std::string(expected) + ", found " + std::string(value.type_name())};
  };
  switch (row.def.type) {
    case ClaimType::boolean:
      return value.boolean() != nullptr ? Result<ClaimValue>(ClaimValue(*value.boolean()))
                                        : Result<ClaimValue>(wrong("boolean"));
    case ClaimType::integer:
    case ClaimType::time: {
      if (value.type_name() != "number") {
        return wrong("number");
      }
      const std::uint64_t* number = value.unsigned_integer();
      constexpr std::uint64_t kLatest = 253402300799;  // 9999-12-31T23:59:59Z
      const bool time = row.def.type == ClaimType::time;
      if (number == nullptr || (time && *number > kLatest)) {
        return Error{Code::out_of_range, where, kNoOffset, "not a whole number, or too large"};
      }
      return time ? ClaimValue(UnixTime(static_cast<std::int64_t>(*number))) : ClaimValue(*number);
    }
    case ClaimType::bytes: {
      if (value.string() == nullptr) {
        return wrong("string");
      }
      CUPEL_TRY(ByteVector bytes, read_bytes(row, *value.string(), where));
      return ClaimValue(std::move(bytes));
    }
    case ClaimType::string:
      return value.string() != nullptr ? Result<ClaimValue>(ClaimValue(*value.string()))
                                       : Result<ClaimValue>(wrong("string"));
  }
  return Error{Code::internal, where};
}

}  // namespace cupel::maa
