#include <algorithm>
#include <array>
#include <cupel/measure/boot.hpp>

#include "base/hex.hpp"
#include "measure/unicode.hpp"

namespace cupel::measure {
namespace {

constexpr std::string_view kCalling = "Calling EFI Application from Boot Option";
constexpr std::string_view kReturning = "Returning from EFI Application from Boot Option";
constexpr std::array<std::uint8_t, 4> kSeparator = {};
constexpr unsigned kStartsKernelItself = 258;
constexpr unsigned kAddons = 254;
constexpr unsigned kConfext = 256;
constexpr std::array<std::string_view, 4> kPhases = {"enter-initrd", "enter-initrd:leave-initrd",
                                                     "enter-initrd:leave-initrd:sysinit",
                                                     "enter-initrd:leave-initrd:sysinit:ready"};

// Firmware and stub compare names by UTF-16 code unit, case and all.
Result<std::vector<Companion>> in_order(std::vector<Companion> files) {
  std::vector<std::pair<std::vector<std::uint16_t>, std::size_t>> keys;
  for (std::size_t i = 0; i < files.size(); ++i) {
    CUPEL_TRY(const ByteVector name, utf8_to_utf16le(files[i].name, "measure.boot.companion"));
    std::vector<std::uint16_t> units;
    for (std::size_t j = 0; j + 1 < name.size(); j += 2) {
      units.push_back(static_cast<std::uint16_t>(name[j] | (name[j + 1] << 8)));
    }
    keys.emplace_back(std::move(units), i);
  }
  std::ranges::sort(keys);
  std::vector<Companion> out;
  for (const auto& [key, index] : keys) {
    if (!out.empty() && out.back().name == files[index].name) {
      return Error{Code::duplicate_field, "measure.boot.companion", kNoOffset, out.back().name};
    }
    out.push_back(std::move(files[index]));
  }
  return out;
}

// Hidden names and those beyond ASCII are passed over by the stub.
std::vector<Companion> seen_by_stub(const std::vector<Companion>& files) {
  std::vector<Companion> out;
  std::ranges::copy_if(files, std::back_inserter(out), [](const Companion& file) {
    return !file.name.empty() && file.name.front() != '.' &&
           std::ranges::all_of(file.name, [](char c) { return c > 0x1f && c < 0x7f; });
  });
  return out;
}

bool is_confext(const Companion& file) {
  constexpr std::string_view kSuffix = ".confext.raw";
  std::string name = file.name;
  std::ranges::transform(name, name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return name.ends_with(kSuffix);
}

Result<std::string> section_text(const Companion& addon, std::string_view name) {
  CUPEL_TRY(const PeImage image, PeImage::parse(addon.content));
  for (const PeSection& section : image.sections()) {
    if (section.name == name) {
      CUPEL_TRY(const ByteVector data, image.mapped(section));
      return std::string(as_text(data).substr(0, as_text(data).find('\0')));
    }
  }
  return std::string();
}

std::string stripped(std::string_view text) {
  constexpr std::string_view kBlank = " \t";
  const std::size_t first = text.find_first_not_of(kBlank);
  return first == std::string_view::npos
             ? std::string()
             : std::string(text.substr(first, text.find_last_not_of(kBlank) - first + 1));
}

// What the stub makes of a command line: control characters become blanks, none at either end.
std::string mangled(std::string_view text) {
  std::string out(text);
  std::ranges::replace_if(
      out, [](char c) { return c >= 0 && c < 0x20; }, ' ');
  const std::size_t first = out.find_first_not_of(' ');
  return first == std::string::npos ? std::string()
                                    : out.substr(first, out.find_last_not_of(' ') - first + 1);
}

class Prediction {
 public:
  Prediction(const BootPlan& plan, Algorithm bank) : plan_(plan), registers_(bank) {}

  Result<Recipe> run() {
    CUPEL_TRY(const PeImage uki, PeImage::parse(plan_.uki));
    stub_ = plan_.stub;
    if (stub_ == 0) {
      CUPEL_TRY(stub_, stub_version(uki));
    }
    CUPEL_TRY(sections_, measured_sections(uki, plan_.stub, plan_.profile));
    CUPEL_TRY(global_addons_, in_order(plan_.global_addons));
    CUPEL_TRY(addons_, in_order(plan_.addons));
    for (const unsigned pcr : {0U, 1U, 2U, 3U}) {
      registers_.extend(pcr, "separator", registers_.hash(kSeparator));
    }
    CUPEL_TRY(std::ignore, pcr4(uki));
    extend_sections(registers_, sections_);
    CUPEL_TRY(std::ignore, pcr12());
    CUPEL_TRY(std::ignore, extensions());
    return recipe();
  }

 private:
  void action(std::string_view text) {
    registers_.extend(4, std::string(text), registers_.hash(as_bytes(text)));
  }

  Result<Unit> loaded(const std::string& what, Bytes file) {
    CUPEL_TRY(const PeImage image, PeImage::parse(file));
    registers_.extend(4, what, image.authenticode(registers_.bank()));
    return Unit{};
  }

  Result<Unit> pcr4(const PeImage& uki) {
    action(kCalling);
    registers_.extend(4, "separator", registers_.hash(kSeparator));
    if (plan_.returning) {
      action(kReturning);
      action(kCalling);
    }
    for (const Companion& loader : plan_.loaders) {
      CUPEL_TRY(std::ignore, loaded("boot loader " + loader.name, loader.content));
    }
    registers_.extend(4, "UKI", uki.authenticode(registers_.bank()));
    for (const auto* addons : {&global_addons_, &addons_}) {
      for (const Companion& addon : *addons) {
        if (stub_ >= kAddons) {
          CUPEL_TRY(std::ignore, loaded("addon " + addon.name, addon.content));
        }
      }
    }
    // Until 257 the stub asks the firmware to load the kernel, which measures it; with Secure Boot
    // it goes past the firmware's check, and past its measurement.
    if (stub_ < kStartsKernelItself && !plan_.secure_boot) {
      CUPEL_TRY(std::ignore, loaded("kernel (.linux)", sections_.front().data));
    }
    return Unit{};
  }

  Result<Unit> command_line(const std::string& what, std::string_view text) {
    CUPEL_TRY(ByteVector wide, utf8_to_utf16le(text, "measure.boot.command_line"));
    wide.insert(wide.end(), 2, 0);
    registers_.extend(12, what, registers_.hash(wide));
    return Unit{};
  }

  void archive(unsigned pcr, const std::string& what, std::string_view folder,
               std::uint32_t folder_mode, std::uint32_t file_mode,
               const std::vector<Companion>& files) {
    if (!files.empty()) {
      registers_.extend(pcr, what,
                        registers_.hash(stub_cpio(folder, folder_mode, file_mode, files)));
    }
  }

  Result<Unit> pcr12() {
    std::string passed = stripped(plan_.loader_options.value_or(""));
    if (!passed.empty()) {
      CUPEL_TRY(std::ignore, command_line("command line, by systemd-boot", passed));
    }
    if (plan_.profile > 0) {
      CUPEL_TRY(std::ignore, command_line("profile", std::to_string(plan_.profile)));
    }
    const std::string selector = "@" + std::to_string(plan_.profile);
    if (stub_ >= 257 && passed.starts_with(selector) &&
        (passed.size() == selector.size() || passed[selector.size()] == ' ')) {
      passed = passed.substr(selector.size());
    }
    passed = mangled(passed);
    const bool embedded = std::ranges::any_of(
        sections_, [](const MeasuredSection& section) { return section.name == ".cmdline"; });
    if (!passed.empty() && !(plan_.secure_boot && embedded)) {
      CUPEL_TRY(std::ignore, command_line("command line, by systemd-stub", passed));
    }
    CUPEL_TRY(const std::string added, addon_command_line());
    if (!added.empty()) {
      CUPEL_TRY(std::ignore, command_line("command lines of addons", added));
    }
    CUPEL_TRY(const std::vector<Companion> own, in_order(seen_by_stub(plan_.credentials)));
    archive(12, "credentials", ".extra/credentials", 0500, 0400, own);
    CUPEL_TRY(const std::vector<Companion> global,
              in_order(seen_by_stub(plan_.global_credentials)));
    archive(12, "global credentials", ".extra/global_credentials", 0500, 0400, global);
    return Unit{};
  }

  Result<std::string> addon_command_line() {
    std::string out;
    for (const auto* addons : {&global_addons_, &addons_}) {
      for (const Companion& addon : *addons) {
        CUPEL_TRY(const std::string text, section_text(addon, ".cmdline"));
        const std::string part = mangled(text);
        if (stub_ >= kAddons && !part.empty()) {
          out += (out.empty() ? "" : " ") + part;
        }
      }
    }
    return out;
  }

  Result<Unit> extensions() {
    std::vector<Companion> system;
    std::vector<Companion> configuration;
    CUPEL_TRY(const std::vector<Companion> all, in_order(seen_by_stub(plan_.extensions)));
    for (const Companion& file : all) {
      (stub_ >= kConfext && is_confext(file) ? configuration : system).push_back(file);
    }
    archive(12, "configuration extensions", ".extra/confext", 0555, 0444, configuration);
    archive(13, "system extensions", ".extra/sysext", 0555, 0444, system);
    return Unit{};
  }

  Recipe recipe() {
    const std::string bank(to_string(registers_.bank()));
    Recipe out;
    out.kind = "uki";
    out.parameters = {{"bank", bank},
                      {"stub", std::to_string(stub_)},
                      {"secure_boot", plan_.secure_boot ? "true" : "false"},
                      {"returning", plan_.returning ? "true" : "false"},
                      {"profile", std::to_string(plan_.profile)}};
    if (plan_.loader_options) {
      out.parameters.emplace_back("loader_options", *plan_.loader_options);
    }
    // What a register would hold after its separator alone: PCR 0 has the firmware's code before
    // it.
    out.values.push_back({"pcr0:separator", bank, registers_.value(0), {}});
    for (const unsigned pcr : {1U, 2U, 3U, 4U, 11U, 12U, 13U}) {
      // PCR 11 moves on while the system starts, and 1 to 3 are other firmware's business.
      const bool claimed = pcr == 4 || pcr == 12 || pcr == 13;
      out.values.push_back({"pcr" + std::to_string(pcr), bank, registers_.value(pcr),
                            claimed ? "tpm.pcr." + bank + "." + std::to_string(pcr) : ""});
    }
    for (const std::string_view phases : kPhases) {
      Registers later = registers_;
      extend_phases(later, phases);
      out.values.push_back({"pcr11:" + std::string(phases), bank, later.value(11), {}});
    }
    for (const MeasuredSection& section : sections_) {
      if (section.name == ".dtbauto" || section.name == ".efifw") {
        out.notes.push_back(
            section.name + " is measured only on machines that it matches: PCR 11 depends on them");
      }
    }
    out.notes.push_back(
        "pcr0:separator is no value of PCR 0 where firmware measures itself there, and pcr1 to "
        "pcr3 "
        "are right where firmware measures nothing but the separator (Azure)");
    out.events = registers_.events();
    return out;
  }

  const BootPlan& plan_;
  Registers registers_;
  unsigned stub_ = 0;
  std::vector<MeasuredSection> sections_;
  std::vector<Companion> global_addons_;
  std::vector<Companion> addons_;
};

}  // namespace

Result<Recipe> predict_boot(const BootPlan& plan, Algorithm bank) {
  return Prediction(plan, bank).run();
}

}  // namespace cupel::measure
