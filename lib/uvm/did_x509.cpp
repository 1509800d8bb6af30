#include "uvm/did_x509.hpp"

#include <algorithm>

#include "base/base64.hpp"

namespace cupel::uvm {
namespace {

// Splits at `mark`; "a::b" at "::" gives a and b.
std::vector<std::string_view> split(std::string_view text, std::string_view mark) {
  std::vector<std::string_view> out;
  for (;;) {
    const std::size_t at = text.find(mark);
    out.push_back(text.substr(0, at));
    if (at == std::string_view::npos) {
      return out;
    }
    text.remove_prefix(at + mark.size());
  }
}

bool is_dotted_oid(std::string_view text) {
  const auto arcs = split(text, ".");
  return arcs.size() >= 2 && std::all_of(arcs.begin(), arcs.end(), [](std::string_view arc) {
           return !arc.empty() && (arc == "0" || arc.front() != '0') &&
                  std::all_of(arc.begin(), arc.end(), [](char c) { return c >= '0' && c <= '9'; });
         });
}

}  // namespace

Result<DidX509> parse_did_x509(std::string_view text, std::string_view where) {
  const auto refused = [&](Code code, std::string detail) {
    return Error{code, std::string(where), kNoOffset, std::move(detail)};
  };
  const auto parts = split(text, "::");
  const auto head = split(parts.front(), ":");
  constexpr std::size_t kHeadParts = 5;  // did, x509, version, hash, fingerprint
  if (head.size() != kHeadParts || head[0] != "did" || head[1] != "x509") {
    return refused(Code::bad_encoding, "is no did:x509 with a hash and a fingerprint");
  }
  if (head[2] != "0") {
    return refused(Code::unsupported_version, "only version 0 of did:x509 is read");
  }
  const auto hash = crypto::hash_by_name(head[3]);
  if (!hash || (*hash != crypto::Hash::sha256 && *hash != crypto::Hash::sha384 &&
                *hash != crypto::Hash::sha512)) {
    return refused(Code::unsupported_algorithm, "the fingerprint's hash is not sha256, 384 or 512");
  }
  DidX509 out{*hash, {}, {}};
  CUPEL_TRY(out.fingerprint, from_base64url(head[4], where));
  if (out.fingerprint.size() != crypto::digest_size(*hash)) {
    return refused(Code::bad_encoding, "the fingerprint is not as long as its hash");
  }
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const auto policy = split(parts[i], ":");
    if (policy.front() != "eku") {
      return refused(Code::unknown_field, "a policy that is not read here");
    }
    if (policy.size() != 2 || !is_dotted_oid(policy[1])) {
      return refused(Code::bad_encoding, "eku is followed by one dotted OID");
    }
    out.extended_key_usages.emplace_back(policy[1]);
  }
  if (out.extended_key_usages.empty()) {
    return refused(Code::bad_encoding,
                   "without a policy everybody whom the authority certified "
                   "would be meant");
  }
  return out;
}

Result<crypto::Certificate> resolve(const DidX509& did, std::span<const crypto::Certificate> chain,
                                    std::string_view where) {
  if (chain.empty()) {
    return Error{Code::untrusted_chain, std::string(where), kNoOffset, "no certificate"};
  }
  const auto above = chain.subspan(1);
  const auto authority =
      std::find_if(above.begin(), above.end(), [&](const crypto::Certificate& certificate) {
        return crypto::equal(crypto::digest(did.hash, certificate.der()), did.fingerprint);
      });
  if (authority == above.end()) {
    return Error{Code::untrusted_chain, std::string(where), kNoOffset,
                 "no authority in the chain has the issuer's fingerprint"};
  }
  for (const std::string& usage : did.extended_key_usages) {
    if (!chain.front().has_extended_key_usage(usage)) {
      return Error{Code::bad_certificate, std::string(where), kNoOffset,
                   "the signer's certificate lacks the extended key usage " + usage};
    }
  }
  return *authority;
}

}  // namespace cupel::uvm
