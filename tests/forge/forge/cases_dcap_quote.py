"""Quotes that are wrong in themselves: structure, nesting, signatures, bindings, certificates."""

from __future__ import annotations

import hashlib
from typing import Any

from . import ca, dcap
from .dcap import Platform, Service, SgxReport, TdReport
from .dcap_case import QuoteCase, accepted, refused

PCK = "dcap.pck_certificate"


def structure() -> list[QuoteCase]:
    """What the parsers refuse, of both kinds."""
    cases: list[QuoteCase] = []
    for tdx in (False, True):
        good = Service(tdx=tdx)
        quote = good.quote()
        body = 584 if tdx else 384

        def bad(
            code: str,
            reason: str,
            where: str,
            comment: str,
            evidence: bytes,
            tdx: bool = tdx,
            **more: Any,
        ) -> None:
            # Nobody looks at the collateral of a quote that cannot be read.
            service = Service(tdx=tdx)
            cases.append(
                refused(
                    code,
                    reason,
                    where,
                    comment,
                    service,
                    stage="parse",
                    evidence=evidence,
                    endorsements={},
                    **more,
                )
            )

        def with_byte(offset: int, value: int, source: bytes = quote) -> bytes:
            return source[:offset] + bytes([value]) + source[offset + 1 :]

        bad("truncated", "empty", "dcap.header.version", "No bytes at all.", quote[:0] or b"\x04")
        bad("truncated", "header_cut", "dcap.header.user_data", "47 bytes.", quote[:47])
        bad(
            "truncated",
            "body_cut",
            "dcap.header.body",
            "The body lacks a byte.",
            quote[: 47 + body],
        )
        bad(
            "truncated",
            "signature_cut",
            "dcap.header.signature",
            "The last byte is missing.",
            quote[:-1],
        )
        bad(
            "trailing_bytes",
            "one_zero",
            "dcap.header",
            "A zero byte after the quote.",
            quote + b"\0",
        )
        bad(
            "unsupported_version",
            "two",
            "dcap.header.version",
            "Version 2 (EPID).",
            with_byte(0, 2),
        )
        bad(
            "unsupported_version", "six", "dcap.header.version", "No such version.", with_byte(0, 6)
        )
        bad(
            "unsupported_algorithm",
            "p384",
            "dcap.header.attestation_key_type",
            "Attestation key type 3: ECDSA P-384.",
            with_byte(2, 3),
        )
        size = int.from_bytes(quote[48 + body : 52 + body], "little")
        longer = quote[: 48 + body] + (size + 1).to_bytes(4, "little") + quote[52 + body :]
        bad(
            "truncated",
            "signature_size_one_more",
            "dcap.header.signature",
            "The signature data claims one byte more than there is.",
            longer,
        )
        shorter = quote[: 48 + body] + (size - 1).to_bytes(4, "little") + quote[52 + body :]
        bad(
            "trailing_bytes",
            "signature_size_one_less",
            "dcap.header",
            "The signature data claims one byte less.",
            shorter,
        )
        huge = quote[: 48 + body] + b"\xff" * 4 + quote[52 + body :]
        bad(
            "truncated",
            "signature_size_4_gib",
            "dcap.header.signature",
            "4 GiB are promised.",
            huge,
        )
        for kind in (0, 8, 6):
            service = Service(tdx=tdx, certification=(kind, b"x" * 40))
            bad(
                "out_of_range",
                f"certification_type_{kind}",
                "dcap.certification.type",
                "Certification data of a type that may not stand here.",
                service.quote(),
            )
        bad(
            "truncated",
            "certification_empty",
            "dcap.certification.data",
            "An empty PCK chain.",
            Service(tdx=tdx, certification=(5, b"")).quote(),
        )
        for kind, length in ((1, 33), (2, 275), (3, 403)):
            bad(
                "truncated",
                f"ppid_type_{kind}",
                "dcap.certification.platform.pce_id"
                if kind != 1
                else "dcap.certification.platform.pce_svn",
                "A platform's name with a byte too few.",
                Service(tdx=tdx, certification=(kind, bytes(length))).quote(),
            )
        bad(
            "trailing_bytes",
            "ppid_type_3",
            "dcap.certification.platform",
            "A platform's name with a byte too many.",
            Service(tdx=tdx, certification=(3, bytes(405))).quote(),
        )
        qe = dcap.SgxReport(mrsigner=dcap.QE_SIGNER, reserved={20: 1})
        bad(
            "reserved_not_zero",
            "qe_report",
            "dcap.qe_report.reserved_0x14",
            "A reserved byte of the QE report is set.",
            Service(tdx=tdx, qe=qe).quote(),
        )
        bad(
            "bad_encoding",
            "pck_chain_is_text",
            PCK,
            "The PCK chain is no PEM.",
            Service(tdx=tdx, chain_text=b"hello").quote(),
        )
        bad(
            "bad_encoding",
            "pck_chain_two_nuls",
            PCK,
            "Two NULs after the PCK chain.",
            Service(tdx=tdx, chain_text=good.pem_chain() + b"\0").quote(),
        )
        bad(
            "missing_field",
            "no_pck_certificate",
            PCK,
            "A chain without the platform's certificate.",
            Service(tdx=tdx, chain=[dcap.pck_ca(), dcap.root()]).quote(),
        )
        bad(
            "bad_length",
            "pck_leaf_with_chain",
            PCK,
            "Certification type 4 holds the leaf alone.",
            Service(tdx=tdx, certification=(4, good.pem_chain())).quote(),
        )
        twice = [dcap.pck(Platform()), dcap.pck(Platform(), label="other"), dcap.pck_ca()]
        bad(
            "duplicate_field",
            "two_pck_certificates",
            PCK,
            "Which of two platforms?",
            Service(tdx=tdx, chain=twice).quote(),
        )
    sgx = Service().quote()
    td = Service(tdx=True).quote()
    for reason, offset in (("0x14", 20), ("0x60", 96), ("0xa0", 160), ("0x106", 262)):
        service = Service(body=SgxReport(reserved={offset: 1}))
        cases.append(
            refused(
                "reserved_not_zero",
                f"report_{reason}",
                f"sgx.report.reserved_{reason}",
                "A reserved byte of the report is set.",
                service,
                stage="parse",
                endorsements={},
            )
        )
    cases += [
        refused(
            "bad_magic",
            "tdx_quote",
            "dcap.header.tee_type",
            "A TDX quote, called SGX.",
            Service(),
            stage="parse",
            check="sgx-01",
            evidence=td,
            endorsements={},
        ),
        refused(
            "bad_magic",
            "sgx_quote",
            "dcap.header.tee_type",
            "An SGX quote, called TDX.",
            Service(tdx=True),
            stage="parse",
            check="tdx-01",
            evidence=sgx,
            endorsements={},
        ),
        refused(
            "reserved_not_zero",
            "tee_type_v3",
            "dcap.header.tee_type",
            "Version 3 has no TEE type.",
            Service(tee_type=0x81),
            stage="parse",
            endorsements={},
        ),
        refused(
            "out_of_range",
            "tee_type",
            "dcap.header.tee_type",
            "TEE type 1.",
            Service(tdx=True, tee_type=1),
            stage="parse",
            endorsements={},
        ),
        refused(
            "reserved_not_zero",
            "v4_header",
            "dcap.header.reserved",
            "The SVNs of version 3 in a quote of version 4.",
            Service(tdx=True),
            stage="parse",
            evidence=td[:8] + b"\x0a\0\x0f\0" + td[12:],
            endorsements={},
        ),
        refused(
            "out_of_range",
            "outer_type_5",
            "dcap.signature.outer_type",
            "The PCK chain stands where the QE report belongs.",
            Service(tdx=True, outer_type=5),
            stage="parse",
            endorsements={},
        ),
        refused(
            "out_of_range",
            "v5_body_type_4",
            "dcap.header.body_type",
            "No such body.",
            Service(tdx=True, version=5, body_type=4),
            stage="parse",
            endorsements={},
        ),
        refused(
            "out_of_range",
            "v5_sgx_body",
            "dcap.header.body_type",
            "An SGX body in a quote that says TDX.",
            Service(tdx=True, version=5, body_type=1),
            stage="parse",
            endorsements={},
        ),
        refused(
            "bad_length",
            "v5_body_size",
            "dcap.header.body_size",
            "A TD report of 1.5 is called one of 1.0.",
            Service(tdx=True, version=5, body_type=2),
            stage="parse",
            endorsements={},
        ),
    ]
    return cases


