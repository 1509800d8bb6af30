"""SimulatedService: a local service whose evidence is that of hardware which is not there.

A Simulator is one pretended machine: the TLS key that was made in it, the evidence that names the
key, and what a client is told about it. What is real is the form of everything on the wire.
"""

from __future__ import annotations

import ssl
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from cupel._options import EvidenceProtocol
from cupel.testing.errors import ServiceError
from cupel.testing.identity import TlsIdentity
from cupel.testing.keeper import Keeper
from cupel.testing.local import LocalService, Trust
from cupel.testing.server import EvidenceSource


class Simulator(ABC):
    """One pretended machine."""

    protocol: ClassVar[
        EvidenceProtocol
    ]  # how its evidence is asked for, as `cupel ask --evidence` names it
    evidence_types: ClassVar[Mapping[str, str]]  # where it is served: paths with media types

    def __init__(self) -> None:
        """Makes the machine's TLS key."""
        self.identity = TlsIdentity()

    def start(self, keeper: Keeper) -> None:  # noqa: B027
        """Starts what needs processes of its own, if anything does; the keeper ends them."""

    @abstractmethod
    def evidence(self, path: str, nonce: bytes) -> bytes:
        """Fresh evidence for one of its paths; an empty nonce is none."""

    @abstractmethod
    def policy(self) -> dict[str, Any]:
        """Cupel's policy JSON that accepts exactly this machine and demands a nonce."""

    @abstractmethod
    def write_trust(self, folder: Path) -> Trust:
        """Writes the demo vendor's roots or keys into files there."""


class SimulatedService(LocalService):
    """A pretended machine's evidence, and a completion API behind its TLS key."""

    def __init__(
        self,
        simulator: Simulator,
        *,
        port: int = 0,
        attestation_port: int | None = None,
        upstream: str | None = None,
        tls: TlsIdentity | None = None,
        evidence: EvidenceSource | None = None,
        delay: float = 0.0,
    ) -> None:
        """Stores the settings; start() or `with` starts it. See LocalService for most of them.

        For attacks:
        tls: the key the server really shows, when it is not the simulator's own.
        evidence: gives the evidence instead of the simulator, which is not started then:
            recorded({...}), or another service's `evidence_of` for a live relay.
        """
        super().__init__(
            port=port,
            attestation_port=attestation_port,
            upstream=upstream,
            evidence=evidence,
            delay=delay,
        )
        self.simulator = simulator
        self._tls = tls or simulator.identity
        self._trust: Trust | None = None

    @property
    def evidence_protocol(self) -> EvidenceProtocol:
        """The simulator's."""
        return self.simulator.protocol

    @property
    def evidence_types(self) -> Mapping[str, str]:
        """The simulator's."""
        return self.simulator.evidence_types

    @property
    def trust(self) -> Trust:
        """The demo vendor's roots or keys."""
        if self._trust is None:
            raise ServiceError("this service has no machine of its own, or is not running")
        return self._trust

    def policy(self) -> dict[str, Any]:
        """The simulator's."""
        return self.simulator.policy()

    def _tls_context(self, folder: Path) -> ssl.SSLContext:
        return self._tls.server_context(folder)

    def _boot(self, keeper: Keeper) -> None:
        if self._foreign_evidence is None:
            self.simulator.start(keeper)
            self._trust = self.simulator.write_trust(keeper.folder)

    def _evidence(self, path: str, nonce: bytes | None) -> bytes:
        return self.simulator.evidence(path, nonce or b"")
