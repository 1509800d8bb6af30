// What the caller trusts and brings: TrustAnchors, Endorsements, ChainCache.
#include <cupel/collateral.hpp>
#include <cupel/trust.hpp>

#include "rooms.hpp"
#include "values.hpp"

namespace cupel::python {
namespace {

std::string_view name(Anchor::Of of) noexcept {
  return of == Anchor::Of::spki ? "spki" : "certificate";
}

TrustAnchors united(const TrustAnchors& a, const TrustAnchors& b) {
  TrustAnchors out = a;
  out.add(b);
  return out;
}

void bind_anchors(py::module_& module) {
  py::class_<Anchor>(module, "Anchor", "A vendor root, named by fingerprint.")
      .def_property_readonly("name", [](const Anchor& a) { return to_python(a.name); })
      .def_property_readonly(
          "of", [](const Anchor& a) { return to_python(name(a.of)); },
          "What was hashed: \"certificate\" or \"spki\" (each as DER).")
      .def_property_readonly(
          "sha256", [](const Anchor& a) { return to_python(a.sha256); }, "32 bytes.")
      .def_property_readonly(
          "not_after", [](const Anchor& a) { return to_python(a.not_after); },
          "When the root expires; for reports, the certificate's own date rules.")
      .def_property_readonly("source", [](const Anchor& a) { return to_python(a.source); })
      .def("__repr__", [](const Anchor& a) {
        return py::str("<cupel.Anchor {!r} {} {}>")
            .format(to_python(a.name), to_python(name(a.of)), to_python(a.sha256).attr("hex")());
      });

  py::class_<NamedDer>(module, "NamedDer", "A root certificate or a bare key, with a label.")
      .def_property_readonly("name", [](const NamedDer& n) { return to_python(n.name); })
      .def_property_readonly("der", [](const NamedDer& n) { return to_python(n.der); })
      .def("__repr__", [](const NamedDer& n) {
        return py::str("<cupel.NamedDer {!r}, {} bytes>").format(to_python(n.name), n.der.size());
      });

  py::class_<TrustAnchors>(module, "TrustAnchors",
                           "The roots and keys a verification may end at. Immutable; an empty set "
                           "trusts nothing.")
      .def(py::init([] { return TrustAnchors({}); }))
      .def(
          "with_certificates",
          [](const TrustAnchors& self, const std::string& name, const BytesArg& pem_or_der) {
            TrustAnchors out = self;
            (void)out.add_certificates(name, pem_or_der).value();
            return out;
          },
          py::arg("name"), py::arg("pem_or_der"),
          "These anchors and the root certificates of a PEM file, or one DER certificate.\n\n"
          "Errors: bad_encoding, bad_certificate, missing_field at \"anchors\".")
      .def(
          "with_issuer_keys",
          [](const TrustAnchors& self, const std::string& issuer, const BytesArg& jwks) {
            TrustAnchors out = self;
            (void)out.add_issuer_keys(issuer, jwks).value();
            return out;
          },
          py::arg("issuer"), py::arg("jwks"),
          "These anchors and the keys (a JWKS document) that sign tokens of this issuer, and of no "
          "other. Verdicts list it under `assumed`.\n\n"
          "Errors: invalid_argument at \"anchors.issuer\"; those of a key set at \"anchors.jwks\".")
      .def(
          "with_key",
          [](const TrustAnchors& self, const std::string& name, const BytesArg& pem_or_der) {
            TrustAnchors out = self;
            (void)out.add_key(name, pem_or_der).value();
            return out;
          },
          py::arg("name"), py::arg("pem_or_der"),
          "These anchors and one attestation key (SubjectPublicKeyInfo, PEM or DER) that is "
          "trusted "
          "without a certificate. Verdicts list it under `assumed`.\n\n"
          "Errors: bad_encoding, bad_key at \"anchors.key\".")
      .def_property_readonly(
          "fingerprints", [](const TrustAnchors& t) { return tuple_of<Anchor>(t.fingerprints()); })
      .def_property_readonly(
          "certificates",
          [](const TrustAnchors& t) { return tuple_of<NamedDer>(t.certificates()); })
      .def_property_readonly("keys",
                             [](const TrustAnchors& t) { return tuple_of<NamedDer>(t.keys()); })
      .def("__or__", &united, py::is_operator(), py::arg("other"))
      .def("__bool__", [](const TrustAnchors& t) { return !t.empty(); })
      .def("__repr__", [](const TrustAnchors& t) {
        return py::str("<cupel.TrustAnchors {} fingerprints, {} certificates, {} keys>")
            .format(t.fingerprints().size(), t.certificates().size(), t.keys().size());
      });
}

}  // namespace

void bind_trust(py::module_& module) {
  bind_anchors(module);

  py::class_<Endorsements>(module, "Endorsements",
                           "Certificates, CRLs and other vendor documents brought to a "
                           "verification. Untrusted until checked. Immutable.")
      .def(py::init([](const std::vector<BytesArg>& files) {
             Endorsements out;
             for (const BytesArg& file : files) {
               (void)add_endorsement(out, file).value();
             }
             return out;
           }),
           py::arg("files") = py::tuple(),
           "Sorts the contents of files by what they hold: PEM, DER certificate, DER CRL.\n\n"
           "Errors: bad_encoding, too_large, duplicate_field at \"endorsement\".")
      .def_property_readonly("certificates",
                             [](const Endorsements& e) { return to_python(e.certificates); })
      .def_property_readonly("crls", [](const Endorsements& e) { return to_python(e.crls); })
      .def_property_readonly("items", [](const Endorsements& e) { return to_python(e.items); })
      .def(
          "__eq__",
          [](const Endorsements& a, const Endorsements& b) {
            return a.certificates == b.certificates && a.crls == b.crls && a.items == b.items;
          },
          py::is_operator())
      .def("__repr__", [](const Endorsements& e) {
        return py::str("<cupel.Endorsements {} certificates, {} crls, {} items>")
            .format(e.certificates.size(), e.crls.size(), e.items.size());
      });

  py::class_<CollateralRequest>(module, "CollateralRequest",
                                "A document that a verification would like to have.")
      .def_property_readonly("kind", [](const CollateralRequest& r) { return to_python(r.kind); })
      .def_property_readonly("url", [](const CollateralRequest& r) { return to_python(r.url); })
      .def_property_readonly("cache_key",
                             [](const CollateralRequest& r) { return to_python(r.cache_key); })
      .def("__repr__", [](const CollateralRequest& r) {
        return py::str("<cupel.CollateralRequest {} {}>")
            .format(to_python(r.kind), to_python(r.url));
      });

  py::class_<ChainCache, std::shared_ptr<ChainCache>>(
      module, "ChainCache",
      "Remembers \"this certificate was signed by that key\" between verifications, and nothing "
      "else. Thread-safe and bounded.")
      .def(py::init<std::size_t>(), py::arg("capacity") = 4096)
      .def("__len__", &ChainCache::size);
}

}  // namespace cupel::python
