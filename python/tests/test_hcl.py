"""cupel.hcl: the paravisor's report of an Azure confidential VM, step by step."""

from __future__ import annotations

import base64
import json
from functools import partial
from pathlib import Path

import pytest

import cupel
from cupel import dcap, hcl, snp, tdx, tpm
from rooms import Case, Judged, captured, case, expectation, refused, run_example, seconds


def given_to(given: Case) -> cupel.Endorsements:
    """What came along, and what was brought."""
    evidence = hcl.parse_evidence(given.evidence)
    return cupel.Endorsements([*evidence.certificates, *evidence.crls, *given.endorsements])


def on_snp(name: str) -> snp.VerifiedReport:
    given = case("hcl", name)
    report = snp.parse(hcl.parse_evidence(given.evidence).report.hardware_report)
    return snp.verify(report, **given.judged, endorsements=given_to(given))


def on_tdx(name: str) -> tdx.VerifiedQuote:
    given = case("hcl", name)
    quote = hcl.parse_evidence(given.evidence).td_quote
    assert quote is not None
    collateral = dcap.Collateral.parse(given_to(given))
    return tdx.verify(tdx.parse(quote), collateral, **given.judged)


def report_of(name: str) -> hcl.Report:
    return hcl.parse_evidence(case("hcl", name).evidence).report


def nobody(judged: Judged) -> Judged:
    """The same time, and no roots: the hardware names the key."""
    return {**judged, "anchors": cupel.TrustAnchors()}


def test_example_runs() -> None:
    given = case("hcl", "ok--milan_quote")
    space = run_example(
        hcl,
        {
            **given.judged,
            "cupel": cupel,
            "hcl": hcl,
            "snp": snp,
            "tpm": tpm,
            "document": given.evidence,
            "endorsements": given_to(given),
        },
    )
    assert space["claims"].to_dict() == given.evaluated.to_dict()


@pytest.mark.parametrize(
    ("name", "kind", "size"), [("ok--milan_quote", "snp", 1184), ("ok--tdx_quote", "tdx", 1024)]
)
def test_the_blob_has_a_report_and_runtime_data(name: str, kind: str, size: int) -> None:
    report = report_of(name)
    assert report.hardware_type == kind
    assert len(report.hardware_report) == size
    assert report.runtime_data in report.raw
    assert hcl.parse(report.raw).runtime_data == report.runtime_data


def test_runtime_data_are_what_the_claims_say() -> None:
    claims = case("hcl", "ok--milan_quote").evaluated
    held = hcl.verify(report_of("ok--milan_quote"), on_snp("ok--milan_quote"))
    data = held.value
    assert data.json == report_of("ok--milan_quote").runtime_data
    assert data.hardware_type == "snp"
    assert data.ak_public.startswith(b"\x30\x82")
    machine = data.vm_configuration
    stated = json.loads(data.json)["vm-configuration"]
    for field, member in [("secure_boot", "secure-boot"), ("vm_unique_id", "vmUniqueId")]:
        value = getattr(machine, field)
        assert value == stated[member] == claims[f"hcl.vm_configuration.{field}"], field
    assert held.proved


def test_members_may_be_absent() -> None:
    data = hcl.verify(report_of("ok--no_user_data"), on_snp("ok--no_user_data")).value
    assert data.user_data is None


def test_a_td_vouches_as_a_report_does() -> None:
    given = case("hcl", "ok--tdx_quote")
    evidence, hardware = hcl.parse_evidence(given.evidence), on_tdx("ok--tdx_quote")
    data = hcl.verify(evidence.report, hardware)
    assert evidence.tpm is not None
    quote = tpm.verify(evidence.tpm.quote, hcl.ak_trust(data), **nobody(given.judged))
    assert hcl.claims(hardware, data, quote).to_dict() == given.evaluated.to_dict()


def test_without_a_quote_the_software_is_not_known() -> None:
    hardware = on_snp("ok--milan_quote")
    data = hcl.verify(report_of("ok--milan_quote"), hardware)
    claims = hcl.claims(hardware, data)
    assert claims.family == "hcl"
    assert not [name for name in claims if name.startswith("tpm.")]


def test_hardware_of_another_machine_is_refused() -> None:
    hardware = on_snp("ok--genoa_version_2")
    refused(
        lambda: hcl.verify(report_of("ok--milan_quote"), hardware),
        "digest_mismatch",
        "hcl.report.hardware_report",
    )


def test_a_report_is_not_verified_by_itself() -> None:
    report = snp.parse(report_of("ok--milan_quote").hardware_report)
    with pytest.raises(TypeError):
        hcl.verify(report_of("ok--milan_quote"), report)  # type: ignore[call-overload]


