#include "crypto/rsa_quotients.hpp"

#include "crypto/ossl.hpp"

namespace cupel::crypto {
namespace {

using BnCtxPtr = std::unique_ptr<BN_CTX, Freed<&BN_CTX_free>>;

BnPtr number(Bytes in) {
  return BnPtr(BN_bin2bn(in.data(), static_cast<int>(in.size()), nullptr));
}

}  // namespace

bool quotients_are_right(const RsaQuotients& in) noexcept {
  const BnPtr n = number(in.modulus);
  const BnPtr s = number(in.signature);
  const BnPtr q1 = number(in.q1);
  const BnPtr q2 = number(in.q2);
  const BnPtr quotient(BN_new());
  const BnPtr rest(BN_new());
  const BnPtr product(BN_new());
  const BnCtxPtr context(BN_CTX_new());
  if (n == nullptr || s == nullptr || q1 == nullptr || q2 == nullptr || quotient == nullptr ||
      rest == nullptr || product == nullptr || context == nullptr || BN_is_zero(n.get()) == 1 ||
      BN_cmp(s.get(), n.get()) >= 0) {
    return false;
  }
  // s^3 - q1 s n = s (s^2 - q1 n), and s^2 - q1 n is what is left of the first division.
  return BN_sqr(product.get(), s.get(), context.get()) == 1 &&
         BN_div(quotient.get(), rest.get(), product.get(), n.get(), context.get()) == 1 &&
         BN_cmp(quotient.get(), q1.get()) == 0 &&
         BN_mul(product.get(), rest.get(), s.get(), context.get()) == 1 &&
         BN_div(quotient.get(), nullptr, product.get(), n.get(), context.get()) == 1 &&
         BN_cmp(quotient.get(), q2.get()) == 0;
}

}  // namespace cupel::crypto
