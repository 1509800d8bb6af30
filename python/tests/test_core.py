"""The pure functions, on a captured document of a real machine and on forged ones."""

from __future__ import annotations

import json
import pickle
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import cupel
import service as svc
from cupel import tpm
from forge import policies
from servers import WebAuthority

IN_2024 = 1_704_067_200  # 2024-01-01T00:00:00Z
IN_2026 = 1_767_225_600  # 2026-01-01T00:00:00Z


@pytest.fixture
def document(blindllama: Path) -> bytes:
    return (blindllama / "attestation.json").read_bytes()


@pytest.fixture
def policy(blindllama: Path) -> cupel.Policy:
    return cupel.load_policy(
        [blindllama / "measurements_azure.json", blindllama / "application.json"]
    )


def verify(document: bytes, policy: cupel.Policy, now: int = IN_2024) -> cupel.Verdict:
    return cupel.verify(document, policy, now=now, anchors=tpm.vendor_anchors())


def changed(document: bytes, part: str, at: int) -> bytes:
    """The document with one bit changed in a base64 part of its quote."""
    import base64

    value = json.loads(document)
    data = bytearray(base64.b64decode(value["quote"][part]))
    data[at] ^= 1
    value["quote"][part] = base64.b64encode(bytes(data)).decode()
    return json.dumps(value).encode()


# ---- a captured document --------------------------------------------------------------------


def test_real_document_is_accepted_with_its_policy(document: bytes, policy: cupel.Policy) -> None:
    verdict = verify(document, policy)
    assert verdict.accepted is not None, str(verdict)
    assert verdict.accepted.pin().kind == "root_ca"
    assert verdict.family == "tpm"
    assert all(check.passed for check in verdict.checks)
    assert verdict.claims["tpm.pcr.sha256.15"] == bytes.fromhex(
        "ba8f47dcd805e06f88ba2fade3a17c4222f8d857bdd83a981e58bca4d400c522"
    )
    assert verdict.not_proved


def test_steps_by_hand_give_the_same_verdict(document: bytes, policy: cupel.Policy) -> None:
    family = cupel.recognise(document)
    assert family in cupel.families()
    anchors = cupel.vendor_anchors(family)
    claims = cupel.evaluate(family, document, now=IN_2024, anchors=anchors)
    assert cupel.appraise(claims, policy, now=IN_2024) == verify(document, policy)


def test_other_pcr_value_is_refused_with_both_values(
    document: bytes, blindllama: Path, policy: cupel.Policy
) -> None:
    text = (blindllama / "measurements_azure.json").read_text()
    expected = json.loads(text)["measurements"]["4"]
    digit = "0" if expected[-1] != "0" else "1"
    other = cupel.load_policy(
        [
            ("measurements_azure.json", text.replace(expected, expected[:-1] + digit).encode()),
            blindllama / "application.json",
        ]
    )
    verdict = verify(document, other)
    assert verdict.accepted is None
    [failed] = [check for check in verdict.checks if not check.passed]
    assert failed.claim == "tpm.pcr.sha256.4"
    assert expected[:-1] + digit in failed.expected
    assert expected in failed.actual


@pytest.mark.parametrize("at", [50, 112])
def test_changed_message_is_not_authentic(document: bytes, policy: cupel.Policy, at: int) -> None:
    with pytest.raises(cupel.VerifyError) as raised:
        verify(changed(document, "message", at), policy)
    assert raised.value.code == "bad_signature"
    assert raised.value.check == "tpm-07"


def test_changed_signature_is_not_authentic(document: bytes, policy: cupel.Policy) -> None:
    with pytest.raises(cupel.VerifyError) as raised:
        verify(changed(document, "signature", 100), policy)
    assert raised.value.code == "bad_signature"


@pytest.mark.parametrize("keep", [0, 1, 100, 4000, -1, -2])
def test_truncated_document_is_malformed(document: bytes, policy: cupel.Policy, keep: int) -> None:
    cut = document.rstrip()[:keep]
    with pytest.raises(cupel.ParseError):
        cupel.verify(cut, policy, now=IN_2024, anchors=tpm.vendor_anchors(), family="tpm")


def test_document_of_2023_has_expired_in_2026(document: bytes, policy: cupel.Policy) -> None:
    with pytest.raises(cupel.VerifyError) as raised:
        verify(document, policy, now=IN_2026)
    assert raised.value.code == "expired"


