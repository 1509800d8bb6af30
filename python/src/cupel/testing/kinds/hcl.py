"""Kind hcl: a confidential VM on Azure: its TPM is part of a paravisor, which was measured.

The processor is a few lines of Python, the TPM is swtpm. The processor signs the digest of the
paravisor's runtime data, which name the TPM's attestation key; the TPM's quote has in its
qualifying data the nonce, and behind it the SHA-256 of the TLS key.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from cupel.testing.amd import AmdAuthority, Guest, Processor
from cupel.testing.boot import BootProfile, expected_pcrs
from cupel.testing.errors import BadRequest, ServiceError
from cupel.testing.keeper import Keeper
from cupel.testing.kinds.kind import (
    RELAY,
    Kind,
    instead,
    not_authentic,
    refused,
    replay,
)
from cupel.testing.local import Trust
from cupel.testing.machine import DEFAULT_SELECTION, booted_tpm
from cupel.testing.policies import POLICY_PCRS
from cupel.testing.server import DOCUMENT_PATH, JSON
from cupel.testing.simulated import SimulatedService, Simulator
from cupel.testing.tpm import SoftwareTpm

PARAVISOR = b"Cupel demo paravisor, release 1"
_BANKS = ("sha256",)
_NONCE_SIZE = 32
_BLOB_SIZE = 2600


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _number(value: int) -> str:
    data = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def runtime_data(ak_public_pem: bytes) -> bytes:
    """What the paravisor writes down at boot: the TPM's key, and how the VM is configured."""
    key = serialization.load_pem_public_key(ak_public_pem)
    if not isinstance(key, rsa.RSAPublicKey):
        raise ServiceError("a paravisor's attestation key is an RSA key")
    numbers = key.public_numbers()
    jwk = {
        "kid": "HCLAkPub",
        "key_ops": ["sign"],
        "kty": "RSA",
        "e": _number(numbers.e),
        "n": _number(numbers.n),
    }
    configuration = {
        "console-enabled": False,
        "root-cert-thumbprint": "",
        "secure-boot": True,
        "tpm-enabled": True,
        "tpm-persisted": False,
        "vmUniqueId": "C0BE1000-0000-4000-8000-000000000000",
    }
    return json.dumps({"keys": [jwk], "vm-configuration": configuration}).encode()


def hcl_report(processor: Processor, guest: Guest, data: bytes) -> bytes:
    """The blob of NV index 0x01400001: header, hardware report, data header, runtime data."""
    header = struct.pack("<4sIIII12x", b"HCLA", 2, 32 + 1184 + 20 + len(data), 2, 0)
    data_header = struct.pack("<IIIII", 20 + len(data), 1, 2, 1, len(data))  # SNP, SHA-256
    blob = header + processor.report(guest, data) + data_header + data
    return blob.ljust(_BLOB_SIZE, b"\0")


