#include <algorithm>
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

ByteVector replay(const Events& events, Algorithm bank) {
  ByteVector value(digest_size(bank));
  for (const RecipeEvent& event : events) {
    value = crypto::digest(crypto_hash(bank), {value, event.digest});
  }
  return value;
}

// Changes of the events of one register.
class Register {
 public:
  Register(Events events, Algorithm bank, Bytes found)
      : events_(std::move(events)), bank_(bank), found_(found) {}

  std::vector<std::string> changes() {
    for (std::size_t i = 0; i < events_.size(); ++i) {
      Events without = events_;
      without.erase(without.begin() + static_cast<std::ptrdiff_t>(i));
      offer(without, "without " + events_[i].what);
      Events twice = events_;
      twice.insert(twice.begin() + static_cast<std::ptrdiff_t>(i), events_[i]);
      offer(twice, "with " + events_[i].what + " twice");
      if (i + 1 < events_.size()) {
        Events swapped = events_;
        std::swap(swapped[i], swapped[i + 1]);
        offer(swapped, events_[i + 1].what + " before " + events_[i].what);
      }
    }
    boot_attempt();
    return out_;
  }

 private:
  void offer(const Events& events, std::string change) {
    if (crypto::equal(replay(events, bank_), found_)) {
      out_.push_back(std::move(change));
    }
  }

  // Firmware that tried another boot option first, or did not.
  void boot_attempt() {
    const auto digest = [&](std::string_view text) {
      return crypto::digest(crypto_hash(bank_), as_bytes(text));
    };
    const auto returning = std::ranges::find(events_, digest(kReturning), &RecipeEvent::digest);
    Events other = events_;
    if (returning != events_.end() && returning + 1 != events_.end()) {
      const auto at = other.begin() + (returning - events_.begin());
      other.erase(at, at + 2);
      offer(other, "without an earlier boot attempt");
    } else if (events_.size() >= 2 && events_.front().digest == digest(kCalling)) {
      other.insert(other.begin() + 2,
                   {{"", "returning", digest(kReturning)}, {"", "calling", digest(kCalling)}});
      offer(other, "with an earlier boot attempt (firmware tried another option first)");
    }
  }

  Events events_;
  Algorithm bank_;
  Bytes found_;
  std::vector<std::string> out_;
};

void of_events(const Recipe& recipe, Bytes found, std::vector<Explanation>& out) {
  for (const RecipeValue& value : recipe.values) {
    const auto bank = algorithm_by_name(value.algorithm, "bank");
    Events events;
    std::ranges::copy_if(recipe.events, std::back_inserter(events),
                         [&](const RecipeEvent& event) { return event.into == value.name; });
    // Only what is a register: replaying gives the value.
    if (!bank || events.empty() || replay(events, *bank) != value.value) {
      continue;
    }
    for (std::string& change : Register(std::move(events), *bank, found).changes()) {
      out.push_back({value.name, std::move(change)});
    }
  }
}

bool only_zeros(Bytes value) {
  return std::ranges::all_of(value, [](std::uint8_t b) { return b == 0; });
}

}  // namespace

Result<std::vector<Explanation>> explain(const Recipe& recipe, Bytes found, const InputLoader& load,
                                         std::vector<std::string>& missing) {
  bool length = false;
  for (const RecipeValue& value : recipe.values) {
    length = length || value.value.size() == found.size();
    if (std::ranges::equal(value.value, found)) {
      return Error{Code::invalid_argument, "measure.explain", kNoOffset,
                   "the recipe gives this value: it is " + value.name};
    }
  }
  if (!length) {
    return Error{Code::invalid_argument, "measure.explain", kNoOffset,
                 "no value of the recipe is " + std::to_string(found.size()) + " bytes long"};
  }
  std::vector<Explanation> out;
  if (only_zeros(found)) {
    out.push_back({"",
                   "nothing was measured (a register never extended, or an enclave in debug "
                   "mode, whose registers are zeros)"});
    return out;
  }
  of_events(recipe, found, out);
  Again again(recipe, found, load);
  again.run();
  out.insert(out.end(), again.found().begin(), again.found().end());
  missing = again.missing();
  return out;
}

}  // namespace cupel::measure