def test_unknown_roots_are_refused(document: bytes, policy: cupel.Policy) -> None:
    with pytest.raises(cupel.VerifyError) as raised:
        cupel.verify(document, policy, now=IN_2024, anchors=svc.ANCHORS)
    assert raised.value.code == "untrusted_chain"


def test_parts_of_a_quote_are_parsed(blindllama: Path) -> None:
    message = (blindllama / "quote.msg").read_bytes()
    quote = tpm.parse(message, (blindllama / "quote.sig").read_bytes())
    assert quote.message == message
    assert quote.attest.extra_data == b""
    [selection] = quote.attest.pcr_select
    assert (selection.bank, selection.indices) == ("sha256", tuple(range(16)))
    assert quote.signature.scheme == "rsassa"
    pcrs = tpm.parse_pcrs_serialized((blindllama / "pcrs.tpm2tools").read_bytes())
    assert len(pcrs.digests) == 16


def spki_of(certificate: bytes) -> bytes:
    """A certificate's SubjectPublicKeyInfo, DER."""
    return (
        x509.load_der_x509_certificate(certificate)
        .public_key()
        .public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    )


def test_quote_is_verified_step_by_step(document: bytes) -> None:
    evidence = tpm.parse_evidence(document)
    assert evidence.form == "blindllama"
    trust = tpm.AkTrust.from_chain(evidence.ak_certificates)
    verified = tpm.verify(
        evidence.quote, trust, now=IN_2024, anchors=tpm.vendor_anchors(), cache=cupel.ChainCache()
    )
    assert tpm.pcr(verified, "sha256", 12) == bytes(32)
    assert tpm.pcr(verified, "sha256", 23) is None
    assert verified.valid_until is not None
    assert tpm.claims(verified)["tpm.pcr.sha256.12"] == bytes(32)
    assert evidence.quote.ak is None
    key = verified.value.ak
    assert key is not None
    assert len(key.spki_sha256) == 32
    assert key.certificate is not None
    assert key.certificate.subject == "CN=5efaacb0f4d9.TrustedVM.Azure.Microsoft"
    dates = (key.certificate.not_before, key.certificate.not_after)
    assert dates[0] is not None
    assert dates[1] is not None
    assert dates[0].timestamp() < IN_2024 < dates[1].timestamp()
    assert "Azure Virtual TPM Root" in key.certificate.anchor
    named = tpm.AkTrust.from_public_key("ours", spki_of(evidence.ak_certificates[0]))
    by_name = tpm.verify(evidence.quote, named, now=IN_2024, anchors=tpm.vendor_anchors())
    assert by_name.value.ak is not None
    assert (by_name.value.ak.spki_sha256, by_name.value.ak.certificate) == (key.spki_sha256, None)


def test_roots_of_another_cloud_do_not_trust_the_key(document: bytes) -> None:
    evidence = tpm.parse_evidence(document)
    trust = tpm.AkTrust.from_chain(evidence.ak_certificates)
    with pytest.raises(cupel.VerifyError) as raised:
        tpm.verify(evidence.quote, trust, now=IN_2024, anchors=tpm.gce_anchors())
    assert (raised.value.code, raised.value.where) == ("untrusted_chain", "tpm.ak_certificate")


def test_bundle_of_a_document_gives_the_same_claims(document: bytes) -> None:
    bundle = tpm.parse_evidence(document).to_json().encode()
    options = {"now": IN_2024, "anchors": tpm.vendor_anchors()}
    first = cupel.evaluate("tpm", document, **options)  # type: ignore[arg-type]
    second = cupel.evaluate("tpm", bundle, **options)  # type: ignore[arg-type]
    assert first.to_dict() == second.to_dict()


@pytest.mark.parametrize("cut", range(0, 113, 7))
def test_truncated_message_names_place_and_offset(blindllama: Path, cut: int) -> None:
    message = (blindllama / "quote.msg").read_bytes()
    with pytest.raises(cupel.ParseError) as raised:
        tpm.parse_attest(message[:cut])
    assert raised.value.code == "truncated"
    assert raised.value.where.startswith("tpm.attest")
    assert raised.value.offset is not None
    assert raised.value.offset <= cut


# ---- forged documents -----------------------------------------------------------------------


