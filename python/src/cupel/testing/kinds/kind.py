"""What a kind is made of, and the attacks that all simulated kinds share."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic

from cupel.testing.attacks import Attack, ServiceT
from cupel.testing.identity import TlsIdentity
from cupel.testing.local import recorded
from cupel.testing.simulated import SimulatedService, Simulator

OLD_NONCE = hashlib.sha256(b"somebody else's nonce").digest()

Mount = Callable[[SimulatedService], SimulatedService]


@dataclass(frozen=True)
class Kind(Generic[ServiceT]):
    """One kind of hardware: a service of its own, and the attacks on it."""

    stands_in: str  # a sentence: what stands in for what
    start: str  # a sentence: what starting the service did
    make: Callable[..., ServiceT]  # takes port, attestation_port, upstream and delay
    attacks: tuple[Attack[ServiceT], ...]
    # Shows reference values computed from files: takes the command and where to tell; gives facts.
    measured: Callable[[str, Callable[[str], None]], dict[str, object]] | None = None


def instead(make: Callable[[Any], Simulator]) -> Mount:
    """Mounts another machine, made from the genuine simulator, in its place."""
    return lambda genuine: SimulatedService(make(genuine.simulator))


def replayed(genuine: SimulatedService) -> SimulatedService:
    """Genuine evidence made for somebody else's nonce, in the hands of who holds the TLS key."""
    old = recorded({path: genuine.evidence_of(path, OLD_NONCE) for path in genuine.evidence_types})
    return SimulatedService(genuine.simulator, evidence=old)


def relayed(genuine: SimulatedService) -> SimulatedService:
    """Genuine evidence, fresh for every nonce, relayed by a server with a TLS key of its own."""
    return SimulatedService(genuine.simulator, tls=TlsIdentity(), evidence=genuine.evidence_of)


def altered(change: Callable[[bytes, TlsIdentity], bytes]) -> Mount:
    """As relayed(), but the relay changes the evidence on its way, with its own TLS key in hand."""

    def mount(genuine: SimulatedService) -> SimulatedService:
        tls = TlsIdentity()

        def evidence(path: str, nonce: bytes | None) -> bytes:
            return change(genuine.evidence_of(path, nonce), tls)

        return SimulatedService(genuine.simulator, tls=tls, evidence=evidence)

    return mount


def refused(name: str, story: str, mount: Mount, *claims: str) -> Attack[SimulatedService]:
    """An attack that the policy refuses, over these claims."""
    return Attack(name, story, mount, 1, "refused", claims, "RejectedError")


def not_authentic(
    name: str, story: str, mount: Mount, code: str, check: str
) -> Attack[SimulatedService]:
    """An attack whose evidence is not believed at all."""
    return Attack(name, story, mount, 3, code, (), "VerifyError", check)


def malformed(
    name: str, story: str, mount: Mount, code: str, check: str
) -> Attack[SimulatedService]:
    """An attack whose evidence is not even read to its end."""
    return Attack(name, story, mount, 4, code, (), "ParseError", check)


def replay(claim: str) -> Attack[SimulatedService]:
    """An old answer, shown again. `claim` is where the nonce stands."""
    return refused(
        "an old answer, replayed",
        "The attacker recorded genuine evidence and even got hold of the TLS key. But the "
        "evidence answers somebody else's nonce, and the machine it speaks of may be long gone.",
        replayed,
        claim,
    )


RELAY: Attack[SimulatedService] = Attack(
    "genuine evidence, another TLS key",
    "The attacker relays each request for evidence to the genuine machine: the nonce is right, "
    "every measurement is right, the policy says yes. The key that the evidence names is not his, "
    "though, and the handshake ends before the prompt begins.",
    relayed,
    3,
    "pin_mismatch",
    (),
    "SessionError",
)
