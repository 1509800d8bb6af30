"""cupel.snp: reports of SEV-SNP machines, step by step."""

from __future__ import annotations

from functools import partial

import pytest

import cupel
from cupel import snp
from rooms import Case, captured, case, expectation, refused, run_example, seconds


def endorsements(given: Case) -> cupel.Endorsements:
    """What came along, and what was brought."""
    evidence = snp.parse_evidence(given.evidence)
    return cupel.Endorsements([*evidence.certificates, *evidence.crls, *given.endorsements])


def verified(name: str) -> snp.VerifiedReport:
    given = case("snp", name)
    report = snp.parse_evidence(given.evidence).report
    return snp.verify(report, **given.judged, endorsements=endorsements(given))


def test_example_runs() -> None:
    given = case("snp", "ok--raw")
    space = run_example(
        snp,
        {
            **given.judged,
            "snp": snp,
            "evidence": given.evidence,
            "endorsements": cupel.Endorsements(given.endorsements),
        },
    )
    assert space["claims"].to_dict() == given.evaluated.to_dict()


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("ok--milan_v2_vcek", snp.ReportV2),
        ("ok--milan_v3_vlek", snp.ReportV3),
        ("ok--milan_v4_vcek", snp.ReportV4),
        ("ok--turin_v5_vcek", snp.ReportV5),
    ],
)
def test_fields_are_what_the_claims_say(name: str, fields: type) -> None:
    report, claims = verified(name).value, case("snp", name).evaluated
    assert type(report.fields) is fields
    body = report.body
    assert body.measurement == report.fields.body.measurement
    for field in (
        "version", "guest_svn", "policy", "family_id", "image_id", "vmpl", "platform_info",
        "author_key_en", "mask_chip_key", "signing_key", "report_data", "measurement", "host_data",
        "id_key_digest", "author_key_digest", "report_id", "report_id_ma", "chip_id",
    ):  # fmt: skip
        assert getattr(body, field) == claims[f"snp.{field}"], field
    for level in ("current", "committed", "reported", "launch"):
        assert getattr(body, f"{level}_tcb") == claims[f"snp.tcb.{level}"], level
    assert (len(body.signature_r), len(body.signature_s)) == (48, 48)
    assert len(report.raw) == snp.REPORT_SIZE


def test_a_processor_is_named_from_version_3_on() -> None:
    old, new = verified("ok--milan_v2_vcek").value, verified("ok--turin_v5_vcek").value
    assert old.cpuid is None
    assert new.cpuid is not None
    assert snp.product_of(new.cpuid) == "Turin"
    assert isinstance(new.fields, snp.ReportV5)
    assert new.fields.cpuid.family == new.cpuid.family
    claims = case("snp", "ok--turin_v5_vcek").evaluated
    assert new.fields.launch_mit_vector == claims["snp.launch_mit_vector"]


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("ok--milan_v5_vcek", ["boot_loader", "tee", "snp", "microcode"]),
        ("ok--turin_v5_vcek", ["fmc", "boot_loader", "tee", "snp", "microcode"]),
    ],
)
def test_parts_of_a_patch_level_have_names(name: str, parts: list[str]) -> None:
    report, claims = verified(name).value, case("snp", name).evaluated
    assert report.vek is not None
    tcb = snp.parse_tcb(report.vek.product, report.body.reported_tcb)
    named = snp.parts(tcb)
    assert list(named) == parts
    for part, value in named.items():
        assert value == claims[f"snp.tcb.reported.{part}"] == getattr(tcb, part)
    assert tcb == snp.parse_tcb(report.vek.product, bytearray(report.body.reported_tcb))
    assert tcb != snp.parse_tcb("Genoa", bytes(8))


def test_a_patch_level_is_strict() -> None:
    refused(lambda: snp.parse_tcb("Milan", b"\0\0\1" + bytes(5), "here"), "reserved_not_zero",
            "here")  # fmt: skip
    for product in ("milan", "", "Naples"):
        refused(partial(snp.parse_tcb, product, bytes(8)), "invalid_argument", "product")
    for size in (0, 7, 9):
        refused(partial(snp.parse_tcb, "Milan", bytes(size)), "invalid_argument", "snp.tcb")


def test_the_key_is_described_after_verification_only() -> None:
    given = case("snp", "ok--milan_v5_vcek")
    assert snp.parse_evidence(given.evidence).report.vek is None
    vek, claims = verified("ok--milan_v5_vcek").value.vek, given.evaluated
    assert vek is not None
    assert (vek.kind, vek.product) == ("vcek", "Milan")
    assert vek.product_name == claims["snp.vek.product_name"]
    assert vek.hwid == claims["snp.vek.hwid"]
    assert vek.csp_id == ""
    assert len(vek.spki_sha256) == 32
    lent = verified("ok--milan_v3_vlek").value.vek
    assert lent is not None
    assert (lent.kind, lent.hwid) == ("vlek", b"")
    assert lent.csp_id == case("snp", "ok--milan_v3_vlek").evaluated["snp.vek.csp_id"]


