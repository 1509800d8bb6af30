"""Policies over SGX and TDX evidence: each status, advisories, masks, debug, rollback."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from .cases_dcap_collateral import STATUSES, set_to, snake, status
from .dcap import Service, SgxReport, TdReport
from .dcap_case import QuoteCase, excused, family

MRENCLAVE = {"sgx.mrenclave": {"equals": bytes(range(32)).hex()}}
KEY = {"form": "spki_sha256"}
MRTD = {"tdx.mrtd": {"equals": TdReport().mrtd.hex()}}


def policy(service: Service, **require: Any) -> dict[str, bytes]:
    """A policy file for this kind of service."""
    rules = dict(MRTD if service.tdx else MRENCLAVE)
    rules.update({name.replace("__", "."): rule for name, rule in require.items()})
    alternative = {"family": family(service), "require": rules}
    return {
        "policy.json": (
            json.dumps({"version": 1, "accept": [alternative]}, indent=1) + "\n"
        ).encode()
    }


def judged(
    name: str, comment: str, service: Service, failed: list[str], **require: Any
) -> QuoteCase:
    """Accepted when no claims are to fail, refused by policy-03 (policy-05 for debug) otherwise."""
    checks = sorted({"policy-05" if claim == "common.debug" else "policy-03" for claim in failed})
    expect: dict[str, Any] = {"stage": "appraise"}
    if failed:
        expect.update(verdict="refused", failed_checks=checks, failed_claims=failed)
    else:
        expect.update(verdict="accepted")
    return QuoteCase(
        f"{family(service)}/{'refused' if failed else 'ok'}--policy_{name}",
        comment,
        service.quote(),
        service.endorsements(),
        expect,
        checks or ["policy-03"],
        policy=policy(service, **require),
        excused=[] if failed else excused(service, service.quote()),
    )


MANIFEST = {
    "mr_enclave": bytes(range(32)).hex(),
    "allow_debug": False,
    "attributes_flags_hex": "0x4",
    "attributes_mask_flags_hex": "0xfffffffffffffffd",
    "attributes_xfrm_hex": "0x3",
    "attributes_mask_xfrm_hex": "0xffffffffffffff1b",
    "misc_select_hex": "0x0",
    "misc_mask_hex": "0xffffffff",
}


def manifest(**changes: Any) -> dict[str, bytes]:
    """BlindAI's manifest.toml, with members changed, or removed by None."""
    members = {key: value for key, value in (MANIFEST | changes).items() if value is not None}
    text = "# what the client trusts\n"
    for key, value in members.items():
        text += f"{key} = {json.dumps(value)}\n"
    return {"manifest.toml": text.encode()}


