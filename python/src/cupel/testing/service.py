"""AttestedService: a local attested service, to try and to test clients against.

    with AttestedService() as service:
        policy = service.write_policy(Path("policy.json"))
        # service.base_url, service.root_ca_file: what a client needs besides the policy

It is a simulator: its TPM is a program, and whoever runs it can read what is sent to it. What it
shows is that the checks work, not that this machine keeps secrets. It listens on loopback only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from cupel.testing.authorities import VtpmAuthority, WebAuthority
from cupel.testing.backends import Backend, LocalBackend, UpstreamBackend
from cupel.testing.boot import BootProfile
from cupel.testing.errors import ServiceError
from cupel.testing.keeper import Keeper
from cupel.testing.ledger import Ledger, Received
from cupel.testing.machine import DEFAULT_BANKS, DEFAULT_ROOTHASH, DEFAULT_SELECTION, Machine
from cupel.testing.policies import cupel_policy, measurements_files, write_json
from cupel.testing.server import (
    BUNDLE_PATH,
    DOCUMENT_PATH,
    EvidenceSource,
    TlsServer,
)
from cupel.testing.upstream import Upstream


def recorded(documents: Mapping[str, bytes]) -> EvidenceSource:
    """Evidence that was captured before, by path, served again to whoever asks."""

    def source(path: str, _nonce: bytes | None) -> bytes:
        if path not in documents:
            raise ServiceError(f"nothing was recorded for {path}")
        return documents[path]

    return source


class AttestedService:
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
        self._ports = (port, attestation_port)
        self._settings: dict[str, Any] = {
            "application_disk_roothash": application_disk_roothash,
            "boot": boot,
            "banks": banks,
            "selection": selection,
            "ak_algorithm": ak_algorithm,
        }
        self._backend: Backend = (
            LocalBackend() if upstream is None else UpstreamBackend(Upstream(upstream))
        )
        self.vtpm_authority = vtpm_authority or VtpmAuthority()
        self.web_authority = web_authority or WebAuthority()
        self._tls_authority = tls_authority or self.web_authority
        self._static_only = static_only
        self._foreign_evidence = evidence
        self._delay = delay
        self._ledger = Ledger()
        self._machine: Machine | None = None
        self._static: dict[str, bytes] = {}
        self._servers: list[TlsServer] = []
        self._keeper: Keeper | None = None

    # ---- life ----------------------------------------------------------------------------------

    def start(self) -> AttestedService:
        """Boots the machine and opens its ports. Errors: ServiceError; nothing is left behind."""
        if self._keeper is not None:
            raise ServiceError("the service runs already")
        try:
            self._start()
        except OSError as error:
            self.close()
            raise ServiceError(str(error)) from error
        except BaseException:
            self.close()
            raise
        return self

    def _start(self) -> None:
        self._keeper = Keeper()
        folder = self._keeper.folder
        (folder / "vtpm-root.pem").write_text(self.vtpm_authority.root_pem, encoding="ascii")
        context = self._tls_authority.server_context(folder)
        port, attestation_port = self._ports
        alone = attestation_port is None
        self._servers.append(
            TlsServer(
                ("127.0.0.1", port),
                context,
                ledger=self._ledger,
                evidence=self.evidence_of if alone else None,
                backend=self._backend,
                delay=self._delay,
            )
        )
        if attestation_port is not None:
            self._servers.append(
                TlsServer(
                    ("127.0.0.1", attestation_port),
                    context,
                    ledger=self._ledger,
                    evidence=self.evidence_of,
                    backend=None,
                    delay=self._delay,
                )
            )
        if self._foreign_evidence is None:
            self._machine = Machine(
                self._keeper,
                web_authority=self.web_authority,
                vtpm_authority=self.vtpm_authority,
                **self._settings,
            )
            self._static = {
                DOCUMENT_PATH: self._machine.document(),
                BUNDLE_PATH: self._machine.bundle(source=self.attestation_url + BUNDLE_PATH),
            }
        for server in self._servers:
            server.start()

    def close(self) -> None:
        """Closes the ports, stops the TPM, removes its files. Harmless when called again."""
        for server in self._servers:
            server.stop()
        self._servers = []
        if self._keeper is not None:
            self._keeper.close()
            self._keeper = None

    def __enter__(self) -> AttestedService:
        """start()."""
        return self.start()

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """close()."""
        self.close()

    # ---- what a client needs -------------------------------------------------------------------

    @property
    def base_url(self) -> str:
        """Where prompts go, e.g. "https://localhost:43210"."""
        return self._url(0)

    @property
    def attestation_url(self) -> str:
        """Where evidence is served; the same as base_url with one port."""
        return self._url(-1)

    def _url(self, index: int) -> str:
        if not self._servers:
            raise ServiceError("the service is not running")
        return f"https://localhost:{self._servers[index].server_port}"

    @property
    def root_ca_file(self) -> Path:
        """The demo vTPM root, PEM: the anchor a client must name on purpose."""
        return self._folder / "vtpm-root.pem"

    @property
    def _folder(self) -> Path:
        if self._keeper is None:
            raise ServiceError("the service is not running")
        return self._keeper.folder

    @property
    def machine(self) -> Machine:
        """The machine behind the evidence."""
        if self._machine is None:
            raise ServiceError("this service has no machine of its own, or is not running")
        return self._machine

    @property
    def policy_file(self) -> Path:
        """A policy that accepts exactly this service and demands a nonce; it ends with it."""
        return self.write_policy()

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
        if self._foreign_evidence is not None:
            return self._foreign_evidence(path, nonce)
        if path not in (DOCUMENT_PATH, BUNDLE_PATH):
            raise ServiceError(f"no evidence is served at {path}")
        if self._static_only or (nonce is None and path == DOCUMENT_PATH):
            return self._static[path]
        if path == DOCUMENT_PATH:
            return self.machine.document(nonce or b"")
        return self.machine.bundle(nonce or b"", source=self.attestation_url + path)

    # ---- what arrived --------------------------------------------------------------------------

    @property
    def received(self) -> list[Received]:
        """Every request: (path, length of its body)."""
        return self._ledger.received

    @property
    def application_bytes(self) -> int:
        """Every byte that arrived inside TLS, before any parsing."""
        return self._ledger.application_bytes

    @property
    def prompt_bytes_received(self) -> int:
        """Every byte that arrived inside TLS and was no request for evidence.

        Request lines, headers and rubbish count too: zero means that nothing at all came in.
        """
        return self._ledger.prompt_bytes

    @property
    def handshakes(self) -> int:
        """TLS handshakes that were finished."""
        return self._ledger.handshakes

    @property
    def failed_handshakes(self) -> int:
        """TLS handshakes that a side gave up, which is what a pin does."""
        return self._ledger.failed_handshakes

    def saw(self, content: bytes) -> bool:
        """Whether these bytes stand in anything that arrived inside TLS on one connection."""
        return self._ledger.saw(content)

    def reset_counts(self) -> None:
        """Sets all counts back to zero."""
        self._ledger.reset()
