#include "dcap/pck.hpp"

#include <algorithm>

#include "codec/pem.hpp"
#include "crypto/tagged_values.hpp"

namespace cupel::dcap {
namespace {

using crypto::TaggedValue;
using Kind = TaggedValue::Kind;

std::string place(std::string_view field) {
  return std::string(kPckCertificate) + "." + std::string(field);
}

// Reads the members of one SEQUENCE by OID, with the first error kept.
class Members {
 public:
  static Result<Members> of(Bytes der, std::string prefix, std::string_view field) {
    CUPEL_TRY(auto values, crypto::parse_tagged_values(der, place(field)));
    return Members(std::move(values), std::move(prefix));
  }

  bool has(unsigned number) const { return find(number) != nullptr; }

  template <std::size_t N>
  std::array<std::uint8_t, N> octets(unsigned number, std::string_view field) {
    std::array<std::uint8_t, N> out{};
    const TaggedValue* value = take(number, Kind::octets, field);
    if (value == nullptr) {
      return out;
    }
    if (value->content.size() != N) {
      fail(Code::bad_length, field);
      return out;
    }
    std::copy(value->content.begin(), value->content.end(), out.begin());
    return out;
  }

  std::uint64_t number(unsigned member, Kind kind, std::uint64_t max, std::string_view field) {
    const TaggedValue* value = take(member, kind, field);
    if (value == nullptr) {
      return 0;
    }
    std::uint64_t out = 0;
    if (value->content.size() > 4) {
      fail(Code::out_of_range, field);
      return 0;
    }
    for (const std::uint8_t byte : value->content) {
      out = (out << 8U) | byte;
    }
    if (out > max) {
      fail(Code::out_of_range, field);
      return 0;
    }
    return out;
  }

  bool boolean(unsigned member, std::string_view field) {
    const TaggedValue* value = take(member, Kind::boolean, field);
    return value != nullptr && value->content.front() != 0;
  }

  ByteVector sequence(unsigned member, std::string_view field) {
    const TaggedValue* value = take(member, Kind::sequence, field);
    return value != nullptr ? value->content : ByteVector{};
  }

  Result<Unit> status() const {
    if (error_) {
      return *error_;
    }
    return Unit{};
  }
  // Refuses members that nobody asked for.
  Result<Unit> finish() const {
    CUPEL_TRY([[maybe_unused]] auto so_far, status());
    if (taken_ != values_.size()) {
      return Error{Code::unknown_field, place("sgx_extension"), kNoOffset,
                   "a member below " + prefix_ + " that is not known"};
    }
    return Unit{};
  }

 private:
  Members(std::vector<TaggedValue> values, std::string prefix)
      : values_(std::move(values)), prefix_(std::move(prefix)) {}

  const TaggedValue* find(unsigned number) const {
    const std::string oid = prefix_ + "." + std::to_string(number);
    const auto found = std::find_if(values_.begin(), values_.end(),
                                    [&](const TaggedValue& v) { return v.oid == oid; });
    return found == values_.end() ? nullptr : &*found;
  }
  const TaggedValue* take(unsigned number, Kind kind, std::string_view field) {
    const TaggedValue* value = find(number);
    if (value == nullptr) {
      fail(Code::missing_field, field);
      return nullptr;
    }
    ++taken_;
    if (value->kind != kind) {
      fail(Code::bad_encoding, field);
      return nullptr;
    }
    return value;
  }
  void fail(Code code, std::string_view field) {
    if (!error_) {
      error_ = Error{code, place(field)};
    }
  }

