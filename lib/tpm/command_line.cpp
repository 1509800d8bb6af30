// The kernel's command line, as the boot loader measured it and a replayed log tells it.
#include <algorithm>
#include <set>
#include <span>
#include <utility>

#include "tpm/explained_register.hpp"

namespace cupel::tpm {
namespace {

// Who measures where: the UAPI group's TPM2 PCR registry.
constexpr unsigned kGrubRegister = 8;
constexpr unsigned kStubRegister = 11;
constexpr unsigned kLoaderRegister = 12;

bool printable(std::string_view text) {
  constexpr char kFirst = 0x20;
  constexpr char kLast = 0x7e;
  return std::ranges::all_of(text, [](char c) { return c >= kFirst && c <= kLast; });
}

std::string_view first_word(std::string_view text) {
  return text.substr(0, text.find(' '));
}

std::string_view second_word(std::string_view text) {
  const std::string_view rest = text.substr(first_word(text).size());
  return first_word(rest.substr(std::min(rest.find_first_not_of(' '), rest.size())));
}

bool is_one_of(std::string_view word, std::span<const std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

// What a register says about the command line.
struct CommandLine {
  std::optional<std::string> text{};
  std::string withheld{};  // why not; empty when the register does not speak of one
};

// Commands of GRUB that start nothing, write to no memory, and whose own scripts are measured
// command by command. All others, known or not, could start something that is measured elsewhere or
// nowhere.
constexpr std::string_view kScript[] = {"[",      "test",      "true",   "false",     "set",
                                        "unset",  "export",    "shift",  "setparams", "return",
                                        "break",  "continue",  "source", ".",         "eval",
                                        "normal", "menuentry", "blscfg", "submenu",   "configfile"};
constexpr std::string_view kFiles[] = {
    "search",    "search.file", "search.fs_uuid", "search.fs_label", "probe",
    "ls",        "cat",         "load_env",       "save_env",        "list_env",
    "increment", "regexp",      "hwmatch",        "gptpriority",     "cryptomount",
    "insmod",    "initrd",      "initrd16",       "initrdefi"};
constexpr std::string_view kConsole[] = {"echo",
                                         "sleep",
                                         "clear",
                                         "serial",
                                         "terminal_input",
                                         "terminal_output",
                                         "loadfont",
                                         "background_image",
                                         "background_color",
                                         "password_pbkdf2",
                                         "fwsetup"};
// Functions that distributions define in their grub.cfg.
constexpr std::string_view kFunctions[] = {"load_video", "gfxmode", "recordfail", "initrdfail"};

// "name=value". No GRUB command has such a name, and no path of a kernel is one.
bool is_assignment(std::string_view word) {
  constexpr std::string_view kNameCharacters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
  const std::size_t end = word.find_first_not_of(kNameCharacters);
  return end != 0 && end != std::string_view::npos && word[end] == '=';
}

bool is_harmless(std::string_view command) {
  return is_one_of(command, kScript) || is_one_of(command, kFiles) ||
         is_one_of(command, kConsole) || is_one_of(command, kFunctions) || is_assignment(command);
}

// Register 8, if GRUB used it. Every event must be a text that GRUB measured. The prefixes that
// tell commands from command lines are not hashed, so texts decide: right after "linux <kernel> …"
// GRUB measures "<kernel> …", what it hands over; a command line anywhere else is no command.
CommandLine grub_command_line(const EventLog& log) {
  constexpr std::array<std::string_view, 3> kLinux{"linux", "linuxefi", "linux16"};
  const ExplainedRegister pcr(log, kGrubRegister);
  std::string_view kernel;  // named by the command just before; empty: none is awaited
  std::set<std::string_view> found;
  for (const Event* event : pcr.events()) {
    if (pcr.is(*event, kHandedOver)) {
      continue;
    }
    const std::optional<std::string_view> text = grub_text(*event, pcr.bank());
    if (!text) {
      return {.withheld = "PCR 8 has an event that is no text of GRUB's"};
    }
    const std::string_view command = first_word(*text);
    if (!kernel.empty()) {
      if (command != kernel) {
        return {.withheld = "PCR 8 has a linux command without a command line"};
      }
      found.insert(*text);
      kernel = {};
    } else if (is_one_of(command, kLinux)) {
      kernel = second_word(*text);
      if (kernel.empty()) {
        return {.withheld = "PCR 8 has a linux command without a kernel"};
      }
    } else if (!is_harmless(command)) {
      return {.withheld =
                  "GRUB may have started something else: PCR 8 has more than linux "
                  "commands and such as start nothing"};
    }
  }
  if (!kernel.empty()) {
    return {.withheld = "PCR 8 has a linux command without a command line"};
  }
  if (found.size() > 1) {
    return {.withheld = "PCR 8 has several"};
  }
  return found.empty() ? CommandLine{} : CommandLine{.text = std::string(*found.begin())};
}

// EV_IPL of systemd-boot and systemd-stub: UTF-16LE with NUL, all of it hashed.
std::optional<std::string> utf16_text(Bytes data) {
  if (data.size() < 2 || data.size() % 2 != 0) {
    return std::nullopt;
  }
  std::string out;
  for (std::size_t i = 0; i < data.size(); i += 2) {
    const bool last = i + 2 == data.size();
    if (data[i + 1] != 0 || (data[i] == 0) != last) {
      return std::nullopt;
    }
    if (!last) {
      out.push_back(static_cast<char>(data[i]));
    }
  }
  return out;
}

// What register 12 says. Boot loader and stub both measure the line they pass on, so equal entries
// are one.
CommandLine loader_command_line(const EventLog& log) {
  const ExplainedRegister pcr(log, kLoaderRegister);
  std::set<std::string> found;
  for (const Event* event : pcr.events()) {
    const std::optional<std::string> text =
        pcr.is(*event, event->data) ? utf16_text(event->data) : std::nullopt;
    if (!text) {
      return {.withheld = "PCR 12 has an event that is no command line"};
    }
    found.insert(*text);
  }
  if (found.size() > 1) {
    return {.withheld = "PCR 12 has several"};
  }
  return found.empty() ? CommandLine{} : CommandLine{.text = *found.begin()};
}

// What either of them says.
CommandLine measured_command_line(CommandLine grub, CommandLine loader) {
  if (!grub.withheld.empty()) {
    return grub;
  }
  if (!loader.withheld.empty()) {
    return loader;
  }
  if (grub.text && loader.text) {
    return {.withheld = "PCR 8 and PCR 12 both have one"};
  }
  return grub.text ? std::move(grub) : std::move(loader);
}

// Why the line that one register holds may not be the kernel's, or nothing. Whoever writes the log
// silences a register by leaving its events out, and extends another one from the running system.
// So each register that could have held another line must be known in full: its events explain it,
// or the quote shows that it never had any.
std::optional<std::string> doubt(const EventLog& log, const Verified<Quote>& quote, HashAlg bank) {
  for (const unsigned index : {kGrubRegister, kStubRegister, kLoaderRegister}) {
    const ByteVector* value = tpm::pcr(quote, bank, index);
    const bool untouched = value != nullptr && *value == start_value(log, bank, index);
    if (!untouched && !ExplainedRegister(log, index).explained()) {
      return "PCR " + std::to_string(index) + " may hold another: the log does not explain it, " +
             "nor does the quote show its start value";
    }
  }
  // An image that carries its own command line measures it by hash alone, whoever started it; what
  // its kernel got then is not in the log.
  constexpr std::string_view kSection{".cmdline\0", 9};
  const ExplainedRegister stub(log, kStubRegister);
  for (const Event* event : stub.events()) {
    if (stub.is(*event, as_bytes(kSection))) {
      return "the booted image carries its own, which is measured by hash alone";
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string_view> grub_text(const Event& event, HashAlg bank) {
  // GRUB 2.06, grub-core/commands/tpm.c, and the older forms of its patches in distributions.
  constexpr std::array<std::string_view, 5> kPrefixes{
      "grub_cmd: ", "kernel_cmdline: ", "module_cmdline: ", "grub_cmd ", "grub_kernel_cmdline "};
  const ByteVector* digest = digest_in(event, bank);
  const std::string_view data = as_text(event.data);
  if (digest == nullptr) {
    return std::nullopt;
  }
  for (const std::string_view prefix : kPrefixes) {
    if (data.substr(0, prefix.size()) != prefix) {
      continue;
    }
    const std::string_view logged = data.substr(prefix.size());
    const std::string_view text = logged.substr(0, logged.find('\0'));
    if (logged.size() > text.size() + 1) {
      return std::nullopt;  // more than the terminating NUL
    }
    constexpr std::array<std::uint8_t, 1> kNul{0};
    const crypto::Hash hash = crypto_hash(bank);
    if (crypto::equal(*digest, crypto::digest(hash, as_bytes(text))) ||
        crypto::equal(*digest, crypto::digest(hash, {as_bytes(text), kNul}))) {
      return text;
    }
  }
  return std::nullopt;
}

void add_command_line(ClaimsBuilder& builder, const EventLog& log, const Verified<Quote>& quote,
                      bool secure_boot) {
  const CommandLine grub = grub_command_line(log);
  const CommandLine line = measured_command_line(grub, loader_command_line(log));
  const auto withheld = [&](std::string_view why) {
    builder.not_proved("the kernel's command line: " + std::string(why));
  };
  if (!line.withheld.empty()) {
    return withheld(line.withheld);
  }
  if (!line.text) {
    return;
  }
  const unsigned source = grub.text ? kGrubRegister : kLoaderRegister;
  if (const auto why = doubt(log, quote, ExplainedRegister(log, source).bank())) {
    return withheld(*why);
  }
  if (!printable(*line.text)) {
    return withheld("it is not printable ASCII");
  }
  builder.set("tpm.event_log.kernel_command_line", *line.text);
  builder.not_proved("that no program of the running system extended PCR " +
                     std::to_string(source) + " itself: require the boot applications as well");
  // GRUB takes modules from disk also for commands that it does not know yet.
  if (grub.text && !secure_boot) {
    builder.not_proved(
        "that no module GRUB loaded from disk (insmod) did what PCR 8 does not "
        "tell: require Secure Boot");
  }
}

}  // namespace cupel::tpm
