// Intel's word on its quoting enclaves. Source: Intel SGX and TDX Provisioning Certification
// Service API v3 and v4, Get Quoting Enclave Identity and Get TD Quoting Enclave Identity.
#include <algorithm>

#include "dcap/tcb_info.hpp"

namespace cupel::dcap {
namespace {

constexpr std::uint64_t kMax16 = 0xffff;
constexpr std::uint64_t kMax32 = 0xffffffff;

// Intel writes the four bytes as they lie in memory: little-endian.
std::uint32_t read_misc(json::ObjectReader& reader, std::string_view key) {
  const auto bytes = read_hex<4>(reader, key);
  std::uint32_t out = 0;
  for (std::size_t i = bytes.size(); i > 0; --i) {
    out = (out << 8U) | bytes.at(i - 1);
  }
  return out;
}

}  // namespace

Result<QeIdentity> parse_qe_identity(std::string_view document) {
  CUPEL_TRY(SignedDocument parsed, parse_signed(document, "enclaveIdentity", kQeIdentity));
  QeIdentity out;
  out.signed_text = std::move(parsed.signed_text);
  json::ObjectReader reader(parsed.body, std::string(kQeIdentity));
  const std::string id = reader.string("id");
  const std::uint64_t version = read_number(reader, "version", kMax32);
  if (reader.ok() && version != 2) {
    return Error{Code::unsupported_version, reader.path("version"), kNoOffset,
                 "version " + std::to_string(version)};
  }
  if (reader.ok() && id != "QE" && id != "TD_QE") {
    reader.fail(Code::out_of_range, "id", "neither QE nor TD_QE");
  }
  out.id = id == "TD_QE" ? EnclaveId::td_qe : EnclaveId::qe;
  out.issue_date = read_date(reader, "issueDate");
  out.next_update = read_date(reader, "nextUpdate");
  out.evaluation_data_number =
      static_cast<std::uint32_t>(read_number(reader, "tcbEvaluationDataNumber", kMax32));
  out.misc_select = read_misc(reader, "miscselect");
  out.misc_select_mask = read_misc(reader, "miscselectMask");
  out.attributes = read_hex<16>(reader, "attributes");
  out.attributes_mask = read_hex<16>(reader, "attributesMask");
  out.mrsigner = read_hex<32>(reader, "mrsigner");
  out.isv_prod_id = static_cast<std::uint16_t>(read_number(reader, "isvprodid", kMax16));
  const json::Value* levels = reader.required("tcbLevels");
  CUPEL_TRY([[maybe_unused]] auto end, reader.finish());
  CUPEL_TRY(out.levels, read_svn_levels(levels, std::string(kQeIdentity) + ".tcbLevels"));
  return out;
}

}  // namespace cupel::dcap
