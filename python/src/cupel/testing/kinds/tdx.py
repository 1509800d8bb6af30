"""Kind tdx: a trust domain of Intel TDX, whose machine is a program here.

Report data is the nonce (32 bytes), and behind it the SHA-256 of the TLS key. The quote stands for
itself; Intel's collateral is the client's to bring, as from a cache.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from cupel.testing.errors import BadRequest
from cupel.testing.intel import CPU_SVN, IntelAuthority
from cupel.testing.kinds.kind import RELAY, Kind, instead, not_authentic, refused, replay
from cupel.testing.local import Trust
from cupel.testing.quotes import Platform, TdReport
from cupel.testing.server import DOCUMENT_PATH
from cupel.testing.simulated import SimulatedService, Simulator

FIRMWARE = b"Cupel demo virtual firmware, release 1"
BOOT = (b"configuration", b"kernel", b"application", b"")
OLD_CPU_SVN = bytes((4, 4)) + CPU_SVN[2:]
_NONCE_SIZE = 32


def extended(event: bytes) -> bytes:
    """A register of zeros into which one event was measured; untouched when there is none."""
    if not event:
        return bytes(48)
    return hashlib.sha384(bytes(48) + hashlib.sha384(event).digest()).digest()


class TdxSimulator(Simulator):
    """A trust domain whose quotes name the TLS key that was made in it."""

    protocol = "document"
    evidence_types: ClassVar[Mapping[str, str]] = {DOCUMENT_PATH: "application/octet-stream"}

    def __init__(
        self,
        *,
        authority: IntelAuthority | None = None,
        platform: Platform | None = None,
        firmware: bytes = FIRMWARE,
        boot: tuple[bytes, bytes, bytes, bytes] = BOOT,
    ) -> None:
        """Starts a domain on a platform of the authority's: both are new unless given."""
        super().__init__()
        self.authority = authority or IntelAuthority()
        self.revoked: Platform | None = None
        if authority is None:  # a machine that was stolen long ago; the list names it
            self.revoked = Platform(self.authority)
            self.authority.revoke(self.revoked.pck)
        self._platform = platform or Platform(self.authority)
        self.mrtd = hashlib.sha384(firmware).digest()
        self.rtmr = (extended(boot[0]), extended(boot[1]), extended(boot[2]), extended(boot[3]))

    def evidence(self, _path: str, nonce: bytes) -> bytes:
        """A quote. Without a nonce there are zeros in its place."""
        if len(nonce) not in (0, _NONCE_SIZE):
            raise BadRequest(f"a nonce has {_NONCE_SIZE} bytes here: the TLS key stands behind it")
        data = nonce.ljust(_NONCE_SIZE, b"\0") + self.identity.spki_sha256
        return self._platform.tdx_quote(TdReport(self.mrtd, self.rtmr, data))

    def policy(self) -> dict[str, Any]:
        """This firmware, this boot, a platform that is up to date."""
        claim = "tdx.report_data"
        registers = {
            f"tdx.rtmr.{index}": {"equals": value.hex()} for index, value in enumerate(self.rtmr)
        }
        return {
            "version": 1,
            "name": "Cupel demo trust domain",
            "accept": [
                {
                    "family": "tdx",
                    "label": "demo release 1 on a simulated platform",
                    "require": {
                        "tdx.mrtd": {"equals": self.mrtd.hex()},
                        **registers,
                        "dcap.tcb.status": {"equals": "UpToDate"},
                    },
                    "bind": {
                        "tls_key": {"claim": claim, "offset": _NONCE_SIZE, "form": "spki_sha256"},
                        "nonce": {"claim": claim},
                    },
                }
            ],
        }

    def write_trust(self, folder: Path) -> Trust:
        """The demo root, and the collateral that its authority signed."""
        authority = self.authority
        root = folder / "intel-root.pem"
        root.write_text(authority.root_pem, encoding="ascii")
        texts = {
            "intel-lists.pem": authority.signer_chain + authority.pck_crl + authority.root_crl,
            "intel-tcb-info.json": authority.tcb_info(tdx=True),
            "intel-qe-identity.json": authority.qe_identity(tdx=True),
        }
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="ascii")
        return Trust(anchors=root, endorsements=tuple(folder / name for name in texts))


def _another_firmware(genuine: TdxSimulator) -> Simulator:
    return TdxSimulator(authority=genuine.authority, firmware=b"a firmware that opens a door")


def _another_application(genuine: TdxSimulator) -> Simulator:
    boot = (BOOT[0], BOOT[1], b"an application that keeps notes", BOOT[3])
    return TdxSimulator(authority=genuine.authority, boot=boot)


def _out_of_date(genuine: TdxSimulator) -> Simulator:
    old = Platform(genuine.authority, OLD_CPU_SVN)
    return TdxSimulator(authority=genuine.authority, platform=old)


def _revoked(genuine: TdxSimulator) -> Simulator:
    return TdxSimulator(authority=genuine.authority, platform=genuine.revoked)


def _unknown_vendor(_genuine: TdxSimulator) -> Simulator:
    return TdxSimulator()


KIND = Kind(
    stands_in="A program stands in for the TDX module and the quoting enclave, and a demo "
    "authority for Intel",
    start="A trust domain was measured, made a TLS key, and has nonce and key in every quote.",
    make=lambda **settings: SimulatedService(TdxSimulator(), **settings),
    attacks=(
        refused(
            "another firmware",
            "The operator starts the domain with a firmware of his own. The platform is real, the "
            "TLS key is quoted, the nonce is answered. But MRTD is of what was loaded.",
            instead(_another_firmware),
            "tdx.mrtd",
        ),
        refused(
            "another application",
            "The operator boots the genuine firmware and kernel with an application that keeps "
            "notes. It was measured into a register before it ran.",
            instead(_another_application),
            "tdx.rtmr.2",
        ),
        replay("tdx.report_data"),
        RELAY,
        not_authentic(
            "a platform that nobody vouches for",
            "The attacker signs the very same quote below a root that he called Intel SGX Root CA. "
            "Names are not what is trusted.",
            instead(_unknown_vendor),
            "untrusted_chain",
            "dcap-03",
        ),
        refused(
            "a platform that is out of date",
            "The operator runs the genuine domain on a machine whose microcode was never updated, "
            "so that he can use what has become known about it since.",
            instead(_out_of_date),
            "dcap.tcb.status",
        ),
        not_authentic(
            "a platform whose key was revoked",
            "The attacker took a machine's key out of it years ago, and signs whatever he likes "
            "with it. Intel's list names the key by now.",
            instead(_revoked),
            "revoked",
            "dcap-03",
        ),
    ),
)
