#include <algorithm>
#include <cupel/trust.hpp>
#include <deque>
#include <mutex>
#include <set>

namespace cupel {
namespace {

using Pair = std::pair<Sha256Digest, Sha256Digest>;

}  // namespace

struct ChainCache::State {
  explicit State(std::size_t capacity_in) : capacity(capacity_in) {}

  const std::size_t capacity;
  mutable std::mutex mutex;
  std::set<Pair> pairs;
  std::deque<std::set<Pair>::const_iterator> age;  // oldest first
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

std::size_t ChainCache::size() const {
  const std::lock_guard lock(state_->mutex);
  return state_->pairs.size();
}

}  // namespace cupel
