#include "crypto/chain.hpp"

#include <algorithm>
#include <tuple>

#include "crypto/digest.hpp"
#include "crypto/once.hpp"
#include "crypto/path.hpp"

namespace cupel::crypto {
namespace {

constexpr std::size_t kMaxHelpers = 32;
constexpr std::size_t kMaxSteps = 128;  // candidate issuers tried, i.e. signatures checked at most
constexpr int kSecurityLevel = 2;       // 112 bits: no SHA-1, no RSA below 2048 bits

using Path = std::vector<Certificate>;

// ---- OpenSSL's part: extensions, constraints and key sizes along a path that is known
// ------------

using RawPath = std::vector<X509*>;  // leaf first

const RawPath& raw_path(X509_STORE_CTX* context) {
  return *static_cast<const RawPath*>(X509_STORE_CTX_get_ex_data(context, 0));
}

// Replaces "which certificate could have issued this one": exactly the next one of our path.
int is_next_in_path(X509_STORE_CTX* context, X509* subject, X509* issuer) {
  const RawPath& path = raw_path(context);
  const auto at = std::find(path.begin(), path.end(), subject);
  return at != path.end() && std::next(at) != path.end() && *std::next(at) == issuer ? 1 : 0;
}

// Replaces the walk that checks signatures and dates, which Search has done for this very path
// (with the caller's memory of signatures). What is left is that the paths are the same.
int is_our_path(X509_STORE_CTX* context) {
  const RawPath& path = raw_path(context);
  STACK_OF(X509)* built = X509_STORE_CTX_get0_chain(context);
  bool same = sk_X509_num(built) == static_cast<int>(path.size());
  for (int i = 0; same && i < sk_X509_num(built); ++i) {
    same = sk_X509_value(built, i) == path.at(static_cast<std::size_t>(i));
  }
  if (!same) {
    X509_STORE_CTX_set_error(context, X509_V_ERR_UNSPECIFIED);
  }
  return same ? 1 : 0;
}

// Holds the two hooks and no certificate; never changed after it is made.
X509_STORE* hooked_store() {
  static const StorePtr store = [] {
    StorePtr made(X509_STORE_new());
    if (made != nullptr) {
      X509_STORE_set_check_issued(made.get(), &is_next_in_path);
      X509_STORE_set_verify(made.get(), &is_our_path);
    }
    return made;
  }();
  return store.get();
}

// Lends certificates to a stack that does not free them.
LentStackPtr lend(std::span<X509* const> certificates) {
  LentStackPtr stack(sk_X509_new_reserve(nullptr, static_cast<int>(certificates.size())));
  for (X509* certificate : certificates) {
    if (stack != nullptr && sk_X509_push(stack.get(), certificate) <= 0) {
      return nullptr;
    }
  }
  return stack;
}

// RFC 5280 section 6.1 without signatures and dates: CA bits, path lengths, key usage, name
// constraints, unknown critical extensions; and key sizes.
Result<Unit> constraints_hold(const Path& path, UnixTime now, const std::string& where) {
  RawPath raw;
  raw.reserve(path.size());
  for (const Certificate& certificate : path) {
    raw.push_back(certificate.handle().x509.get());
  }
  const std::span<X509* const> all(raw);
  const LentStackPtr anchor = lend(all.last(1));
  const LentStackPtr helpers =
      lend(all.size() > 2 ? all.subspan(1, all.size() - 2) : std::span<X509* const>());
  const StoreCtxPtr context(X509_STORE_CTX_new());
  if (anchor == nullptr || helpers == nullptr || context == nullptr || hooked_store() == nullptr ||
      X509_STORE_CTX_init(context.get(), hooked_store(), raw.front(), helpers.get()) != 1 ||
      X509_STORE_CTX_set_ex_data(context.get(), 0, &raw) != 1) {
    return library_error(where);
  }
  X509_STORE_CTX_set0_trusted_stack(context.get(), anchor.get());
  X509_VERIFY_PARAM* rules = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(rules, static_cast<time_t>(now.seconds()));
  X509_VERIFY_PARAM_set_depth(rules, static_cast<int>(path.size()));
  X509_VERIFY_PARAM_set_auth_level(rules, kSecurityLevel);
  // The path ends where we say: an anchor need not be self-signed.
  if (X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN) != 1) {
    return library_error(where);
  }
  if (X509_verify_cert(context.get()) == 1) {
    return Unit{};
  }
  const int reason = X509_STORE_CTX_get_error(context.get());
  const int depth = X509_STORE_CTX_get_error_depth(context.get());
  ERR_clear_error();
  std::string detail = X509_verify_cert_error_string(reason);
  if (depth >= 0 && static_cast<std::size_t>(depth) < path.size()) {
    detail += ": " + path.at(static_cast<std::size_t>(depth)).subject();
  }
  return Error{Code::bad_certificate, where, kNoOffset, std::move(detail)};
}

// Both what is asked and its answer follow from the certificates alone: no date, list or policy has
// a part in them. A remembered path is named by all its certificates, under a key that nobody has.
Result<Unit> constraints_hold_once(const Path& path, const VerifyContext& context,
                                   const std::string& where) {
  ByteVector fingerprints;
  for (const Certificate& certificate : path) {
    fingerprints.insert(fingerprints.end(), certificate.sha256().begin(),
                        certificate.sha256().end());
  }
  constexpr Sha256Digest kNobodysKey{};
  return once(context.cache, sha256(fingerprints), kNobodysKey,
              [&] { return constraints_hold(path, context.now, where); });
}

// ---- what else must hold for a path
// --------------------------------------------------------------

Result<Unit> dates_hold(const Path& path, UnixTime now, const std::string& where) {
  for (const Certificate& certificate : path) {
    // RFC 5280 section 4.1.2.5: both ends are inside.
    if (now > certificate.not_after()) {
      return Error{Code::expired, where, kNoOffset,
                   certificate.subject() + " expired on " + to_string(certificate.not_after())};
    }
    if (now < certificate.not_before()) {
      return Error{
          Code::not_yet_valid, where, kNoOffset,
          certificate.subject() + " is not valid before " + to_string(certificate.not_before())};
    }
  }
  return Unit{};
}

Result<Unit> leaf_fits(const Certificate& leaf, const ChainRules& rules) {
  const auto refused = [&](const std::string& detail) {
    return Error{Code::bad_certificate, rules.where, kNoOffset, leaf.subject() + detail};
  };
  if (leaf.is_ca() && !rules.leaf_may_be_ca) {
    return refused(" is the certificate of an authority");
  }
  if (!rules.leaf_key_types.empty() &&
      std::find(rules.leaf_key_types.begin(), rules.leaf_key_types.end(),
                leaf.public_key().type()) == rules.leaf_key_types.end()) {
    return refused(" has a key of type " + std::string(to_string(leaf.public_key().type())));
  }
  if (!rules.leaf_extended_key_usage.empty() &&
      !leaf.has_extended_key_usage(rules.leaf_extended_key_usage)) {
    return refused(" lacks the extended key usage " + rules.leaf_extended_key_usage);
  }
  return Unit{};
}

Result<VerifiedChain> judge(const Path& path, std::string anchor_name, std::span<const Crl> crls,
                            const VerifyContext& context, const ChainRules& rules) {
  CUPEL_TRY(std::ignore, dates_hold(path, context.now, rules.where));
  CUPEL_TRY(std::ignore, constraints_hold_once(path, context, rules.where));
  for (std::size_t i = 1; i + 1 < path.size(); ++i) {
    // OpenSSL also takes certificates from before basicConstraints existed.
    if (!path.at(i).is_ca()) {
      return Error{Code::bad_certificate, rules.where, kNoOffset,
                   path.at(i).subject() + " is not the certificate of an authority"};
    }
  }
  CUPEL_TRY(std::ignore, leaf_fits(path.front(), rules));
  CUPEL_TRY(RevocationFindings revocation,
            judge_revocation(path, crls, context, rules.where, rules.no_crl_for_leaf));
  VerifiedChain out{path, std::move(anchor_name), revocation.valid_until,
                    std::move(revocation.not_proved), std::move(revocation.assumed)};
  for (const Certificate& certificate : path) {
    out.valid_until = std::min(out.valid_until, certificate.not_after());
  }
  return out;
}

// ---- finding the path
// ----------------------------------------------------------------------------

// How far an attempt came. The error of the one that came furthest is reported, the first of
// equals, so that "expired" is not hidden behind "unknown root" of a path that leads nowhere.
enum class Reach { none, bad_link, dead_end, anchor };

// Depth first over "could have issued" with every signature checked on the way up, so that a
// certificate which merely carries the right name never hides the one with the right key.
class Search {
 public:
  Search(const Certificate& leaf, std::span<const Certificate> helpers, std::span<const Crl> crls,
         const VerifyContext& context, const ChainRules& rules)
      : crls_(crls), context_(context), rules_(rules) {
    add(leaf);
    for (const Certificate& helper : helpers) {
      add(helper);
    }
    for (const auto& anchor : context.anchors.parsed()) {
      add(*anchor);
    }
  }