def test_trust_that_was_parsed_once_serves_many_reports() -> None:
    given = case("snp", "ok--milan_v5_vcek")
    trust = snp.VekTrust.from_endorsements(endorsements(given))
    report = snp.parse_evidence(given.evidence).report
    cache = cupel.ChainCache()
    for _ in range(3):
        held = snp.verify(report, trust, **given.judged, cache=cache)
        assert snp.claims(held).to_dict() == given.evaluated.to_dict()
    assert len(cache) > 0


def test_trust_is_no_keyword_of_the_other_form() -> None:
    given = case("snp", "ok--milan_v5_vcek")
    report = snp.parse_evidence(given.evidence).report
    trust = snp.VekTrust.from_endorsements(endorsements(given))
    with pytest.raises(TypeError):
        snp.verify(report, trust, **given.judged, endorsements=cupel.Endorsements())  # type: ignore[call-overload]


def test_a_report_without_certificates_is_undecided() -> None:
    given = case("snp", "ok--raw")
    with pytest.raises(cupel.CollateralError) as raised:
        snp.verify(snp.parse(given.evidence), **given.judged)
    assert (raised.value.code, raised.value.check) == ("collateral_missing", "snp-07")


def test_runtime_data_are_bound_or_not() -> None:
    held = verified("ok--runtime_data")
    data = snp.parse_evidence(case("snp", "ok--runtime_data").evidence).runtime_data
    assert data is not None
    snp.binds(held, data)
    for other in (data + b" ", data[:-1], b""):
        error = refused(
            partial(snp.binds, held, other), "digest_mismatch", "snp.report.report_data"
        )
        assert error.check == "snp-14"


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("ok--raw", "raw"),
        ("ok--extended_der", "extended"),
        ("ok--sidecar_combined", "sidecar"),
        ("ok--milan_v5_vcek", "cupel.snp/1"),
    ],
)
def test_evidence_has_forms_and_one_bundle(name: str, form: str) -> None:
    evidence = snp.parse_evidence(case("snp", name).evidence)
    assert evidence.form == form
    again = snp.parse_evidence(evidence.to_json().encode())
    assert again.form == "cupel.snp/1"
    assert again.report.raw == evidence.report.raw
    assert again.certificates == evidence.certificates


def test_a_certificate_table_is_parsed() -> None:
    evidence = case("snp", "ok--extended_with_list").evidence
    table = snp.parse_certificate_table(evidence[snp.REPORT_SIZE :])
    assert len(table.certificates) >= 2
    assert table.crls
    refused(lambda: snp.parse_certificate_table(b"\1" * 24), "truncated",
            "snp.certificate_table.guid")  # fmt: skip


@pytest.mark.parametrize("size", [0, 1, snp.REPORT_SIZE - 1])
def test_a_report_that_is_cut_is_malformed(size: int) -> None:
    report = case("snp", "ok--raw").evidence
    with pytest.raises(cupel.ParseError) as raised:
        snp.parse(report[:size])
    assert raised.value.code == "truncated"
    assert raised.value.where.startswith("snp.report")


def test_what_amd_publishes_is_named() -> None:
    requests = snp.needed(snp.parse(case("snp", "ok--raw").evidence))
    assert any("kdsintf.amd.com" in request.url for request in requests)


def test_values_are_immutable() -> None:
    held = verified("ok--turin_v5_vcek")
    report = held.value
    for value, name in [
        (held, "value"),
        (report, "raw"),
        (report.body, "policy"),
        (report.body.current, "major"),
        (report.vek, "product"),
    ]:
        with pytest.raises(AttributeError):
            setattr(value, name, getattr(value, name))
    tcb = snp.parse_tcb("Turin", report.body.reported_tcb)
    with pytest.raises(AttributeError):
        tcb.microcode = 0  # type: ignore[misc]
    with pytest.raises(TypeError):
        hash(tcb)


# ---- captured reports -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["milan-v5-gcp-extended", "milan-v3-ms-aci", "turin-v5-ms-aci"])
def test_captured_report_is_verified_step_by_step(name: str) -> None:
    folder = captured("snp", name)
    says = expectation(folder)
    report = snp.parse((folder / "report.bin").read_bytes())
    assert report.body.measurement.hex() == says["expected"]["measurement"]
    assert report.body.chip_id.hex() == says["expected"]["chip_id"]
    files = [(folder / file).read_bytes() for file in ("vcek.der", "ask.pem", "ark.pem")]
    held = snp.verify(
        report,
        now=seconds(says["verify_at"]),
        anchors=snp.vendor_anchors(),
        endorsements=cupel.Endorsements(files),
    )
    vek = held.value.vek
    assert vek is not None
    assert vek.product.lower() == says["product"]
    assert vek.product_name == says["expected"]["endorsement_key"]["productName"]


def test_captured_report_with_a_changed_byte_is_refused() -> None:
    folder = captured("snp", "neg-coco-report-byte42")
    given = snp.parse((folder / "report.bin").read_bytes())
    files = [(folder / file).read_bytes() for file in ("vcek.der", "ask.pem", "ark.pem")]
    error = refused(
        lambda: snp.verify(
            given,
            now=seconds(expectation(folder)["verify_at"]),
            anchors=snp.vendor_anchors(),
            endorsements=cupel.Endorsements(files),
        ),
        "bad_signature",
        "snp.report.signature",
    )
    assert error.check == "snp-12"
