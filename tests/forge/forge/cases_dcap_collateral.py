"""TCB info, QE identity, levels: documents that are wrong, old, or another platform's."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from . import ca, dcap
from .dcap import Platform, Service, SgxReport, TdReport, level, svn_level
from .dcap_case import QuoteCase, accepted, refused

INFO = "dcap.tcb_info"
IDENTITY = "dcap.qe_identity"
Change = Callable[[dict[str, Any]], None]


def set_to(key: str, value: Any) -> Change:
    """Changes one member."""

    def change(document: dict[str, Any]) -> None:
        document[key] = value

    return change


def without(key: str) -> Change:
    """Removes one member."""

    def change(document: dict[str, Any]) -> None:
        del document[key]

    return change


def status(word: str, advisories: tuple[str, ...] = (), tdx: bool = False) -> Change:
    """The usual platform's level gets this status."""

    def change(document: dict[str, Any]) -> None:
        document["tcbLevels"][0] = level(
            word, advisories=advisories, tdx=(5, 0, 6) if tdx else None
        )

    return change


def documents() -> list[QuoteCase]:
    """dcap-08 to dcap-12: signed by Intel, about this platform, current."""
    cases: list[QuoteCase] = []
    no_signer = {"signer.pem": dcap.root().pem.encode()}
    other_signer = dcap.signer(name="Some Other Signer")
    below_ca = dcap.signer(issuer=dcap.pck_ca())
    evil = dcap.signer(key_name=dcap.EVIL_KEY, issuer=dcap.root(dcap.EVIL_KEY))
    for part, member, where, checks, tdx in (
        ("info", "tcbInfo", INFO, ("dcap-08", "dcap-10"), False),
        ("identity", "enclaveIdentity", IDENTITY, ("dcap-11", "dcap-12"), True),
    ):
        file = "tcb_info.json" if part == "info" else "qe_identity.json"
        text = "info_document" if part == "info" else "identity_document"

        def made(
            document: bytes, file: str = file, tdx: bool = tdx, **more: bytes | None
        ) -> Service:
            return Service(tdx=tdx, replace={file: document, **more})

        good = getattr(Service(tdx=tdx), text)()

        def changed(change: Change, part: str = part, tdx: bool = tdx) -> Service:
            return Service(tdx=tdx, **{part: change})

        by_evil = dcap.signed(member, dcap.compact(json.loads(good)[member]), dcap.EVIL_KEY)
        cases += [
            refused(
                "collateral_missing",
                f"no_{part}",
                where,
                "The document is missing.",
                Service(tdx=tdx, replace={file: None}),
                check=checks[0],
            ),
            refused(
                "bad_signature",
                f"{part}_by_other_key",
                f"{where}.signature",
                "Somebody else signed it.",
                made(by_evil),
                check=checks[0],
            ),
            refused(
                "bad_signature",
                f"{part}_reformatted",
                f"{where}.signature",
                "The same JSON, written anew with other white space.",
                made(json.dumps(json.loads(good)).encode()),
                check=checks[0],
            ),
            refused(
                "bad_signature",
                f"{part}_changed",
                f"{where}.signature",
                "One letter of the signed text is another.",
                made(good.replace(b"UpToDate", b"UptoDate", 1)),
                check=checks[0],
            ),
            refused(
                "expired",
                f"{part}_one_second_late",
                f"{where}.nextUpdate",
                "The document has ended.",
                changed(set_to("nextUpdate", "2024-06-15T11:59:59Z")),
                check=checks[1],
            ),
            refused(
                "not_yet_valid",
                f"{part}_one_second_early",
                f"{where}.issueDate",
                "The document is of the future.",
                changed(set_to("issueDate", "2024-06-15T12:00:01Z")),
                check=checks[1],
            ),
        ]
    cases += [
        refused(
            "collateral_missing",
            "no_signer",
            f"{INFO}.issuer_chain",
            "No certificate of the TCB info's signer.",
            Service(replace=dict(no_signer)),
            check="dcap-08",
        ),
        refused(
            "collateral_missing",
            "signer_of_other_name",
            f"{INFO}.issuer_chain",
            "A certificate below the root for another purpose.",
            Service(replace={"signer.pem": other_signer.pem.encode()}),
            check="dcap-08",
        ),
        refused(
            "untrusted_chain",
            "signer_below_pck_ca",
            f"{INFO}.issuer_chain",
            "The signer's certificate comes from the PCK authority.",
            Service(
                replace={"signer.pem": below_ca.pem.encode(), "ca.pem": dcap.pck_ca().pem.encode()}
            ),
            check="dcap-08",
        ),
        refused(
            "untrusted_chain",
            "signer_below_other_root",
            f"{INFO}.issuer_chain",
            "A signer below a root of the same name.",
            Service(
                signer_key=dcap.EVIL_KEY,
                replace={
                    "signer.pem": evil.pem.encode(),
                    "evil.pem": dcap.root(dcap.EVIL_KEY).pem.encode(),
                },
            ),
            check="dcap-08",
        ),
        refused(
            "expired",
            "signer",
            f"{INFO}.issuer_chain",
            "The signer's certificate has ended.",
            Service(replace={"signer.pem": dcap.signer(not_after="2024-06-14").pem.encode()}),
            check="dcap-08",
        ),
        refused(
            "revoked",
            "signer",
            f"{INFO}.issuer_chain",
            "The signer's certificate is revoked.",
            Service(replace={"root.crl": ca.crl(dcap.root(), (dcap.signer(),))}),
            check="dcap-08",
        ),
        refused(
            "collateral_mismatch",
            "other_fmspc",
            f"{INFO}.fmspc",
            "Genuine collateral of another model.",
            Service(info=set_to("fmspc", "00906ea10000")),
            check="dcap-09",
        ),
        refused(
            "collateral_mismatch",
            "other_pce_id",
            f"{INFO}.pceId",
            "Another PCEID.",
            Service(info=set_to("pceId", "0100")),
            check="dcap-09",
        ),
        refused(
            "collateral_mismatch",
            "tdx_info_for_sgx",
            f"{INFO}.id",
            "A TCB info for TDX beside an SGX quote.",
            Service(info_tdx=True),
            check="dcap-08",
        ),
        refused(
            "collateral_mismatch",
            "sgx_info_for_tdx",
            f"{INFO}.id",
            "A TCB info for SGX beside a TDX quote.",
            Service(tdx=True, info_tdx=False),
            check="dcap-08",
        ),
        refused(
            "collateral_mismatch",
            "td_qe_for_sgx",
            f"{IDENTITY}.id",
            "The TD quoting enclave's identity beside an SGX quote.",
            Service(identity_tdx=True),
            check="dcap-11",
        ),
        refused(
            "collateral_mismatch",
            "sgx_qe_for_tdx",
            f"{IDENTITY}.id",
            "The SGX quoting enclave's identity beside a TDX quote.",
            Service(tdx=True, identity_tdx=False),
            check="dcap-11",
        ),
        accepted(
            "signer_renewed",
            "Two certificates for the signer's key, one of which has ended.",
            Service(replace={"old.pem": dcap.signer(not_after="2024-06-14").pem.encode()}),
            ["dcap-08"],
        ),
        accepted(
            "last_second_of_info",
            "The TCB info's last second.",
            Service(info=set_to("nextUpdate", "2024-06-15T12:00:00Z")),
            ["dcap-10"],
            claims={"common.valid_until": "2024-06-15T12:00:00Z"},
        ),
        accepted(
            "tcb_info_v2",
            "TCB info version 2: named components, no id.",
            Service(info=dcap.tcb_info_v2()),
            ["dcap-08"],
        ),
    ]
    return cases + spellings()


