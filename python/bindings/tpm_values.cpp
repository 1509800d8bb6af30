// cupel.tpm: the parsed parts of a quote, and the functions that parse them.
#include <cupel/tpm.hpp>
#include <vector>

#include "rooms.hpp"
#include "tpm_names.hpp"
#include "values.hpp"

namespace cupel::python {
namespace {

void bind_attest(py::module_& tpm) {
  py::class_<tpm::PcrSelection>(tpm, "PcrSelection", "Which registers of a bank.")
      .def_property_readonly(
          "bank", [](const tpm::PcrSelection& s) { return to_python(to_string(s.bank)); })
      .def_property_readonly(
          "indices", [](const tpm::PcrSelection& s) { return tuple_of<py::int_>(s.indices); })
      .def(
          "__eq__", [](const tpm::PcrSelection& a, const tpm::PcrSelection& b) { return a == b; },
          py::is_operator())
      .def("__repr__", [](const tpm::PcrSelection& s) {
        return py::str("<cupel.tpm.PcrSelection {} {}>")
            .format(to_python(to_string(s.bank)), tuple_of<py::int_>(s.indices));
      });

  py::class_<tpm::ClockInfo>(tpm, "ClockInfo", "TPMS_CLOCK_INFO.")
      .def_property_readonly(
          "clock", [](const tpm::ClockInfo& c) { return c.clock; },
          "Milliseconds the TPM has been powered.")
      .def_property_readonly("reset_count", [](const tpm::ClockInfo& c) { return c.reset_count; })
      .def_property_readonly("restart_count",
                             [](const tpm::ClockInfo& c) { return c.restart_count; })
      .def_property_readonly("safe", [](const tpm::ClockInfo& c) { return c.safe; })
      .def("__repr__", [](const tpm::ClockInfo& c) {
        return py::str("<cupel.tpm.ClockInfo clock={} resets={} restarts={}>")
            .format(c.clock, c.reset_count, c.restart_count);
      });

  py::class_<tpm::Attest>(tpm, "Attest", "TPMS_ATTEST of a quote. Parsed, not authentic.")
      .def_property_readonly("qualified_signer",
                             [](const tpm::Attest& a) { return to_python(a.qualified_signer); })
      .def_property_readonly(
          "extra_data", [](const tpm::Attest& a) { return to_python(a.extra_data); },
          "The qualifying data given by whoever asked for the quote: the nonce.")
      .def_property_readonly("clock_info", [](const tpm::Attest& a) { return a.clock_info; })
      .def_property_readonly("firmware_version",
                             [](const tpm::Attest& a) { return a.firmware_version; })
      .def_property_readonly(
          "pcr_select",
          [](const tpm::Attest& a) { return tuple_of<tpm::PcrSelection>(a.pcr_select); })
      .def_property_readonly("pcr_digest",
                             [](const tpm::Attest& a) { return to_python(a.pcr_digest); })
      .def("__repr__", [](const tpm::Attest& a) {
        return py::str("<cupel.tpm.Attest {} pcr_digest={}>")
            .format(tuple_of<tpm::PcrSelection>(a.pcr_select),
                    to_python(a.pcr_digest).attr("hex")());
      });
}

void bind_keys(py::module_& tpm) {
  py::class_<tpm::Signature>(tpm, "Signature", "TPMT_SIGNATURE.")
      .def_property_readonly("scheme",
                             [](const tpm::Signature& s) { return to_python(to_string(s.scheme)); })
      .def_property_readonly("hash",
                             [](const tpm::Signature& s) { return to_python(to_string(s.hash)); })
      .def_property_readonly("rsa", [](const tpm::Signature& s) { return to_python(s.rsa); })
      .def_property_readonly("ecdsa_r",
                             [](const tpm::Signature& s) { return to_python(s.ecdsa_r); })
      .def_property_readonly("ecdsa_s",
                             [](const tpm::Signature& s) { return to_python(s.ecdsa_s); })
      .def("__repr__", [](const tpm::Signature& s) {
        return py::str("<cupel.tpm.Signature {} {}>")
            .format(to_python(to_string(s.scheme)), to_python(to_string(s.hash)));
      });

  py::class_<tpm::PublicArea>(tpm, "PublicArea", "TPMT_PUBLIC of a signing key.")
      .def_property_readonly(
          "name_alg", [](const tpm::PublicArea& p) { return to_python(to_string(p.name_alg)); })
      .def_property_readonly("object_attributes",
                             [](const tpm::PublicArea& p) { return p.object_attributes; })
      .def_property_readonly(
          "spki", [](const tpm::PublicArea& p) { return to_python(p.spki); },
          "SubjectPublicKeyInfo, DER.")
      .def_property_readonly(
          "name", [](const tpm::PublicArea& p) { return to_python(p.name); },
          "nameAlg || H(TPMT_PUBLIC)")
      .def_property_readonly(
          "restricted_signing", [](const tpm::PublicArea& p) { return p.restricted_signing(); },
          "Whether the key is restricted, signing, fixed to its TPM, and not for decryption.")
      .def("__repr__", [](const tpm::PublicArea& p) {
        return py::str("<cupel.tpm.PublicArea name={}>").format(to_python(p.name).attr("hex")());
      });

  py::class_<tpm::PcrValues>(tpm, "PcrValues", "PCR values as they came beside a quote.")
      .def_property_readonly("digests",
                             [](const tpm::PcrValues& p) { return to_python(p.digests); })
      .def_property_readonly(
          "claimed",
          [](const tpm::PcrValues& p) -> std::optional<TupleOf<tpm::PcrSelection>> {
            if (!p.claimed) {
              return std::nullopt;
            }
            return tuple_of<tpm::PcrSelection>(*p.claimed);
          },
          "The file's own word on which registers these are; compared, never used.")
      .def("__repr__", [](const tpm::PcrValues& p) {
        return py::str("<cupel.tpm.PcrValues {} digests>").format(p.digests.size());
      });

  py::class_<tpm::Quote>(tpm, "Quote", "A quote: well formed, not authentic.")
      .def_property_readonly(
          "message", [](const tpm::Quote& q) { return to_python(q.message); },
          "TPMS_ATTEST exactly as received.")
      .def_property_readonly("signature_bytes",
                             [](const tpm::Quote& q) { return to_python(q.signature_bytes); })
      .def_property_readonly("attest", [](const tpm::Quote& q) { return q.attest; })
      .def_property_readonly("signature", [](const tpm::Quote& q) { return q.signature; })
      .def_property_readonly("pcrs", [](const tpm::Quote& q) { return q.pcrs; })
      .def(
          "with_pcrs",
          [](const tpm::Quote& q, const tpm::PcrValues& pcrs) {
            tpm::Quote out = q;
            out.pcrs = pcrs;
            return out;
          },
          py::arg("pcrs"), "The same quote with these PCR values beside it.")
      .def("__repr__", [](const tpm::Quote& q) {
        return py::str("<cupel.tpm.Quote {!r}>").format(py::cast(q.attest));
      });
}

void bind_parsers(py::module_& tpm) {
  const auto data = py::arg("data");
  def_unlocked(tpm, "parse_attest", &tpm::parse_attest, data,
               "Parses TPMS_ATTEST. Errors: ParseError at \"tpm.attest.…\".");
  def_unlocked(tpm, "parse_signature", &tpm::parse_signature, data,
               "Parses TPMT_SIGNATURE. Errors: ParseError at \"tpm.signature.…\".");
  def_unlocked(
      tpm, "bare_rsassa_sha256", &tpm::bare_rsassa_sha256, data,
      "Takes a bare RSASSA-PKCS1-v1_5 signature with SHA-256, which some producers write.");
  def_unlocked(tpm, "parse_public", &tpm::parse_public, data,
               "Parses TPMT_PUBLIC or TPM2B_PUBLIC. Errors: ParseError at \"tpm.public.…\".");
  def_unlocked(tpm, "parse_pcrs_serialized", &tpm::parse_pcrs_serialized, data,
               "Parses the PCR file of `tpm2_quote -F serialized`.");
  def_unlocked(tpm, "parse_pcrs_marshaled", &tpm::parse_pcrs_marshaled, data,
               "Parses a PCR file in TPM wire form.");
  tpm.def(
      "parse_pcrs_values",
      [](const BytesArg& bytes, const std::vector<tpm::PcrSelection>& selection) {
        return unlocked([&] { return tpm::parse_pcrs_values(bytes, selection); });
      },
      data, py::arg("selection"), "Parses bare digests, by the signed selection.");
  def_unlocked(tpm, "parse", &tpm::parse, py::arg("message"), py::arg("signature"),
               "Parses a quote: TPMS_ATTEST and TPMT_SIGNATURE.");
}

}  // namespace

tpm::HashAlg hash_by_name(const std::string& name) {
  const auto alg = tpm::hash_alg_by_name(name);
  if (!alg) {
    refuse_argument("bank", "not the name of a hash");
  }
  return *alg;
}

void bind_tpm_values(py::module_& tpm) {
  tpm.attr("PCR_COUNT") = tpm::kPcrCount;
  bind_attest(tpm);
  bind_keys(tpm);
  bind_parsers(tpm);
}

}  // namespace cupel::python