@pytest.fixture(scope="session")
def evidence(authority: WebAuthority) -> bytes:
    return svc.root_ca_evidence(authority, bytes(32))


@pytest.fixture
def verdict(evidence: bytes) -> cupel.Verdict:
    return cupel.verify(
        evidence,
        svc.load(svc.root_ca_policy()),
        now=svc.NOW,
        anchors=svc.ANCHORS,
        nonce=bytes(32),
    )


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_any_contiguous_buffer_is_evidence(evidence: bytes, kind: type) -> None:
    assert cupel.recognise(kind(evidence)) == "tpm"


@pytest.mark.parametrize("wrong", [None, "text", 7, [1, 2], memoryview(b"abcd")[::2]])
def test_other_types_are_type_errors(wrong: object) -> None:
    with pytest.raises(TypeError):
        cupel.recognise(wrong)  # type: ignore[arg-type]


def test_a_datetime_is_a_time(evidence: bytes) -> None:
    policy = svc.load(svc.root_ca_policy())
    at = datetime(2024, 6, 15, 14, tzinfo=timezone(timedelta(hours=2)))
    one = cupel.verify(evidence, policy, now=at, anchors=svc.ANCHORS, nonce=bytes(32))
    two = cupel.verify(evidence, policy, now=svc.NOW, anchors=svc.ANCHORS, nonce=bytes(32))
    assert one == two
    assert one.appraised_at == at
    assert one.appraised_at.tzinfo is timezone.utc


@pytest.mark.parametrize("time", [datetime(2024, 6, 15, 12), 1 << 70, -(1 << 70)])
def test_a_time_that_names_no_moment_is_refused(evidence: bytes, time: datetime | int) -> None:
    with pytest.raises(cupel.CupelError) as raised:
        cupel.evaluate("tpm", evidence, now=time, anchors=svc.ANCHORS)
    assert raised.value.code == "invalid_argument"
    assert raised.value.where == "time"


@pytest.mark.parametrize("time", [1.5, "2024-06-15", None, True])
def test_what_is_no_time_is_a_type_error(evidence: bytes, time: object) -> None:
    with pytest.raises(TypeError):
        cupel.evaluate("tpm", evidence, now=time, anchors=svc.ANCHORS)  # type: ignore[arg-type]


def test_time_and_anchors_have_no_default(evidence: bytes) -> None:
    with pytest.raises(TypeError):
        cupel.evaluate("tpm", evidence, anchors=svc.ANCHORS)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        cupel.evaluate("tpm", evidence, now=svc.NOW)  # type: ignore[call-arg]


def test_no_anchors_trust_nothing(evidence: bytes) -> None:
    with pytest.raises(cupel.VerifyError) as raised:
        cupel.evaluate("tpm", evidence, now=svc.NOW, anchors=cupel.TrustAnchors())
    assert raised.value.code == "untrusted_chain"


def test_required_revocation_without_a_crl_is_undecided(evidence: bytes) -> None:
    with pytest.raises(cupel.CollateralError) as raised:
        cupel.evaluate("tpm", evidence, now=svc.NOW, anchors=svc.ANCHORS, revocation="required")
    assert raised.value.outcome == "undecided"


def test_unknown_revocation_mode_is_refused(evidence: bytes) -> None:
    with pytest.raises(cupel.CupelError) as raised:
        cupel.evaluate(
            "tpm",
            evidence,
            now=svc.NOW,
            anchors=svc.ANCHORS,
            revocation="never",  # type: ignore[arg-type]
        )
    assert (raised.value.code, raised.value.where) == ("invalid_argument", "revocation")


def test_unknown_family_is_refused(evidence: bytes) -> None:
    with pytest.raises(cupel.CupelError):
        cupel.evaluate("abacus", evidence, now=svc.NOW, anchors=svc.ANCHORS)
    with pytest.raises(cupel.CupelError) as raised:
        cupel.vendor_anchors("abacus")
    assert raised.value.code == "invalid_argument"


@pytest.mark.parametrize("junk", [b"", b"{", b"\xff" * 64, b"[]", b"{}", b'{"kind":"x"}'])
def test_junk_is_malformed(junk: bytes) -> None:
    with pytest.raises(cupel.ParseError):
        cupel.recognise(junk)
    with pytest.raises(cupel.ParseError):
        tpm.parse_evidence(junk)


