"""What every local service is: its ports, evidence, answers, and a count of what arrives."""

from __future__ import annotations

import ssl
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cupel._closing import Closing
from cupel._options import EvidenceProtocol
from cupel.testing.backends import Backend, LocalBackend, UpstreamBackend
from cupel.testing.errors import ServiceError
from cupel.testing.keeper import Keeper
from cupel.testing.ledger import Ledger, Received
from cupel.testing.policies import write_json
from cupel.testing.server import EvidenceSource, Route, WebServer
from cupel.testing.upstream import Upstream

if TYPE_CHECKING:  # Python 3.10 has no typing.Self, and nothing here needs it at run time
    from typing_extensions import Self


def recorded(documents: Mapping[str, bytes]) -> EvidenceSource:
    """Evidence that was captured before, by path, served again to whoever asks."""

    def source(path: str, _nonce: bytes | None) -> bytes:
        if path not in documents:
            raise ServiceError(f"nothing was recorded for {path}")
        return documents[path]

    return source


@dataclass(frozen=True)
class Trust:
    """What a client must name on purpose to believe a service whose vendor is a demo's."""

    anchors: Path | None = None  # root certificates, PEM
    issuer_keys: Mapping[str, Path] = field(default_factory=dict)  # JWKS files by issuer
    endorsements: tuple[Path, ...] = ()  # what vendors say, and evidence does not bring

    def copied(self, folder: Path) -> Trust:
        """The same, from copies of the files there."""

        def copy(path: Path) -> Path:
            target = folder / path.name
            target.write_bytes(path.read_bytes())
            return target

        return Trust(
            anchors=None if self.anchors is None else copy(self.anchors),
            issuer_keys={issuer: copy(path) for issuer, path in self.issuer_keys.items()},
            endorsements=tuple(copy(path) for path in self.endorsements),
        )

    @classmethod
    def in_root(cls, path: Path, pem: str) -> Trust:
        """Trust in one root, whose certificate is written there."""
        path.write_text(pem, encoding="ascii")
        return cls(anchors=path)

    def words(self) -> list[str]:
        """The same for the `cupel` command."""
        out = [] if self.anchors is None else ["--anchors", str(self.anchors)]
        for issuer, path in self.issuer_keys.items():
            out += ["--issuer-keys", f"{issuer}={path}"]
        for path in self.endorsements:
            out += ["--endorse", str(path)]
        return out

    def files(self) -> list[Path]:
        """All of them."""
        anchors = [] if self.anchors is None else [self.anchors]
        return [*anchors, *self.issuer_keys.values(), *self.endorsements]

    def for_client(self, cupel: Any) -> Any:
        """The same as `anchors=` of a client. `cupel` is the package, which may lack its core."""
        if not self.issuer_keys:
            return self.anchors
        out = cupel.TrustAnchors()
        if self.anchors is not None:
            out = out.with_certificates(self.anchors.name, self.anchors.read_bytes())
        for issuer, path in self.issuer_keys.items():
            out = out.with_issuer_keys(issuer, path.read_bytes())
        return out

    def endorsements_for(self, cupel: Any) -> Any:
        """The same as `endorsements=` of a client; None when there are none."""
        if not self.endorsements:
            return None
        return cupel.Endorsements([path.read_bytes() for path in self.endorsements])