class HclSimulator(Simulator):
    """A confidential VM: processor, paravisor, TPM."""

    protocol = "document"
    evidence_types: ClassVar[Mapping[str, str]] = {DOCUMENT_PATH: JSON}

    def __init__(
        self,
        *,
        authority: AmdAuthority | None = None,
        paravisor: bytes = PARAVISOR,
        boot: BootProfile | None = None,
        report_of: HclSimulator | None = None,
    ) -> None:
        """Stores what is measured; start() boots.

        report_of: for attacks, shows the paravisor's report of another machine as its own.
        """
        super().__init__()
        self.authority = authority or AmdAuthority.shared()
        self.boot = boot or BootProfile(secure_boot=True)
        self.guest = Guest(measurement=hashlib.sha384(paravisor).digest())
        self._processor = Processor(self.authority)
        self._report_of = report_of
        self._tpm: SoftwareTpm | None = None
        self._certificates: list[str] = []
        self._hcl_report = b""

    def start(self, keeper: Keeper) -> None:
        """Boots the TPM; the paravisor has the processor sign the name of its key."""
        self._tpm, self._event_log = booted_tpm(keeper, self.boot, _BANKS)
        ak = self._tpm.create_ak()
        if self._report_of is not None:
            self._hcl_report = self._report_of._hcl_report
            self._certificates = self._report_of._certificates
        else:
            data = runtime_data(ak.public_pem)
            self._hcl_report = hcl_report(self._processor, self.guest, data)
            self._certificates = self._processor.chain

    def evidence(self, path: str, nonce: bytes) -> bytes:
        """The bundle. Without a nonce there are zeros in its place."""
        if self._tpm is None:
            raise ServiceError("the machine is not running")
        if len(nonce) not in (0, _NONCE_SIZE):
            raise BadRequest(f"a nonce has {_NONCE_SIZE} bytes here: the TLS key stands behind it")
        qualifying = nonce.ljust(_NONCE_SIZE, b"\0") + self.identity.spki_sha256
        quote = self._tpm.quote(DEFAULT_SELECTION, qualifying)
        bundle = {
            "kind": "cupel.hcl/1",
            "hcl_report": _b64(self._hcl_report),
            "certificates": self._certificates,
            "quote": {"message": _b64(quote.message), "signature": _b64(quote.signature)},
            "pcrs": {"form": "serialized", "data": _b64(quote.pcrs)},
            "event_log": _b64(self._event_log),
        }
        return json.dumps(bundle).encode()

    def policy(self) -> dict[str, Any]:
        """This paravisor, Secure Boot, and the registers of this boot."""
        registers = expected_pcrs(self.boot, "sha256")
        claim = "tpm.extra_data"
        return {
            "version": 1,
            "name": "Cupel demo confidential VM",
            "accept": [
                {
                    "family": "hcl",
                    "label": "demo release 1 on a simulated processor",
                    "require": {
                        "snp.measurement": {"equals": self.guest.measurement.hex()},
                        "hcl.vm_configuration.secure_boot": {"equals": True},
                        **{
                            f"tpm.pcr.sha256.{pcr}": {"equals": registers[pcr].hex()}
                            for pcr in POLICY_PCRS
                        },
                    },
                    "bind": {
                        "tls_key": {"claim": claim, "offset": _NONCE_SIZE, "form": "spki_sha256"},
                        "nonce": {"claim": claim},
                    },
                }
            ],
        }

    def write_trust(self, folder: Path) -> Trust:
        """The demo's ARK."""
        return Trust.in_root(folder / "ark.pem", self.authority.root_pem)


def _another_kernel(genuine: HclSimulator) -> Simulator:
    boot = replace(genuine.boot, uki=b"a unified kernel image that keeps notes")
    return HclSimulator(authority=genuine.authority, boot=boot)


def _another_paravisor(genuine: HclSimulator) -> Simulator:
    other = b"a paravisor whose TPM says what it is told"
    return HclSimulator(authority=genuine.authority, boot=genuine.boot, paravisor=other)


def _tpm_of_his_own(genuine: HclSimulator) -> Simulator:
    return HclSimulator(authority=genuine.authority, boot=genuine.boot, report_of=genuine)


def _unknown_vendor(genuine: HclSimulator) -> Simulator:
    return HclSimulator(authority=AmdAuthority(), boot=genuine.boot)


KIND = Kind(
    stands_in="A program stands in for the processor, a software TPM for the paravisor's, and a "
    "demo authority for AMD",
    start="A virtual machine booted on a software TPM; the processor signed the name of the TPM's "
    "key; every quote has in it the nonce and the TLS key.",
    make=lambda **settings: SimulatedService(HclSimulator(), **settings),
    attacks=(
        refused(
            "another kernel",
            "The operator boots a kernel of his own that keeps notes. Processor, paravisor and TPM "
            "are real, the TLS key is quoted, the nonce is answered. But the kernel was measured "
            "before it ran, and so was the entry by which Secure Boot let it.",
            instead(_another_kernel),
            "tpm.pcr.sha256.4",
            "tpm.pcr.sha256.7",
        ),
        replay("tpm.extra_data"),
        RELAY,
        not_authentic(
            "a processor that nobody vouches for",
            "The attacker signs the very same report with a key of his own, certified below a root "
            "that he called ARK-Milan. Names are not what is trusted.",
            instead(_unknown_vendor),
            "untrusted_chain",
            "snp-07",
        ),
        not_authentic(
            "a TPM beside the machine",
            "The attacker shows the genuine machine's report, and quotes with a software TPM of "
            "his own into which he put the right values. The report names another key.",
            instead(_tpm_of_his_own),
            "bad_signature",
            "tpm-07",
        ),
        refused(
            "another paravisor",
            "The operator launches a paravisor whose TPM quotes whatever it is told to. All its "
            "registers are right, but it was measured itself, by the processor.",
            instead(_another_paravisor),
            "snp.measurement",
        ),
    ),
)
