"""Policies over SGX and TDX evidence: each status, advisories, masks, debug, rollback."""

from __future__ import annotations

import json
from typing import Any

from .cases_dcap_collateral import STATUSES, set_to, snake, status
from .dcap import Service, SgxReport, TdReport
from .dcap_case import QuoteCase, family

MRENCLAVE = {"sgx.mrenclave": {"equals": bytes(range(32)).hex()}}
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
        comment, service.quote(), service.endorsements(), expect, checks or ["policy-03"],
        policy=policy(service, **require),
    )  # fmt: skip


def cases() -> list[QuoteCase]:
    """All of this file."""
    out: list[QuoteCase] = []
    advisories = ("INTEL-SA-00001", "INTEL-SA-00002")
    for tdx in (False, True):
        out.append(judged("up_to_date", "A policy that says nothing about the patch level.",
                          Service(tdx=tdx), []))  # fmt: skip
        for word in STATUSES:
            service = Service(tdx=tdx, info=status(word, advisories, tdx))
            out.append(judged(f"default_{snake(word)}",
                              "A policy that says nothing takes nothing but UpToDate.",
                              service, ["dcap.tcb.status"]))  # fmt: skip
            out.append(judged(f"lists_{snake(word)}", "The policy lists the status.", service, [],
                              dcap__tcb__status={"one_of": ["UpToDate", word]}))  # fmt: skip
    old = Service(info=status("SWHardeningNeeded", advisories))
    listed = {"one_of": ["UpToDate", "SWHardeningNeeded"]}
    debug = Service(body=SgxReport(attributes=bytes.fromhex("0700000000000000e700000000000000")))
    attributes = {"masked": {"value": "05" + "00" * 7 + "03" + "00" * 7,
                             "mask": "ff" * 7 + "7f" + "1b" + "ff" * 7}}  # fmt: skip
    out += [
        judged("advisories_accepted", "Both advisories are known and accepted.", old, [],
               dcap__tcb__status=listed, dcap__tcb__advisory_ids={"subset_of": list(advisories)}),
        judged("advisory_not_accepted", "One advisory is not on the list.", old,
               ["dcap.tcb.advisory_ids"], dcap__tcb__status=listed,
               dcap__tcb__advisory_ids={"subset_of": ["INTEL-SA-00001"]}),
        judged("no_advisory_accepted", "An empty list accepts no advisory.", old,
               ["dcap.tcb.advisory_ids"], dcap__tcb__status=listed,
               dcap__tcb__advisory_ids={"subset_of": []}),
        judged("no_advisory_there", "An empty list, and no advisory.", Service(), [],
               dcap__tcb__advisory_ids={"subset_of": []}),
        judged("status_not_listed", "Another status is listed.", old, ["dcap.tcb.status"],
               dcap__tcb__status={"one_of": ["UpToDate", "ConfigurationNeeded"]}),
        judged("evaluation_number_too_low", "Collateral of an older round of updates.", Service(),
               ["dcap.tcb.evaluation_data_number"],
               dcap__tcb__evaluation_data_number={"at_least": 18}),
        judged("evaluation_number", "Collateral of this round or a later one.", Service(), [],
               dcap__tcb__evaluation_data_number={"at_least": 17}),
        judged("collateral_too_old", "Genuine collateral, older than a week.", Service(),
               ["dcap.tcb.issue_date"], dcap__tcb__issue_date={"max_age_s": 7 * 86400}),
        judged("debug", "A debug enclave.", debug, ["common.debug"]),
        judged("isv_svn_too_low", "A version before the fix.", Service(), ["sgx.isv_svn"],
               sgx__isv_svn={"at_least": 4}),
        judged("isv_svn", "The fixed version.", Service(), [], sgx__isv_svn={"at_least": 3}),
        judged("other_product", "Another product by the same signer.", Service(),
               ["sgx.isv_prod_id"], sgx__isv_prod_id={"equals": 8}),
        judged("attributes_masked", "Bits outside of the mask are free.", Service(), [],
               sgx__attributes=attributes),
        judged("attributes_masked_other", "A bit inside the mask is another.",
               Service(body=SgxReport(attributes=bytes.fromhex("1500000000000000e700000000000000"))),
               ["sgx.attributes"], sgx__attributes=attributes),
        judged("sept_ve_not_disabled", "A TD whose host can inject exceptions.",
               Service(tdx=True, body=TdReport(td_attributes=bytes(8))),
               ["tdx.td_attributes.sept_ve_disable"],
               **{"tdx__td_attributes.sept_ve_disable": {"equals": True}}),
        judged("xfam", "Other processor features.", Service(tdx=True), ["tdx.xfam"],
               tdx__xfam={"equals": "e71a060000000000"}),
        judged("debug", "A debug TD.",
               Service(tdx=True, body=TdReport(td_attributes=b"\x01\0\0\x10" + bytes(4))),
               ["common.debug"]),
        judged("old_module_date", "The module's level is too old.",
               Service(tdx=True, info=set_to("tcbEvaluationDataNumber", 16)),
               ["dcap.tcb.evaluation_data_number", "tdx.module.date"],
               dcap__tcb__evaluation_data_number={"at_least": 17},
               tdx__module__date={"at_least": "2024-03-14T00:00:00Z"}),
    ]  # fmt: skip
    for name, where, comment, rule in (
        ("signer_alone", "policy.json: accept[0].require", "MRSIGNER says who, not which code.",
         {"sgx.mrsigner": {"equals": bytes(range(32, 64)).hex()}}),
        ("mask_alone", "policy.json: accept[0].require", "A mask that leaves everything out.",
         {"sgx.mrenclave": {"masked": {"value": "00" * 32, "mask": "00" * 32}}}),
        ("mask_that_cannot_hold", "policy.json: accept[0].require.sgx.misc_select.masked",
         "The value has bits that the mask leaves out.",
         {**MRENCLAVE, "sgx.misc_select": {"masked": {"value": "01000000", "mask": "fe000000"}}}),
        ("subset_of_no_list", "policy.json: accept[0].require.dcap.tcb.status.subset_of",
         "A status is no list.", {**MRENCLAVE, "dcap.tcb.status": {"subset_of": ["UpToDate"]}}),
    ):  # fmt: skip
        alternative = {"family": "sgx", "require": rule}
        text = (json.dumps({"version": 1, "accept": [alternative]}, indent=1) + "\n").encode()
        out.append(QuoteCase(
            f"sgx/bad_policy--{name}", comment, Service().quote(), {},
            {"stage": "policy", "code": "bad_policy", "where": where}, [],
            policy={"policy.json": text}))  # fmt: skip
    return out