def signatures() -> list[QuoteCase]:
    """dcap-01, dcap-05, dcap-06, dcap-07, sgx-01, tdx-01: who signed what."""
    cases: list[QuoteCase] = []
    for tdx in (False, True):
        good = Service(tdx=tdx).quote()
        body = 584 if tdx else 384
        other = SgxReport(
            mrsigner=dcap.TD_QE_SIGNER if tdx else dcap.QE_SIGNER,
            isv_prod_id=2 if tdx else 1,
            isv_svn=8,
            attributes=bytes.fromhex("1500000000000000e700000000000000"),
            report_data=b"\x01" * 64,
        )
        tail = SgxReport(**{**vars(other), "report_data": bytes(64)})
        bound = Service(tdx=tdx, qe=tail).qe_report()[320:352]
        not_zero = SgxReport(**{**vars(other), "report_data": bound + bytes(31) + b"\x01"})
        cases += [
            refused(
                "key_mismatch",
                "other_vendor",
                "dcap.header.qe_vendor_id",
                "A quoting enclave of another vendor.",
                Service(tdx=tdx, vendor=bytes(16)),
                check="dcap-01",
            ),
            refused(
                "bad_signature",
                "qe_report_by_other_key",
                "dcap.qe_report_signature",
                "Another key than the PCK key signed the QE report.",
                Service(tdx=tdx, qe_signing_key=dcap.EVIL_KEY),
                check="dcap-05",
            ),
            refused(
                "digest_mismatch",
                "other_attestation_key",
                "dcap.qe_report.report_data",
                "The quoting enclave vouches for another attestation key.",
                Service(tdx=tdx, qe=other),
                check="dcap-06",
            ),
            refused(
                "digest_mismatch",
                "report_data_tail",
                "dcap.qe_report.report_data",
                "The second half of the QE report's data is not zero.",
                Service(tdx=tdx, qe=not_zero),
                check="dcap-06",
            ),
            refused(
                "bad_signature",
                "quote_by_other_key",
                "dcap.signature",
                "The body was signed by another key than the quote names.",
                Service(tdx=tdx, signing_key=dcap.EVIL_KEY),
                check="dcap-07",
            ),
            refused(
                "bad_signature",
                "body_changed",
                "dcap.signature",
                "A byte of the report data was changed.",
                Service(tdx=tdx),
                evidence=good[: 47 + body] + b"\x01" + good[48 + body :],
                check="dcap-07",
            ),
            refused(
                "bad_key",
                "attestation_key_no_point",
                "dcap.signature.attestation_key",
                "The attestation key is no point on the curve (and bound all the same).",
                off_curve(tdx),
                check="dcap-07",
            ),
        ]
    return cases


