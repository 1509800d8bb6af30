#include <algorithm>
#include <cupel/measure/boot.hpp>
#include <cupel/measure/explain.hpp>

#include "base/hex.hpp"
#include "crypto/digest.hpp"
#include "measure/explain_again.hpp"
#include "measure/verity_blocks.hpp"

namespace cupel::measure {
namespace {

constexpr std::string_view kCalling = "Calling EFI Application from Boot Option";
constexpr std::string_view kReturning = "Returning from EFI Application from Boot Option";

using Events = std::vector<RecipeEvent>;

// What all registers' events may cost together: each of n is changed in turn, and n are replayed.
constexpr std::size_t kMaxSteps = std::size_t{2000} * 2000;

// Changes of the events of one register.
class Register {
 public:
  Register(std::string name, const ByteVector& start, Events events, Algorithm bank)
      : name_(std::move(name)), events_(std::move(events)), bank_(bank), before_({start}) {
    for (const RecipeEvent& event : events_) {
      before_.push_back(extended(before_.back(), event.digest));
    }
  }
  const std::string& name() const noexcept { return name_; }
  /// Replaying takes so many steps for one change after each event.
  std::size_t steps() const noexcept { return events_.size() * events_.size(); }
  const ByteVector& value() const noexcept { return before_.back(); }

  std::vector<std::string> changes(Bytes found) {
    found_ = found;
    for (std::size_t i = 0; i < events_.size(); ++i) {
      const RecipeEvent& event = events_[i];
      if (events_.size() > 1) {  // a register of no event is explained without them
        offer(i, {}, i + 1, "without " + event.what);
      }
      offer(i, {event.digest, event.digest}, i + 1, "with " + event.what + " twice");
      if (i + 1 < events_.size()) {
        const RecipeEvent& next = events_[i + 1];
        offer(i, {next.digest, event.digest}, i + 2, next.what + " before " + event.what);
        // A section's name and its content, which come and go together.
        const std::string section = section_named(event.what);
        if (!section.empty() && next.what == section) {
          offer(i, {}, i + 2, "without " + section);
        }
      }
    }
    boot_attempt();
    return out_;
  }

 private:
  ByteVector extended(Bytes value, Bytes digest) const {
    return crypto::digest(crypto_hash(bank_), {value, digest});
  }

  static std::string section_named(const std::string& what) {
    constexpr std::string_view kName = "name of ";
    return what.starts_with(kName) ? "section " + what.substr(kName.size()) : std::string();
  }

  // The events up to `first`, then these digests, then the events from `next` on.
  void offer(std::size_t first, const std::vector<ByteVector>& instead, std::size_t next,
             std::string change) {
    ByteVector value = before_.at(first);
    for (const ByteVector& digest : instead) {
      value = extended(value, digest);
    }
    for (std::size_t i = next; i < events_.size(); ++i) {
      value = extended(value, events_[i].digest);
    }
    if (crypto::equal(value, found_)) {
      out_.push_back(std::move(change));
    }
  }

  // Firmware that tried another boot option first, or did not.
  void boot_attempt() {
    const auto digest = [&](std::string_view text) {
      return crypto::digest(crypto_hash(bank_), as_bytes(text));
    };
    const auto returning = std::ranges::find(events_, digest(kReturning), &RecipeEvent::digest);
    if (returning != events_.end() && returning + 1 != events_.end()) {
      const auto at = static_cast<std::size_t>(returning - events_.begin());
      offer(at, {}, at + 2, "without an earlier boot attempt");
    } else if (events_.size() >= 2 && events_.front().digest == digest(kCalling)) {
      offer(2, {digest(kReturning), digest(kCalling)}, 2,
            "with an earlier boot attempt (firmware tried another option first)");
    }
  }

