// What a replayed event log says, as claims. Digests decide: the log's types and texts are its own
// word, so every event of a register must be known by its digest before the register says anything.
#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <utility>

#include "crypto/digest.hpp"
#include "tpm/event_log.hpp"
#include "tpm/names.hpp"

namespace cupel::tpm {
namespace {

constexpr std::size_t kMaxApplications = 32;
// Where things are measured: PFP 1.06, 3.3.4; the UAPI group's TPM2 PCR registry.
constexpr unsigned kBootRegister = 4;
constexpr unsigned kSecureBootRegister = 7;
constexpr unsigned kGrubRegister = 8;
constexpr unsigned kStubRegister = 11;
constexpr unsigned kLoaderRegister = 12;

// EV_SEPARATOR (PFP 1.06, 10.4.1): the firmware hands over, or reports an error instead.
constexpr std::array<std::uint8_t, 4> kHandedOver{0, 0, 0, 0};
constexpr std::array<std::uint8_t, 4> kFailed{1, 0, 0, 0};
constexpr std::array<std::uint8_t, 4> kFailedEarly{0xff, 0xff, 0xff, 0xff};
constexpr std::string_view kCalling = "Calling EFI Application from Boot Option";
constexpr std::string_view kReturning = "Returning from EFI Application from Boot Option";
constexpr std::string_view kDebugMode = "UEFI Debug Mode";

// The events of an explained register, read in the strongest bank that explains it.
class Register {
 public:
  Register(const EventLog& log, unsigned index) {
    for (const Event& event : log.events) {
      if (event.pcr == index) {
        events_.push_back(&event);
      }
    }
    for (const HashAlg bank : {HashAlg::sha512, HashAlg::sha384, HashAlg::sha256}) {
      if (!events_.empty() && digest_in(*events_.front(), bank) != nullptr) {
        bank_ = bank;
        return;
      }
    }
    events_.clear();
  }

  bool explained() const noexcept { return !events_.empty(); }
  HashAlg bank() const noexcept { return bank_; }
  const std::vector<const Event*>& events() const noexcept { return events_; }
  Bytes digest(const Event& event) const {
    const ByteVector* found = digest_in(event, bank_);  // one bank for the whole register
    return found != nullptr ? Bytes(*found) : Bytes();
  }
  ByteVector hash(Bytes data) const { return crypto::digest(crypto_hash(bank_), data); }
  bool is(const Event& event, Bytes data) const { return crypto::equal(digest(event), hash(data)); }