class OffCurve(Service):
    """A quote whose attestation key is zeros, consistently."""

    def qe_report(self) -> bytes:
        """Vouches for 64 zero bytes."""
        out = bytearray(super().qe_report())
        out[320:352] = hashlib.sha256(bytes(64) + self.qe_auth).digest()
        return bytes(out)

    def quote(self) -> bytes:
        """With the point replaced."""
        return super().quote().replace(dcap.point(self.quote_key), bytes(64), 1)


def off_curve(tdx: bool) -> Service:
    """See OffCurve."""
    return OffCurve(tdx=tdx)


def certificates() -> list[QuoteCase]:
    """dcap-02, dcap-03, dcap-04: the PCK certificate, its path, its lists."""
    evil_root = dcap.root(dcap.EVIL_KEY)
    evil_ca = dcap.pck_ca(root_key=dcap.EVIL_KEY)
    evil = [dcap.pck(Platform(), issuer=evil_ca), evil_ca, evil_root]
    plain = bytes(range(16)) + bytes(16) + bytes(4)
    leaf = dcap.pck(Platform())
    brought = {"pck.pem": (leaf.pem + dcap.pck_ca().pem + dcap.root().pem).encode()}
    foreign = dcap.pck(Platform(ppid=bytes(16)), key_name="p256-pck2")
    cases = [
        refused(
            "untrusted_chain",
            "same_name_root",
            PCK,
            "A root that is called Intel's, with another key: the pre-production trick.",
            Service(chain=evil),
            check="dcap-03",
        ),
        refused(
            "expired",
            "pck_certificate",
            PCK,
            "The PCK certificate ended yesterday.",
            Service(
                chain=[dcap.pck(Platform(), not_after="2024-06-14"), dcap.pck_ca(), dcap.root()]
            ),
            check="dcap-03",
        ),
        refused(
            "not_yet_valid",
            "pck_certificate",
            PCK,
            "The PCK certificate begins tomorrow.",
            Service(
                chain=[dcap.pck(Platform(), not_before="2024-06-16"), dcap.pck_ca(), dcap.root()]
            ),
            check="dcap-03",
        ),
        refused(
            "revoked",
            "pck_certificate",
            PCK,
            "Intel's list names this processor.",
            Service(replace={"pck.crl": ca.crl(dcap.pck_ca(), (leaf,))}),
            check="dcap-03",
        ),
        refused(
            "revoked",
            "pck_authority",
            PCK,
            "The root's list names the authority.",
            Service(replace={"root.crl": ca.crl(dcap.root(), (dcap.pck_ca(),))}),
            check="dcap-03",
        ),
        refused(
            "revocation_unknown",
            "no_pck_crl",
            PCK,
            "Intel's collateral always has its lists: without one nothing is decided.",
            Service(replace={"pck.crl": None}),
            check="dcap-03",
        ),
        refused(
            "revocation_unknown",
            "no_root_crl",
            PCK,
            "The root's list is missing.",
            Service(replace={"root.crl": None}),
            check="dcap-03",
        ),
        refused(
            "expired",
            "pck_crl",
            PCK,
            "The list has ended.",
            Service(replace={"pck.crl": ca.crl(dcap.pck_ca(), next_update="2024-06-15")}),
            check="dcap-03",
        ),
        refused(
            "not_yet_valid",
            "pck_crl",
            PCK,
            "The list is of tomorrow.",
            Service(replace={"pck.crl": ca.crl(dcap.pck_ca(), this_update="2024-06-16")}),
            check="dcap-03",
        ),
        refused(
            "bad_signature",
            "pck_crl",
            PCK,
            "Somebody else signed the list.",
            Service(replace={"pck.crl": ca.crl(dcap.pck_ca(), signing_key=dcap.EVIL_KEY)}),
            check="dcap-03",
        ),
        refused(
            "bad_certificate",
            "pck_name",
            PCK,
            "A certificate for another purpose.",
            Service(
                chain=[
                    dcap.pck(Platform(), name="Some Other Certificate"),
                    dcap.pck_ca(),
                    dcap.root(),
                ]
            ),
            check="dcap-04",
        ),
        refused(
            "bad_certificate",
            "pck_from_the_root",
            PCK,
            "A PCK certificate that the root issued itself.",
            Service(chain=[dcap.pck(Platform(), issuer=dcap.root()), dcap.root()]),
            check="dcap-04",
        ),
        refused(
            "collateral_missing",
            "ppid_only",
            PCK,
            "The quote names its platform, and no certificate came with it.",
            Service(certification=(3, bytes(404))),
            check="dcap-02",
        ),
        refused(
            "collateral_missing",
            "platform_manifest",
            PCK,
            "A platform manifest is no certificate.",
            Service(certification=(7, b"manifest")),
            check="dcap-02",
        ),
        refused(
            "collateral_missing",
            "ppid_of_another",
            PCK,
            "A certificate came beside the quote, of another platform.",
            Service(
                certification=(1, plain),
                replace={"pck.pem": (foreign.pem + dcap.pck_ca().pem + dcap.root().pem).encode()},
            ),
            check="dcap-02",
        ),
        accepted(
            "ppid_with_certificate_beside",
            "A quote of certification type 1, with the PCK certificate as collateral.",
            Service(certification=(1, plain), replace=dict(brought)),
            ["dcap-02"],
        ),
        accepted(
            "ppid_short_form",
            "Certification type 1 without PCEID.",
            Service(certification=(1, plain[:34]), replace=dict(brought)),
            ["dcap-02"],
        ),
        accepted(
            "encrypted_ppid_2048",
            "Certification type 2.",
            Service(certification=(2, bytes(276)), replace=dict(brought)),
            ["dcap-02"],
        ),
        accepted(
            "encrypted_ppid_3072",
            "Certification type 3.",
            Service(certification=(3, bytes(404)), replace=dict(brought)),
            ["dcap-02"],
        ),
        accepted(
            "pck_leaf_alone",
            "Certification type 4: the leaf alone, its path as collateral.",
            Service(
                certification=(4, leaf.pem.encode()),
                replace={"pck.pem": (dcap.pck_ca().pem + dcap.root().pem).encode()},
            ),
            ["dcap-02"],
        ),
        accepted(
            "processor_ca",
            "A PCK certificate of the Processor CA.",
            Service(
                chain=[dcap.pck(Platform(), issuer=processor_ca()), processor_ca(), dcap.root()],
                replace={"pck.crl": ca.crl(processor_ca())},
            ),
            ["dcap-04"],
        ),
        accepted(
            "chain_in_other_order",
            "Root first.",
            Service(chain=[dcap.root(), dcap.pck_ca(), leaf]),
            ["dcap-03"],
        ),
        accepted(
            "chain_without_nul",
            "PEM that ends in a line feed.",
            Service(chain_text=Service().pem_chain()[:-1]),
            ["dcap-03"],
        ),
        accepted(
            "crls_ignored",
            "The caller takes the risk.",
            Service(replace={"pck.crl": None, "root.crl": None}),
            ["dcap-03"],
            revocation="dangerous_ignored",
        ),
    ]
    return cases + extension()