  std::vector<TaggedValue> values_;
  std::string prefix_;
  std::size_t taken_ = 0;
  std::optional<Error> error_;
};

Result<Unit> parse_tcb(Bytes der, const std::string& prefix, Platform& out) {
  constexpr std::uint64_t kMaxSvn = 0xff;
  constexpr std::uint64_t kMaxPceSvn = 0xffff;
  CUPEL_TRY(Members tcb, Members::of(der, prefix, "tcb"));
  for (unsigned i = 0; i < out.components.size(); ++i) {
    out.components.at(i) =
        static_cast<std::uint8_t>(tcb.number(i + 1, Kind::integer, kMaxSvn, "tcb.component"));
  }
  out.pce_svn =
      static_cast<std::uint16_t>(tcb.number(17, Kind::integer, kMaxPceSvn, "tcb.pce_svn"));
  out.cpu_svn = tcb.octets<16>(18, "tcb.cpu_svn");
  return tcb.finish();
}

Result<Unit> parse_configuration(Bytes der, const std::string& prefix, Platform& out) {
  CUPEL_TRY(Members configuration, Members::of(der, prefix, "configuration"));
  out.dynamic_platform = configuration.boolean(1, "configuration.dynamic_platform");
  out.cached_keys = configuration.boolean(2, "configuration.cached_keys");
  out.smt_enabled = configuration.boolean(3, "configuration.smt_enabled");
  return configuration.finish();
}

// As the quoting library writes it: PEM, then at most one NUL.
std::string_view without_terminator(Bytes data) {
  std::string_view text = as_text(data);
  if (text.ends_with('\0')) {
    text.remove_suffix(1);
  }
  return text;
}

}  // namespace

Result<Platform> parse_platform(const crypto::Certificate& certificate) {
  const std::string prefix(kSgxExtension);
  const auto extension = certificate.extension(kSgxExtension);
  if (!extension) {
    return Error{Code::missing_field, place("sgx_extension"), kNoOffset, certificate.subject()};
  }
  CUPEL_TRY(Members all, Members::of(*extension, prefix, "sgx_extension"));
  Platform out;
  out.ppid = all.octets<16>(1, "ppid");
  const ByteVector tcb = all.sequence(2, "tcb");
  out.pce_id = all.octets<2>(3, "pce_id");
  out.fmspc = all.octets<6>(4, "fmspc");
  out.sgx_type = static_cast<std::uint8_t>(all.number(5, Kind::enumerated, 2, "sgx_type"));
  ByteVector configuration;
  if (all.has(6)) {
    out.platform_instance_id = all.octets<16>(6, "platform_instance_id");
  }
  if (all.has(7)) {
    configuration = all.sequence(7, "configuration");
  }
  CUPEL_TRY([[maybe_unused]] auto read, all.finish());
  CUPEL_TRY([[maybe_unused]] auto components, parse_tcb(tcb, prefix + ".2", out));
  if (!configuration.empty()) {
    CUPEL_TRY([[maybe_unused]] auto flags, parse_configuration(configuration, prefix + ".7", out));
  }
  return out;
}

Result<std::shared_ptr<const PckCertificates>> read_certificates(const CertificationData& data) {
  auto out = std::make_shared<PckCertificates>();
  out->type = data.type;
  out->source = data.data;
  if (data.type != CertificationType::pck_leaf && data.type != CertificationType::pck_chain) {
    return std::shared_ptr<const PckCertificates>(std::move(out));
  }
  CUPEL_TRY(const auto ders,
            pem::parse_certificates(without_terminator(data.data), kPckCertificate));
  if (data.type == CertificationType::pck_leaf && ders.size() != 1) {
    return Error{Code::bad_length, std::string(kPckCertificate), kNoOffset,
                 "certification data of type 4 are the leaf alone"};
  }
  for (const ByteVector& der : ders) {
    CUPEL_TRY(crypto::Certificate certificate, crypto::Certificate::from_der(der, kPckCertificate));
    if (!certificate.extension(kSgxExtension)) {
      out->helpers.push_back(std::move(certificate));
      continue;
    }
    if (out->leaf) {
      return Error{Code::duplicate_field, std::string(kPckCertificate), kNoOffset,
                   "two certificates with the SGX extension"};
    }
    CUPEL_TRY(Platform platform, parse_platform(certificate));
    out->leaf = PckLeaf{std::move(certificate), std::move(platform)};
  }
  if (!out->leaf) {
    return Error{Code::missing_field, std::string(kPckCertificate), kNoOffset,
                 "no certificate has the SGX extension"};
  }
  return std::shared_ptr<const PckCertificates>(std::move(out));
}

std::string_view pck_ca(const crypto::Certificate& leaf) noexcept {
  const std::string& issuer = leaf.issuer();
  if (issuer.find("CN=Intel SGX PCK Platform CA") != std::string::npos) {
    return "platform";
  }
  if (issuer.find("CN=Intel SGX PCK Processor CA") != std::string::npos) {
    return "processor";
  }
  return {};
}

}  // namespace cupel::dcap