class LocalService(Closing):
    """A completion API behind attested TLS, on loopback. Subclasses have the evidence."""

    def __init__(
        self,
        *,
        port: int = 0,
        attestation_port: int | None = None,
        upstream: str | None = None,
        evidence: EvidenceSource | None = None,
        delay: float = 0.0,
    ) -> None:
        """Stores the settings; start() or `with` opens the ports.

        port, attestation_port: 0 picks a free one. With attestation_port None one port serves
            evidence and API; otherwise each has its own.
        upstream: an OpenAI-compatible server that gives the answers.
        evidence: for attacks, gives the evidence instead of a machine of our own.
        delay: seconds to wait before each response.
        """
        self._ports = (port, attestation_port)
        self._backend: Backend = (
            LocalBackend() if upstream is None else UpstreamBackend(Upstream(upstream))
        )
        self._foreign_evidence = evidence
        self._delay = delay
        self._ledger = Ledger()
        self._servers: list[WebServer] = []
        self._evidence_index = 0
        self._keeper: Keeper | None = None

    # ---- what subclasses add -------------------------------------------------------------------

    @property
    def evidence_protocol(self) -> EvidenceProtocol:
        """How the evidence is asked for, as `cupel ask --evidence` names it."""
        return "document"

    def protocol_words(self) -> list[str]:
        """The same for the `cupel` command."""
        name = self.evidence_protocol
        return [] if name == "document" else ["--evidence", name]

    @property
    @abstractmethod
    def evidence_types(self) -> Mapping[str, str]:
        """The paths evidence is served at, each with its media type."""

    @property
    @abstractmethod
    def trust(self) -> Trust:
        """What a client must name on purpose; the files end with the service."""

    @abstractmethod
    def policy(self) -> dict[str, Any]:
        """A policy that accepts exactly this service and demands a nonce."""

    @abstractmethod
    def _evidence(self, path: str, nonce: bytes | None) -> bytes:
        """The evidence of the machine at one of these paths."""

    @abstractmethod
    def _tls_context(self, folder: Path) -> ssl.SSLContext:
        """The TLS server."""

    @abstractmethod
    def _boot(self, keeper: Keeper) -> None:
        """Starts the machine, unless the evidence is somebody else's. The ports are known."""

    # ---- life ----------------------------------------------------------------------------------

    def start(self) -> Self:
        """Starts the machine and opens the ports. Errors: ServiceError; nothing is left behind."""
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
        context = self._tls_context(self._keeper.folder)
        port, attestation_port = self._ports
        alone = attestation_port is None
        self._serve(port, context, evidence=alone, answers=True, routes=self._routes())
        self._serve_more(context)
        if attestation_port is not None:
            evidence_context = self._evidence_context(context)
            self._evidence_index = self._serve(attestation_port, evidence_context, evidence=True)
        self._boot(self._keeper)
        for server in self._servers:
            server.start()

    def _routes(self) -> Mapping[tuple[str, str], Route]:
        """What the API's port answers besides completions, by method and path."""
        return {}

    def _evidence_context(self, context: ssl.SSLContext) -> ssl.SSLContext | None:
        """TLS of the evidence's own port; None for plain HTTP."""
        return context

    def _serve_more(self, context: ssl.SSLContext) -> None:
        """Opens ports of the subclass's own."""

    def _serve(
        self,
        port: int,
        context: ssl.SSLContext | None,
        *,
        evidence: bool = False,
        answers: bool = False,
        routes: Mapping[tuple[str, str], Route] | None = None,
    ) -> int:
        """Opens a port; its number among the ports."""
        self._servers.append(
            WebServer(
                ("127.0.0.1", port),
                context,
                ledger=self._ledger,
                evidence=self.evidence_of if evidence else None,
                evidence_types=self.evidence_types,
                backend=self._backend if answers else None,
                delay=self._delay,
                routes=routes,
            )
        )
        return len(self._servers) - 1

    def close(self) -> None:
        """Closes the ports, stops the TPM, removes its files. Harmless when called again."""
        for server in self._servers:
            server.stop()
        self._servers = []
        if self._keeper is not None:
            self._keeper.close()
            self._keeper = None

    def __enter__(self) -> Self:
        """start()."""
        return self.start()

    # ---- what a client needs -------------------------------------------------------------------

    @property
    def base_url(self) -> str:
        """Where prompts go, e.g. "https://localhost:43210"."""
        return self._url(0)

    @property
    def attestation_url(self) -> str:
        """Where evidence is served; the same as base_url with one port."""
        return self._url(self._evidence_index)

    def _url(self, index: int) -> str:
        if not self._servers:
            raise ServiceError("the service is not running")
        return self._servers[index].url

    @property
    def _folder(self) -> Path:
        if self._keeper is None:
            raise ServiceError("the service is not running")
        return self._keeper.folder

    def write_policy(self, path: Path | str | None = None) -> Path:
        """The policy as a file; without a path it is in the service's folder and ends with it."""
        target = self._folder / "policy.json" if path is None else Path(path)
        return write_json(target, self.policy())

    @property
    def policy_file(self) -> Path:
        """A policy that accepts exactly this service and demands a nonce; it ends with it."""
        return self.write_policy()

    def evidence_of(self, path: str, nonce: bytes | None = None) -> bytes:
        """The evidence a client gets at a path. Also the source for a relay's `evidence`."""
        if self._foreign_evidence is not None:
            return self._foreign_evidence(path, nonce)
        if path not in self.evidence_types:
            raise ServiceError(f"no evidence is served at {path}")
        return self._evidence(path, nonce)

    # ---- what arrived --------------------------------------------------------------------------

    @property
    def received(self) -> list[Received]:
        """Every request: (path, length of its body)."""
        return self._ledger.received

    @property
    def application_bytes(self) -> int:
        """Every byte that arrived, inside TLS where a port has it, before any parsing."""
        return self._ledger.application_bytes

    @property
    def prompt_bytes_received(self) -> int:
        """Every byte that arrived and was no request for evidence. Inside TLS, where a port has it.

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
        """Whether these bytes stand in what one connection brought, inside TLS or plain."""
        return self._ledger.saw(content)

    def reset_counts(self) -> None:
        """Sets all counts back to zero."""
        self._ledger.reset()
