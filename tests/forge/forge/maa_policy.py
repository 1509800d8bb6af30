"""Policies for tokens, good as they stand, and the three kinds of case with them."""

from __future__ import annotations

import json
from typing import Any

from .maa import (
    HOSTDATA,
    ISSUER,
    MaaCase,
    certificate,
    jwk,
    token,
    x5c,
)

ALWAYS = ["policy-01", "policy-03", "policy-05", "policy-07", "policy-09"]
NONCE = bytes(range(32))
SIGNER = "rsa2048-ak"


def text(document: Any) -> bytes:
    """A file."""
    return (json.dumps(document, indent=1) + "\n").encode()


def judged(
    verdict: str,
    name: str,
    comment: str,
    files: dict[str, Any],
    evidence: str | None = None,
    failed: list[str] | None = None,
    claims: list[str] | None = None,
    **more: Any,
) -> MaaCase:
    """Authentic evidence and a policy."""
    expect: dict[str, Any] = {"stage": "appraise", "verdict": verdict}
    if verdict == "refused":
        expect["failed_checks"] = failed or ["policy-03"]
    if claims is not None:
        expect["failed_claims"] = claims
    named = {f: d if isinstance(d, bytes) else text(d) for f, d in files.items()}
    folder = f"maa/{'ok' if verdict == 'accepted' else verdict}--{name}"
    checks = ALWAYS if verdict == "accepted" else failed or ["policy-03"]
    return MaaCase(folder, comment, evidence or token(), expect, checks, policy=named, **more)


def ok(
    name: str, comment: str, files: dict[str, Any], evidence: str | None = None, **more: Any
) -> MaaCase:
    """Accepted."""
    return judged("accepted", name, comment, files, evidence, **more)


def refused(
    name: str,
    comment: str,
    files: dict[str, Any],
    evidence: str | None = None,
    claims: list[str] | None = None,
    **more: Any,
) -> MaaCase:
    """Authentic, and not acceptable."""
    return judged("refused", name, comment, files, evidence, claims=claims, **more)


def bad(name: str, comment: str, where: str, files: dict[str, Any]) -> MaaCase:
    """No policy."""
    named = {f: d if isinstance(d, bytes) else text(d) for f, d in files.items()}
    expect = {"stage": "policy", "code": "bad_policy", "where": where}
    return MaaCase(f"maa/bad_policy--{name}", comment, token(), expect, [], policy=named)


# ---- documents -----------------------------------------------------------------------------------


def own(**changes: Any) -> dict[str, Any]:
    """A policy of our own form."""
    one = {
        "family": "maa",
        "require": {
            "maa.iss": {"equals": ISSUER},
            "maa.x-ms-compliance-status": {"equals": "azure-compliant-uvm"},
            "maa.x-ms-sevsnpvm-hostdata": {"equals": HOSTDATA},
        },
        "bind": {
            "tls_key": {
                "claim": "maa.x-ms-runtime.certificate_hash",
                "form": "certificate_sha256",
            },
            "nonce": {"claim": "maa.x-ms-runtime.nonce"},
        },
        **changes,
    }
    return {"version": 1, "accept": [{k: v for k, v in one.items() if v is not None}]}


def flat(**changes: Any) -> dict[str, Any]:
    """A flat file; names with `_` for `-`."""
    out = {
        "iss": ISSUER,
        "x-ms-attestation-type": "sevsnpvm",
        "x-ms-compliance-status": "azure-compliant-uvm",
        "x-ms-sevsnpvm-hostdata": HOSTDATA,
        "x-ms-sevsnpvm-is-debuggable": False,
    }
    out.update({name.replace("_", "-"): value for name, value in changes.items()})
    return {name: value for name, value in out.items() if value is not None}


def condition(claim: str, value: Any, op: str = "equals") -> dict[str, Any]:
    """One condition."""
    return {"claim": claim, op: value}


MEASURED = [
    condition("x-ms-sevsnpvm-hostdata", HOSTDATA),
    condition("x-ms-compliance-status", "azure-compliant-uvm"),
    condition("x-ms-sevsnpvm-is-debuggable", "false"),
]


def release(*more: Any, authority: str = ISSUER + "/") -> dict[str, Any]:
    """A key-release policy."""
    return {"version": "1.0.0", "anyOf": [{"authority": authority, "allOf": [*MEASURED, *more]}]}


def import_config(*lists: Any, endpoint: str = ISSUER.removeprefix("https://")) -> dict[str, Any]:
    """An importkeyconfig.json."""
    return {
        "key": {
            "kid": "model-key",
            "kty": "oct-HSM",
            "authority": {"endpoint": endpoint},
            "akv": {
                "endpoint": "vault.managedhsm.azure.net",
                "api_version": "api-version=7.4",
                "bearer_token": "",
            },
        },
        "claims": list(lists) or [MEASURED],
    }


def signer_shapes() -> dict[str, dict[str, Any]]:
    """One key, four ways to write it."""
    by_numbers = jwk(SIGNER, alg="RS256", use="sig")
    by_certificate = {"kty": "RSA", "x5c": x5c(certificate(SIGNER, "Auditor"))}
    return {
        "numbers": by_numbers,
        "certificate": by_certificate,
        "jwk_numbers": {"jwk": by_numbers},
        "jwk_certificate": {"jwk": by_certificate},
    }
