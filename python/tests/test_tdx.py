"""cupel.tdx: quotes of trust domains and their event logs, step by step."""

from __future__ import annotations

import base64
import json

import pytest

import cupel
from cupel import dcap, tdx
from rooms import beside_quote, captured, case, expectation, refused, run_example, seconds


def verified(name: str) -> tdx.VerifiedQuote:
    given = case("tdx", name)
    collateral = dcap.Collateral.parse(cupel.Endorsements(given.endorsements))
    quote, _ = parts(name)
    return tdx.verify(tdx.parse(quote), collateral, **given.judged)


def parts(name: str) -> tuple[bytes, bytes]:
    """Quote and event log of a case whose evidence may be a document with both."""
    evidence = case("tdx", name).evidence
    if not evidence.startswith(b"{"):
        return evidence, b""
    document = json.loads(evidence)
    log = document.get("event_log", "")
    return base64.b64decode(document["quote"]), base64.b64decode(log)


def test_example_runs() -> None:
    given = case("tdx", "ok--event_log")
    quote, log = parts("ok--event_log")
    space = run_example(
        tdx,
        {
            **given.judged,
            "tdx": tdx,
            "dcap": dcap,
            "evidence": quote,
            "event_log": log,
            "endorsements": cupel.Endorsements(given.endorsements),
        },
    )
    assert space["boot"].value.explained == (0, 1, 2)
    assert space["claims"]["tdx.mrtd"] == given.evaluated["tdx.mrtd"]


@pytest.mark.parametrize(
    ("name", "version", "report"),
    [
        ("ok--v4", 4, tdx.TdReport10),
        ("ok--v5_td_10", 5, tdx.TdReport10),
        ("ok--v5_td_15", 5, tdx.TdReport15),
    ],
)
def test_fields_are_what_the_claims_say(name: str, version: int, report: type) -> None:
    quote, claims = verified(name).value, case("tdx", name).evaluated
    assert (quote.header.version, quote.header.tee_type) == (version, 0x81)
    assert type(quote.report) is report
    for field in (
        "tee_tcb_svn", "mrseam", "mrsignerseam", "seam_attributes", "td_attributes", "xfam",
        "mrtd", "mrconfigid", "mrowner", "mrownerconfig", "report_data",
    ):  # fmt: skip
        value = getattr(quote.body, field)
        assert isinstance(value, bytes)
        assert value == claims[f"tdx.{field}"], field
    assert quote.body.rtmr == tuple(claims[f"tdx.rtmr.{i}"] for i in range(4))


def test_a_report_of_1_5_adds_to_that_of_1_0() -> None:
    quote, claims = verified("ok--v5_td_15").value, case("tdx", "ok--v5_td_15").evaluated
    assert isinstance(quote.report, tdx.TdReport15)
    assert quote.report.base.mrtd == quote.body.mrtd
    assert quote.report.mrservicetd == claims["tdx.mrservicetd"]
    assert quote.report.tee_tcb_svn_2 == claims["tdx.tee_tcb_svn_2"]


def test_the_judgement_names_the_module() -> None:
    claims = case("tdx", "ok--module_behind").evaluated
    tcb = verified("ok--module_behind").value.tcb
    assert tcb is not None
    assert tcb.module_id == claims["tdx.module.id"]
    assert tcb.module_status == claims["tdx.module.status"]
    assert tcb.module_tcb_date == claims["tdx.module.date"]
    assert tcb.status == claims["dcap.tcb.status"]
    assert tcb.remarks


def test_a_log_explains_registers() -> None:
    _, log = parts("ok--event_log")
    boot = tdx.replay(log, verified("ok--event_log"))
    claims = case("tdx", "ok--event_log").evaluated
    assert ",".join(str(i) for i in boot.value.explained) == claims["tdx.event_log.explained"]
    assert len(boot.value.events) == claims["tdx.event_log.events"]
    assert {event.rtmr for event in boot.value.events} <= set(boot.value.explained)
    assert all(len(event.digest) == 48 for event in boot.value.events)
    assert boot.proved


