#include <gtest/gtest.h>

#include <cupel/tpm.hpp>

#include "unit/tpm/event_log_cases.hpp"

namespace cupel::tpm::test {
namespace {

const ByteVector kZeros(4, 0);
constexpr std::string_view kSecureBoot = "tpm.event_log.secure_boot";
constexpr std::string_view kCount = "tpm.event_log.boot_application_count";
constexpr std::string_view kLine = "tpm.event_log.kernel_command_line";
constexpr std::uint32_t kEvIpl = 0x0000000d;

/// The claims of a log over a quote of exactly these registers.
Claims claims_over(const std::vector<Event>& events, const Registers& registers) {
  const Verified<Quote> quote = quote_of({{HashAlg::sha256, registers}});
  return claims(quote, replay(parsed(log_of(events)), quote).value());
}

/// What the events extend to, further registers, and those of boot loaders that extended nothing.
Registers registers_of(const std::vector<Event>& events, const Registers& more = {}) {
  Registers registers = extended(events, kSha256);
  registers.insert(more.begin(), more.end());
  for (const unsigned index : {8U, 11U, 12U}) {
    registers.try_emplace(index, ByteVector(32, 0));
  }
  return registers;
}

Claims claims_of(const std::vector<Event>& events, const Registers& more = {}) {
  return claims_over(events, registers_of(events, more));
}

std::optional<bool> secure_boot(const Claims& claims) {
  const Claim* found = claims.find(kSecureBoot);
  return found == nullptr ? std::nullopt : std::optional(std::get<bool>(found->value));
}

std::optional<std::string> line(const Claims& claims) {
  const Claim* found = claims.find(kLine);
  return found == nullptr ? std::nullopt : std::optional(std::get<std::string>(found->value));
}

/// Every claim that comes from the log, as text.
std::map<std::string, std::string> log_claims(const Claims& claims) {
  std::map<std::string, std::string> out;
  for (const auto& [name, claim] : claims.all()) {
    if (name.starts_with("tpm.event_log.")) {
      out.emplace(name, to_string(claim.value));
    }
  }
  return out;
}

std::vector<ByteVector> applications(const Claims& claims) {
  std::vector<ByteVector> out;
  while (const Claim* found =
             claims.find("tpm.event_log.boot_application." + std::to_string(out.size()))) {
    out.push_back(std::get<ByteVector>(found->value));
  }
  const Claim* count = claims.find(kCount);
  EXPECT_EQ(count == nullptr ? 0 : std::get<std::uint64_t>(count->value), out.size());
  return out;
}

bool not_proved(const Claims& claims, std::string_view text) {
  for (const std::string& sentence : claims.assurance().not_proved) {
    if (sentence.find(text) != std::string::npos) {
      return true;
    }
  }
  return false;
}

// ---- Secure Boot --------------------------------------------------------------------------------

ByteVector variable(std::string_view name, const ByteVector& value) {
  LogWriter w;
  w.raw(hex("61dfe48bca93d211aa0d00e098032b8c"));  // EFI_GLOBAL_VARIABLE
  w.u32(name.size()).u32(0).u32(value.size()).u32(0);
  for (const char c : name) {
    w.u8(static_cast<std::uint8_t>(c)).u8(0);
  }
  return w.raw(value).bytes();
}

Event secure_boot_event(const ByteVector& value) {
  return event(7, kEvEfiVariableDriverConfig, variable("SecureBoot", value));
}

const Event kHandOver = event(7, kEvSeparator, kZeros);
const Event kOther = event(7, kEvEfiVariableDriverConfig, variable("PK", {}));

TEST(TpmEventClaims, SecureBootIsWhatTheFirmwareMeasured) {
  EXPECT_EQ(secure_boot(claims_of({secure_boot_event({1}), kOther, kHandOver})), true);
  EXPECT_EQ(secure_boot(claims_of({secure_boot_event({0}), kOther, kHandOver})), false);
  EXPECT_EQ(secure_boot(claims_of({kOther, secure_boot_event({1}), kHandOver})), true);
  EXPECT_EQ(secure_boot(claims_of({secure_boot_event({1}), secure_boot_event({1}), kHandOver})),
            true);
}

TEST(TpmEventClaims, SecureBootSaysNothingOfItsKeys) {
  EXPECT_TRUE(not_proved(claims_of({secure_boot_event({1}), kHandOver}),
                         "which keys Secure Boot trusted: require PCR 7"));
  EXPECT_FALSE(not_proved(claims_of({secure_boot_event({0}), kHandOver}), "which keys"));
  EXPECT_FALSE(not_proved(claims_of({kOther, kHandOver}), "which keys"));
}

TEST(TpmEventClaims, SecureBootIsAbsentWhenTheVariableIsNeitherOnNorOff) {
  for (const ByteVector& value : {ByteVector{}, ByteVector{2}, ByteVector{1, 0}}) {
    const Claims found = claims_of({secure_boot_event(value), kHandOver});
    EXPECT_EQ(secure_boot(found), std::nullopt);
    EXPECT_TRUE(not_proved(found, "Secure Boot"));
  }
  EXPECT_EQ(secure_boot(claims_of({kOther, kHandOver})), std::nullopt);
}

TEST(TpmEventClaims, SecureBootIsAbsentWhenMeasuredAfterTheSeparator) {
  const Claims found = claims_of({kOther, kHandOver, secure_boot_event({1})});
  EXPECT_EQ(secure_boot(found), std::nullopt);
  EXPECT_TRUE(not_proved(found, "Secure Boot"));
  EXPECT_EQ(secure_boot(claims_of({secure_boot_event({0}), kHandOver, secure_boot_event({1})})),
            false);
}

TEST(TpmEventClaims, SecureBootKnowsTheSeparatorUnderAnyName) {
  Event renamed = kHandOver;
  renamed.type = kEvIpl;
  EXPECT_EQ(secure_boot(claims_of({kOther, renamed, secure_boot_event({1}), kHandOver})),
            std::nullopt);
  Event off = secure_boot_event({0});
  off.type = kEvIpl;
  off.data = text_bytes("nothing to see");
  EXPECT_EQ(secure_boot(claims_of({off, renamed, secure_boot_event({1}), kHandOver})), false);
}

TEST(TpmEventClaims, SecureBootIsAbsentWithoutASeparator) {
  const Claims found = claims_of({secure_boot_event({1})});
  EXPECT_EQ(secure_boot(found), std::nullopt);
  EXPECT_TRUE(not_proved(found, "no separator"));
}

TEST(TpmEventClaims, SecureBootIsAbsentWhenItIsBothOnAndOff) {
  EXPECT_EQ(secure_boot(claims_of({secure_boot_event({1}), secure_boot_event({0}), kHandOver})),
            std::nullopt);
}

TEST(TpmEventClaims, SecureBootIsAbsentWhenTheFirmwareFailedOrWasDebugged) {
  const Event on = secure_boot_event({1});
  for (const ByteVector& value : {ByteVector{1, 0, 0, 0}, ByteVector(4, 0xff)}) {
    EXPECT_EQ(secure_boot(claims_of({on, event(7, kEvSeparator, value), kHandOver})), std::nullopt);
  }
  const Event debug = event(7, kEvEfiAction, text_bytes("UEFI Debug Mode"));
  EXPECT_EQ(secure_boot(claims_of({debug, on, kHandOver})), std::nullopt);
}

TEST(TpmEventClaims, SecureBootIsNotTakenFromAnotherRegisterGuidOrName) {
  Event elsewhere = secure_boot_event({1});
  elsewhere.pcr = 5;
  EXPECT_EQ(secure_boot(claims_of({elsewhere, kHandOver})), std::nullopt);
  ByteVector other_guid = variable("SecureBoot", {1});
  other_guid[0] ^= 1;
  EXPECT_EQ(secure_boot(claims_of({event(7, kEvEfiVariableDriverConfig, other_guid), kHandOver})),
            std::nullopt);
  EXPECT_EQ(secure_boot(claims_of(
                {event(7, kEvEfiVariableDriverConfig, variable("SecureBoo", {1})), kHandOver})),
            std::nullopt);
}

TEST(TpmEventClaims, SecureBootIsAbsentWhenPcr7IsNotExplained) {
  const std::vector<Event> events{event(4, kEvSeparator, kZeros)};
  const Claims silent = claims_of(events, {{7, ByteVector(32, 0x11)}});
  EXPECT_EQ(secure_boot(silent), std::nullopt);
  EXPECT_TRUE(not_proved(silent, "silent about PCR 7"));
}

// ---- boot applications --------------------------------------------------------------------------

Event application(std::string_view image) {
  return event(4, kEvEfiBootServicesApplication, text_bytes("path"), text_bytes(image));
}

const Event kCalling =
    event(4, kEvEfiAction, text_bytes("Calling EFI Application from Boot Option"));
const Event kReturning =
    event(4, kEvEfiAction, text_bytes("Returning from EFI Application from Boot Option"));
const Event kBootSeparator = event(4, kEvSeparator, kZeros);

ByteVector image(std::string_view text) {
  return digest(EVP_sha256(), as_bytes(text));
}

TEST(TpmEventClaims, BootApplicationsAreListedInOrder) {
  const Claims found = claims_of({kCalling, kBootSeparator, application("failed"), kReturning,
                                  kCalling, application("loader"), application("kernel")});
  EXPECT_EQ(applications(found),
            (std::vector<ByteVector>{image("failed"), image("loader"), image("kernel")}));
}

TEST(TpmEventClaims, NoBootApplicationIsACountOfZero) {
  const Claims found = claims_of({kCalling, kBootSeparator});
  ASSERT_NE(found.find(kCount), nullptr);
  EXPECT_TRUE(applications(found).empty());
}

TEST(TpmEventClaims, BootApplicationsAreWithheldWhenOneCouldHideUnderAnotherName) {
  for (const std::uint32_t type : {kEvIpl, 0x80000004U, 0x80000005U, 0x00000005U, 0x0000000cU}) {
    Event renamed = application("evil");
    renamed.type = type;
    const Claims found = claims_of({kCalling, kBootSeparator, renamed, application("good")});
    EXPECT_EQ(found.find(kCount), nullptr);
    EXPECT_TRUE(applications(found).empty());
    EXPECT_TRUE(not_proved(found, "UEFI applications"));
  }
}

TEST(TpmEventClaims, BootApplicationsAreWithheldWhenAnImagePosesAsATextThatHashesToIt) {
  // The image's own bytes are a text whose hash is the digest: what matters is which text.
  const Event posing = event(4, kEvEfiAction, text_bytes("the bytes of an evil image"));
  const Claims found = claims_of({kCalling, kBootSeparator, posing, application("good")});
  EXPECT_EQ(found.find(kCount), nullptr);
  EXPECT_TRUE(applications(found).empty());
}

TEST(TpmEventClaims, BootApplicationsAreNotHiddenOrAddedByOtherNamesForKnownEvents) {
  Event renamed = kCalling;
  renamed.type = kEvEfiBootServicesApplication;
  EXPECT_EQ(applications(claims_of({renamed, kBootSeparator, application("good")})),
            (std::vector<ByteVector>{image("good")}));
}

TEST(TpmEventClaims, BootApplicationsAreWithheldAfterAFirmwareError) {
  const Claims found = claims_of({event(4, kEvSeparator, {1, 0, 0, 0}), application("good")});
  EXPECT_EQ(found.find(kCount), nullptr);
}

TEST(TpmEventClaims, BootApplicationsAreWithheldWhenThereAreMoreThan32) {
  std::vector<Event> events{kBootSeparator};
  for (int i = 0; i < 32; ++i) {
    events.push_back(application("image " + std::to_string(i)));
  }
  EXPECT_EQ(applications(claims_of(events)).size(), 32U);
  events.push_back(application("one more"));
  const Claims found = claims_of(events);
  EXPECT_EQ(found.find(kCount), nullptr);
  EXPECT_TRUE(applications(found).empty());
  EXPECT_TRUE(not_proved(found, "more than 32"));
}

TEST(TpmEventClaims, BootApplicationsAreAbsentWhenTheLogDropsTheRegister) {
  const Claims found = claims_of({kHandOver}, {{4, ByteVector(32, 0x22)}});
  EXPECT_EQ(found.find(kCount), nullptr);
  EXPECT_TRUE(not_proved(found, "silent about PCR 4"));
}

TEST(TpmEventClaims, BootApplicationsAreGivenInTheStrongestQuotedBank) {
  const HeaderSpec header{.algorithms = {{kSha256, 32}, {kSha384, 48}}};
  Event both = application("image");
  both.digests = {{kSha256, image("image")}, {kSha384, digest(EVP_sha384(), as_bytes("image"))}};
  const auto quote = quote_of(
      {{HashAlg::sha256, extended({both}, kSha256)}, {HashAlg::sha384, extended({both}, kSha384)}});
  const Claims found = claims(quote, replay(parsed(log_of({both}, header)), quote).value());
  EXPECT_EQ(applications(found), (std::vector<ByteVector>{both.digests[1].digest}));
}

// ---- command line -------------------------------------------------------------------------------

Event grub(std::string_view prefix, std::string_view text) {
  return event(8, kEvIpl, LogWriter().text(prefix).text(text).u8(0).bytes(), text_bytes(text));
}
Event command(std::string_view text) {
  return grub("grub_cmd: ", text);
}
Event command_line(std::string_view text) {
  return grub("kernel_cmdline: ", text);
}

TEST(TpmEventClaims, CommandLineIsWhatGrubMeasured) {
  EXPECT_EQ(line(claims_of({command("set root=hd0"), command("linux /vmlinuz ro quiet"),
                            command_line("/vmlinuz ro quiet"), command("initrd /initrd")})),
            "/vmlinuz ro quiet");
  EXPECT_EQ(
      line(claims_of({command("linuxefi /vmlinuz a=\"b c\""), command_line("/vmlinuz \"a=b c\"")})),
      "/vmlinuz \"a=b c\"");
}

TEST(TpmEventClaims, CommandLineKnowsOlderGrubs) {
  const std::string_view text = "linux /vmlinuz ro";
  const Event old = event(8, kEvIpl, LogWriter().text("grub_cmd ").text(text).u8(0).bytes(),
                          LogWriter().text(text).u8(0).bytes());
  EXPECT_EQ(line(claims_of({old, grub("grub_kernel_cmdline ", "/vmlinuz ro")})), "/vmlinuz ro");
}

TEST(TpmEventClaims, CommandLineSaysWhatItDoesNotProve) {
  EXPECT_TRUE(not_proved(claims_of({command("linux /k a"), command_line("/k a")}),
                         "that no program of the running system extended PCR 8"));
}

TEST(TpmEventClaims, CommandLineIsNotChangedByGrubsPrefixes) {
  EXPECT_EQ(line(claims_of({command("linux /k evil"), command("/k evil")})), "/k evil");
  EXPECT_EQ(line(claims_of({command_line("linux /k evil"), command("/k evil")})), "/k evil");
}

TEST(TpmEventClaims, CommandLineIsAbsentWhenNoLinuxCommandPrecedesOne) {
  for (const std::string_view text : {"/k evil", "(hd0,gpt1)/k evil", "good", ""}) {
    for (const Event& stray : {command_line(text), command(text), grub("module_cmdline: ", text)}) {
      const Claims after = claims_of({command("linux /k a"), command_line("/k a"), stray});
      EXPECT_EQ(line(after), std::nullopt) << text;
      EXPECT_TRUE(not_proved(after, "command line")) << text;
      EXPECT_EQ(line(claims_of({stray, command("linux /k a"), command_line("/k a")})), std::nullopt)
          << text;
    }
  }
}

TEST(TpmEventClaims, CommandLineIsAbsentWhenThereAreTwo) {
  const Claims appended = claims_of({command("linux /k evil"), command("/k evil"),
                                     command("linux /k good"), command_line("/k good")});
  EXPECT_EQ(line(appended), std::nullopt);
  EXPECT_TRUE(not_proved(appended, "command line"));
}

TEST(TpmEventClaims, CommandLineIsAbsentWhenTheCommandsDoNotFit) {
  for (const std::vector<Event>& events : {
           std::vector{command("linux /k"), command_line("/other a")},
           std::vector{command("linux /v m evil"), command("\"/v m\" evil"),
                       command("linux /k good"), command_line("/k good")},
           std::vector{command("linux /k good"), command_line("/k good"), command("linux /k")},
           std::vector{command("linux /k good"), command("set a=b"), command_line("/k good")},
           std::vector{command("linux"), command_line("/k good")},
       }) {
    EXPECT_EQ(line(claims_of(events)), std::nullopt);
    EXPECT_TRUE(not_proved(claims_of(events), "command line"));
  }
  EXPECT_EQ(line(claims_of({command_line("/k good")})), std::nullopt);
}

TEST(TpmEventClaims, CommandLineIsAbsentWhenGrubStartedSomethingElse) {
  for (const std::string_view other : {"chainloader /evil.efi",
                                       "multiboot /evil",
                                       "multiboot2 /evil",
                                       "module2 /evil",
                                       "xen_hypervisor /evil",
                                       "xnu_kernel /evil",
                                       "kfreebsd /evil",
                                       "ntldr /x",
                                       "legacy_kernel /evil",
                                       "pxechainloader /x",
                                       "plan9 /x",
                                       "freedos /x",
                                       "appleloader x",
                                       "truecrypt /x",
                                       "! linux /evil",
                                       "write_dword 0 0",
                                       "acpi /evil.aml",
                                       "devicetree /evil",
                                       "exit",
                                       "a_command_of_tomorrow /evil",
                                       "set\tx",
                                       "/x=y",
                                       "=y",
                                       "linux\t/evil"}) {
    const Claims found = claims_of({command(other), command("linux /k a"), command_line("/k a")});
    EXPECT_EQ(line(found), std::nullopt) << other;
    EXPECT_TRUE(not_proved(found, "GRUB may have started something else")) << other;
  }
}

TEST(TpmEventClaims, CommandLineStandsBesideCommandsThatStartNothing) {
  for (const std::string_view other :
       {"set root=hd0", "[ -s /grubenv ]", "menuentry A {\n\tlinux /k a\n}", "setparams A",
        "search.fs_uuid x root", "initrd /i", "insmod ext2", "defaultA=2", "font=unicode",
        "load_video", "blscfg", "echo chainloader"}) {
    EXPECT_EQ(line(claims_of({command(other), command("linux /k a"), command_line("/k a")})),
              "/k a")
        << other;
  }
}

TEST(TpmEventClaims, CommandLineNamesGrubsModulesUnlessSecureBootWasOn) {
  const std::vector<Event> boot{command("linux /k a"), command_line("/k a")};
  const auto with = [&](std::vector<Event> more) {
    more.insert(more.end(), boot.begin(), boot.end());
    const Claims found = claims_of(more);
    EXPECT_EQ(line(found), "/k a");
    return not_proved(found, "insmod");
  };
  EXPECT_TRUE(with({}));
  EXPECT_TRUE(with({command("insmod evil")}));
  EXPECT_TRUE(with({secure_boot_event({0}), kHandOver}));
  EXPECT_TRUE(with({secure_boot_event({1})}));  // no separator: not claimed
  EXPECT_FALSE(with({secure_boot_event({1}), kHandOver, command("insmod good")}));
}

TEST(TpmEventClaims, CommandLineIsAbsentWhenAnEventIsNoTextOfGrubs) {
  Event lie = command_line("/k good");
  lie.digests[1].digest = digest(EVP_sha256(), as_bytes("/k evil"));
  EXPECT_EQ(line(claims_of({command("linux /k good"), lie})), std::nullopt);
  const Event opaque = event(8, kEvIpl, text_bytes("grub_cmd: x"), text_bytes("unknown"));
  EXPECT_EQ(line(claims_of({opaque, command("linux /k a"), command_line("/k a")})), std::nullopt);
  Event long_tail = command_line("/k a");
  long_tail.data.push_back('x');
  EXPECT_EQ(line(claims_of({command("linux /k a"), long_tail})), std::nullopt);
}

TEST(TpmEventClaims, CommandLineIsAbsentWhenItCannotBePrinted) {
  EXPECT_EQ(line(claims_of({command("linux /k \x1b[2J"), command_line("/k \x1b[2J")})),
            std::nullopt);
  EXPECT_EQ(line(claims_of({command("linux /k \xc3\xa9"), command_line("/k \xc3\xa9")})),
            std::nullopt);
}

ByteVector utf16(std::string_view text, bool nul = true) {
  LogWriter w;
  for (const char c : text) {
    w.u8(static_cast<std::uint8_t>(c)).u8(0);
  }
  return nul ? w.u16(0).bytes() : w.bytes();
}

Event loader(std::string_view text) {
  return event(12, kEvIpl, utf16(text));
}

TEST(TpmEventClaims, CommandLineIsWhatSystemdBootMeasured) {
  EXPECT_EQ(line(claims_of({loader("ro quiet"), loader("ro quiet")})), "ro quiet");
  EXPECT_EQ(line(claims_of({loader("")})), "");
}

TEST(TpmEventClaims, CommandLineIsAbsentWhenRegister12HasAnythingElse) {
  Event tail = loader("ro");
  tail.digests[1].digest = digest(EVP_sha256(), as_bytes("an archive"));
  for (const std::vector<Event>& events : {
           std::vector{loader("ro"), loader("rw")},
           std::vector{loader("ro"), tail},
           std::vector{loader("ro"), event(12, kEvSeparator, kZeros)},
           std::vector{event(12, kEvIpl, utf16("ro", /*nul=*/false))},
           std::vector{event(12, kEvIpl, text_bytes("ro"))},
           std::vector{event(12, kEvIpl, {})},
           std::vector{event(12, kEvIpl, {0x41, 0x01, 0, 0})},
           std::vector{event(12, kEvIpl, {0x41, 0, 0, 0, 0x42, 0, 0, 0})},
       }) {
    EXPECT_EQ(line(claims_of(events)), std::nullopt);
    EXPECT_TRUE(not_proved(claims_of(events), "command line"));
  }
}

TEST(TpmEventClaims, CommandLineIsAbsentWhenTheImageMayCarryItsOwn) {
  const ByteVector section = LogWriter().text(".cmdline").u8(0).bytes();
  const Event name = event(11, kEvIpl, utf16(".cmdline"), section);
  const Event content = event(11, kEvIpl, utf16(".cmdline"), text_bytes("ro"));
  EXPECT_EQ(line(claims_of({name, content, loader("addon")})), std::nullopt);
  Event renamed = name;
  renamed.data = utf16(".osrel");
  EXPECT_EQ(line(claims_of({renamed, content, loader("addon")})), std::nullopt);
  const Event kernel = event(11, kEvIpl, utf16(".linux"), LogWriter().text(".linux").u8(0).bytes());
  EXPECT_EQ(line(claims_of({kernel, content, loader("ro")})), "ro");
  // GRUB can start such an image as well.
  const std::vector<Event> grubs{command("linux /k a"), command_line("/k a")};
  EXPECT_EQ(line(claims_of({grubs[0], grubs[1], name, content})), std::nullopt);
  EXPECT_EQ(line(claims_of({grubs[0], grubs[1], kernel, content})), "/k a");
}

const std::vector<Event> kGrubBoot{command("linux /vmlinuz ro"), command_line("/vmlinuz ro")};
const std::vector<Event> kSystemdBoot{loader("/vmlinuz ro")};

TEST(TpmEventClaims, CommandLineIsAbsentWhenARegisterThatMayHoldAnotherIsNotQuoted) {
  for (const auto& [boot, own] : {std::pair(kGrubBoot, 8U), std::pair(kSystemdBoot, 12U)}) {
    ASSERT_EQ(line(claims_of(boot)), "/vmlinuz ro");
    for (const unsigned index : {8U, 11U, 12U}) {
      if (index == own) {
        continue;
      }
      Registers registers = registers_of(boot);
      registers.erase(index);
      const Claims found = claims_over(boot, registers);
      EXPECT_EQ(line(found), std::nullopt) << own << " without " << index;
      EXPECT_TRUE(
          not_proved(found, "command line: PCR " + std::to_string(index) + " may hold another"));
    }
  }
}

TEST(TpmEventClaims, CommandLineIsAbsentWhenTheLogLeavesOutARegisterThatWasExtended) {
  for (const auto& [boot, own] : {std::pair(kGrubBoot, 8U), std::pair(kSystemdBoot, 12U)}) {
    for (const unsigned index : {8U, 11U, 12U}) {
      if (index == own) {
        continue;
      }
      for (const ByteVector& value : {ByteVector(32, 1), ByteVector(32, 0xff)}) {
        const Claims found = claims_of(boot, {{index, value}});
        EXPECT_EQ(line(found), std::nullopt) << own << " beside " << index;
        EXPECT_TRUE(
            not_proved(found, "command line: PCR " + std::to_string(index) + " may hold another"));
      }
    }
  }
}

// The boot loader measured the line of an evil kernel, which then extended the register of the
// other kind of boot loader; the log has only the latter.
TEST(TpmEventClaims, CommandLineIsNotTakenFromAnEvilSystemThatHidesItsOwn) {
  const std::vector<Event> evil_grub{command("linux /vmlinuz init=/evil"),
                                     command_line("/vmlinuz init=/evil")};
  const std::vector<Event> evil_systemd{loader("/vmlinuz init=/evil")};
  for (const auto& [evil, shown] :
       {std::pair(evil_grub, kSystemdBoot), std::pair(evil_systemd, kGrubBoot)}) {
    const Claims found = claims_of(shown, extended(evil, kSha256));
    EXPECT_EQ(line(found), std::nullopt);
    EXPECT_TRUE(not_proved(found, "command line"));
  }
}

TEST(TpmEventClaims, CommandLineIsAbsentWhenOnlyAnotherBankShowsTheOtherRegisters) {
  const HeaderSpec header{.algorithms = {{kSha256, 32}, {kSha384, 48}}};
  std::vector<Event> boot = kGrubBoot;
  const std::vector<ByteVector> texts{text_bytes("linux /vmlinuz ro"), text_bytes("/vmlinuz ro")};
  for (std::size_t i = 0; i < boot.size(); ++i) {
    boot[i].digests = {{kSha256, digest(EVP_sha256(), texts[i])},
                       {kSha384, digest(EVP_sha384(), texts[i])}};
  }
  const auto claims_with = [&](const Registers& sha256, const Registers& sha384) {
    const auto quote = quote_of({{HashAlg::sha256, sha256}, {HashAlg::sha384, sha384}});
    return claims(quote, replay(parsed(log_of(boot, header)), quote).value());
  };
  Registers strong = extended(boot, kSha384);
  EXPECT_EQ(line(claims_with(registers_of(boot), strong)), std::nullopt);
  strong.emplace(11, ByteVector(48, 0));
  strong.emplace(12, ByteVector(48, 0));
  EXPECT_EQ(line(claims_with(registers_of(boot), strong)), "/vmlinuz ro");
}

TEST(TpmEventClaims, CommandLineIsAbsentWhenTwoLoadersMeasuredOne) {
  EXPECT_EQ(line(claims_of({command("linux /k a"), command_line("/k a"), loader("a")})),
            std::nullopt);
}

// ---- all of them --------------------------------------------------------------------------------

std::vector<Event> whole_boot() {
  return {secure_boot_event({1}),
          kOther,
          kCalling,
          kBootSeparator,
          kHandOver,
          application("loader"),
          command("linux /k quiet"),
          command_line("/k quiet"),
          application("kernel")};
}

TEST(TpmEventClaims, AnotherTypeMayWithdrawAClaimButNeverChangesOne) {
  const auto original = log_claims(claims_of(whole_boot()));
  ASSERT_EQ(original.size(), 5U);
  const Verified<Quote> quote = quote_of({{HashAlg::sha256, registers_of(whole_boot())}});
  for (std::size_t i = 0; i < whole_boot().size(); ++i) {
    for (const std::uint32_t type :
         {kEvNoAction, kEvSeparator, kEvIpl, kEvEfiAction, kEvEfiBootServicesApplication,
          kEvEfiVariableDriverConfig, kEvEfiGptEvent, 0x00000006U, 0x800000e0U, 0x00008401U}) {
      std::vector<Event> events = whole_boot();
      events[i].type = type;
      const auto log = replay(parsed(log_of(events)), quote);
      if (!log) {
        EXPECT_EQ(log.error().code, Code::digest_mismatch);
        continue;
      }
      for (const auto& [name, value] : log_claims(claims(quote, *log))) {
        const auto found = original.find(name);
        ASSERT_NE(found, original.end()) << i << " " << event_type_name(type) << " " << name;
        EXPECT_EQ(value, found->second) << i << " " << event_type_name(type) << " " << name;
      }
    }
  }
}

TEST(TpmEventClaims, OtherDataMayWithdrawAClaimButNeverChangesOne) {
  const auto original = log_claims(claims_of(whole_boot()));
  const Verified<Quote> quote = quote_of({{HashAlg::sha256, registers_of(whole_boot())}});
  for (std::size_t i = 0; i < whole_boot().size(); ++i) {
    for (const ByteVector& data :
         {ByteVector{}, kZeros, variable("SecureBoot", {0}), text_bytes("kernel_cmdline: /k evil"),
          text_bytes("grub_cmd: set x"), utf16("evil")}) {
      std::vector<Event> events = whole_boot();
      events[i].data = data;
      const auto log = replay(parsed(log_of(events)), quote);
      if (!log) {
        EXPECT_EQ(log.error().where, "tpm.event_log.event");
        continue;
      }
      for (const auto& [name, value] : log_claims(claims(quote, *log))) {
        ASSERT_TRUE(original.contains(name)) << i << " " << name;
        EXPECT_EQ(value, original.at(name)) << i << " " << name;
      }
    }
  }
}

// ---- which quote --------------------------------------------------------------------------------

TEST(TpmEventClaims, ALogOfAnotherQuoteSaysNothing) {
  const Registers registers = registers_of(whole_boot());
  const auto quote = quote_of({{HashAlg::sha256, registers}});
  const auto log = replay(parsed(log_of(whole_boot())), quote).value();
  ASSERT_EQ(log_claims(claims(quote, log)).size(), 5U);

  Registers evil = registers;
  evil.at(4) = ByteVector(32, 0x11);
  Registers fewer = registers;
  fewer.erase(4);
  for (const Registers& others : {evil, fewer}) {
    const Claims mixed = claims(quote_of({{HashAlg::sha256, others}}), log);
    EXPECT_TRUE(log_claims(mixed).empty());
    EXPECT_TRUE(not_proved(mixed, "replayed against another quote"));
    for (const std::string& sentence : mixed.assurance().proved) {
      EXPECT_EQ(sentence.find("event log"), std::string::npos) << sentence;
    }
  }
}

TEST(TpmEventClaims, ALogOfTheSameQuoteVerifiedAgainSpeaks) {
  const Registers registers = registers_of(whole_boot());
  const auto quote = quote_of({{HashAlg::sha256, registers}});
  const auto log = replay(parsed(log_of(whole_boot())), quote).value();
  const Claims again = claims(quote_of({{HashAlg::sha256, registers}}), log);
  EXPECT_EQ(log_claims(again).size(), 5U);
  EXPECT_FALSE(not_proved(again, "another quote"));
}

// ---- captured -----------------------------------------------------------------------------------

Claims captured_claims(std::string_view folder) {
  const CapturedQuote captured = captured_quote(vectors() / folder);
  return claims(captured.quote, replay(parsed(captured.log), captured.quote).value());
}

TEST(TpmEventClaims, CapturedTrustedLaunchMachinesHadSecureBootOn) {
  CUPEL_NEEDS_VECTORS();
  const Claims linux_claims = captured_claims("azure-tl-linux-2021");
  EXPECT_EQ(secure_boot(linux_claims), true);
  EXPECT_EQ(applications(linux_claims).size(), 3U);  // shim, GRUB, kernel
  EXPECT_EQ(line(linux_claims), std::nullopt);       // PCR 8 was not quoted
  const Claims windows = captured_claims("azure-tl-windows-2023");
  EXPECT_EQ(secure_boot(windows), true);
  EXPECT_EQ(applications(windows).size(), 1U);
  EXPECT_EQ(line(windows), std::nullopt);
}

TEST(TpmEventClaims, ACapturedSha384QuoteGivesSha384Applications) {
  CUPEL_NEEDS_VECTORS();
  const Claims found = captured_claims("gce-cos85-rsa-sha384-nonce9009");
  EXPECT_EQ(secure_boot(found), true);
  ASSERT_EQ(applications(found).size(), 3U);
  EXPECT_EQ(applications(found)[0].size(), 48U);
  ASSERT_TRUE(line(found).has_value());
  EXPECT_TRUE(line(found)->starts_with("/syslinux/vmlinuz.A init=/usr/lib/systemd/systemd "));
}

Claims case_claims(std::string_view id) {
  const LogCase& found = log_case(id);
  const Banks& known = found.registers.empty() ? found.replayed : found.registers;
  Registers registers = known.at(HashAlg::sha256);
  const EventLog log = parsed(found.log);
  const Registers replayed = replay_values(log, HashAlg::sha256).value();
  for (const unsigned index : {8U, 11U, 12U}) {
    if (!replayed.contains(index)) {
      registers.try_emplace(index, ByteVector(32, 0));
    }
  }
  const auto quote = quote_of({{HashAlg::sha256, registers}});
  return claims(quote, replay(log, quote).value());
}

TEST(TpmEventClaims, CapturedBootsTellWhetherSecureBootWasOn) {
  CUPEL_NEEDS_VECTORS();
  for (const std::string_view id :
       {"boot-secureboot-252", "boot-secureboot-257", "boot-secureboot-262",
        "gotpm-cos-101-amd-sev", "evlog-gce-rhel8"}) {
    EXPECT_EQ(secure_boot(case_claims(id)), true) << id;
  }
  for (const std::string_view id :
       {"sb-off-257", "sb-off-262", "gotpm-gdc-host", "gotpm-glinux-alex"}) {
    EXPECT_EQ(secure_boot(case_claims(id)), false) << id;
  }
  // Firmware that was built without Secure Boot has the variable without a value.
  EXPECT_EQ(secure_boot(case_claims("boot-stub257-ovmf25")), std::nullopt);
  EXPECT_EQ(secure_boot(case_claims("evlog-arch-workstation")), std::nullopt);
}

TEST(TpmEventClaims, CapturedBootsListTheDigestsThatWereComputedFromTheirImages) {
  CUPEL_NEEDS_VECTORS();
  const auto hash = [](const json::Value& file, std::string_view name) {
    return hex(*file.find("expected")->find("pcr4")->find(name)->string());
  };
  for (const std::string_view id :
       {"evlog-linux61-stub252", "evlog-linux61-stub257", "evlog-linux61-stub262"}) {
    const json::Value file = read_json(vectors().parent_path() / "measure" / id / "case.json");
    std::vector<ByteVector> expected{hash(file, "uki_authenticode")};
    if (*file.find("expected")->find("pcr4")->find("kernel_in_pcr4")->boolean()) {
      expected.push_back(hash(file, "kernel_authenticode"));
    }
    EXPECT_EQ(applications(case_claims(id)), expected) << id;
  }
}

TEST(TpmEventClaims, CapturedGrubBootsTellTheirCommandLine) {
  CUPEL_NEEDS_VECTORS();
  const std::map<std::string_view, std::string_view> expected{
      {"gotpm-ubuntu-1804-amd-sev",
       "/boot/vmlinuz-5.4.0-1046-gcp root=LABEL=cloudimg-rootfs ro console=ttyS0"},
      {"gotpm-ubuntu-2404-amd-sevsnp",
       "/vmlinuz-6.8.0-1010-gcp root=PARTUUID=8270f3c9-b4e4-4345-80ee-5a62db7ebf3f ro "
       "console=ttyS0,115200 panic=-1"},
      {"gotpm-gdc-host",
       "/vmlinuz-6.9.0-rc7+ root=/dev/mapper/ubuntu--vg-ubuntu--lv ro nohibernate "
       "kvm_intel.tdx=on intel_iommu=on"}};
  for (const auto& [id, text] : expected) {
    EXPECT_EQ(line(case_claims(id)), text) << id;
  }
  for (const std::string_view id :
       {"gotpm-rhel8-uefi", "gotpm-cos-101-amd-sev", "keylime-uefi-locality3", "tcglog-uefi-ubuntu",
        "tpm2tools-moklisttrusted", "gotpm-eventlogwithsp800155"}) {
    EXPECT_TRUE(line(case_claims(id)).has_value()) << id;
  }
}

TEST(TpmEventClaims, CapturedSystemdBootsTellTheirCommandLineOnlyWhereItIsAll) {
  CUPEL_NEEDS_VECTORS();
  ASSERT_TRUE(line(case_claims("tpm2tools-sd-boot-fedora37")).has_value());
  EXPECT_TRUE(line(case_claims("tpm2tools-sd-boot-fedora37"))->starts_with(" console=ttyS0 "));
  for (const std::string_view id :
       {"boot-addons-257", "boot-sdboot-252", "boot-sdboot-257", "boot-creds-257",
        "boot-multiprofile257-p1-via-sdboot", "boot-stub257-ovmf25", "evlog-arch-workstation"}) {
    EXPECT_EQ(line(case_claims(id)), std::nullopt) << id;
  }
}

}  // namespace
}  // namespace cupel::tpm::test
