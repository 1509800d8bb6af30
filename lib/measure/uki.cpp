// Which sections of a unified kernel image are measured, by version of its stub.
#include <algorithm>
#include <array>
#include <charconv>
#include <cupel/measure/boot.hpp>

namespace cupel::measure {
namespace {

// First version that measures the section; in the order in which sections are extended.
struct Known {
  std::string_view name;
  unsigned since;
};
constexpr std::array kSections = {
    Known{".linux", 252}, Known{".osrel", 252},   Known{".cmdline", 252}, Known{".initrd", 252},
    Known{".ucode", 256}, Known{".splash", 252},  Known{".dtb", 252},     Known{".uname", 254},
    Known{".sbat", 254},  Known{".pcrpkey", 252}, Known{".profile", 257}, Known{".dtbauto", 257},
    Known{".hwids", 257}, Known{".efifw", 258},
};
// Of what is measured together, as mapped. A section's mapped size is only a number in its header:
// a small file with many large sections must not take all memory.
constexpr std::uint64_t kMaxMapped = std::uint64_t{1} << 30U;
constexpr unsigned kFirstThatMeasures = 252;
constexpr unsigned kFirstMulti = 257;  // images with several profiles; first of two sections wins
constexpr unsigned kFirstOfTwo = 255;  // 252 and 254 take the last; 257 and 262 the first

Error error(Code code, std::string_view field, std::string detail) {
  return Error{code, "measure.uki." + std::string(field), kNoOffset, std::move(detail)};
}

using Sections = std::vector<const PeSection*>;

// The base, and the sections of the wanted profile.
struct Profiles {
  Sections base;
  Sections chosen;
};

Result<Profiles> split(const PeImage& uki, unsigned stub, unsigned profile) {
  Profiles out;
  unsigned seen = 0;
  for (const PeSection& section : uki.sections()) {
    if (stub >= kFirstMulti && section.name == ".profile") {
      ++seen;
    }
    if (seen == 0) {
      out.base.push_back(&section);
    } else if (seen == profile + 1) {
      out.chosen.push_back(&section);
    }
  }
  if (profile >= std::max(seen, 1U)) {
    return error(Code::out_of_range, "profile",
                 "the image has " + std::to_string(seen) + " profiles");
  }
  return out;
}

// nullptr: there is none.
Result<const PeSection*> pick(const Sections& from, std::string_view name, unsigned stub,
                              bool strict) {
  Sections found;
  std::ranges::copy_if(from, std::back_inserter(found), [&](const PeSection* section) {
    return section->name == name && section->virtual_size > 0;
  });
  if (found.empty()) {
    return static_cast<const PeSection*>(nullptr);
  }
  if (found.size() > 1 && strict) {
    return error(Code::duplicate_field, std::string(name.substr(1)),
                 "the image has this section twice, and versions of the stub disagree which one "
                 "counts; say which version");
  }
  return stub < kFirstOfTwo ? found.back() : found.front();
}

}  // namespace

Result<unsigned> stub_version(const PeImage& uki) {
  constexpr std::string_view kBefore = "#### LoaderInfo: systemd-stub ";
  for (const PeSection& section : uki.sections()) {
    if (section.name != ".sdmagic") {
      continue;
    }
    CUPEL_TRY(const ByteVector data, uki.mapped(section));
    const std::string_view text = as_text(data);
    if (text.substr(0, kBefore.size()) != kBefore) {
      return error(Code::bad_encoding, "sdmagic", "not a systemd-stub's");
    }
    unsigned version = 0;
    const std::string_view digits = text.substr(kBefore.size());
    const auto [end, failed] =
        std::from_chars(digits.data(), digits.data() + digits.size(), version);
    if (failed != std::errc() || version == 0 || version > 9999) {
      return error(Code::bad_encoding, "sdmagic", "no version number");
    }
    return version;
  }
  return error(Code::missing_field, "sdmagic",
               "the image does not say which systemd-stub it has; say it yourself");
}

Result<std::vector<MeasuredSection>> measured_sections(const PeImage& uki, unsigned stub,
                                                       unsigned profile) {
  const bool strict = stub == 0;
  if (stub == 0) {
    CUPEL_TRY(stub, stub_version(uki));
  }
  if (stub < kFirstThatMeasures) {
    return error(
        Code::out_of_range, "stub",
        "systemd-stub " + std::to_string(stub) + " measures no sections; 252 is the first");
  }
  CUPEL_TRY(const Profiles profiles, split(uki, stub, profile));
  std::vector<const PeSection*> found;
  std::uint64_t mapped = 0;
  for (const Known& known : kSections) {
    if (known.since > stub) {
      continue;
    }
    CUPEL_TRY(const PeSection* section, pick(profiles.chosen, known.name, stub, strict));
    if (section == nullptr) {
      CUPEL_TRY(section, pick(profiles.base, known.name, stub, strict));
    }
    if (section != nullptr) {
      found.push_back(section);
      mapped += section->virtual_size;
    }
  }
  if (mapped > kMaxMapped) {
    return error(Code::too_large, "sections",
                 std::to_string(mapped) + " bytes are mapped, more than 1 GiB");
  }
  std::vector<MeasuredSection> out;
  for (const PeSection* section : found) {
    CUPEL_TRY(ByteVector data, uki.mapped(*section));
    out.push_back({section->name, std::move(data)});
  }
  if (out.empty() || out.front().name != ".linux") {
    return error(Code::missing_field, "linux", "the image has no kernel; is it a UKI?");
  }
  return out;
}

void extend_sections(Registers& registers, const std::vector<MeasuredSection>& sections) {
  for (const MeasuredSection& section : sections) {
    ByteVector name = to_vector(as_bytes(section.name));
    name.push_back(0);
    registers.extend(11, "name of " + section.name, registers.hash(name));
    registers.extend(11, "section " + section.name, registers.hash(section.data));
  }
}

void extend_phases(Registers& registers, std::string_view phases) {
  while (!phases.empty()) {
    const std::size_t colon = std::min(phases.find(':'), phases.size());
    if (colon > 0) {
      const std::string word(phases.substr(0, colon));
      registers.extend(11, "phase " + word, registers.hash(as_bytes(word)));
    }
    phases.remove_prefix(std::min(colon + 1, phases.size()));
  }
}

}  // namespace cupel::measure
