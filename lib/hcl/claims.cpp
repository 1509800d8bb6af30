// What a verified confidential VM says, as claims of all its parts.
#include "hcl/claims.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <vector>

#include "crypto/digest.hpp"
#include "snp/claims.hpp"
#include "tdx/claims.hpp"
#include "tpm/claims.hpp"

namespace cupel::hcl {
namespace {

constexpr std::string_view kSource = "Azure confidential VMs, guest attestation: HCL report";

constexpr ClaimDef fact(std::string_view name, ClaimType type, std::string_view meaning,
                        std::size_t size = 0) {
  return {.name = name, .type = type, .size = size, .meaning = meaning, .source = kSource};
}

constexpr std::array kOwn = {
    fact("hcl.hardware", ClaimType::string, "what vouches for the runtime data: snp or tdx"),
    fact("hcl.runtime_data", ClaimType::bytes, "the runtime data as they were hashed"),
    fact("hcl.runtime_data_sha256", ClaimType::bytes, "their SHA-256", 32),
    fact("hcl.ak.spki_sha256", ClaimType::bytes,
         "SHA-256 of the SubjectPublicKeyInfo of the virtual TPM's attestation key (HCLAkPub)", 32),
    fact("hcl.ek.spki_sha256", ClaimType::bytes, "the same of its endorsement key (HCLEkPub)", 32),
    fact("hcl.user_data", ClaimType::bytes,
         "64 bytes that the guest wrote to NV index 0x01400002 before the report was made", 64),
    fact("hcl.vm_configuration.console_enabled", ClaimType::boolean,
         "the host offers the guest a console"),
    fact("hcl.vm_configuration.secure_boot", ClaimType::boolean, "UEFI Secure Boot is configured"),
    fact("hcl.vm_configuration.tpm_enabled", ClaimType::boolean, "there is a virtual TPM"),
    fact("hcl.vm_configuration.tpm_persisted", ClaimType::boolean,
         "the virtual TPM's state outlives the VM"),
    fact("hcl.vm_configuration.root_cert_thumbprint", ClaimType::string,
         "thumbprint of the root that the paravisor trusts; may be empty"),
    fact("hcl.vm_configuration.vm_unique_id", ClaimType::string, "Azure's id of the VM"),
};

ByteVector spki_digest(const ByteVector& spki) {
  return to_vector(crypto::sha256(spki));
}

template <class T>
void set_if(ClaimsBuilder& builder, std::string name, const std::optional<T>& value) {
  if (value) {
    builder.set(std::move(name), *value);
  }
}

// What the other families' rows mean here. Anybody can start a machine whose software names a key
// of its own and quotes with it whatever registers it likes (and extends a TD's own as it likes):
// they say something only beside the measurement of the software that is to name the key, the
// paravisor. And a policy's silence about Intel's patch level is about machines that have one.
ClaimDef as_part(ClaimDef def) {
  constexpr std::array<std::string_view, 2> kParavisor = {"snp.measurement", "tdx.mrtd"};
  if (def.measurement &&
      std::find(kParavisor.begin(), kParavisor.end(), def.name) == kParavisor.end()) {
    def.only_with = kParavisor;
  }
  def.of_one_kind = !def.unless_required.empty();
  return def;
}

void add_hardware(ClaimsBuilder& builder, const Verified<snp::Report>& hardware) {
  snp::add_report_claims(builder, hardware);
}

void add_hardware(ClaimsBuilder& builder, const Verified<tdx::Quote>& hardware) {
  tdx::add_quote_claims(builder, hardware);
}

void add_common(ClaimsBuilder& builder, const Verified<snp::Report>& hardware) {
  snp::add_common_claims(builder, hardware);
}

void add_common(ClaimsBuilder& builder, const Verified<tdx::Quote>& hardware) {
  tdx::add_common_claims(builder, hardware);
}

template <class Hardware>
ClaimsBuilder begin(const Verified<Hardware>& hardware, const Verified<RuntimeData>& runtime_data) {
  ClaimsBuilder builder("hcl", hardware);
  builder.also(runtime_data);
  add_hardware(builder, hardware);
  add_common(builder, hardware);
  const RuntimeData& data = *runtime_data;
  const VmConfiguration& vm = data.vm_configuration;
  builder.set("hcl.hardware", std::string(to_string(data.hardware_type)))
      .set("hcl.runtime_data", data.json)
      .set("hcl.runtime_data_sha256", to_vector(crypto::sha256(data.json)))
      .set("hcl.ak.spki_sha256", spki_digest(data.ak_public));
  if (data.ek_public) {
    builder.set("hcl.ek.spki_sha256", spki_digest(*data.ek_public));
  }
  set_if(builder, "hcl.user_data", data.user_data);
  set_if(builder, "hcl.vm_configuration.console_enabled", vm.console_enabled);
  set_if(builder, "hcl.vm_configuration.secure_boot", vm.secure_boot);
  set_if(builder, "hcl.vm_configuration.tpm_enabled", vm.tpm_enabled);
  set_if(builder, "hcl.vm_configuration.tpm_persisted", vm.tpm_persisted);
  set_if(builder, "hcl.vm_configuration.root_cert_thumbprint", vm.root_cert_thumbprint);
  set_if(builder, "hcl.vm_configuration.vm_unique_id", vm.vm_unique_id);
  return builder;
}

template <class Hardware>
void add(ClaimsBuilder& builder, const Verified<Hardware>& hardware,
         const Verified<tpm::Quote>& quote) {
  builder.also(quote);
  tpm::add_quote_claims(builder, quote);
  // A quote alone says "measured boot, nothing to debug": here the hardware has the word.
  add_common(builder, hardware);
  builder.set("common.bound_data", quote->attest.extra_data);
  if (quote->ak) {
    builder.set("tpm.ak.spki_sha256", to_vector(quote->ak->spki_sha256));
  }
}

}  // namespace

std::span<const ClaimDef> claim_definitions() {
  static const std::vector<ClaimDef> all = [] {
    std::vector<ClaimDef> out(kOwn.begin(), kOwn.end());
    for (const auto table :
         {snp::claim_definitions(), tdx::claim_definitions(), tpm::claim_definitions()}) {
      std::transform(table.begin(), table.end(), std::back_inserter(out), as_part);
    }
    return out;
  }();
  return all;
}

ClaimsBuilder begin_claims(const Verified<snp::Report>& hardware,
                           const Verified<RuntimeData>& runtime_data) {
  return begin(hardware, runtime_data);
}

ClaimsBuilder begin_claims(const Verified<tdx::Quote>& hardware,
                           const Verified<RuntimeData>& runtime_data) {
  return begin(hardware, runtime_data);
}

void add_quote(ClaimsBuilder& builder, const Verified<snp::Report>& hardware,
               const Verified<tpm::Quote>& quote) {
  add(builder, hardware, quote);
}

void add_quote(ClaimsBuilder& builder, const Verified<tdx::Quote>& hardware,
               const Verified<tpm::Quote>& quote) {
  add(builder, hardware, quote);
}

Claims claims(const Verified<snp::Report>& hardware, const Verified<RuntimeData>& runtime_data) {
  return begin(hardware, runtime_data).build();
}

Claims claims(const Verified<tdx::Quote>& hardware, const Verified<RuntimeData>& runtime_data) {
  return begin(hardware, runtime_data).build();
}

Claims claims(const Verified<snp::Report>& hardware, const Verified<RuntimeData>& runtime_data,
              const Verified<tpm::Quote>& quote) {
  ClaimsBuilder builder = begin(hardware, runtime_data);
  add(builder, hardware, quote);
  return std::move(builder).build();
}

Claims claims(const Verified<tdx::Quote>& hardware, const Verified<RuntimeData>& runtime_data,
              const Verified<tpm::Quote>& quote) {
  ClaimsBuilder builder = begin(hardware, runtime_data);
  add(builder, hardware, quote);
  return std::move(builder).build();
}

}  // namespace cupel::hcl