 private:
  std::vector<const Event*> events_;
  HashAlg bank_ = HashAlg::sha256;
};

bool is_error_separator(const Register& pcr, const Event& event) {
  return pcr.is(event, kFailed) || pcr.is(event, kFailedEarly);
}

void put(ByteVector& out, std::uint64_t value) {
  for (unsigned i = 0; i < 8; ++i) {
    out.push_back(static_cast<std::uint8_t>(value >> (8U * i)));
  }
}

// UEFI_VARIABLE_DATA (PFP 1.06, 10.2.7) of SecureBoot, a variable of EFI_GLOBAL_VARIABLE_GUID
// 8be4df61-93ca-11d2-aa0d-00e098032b8c (UEFI 2.10, 3.3).
ByteVector secure_boot_variable(Bytes value) {
  constexpr std::string_view kName = "SecureBoot";
  ByteVector out{0x61, 0xdf, 0xe4, 0x8b, 0xca, 0x93, 0xd2, 0x11,
                 0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c};
  put(out, kName.size());  // in characters
  put(out, value.size());
  for (const char c : kName) {
    out.push_back(static_cast<std::uint8_t>(c));
    out.push_back(0);
  }
  out.insert(out.end(), value.begin(), value.end());
  return out;
}

// tpm.event_log.secure_boot. Only what was measured before the separator comes from the firmware;
// any program may extend PCR 7 later.
void add_secure_boot(ClaimsBuilder& builder, const EventLog& log) {
  const Register pcr(log, kSecureBootRegister);
  if (!pcr.explained()) {
    return;
  }
  constexpr std::array<std::uint8_t, 1> kOn{1};
  constexpr std::array<std::uint8_t, 1> kOff{0};
  const ByteVector on = secure_boot_variable(kOn);
  const ByteVector off = secure_boot_variable(kOff);
  const auto withheld = [&](std::string_view why) {
    builder.not_proved("whether Secure Boot was on: " + std::string(why));
  };
  std::set<bool> states;
  for (const Event* event : pcr.events()) {
    if (pcr.is(*event, kHandedOver)) {
      if (states.size() == 1) {
        builder.set("tpm.event_log.secure_boot", *states.begin());
      } else {
        withheld(states.empty() ? "PCR 7 has no SecureBoot variable that is 0 or 1"
                                : "PCR 7 has it both on and off");
      }
      return;
    }
    if (is_error_separator(pcr, *event)) {
      return withheld("the firmware reported an error in PCR 7");
    }
    if (pcr.is(*event, as_bytes(kDebugMode))) {
      return withheld("the firmware was in debug mode");
    }
    if (pcr.is(*event, on)) {
      states.insert(true);
    } else if (pcr.is(*event, off)) {
      states.insert(false);
    }
  }
  withheld("PCR 7 has no separator, so anything in it may come from later programs");
}

// tpm.event_log.boot_application.<i> and their count. The digest of an application is no hash of
// its event's data, so it is known only by not being anything else; an event that is neither could
// be an application under another name.
void add_boot_applications(ClaimsBuilder& builder, const EventLog& log) {
  const Register pcr(log, kBootRegister);
  if (!pcr.explained()) {
    return;
  }
  const auto withheld = [&](const std::string& why) {
    builder.not_proved("which UEFI applications were loaded: " + why);
  };
  std::vector<ByteVector> applications;
  for (const Event* event : pcr.events()) {
    if (is_error_separator(pcr, *event)) {
      return withheld("the firmware reported an error in PCR 4");
    }
    if (pcr.is(*event, kHandedOver) || pcr.is(*event, as_bytes(kCalling)) ||
        pcr.is(*event, as_bytes(kReturning))) {
      continue;
    }
    if (event->type != kEvEfiBootServicesApplication) {
      return withheld("PCR 4 has an event that could be one under another name (" +
                      event_type_name(event->type) + ")");
    }
    applications.push_back(to_vector(pcr.digest(*event)));
  }
  if (applications.size() > kMaxApplications) {
    return withheld("PCR 4 has " + std::to_string(applications.size()) + ", more than " +
                    std::to_string(kMaxApplications));
  }
  builder.set("tpm.event_log.boot_application_count", std::uint64_t{applications.size()});
  for (std::size_t i = 0; i < applications.size(); ++i) {
    builder.set("tpm.event_log.boot_application." + std::to_string(i),
                std::move(applications.at(i)));
  }
}

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

// Register 8, if GRUB used it. Every event must be a text that GRUB measured. The prefixes that
// tell commands from command lines are not hashed, so texts decide: right after "linux <kernel> …"
// GRUB measures "<kernel> …", what it hands over.
CommandLine grub_command_line(const EventLog& log) {
  constexpr std::array<std::string_view, 3> kLinux{"linux", "linuxefi", "linux16"};
  constexpr std::array<std::string_view, 10> kOtherSystems{
      "chainloader",  "multiboot", "multiboot2", "xen_hypervisor", "xnu_kernel",
      "xnu_kernel64", "kfreebsd",  "knetbsd",    "kopenbsd",       "ntldr"};
  const Register pcr(log, kGrubRegister);
  std::optional<std::string_view> kernel;  // named by the command just before
  std::set<std::string_view> found;
  for (const Event* event : pcr.events()) {
    if (pcr.is(*event, kHandedOver)) {
      continue;
    }
    const std::optional<std::string_view> text = grub_text(*event, pcr.bank());
    if (!text) {
      return {.withheld = "PCR 8 has an event that is no text of GRUB's"};
    }
    if (kernel) {
      if (first_word(*text) != *kernel) {
        return {.withheld = "PCR 8 has a linux command without a command line"};
      }
      found.insert(*text);
      kernel.reset();
    } else if (is_one_of(first_word(*text), kLinux)) {
      kernel = second_word(*text);
    } else if (is_one_of(first_word(*text), kOtherSystems)) {
      return {.withheld = "GRUB may have started something else"};
    }
  }
  if (kernel) {
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
// are one. An image that carries its own command line measures it in register 11 by hash alone;
// what its kernel got then is not in the log.
CommandLine loader_command_line(const EventLog& log, const Verified<Quote>& quote) {
  const Register pcr(log, kLoaderRegister);
  std::set<std::string> found;
  for (const Event* event : pcr.events()) {
    const std::optional<std::string> text =
        pcr.is(*event, event->data) ? utf16_text(event->data) : std::nullopt;
    if (!text) {
      return {.withheld = "PCR 12 has an event that is no command line"};
    }
    found.insert(*text);
  }
  if (found.empty()) {
    return {};
  }
  if (found.size() > 1) {
    return {.withheld = "PCR 12 has several"};
  }
  const Register stub(log, kStubRegister);
  if (!stub.explained()) {
    const ByteVector* value = tpm::pcr(quote, pcr.bank(), kStubRegister);
    if (value == nullptr || *value != start_value(log, pcr.bank(), kStubRegister)) {
      return {.withheld = "PCR 11, which would show an image's own command line, is not explained"};
    }
  }
  constexpr std::string_view kSection{".cmdline\0", 9};
  for (const Event* event : stub.events()) {
    if (stub.is(*event, as_bytes(kSection))) {
      return {.withheld = "the booted image carries its own, which is measured by hash alone"};
    }
  }
  return {.text = *found.begin()};
}

// tpm.event_log.kernel_command_line
void add_command_line(ClaimsBuilder& builder, const EventLog& log, const Verified<Quote>& quote) {
  const CommandLine grub = grub_command_line(log);
  const CommandLine loader = loader_command_line(log, quote);
  const auto withheld = [&](std::string_view why) {
    builder.not_proved("the kernel's command line: " + std::string(why));
  };
  if (!grub.withheld.empty() || !loader.withheld.empty()) {
    return withheld(grub.withheld.empty() ? loader.withheld : grub.withheld);
  }
  if (!grub.text && !loader.text) {
    return;
  }
  if (grub.text && loader.text) {
    return withheld("PCR 8 and PCR 12 both have one");
  }
  const std::string& text = grub.text ? *grub.text : *loader.text;
  if (!printable(text)) {
    return withheld("it is not printable ASCII");
  }
  builder.set("tpm.event_log.kernel_command_line", text);
  builder.not_proved("that no program of the running system extended PCR " +
                     std::to_string(grub.text ? kGrubRegister : kLoaderRegister) +
                     " itself: require the boot applications as well");
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

void add_event_claims(ClaimsBuilder& builder, const Verified<EventLog>& log,
                      const Verified<Quote>& quote) {
  add_secure_boot(builder, *log);
  add_boot_applications(builder, *log);
  add_command_line(builder, *log, quote);
}

}  // namespace cupel::tpm