def spellings() -> list[QuoteCase]:
    """The signature is over the bytes that arrived, however they are spelled."""
    info = dcap.tcb_info()
    spaced = json.dumps(info, indent=3).replace("\n", "\r\n\t ")
    escaped = dcap.compact(info).replace('"UpToDate"', '"Up\\u0054oDate"')
    keys_escaped = dcap.compact(info).replace('"fmspc"', '"\\u0066mspc"')
    other_order = dcap.compact(dict(reversed(list(info.items()))))
    identity = json.dumps(dcap.qe_identity(), indent=1)
    doubled = dcap.compact(info)[:-1] + ',"fmspc":"00606a000000"}'
    sly = dcap.compact(info)[:-1] + ',"\\u0066mspc":"00606a000000"}'
    document = dcap.signed("tcbInfo", dcap.compact(info))
    signature = json.loads(document)["signature"]
    return [
        accepted(
            "odd_white_space",
            "Tabs and line ends inside the signed text.",
            Service(info_text=spaced),
            ["dcap-08"],
        ),
        accepted(
            "escaped_value",
            "A letter of a status is written as an escape.",
            Service(info_text=escaped),
            ["dcap-08"],
        ),
        accepted(
            "escaped_key",
            "A letter of a key is written as an escape.",
            Service(info_text=keys_escaped),
            ["dcap-08"],
        ),
        accepted(
            "other_key_order",
            "The members in another order.",
            Service(info_text=other_order),
            ["dcap-08"],
        ),
        accepted(
            "identity_with_white_space",
            "The identity, indented.",
            Service(identity_text=identity),
            ["dcap-11"],
        ),
        accepted(
            "white_space_around",
            "White space around the signed text is not signed.",
            Service(
                replace={
                    "tcb_info.json": b' {\n "signature" : "'
                    + signature.encode()
                    + b'" , "tcbInfo" :\t '
                    + dcap.compact(info).encode()
                    + b" } \n"
                }
            ),
            ["dcap-08"],
        ),
        accepted(
            "upper_case_fmspc",
            "Hex digits in upper case.",
            Service(info=set_to("fmspc", "00606A000000"), info_tdx=False),
            ["dcap-09"],
        ),
        refused(
            "duplicate_field",
            "fmspc_twice",
            "endorsement",
            "Two FMSPCs in a signed text.",
            Service(info_text=doubled),
            stage="parse",
        ),
        refused(
            "duplicate_field",
            "fmspc_twice_escaped",
            "endorsement",
            "The second one's key is spelled with an escape.",
            Service(info_text=sly),
            stage="parse",
        ),
    ]


