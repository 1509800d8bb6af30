"""cupel.nitro: attestation documents of AWS Nitro, step by step."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

import cupel
from cupel import nitro
from rooms import captured, case, expectation, refused, run_example, seconds


def verified(name: str) -> nitro.VerifiedDocument:
    given = case("nitro", name)
    return nitro.verify(
        nitro.parse(given.evidence),
        **given.judged,
        endorsements=cupel.Endorsements(given.endorsements),
    )


def test_example_runs() -> None:
    given = case("nitro", "ok--members_absent")
    space = run_example(nitro, {**given.judged, "nitro": nitro, "evidence": given.evidence})
    assert space["claims"].to_dict() == given.evaluated.to_dict()


def test_fields_are_what_the_claims_say() -> None:
    document, claims = verified("ok--all_crls").value, case("nitro", "ok--all_crls").evaluated
    assert document.raw == case("nitro", "ok--all_crls").evidence
    assert document.kind == claims["nitro.kind"] == "enclave"
    assert document.module_id == claims["nitro.module_id"]
    registers = {i: claims.get(f"nitro.pcr.{i}") for i in range(nitro.PCR_COUNT)}
    assert document.pcrs == {i: value for i, value in registers.items() if value is not None}
    timestamp = datetime.fromtimestamp(document.timestamp_ms // 1000, timezone.utc)
    assert timestamp == claims["nitro.timestamp"]
    assert document.signer is not None
    assert document.signer.subject == claims["nitro.certificate.subject"]
    assert document.signer.not_after == claims["nitro.certificate.not_after"]


def test_an_instance_speaks_by_its_tpm() -> None:
    document = verified("ok--nitro_tpm").value
    claims = case("nitro", "ok--nitro_tpm").evaluated
    assert document.kind == "nitro_tpm"
    assert document.pcrs[4] == claims["nitro.tpm_pcr.4"]
    assert max(document.pcrs) < nitro.TPM_PCR_COUNT


def test_members_may_be_absent() -> None:
    document = verified("ok--members_absent").value
    assert (document.public_key, document.user_data, document.nonce) == (None, None, None)
    assert verified("ok--user_data_empty").value.user_data == b""
    long = verified("ok--members_of_1024_bytes").value
    assert long.user_data is not None
    assert len(long.user_data) == 1024


def test_the_signer_is_named_after_verification_only() -> None:
    document = nitro.parse(case("nitro", "ok--members_absent").evidence)
    assert document.signer is None
    assert len(document.cabundle) >= 2
    assert document.certificate.startswith(b"\x30\x82")


def test_registers_are_a_copy() -> None:
    held = verified("ok--members_absent")
    before = held.value.pcrs
    held.value.pcrs[0] = b"other software"
    assert held.value.pcrs == before
    for value, name in [(held, "value"), (held.value, "pcrs"), (held.value.signer, "subject")]:
        with pytest.raises(AttributeError):
            setattr(value, name, getattr(value, name))


@pytest.mark.parametrize("cut", [0, 1, 5, 100, 1000, -1])
def test_a_document_that_is_cut_is_malformed(cut: int) -> None:
    evidence = case("nitro", "ok--members_absent").evidence
    with pytest.raises(cupel.ParseError) as raised:
        nitro.parse(memoryview(evidence)[:cut])
    assert raised.value.where.startswith("nitro.")


def test_a_document_that_is_too_large_is_refused() -> None:
    with pytest.raises(cupel.ParseError) as raised:
        nitro.parse(bytes(nitro.MAX_DOCUMENT_SIZE + 1))
    assert raised.value.code == "too_large"


def test_our_roots_are_not_amazons() -> None:
    given = case("nitro", "ok--members_absent")
    document = nitro.parse(given.evidence)
    error = refused(
        lambda: nitro.verify(document, now=given.judged["now"], anchors=nitro.vendor_anchors()),
        "untrusted_chain",
        "nitro.certificate",
    )
    assert isinstance(error, cupel.VerifyError)


def test_needed_are_revocation_lists() -> None:
    requests = nitro.needed(nitro.parse(case("nitro", "ok--members_absent").evidence))
    assert {request.kind for request in requests} <= {"crl", "certificate"}


# ---- captured documents ---------------------------------------------------------------------


@pytest.mark.parametrize("name", ["prod-2024-03-user-data-42", "prod-2026-03-nonce-64"])
def test_captured_document_is_verified_step_by_step(name: str) -> None:
    folder = captured("nitro", name)
    says = expectation(folder)
    document = nitro.parse((folder / "doc.cbor").read_bytes())
    assert document.module_id == says["expected"]["module_id"]
    assert {str(i): value.hex() for i, value in document.pcrs.items()} == says["expected"]["pcrs"]
    held = nitro.verify(document, now=seconds(says["verify_at"]), anchors=nitro.vendor_anchors())
    assert held.value.signer is not None
    assert held.valid_until is not None


def test_captured_document_of_another_root_is_refused() -> None:
    folder = captured("nitro", "neg-foreign-root-2024-12")
    document = nitro.parse((folder / "doc.cbor").read_bytes())
    now = seconds(expectation(folder)["verify_at"])
    refused(
        lambda: nitro.verify(document, now=now, anchors=nitro.vendor_anchors()),
        "untrusted_chain",
        "nitro.certificate",
    )