def test_other_nonce_is_refused(evidence: bytes) -> None:
    verdict = cupel.verify(
        evidence,
        svc.load(svc.root_ca_policy()),
        now=svc.NOW,
        anchors=svc.ANCHORS,
        nonce=b"\1" * 32,
    )
    assert verdict.accepted is None


def test_verdict_has_two_reports(verdict: cupel.Verdict) -> None:
    assert verdict.accepted is not None
    assert verdict.to_dict() == json.loads(verdict.to_json())
    assert verdict.to_dict()["schema"] == "cupel.verdict/1"
    assert str(verdict) == verdict.explain() == cupel.explain(verdict)
    assert "\x1b[" not in str(verdict)
    assert "\x1b[" in verdict.explain(color=True)


def test_verdict_has_no_truth_value(verdict: cupel.Verdict) -> None:
    with pytest.raises(TypeError):
        bool(verdict)


def test_values_are_immutable(verdict: cupel.Verdict) -> None:
    with pytest.raises(AttributeError):
        verdict.accepted = None  # type: ignore[misc]
    with pytest.raises(TypeError):
        verdict.claims["tpm.pcr.sha256.0"] = b""  # type: ignore[index]
    anchors = cupel.TrustAnchors()
    more = anchors.with_certificates("root", svc.ANCHORS.certificates[0].der)
    assert not anchors
    assert more
    assert len((anchors | more | more).certificates) >= 1


@pytest.mark.parametrize("name", ["Verdict", "Claims", "TlsPin", "Acceptance", "Check"])
def test_results_cannot_be_made_by_hand(name: str) -> None:
    with pytest.raises(TypeError):
        getattr(cupel, name)()


def test_claims_are_a_mapping(verdict: cupel.Verdict) -> None:
    claims = verdict.claims
    assert len(claims) == len(list(claims)) == len(claims.to_dict())
    assert "tpm.pcr.sha256.15" in claims
    assert "tpm.pcr.sha256.16" not in claims
    assert claims.get("nothing") is None
    assert claims.provenance("tpm.pcr.sha256.15") == "evidence"
    assert isinstance(claims["common.valid_until"], datetime)
    with pytest.raises(KeyError):
        claims["nothing"]
    names = {definition.name for definition in cupel.claim_table("tpm")}
    assert "tpm.extra_data" in names


def test_pins_compare_and_check(authority: WebAuthority, other_authority: WebAuthority) -> None:
    identity = authority.leaf()
    pins = [
        svc.pin_for(kind, authority, identity)
        for kind in ("root_ca", "spki_sha256", "certificate_sha256")
    ]
    assert len(set(pins)) == 3
    for pin in pins:
        pin.check(identity.der, "localhost", svc.NOW)
        for wrong in (other_authority.leaf().der, [], [b""], [b"junk"]):
            with pytest.raises(cupel.CupelError):
                pin.check(wrong, "localhost", svc.NOW)
        assert pin.valid_until is not None
        with pytest.raises(cupel.CupelError) as raised:
            pin.check(identity.der, "localhost", int(pin.valid_until.timestamp()) + 1)
        assert raised.value.code == "expired"
    with pytest.raises(cupel.CupelError) as raised:
        pins[0].check(identity.der, "other.example", svc.NOW)
    assert raised.value.code == "pin_mismatch"


# ---- policies, pages, errors ----------------------------------------------------------------


def test_policy_survives_its_json() -> None:
    policy = svc.load(svc.root_ca_policy())
    assert svc.load(policy.to_json().encode()) == policy
    assert policy.accept[0].binds_tls_key
    assert cupel.explain(policy) == policy.explain()


@pytest.mark.parametrize("content", [b"", b"{}", b'{"version":1}', b'{"version":1,"version":1}'])
def test_bad_policy_is_a_policy_error(content: bytes) -> None:
    with pytest.raises(cupel.PolicyError) as raised:
        svc.load(content)
    assert raised.value.code == "bad_policy"
    assert raised.value.where.startswith("policy.json")
    assert cupel.lint(("policy.json", content), now=svc.NOW)


def test_missing_policy_file_is_an_argument(tmp_path: Path) -> None:
    with pytest.raises(cupel.CupelError) as raised:
        cupel.load_policy(tmp_path / "none.json")
    assert raised.value.code == "invalid_argument"
    with pytest.raises(cupel.CupelError):
        cupel.load_policy("nul\0byte")