def strictness() -> list[QuoteCase]:
    """Signed, and still not what the specification says."""
    cases = [
        refused(
            code, f"info_{reason}", f"{INFO}.{field}", comment, Service(info=change), stage="parse"
        )
        for code, reason, field, comment, change in (
            (
                "missing_field",
                "no_next_update",
                "nextUpdate",
                "It never ends.",
                without("nextUpdate"),
            ),
            (
                "missing_field",
                "no_levels",
                "tcbLevels",
                "No level at all.",
                set_to("tcbLevels", []),
            ),
            (
                "unknown_field",
                "unknown_member",
                "colour",
                "A member that nobody knows.",
                set_to("colour", 7),
            ),
            (
                "unsupported_version",
                "version_4",
                "version",
                "No such version.",
                set_to("version", 4),
            ),
            (
                "out_of_range",
                "tcb_type_1",
                "tcbType",
                "Another way of comparing levels.",
                set_to("tcbType", 1),
            ),
            (
                "out_of_range",
                "month_16",
                "issueDate",
                "There is no month 16.",
                set_to("issueDate", "2024-16-06T00:00:00Z"),
            ),
            (
                "bad_encoding",
                "date_with_offset",
                "issueDate",
                "Not in UTC.",
                set_to("issueDate", "2024-06-01T02:00:00+02:00"),
            ),
            ("bad_encoding", "fmspc_number", "fmspc", "A number for a text.", set_to("fmspc", 606)),
            ("bad_length", "fmspc_of_5", "fmspc", "Five bytes.", set_to("fmspc", "00606a0000")),
            (
                "out_of_range",
                "negative_number",
                "tcbEvaluationDataNumber",
                "Below zero.",
                set_to("tcbEvaluationDataNumber", -1),
            ),
            (
                "out_of_range",
                "fraction",
                "tcbEvaluationDataNumber",
                "Not whole.",
                set_to("tcbEvaluationDataNumber", 17.5),
            ),
        )
    ]

    def in_level(change: Callable[[dict[str, Any]], None]) -> Change:
        return lambda document: change(document["tcbLevels"][0])

    def svn(value: Any) -> Change:
        return in_level(lambda entry: entry["tcb"]["sgxtcbcomponents"][4].update(svn=value))

    first = f"{INFO}.tcbLevels[0]"
    cases += [
        refused(
            "out_of_range",
            "svn_256",
            f"{first}.tcb.sgxtcbcomponents[4].svn",
            "A component's SVN has one byte.",
            Service(info=svn(256)),
            stage="parse",
        ),
        refused(
            "out_of_range",
            "pce_svn_65536",
            f"{first}.tcb.pcesvn",
            "A PCESVN has two bytes.",
            Service(info=in_level(lambda entry: entry["tcb"].update(pcesvn=65536))),
            stage="parse",
        ),
        refused(
            "bad_length",
            "15_components",
            f"{first}.tcb.sgxtcbcomponents",
            "A component is missing.",
            Service(info=in_level(lambda entry: entry["tcb"]["sgxtcbcomponents"].pop())),
            stage="parse",
        ),
        refused(
            "bad_encoding",
            "advisory_with_comma",
            f"{first}.advisoryIDs",
            "An id that would be read as two.",
            Service(info=status("UpToDate", ("INTEL-SA-00001,INTEL-SA-00002",))),
            stage="parse",
        ),
        refused(
            "missing_field",
            "no_tdx_components",
            f"{first}.tcb.tdxtcbcomponents",
            "A TDX level without TDX components.",
            Service(tdx=True, info=in_level(lambda entry: entry["tcb"].pop("tdxtcbcomponents"))),
            stage="parse",
        ),
        refused(
            "unknown_field",
            "tdx_components_for_sgx",
            f"{first}.tcb.tdxtcbcomponents",
            "TDX components in a TCB info for SGX.",
            Service(
                info=in_level(
                    lambda entry: entry["tcb"].update(tdxtcbcomponents=dcap.components(1))
                )
            ),
            stage="parse",
        ),
        refused(
            "missing_field",
            "no_tdx_module",
            f"{INFO}.tdxModule",
            "No word on the TDX module.",
            Service(tdx=True, info=without("tdxModule")),
            stage="parse",
        ),
        refused(
            "duplicate_field",
            "level_twice",
            f"{INFO}.tcbLevels",
            "Two levels for the same SVNs: which status?",
            Service(info=lambda d: d["tcbLevels"].append(level("OutOfDate"))),
            stage="parse",
        ),
        refused(
            "duplicate_field",
            "module_twice",
            f"{INFO}.tdxModuleIdentities[1].id",
            "Two entries for one module version.",
            Service(
                tdx=True,
                info=lambda d: d["tdxModuleIdentities"].append(d["tdxModuleIdentities"][0]),
            ),
            stage="parse",
        ),
        refused(
            "duplicate_field",
            "qe_level_twice",
            f"{IDENTITY}.tcbLevels",
            "Two levels for one ISVSVN.",
            Service(identity=lambda d: d["tcbLevels"].append(svn_level("OutOfDate", 8))),
            stage="parse",
        ),
        refused(
            "out_of_range",
            "identity_of_qve",
            f"{IDENTITY}.id",
            "The quote verification enclave makes no quotes.",
            Service(identity=set_to("id", "QVE")),
            stage="parse",
        ),
        refused(
            "unsupported_version",
            "identity_version_1",
            f"{IDENTITY}.version",
            "Version 1.",
            Service(identity=set_to("version", 1)),
            stage="parse",
        ),
        refused(
            "bad_length",
            "signature_of_63",
            f"{INFO}.signature",
            "A signature cut short.",
            Service(
                replace={
                    "tcb_info.json": Service().info_document().replace(b'"}', b'"}')[:-4] + b'"}'
                }
            ),
            stage="parse",
        ),
        refused(
            "unknown_field",
            "envelope",
            f"{INFO}.extra",
            "A third member in the envelope.",
            Service(replace={"tcb_info.json": Service().info_document()[:-1] + b',"extra":1}'}),
            stage="parse",
        ),
    ]
    return cases


