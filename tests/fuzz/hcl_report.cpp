// Target: cupel::hcl::parse, parse_runtime_data     Max input: 16 KiB
// Seeds: blobs of tests/vectors/hcl
// Property: the parts of a blob are the pieces that a second reading by fixed offsets finds, kept
// as they are, and zeros behind change nothing; a second JSON reader finds the same members in the
// runtime data.
#include <cupel/hcl.hpp>
#include <nlohmann/json.hpp>

#include "second_reading.hpp"

namespace {

using namespace cupel;  // NOLINT(google-build-using-namespace): a fuzz target
using fuzz::must;
using Json = nlohmann::json;

void check_report(Bytes in, const hcl::Report& found) {
  const fuzz::Places places(in);
  must(as_text(places.at(0, 4)) == "HCLA" && found.version == places.little(4, 4));
  must(found.request_type == places.little(12, 4) && places.zeros(16, 16));
  const bool tdx = found.hardware_type == hcl::HardwareType::tdx;
  must(places.little(0x4c8, 4) == (tdx ? 4U : 2U) && places.little(0x4cc, 4) == 1);
  must(found.hardware_report.size() == (tdx ? 1024U : 1184U));
  must(places.same(0x20, found.hardware_report));
  must(places.zeros(0x20 + found.hardware_report.size(), 1184 - found.hardware_report.size()));
  const auto size = static_cast<std::size_t>(places.little(0x4d0, 4));
  must(places.little(0x4c4, 4) == 1 && places.little(0x4c0, 4) == size + 20);
  must(places.little(8, 4) == 0x4d4 + size && found.runtime_data.size() == size);
  must(places.same(0x4d4, found.runtime_data));
  must(places.zeros(0x4d4 + size, in.size() - 0x4d4 - size));
}

// Whether the key's DER holds modulus and exponent as INTEGERs of these bytes (RFC 8017, A.1.1).
bool holds_key(const ByteVector& spki, const Json& jwk) {
  const auto holds = [&](const char* member) {
    ByteVector integer = fuzz::base64_digits(jwk.at(member).get_ref<const std::string&>());
    const auto first = std::ranges::find_if(integer, [](std::uint8_t byte) { return byte != 0; });
    integer.erase(integer.begin(), first);
    return !integer.empty() &&
           std::search(spki.begin(), spki.end(), integer.begin(), integer.end()) != spki.end();
  };
  return jwk.at("kty") == "RSA" && holds("n") && holds("e");
}

const Json* key_called(const Json& document, std::string_view name) {
  for (const Json& key : document.at("keys")) {
    if (key.at("kid") == name) {
      return &key;
    }
  }
  return nullptr;
}

template <class T>
bool same_member(const Json& object, const char* name, const std::optional<T>& found) {
  const auto member = object.find(name);
  return found.has_value() == (member != object.end()) && (!found || *member == *found);
}

void check_runtime_data(Bytes in, const hcl::RuntimeData& found) {
  must(fuzz::same(found.json, in));
  const Json document = Json::parse(as_text(in), nullptr, false);
  must(document.is_object());
  const Json* ak = key_called(document, "HCLAkPub");
  const Json* ek = key_called(document, "HCLEkPub");
  must(ak != nullptr && holds_key(found.ak_public, *ak));
  must(found.ek_public.has_value() == (ek != nullptr));
  must(ek == nullptr || holds_key(*found.ek_public, *ek));
  const auto configuration = document.find("vm-configuration");
  const Json vm = configuration != document.end() ? *configuration : Json::object();
  must(same_member(vm, "console-enabled", found.vm_configuration.console_enabled));
  must(same_member(vm, "secure-boot", found.vm_configuration.secure_boot));
  must(same_member(vm, "tpm-enabled", found.vm_configuration.tpm_enabled));
  must(same_member(vm, "tpm-persisted", found.vm_configuration.tpm_persisted));
  must(same_member(vm, "root-cert-thumbprint", found.vm_configuration.root_cert_thumbprint));
  must(same_member(vm, "vmUniqueId", found.vm_configuration.vm_unique_id));
  const auto user_data = document.find("user-data");
  must(found.user_data.has_value() == (user_data != document.end()));
  must(!found.user_data ||
       fuzz::hex_digits(user_data->get_ref<const std::string&>()) == *found.user_data);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes in(data, size);
  if (const auto runtime = hcl::parse_runtime_data(in)) {
    check_runtime_data(in, *runtime);
  }
  const auto report = hcl::parse(in);
  if (!report) {
    must(report.error().code != Code::internal && !report.error().check.empty());
    return 0;
  }
  must(fuzz::same(report->raw, in));
  check_report(in, *report);
  if (const auto runtime = hcl::parse_runtime_data(report->runtime_data)) {
    check_runtime_data(report->runtime_data, *runtime);
  }
  ByteVector longer = report->raw;
  longer.push_back(0);
  const auto again = hcl::parse(longer);
  must(longer.size() > 16U << 10U || (again && again->runtime_data == report->runtime_data));
  return 0;
}