def test_empty_policy_accepts_nothing(evidence: bytes) -> None:
    verdict = cupel.verify(evidence, cupel.Policy(), now=svc.NOW, anchors=svc.ANCHORS)
    assert verdict.accepted is None


def test_every_check_has_a_page() -> None:
    checks = cupel.all_checks()
    ids = [check.id for check in checks]
    assert ids == sorted(set(ids))
    for check in checks:
        assert check.id in cupel.explain(check.id)
    with pytest.raises(cupel.CupelError):
        cupel.explain("tpm-99")


def test_errors_carry_their_parts(evidence: bytes) -> None:
    with pytest.raises(cupel.VerifyError) as raised:
        cupel.evaluate("tpm", evidence, now=IN_2026, anchors=svc.ANCHORS)
    error = raised.value
    assert (error.code, error.outcome, error.check) == ("expired", "not_authentic", "tpm-04")
    assert error.remedy
    assert error.check in cupel.explain(error)
    assert str(error).startswith(f"expired at {error.where}")
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy)) == (type(error), str(error))


def test_rejection_names_what_failed(authority: WebAuthority) -> None:
    policy = svc.load(svc.root_ca_policy(require=policies.boot(pcr4=b"\x11" * 32)))
    verdict = cupel.verify(
        svc.root_ca_evidence(authority), policy, now=svc.NOW, anchors=svc.ANCHORS
    )
    error = cupel.RejectedError(verdict)
    assert error.verdict == verdict
    assert error.outcome == "refused"
    assert "tpm.pcr.sha256.4" in str(error)
    assert "11" * 32 in str(error)
    first = next(check for check in verdict.checks if not check.passed)
    assert (error.check, error.expected, error.actual) == (first.id, first.expected, first.actual)
    assert "11" * 32 in error.expected
    assert error.remedy
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.verdict) == (str(error), None)
    assert (copy.check, copy.expected, copy.actual) == (first.id, first.expected, first.actual)


def test_rejection_without_a_verdict_has_nothing_to_compare() -> None:
    error = cupel.RejectedError(None, "refused elsewhere")
    assert (error.check, error.expected, error.actual, error.remedy) == ("", "", "", "")


def test_errors_carry_what_is_documented_and_no_more(authority: WebAuthority) -> None:
    from cupel import errors

    table = (errors.__doc__ or "").split("=\n")[3]
    documented = {name for line in table.splitlines() for name in line[:20].split(", ")}
    documented = {name.strip() for name in documented if name.strip() and "=" not in name}
    policy = svc.load(svc.root_ca_policy(require=policies.boot(pcr4=b"\x11" * 32)))
    verdict = cupel.verify(
        svc.root_ca_evidence(authority), policy, now=svc.NOW, anchors=svc.ANCHORS
    )
    carried = set()
    for error in (cupel.RejectedError(verdict), cupel.StatusError(500), cupel.ParseError("x")):
        names = {name for name in dir(error) if not name.startswith("_")} - set(dir(Exception()))
        carried |= names - {"advise"}
    assert carried == documented


def test_files_that_are_no_endorsements_are_refused() -> None:
    with pytest.raises(cupel.ParseError):
        cupel.Endorsements([b"junk"])
    assert cupel.Endorsements([svc.ANCHORS.certificates[0].der]).certificates


@pytest.mark.parametrize("junk", [b"", b"junk", b"-----BEGIN CERTIFICATE-----\n"])
def test_files_that_are_no_anchors_are_refused(junk: bytes) -> None:
    with pytest.raises(cupel.CupelError) as raised:
        cupel.TrustAnchors().with_certificates("file", junk)
    assert raised.value.where.startswith("anchors")
    with pytest.raises(cupel.CupelError):
        cupel.TrustAnchors().with_key("file", junk)


def test_threads_verify_at_once(evidence: bytes) -> None:
    from concurrent.futures import ThreadPoolExecutor

    cache = cupel.ChainCache()
    policy = svc.load(svc.root_ca_policy())

    def once(_: int) -> bool:
        verdict = cupel.verify(
            evidence, policy, now=svc.NOW, anchors=svc.ANCHORS, nonce=bytes(32), cache=cache
        )
        return verdict.accepted is not None

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(once, range(64)))
    assert len(cache) > 0