  std::string name_;
  Events events_;
  Algorithm bank_;
  std::vector<ByteVector> before_;  // before each event, and after the last
  Bytes found_;
  std::vector<std::string> out_;
};

// The events of a value: those that went into it, and for "pcr11:<phases>" those of PCR 11 and the
// phases.
Events events_of(const Recipe& recipe, const RecipeValue& value, Algorithm bank) {
  constexpr std::string_view kPhases = "pcr11:";
  const bool later = value.name.starts_with(kPhases);
  const std::string into = later ? "pcr11" : value.name;
  Events events;
  std::ranges::copy_if(recipe.events, std::back_inserter(events),
                       [&](const RecipeEvent& event) { return event.into == into; });
  if (later && !events.empty()) {
    Registers phases(bank);
    extend_phases(phases, std::string_view(value.name).substr(kPhases.size()));
    std::ranges::copy(phases.events(), std::back_inserter(events));
  }
  return events;
}

// Where a register starts: at zeros, unless the recipe says otherwise.
Result<ByteVector> start_of(const Recipe& recipe, const RecipeValue& value) {
  const std::string given = recipe.parameter("start:" + value.name);
  return given.empty() ? Result<ByteVector>(ByteVector(value.value.size()))
                       : from_hex(given, value.value.size(), "recipe.parameters.start");
}

Result<Unit> of_events(const Recipe& recipe, const std::vector<const RecipeValue*>& values,
                       Bytes found, std::vector<Explanation>& out) {
  std::vector<Register> registers;
  std::size_t steps = 0;
  for (const RecipeValue* value : values) {
    const auto bank = algorithm_by_name(value->algorithm, "bank");
    if (!bank || value->value.size() != found.size()) {
      continue;
    }
    Events events = events_of(recipe, *value, *bank);
    CUPEL_TRY(const ByteVector start, start_of(recipe, *value));
    Register replayed(value->name, start, std::move(events), *bank);
    if (replayed.value() == value->value) {  // else it is no register
      steps += replayed.steps();
      registers.push_back(std::move(replayed));
    }
    if (steps > kMaxSteps) {
      return Error{Code::too_large, "measure.explain", kNoOffset,
                   "registers of very many events: say which one is meant"};
    }
  }
  for (Register& one : registers) {
    for (std::string& change : one.changes(found)) {
      out.push_back({one.name(), std::move(change)});
    }
  }
  return Unit{};
}

bool only_zeros(Bytes value) {
  return std::ranges::all_of(value, [](std::uint8_t b) { return b == 0; });
}

// The values that may be meant. Errors: there is none of that name, or of that length, or the one
// that is meant has the value already.
Result<std::vector<const RecipeValue*>> meant(const Recipe& recipe, Bytes found,
                                              const std::string& of) {
  const auto wrong = [](std::string detail) {
    return Error{Code::invalid_argument, "measure.explain", kNoOffset, std::move(detail)};
  };
  std::vector<const RecipeValue*> out;
  const RecipeValue* same = nullptr;
  // A launch in another mode has a digest of another length.
  bool length = recipe.kind == "snp" && (found.size() == 32 || found.size() == 48);
  for (const RecipeValue& value : recipe.values) {
    if (!of.empty() && value.name != of) {
      continue;
    }
    length = length || value.value.size() == found.size();
    if (std::ranges::equal(value.value, found)) {
      same = &value;
    } else {
      out.push_back(&value);
    }
  }
  const bool another = std::ranges::any_of(
      out, [&](const RecipeValue* value) { return value->value.size() == found.size(); });
  // Zeros are any register's that nothing was measured into.
  if (same != nullptr && !(only_zeros(found) && another)) {
    return wrong("the recipe gives this value: it is " + same->name +
                 (of.empty() ? "; say which one is meant, if another" : ""));
  }
  if (out.empty() && !of.empty()) {
    return wrong("the recipe has no value " + of);
  }
  if (!length) {
    return wrong((of.empty() ? "no value of the recipe is " : of + " is not ") +
                 std::to_string(found.size()) + " bytes long");
  }
  return out;
}

}  // namespace

Result<std::vector<Explanation>> explain(const Recipe& recipe, Bytes found, const InputLoader& load,
                                         std::vector<std::string>& missing,
                                         const ExplainOptions& options) {
  CUPEL_TRY(const std::vector<const RecipeValue*> values, meant(recipe, found, options.of));
  std::vector<Explanation> out;
  if (only_zeros(found)) {
    out.push_back({options.of,
                   "nothing was measured (a register never extended, or an enclave in debug "
                   "mode, whose registers are zeros)"});
  } else if (!options.of.empty()) {
    for (const RecipeValue& value : recipe.values) {
      if (std::ranges::equal(value.value, found)) {
        out.push_back({options.of, "it is the recipe's " + value.name});
      }
    }
  }
  CUPEL_TRY(std::ignore, of_events(recipe, values, found, out));
  Again again(recipe, found, load, options);
  again.run();
  out.insert(out.end(), again.found().begin(), again.found().end());
  missing = again.missing();
  return out;
}

}  // namespace cupel::measure
