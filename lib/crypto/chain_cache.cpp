#include <algorithm>
#include <cupel/trust.hpp>
#include <deque>
#include <map>
#include <mutex>
#include <set>

#include "crypto/x509.hpp"

namespace cupel {
namespace {

using Pair = std::pair<Sha256Digest, Sha256Digest>;
using Parsed = std::map<Sha256Digest, std::shared_ptr<const crypto::Certificate>>;

// What a hostile sender can make us hold: a certificate in memory takes a few times its bytes.
constexpr std::size_t kMaxParsed = 256;
constexpr std::size_t kMaxParsedSize = 4096;

}  // namespace

struct ChainCache::State {
  explicit State(std::size_t capacity_in) : capacity(capacity_in) {}

  const std::size_t capacity;
  mutable std::mutex mutex;
  std::set<Pair> pairs;
  std::deque<std::set<Pair>::const_iterator> age;  // oldest first
  Parsed parsed;
  std::deque<Parsed::const_iterator> parsed_age;
};

ChainCache::ChainCache(std::size_t capacity) : state_(std::make_unique<State>(capacity)) {}
ChainCache::~ChainCache() = default;

bool ChainCache::contains(const Sha256Digest& child, const Sha256Digest& issuer_spki) const {
  const std::lock_guard lock(state_->mutex);
  return state_->pairs.contains({child, issuer_spki});
}

void ChainCache::remember(const Sha256Digest& child, const Sha256Digest& issuer_spki) {
  const std::lock_guard lock(state_->mutex);
  if (state_->capacity == 0) {
    return;
  }
  const auto [where, added] = state_->pairs.insert({child, issuer_spki});
  if (!added) {
    return;
  }
  state_->age.push_back(where);
  if (state_->age.size() > state_->capacity) {
    state_->pairs.erase(state_->age.front());
    state_->age.pop_front();
  }
}

std::shared_ptr<const crypto::Certificate> ChainCache::find_parsed(const Sha256Digest& der) const {
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->parsed.find(der);
  return found != state_->parsed.end() ? found->second : nullptr;
}

void ChainCache::keep_parsed(std::shared_ptr<const crypto::Certificate> certificate) {
  const std::lock_guard lock(state_->mutex);
  const std::size_t most = std::min(kMaxParsed, state_->capacity);
  if (certificate == nullptr || most == 0 || certificate->der().size() > kMaxParsedSize) {
    return;
  }
  const Sha256Digest name = certificate->sha256();
  const auto [where, added] = state_->parsed.emplace(name, std::move(certificate));
  if (!added) {
    return;
  }
  state_->parsed_age.push_back(where);
  if (state_->parsed_age.size() > most) {
    state_->parsed.erase(state_->parsed_age.front());
    state_->parsed_age.pop_front();
  }
}

std::size_t ChainCache::size() const {
  const std::lock_guard lock(state_->mutex);
  return state_->pairs.size();
}

}  // namespace cupel