def enclave() -> list[QuoteCase]:
    """dcap-13: the quoting enclave."""
    usual = {
        "mrsigner": dcap.QE_SIGNER,
        "isv_prod_id": 1,
        "isv_svn": 8,
        "attributes": bytes.fromhex("1500000000000000e700000000000000"),
    }

    def qe(**changes: Any) -> SgxReport:
        return SgxReport(**{**usual, **changes})

    td = {**usual, "mrsigner": dcap.TD_QE_SIGNER, "isv_prod_id": 2}

    def bad(reason: str, field: str, comment: str, service: Service) -> QuoteCase:
        return refused(
            "key_mismatch", reason, f"dcap.qe_report.{field}", comment, service, check="dcap-13"
        )

    return [
        bad(
            "qe_of_other_signer",
            "mrsigner",
            "An enclave of somebody else on a genuine machine.",
            Service(qe=qe(mrsigner=bytes(32))),
        ),
        bad(
            "qe_of_other_product",
            "isv_prod_id",
            "Another enclave of Intel's.",
            Service(qe=qe(isv_prod_id=3)),
        ),
        bad(
            "qe_in_debug",
            "attributes",
            "A quoting enclave in debug mode.",
            Service(qe=qe(attributes=bytes.fromhex("1700000000000000e700000000000000"))),
        ),
        bad(
            "qe_misc_select",
            "misc_select",
            "Exceptions of the quoting enclave are visible.",
            Service(qe=qe(misc_select=1)),
        ),
        bad(
            "sgx_qe_makes_td_quote",
            "mrsigner",
            "The SGX quoting enclave made a TDX quote.",
            Service(tdx=True, qe=qe()),
        ),
        bad(
            "td_qe_makes_sgx_quote",
            "mrsigner",
            "The TD quoting enclave made an SGX quote.",
            Service(qe=SgxReport(**td)),
        ),
        accepted(
            "misc_select_little_endian",
            "MISCSELECT is written as its bytes lie in memory.",
            Service(qe=qe(misc_select=1), identity=set_to("miscselect", "01000000")),
            ["dcap-13"],
        ),
        accepted(
            "qe_attribute_outside_the_mask",
            "A bit that the identity's mask leaves out.",
            Service(qe=qe(attributes=bytes.fromhex("1100000000000000e700000000000000"))),
            ["dcap-13"],
        ),
    ]


