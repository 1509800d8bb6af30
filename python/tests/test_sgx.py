"""cupel.sgx and cupel.dcap: quotes of enclaves, step by step."""

from __future__ import annotations

from datetime import datetime, timezone
from functools import partial

import pytest

import cupel
from cupel import dcap, sgx
from rooms import beside_quote, captured, case, expectation, refused, run_example, seconds


def verified(name: str) -> sgx.VerifiedQuote:
    given = case("sgx", name)
    collateral = dcap.Collateral.parse(cupel.Endorsements(given.endorsements))
    return sgx.verify(sgx.parse(given.evidence), collateral, **given.judged)


def test_example_runs() -> None:
    given = case("sgx", "ok--v3")
    space = run_example(
        sgx,
        {
            **given.judged,
            "sgx": sgx,
            "dcap": dcap,
            "evidence": given.evidence,
            "endorsements": cupel.Endorsements(given.endorsements),
        },
    )
    assert space["claims"].to_dict() == given.evaluated.to_dict()


@pytest.mark.parametrize(("name", "version"), [("ok--v3", 3), ("ok--v4", 4), ("ok--v5", 5)])
def test_fields_are_what_the_claims_say(name: str, version: int) -> None:
    given = case("sgx", name)
    quote, claims = verified(name).value, given.evaluated
    assert quote.raw == given.evidence
    assert quote.header.version == claims["dcap.quote.version"] == version
    assert (quote.header.tee_type, quote.header.attestation_key_type) == (0, 2)
    for field in ("mrenclave", "mrsigner", "attributes", "config_id", "report_data", "cpu_svn"):
        value = getattr(quote.report, field)
        assert isinstance(value, bytes)
        assert value == claims[f"sgx.{field}"], field
    for field in ("isv_prod_id", "isv_svn", "config_svn"):
        assert getattr(quote.report, field) == claims[f"sgx.{field}"], field
    assert quote.report.misc_select.to_bytes(4, "little") == claims["sgx.misc_select"]
    assert quote.signature.qe_report.isv_svn == claims["dcap.qe.isv_svn"]


def test_signature_data_has_its_sizes() -> None:
    signature = sgx.parse(case("sgx", "ok--v4").evidence).signature
    assert (len(signature.signature), len(signature.attestation_key)) == (64, 64)
    assert len(signature.qe_report_bytes) == 384
    assert signature.qe_report_bytes[64:96] == signature.qe_report.mrenclave
    assert signature.certification.type == "pck_chain"
    assert signature.certification.platform is None
    assert signature.certification.data.startswith(b"-----BEGIN CERTIFICATE-----")


@pytest.mark.parametrize(
    ("name", "kind", "size"),
    [
        ("ok--ppid_short_form", "ppid_clear", 16),
        ("ok--encrypted_ppid_2048", "ppid_rsa2048", 256),
        ("ok--encrypted_ppid_3072", "ppid_rsa3072", 384),
    ],
)
def test_a_platform_is_named_by_its_ppid(name: str, kind: str, size: int) -> None:
    certification = sgx.parse(case("sgx", name).evidence).signature.certification
    assert certification.type == kind
    assert certification.platform is not None
    assert len(certification.platform.ppid) == size
    assert len(certification.platform.cpu_svn) == 16


def test_a_parsed_quote_says_nothing_about_its_platform() -> None:
    quote = sgx.parse(case("sgx", "ok--v3").evidence)
    assert quote.platform is None
    assert quote.tcb is None


