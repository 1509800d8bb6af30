"""Verify confidential-computing evidence, pin the service's TLS key, and only then send.

Most people need a client:

    client = cupel.Client(base_url="https://llm.example", policy="policy.json")
    reply = client.chat.completions.create(model="…", messages=[…])
    print(reply.attestation)          # the verdict: what was proved, what was not

People who verify offline call the steps themselves; none of them reads a clock or the network:

    family = cupel.recognise(evidence)
    claims = cupel.evaluate(family, evidence, now=now, anchors=cupel.vendor_anchors(family))
    verdict = cupel.appraise(claims, cupel.load_policy("policy.json"), now=now)

`cupel.openai` and `cupel.testing`, which need more than the package does, are imported when they
are first named. Names are those of the C++ library. Nothing happens on import, and nothing on
construction but storing; the first request of a client attests.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from cupel import blindai, completion, dcap, hcl, maa, measure, nitro, sgx, snp, tdx, tpm, uvm
from cupel._api import evaluate, explain, lint, load_policy, make_policy, verify
from cupel._core import (
    MAX_EVIDENCE_SIZE,
    Acceptance,
    Alternative,
    Anchor,
    Attestation,
    ChainCache,
    Check,
    CheckInfo,
    ClaimDef,
    Claims,
    CollateralRequest,
    Endorsements,
    LintFinding,
    NamedDer,
    Policy,
    SessionOptions,
    TlsPin,
    TrustAnchors,
    Verdict,
    __version__,
    all_checks,
    appraise,
    attest,
    check_table,
    claim_table,
    describe,
    evidence_protocols,
    families,
    find_check,
    make_policy_from_evidence,
    needed,
    random_nonce,
    recognise,
    services,
    system_now,
    vendor_anchors,
)
from cupel._trust import load_anchors
from cupel.client import AsyncClient, Client
from cupel.errors import (
    CollateralError,
    CupelError,
    ParseError,
    PinError,
    PolicyError,
    RejectedError,
    SessionError,
    StatusError,
    VerifyError,
    find_error,
)
from cupel.tls import AttestedSSLContext

if TYPE_CHECKING:
    from cupel import openai as openai
    from cupel import testing as testing

__all__ = [
    "MAX_EVIDENCE_SIZE",
    "Acceptance",
    "Alternative",
    "Anchor",
    "AsyncClient",
    "Attestation",
    "AttestedSSLContext",
    "ChainCache",
    "Check",
    "CheckInfo",
    "ClaimDef",
    "Claims",
    "Client",
    "CollateralError",
    "CollateralRequest",
    "CupelError",
    "Endorsements",
    "LintFinding",
    "NamedDer",
    "ParseError",
    "PinError",
    "Policy",
    "PolicyError",
    "RejectedError",
    "SessionError",
    "SessionOptions",
    "StatusError",
    "TlsPin",
    "TrustAnchors",
    "Verdict",
    "VerifyError",
    "__version__",
    "all_checks",
    "appraise",
    "attest",
    "blindai",
    "check_table",
    "claim_table",
    "completion",
    "dcap",
    "describe",
    "evaluate",
    "evidence_protocols",
    "explain",
    "families",
    "find_check",
    "find_error",
    "hcl",
    "lint",
    "load_anchors",
    "load_policy",
    "maa",
    "make_policy",
    "make_policy_from_evidence",
    "measure",
    "needed",
    "nitro",
    "random_nonce",
    "recognise",
    "services",
    "sgx",
    "snp",
    "system_now",
    "tdx",
    "tpm",
    "uvm",
    "vendor_anchors",
    "verify",
]

_ON_DEMAND = ("openai", "testing")


def __getattr__(name: str) -> ModuleType:
    """Imports the modules that `import cupel` leaves alone."""
    if name not in _ON_DEMAND:
        raise AttributeError(f"module 'cupel' has no attribute '{name}'")
    try:
        return import_module(f"cupel.{name}")
    except ImportError as error:
        needed = f"cupel.{name} needs `pip install 'cupel[{name}]'`: {error}"
        raise AttributeError(needed) from error


def __dir__() -> list[str]:
    return sorted({*globals(), *_ON_DEMAND})