STATUSES = (
    "SWHardeningNeeded",
    "ConfigurationNeeded",
    "ConfigurationAndSWHardeningNeeded",
    "OutOfDate",
    "OutOfDateConfigurationNeeded",
)


def snake(word: str) -> str:
    """ConfigurationNeeded → configuration_needed."""
    word = word.replace("SW", "Sw").replace("TD", "Td")
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in word).lstrip("_")


def levels() -> list[QuoteCase]:
    """dcap-14 to dcap-17: every status, and how they come about."""
    cases: list[QuoteCase] = []
    for tdx in (False, True):
        for word in STATUSES:
            cases.append(
                accepted(
                    f"status_{snake(word)}",
                    f"A platform that Intel calls {word}.",
                    Service(tdx=tdx, info=status(word, ("INTEL-SA-00001", "INTEL-SA-00002"), tdx)),
                    ["dcap-14"],
                    claims={
                        "dcap.tcb.status": word,
                        "dcap.tcb.advisory_ids": "INTEL-SA-00001,INTEL-SA-00002",
                    },
                )
            )
        cases += [
            refused(
                "revoked",
                "tcb_level",
                "dcap.tcb_level",
                "Intel revoked the patch level.",
                Service(tdx=tdx, info=status("Revoked", tdx=tdx)),
                check="dcap-15",
            ),
            refused(
                "collateral_mismatch",
                "unknown_status",
                "dcap.tcb_level",
                "A status that no specification knows.",
                Service(tdx=tdx, info=status("MostlyFine", tdx=tdx)),
                check="dcap-15",
            ),
            refused(
                "collateral_mismatch",
                "conclusion_as_status",
                "dcap.tcb_level",
                "A word for conclusions of verifiers, in a level.",
                Service(tdx=tdx, info=status("TDRelaunchAdvised", tdx=tdx)),
                check="dcap-15",
            ),
            refused(
                "collateral_mismatch",
                "no_level_component",
                "dcap.tcb_level",
                "One component is below every level.",
                Service(tdx=tdx, platform=Platform(components=[5, 5, 1, 3, 255, 255, *[0] * 10])),
                check="dcap-14",
            ),
            refused(
                "collateral_mismatch",
                "no_level_pce_svn",
                "dcap.tcb_level",
                "The PCESVN is below every level.",
                Service(tdx=tdx, platform=Platform(pce_svn=10)),
                check="dcap-14",
            ),
            refused(
                "collateral_mismatch",
                "no_level_qe",
                f"{IDENTITY}.tcbLevels",
                "The quoting enclave is below every level.",
                Service(tdx=tdx, identity=set_to("tcbLevels", [svn_level("UpToDate", 9)])),
                check="dcap-14",
            ),
            refused(
                "revoked",
                "qe_level",
                f"{IDENTITY}.tcbLevels",
                "Intel revoked the QE's level.",
                Service(tdx=tdx, identity=set_to("tcbLevels", [svn_level("Revoked", 8)])),
                check="dcap-15",
            ),
            accepted(
                "one_component_behind",
                "The second level fits; its advisories are sorted.",
                Service(tdx=tdx, platform=Platform(components=[5, 4, 3, 3, 255, 255, *[0] * 10])),
                ["dcap-14"],
                claims={
                    "dcap.tcb.status": "OutOfDate",
                    "dcap.tcb.advisory_ids": "INTEL-SA-00615,INTEL-SA-00828",
                    "dcap.tcb.date": "2023-08-09T00:00:00Z",
                },
            ),
            accepted(
                "pce_behind",
                "The PCESVN alone is behind.",
                Service(tdx=tdx, platform=Platform(pce_svn=11)),
                ["dcap-14"],
                claims={"dcap.tcb.status": "OutOfDate"},
            ),
            accepted(
                "shuffled_levels",
                "The levels in another order: the same answer.",
                Service(tdx=tdx, info=lambda d: d["tcbLevels"].reverse()),
                ["dcap-14"],
            ),
            accepted(
                "qe_behind",
                "An old quoting enclave makes the whole out of date.",
                Service(
                    tdx=tdx,
                    identity=set_to(
                        "tcbLevels",
                        [
                            svn_level("OutOfDate", 6, advisories=("INTEL-SA-00009",)),
                            svn_level("UpToDate", 9),
                        ],
                    ),
                ),
                ["dcap-14"],
                claims={
                    "dcap.tcb.status": "OutOfDate",
                    "dcap.tcb.platform_status": "UpToDate",
                    "dcap.qe.status": "OutOfDate",
                    "dcap.tcb.advisory_ids": "INTEL-SA-00009",
                },
            ),
            accepted(
                "qe_behind_and_configuration",
                "Both worries remain.",
                Service(
                    tdx=tdx,
                    info=status("ConfigurationNeeded", tdx=tdx),
                    identity=set_to("tcbLevels", [svn_level("OutOfDate", 6)]),
                ),
                ["dcap-14"],
                claims={"dcap.tcb.status": "OutOfDateConfigurationNeeded"},
            ),
            accepted(
                "better_than_newest",
                "Components above the newest level.",
                Service(tdx=tdx, platform=Platform(components=[9, 9, 9, 9, 255, 255, *[0] * 10])),
                ["dcap-14"],
            ),
        ]
    return cases + modules()


