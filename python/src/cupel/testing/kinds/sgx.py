"""Kind sgx: an SGX enclave that serves BlindAI's protocol; the processor is a program here.

Three GETs bring certificate, quote and collateral, each in CBOR. Report data is the SHA-256 of the
TLS certificate and 32 zeros: the protocol has no nonce.
"""

from __future__ import annotations

import datetime
import hashlib
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import cbor2

from cupel.testing import blindai
from cupel.testing.errors import ServiceError
from cupel.testing.identity import TlsIdentity
from cupel.testing.intel import AGE, CPU_SVN, IntelAuthority
from cupel.testing.kinds.kind import RELAY, Kind, not_authentic, refused
from cupel.testing.local import Trust
from cupel.testing.quotes import Platform, SgxReport
from cupel.testing.server import EvidenceSource, Route
from cupel.testing.simulated import SimulatedService, Simulator

ENCLAVE = b"Cupel demo enclave, release 1"
OLD_CPU_SVN = bytes((4, 4)) + CPU_SVN[2:]
_LONG_AGO = datetime.timedelta(days=60)
_DEBUG = 0x02


class SgxSimulator(Simulator):
    """An enclave whose quote names the TLS certificate that was made in it."""

    protocol = "blindai"
    evidence_types: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("/", "/quote", "/collateral"), blindai.MEDIA_TYPE
    )

    def __init__(
        self,
        *,
        authority: IntelAuthority | None = None,
        platform: Platform | None = None,
        enclave: bytes = ENCLAVE,
        debug: bool = False,
        collateral_age: datetime.timedelta = AGE,
    ) -> None:
        """Starts an enclave on a platform of the authority's: both are new unless given."""
        super().__init__()
        self.authority = authority or IntelAuthority()
        self._platform = platform or Platform(self.authority)
        self._age = collateral_age
        self.mrenclave = hashlib.sha256(enclave).digest()
        self.tail = bytes(32)  # of report data
        self._flags = 0x05 | (_DEBUG if debug else 0)

    def evidence(self, path: str, _nonce: bytes) -> bytes:
        """Each of the three, as one CBOR value. A nonce has no place in them."""
        if path == "/":
            return cbor2.dumps(self.identity.certificate_der)
        return cbor2.dumps(self.quote() if path == "/quote" else self.collateral())

    def quote(self) -> bytes:
        """The quote alone."""
        data = self.identity.certificate_sha256 + self.tail
        return self._platform.sgx_quote(SgxReport(self.mrenclave, data, flags=self._flags))

    def collateral(self) -> dict[str, Any]:
        """What the helper outside of the enclave fetched from Intel."""
        authority = self.authority
        return {
            "version": 3,
            "pck_certificate": self._platform.pck.certificate_pem,
            "pck_signing_chain": authority.pck_issuers,
            "pck_crl_issuer_chain": authority.pck_issuers,
            "root_ca_crl": authority.root_crl,
            "pck_crl": authority.pck_crl,
            "tcb_info_issuer_chain": authority.signer_chain,
            "tcb_info": authority.tcb_info(age=self._age),
            "qe_identity_issuer_chain": authority.signer_chain,
            "qe_identity": authority.qe_identity(age=self._age),
        }

    def manifest(self) -> str:
        """The manifest.toml that BlindAI's build would write for this enclave."""
        return (
            f'mr_enclave = "{self.mrenclave.hex()}"\n'
            "allow_debug = false\n"
            'attributes_flags_hex = "0x4"\n'
            'attributes_mask_flags_hex = "0xfffffffffffffffd"\n'
            'attributes_xfrm_hex = "0x3"\n'
            'attributes_mask_xfrm_hex = "0xffffffffffffff1b"\n'
            'misc_select_hex = "0x0"\n'
            'misc_mask_hex = "0xffffffff"\n'
        )

    def policy(self) -> dict[str, Any]:
        """This enclave on a platform that is up to date, and nothing behind the digest."""
        return {
            "version": 1,
            "name": "Cupel demo enclave",
            "accept": [
                {
                    "family": "sgx",
                    "label": "demo release 1 on a simulated processor",
                    "require": {
                        "sgx.mrenclave": {"equals": self.mrenclave.hex()},
                        "dcap.tcb.status": {"equals": "UpToDate"},
                        "sgx.report_data": {
                            "masked": {
                                "value": "00" * 64,
                                "mask": "00" * 32 + "ff" * 32,
                            }
                        },
                    },
                    "bind": {
                        "tls_key": {"claim": "sgx.report_data", "form": "certificate_sha256"},
                    },
                }
            ],
        }

    def write_trust(self, folder: Path) -> Trust:
        """The demo root. Collateral comes with the evidence."""
        return Trust.in_root(folder / "intel-root.pem", self.authority.root_pem)