  Result<VerifiedChain> run() {
    path_.push_back(known_.front());
    climb();
    if (found_) {
      return std::move(*found_);
    }
    return error_;
  }

 private:
  void add(const Certificate& certificate) {
    const bool present = std::any_of(known_.begin(), known_.end(), [&](const Certificate& c) {
      return c.sha256() == certificate.sha256();
    });
    if (!present) {
      known_.push_back(certificate);
    }
  }

  void failed_at(Reach reach, Error error) {
    if (reach > reach_) {
      reach_ = reach;
      error_ = std::move(error);
    }
  }
  Error refusal(Code code, std::string detail) const {
    return Error{code, rules_.where, kNoOffset, std::move(detail)};
  }

  // True when a path was found, or the search is over for another reason.
  bool climb() {
    if (const std::optional<std::string> anchor = anchor_name(path_.back())) {
      auto judged = judge(path_, *anchor, crls_, context_, rules_);
      if (judged) {
        found_ = std::move(judged).value();
        return true;
      }
      failed_at(Reach::anchor, std::move(judged).error());
      return false;
    }
    const Certificate top = path_.back();
    if (top.self_issued() && signed_by(top, top).ok()) {
      failed_at(Reach::dead_end,
                refusal(Code::untrusted_chain,
                        "the root " + top.subject() + " is not among the trust anchors"));
      return false;
    }
    bool candidates = false;
    for (std::size_t i = 0; i < known_.size(); ++i) {
      const Certificate candidate = known_.at(i);
      if (!may_follow(top, candidate)) {
        continue;
      }
      candidates = true;
      if (path_.size() > rules_.max_intermediates + 1) {
        failed_at(Reach::dead_end,
                  refusal(Code::untrusted_chain, "the chain is longer than " +
                                                     std::to_string(rules_.max_intermediates) +
                                                     " intermediate certificates"));
        return false;
      }
      if (++steps_ > kMaxSteps) {
        failed_at(Reach::anchor,
                  refusal(Code::untrusted_chain, "too many certificates with the same name"));
        return true;
      }
      if (auto link = signed_by(top, candidate); !link) {
        failed_at(Reach::bad_link, std::move(link).error());
        continue;
      }
      path_.push_back(candidate);
      const bool over = climb();
      path_.pop_back();
      if (over) {
        return true;
      }
    }
    if (!candidates) {
      failed_at(Reach::dead_end, refusal(Code::untrusted_chain,
                                         "the certificate of " + top.issuer() + ", issuer of " +
                                             top.subject() + ", is missing"));
    }
    return false;
  }

