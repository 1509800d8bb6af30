"""AttestedService: a local attested service, to try and to test clients against.

    with AttestedService() as service:
        policy = service.write_policy(Path("policy.json"))
        # service.base_url, service.root_ca_file: what a client needs besides the policy

It is a simulator: its TPM is a program, and whoever runs it can read what is sent to it. What it
shows is that the checks work, not that this machine keeps secrets. It listens on loopback only.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cupel.testing.authorities import VtpmAuthority, WebAuthority
from cupel.testing.boot import BootProfile
from cupel.testing.errors import ServiceError
from cupel.testing.keeper import Keeper
from cupel.testing.local import LocalService, Trust, recorded
from cupel.testing.machine import DEFAULT_BANKS, DEFAULT_ROOTHASH, DEFAULT_SELECTION, Machine
from cupel.testing.policies import cupel_policy, measurements_files, write_json
from cupel.testing.server import BUNDLE_PATH, DOCUMENT_PATH, JSON, EvidenceSource

__all__ = ["AttestedService", "recorded"]


class AttestedService(LocalService):
    """A machine with a software TPM, its evidence, and a completion API behind attested TLS."""

    def __init__(
        self,
        *,
        port: int = 0,
        attestation_port: int | None = None,
        application_disk_roothash: str = DEFAULT_ROOTHASH,
        boot: BootProfile | None = None,
        ak_algorithm: str = "rsassa",
        banks: Sequence[str] = DEFAULT_BANKS,
        selection: Mapping[str, Sequence[int]] = DEFAULT_SELECTION,
        upstream: str | None = None,
        vtpm_authority: VtpmAuthority | None = None,
        web_authority: WebAuthority | None = None,
        tls_authority: WebAuthority | None = None,
        static_only: bool = False,
        evidence: EvidenceSource | None = None,
        delay: float = 0.0,
    ) -> None:
        """Stores the settings; start() or `with` boots the machine.

        port, attestation_port: 0 picks a free one. With attestation_port None one port serves
            evidence and API; otherwise each has its own.
        boot, application_disk_roothash: what is measured.
        ak_algorithm: rsassa, rsapss or ecdsa. banks: what the boot is measured into (and logged).
        selection: what is quoted, {bank: registers}.
        upstream: an OpenAI-compatible server that gives the answers.

        For attacks:
        vtpm_authority: who certifies the attestation key; another one is an unknown vendor.
        web_authority: the TLS authority the machine measures; tls_authority: the one whose key the
            server really shows, when it is another.
        static_only: answers every request for evidence with the one made at start.
        evidence: gives the evidence instead of a machine of our own (then no TPM is started):
            recorded({...}), or another service's `evidence_of` for a live relay.
        delay: seconds to wait before each response.
        """
        super().__init__(
            port=port,
            attestation_port=attestation_port,
            upstream=upstream,
            evidence=evidence,
            delay=delay,
        )
        self._settings: dict[str, Any] = {
            "application_disk_roothash": application_disk_roothash,
            "boot": boot,
            "banks": banks,
            "selection": selection,
            "ak_algorithm": ak_algorithm,
        }
        self.vtpm_authority = vtpm_authority or VtpmAuthority()
        self.web_authority = web_authority or WebAuthority()
        self._tls_authority = tls_authority or self.web_authority
        self._static_only = static_only
        self._machine: Machine | None = None
        self._static: dict[str, bytes] = {}

    @property
    def evidence_types(self) -> Mapping[str, str]:
        """Both documents are JSON."""
        return dict.fromkeys((DOCUMENT_PATH, BUNDLE_PATH), JSON)

    def _tls_context(self, folder: Path) -> ssl.SSLContext:
        (folder / "vtpm-root.pem").write_text(self.vtpm_authority.root_pem, encoding="ascii")
        return self._tls_authority.server_context(folder)

    def _boot(self, keeper: Keeper) -> None:
        if self._foreign_evidence is not None:
            return
        self._machine = Machine(
            keeper,
            web_authority=self.web_authority,
            vtpm_authority=self.vtpm_authority,
            **self._settings,
        )
        self._static = {
            DOCUMENT_PATH: self._machine.document(),
            BUNDLE_PATH: self._machine.bundle(source=self.attestation_url + BUNDLE_PATH),
        }

    # ---- what a client needs -------------------------------------------------------------------

    @property
    def trust(self) -> Trust:
        """The demo vTPM root."""
        return Trust(anchors=self.root_ca_file)

    @property
    def root_ca_file(self) -> Path:
        """The demo vTPM root, PEM: the anchor a client must name on purpose."""
        return self._folder / "vtpm-root.pem"

    @property
    def machine(self) -> Machine:
        """The machine behind the evidence."""
        if self._machine is None:
            raise ServiceError("this service has no machine of its own, or is not running")
        return self._machine

    def policy(self, *, nonce: bool = True) -> dict[str, Any]:
        """A policy that accepts exactly this service; see policies.cupel_policy."""
        return cupel_policy(self.machine, nonce=nonce)

    def write_policy(self, path: Path | str | None = None, *, nonce: bool = True) -> Path:
        """The same as a file; without a path it lives in the service's folder and ends with it."""
        name = "policy.json" if nonce else "policy-without-nonce.json"
        target = self._folder / name if path is None else Path(path)
        return write_json(target, self.policy(nonce=nonce))

    def measurements_files(self, folder: Path | str | None = None) -> tuple[Path, Path]:
        """BlindLlama's measurements_azure.json and application.json in a folder."""
        return measurements_files(self.machine, self._folder if folder is None else Path(folder))

    def evidence_of(self, path: str = BUNDLE_PATH, nonce: bytes | None = None) -> bytes:
        """The evidence a client gets at a path. Also the source for a relay's `evidence`."""
        return super().evidence_of(path, nonce)

    def _evidence(self, path: str, nonce: bytes | None) -> bytes:
        if self._static_only or (nonce is None and path == DOCUMENT_PATH):
            return self._static[path]
        if path == DOCUMENT_PATH:
            return self.machine.document(nonce or b"")
        return self.machine.bundle(nonce or b"", source=self.attestation_url + path)