def processor_ca() -> ca.Cert:
    """The other authority of PCK certificates."""
    return dcap.pck_ca("Intel SGX PCK Processor CA")


def extension() -> list[QuoteCase]:
    """The platform's description inside the PCK certificate."""
    good = Platform().wire()

    def bad(code: str, reason: str, field: str, comment: str, platform: Platform) -> QuoteCase:
        chain = [dcap.pck(platform), dcap.pck_ca(), dcap.root()]
        return refused(
            code,
            f"extension_{reason}",
            f"{PCK}.{field}",
            comment,
            Service(chain=chain),
            stage="parse",
            endorsements={},
        )

    base = dcap.SGX_OID
    return [
        bad(
            "bad_encoding",
            "trailing_byte",
            "sgx_extension",
            "A byte after the extension.",
            Platform(extension=good + b"\0"),
        ),
        bad(
            "bad_encoding",
            "not_der",
            "sgx_extension",
            "An indefinite length.",
            Platform(extension=b"\x30\x80" + good[4:] + b"\0\0"),
        ),
        bad(
            "unknown_field",
            "unknown_member",
            "sgx_extension",
            "A ninth member.",
            Platform(extra=[dcap.pair(f"{base}.9", dcap.integer(1))]),
        ),
        bad(
            "duplicate_field",
            "fmspc_twice",
            "sgx_extension",
            "Which FMSPC?",
            Platform(extra=[dcap.pair(f"{base}.4", dcap.der(4, bytes(6)))]),
        ),
        bad("bad_length", "fmspc_of_5", "fmspc", "Five bytes.", Platform(fmspc=bytes(5))),
        bad("bad_length", "ppid_of_17", "ppid", "17 bytes.", Platform(ppid=bytes(17))),
        bad(
            "out_of_range",
            "svn_256",
            "tcb.component",
            "A component's SVN has one byte.",
            Platform(components=[256, *[0] * 15]),
        ),
        bad(
            "missing_field",
            "15_components",
            "tcb.component",
            "A component is missing.",
            Platform(components=[5] * 15),
        ),
        bad(
            "out_of_range",
            "sgx_type_3",
            "sgx_type",
            "An unknown kind of SGX.",
            Platform(sgx_type=3),
        ),
        bad(
            "out_of_range",
            "pce_svn_65536",
            "tcb.pce_svn",
            "A PCESVN has two bytes.",
            Platform(pce_svn=65536),
        ),
    ]


