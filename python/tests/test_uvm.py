"""cupel.uvm: parse, verify, and values that say what was signed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

import cupel
from cupel import snp, uvm
from forge import case, snp_case, snp_wire
from forge import uvm as forged
from here import VECTORS

NOW = 1_800_000_000  # long after the signer's certificate ended
GOOD = forged.Endorsement()
TRUST = uvm.Trust(forged.issuer(), forged.FEED)


def verified(
    one: forged.Endorsement, trust: uvm.Trust = TRUST, now: int = NOW
) -> uvm.VerifiedEndorsement:
    return uvm.verify(uvm.parse(one.cose()), trust, now=now)


@pytest.fixture(scope="session")
def captured() -> Path:
    folder = VECTORS / "uvm" / "aci-uvm-transparent-svn104-2026"
    if not folder.is_dir():
        pytest.skip(f"captured vectors are absent: {folder}")
    return folder


@pytest.mark.parametrize("hash_envelope", [False, True])
def test_verified_endorsement_says_what_was_signed(hash_envelope: bool) -> None:
    one = replace(GOOD, hash_envelope=hash_envelope)
    sealed = verified(one)
    value = sealed.value
    assert value.form == ("hash_envelope" if hash_envelope else "json")
    assert (value.issuer, value.feed) == (TRUST.issuer, TRUST.feed)
    assert value.svn == 104
    assert value.signed_at == datetime.fromtimestamp(forged.SIGNED_AT, timezone.utc)
    assert value.launch_measurement == b"\xaa" * 48
    assert value.certificates == tuple(cert.der for cert in forged.chain())
    assert uvm.parse(value.raw).raw == value.raw
    assert sealed.valid_until is None
    assert any("endorsed this launch measurement" in line for line in sealed.proved)
    assert any("receipts" in line for line in sealed.not_proved)
    assert any("2024-03-09" in line for line in sealed.assumed)


def test_version_that_nobody_stated_is_none() -> None:
    assert verified(replace(GOOD, svn=None)).value.svn is None


def test_takes_any_bytes_and_a_cache() -> None:
    cache = cupel.ChainCache()
    for data in (GOOD.cose(), bytearray(GOOD.cose()), memoryview(GOOD.cose())):
        uvm.verify(uvm.parse(data), TRUST, now=NOW, cache=cache)
    assert len(cache) > 0


@pytest.mark.parametrize(
    ("one", "trust", "now", "code", "where"),
    [
        (GOOD, uvm.container_platform(), NOW, "untrusted_chain", "uvm.iss"),
        (GOOD, uvm.Trust("", ""), NOW, "untrusted_chain", "uvm.iss"),
        (GOOD, uvm.Trust(TRUST.issuer, "other"), NOW, "untrusted_chain", "uvm.feed"),
        (replace(GOOD, feed="other"), TRUST, NOW, "untrusted_chain", "uvm.feed"),
        (GOOD, TRUST, forged.SIGNED_AT - 1, "not_yet_valid", "uvm.signed_at"),
        (replace(GOOD, signed_at=1_740_000_000), TRUST, NOW, "expired", "uvm.x5chain"),
        (replace(GOOD, signed_at=1_600_000_000), TRUST, NOW, "not_yet_valid", "uvm.x5chain"),
        (
            replace(GOOD, signing_key="rsa2048-other"),
            TRUST,
            NOW,
            "bad_signature",
            "uvm.cose.signature",
        ),
        (
            replace(GOOD, issuer=uvm.container_platform().issuer),
            uvm.container_platform(),
            NOW,
            "untrusted_chain",
            "uvm.x5chain",
        ),
    ],
)
def test_refuses_what_the_trusted_issuer_did_not_sign(
    one: forged.Endorsement, trust: uvm.Trust, now: int, code: str, where: str
) -> None:
    with pytest.raises(cupel.VerifyError) as caught:
        verified(one, trust, now)
    assert (caught.value.code, caught.value.where) == (code, where)


@pytest.mark.parametrize(
    ("data", "code", "where"),
    [
        (b"", "truncated", "uvm.cose"),
        (GOOD.cose()[:-1], "truncated", "uvm.cose"),
        (GOOD.cose() + b"\0", "trailing_bytes", "uvm.cose"),
        (bytes(uvm.MAX_ENDORSEMENT_SIZE + 1), "too_large", "uvm.cose"),
        (replace(GOOD, alg=-7).cose(), "unsupported_algorithm", "uvm.cose.alg"),
        (replace(GOOD, measurement=b"").cose(), "bad_length", "uvm.launch_measurement"),
    ],
)
def test_refuses_what_is_no_endorsement(data: bytes, code: str, where: str) -> None:
    with pytest.raises(cupel.ParseError) as caught:
        uvm.parse(data)
    assert (caught.value.code, caught.value.where) == (code, where)


def test_required_revocation_cannot_be_settled() -> None:
    with pytest.raises(cupel.CollateralError) as caught:
        uvm.verify(uvm.parse(GOOD.cose()), TRUST, now=NOW, revocation="required")
    assert caught.value.code == "revocation_unknown"


@pytest.mark.parametrize("arguments", [{"revocation": "sometimes"}, {"now": datetime(2026, 1, 1)}])
def test_refuses_arguments_that_mean_nothing(arguments: dict[str, Any]) -> None:
    with pytest.raises(cupel.CupelError) as caught:
        uvm.verify(uvm.parse(GOOD.cose()), TRUST, **{"now": NOW, **arguments})
    assert caught.value.code == "invalid_argument"


def test_values_are_read_only_and_nobody_makes_a_verified_one() -> None:
    parsed: Any = uvm.parse(GOOD.cose())
    for name in ("issuer", "svn", "launch_measurement"):
        with pytest.raises(AttributeError):
            setattr(parsed, name, None)
    for kind in (uvm.Endorsement, uvm.VerifiedEndorsement):
        with pytest.raises(TypeError):
            kind()
    trust: Any = uvm.container_platform()
    with pytest.raises(AttributeError):
        trust.feed = "other"
    assert trust == uvm.container_platform() != TRUST


def test_looks_like_is_a_hint() -> None:
    assert uvm.looks_like(GOOD.cose())
    assert uvm.looks_like(replace(GOOD, hash_envelope=True, alg=-7).cose())
    for other in (b"", b"{}", GOOD.cose()[:-1], GOOD.cose() + b"\0", b"\x84@\xa0@@"):
        assert not uvm.looks_like(other)


def test_microsofts_endorsement_is_genuine_and_bound_to_its_bytes(captured: Path) -> None:
    data = (captured / "endorsement.cose").read_bytes()
    trust = uvm.container_platform()
    sealed = uvm.verify(uvm.parse(data), trust, now=NOW)
    assert sealed.value.svn == 104
    assert sealed.value.feed == trust.feed
    at = data.rindex(sealed.value.launch_measurement)
    changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
    with pytest.raises(cupel.VerifyError) as caught:
        uvm.verify(uvm.parse(changed), trust, now=NOW)
    assert caught.value.code == "bad_signature"


def measured(launch_digest: bytes) -> tuple[snp.VerifiedReport, bytes]:
    """A report of a machine with this launch digest, and an endorsement of b"\\xaa" * 48."""
    report = snp_wire.Report(measurement=launch_digest)
    evidence = snp.parse_evidence(snp_case.Document(report=report).bytes())
    anchors = cupel.TrustAnchors().with_certificates(
        "test", snp_wire.ark(report.product).pem.encode()
    )
    brought = cupel.Endorsements([*evidence.certificates, *evidence.crls])
    now = datetime.fromisoformat(case.NOW.replace("Z", "+00:00"))
    return snp.verify(evidence.report, now=now, anchors=anchors, endorsements=brought), GOOD.cose()


def test_endorsement_of_a_report_says_what_was_launched() -> None:
    report, endorsement = measured(b"\xaa" * 48)
    sealed = snp.verify_uvm(report, endorsement, TRUST, now=NOW)
    assert sealed.value.launch_measurement == report.value.body.measurement
    assert sealed.value.svn == 104


def test_endorsement_of_another_launch_is_refused() -> None:
    report, endorsement = measured(b"\xab" * 48)
    with pytest.raises(cupel.VerifyError) as refused:
        snp.verify_uvm(report, endorsement, TRUST, now=NOW)
    assert refused.value.code == "digest_mismatch"
    assert refused.value.where == "snp.uvm.launch_measurement"
    report, endorsement = measured(b"\xaa" * 48)
    with pytest.raises(cupel.VerifyError, match=r"uvm\.feed"):
        snp.verify_uvm(report, endorsement, uvm.Trust(TRUST.issuer, "other"), now=NOW)