  bool may_follow(const Certificate& child, const Certificate& candidate) const {
    const bool used = std::any_of(path_.begin(), path_.end(), [&](const Certificate& c) {
      return c.sha256() == candidate.sha256();
    });
    // Names, key identifiers and key usage; the signature comes later.
    return !used &&
           X509_check_issued(candidate.handle().x509.get(), child.handle().x509.get()) == X509_V_OK;
  }

  Result<Unit> signed_by(const Certificate& child, const Certificate& issuer) const {
    if (!child.handle().signature_refusal.empty()) {
      return refusal(
          Code::bad_certificate,
          child.subject() + ": " + child.handle().signature_refusal + " is not accepted");
    }
    const PublicKey& key = issuer.public_key();
    return once(context_.cache, child.sha256(), key.spki_sha256(), [&]() -> Result<Unit> {
      if (X509_verify(child.handle().x509.get(), key.handle().key.get()) != 1) {
        ERR_clear_error();
        return refusal(Code::bad_signature,
                       child.subject() + " was not signed by the key of " + issuer.subject());
      }
      return Unit{};
    });
  }

  // The label under which this certificate is trusted.
  std::optional<std::string> anchor_name(const Certificate& certificate) const {
    for (const NamedDer& anchor : context_.anchors.certificates()) {
      if (anchor.der == certificate.der()) {
        return anchor.name;
      }
    }
    for (const Anchor& anchor : context_.anchors.fingerprints()) {
      if (anchor.of == Anchor::Of::certificate && anchor.sha256 == certificate.sha256()) {
        return anchor.name;
      }
      // A key's fingerprint says nothing about the dates and limits that a certificate puts
      // around it, and anyone can write a certificate around a public key. So the key itself must
      // vouch for this one.
      if (anchor.of == Anchor::Of::spki &&
          anchor.sha256 == certificate.public_key().spki_sha256() && certificate.self_issued() &&
          signed_by(certificate, certificate).ok()) {
        return anchor.name;
      }
    }
    return std::nullopt;
  }

  std::span<const Crl> crls_;
  const VerifyContext& context_;
  const ChainRules& rules_;
  std::vector<Certificate> known_;  // leaf first
  Path path_;
  std::size_t steps_ = 0;
  Reach reach_ = Reach::none;
  Error error_{Code::untrusted_chain, rules_.where, kNoOffset, "no path"};
  std::optional<VerifiedChain> found_;
};

}  // namespace

Result<VerifiedChain> verify_chain(const Certificate& leaf, std::span<const Certificate> helpers,
                                   std::span<const Crl> crls, const VerifyContext& context,
                                   const ChainRules& rules) {
  if (helpers.size() > kMaxHelpers) {
    return Error{Code::too_large, rules.where, kNoOffset,
                 "more than " + std::to_string(kMaxHelpers) + " helper certificates"};
  }
  return Search(leaf, helpers, crls, context, rules).run();
}

}  // namespace cupel::crypto