def test_platform_and_judgement_are_what_the_claims_say() -> None:
    quote, claims = verified("ok--v3").value, case("sgx", "ok--v3").evaluated
    assert quote.platform is not None
    assert quote.tcb is not None
    assert quote.platform.fmspc == claims["dcap.pck.fmspc"]
    assert quote.platform.ppid == claims["dcap.pck.ppid"]
    assert quote.platform.pce_svn == claims["dcap.pck.pce_svn"]
    assert len(quote.platform.components) == 16
    assert quote.tcb.status == quote.tcb.platform_status == claims["dcap.tcb.status"] == "UpToDate"
    assert quote.tcb.evaluation_data_number == claims["dcap.tcb.evaluation_data_number"]
    assert quote.tcb.issue_date == claims["dcap.tcb.issue_date"]
    assert isinstance(quote.tcb.next_update, datetime)
    assert quote.tcb.remarks == ()
    assert (quote.tcb.module_status, quote.tcb.module_tcb_date) == (None, None)


def test_what_is_behind_is_said_in_sentences() -> None:
    tcb = verified("ok--status_sw_hardening_needed").value.tcb
    assert tcb is not None
    assert tcb.status == "SWHardeningNeeded"
    assert tcb.remarks
    assert all(isinstance(sentence, str) for sentence in tcb.remarks)


@pytest.mark.parametrize("name", ["ok--v3", "ok--processor_ca"])
def test_what_a_certificate_may_leave_out_is_none_where_there_is_no_claim(name: str) -> None:
    platform, claims = verified(name).value.platform, case("sgx", name).evaluated
    assert platform is not None
    for field in ("platform_instance_id", "dynamic_platform", "smt_enabled"):
        assert getattr(platform, field) == claims.get(f"dcap.pck.{field}"), field


def test_what_was_verified_says_what_it_rests_on() -> None:
    held = verified("ok--v3")
    assert held.proved
    assert held.not_proved
    assert isinstance(held.valid_until, datetime)
    assert held.valid_until.tzinfo is timezone.utc


def test_verified_values_can_be_verified_again() -> None:
    given = case("sgx", "ok--v3")
    collateral = dcap.Collateral.parse(cupel.Endorsements(given.endorsements))
    again = sgx.verify(verified("ok--v3").value, collateral, **given.judged)
    assert sgx.claims(again).to_dict() == given.evaluated.to_dict()


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_any_contiguous_buffer_is_a_quote(kind: type) -> None:
    evidence = case("sgx", "ok--v3").evidence
    quote = sgx.parse(kind(evidence))
    assert type(quote.raw) is bytes
    assert quote.raw == evidence


@pytest.mark.parametrize("wrong", [None, "text", 7, memoryview(b"abcd")[::2]])
def test_other_types_are_type_errors(wrong: object) -> None:
    with pytest.raises(TypeError):
        sgx.parse(wrong)  # type: ignore[arg-type]


def test_values_are_immutable() -> None:
    held = verified("ok--v3")
    for value, name in [
        (held, "value"),
        (held.value, "raw"),
        (held.value.report, "mrenclave"),
        (held.value.header, "version"),
        (held.value.tcb, "status"),
        (held.value.platform, "fmspc"),
    ]:
        with pytest.raises(AttributeError):
            setattr(value, name, getattr(value, name))
        with pytest.raises(AttributeError):
            setattr(value, "not_a_field", 1)  # noqa: B010


def test_an_unknown_revocation_mode_is_refused() -> None:
    given = case("sgx", "ok--v3")
    collateral = dcap.Collateral.parse(cupel.Endorsements(given.endorsements))
    quote, judged = sgx.parse(given.evidence), given.judged
    judged["revocation"] = "never"  # type: ignore[typeddict-item]
    refused(lambda: sgx.verify(quote, collateral, **judged), "invalid_argument", "revocation")


def test_no_anchors_trust_nothing() -> None:
    given = case("sgx", "ok--v3")
    collateral = dcap.Collateral.parse(cupel.Endorsements(given.endorsements))
    quote, judged = sgx.parse(given.evidence), given.judged
    judged["anchors"] = sgx.vendor_anchors()
    error = refused(
        lambda: sgx.verify(quote, collateral, **judged), "untrusted_chain", "dcap.pck_certificate"
    )
    assert isinstance(error, cupel.VerifyError)


