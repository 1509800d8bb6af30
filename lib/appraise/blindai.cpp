#include "appraise/blindai.hpp"

#include <charconv>

#include "appraise/policy_json.hpp"
#include "base/hex.hpp"
#include "codec/toml.hpp"

namespace cupel::blindai {
namespace {

constexpr std::uint64_t kInit = 1;  // ATTRIBUTES.INIT, which the client adds to what it expects
constexpr std::size_t kMrenclave = 32;

void append_little_endian(ByteVector& out, std::uint64_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    out.push_back(static_cast<std::uint8_t>(value & 0xffU));
    value >>= 8U;
  }
}

// Reads members with the first error kept.
class Manifest {
 public:
  Manifest(const json::Value& document, std::string file)
      : document_(document), file_(std::move(file)) {}

  ByteVector mr_enclave() {
    const std::string* digits = text("mr_enclave");
    if (digits == nullptr) {
      return {};
    }
    auto bytes = from_hex(*digits, kMrenclave, "mr_enclave");
    if (!bytes) {
      fail("mr_enclave", "must be 64 hexadecimal digits and nothing else");
      return {};
    }
    return std::move(bytes).value();
  }

  bool allow_debug() {
    const json::Value* value = member("allow_debug");
    if (value != nullptr && value->boolean() == nullptr) {
      fail("allow_debug", "must be true or false");
    }
    return value != nullptr && value->boolean() != nullptr && *value->boolean();
  }

  // "0x4": at most `digits` of them.
  std::uint64_t number(std::string_view key, std::size_t digits) {
    const std::string* written = text(key);
    if (written == nullptr) {
      return 0;
    }
    const std::string_view all(*written);
    const std::string_view rest = all.substr(all.starts_with("0x") ? 2 : 0);
    std::uint64_t value = 0;
    const auto [end, error] =
        std::from_chars(rest.data(), rest.data() + rest.size(), value, /*base=*/16);
    if (rest.empty() || rest.size() > digits || rest.front() == '-' || error != std::errc{} ||
        end != rest.data() + rest.size()) {
      fail(key, "must be a hexadecimal number of at most " + std::to_string(digits) + " digits");
      return 0;
    }
    return value;
  }

  const std::optional<Error>& error() const { return error_; }

 private:
  const json::Value* member(std::string_view key) {
    const json::Value* found = document_.find(key);
    if (found == nullptr) {
      fail(key, "is missing; a manifest has all eight members");
    }
    return found;
  }
  const std::string* text(std::string_view key) {
    const json::Value* found = member(key);
    if (found != nullptr && found->string() == nullptr) {
      fail(key, "must be a text");
      return nullptr;
    }
    return found != nullptr ? found->string() : nullptr;
  }
  void fail(std::string_view key, std::string detail) {
    if (!error_) {
      error_ = policy_error(file_ + ": " + std::string(key), std::move(detail));
    }
  }

  const json::Value& document_;
  std::string file_;
  std::optional<Error> error_;
};

Requirement masked(std::string claim, ByteVector value, ByteVector mask) {
  return {std::move(claim), Requirement::Op::masked, {std::move(value), std::move(mask)}};
}

}  // namespace

bool looks_like_manifest(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] != '{' &&
         (text.find("mr_enclave") != std::string_view::npos ||
          text.find("attributes_flags_hex") != std::string_view::npos);
}

Result<Alternative> manifest(std::string_view text, const std::string& file) {
  const auto document = toml::parse(text, file);
  if (!document) {
    return Error{document.error().code == Code::too_large ? Code::too_large : Code::bad_policy,
                 file, document.error().offset, document.error().detail, "lint-does-not-load"};
  }
  CUPEL_TRY([[maybe_unused]] auto known,
            exact_object(*document, file, "",
                         {"mr_enclave", "allow_debug", "attributes_flags_hex",
                          "attributes_mask_flags_hex", "attributes_xfrm_hex",
                          "attributes_mask_xfrm_hex", "misc_select_hex", "misc_mask_hex"}));
  Manifest reader(*document, file);
  Alternative out;
  out.family = "sgx";
  out.label = file.substr(file.find_last_of('/') + 1);
  out.require.push_back({"sgx.mrenclave", Requirement::Op::equals, {reader.mr_enclave()}});
  out.dangerous_allow_debug = reader.allow_debug();
  ByteVector attributes;
  ByteVector mask;
  append_little_endian(attributes, reader.number("attributes_flags_hex", 16) | kInit, 8);
  append_little_endian(mask, reader.number("attributes_mask_flags_hex", 16), 8);
  append_little_endian(attributes, reader.number("attributes_xfrm_hex", 16), 8);
  append_little_endian(mask, reader.number("attributes_mask_xfrm_hex", 16), 8);
  out.require.push_back(masked("sgx.attributes", std::move(attributes), std::move(mask)));
  ByteVector misc;
  ByteVector misc_mask;
  append_little_endian(misc, reader.number("misc_select_hex", 8), 4);
  append_little_endian(misc_mask, reader.number("misc_mask_hex", 8), 4);
  out.require.push_back(masked("sgx.misc_select", std::move(misc), std::move(misc_mask)));
  if (reader.error()) {
    return *reader.error();
  }
  // What the client adds of its own: these two levels, and report data that is the hash of the
  // enclave's certificate. It looks at the first half alone; what follows is zero, and stays so.
  out.require.push_back({"dcap.tcb.status",
                         Requirement::Op::one_of,
                         {std::string("UpToDate"), std::string("SWHardeningNeeded")}});
  ByteVector tail(32, 0);
  tail.resize(64, 0xff);
  out.require.push_back(masked("sgx.report_data", ByteVector(64, 0), std::move(tail)));
  out.tls_key = TlsBinding{"sgx.report_data", 0, TlsBinding::Form::certificate_sha256};
  return out;
}

}  // namespace cupel::blindai
