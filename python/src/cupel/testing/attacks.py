"""Attacks: ways to stand in for a genuine service, and how each must end. Those on a TPM's."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from cupel.testing.authorities import VtpmAuthority, WebAuthority
from cupel.testing.local import LocalService
from cupel.testing.server import BUNDLE_PATH, DOCUMENT_PATH
from cupel.testing.service import AttestedService, recorded

ServiceT = TypeVar("ServiceT", bound=LocalService)


@dataclass(frozen=True)
class Attack(Generic[ServiceT]):
    """One attack. `mount` gives a service that is not started yet."""

    name: str
    story: str
    mount: Callable[[ServiceT], ServiceT]
    exit_code: int  # of `cupel ask`
    code: str  # of the error
    failing_claims: tuple[str, ...]  # of the verdict, when there is one
    python_error: str
    check: str = ""  # that the error names; empty: whichever


def another_disk(genuine: AttestedService) -> AttestedService:
    """The same machine with another application disk, everything else in order."""
    return AttestedService(
        vtpm_authority=genuine.vtpm_authority,
        application_disk_roothash=hashlib.sha256(b"an application that keeps notes").hexdigest(),
    )


def replayed_quote(genuine: AttestedService) -> AttestedService:
    """Genuine evidence made for somebody else's nonce, in the hands of who holds the TLS key."""
    old = hashlib.sha256(b"somebody else's nonce").digest()
    return AttestedService(
        web_authority=genuine.web_authority,
        evidence=recorded(
            {path: genuine.evidence_of(path, old) for path in (DOCUMENT_PATH, BUNDLE_PATH)}
        ),
    )


def relayed_evidence(genuine: AttestedService) -> AttestedService:
    """Genuine evidence, fresh for every nonce, relayed by a server with a TLS key of its own."""
    return AttestedService(tls_authority=WebAuthority(), evidence=genuine.evidence_of)


def unknown_vendor(genuine: AttestedService) -> AttestedService:
    """The very same software, attested by a TPM that an unknown authority certified."""
    return AttestedService(
        vtpm_authority=VtpmAuthority("homemade"),
        boot=genuine.machine.boot,
        application_disk_roothash=genuine.machine.application_disk_roothash,
    )


ATTACKS = (
    Attack(
        name="another application disk",
        story="The operator boots the genuine system with an application of his own that keeps "
        "notes. The TPM is real, the TLS key is measured, the nonce is answered. Only the disk is "
        "another one, and he cannot hide it: it was measured before it was opened.",
        mount=another_disk,
        exit_code=1,
        code="refused",
        failing_claims=("tpm.supplied.application_disk_roothash",),
        python_error="RejectedError",
    ),
    Attack(
        name="an old quote, replayed",
        story="The attacker recorded genuine evidence and even got hold of the TLS key. But the "
        "quote answers somebody else's nonce, and the machine it speaks of may be long gone.",
        mount=replayed_quote,
        exit_code=1,
        code="refused",
        failing_claims=("tpm.extra_data",),
        python_error="RejectedError",
    ),
    Attack(
        name="genuine evidence, another TLS key",
        story="The attacker relays each request for evidence to the genuine machine: the nonce is "
        "right, every register is right, the policy says yes. The key that was measured is not "
        "his, though, and the handshake ends before the prompt begins.",
        mount=relayed_evidence,
        exit_code=3,
        code="pin_mismatch",
        failing_claims=(),
        python_error="SessionError",
    ),
    Attack(
        name="a TPM that nobody vouches for",
        story="The attacker emulates the whole machine at home, registers and all, with a TPM he "
        "made himself. No authority that the client knows has certified its key.",
        mount=unknown_vendor,
        exit_code=3,
        code="untrusted_chain",
        failing_claims=(),
        python_error="VerifyError",
    ),
)