def manifests() -> list[QuoteCase]:
    """The manifest's eight members, each of them decisive."""
    certificate = hashlib.sha256(b"certificate of the enclave").digest()

    def enclave(flags: str = "05", xfrm: str = "e7", **more: Any) -> Service:
        attributes = bytes.fromhex(flags + "00" * 7 + xfrm + "00" * 7)
        report = {"attributes": attributes, "report_data": certificate + bytes(32), **more}
        return Service(body=SgxReport(**report))

    def case(
        name: str, comment: str, service: Service, failed: list[str], **changes: Any
    ) -> QuoteCase:
        checks = sorted({"policy-05" if c == "common.debug" else "policy-03" for c in failed})
        verdict = "refused" if failed else "accepted"
        expect: dict[str, Any] = {"stage": "appraise", "verdict": verdict}
        if failed:
            expect.update(failed_checks=checks, failed_claims=failed)
        return QuoteCase(
            f"sgx/{'refused' if failed else 'ok'}--manifest_{name}",
            comment,
            service.quote(),
            service.endorsements(),
            expect,
            checks or ["policy-03", "policy-08"],
            policy=manifest(**changes),
            excused=[] if failed else excused(service, service.quote()),
        )

    def bad(name: str, comment: str, where: str, **changes: Any) -> QuoteCase:
        return QuoteCase(
            f"sgx/bad_policy--manifest_{name}",
            comment,
            Service().quote(),
            {},
            {"stage": "policy", "code": "bad_policy", "where": where},
            [],
            policy=manifest(**changes),
        )

    hardening = enclave()
    hardening.info = status("SWHardeningNeeded")
    old = enclave()
    old.info = status("OutOfDate")
    out = [
        case("production", "As the enclave was built.", enclave(), []),
        case(
            "avx_512_is_free",
            "XFRM bits that the mask leaves out.",
            enclave(xfrm="1f"),
            [],
            attributes_mask_xfrm_hex="0xfffffffffffffd03",
        ),
        case("sw_hardening", "The one lesser status that its client takes.", hardening, []),
        case("out_of_date", "A status that its client refuses.", old, ["dcap.tcb.status"]),
        case(
            "debug_allowed", "The development manifest.", enclave(flags="07"), [], allow_debug=True
        ),
        case("debug", "A debug enclave.", enclave(flags="07"), ["common.debug"]),
        case(
            "other_enclave", "Another MRENCLAVE.", enclave(mrenclave=bytes(32)), ["sgx.mrenclave"]
        ),
        case(
            "provision_key",
            "An enclave that may derive the provisioning key.",
            enclave(flags="15"),
            ["sgx.attributes"],
        ),
        case(
            "not_initialised",
            "INIT is added to the expected flags.",
            enclave(flags="04"),
            ["sgx.attributes"],
        ),
        case("xfrm", "A bit inside XFRM's mask.", enclave(xfrm="ff"), ["sgx.attributes"]),
        case("misc_select", "Exception information.", enclave(misc_select=1), ["sgx.misc_select"]),
        case(
            "misc_mask",
            "The same, with a mask that leaves it out.",
            enclave(misc_select=1),
            [],
            misc_mask_hex="0xfffffffe",
        ),
        case(
            "report_data_tail",
            "Something stands behind the certificate's hash.",
            enclave(report_data=certificate + bytes(31) + b"\x01"),
            ["sgx.report_data"],
        ),
    ]
    for key in MANIFEST:
        out.append(
            bad(
                f"without_{key}",
                "All eight members are required.",
                f"manifest.toml: {key}",
                **{key: None},
            )
        )
    out += [
        bad("unknown_member", "A ninth member.", "manifest.toml: mr_signer", mr_signer="00" * 32),
        bad("short_mr_enclave", "63 digits.", "manifest.toml: mr_enclave", mr_enclave="a" * 63),
        bad(
            "prefixed_mr_enclave",
            "A prefix where none belongs.",
            "manifest.toml: mr_enclave",
            mr_enclave="0x" + "a" * 62,
        ),
        bad(
            "flags_17_digits",
            "More than 64 bits.",
            "manifest.toml: attributes_flags_hex",
            attributes_flags_hex="0x" + "0" * 17,
        ),
        bad(
            "misc_9_digits",
            "More than 32 bits.",
            "manifest.toml: misc_select_hex",
            misc_select_hex="0x000000000",
        ),
        bad(
            "not_hex",
            "No hexadecimal number.",
            "manifest.toml: attributes_xfrm_hex",
            attributes_xfrm_hex="three",
        ),
        bad("minus", "A sign.", "manifest.toml: attributes_xfrm_hex", attributes_xfrm_hex="-3"),
        bad("number", "A number for a text.", "manifest.toml: misc_mask_hex", misc_mask_hex=255),
        bad(
            "debug_text", "A text for a boolean.", "manifest.toml: allow_debug", allow_debug="false"
        ),
        bad(
            "never_holds",
            "The value has a bit that the mask leaves out.",
            "manifest.toml: accept[0].require.sgx.misc_select.masked",
            misc_select_hex="0x1",
            misc_mask_hex="0xfffffffe",
        ),
    ]
    broken = bad("cut", "The text ends inside a string.", "manifest.toml")
    broken.policy = {"manifest.toml": manifest()["manifest.toml"][:-3]}
    twice = bad("key_twice", "A member twice.", "manifest.toml")
    twice.policy = {"manifest.toml": manifest()["manifest.toml"] + b"allow_debug = true\n"}
    mixed = bad("with_json", "A manifest beside another policy.", "manifest.toml, policy.json")
    mixed.policy = manifest() | policy(Service())
    return [*out, broken, twice, mixed]


