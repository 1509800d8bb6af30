"""HCL reports: the container that ties a virtual TPM to the hardware."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

from . import snp_wire
from .case import Bundle, b64
from .keys import key
from .snp_wire import Report


def number(value: int) -> str:
    """An integer of a JWK."""
    data = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jwk(name: str, kid: str, operation: str = "sign") -> dict[str, Any]:
    """A public key as the paravisor writes it."""
    public = key(name).public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    numbers = public.public_numbers()
    return {
        "kid": kid,
        "key_ops": [operation],
        "kty": "RSA",
        "e": number(numbers.e),
        "n": number(numbers.n),
    }


def runtime(**changes: Any) -> dict[str, Any]:
    """The runtime data of a good machine."""
    out: dict[str, Any] = {
        "keys": [jwk("rsa2048-ak", "HCLAkPub"), jwk("rsa2048-other", "HCLEkPub", "encrypt")],
        "vm-configuration": {
            "console-enabled": True,
            "root-cert-thumbprint": "",
            "secure-boot": True,
            "tpm-enabled": True,
            "tpm-persisted": False,
            "vmUniqueId": "01234567-89AB-CDEF-0123-456789ABCDEF",
        },
        "user-data": "00" * 63 + "07",
    }
    return {**out, **changes}


@dataclass
class Container:
    """The blob of NV index 0x01400001. Good as it stands; cases change one thing."""

    runtime: Any = field(default_factory=runtime)
    report: Report = field(default_factory=Report)
    version: int = 1
    hash_type: int = 1
    report_type: int = 2
    request_type: int = 2
    status: int = 0
    data_version: int = 1
    size_error: int = 0
    data_size_error: int = 0
    report_data: bytes | None = None
    hardware: bytes | None = None
    reserved: bytes = bytes(12)
    total: int = 2600

    def json(self) -> bytes:
        """The runtime data as text."""
        if isinstance(self.runtime, bytes):
            return self.runtime
        return json.dumps(self.runtime, separators=(",", ":")).encode()

    def hardware_bytes(self) -> bytes:
        """The hardware report."""
        if self.hardware is not None:
            return self.hardware
        data = hashlib.sha256(self.json()).digest() + bytes(32)
        report_data = self.report_data if self.report_data is not None else data
        return self.report.but(report_data=report_data).wire()

    def wire(self) -> bytes:
        """The blob."""
        text = self.json()
        size = len(text)
        out = struct.pack(
            "<4sIIII12s",
            b"HCLA",
            self.version,
            32 + 1184 + 20 + size + self.size_error,
            self.request_type,
            self.status,
            self.reserved,
        )
        out += self.hardware_bytes().ljust(1184, b"\0")
        out += struct.pack(
            "<IIIII",
            20 + size + self.data_size_error,
            self.data_version,
            self.report_type,
            self.hash_type,
            size,
        )
        return (out + text).ljust(self.total, b"\0")


@dataclass
class Machine:
    """What goes into a "cupel.hcl/1" bundle."""

    container: Container = field(default_factory=Container)
    quote: Bundle | None = field(default_factory=Bundle)
    certificates: list[snp_wire.Cert] | None = None
    ak_certificates: list[str] | None = None
    crls: list[bytes] = field(default_factory=list)
    blob: bytes | None = None

    def document(self) -> dict[str, Any]:
        """The document as Python values."""
        blob = self.blob if self.blob is not None else self.container.wire()
        out: dict[str, Any] = {"kind": "cupel.hcl/1", "hcl_report": b64(blob)}
        product = self.container.report.product
        chain = self.certificates
        if chain is None:
            chain = [
                snp_wire.vek(product, self.container.report.reported),
                snp_wire.ask(product),
            ]
        if chain:
            out["certificates"] = [cert.pem for cert in chain]
        if self.crls:
            out["crls"] = [snp_wire.pem("X509 CRL", der) for der in self.crls]
        if self.ak_certificates is not None:
            out["ak_certificates"] = self.ak_certificates
        if self.quote is not None:
            document = self.quote.document()
            out["quote"] = document["quote"]
            for member in ("pcrs", "event_log"):
                if member in document:
                    out[member] = document[member]
        return out

    def bytes(self) -> bytes:
        """The document as JSON text."""
        return (json.dumps(self.document(), indent=1) + "\n").encode()