def test_a_quote_without_collateral_is_undecided() -> None:
    given = case("sgx", "collateral_missing--no_info")
    collateral = dcap.Collateral.parse(cupel.Endorsements(given.endorsements))
    with pytest.raises(cupel.CollateralError) as raised:
        sgx.verify(sgx.parse(given.evidence), collateral, **given.judged)
    assert raised.value.outcome == "undecided"


def test_certificates_are_for_evaluate() -> None:
    given = case("sgx", "ok--ratls_gramine")
    with pytest.raises(cupel.ParseError):
        sgx.parse(given.evidence)
    claims = sgx.evaluate(
        given.evidence, **given.judged, endorsements=cupel.Endorsements(given.endorsements)
    )
    assert isinstance(claims["dcap.ratls.spki_sha256"], bytes)


# ---- cupel.dcap -----------------------------------------------------------------------------


def test_padding_comes_off_on_purpose_only() -> None:
    quote = case("sgx", "ok--v3").evidence
    padded = quote + bytes(100)
    assert dcap.trim_zero_padding(padded) == dcap.trim_zero_padding(quote) == quote
    refused(lambda: sgx.parse(padded), "trailing_bytes", "dcap.header")
    error = refused(lambda: dcap.trim_zero_padding(padded + b"\1"), "trailing_bytes", "dcap.quote")
    assert error.offset == len(padded)
    for junk in (b"", quote[:-1]):
        with pytest.raises(cupel.ParseError):
            dcap.trim_zero_padding(junk)
    too_large = bytes(dcap.MAX_QUOTE_SIZE + 1)
    refused(lambda: dcap.trim_zero_padding(too_large), "too_large", "dcap.quote")


def test_requests_can_go_to_a_pccs() -> None:
    requests = sgx.needed(case("sgx", "ok--v3").evidence)
    assert {request.kind for request in requests} >= {"tcb_info", "qe_identity"}
    there = dcap.at_pccs(requests, "https://pccs.example:8081")
    assert len(there) == len(requests)
    assert any(request.url.startswith("https://pccs.example:8081/") for request in there)
    for address in ("", "pccs.example", "ftp://pccs.example", "https://pccs.example?x=1"):
        error = refused(partial(dcap.at_pccs, requests, address), "invalid_argument", "pccs")
        assert error.outcome == "usage"


def test_example_of_the_shared_part_runs() -> None:
    given = case("sgx", "ok--v3")
    space = run_example(
        dcap,
        {
            **given.judged,
            "cupel": cupel,
            "dcap": dcap,
            "sgx": sgx,
            "files": given.endorsements,
            "buffer": given.evidence + bytes(77),
        },
    )
    assert space["status"] == "UpToDate"


def test_a_collateral_is_strict_about_its_json() -> None:
    given = case("sgx", "unknown_field--envelope")
    with pytest.raises(cupel.ParseError):
        dcap.Collateral.parse(cupel.Endorsements(given.endorsements))


# ---- captured quotes ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["v3-icelake-2025-06-ev17", "v3-cmc-uptodate-2023-05", "v3-automata-a067110000-2025-05"]
)
def test_captured_quote_is_verified_step_by_step(name: str) -> None:
    folder = captured("sgx", name)
    says = expectation(folder)
    quote = sgx.parse((folder / "quote.bin").read_bytes())
    report = says["expected"]["quote"]["report"]
    assert quote.report.mrenclave.hex() == report["mrenclave"]
    assert quote.report.mrsigner.hex() == report["mrsigner"]
    collateral = dcap.Collateral.parse(beside_quote(folder))
    verified = sgx.verify(
        quote, collateral, now=seconds(says["verify_at"]), anchors=sgx.vendor_anchors()
    )
    tcb, platform = verified.value.tcb, verified.value.platform
    assert tcb is not None
    assert platform is not None
    assert tcb.status == says["expected"]["tcb_status"]
    assert list(tcb.advisory_ids) == sorted(says["expected"]["advisory_ids"])
    assert platform.fmspc.hex() == says["expected"]["quote"]["pck"]["fmspc"]
