// RTMR 1 and 2 of a Linux that QEMU loads itself: firmware measures the kernel after QEMU has
// filled in its header (Linux Documentation/arch/x86/boot.rst), so the same is done here.
#include <algorithm>
#include <cupel/measure/pe.hpp>
#include <cupel/measure/tdx.hpp>

#include "base/reader.hpp"
#include "crypto/digest.hpp"
#include "measure/unicode.hpp"
#include "measure/writer.hpp"

namespace cupel::measure {
namespace {

constexpr std::size_t kHeaderEnd = 0x268;
constexpr std::uint64_t kLowMemory = 0xb0000000;

Error error(Code code, std::string_view field, std::string detail) {
  return Error{code, "measure.tdx." + std::string(field), kNoOffset, std::move(detail)};
}

std::uint32_t u32_at(Bytes in, std::size_t at) {
  return ByteReader(in.subspan(at), "measure.tdx.kernel").u32le("field");
}

void set_u32(ByteVector& into, std::size_t at, std::uint32_t value) {
  put(into, at, Writer().u32le(value).take());
}

// The highest address an initrd may end at. For protocols from 2.12 on without the flag,
// tdx-measure and dstack-mr take the old constant, and the captured values are theirs; QEMU's own
// code reads the header's field there. Kernels since 2012 have the flag.
Result<std::uint64_t> initrd_limit(Bytes kernel, unsigned protocol, const TdxDirectBoot& boot) {
  std::uint64_t limit = 0x37ffffff;
  if (protocol >= 0x20c && (kernel[0x236] & 0x40U) != 0) {
    limit = 0xffffffff;
  } else if (protocol >= 0x203 && protocol < 0x20c) {
    limit = u32_at(kernel, 0x22c);
  }
  const std::uint64_t below_4g = boot.memory < kLowMemory ? boot.memory : 0x80000000;
  const std::uint64_t needed = std::uint64_t{boot.initrd.size()} + (1U << 20U);
  if (boot.acpi_data_size > below_4g || below_4g - boot.acpi_data_size < needed) {
    return error(Code::out_of_range, "memory", "too little for the initrd");
  }
  return std::min(limit, below_4g - boot.acpi_data_size - 1);
}

Result<ByteVector> patched(const TdxDirectBoot& boot) {
  ByteVector out = to_vector(boot.kernel);
  if (out.size() < kHeaderEnd || as_text(Bytes(out).subspan(0x202, 4)) != "HdrS") {
    return error(Code::unsupported_version, "kernel", "no Linux kernel with a boot header");
  }
  const unsigned protocol = out[0x206] | unsigned{out[0x207]} << 8U;
  if (protocol < 0x202) {
    return error(Code::unsupported_version, "kernel.protocol", std::to_string(protocol));
  }
  const bool high = (out[0x211] & 1U) != 0;
  const std::uint32_t real = high ? 0x10000 : 0x90000;
  // QEMU rounds the command line's room up to 16 bytes and puts it below this address.
  const auto room = static_cast<std::uint32_t>((boot.command_line.size() + 16) & ~std::size_t{15});
  const std::uint32_t line = high ? 0x20000 : 0x9a000 - room;
  out[0x210] = 0xb0;  // type_of_loader: QEMU
  out[0x211] |= 0x80U;
  set_u32(out, 0x224, line - real - 0x200);  // heap_end_ptr
  set_u32(out, 0x228, line);                 // cmd_line_ptr
  if (!boot.initrd.empty()) {
    CUPEL_TRY(const std::uint64_t limit, initrd_limit(out, protocol, boot));
    if (boot.initrd.size() > limit) {
      return error(Code::out_of_range, "initrd", "larger than what lies below its limit");
    }
    set_u32(out, 0x218,
            static_cast<std::uint32_t>((limit - boot.initrd.size()) & ~std::uint64_t{0xfff}));
    set_u32(out, 0x21c, static_cast<std::uint32_t>(boot.initrd.size()));
  }
  return out;
}

class Register {
 public:
  Register(std::string name, Recipe& recipe) : name_(std::move(name)), recipe_(recipe) {}
  void extend(std::string what, Bytes digest) {
    value_ = crypto::digest(crypto::Hash::sha384, {value_, digest});
    recipe_.events.push_back({name_, std::move(what), to_vector(digest)});
  }
  void extend_hash(std::string what, Bytes data) {
    extend(std::move(what), crypto::digest(crypto::Hash::sha384, data));
  }
  void finish() {
    recipe_.values.push_back({name_, "sha384", value_, "tdx.rtmr." + name_.substr(4)});
  }

 private:
  std::string name_;
  Recipe& recipe_;
  ByteVector value_ = ByteVector(48);
};

}  // namespace

Result<Recipe> predict_rtmrs(const TdxDirectBoot& boot) {
  if (boot.memory < (64U << 20U)) {
    return error(Code::out_of_range, "memory", "the guest's memory in bytes, at least 64 MiB");
  }
  CUPEL_TRY(const ByteVector kernel, patched(boot));
  CUPEL_TRY(const PeImage image, PeImage::parse(kernel));
  Recipe out;
  out.kind = "tdx-boot";
  out.parameters = {{"command_line", boot.command_line},
                    {"memory", std::to_string(boot.memory)},
                    {"acpi_data_size", std::to_string(boot.acpi_data_size)},
                    {"initrd_suffix", boot.initrd_suffix ? "true" : "false"}};
  Register first("rtmr1", out);
  first.extend("kernel, as QEMU patches it", image.authenticode(Algorithm::sha384));
  for (const std::string_view action :
       {"Calling EFI Application from Boot Option", "", "Exit Boot Services Invocation",
        "Exit Boot Services Returned with Success"}) {
    const ByteVector separator(4);
    first.extend_hash(action.empty() ? "separator" : std::string(action),
                      action.empty() ? Bytes(separator) : as_bytes(action));
  }
  first.finish();
  // EDK2's QemuLoadImageLib appends its word only where there is an initrd, and gives no options
  // when nothing is left; Linux measures the options and the initrd only if they are not empty.
  Register second("rtmr2", out);
  const bool suffix = boot.initrd_suffix && !boot.initrd.empty();
  CUPEL_TRY(ByteVector line, utf8_to_utf16le(boot.command_line + (suffix ? " initrd=initrd" : ""),
                                             "measure.tdx.command_line"));
  if (!line.empty()) {
    line.insert(line.end(), 2, 0);
    second.extend_hash("command line", line);
  }
  if (!boot.initrd.empty()) {
    second.extend_hash("initrd", boot.initrd);
  }
  second.finish();
  return out;
}

}  // namespace cupel::measure