def test_a_log_with_its_padding_is_the_log() -> None:
    _, log = parts("ok--event_log_with_padding")
    assert log.endswith(b"\xff")
    boot = tdx.replay(memoryview(log), verified("ok--event_log_with_padding"))
    assert boot.value.explained == (0, 1, 2)


@pytest.mark.parametrize(
    "name",
    [
        "digest_mismatch--log_event_added",
        "digest_mismatch--log_event_changed",
        "digest_mismatch--log_event_removed",
        "digest_mismatch--log_events_swapped",
        "digest_mismatch--log_of_rtmr_3",
        "missing_field--log_without_events",
        "out_of_range--log_extends_mrtd",
        "out_of_range--log_of_a_tpm",
        "truncated--log_cut",
        "unsupported_algorithm--log_of_sha256",
    ],
)
def test_a_log_that_explains_nothing_is_refused(name: str) -> None:
    expect = case("tdx", name).data["expect"]
    quote, (_, log) = verified(name), parts(name)
    error = refused(lambda: tdx.replay(log, quote), expect["code"], expect["where"])
    assert (error.check or "") == expect.get("check", "")


def test_an_unverified_quote_cannot_be_replayed_against() -> None:
    quote, log = parts("ok--event_log")
    with pytest.raises(TypeError):
        tdx.replay(log, tdx.parse(quote))  # type: ignore[arg-type]


def test_values_are_immutable() -> None:
    held = verified("ok--v5_td_15")
    for value, name in [(held, "value"), (held.value, "raw"), (held.value.body, "mrtd")]:
        with pytest.raises(AttributeError):
            setattr(value, name, getattr(value, name))
    assert isinstance(held.value.body.rtmr, tuple)


def test_documents_and_certificates_are_for_evaluate() -> None:
    for name in ("ok--event_log", "ok--ratls_dstack_tdx"):
        given = case("tdx", name)
        with pytest.raises(cupel.ParseError):
            tdx.parse(given.evidence)
        claims = tdx.evaluate(
            given.evidence, **given.judged, endorsements=cupel.Endorsements(given.endorsements)
        )
        assert claims.to_dict() == given.evaluated.to_dict()


def test_collateral_of_sgx_is_not_that_of_tdx() -> None:
    kinds = {request.kind for request in tdx.needed(parts("ok--v4")[0])}
    assert {"tdx_tcb_info", "td_qe_identity"} <= kinds


# ---- captured quotes ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["v4-gce-2025-07", "v4-gcp-padded-to-8000", "v5-body3-2026-02"])
def test_captured_quote_is_verified_step_by_step(name: str) -> None:
    folder = captured("tdx", name)
    says = expectation(folder)
    quote = tdx.parse(dcap.trim_zero_padding((folder / "quote.bin").read_bytes()))
    report = says["expected"]["quote"]["report"]
    assert quote.body.mrtd.hex() == report["mrtd"]
    assert quote.body.rtmr[3].hex() == report["rtmr3"]
    collateral = dcap.Collateral.parse(beside_quote(folder))
    held = tdx.verify(
        quote, collateral, now=seconds(says["verify_at"]), anchors=tdx.vendor_anchors()
    )
    assert held.value.tcb is not None
    assert held.value.tcb.status == says["expected"]["tcb_status"]


def test_captured_quote_with_changed_signature_is_refused() -> None:
    folder = captured("tdx", "neg-quote-signature")
    collateral = dcap.Collateral.parse(beside_quote(folder))
    quote = tdx.parse((folder / "quote.bin").read_bytes())
    error = refused(
        lambda: tdx.verify(
            quote,
            collateral,
            now=seconds(expectation(folder)["verify_at"]),
            anchors=tdx.vendor_anchors(),
            revocation="dangerous_ignored",
        ),
        "bad_signature",
        "dcap.signature",
    )
    assert error.check == "dcap-07"
