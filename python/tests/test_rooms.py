"""What holds for each of cupel.sgx, cupel.snp and their like: one test for all of them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType

import pytest

import cupel
from cupel import dcap, hcl, maa, nitro, sgx, snp, tdx, tpm
from rooms import Case, accepted, case, cases


def sgx_steps(given: Case) -> cupel.Claims:
    collateral = dcap.Collateral.parse(cupel.Endorsements(given.endorsements))
    return sgx.claims(sgx.verify(sgx.parse(given.evidence), collateral, **given.judged))


def tdx_steps(given: Case) -> cupel.Claims:
    collateral = dcap.Collateral.parse(cupel.Endorsements(given.endorsements))
    return tdx.claims(tdx.verify(tdx.parse(given.evidence), collateral, **given.judged))


def snp_steps(given: Case) -> cupel.Claims:
    evidence = snp.parse_evidence(given.evidence)
    files = [*evidence.certificates, *evidence.crls, *given.endorsements]
    endorsements = cupel.Endorsements(files)
    report = snp.verify(evidence.report, **given.judged, endorsements=endorsements)
    if evidence.runtime_data is not None:
        snp.binds(report, evidence.runtime_data)
    return snp.claims(report)


def nitro_steps(given: Case) -> cupel.Claims:
    document = nitro.parse(given.evidence)
    endorsements = cupel.Endorsements(given.endorsements)
    return nitro.claims(nitro.verify(document, **given.judged, endorsements=endorsements))


def maa_steps(given: Case) -> cupel.Claims:
    token = maa.parse_evidence(given.evidence)
    endorsements = cupel.Endorsements(given.endorsements)
    return maa.claims(maa.verify(token, **given.judged, endorsements=endorsements))


def hcl_steps(given: Case) -> cupel.Claims:
    evidence = hcl.parse_evidence(given.evidence)
    files = [*evidence.certificates, *evidence.crls, *given.endorsements]
    endorsements = cupel.Endorsements(files)
    if evidence.report.hardware_type == "tdx":
        assert evidence.td_quote is not None
        td = tdx.parse(evidence.td_quote)
        quoted = tdx.verify(td, dcap.Collateral.parse(endorsements), **given.judged)
        data = hcl.verify(evidence.report, quoted)
        if evidence.tpm is None:
            return hcl.claims(quoted, data)
        return hcl.claims(quoted, data, tpm_step(given, evidence.tpm, data))
    report = snp.parse(evidence.report.hardware_report)
    reported = snp.verify(report, **given.judged, endorsements=endorsements)
    data = hcl.verify(evidence.report, reported)
    if evidence.tpm is None:
        return hcl.claims(reported, data)
    return hcl.claims(reported, data, tpm_step(given, evidence.tpm, data))


def tpm_step(
    given: Case, evidence: tpm.Evidence, data: hcl.VerifiedRuntimeData
) -> tpm.VerifiedQuote:
    return tpm.verify(evidence.quote, hcl.ak_trust(data), **given.judged)


STEPS: dict[str, Callable[[Case], cupel.Claims]] = {
    "hcl": hcl_steps,
    "maa": maa_steps,
    "nitro": nitro_steps,
    "sgx": sgx_steps,
    "snp": snp_steps,
    "tdx": tdx_steps,
}
MODULES: dict[str, ModuleType] = {
    "hcl": hcl,
    "maa": maa,
    "nitro": nitro,
    "sgx": sgx,
    "snp": snp,
    "tdx": tdx,
}

# An accepted case of each, for what one case shows as well as all.
ONE = {
    "hcl": "ok--milan_quote",
    "maa": "ok--container_group",
    "nitro": "ok--members_absent",
    "sgx": "ok--v3",
    "snp": "ok--raw",
    "tdx": "ok--v4",
}

# What evaluate() checks beyond the steps, because only it sees the whole document.
BEYOND = {
    "hcl": ("ak_certificate", "td_report_alone", "td_report_of", "quote_beside", "tdx_no_quote"),
    "sgx": ("ratls",),
    "snp": ("uvm", "runtime_certificate", "runtime_nonce", "ok--runtime_data", "sidecar_relayed"),
    "tdx": ("ratls", "document", "log"),
}


def in_steps(given: Case) -> bool:
    """Whether the functions beside evaluate() see all that matters of this evidence."""
    return not any(word in given.name for word in BEYOND.get(given.family, ()))


CASES = [one for family in STEPS for one in cases(family) if in_steps(one)]
ACCEPTED = [one for one in CASES if accepted(one)]
REFUSED = [one for one in CASES if not accepted(one)]


def ids(found: list[Case]) -> list[str]:
    return [f"{one.family}/{one.name}" for one in found]


@pytest.mark.parametrize("family", sorted(STEPS))
def test_there_are_more_refusals_than_acceptances(family: str) -> None:
    refusals = [one for one in REFUSED if one.family == family]
    assert len(refusals) > 20
    assert [one for one in ACCEPTED if one.family == family]


@pytest.mark.parametrize("given", ACCEPTED, ids=ids(ACCEPTED))
def test_steps_say_what_evaluate_says(given: Case) -> None:
    steps, whole = STEPS[given.family](given), given.evaluated
    assert steps.family == given.family
    assert steps.to_dict() == whole.to_dict()
    assert steps.valid_until == whole.valid_until
    assert steps.proved == whole.proved


@pytest.mark.parametrize("given", REFUSED, ids=ids(REFUSED))
def test_steps_refuse_what_evaluate_refuses(given: Case) -> None:
    with pytest.raises(cupel.CupelError) as raised:
        STEPS[given.family](given)
    expect = given.data["expect"]
    assert raised.value.code == expect["code"]
    assert raised.value.where == expect["where"]
    assert (raised.value.check or "") == expect.get("check", "")


@pytest.mark.parametrize("family", sorted(STEPS))
def test_evaluate_of_the_module_is_that_of_the_family(family: str) -> None:
    given = case(family, ONE[family])
    claims = MODULES[family].evaluate(
        bytearray(given.evidence),
        **given.judged,
        endorsements=cupel.Endorsements(given.endorsements),
    )
    assert claims.to_dict() == given.evaluated.to_dict()


@pytest.mark.parametrize("family", sorted(STEPS))
def test_anchors_of_the_module_are_those_of_the_family(family: str) -> None:
    ours, generic = MODULES[family].vendor_anchors(), cupel.vendor_anchors(family)
    assert [a.sha256 for a in ours.fingerprints] == [a.sha256 for a in generic.fingerprints]


@pytest.mark.parametrize("family", sorted(STEPS))
@pytest.mark.parametrize("missing", ["now", "anchors"])
def test_time_and_anchors_have_no_default(family: str, missing: str) -> None:
    given = case(family, ONE[family])
    options = {name: value for name, value in given.judged.items() if name != missing}
    with pytest.raises(TypeError):
        MODULES[family].evaluate(given.evidence, **options)


@pytest.mark.parametrize("family", sorted(STEPS))
def test_nothing_of_a_module_is_made_by_hand(family: str) -> None:
    for name in MODULES[family].__all__:
        held = getattr(MODULES[family], name)
        if isinstance(held, type):
            with pytest.raises(TypeError):
                held()


@pytest.mark.parametrize("family", sorted(STEPS))
def test_threads_verify_at_once(family: str) -> None:
    given = case(family, ONE[family])
    wanted = given.evaluated.to_dict()
    with ThreadPoolExecutor(8) as pool:
        for claims in pool.map(STEPS[family], [given] * 24):
            assert claims.to_dict() == wanted