class BlindAiService(SimulatedService):
    """A BlindAI server: evidence, models, and the demo's completions behind the same key."""

    def __init__(
        self,
        simulator: SgxSimulator | None = None,
        *,
        port: int = 0,
        attestation_port: int | None = None,
        management_port: int | None = None,
        evidence_over_http: bool = False,
        upstream: str | None = None,
        tls: TlsIdentity | None = None,
        evidence: EvidenceSource | None = None,
        delay: float = 0.0,
        meter: blindai.Meter | None = None,
    ) -> None:
        """Stores the settings; start() or `with` starts it. See SimulatedService for most of them.

        management_port: for /upload and /delete; None serves them at `port`.
        evidence_over_http: attestation_port, which there must be then, is one of plain HTTP.
        meter: asked before each inference, as AIGovTool's enclave asks its custodian.
        """
        if evidence_over_http and attestation_port is None:
            raise ServiceError("evidence over plain HTTP has a port of its own")
        self.enclave = simulator or SgxSimulator()
        super().__init__(
            self.enclave,
            port=port,
            attestation_port=attestation_port,
            upstream=upstream,
            tls=tls,
            evidence=evidence,
            delay=delay,
        )
        self.server = blindai.ModelServer(meter)
        self._evidence_over_http = evidence_over_http
        self._management_port = management_port
        self._management_index = 0

    @property
    def management_url(self) -> str:
        """Where models are uploaded and deleted."""
        return self._url(self._management_index)

    def write_manifest(self, path: Path | None = None) -> Path:
        """manifest.toml; without a path it is in the service's folder and ends with it."""
        target = self._folder / "manifest.toml" if path is None else path
        target.write_text(self.enclave.manifest(), encoding="ascii")
        return target

    def _routes(self) -> Mapping[tuple[str, str], Route]:
        routes = {
            ("POST", "/run"): _route(self.server.run),
            ("GET", "/request-models"): _route(self.server.listed),
        }
        return routes if self._management_port is not None else {**routes, **self._management()}

    def _management(self) -> dict[tuple[str, str], Route]:
        return {
            ("POST", "/upload"): _route(self.server.upload),
            ("POST", "/delete"): _route(self.server.delete),
        }

    def _evidence_context(self, context: ssl.SSLContext) -> ssl.SSLContext | None:
        return None if self._evidence_over_http else context

    def _serve_more(self, context: ssl.SSLContext) -> None:
        if self._management_port is not None:
            self._management_index = self._serve(
                self._management_port, context, routes=self._management()
            )


def _route(act: Callable[[bytes], bytes]) -> Route:
    def answer(content: bytes) -> tuple[int, bytes, str]:
        try:
            return 200, act(content), blindai.MEDIA_TYPE
        except blindai.Refused as refusal:
            return 500, cbor2.dumps(str(refusal)), blindai.MEDIA_TYPE

    return answer


def _another_enclave(genuine: SimulatedService) -> SimulatedService:
    simulator = SgxSimulator(authority=_of(genuine).authority, enclave=b"one that keeps notes")
    return BlindAiService(simulator)


def _of(genuine: SimulatedService) -> SgxSimulator:
    if not isinstance(genuine.simulator, SgxSimulator):
        raise TypeError("the simulator is no enclave")
    return genuine.simulator


def _debuggable(genuine: SimulatedService) -> SimulatedService:
    return BlindAiService(SgxSimulator(authority=_of(genuine).authority, debug=True))


def _unknown_vendor(_genuine: SimulatedService) -> SimulatedService:
    return BlindAiService(SgxSimulator())


def _out_of_date(genuine: SimulatedService) -> SimulatedService:
    authority = _of(genuine).authority
    return BlindAiService(
        SgxSimulator(authority=authority, platform=Platform(authority, OLD_CPU_SVN))
    )


def _stale_collateral(genuine: SimulatedService) -> SimulatedService:
    return BlindAiService(SgxSimulator(authority=_of(genuine).authority, collateral_age=_LONG_AGO))


KIND = Kind(
    stands_in="A program stands in for the processor and the quoting enclave, and a demo authority "
    "for Intel",
    start="An enclave was measured and made a TLS certificate; the quote names it. Certificate, "
    "quote and collateral are served as BlindAI does.",
    make=lambda **settings: BlindAiService(**settings),
    attacks=(
        refused(
            "another enclave",
            "The operator starts an enclave of his own that keeps notes. The processor is real and "
            "the certificate is quoted. But MRENCLAVE is of what was loaded.",
            _another_enclave,
            "sgx.mrenclave",
        ),
        RELAY,
        not_authentic(
            "a processor that nobody vouches for",
            "The attacker signs the very same quote below a root that he called Intel SGX Root CA, "
            "and brings the collateral for it. Names are not what is trusted.",
            _unknown_vendor,
            "untrusted_chain",
            "dcap-03",
        ),
        refused(
            "a processor that is out of date",
            "The operator runs the genuine enclave on a processor whose microcode was never "
            "updated, so that he can use what has become known about it since.",
            _out_of_date,
            "dcap.tcb.status",
        ),
        not_authentic(
            "collateral of two months ago",
            "The server chooses what it brings: here it shows what Intel said before the last "
            "weakness became known. Intel's statements end, though, and these have.",
            _stale_collateral,
            "expired",
            "dcap-10",
        ),
        refused(
            "the genuine enclave in debug mode",
            "The operator starts the genuine enclave such that he can read its memory. The "
            "processor says so in the quote.",
            _debuggable,
            "common.debug",
        ),
    ),
)