def test_report_data_bind_runtime_data_or_not() -> None:
    report, hardware = report_of("ok--milan_quote"), on_snp("ok--milan_quote")
    data = hardware.value.body.report_data
    hcl.binds(report, data)
    for other in (bytes(64), data[:32] + b"\1" * 32, data[:63], b""):
        error = refused(partial(hcl.binds, report, other), "digest_mismatch", "hcl.runtime_data")
        assert error.check == "hcl-05"


@pytest.mark.parametrize("junk", [b"", b"[]", b"{}", b'{"keys":[]}', b'{"keys":[],"keys":[]}'])
def test_runtime_data_are_strict(junk: bytes) -> None:
    with pytest.raises(cupel.ParseError) as raised:
        hcl.parse_runtime_data(junk)
    assert raised.value.where.startswith("hcl.runtime_data")


@pytest.mark.parametrize("size", [0, 31, 1000, 1236])
def test_a_blob_that_is_cut_is_malformed(size: int) -> None:
    raw = report_of("ok--milan_quote").raw
    with pytest.raises(cupel.ParseError) as raised:
        hcl.parse(raw[:size])
    assert raised.value.where.startswith("hcl.report")


def test_values_are_immutable() -> None:
    held = hcl.verify(report_of("ok--milan_quote"), on_snp("ok--milan_quote"))
    for value, name in [
        (held, "value"),
        (held.value, "ak_public"),
        (held.value.vm_configuration, "secure_boot"),
        (report_of("ok--milan_quote"), "raw"),
    ]:
        with pytest.raises(AttributeError):
            setattr(value, name, getattr(value, name))


# ---- a captured machine ---------------------------------------------------------------------


def bundle(folder: Path) -> bytes:
    """The files of a captured machine as one document."""

    def text(name: str) -> str:
        return base64.b64encode((folder / name).read_bytes()).decode()

    bank = json.loads((folder / "pcrs.json").read_text())["sha256"]
    values = b"".join(bytes.fromhex(bank[str(i)]) for i in range(tpm.PCR_COUNT))
    signature_form = "rsassa_sha256" if (folder / "quote.sig").stat().st_size == 256 else "tpmt"
    return json.dumps(
        {
            "kind": "cupel.hcl/1",
            "hcl_report": text("hcl_report.bin"),
            "quote": {
                "message": text("quote.msg"),
                "signature": text("quote.sig"),
                "signature_form": signature_form,
            },
            "pcrs": {"form": "values", "data": base64.b64encode(values).decode()},
        }
    ).encode()


@pytest.mark.parametrize("name", ["cvm-milan-v3-coco-v1", "cvm-genoa-v3-coco"])
def test_captured_machine_is_verified_step_by_step(name: str) -> None:
    folder = captured("azure", name)
    evidence = hcl.parse_evidence(bundle(folder))
    assert evidence.report.runtime_data == (folder / "runtime_data.json").read_bytes()
    files = [(folder / file).read_bytes() for file in ("vcek.der", "ask.pem", "ark.pem")]
    assert evidence.tpm is not None
    space = run_example(
        hcl,
        {
            "cupel": cupel,
            "hcl": hcl,
            "snp": snp,
            "tpm": tpm,
            "now": seconds(expectation(folder)["verify_at"]),
            "document": bundle(folder),
            "endorsements": cupel.Endorsements(files),
        },
    )
    bank = json.loads((folder / "pcrs.json").read_text())["sha256"]
    for i in range(tpm.PCR_COUNT):
        assert space["claims"][f"tpm.pcr.sha256.{i}"].hex() == bank[str(i)]


@pytest.mark.parametrize(
    ("name", "code", "where"),
    [
        ("neg-coco-quote-signature", "bad_signature", "tpm.signature"),
        ("neg-coco-quote-pcrs", "digest_mismatch", "tpm.attest.pcr_digest"),
    ],
)
def test_captured_machine_with_a_changed_quote_is_refused(name: str, code: str, where: str) -> None:
    folder = captured("azure", name)
    evidence = hcl.parse_evidence(bundle(folder))
    now = seconds(expectation(folder)["verify_at"])
    files = [(folder / file).read_bytes() for file in ("vcek.der", "ask.pem", "ark.pem")]
    hardware = snp.verify(
        snp.parse(evidence.report.hardware_report),
        now=now,
        anchors=hcl.vendor_anchors(),
        endorsements=cupel.Endorsements(files),
    )
    trust = hcl.ak_trust(hcl.verify(evidence.report, hardware))
    assert evidence.tpm is not None
    quote = evidence.tpm.quote
    refused(lambda: tpm.verify(quote, trust, now=now, anchors=cupel.TrustAnchors()), code, where)