def modules() -> list[QuoteCase]:
    """The TDX module."""

    def td(*svn: int, **more: Any) -> TdReport:
        return TdReport(tee_tcb_svn=bytes([*svn, *[0] * (16 - len(svn))]), **more)

    def identity(change: Callable[[dict[str, Any]], None]) -> Change:
        return lambda document: change(document["tdxModuleIdentities"][0])

    def updated(*now: int) -> TdReport:
        return td(3, 1, 6, newer=True, tee_tcb_svn_2=bytes([*now, *[0] * (16 - len(now))]))

    def relaunch(word: str, *now: int, **more: Any) -> Service:
        return Service(tdx=True, version=5, body=updated(*now), **more)

    return [
        refused(
            "key_mismatch",
            "module_of_other_signer",
            "dcap.tdx_module",
            "Somebody else signed the TDX module.",
            Service(tdx=True, body=td(5, 1, 6, mrsignerseam=b"\x01" + bytes(47))),
            check="dcap-16",
        ),
        refused(
            "key_mismatch",
            "module_in_debug",
            "dcap.tdx_module",
            "A TDX module in debug mode.",
            Service(tdx=True, body=td(5, 1, 6, seam_attributes=b"\x01" + bytes(7))),
            check="dcap-16",
        ),
        refused(
            "key_mismatch",
            "module_not_listed",
            "dcap.tdx_module",
            "A module version that Intel does not list.",
            Service(tdx=True, body=td(5, 2, 6)),
            check="dcap-16",
        ),
        refused(
            "key_mismatch",
            "module_identity_missing",
            "dcap.tdx_module",
            "No module identities at all.",
            Service(tdx=True, info=without("tdxModuleIdentities")),
            check="dcap-16",
        ),
        refused(
            "collateral_mismatch",
            "module_below_every_level",
            "dcap.tdx_module",
            "The module's SVN is below every level.",
            Service(tdx=True, body=td(2, 1, 6)),
            check="dcap-17",
        ),
        refused(
            "revoked",
            "module_level",
            "dcap.tdx_module",
            "Intel revoked the module's level.",
            Service(tdx=True, info=identity(set_to("tcbLevels", [svn_level("Revoked", 5)]))),
            check="dcap-15",
        ),
        refused(
            "collateral_mismatch",
            "tdx_component_below",
            "dcap.tcb_level",
            "The third TDX component is below every level.",
            Service(tdx=True, body=td(5, 1, 4)),
            check="dcap-14",
        ),
        refused(
            "collateral_mismatch",
            "old_module_component_0",
            "dcap.tcb_level",
            "A module of version 0: its SVN is the first TDX component, and too low.",
            Service(tdx=True, body=td(2, 0, 6)),
            check="dcap-14",
        ),
        accepted(
            "module_version_0",
            "A module of version 0 is judged by the TDX components.",
            Service(tdx=True, body=td(5, 0, 6)),
            ["dcap-16"],
        ),
        accepted(
            "module_version_0_behind",
            "A module of version 0, one step behind.",
            Service(tdx=True, body=td(4, 0, 6)),
            ["dcap-14"],
            claims={"dcap.tcb.status": "OutOfDate"},
        ),
        accepted(
            "tdx_component_behind",
            "The third TDX component reaches the second level.",
            Service(tdx=True, body=td(5, 1, 5)),
            ["dcap-14"],
            claims={"dcap.tcb.status": "OutOfDate"},
        ),
        accepted(
            "module_behind",
            "An old TDX module on a current platform.",
            Service(tdx=True, body=td(3, 1, 6)),
            ["dcap-17"],
            claims={
                "dcap.tcb.status": "OutOfDate",
                "dcap.tcb.platform_status": "UpToDate",
                "tdx.module.status": "OutOfDate",
                "dcap.tcb.advisory_ids": "INTEL-SA-01036",
            },
        ),
        accepted(
            "relaunch_advised",
            "The module was updated below a TD that runs on.",
            relaunch("TDRelaunchAdvised", 5, 1, 6),
            ["dcap-17"],
            claims={"dcap.tcb.status": "TDRelaunchAdvised"},
        ),
        accepted(
            "relaunch_advised_configuration",
            "The same, with settings to change.",
            relaunch("", 5, 1, 6, info=status("ConfigurationNeeded", tdx=True)),
            ["dcap-17"],
            claims={"dcap.tcb.status": "TDRelaunchAdvisedConfigurationNeeded"},
        ),
        accepted(
            "relaunch_would_not_help",
            "The running module is old as well.",
            relaunch("", 4, 1, 6),
            ["dcap-17"],
            claims={"dcap.tcb.status": "OutOfDate"},
        ),
        accepted(
            "relaunch_of_unlisted_module",
            "The running module is of a version nobody lists.",
            relaunch("", 9, 7, 6),
            ["dcap-17"],
            claims={"dcap.tcb.status": "OutOfDate"},
        ),
        accepted(
            "relaunch_microcode_behind",
            "The running module's third component is old.",
            relaunch("", 5, 1, 5),
            ["dcap-17"],
            claims={"dcap.tcb.status": "OutOfDate"},
        ),
    ]


def cases() -> list[QuoteCase]:
    """All of this file."""
    return [*documents(), *strictness(), *enclave(), *levels()]
