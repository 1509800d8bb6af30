"""Tokens of Azure Attestation from Python, and policies made from evidence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import cupel
from cupel import maa
from rooms import captured, case, expectation, run_example, seconds

VECTORS = Path(__file__).resolve().parents[2] / "tests" / "vectors" / "maa"
ISSUER = "https://testmaa.eus.attest.azure.net"
NOW = 1718452800


def trust(name: str = "ok--container_group") -> cupel.TrustAnchors:
    """The key set of a forged case, for its issuer."""
    return cupel.TrustAnchors().with_issuer_keys(
        ISSUER, (VECTORS / name / "keys-0.json").read_bytes()
    )


def evaluate(name: str, anchors: cupel.TrustAnchors | None = None) -> cupel.Claims:
    """The claims of a forged token."""
    token = (VECTORS / name / "token.jwt").read_bytes()
    return cupel.evaluate("maa", token, now=NOW, anchors=trust() if anchors is None else anchors)


def test_a_token_becomes_claims_with_their_types() -> None:
    claims = evaluate("ok--container_group")
    assert claims["maa.iss"] == ISSUER
    assert claims["maa.x-ms-sevsnpvm-is-debuggable"] is False
    assert claims["maa.x-ms-sevsnpvm-microcode-svn"] == 115
    assert isinstance(claims["maa.x-ms-sevsnpvm-hostdata"], bytes)


def test_nobody_is_trusted_unless_named() -> None:
    with pytest.raises(cupel.VerifyError) as caught:
        evaluate("ok--container_group", cupel.TrustAnchors())
    assert (caught.value.code, caught.value.check) == ("untrusted_chain", "maa-06")


def test_anchors_can_be_united() -> None:
    united = cupel.TrustAnchors() | trust()
    assert evaluate("ok--container_group", united)["maa.signer.trust"] == "issuer_keys"


@pytest.mark.parametrize(
    "issuer", ["", "testmaa.eus.attest.azure.net", ISSUER + "/", "https://A.b"]
)
def test_issuers_have_one_text(issuer: str) -> None:
    keys = (VECTORS / "ok--container_group" / "keys-0.json").read_bytes()
    with pytest.raises(cupel.CupelError) as caught:
        cupel.TrustAnchors().with_issuer_keys(issuer, keys)
    assert caught.value.where == "anchors.issuer"


def test_a_policy_from_evidence_accepts_it_and_refuses_others() -> None:
    claims = evaluate("ok--container_group")
    text = cupel.make_policy_from_evidence(claims, ("token.jwt", b"token"), now=NOW)
    assert json.loads(text)["comment"].startswith("TRUST ON FIRST USE")
    policy = cupel.load_policy(("made.json", text.encode()))
    assert cupel.appraise(claims, policy, now=NOW).accepted is not None
    for other in ("ok--virtual_machine", "ok--enclave", "ok--trusted_launch"):
        assert cupel.appraise(evaluate(other), policy, now=NOW).accepted is None


def test_no_policy_is_made_from_a_debug_guest() -> None:
    claims = evaluate("ok--virtual_machine_open_to_debugging")
    with pytest.raises(cupel.CupelError) as caught:
        cupel.make_policy_from_evidence(claims, ("token.jwt", b"token"), now=NOW)
    assert caught.value.where == "evidence"


def test_files_become_a_policy_of_our_own_form() -> None:
    path = VECTORS / "ok--key_release" / "release.json"
    made = cupel.make_policy(path, now=NOW)
    assert cupel.load_policy(("made.json", made.encode())).accept[0].family == "maa"
    with pytest.raises(cupel.CupelError):
        cupel.make_policy(("x.json", b"{}"), now=NOW)


# ---- cupel.maa, step by step ----------------------------------------------------------------


def compact(name: str) -> str:
    return case("maa", name).evidence.decode().rstrip("\n")


def verified(name: str) -> maa.VerifiedToken:
    given = case("maa", name)
    return maa.verify(maa.parse_evidence(given.evidence), **given.judged)


def test_example_runs() -> None:
    given = case("maa", "ok--container_group")
    space = run_example(
        maa,
        {
            "now": given.judged["now"],
            "cupel": cupel,
            "maa": maa,
            "compact": compact("ok--container_group"),
            "issuer": ISSUER,
            "jwks": given.read("keys-0.json"),
        },
    )
    assert space["claims"].to_dict() == given.evaluated.to_dict()


def test_fields_are_what_the_claims_say() -> None:
    token, claims = verified("ok--container_group").value, evaluate("ok--container_group")
    assert token.issuer == claims["maa.iss"]
    assert token.attestation_type == claims["maa.x-ms-attestation-type"]
    assert (token.issued_at, token.expires) == (claims["maa.iat"], claims["maa.exp"])
    assert token.kid == claims["maa.signer.kid"]
    assert token.key is not None
    assert token.key.trust == claims["maa.signer.trust"] == "issuer_keys"
    assert token.key.spki_sha256 == claims["maa.signer.spki_sha256"]
    stated = token.claims
    for path in ("maa.x-ms-sevsnpvm-hostdata", "maa.x-ms-policy-hash", "maa.exp"):
        assert stated[path] == claims[path], path
    assert json.loads(token.payload)["iss"] == token.issuer


def test_a_parsed_token_names_no_key() -> None:
    token = maa.parse(compact("ok--container_group"))
    assert token.key is None
    assert token.issuer == ISSUER


@pytest.mark.parametrize(
    ("name", "kind"),
    [("ok--sgx_quote_in_the_certificate", "sgx"), ("ok--snp_report_in_the_certificate", "snp")],
)
def test_evidence_about_the_signer_is_handed_on(name: str, kind: str) -> None:
    held = verified(name)
    assert held.value.key is not None
    assert held.value.key.evidence == kind
    found = maa.signer_evidence(held)
    assert found is not None
    assert found.kind == kind
    assert found.evidence
    assert maa.signer_evidence(verified("ok--container_group")) is None


def test_the_answer_of_a_service_is_for_parse_evidence() -> None:
    given = case("maa", "ok--answer_of_the_service")
    assert maa.parse_evidence(bytearray(given.evidence)).issuer == ISSUER
    with pytest.raises(cupel.ParseError) as raised:
        maa.parse(given.evidence.decode())
    assert raised.value.where.startswith("maa.")


@pytest.mark.parametrize("junk", ["", ".", "..", "a.b.c", "\0", "é", "{}"])
def test_junk_is_no_token(junk: str) -> None:
    with pytest.raises(cupel.ParseError) as raised:
        maa.parse(junk)
    assert raised.value.where.startswith("maa.")


def test_a_lone_surrogate_is_a_type_error() -> None:
    with pytest.raises(TypeError):
        maa.parse("\ud800")


def test_nobody_is_the_vendor() -> None:
    assert not maa.vendor_anchors()


def test_claims_of_a_token_are_a_copy() -> None:
    held = verified("ok--container_group")
    held.value.claims["maa.iss"] = "https://other.example"
    assert held.value.claims["maa.iss"] == ISSUER
    for value, name in [(held, "value"), (held.value, "key"), (held.value.key, "trust")]:
        with pytest.raises(AttributeError):
            setattr(value, name, getattr(value, name))


def test_clock_skew_is_granted_to_the_beginning_only() -> None:
    given = case("maa", "ok--container_group")
    token, anchors = maa.parse_evidence(given.evidence), given.judged["anchors"]
    assert token.not_before is not None
    assert token.expires is not None
    begins, ends = int(token.not_before.timestamp()), int(token.expires.timestamp())
    maa.verify(token, now=begins - maa.CLOCK_SKEW_S, anchors=anchors)
    for now, code in [(begins - maa.CLOCK_SKEW_S - 1, "not_yet_valid"), (ends, "expired")]:
        with pytest.raises(cupel.VerifyError) as raised:
            maa.verify(token, now=now, anchors=anchors)
        assert raised.value.code == code


def test_captured_token_is_verified_step_by_step() -> None:
    folder = captured("tokens", "maa-sgx-shared-2022-06")
    says = expectation(folder)
    token = maa.parse((folder / "token.jwt").read_text(encoding="ascii").strip())
    assert token.issuer == says["expected"]["issuer"]
    anchors = cupel.TrustAnchors().with_issuer_keys(
        token.issuer, (folder / "jwks.json").read_bytes()
    )
    held = maa.verify(token, now=seconds(says["verify_at"]), anchors=anchors)
    assert held.value.kid == says["expected"]["kid"]
    assert held.value.claims["maa.is-debuggable"] is True
