#include "dcap/collateral.hpp"

namespace cupel::dcap {
namespace {

const ByteVector* item(const Endorsements& endorsements, std::string_view kind) {
  const auto found = endorsements.items.find(std::string(kind));
  return found == endorsements.items.end() ? nullptr : &found->second;
}

template <class Document, class Parse>
Result<std::optional<Document>> take(const Endorsements& endorsements, std::string_view kind,
                                     std::string_view where, Parse parse) {
  const ByteVector* text = item(endorsements, kind);
  if (text == nullptr) {
    return std::optional<Document>{};
  }
  CUPEL_TRY(Document document, parse(as_text(*text)));
  if (item_of(document) != kind) {
    return Error{Code::collateral_mismatch, std::string(where) + ".id", kNoOffset,
                 "what came as " + std::string(kind) + " is " + std::string(item_of(document))};
  }
  return std::optional<Document>(std::move(document));
}

}  // namespace

std::string_view item_of(const TcbInfo& info) noexcept {
  return info.tdx ? kTdxTcbInfoItem : kTcbInfoItem;
}

std::string_view item_of(const QeIdentity& identity) noexcept {
  return identity.id == EnclaveId::td_qe ? kTdQeIdentityItem : kQeIdentityItem;
}

Result<Collateral> Collateral::parse(const Endorsements& endorsements) {
  auto out = std::make_shared<State>();
  CUPEL_TRY(out->certificates,
            crypto::parse_certificates(endorsements.certificates, "endorsements.certificates"));
  CUPEL_TRY(out->crls, crypto::parse_crls(endorsements.crls, "endorsements.crls"));
  CUPEL_TRY(out->sgx_tcb_info, take<TcbInfo>(endorsements, kTcbInfoItem, kTcbInfo, parse_tcb_info));
  CUPEL_TRY(out->tdx_tcb_info,
            take<TcbInfo>(endorsements, kTdxTcbInfoItem, kTcbInfo, parse_tcb_info));
  CUPEL_TRY(out->qe_identity,
            take<QeIdentity>(endorsements, kQeIdentityItem, kQeIdentity, parse_qe_identity));
  CUPEL_TRY(out->td_qe_identity,
            take<QeIdentity>(endorsements, kTdQeIdentityItem, kQeIdentity, parse_qe_identity));
  return Collateral(std::move(out));
}

}  // namespace cupel::dcap