def bodies() -> list[QuoteCase]:
    """Good quotes of every version and body."""
    return [
        accepted(
            "v3",
            "Version 3.",
            Service(),
            claims={
                "sgx.mrenclave": bytes(range(32)).hex(),
                "sgx.isv_prod_id": 7,
                "sgx.isv_svn": 3,
                "common.debug": False,
                "common.tee_class": "enclave",
                "dcap.pck.fmspc": "00606a000000",
                "dcap.tcb.advisory_ids": "",
                "dcap.tcb.evaluation_data_number": 17,
                "dcap.pck.sgx_type": "scalable",
                "dcap.quote.version": 3,
                "common.valid_until": "2024-07-01T00:00:00Z",
            },
        ),
        accepted(
            "v4",
            "Version 4 with an SGX report.",
            Service(version=4),
            claims={"dcap.quote.version": 4},
        ),
        accepted(
            "v5",
            "Version 5 with an SGX report.",
            Service(version=5),
            claims={"dcap.quote.version": 5},
        ),
        accepted(
            "debug",
            "A debug enclave is genuine; refusing it is policy.",
            Service(body=SgxReport(attributes=bytes.fromhex("0700000000000000e700000000000000"))),
            claims={"common.debug": True},
        ),
        accepted(
            "kss",
            "Key separation and sharing.",
            Service(
                body=SgxReport(
                    attributes=bytes.fromhex("8500000000000000e700000000000000"),
                    config_id=bytes(range(64)),
                    config_svn=9,
                )
            ),
            claims={
                "sgx.attributes.kss": True,
                "sgx.config_id": bytes(range(64)).hex(),
                "sgx.config_svn": 9,
            },
        ),
        accepted(
            "v4",
            "Version 4, a TD report of TDX 1.0.",
            Service(tdx=True),
            claims={
                "tdx.td_attributes.sept_ve_disable": True,
                "common.debug": False,
                "common.tee_class": "confidential_vm",
                "tdx.module.id": "TDX_01",
                "tdx.module.status": "UpToDate",
                "tdx.rtmr.3": bytes(48).hex(),
            },
        ),
        accepted(
            "v5_td_10",
            "Version 5, a TD report of TDX 1.0.",
            Service(tdx=True, version=5, body=TdReport()),
        ),
        accepted(
            "v5_td_15",
            "Version 5, a TD report of TDX 1.5.",
            Service(tdx=True, version=5),
            claims={"tdx.tee_tcb_svn_2": "05010600000000000000000000000000"},
        ),
        accepted(
            "debug",
            "A debug TD is genuine; refusing it is policy.",
            Service(tdx=True, body=TdReport(td_attributes=b"\x01" + bytes(7))),
            claims={"common.debug": True, "tdx.td_attributes.sept_ve_disable": False},
        ),
        accepted(
            "reserved_debug_bit",
            "A reserved bit of the debug group counts as debug.",
            Service(tdx=True, body=TdReport(td_attributes=b"\x10" + bytes(7))),
            claims={"common.debug": True},
        ),
        accepted(
            "attribute_bits",
            "PKS, KL, MIGRATABLE and PERFMON.",
            Service(
                tdx=True,
                body=TdReport(
                    td_attributes=((1 << 29) | (1 << 30) | (1 << 31) | (1 << 63)).to_bytes(
                        8, "little"
                    )
                ),
            ),
            claims={
                "tdx.td_attributes.pks": True,
                "tdx.td_attributes.kl": True,
                "tdx.td_attributes.migratable": True,
                "tdx.td_attributes.perfmon": True,
                "tdx.td_attributes.sept_ve_disable": False,
            },
        ),
    ]


def cases() -> list[QuoteCase]:
    """All of this file."""
    return [*structure(), *signatures(), *certificates(), *bodies()]
