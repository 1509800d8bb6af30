"""Tokens of Azure Attestation from Python, and policies made from evidence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import cupel

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