def cases() -> list[QuoteCase]:
    """All of this file."""
    out: list[QuoteCase] = manifests()
    advisories = ("INTEL-SA-00001", "INTEL-SA-00002")
    for tdx in (False, True):
        out.append(
            judged(
                "up_to_date",
                "A policy that says nothing about the patch level.",
                Service(tdx=tdx),
                [],
            )
        )
        for word in STATUSES:
            service = Service(tdx=tdx, info=status(word, advisories, tdx))
            out.append(
                judged(
                    f"default_{snake(word)}",
                    "A policy that says nothing takes nothing but UpToDate.",
                    service,
                    ["dcap.tcb.status"],
                )
            )
            out.append(
                judged(
                    f"lists_{snake(word)}",
                    "The policy lists the status.",
                    service,
                    [],
                    dcap__tcb__status={"one_of": ["UpToDate", word]},
                )
            )
    old = Service(info=status("SWHardeningNeeded", advisories))
    listed = {"one_of": ["UpToDate", "SWHardeningNeeded"]}
    debug = Service(body=SgxReport(attributes=bytes.fromhex("0700000000000000e700000000000000")))
    attributes = {
        "masked": {
            "value": "05" + "00" * 7 + "03" + "00" * 7,
            "mask": "ff" * 7 + "7f" + "1b" + "ff" * 7,
        }
    }
    out += [
        judged(
            "advisories_accepted",
            "Both advisories are known and accepted.",
            old,
            [],
            dcap__tcb__status=listed,
            dcap__tcb__advisory_ids={"subset_of": list(advisories)},
        ),
        judged(
            "advisory_not_accepted",
            "One advisory is not on the list.",
            old,
            ["dcap.tcb.advisory_ids"],
            dcap__tcb__status=listed,
            dcap__tcb__advisory_ids={"subset_of": ["INTEL-SA-00001"]},
        ),
        judged(
            "no_advisory_accepted",
            "An empty list accepts no advisory.",
            old,
            ["dcap.tcb.advisory_ids"],
            dcap__tcb__status=listed,
            dcap__tcb__advisory_ids={"subset_of": []},
        ),
        judged(
            "no_advisory_there",
            "An empty list, and no advisory.",
            Service(),
            [],
            dcap__tcb__advisory_ids={"subset_of": []},
        ),
        judged(
            "status_not_listed",
            "Another status is listed.",
            old,
            ["dcap.tcb.status"],
            dcap__tcb__status={"one_of": ["UpToDate", "ConfigurationNeeded"]},
        ),
        judged(
            "evaluation_number_too_low",
            "Collateral of an older round of updates.",
            Service(),
            ["dcap.tcb.evaluation_data_number"],
            dcap__tcb__evaluation_data_number={"at_least": 18},
        ),
        judged(
            "evaluation_number",
            "Collateral of this round or a later one.",
            Service(),
            [],
            dcap__tcb__evaluation_data_number={"at_least": 17},
        ),
        judged(
            "collateral_too_old",
            "Genuine collateral, older than a week.",
            Service(),
            ["dcap.tcb.issue_date"],
            dcap__tcb__issue_date={"max_age_s": 7 * 86400},
        ),
        judged("debug", "A debug enclave.", debug, ["common.debug"]),
        judged(
            "isv_svn_too_low",
            "A version before the fix.",
            Service(),
            ["sgx.isv_svn"],
            sgx__isv_svn={"at_least": 4},
        ),
        judged("isv_svn", "The fixed version.", Service(), [], sgx__isv_svn={"at_least": 3}),
        judged(
            "other_product",
            "Another product by the same signer.",
            Service(),
            ["sgx.isv_prod_id"],
            sgx__isv_prod_id={"equals": 8},
        ),
        judged(
            "attributes_masked",
            "Bits outside of the mask are free.",
            Service(),
            [],
            sgx__attributes=attributes,
        ),
        judged(
            "attributes_masked_other",
            "A bit inside the mask is another.",
            Service(body=SgxReport(attributes=bytes.fromhex("1500000000000000e700000000000000"))),
            ["sgx.attributes"],
            sgx__attributes=attributes,
        ),
        judged(
            "sept_ve_not_disabled",
            "A TD whose host can inject exceptions.",
            Service(tdx=True, body=TdReport(td_attributes=bytes(8))),
            ["tdx.td_attributes.sept_ve_disable"],
            **{"tdx__td_attributes.sept_ve_disable": {"equals": True}},
        ),
        judged(
            "default_sept_ve",
            "A policy that says nothing takes no TD whose host can inject exceptions.",
            Service(tdx=True, body=TdReport(td_attributes=bytes(8))),
            ["tdx.td_attributes.sept_ve_disable"],
        ),
        judged(
            "default_migratable",
            "A policy that says nothing takes no TD that can be moved.",
            Service(tdx=True, body=TdReport(td_attributes=b"\0\0\0\x30" + bytes(4))),
            ["tdx.td_attributes.migratable"],
        ),
        judged(
            "migratable_allowed",
            "A TD that may be moved, which the policy says.",
            Service(tdx=True, body=TdReport(td_attributes=b"\0\0\0\x30" + bytes(4))),
            [],
            tdx__td_attributes__migratable={"equals": True},
        ),
        judged(
            "xfam",
            "Other processor features.",
            Service(tdx=True),
            ["tdx.xfam"],
            tdx__xfam={"equals": "e71a060000000000"},
        ),
        judged(
            "debug",
            "A debug TD.",
            Service(tdx=True, body=TdReport(td_attributes=b"\x01\0\0\x10" + bytes(4))),
            ["common.debug"],
        ),
        judged(
            "old_module_date",
            "The module's level is too old.",
            Service(tdx=True, info=set_to("tcbEvaluationDataNumber", 16)),
            ["dcap.tcb.evaluation_data_number", "tdx.module.date"],
            dcap__tcb__evaluation_data_number={"at_least": 17},
            tdx__module__date={"at_least": "2024-03-14T00:00:00Z"},
        ),
    ]
    for name, where, comment, more in (
        (
            "registers_without_mrtd",
            "require",
            "Any firmware can extend these as it likes.",
            {"require": {f"tdx.rtmr.{i}": {"equals": "22" * 48} for i in range(3)}},
        ),
        (
            "replay_without_mrtd",
            "require",
            "So it can what is replayed.",
            {"replay": {"tdx.rtmr.1": [{"digest": "11" * 48}]}},
        ),
        (
            "tls_key_of_the_host",
            "bind.tls_key.claim",
            "The host chooses MRCONFIGID.",
            {"require": MRTD, "bind": {"tls_key": KEY | {"claim": "tdx.mrconfigid"}}},
        ),
        (
            "tls_key_in_a_register",
            "bind.tls_key.claim",
            "A register holds digests of digests.",
            {"require": MRTD, "bind": {"tls_key": KEY | {"claim": "tdx.rtmr.3"}}},
        ),
    ):
        text = json.dumps({"version": 1, "accept": [{"family": "tdx", **more}]}, indent=1) + "\n"
        where = f"policy.json: accept[0].{where}"
        out.append(
            QuoteCase(
                f"tdx/bad_policy--{name}",
                comment,
                Service(tdx=True).quote(),
                {},
                {"stage": "policy", "code": "bad_policy", "where": where},
                [],
                policy={"policy.json": text.encode()},
            )
        )
    for name, where, comment, rule in (
        (
            "signer_alone",
            "policy.json: accept[0].require",
            "MRSIGNER says who, not which code.",
            {"sgx.mrsigner": {"equals": bytes(range(32, 64)).hex()}},
        ),
        (
            "mask_alone",
            "policy.json: accept[0].require",
            "A mask that leaves everything out.",
            {"sgx.mrenclave": {"masked": {"value": "00" * 32, "mask": "00" * 32}}},
        ),
        (
            "mask_that_cannot_hold",
            "policy.json: accept[0].require.sgx.misc_select.masked",
            "The value has bits that the mask leaves out.",
            {**MRENCLAVE, "sgx.misc_select": {"masked": {"value": "01000000", "mask": "fe000000"}}},
        ),
        (
            "subset_of_no_list",
            "policy.json: accept[0].require.dcap.tcb.status.subset_of",
            "A status is no list.",
            {**MRENCLAVE, "dcap.tcb.status": {"subset_of": ["UpToDate"]}},
        ),
    ):
        alternative = {"family": "sgx", "require": rule}
        text = (json.dumps({"version": 1, "accept": [alternative]}, indent=1) + "\n").encode()
        out.append(
            QuoteCase(
                f"sgx/bad_policy--{name}",
                comment,
                Service().quote(),
                {},
                {"stage": "policy", "code": "bad_policy", "where": where},
                [],
                policy={"policy.json": text},
            )
        )
    return out
