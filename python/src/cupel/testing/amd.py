"""A pretended AMD processor with SEV-SNP: its reports, and the certificates of its signing key.

Report version 3 of a Milan processor, by AMD 56860 (SEV-SNP Firmware ABI) 1.58, Table 23;
certificates by AMD 57230 (VCEK Certificate and KDS Interface) 0.51: ARK and ASK are RSA-4096 with
RSA-PSS, the VCEK is on P-384. Common names are AMD's, because they say which product is meant;
the organization says that all of it is a demo. AMD gives its VCEKs the serial number 0, these have
one of their own.
"""

from __future__ import annotations

import datetime
import hashlib
import secrets
import struct
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import NameOID, ObjectIdentifier

from cupel.testing.certificates import ORGANIZATION, to_pem

_ARC = "1.3.6.1.4.1.3704.1."
_PSS = padding.PSS(padding.MGF1(hashes.SHA384()), 48)
_LIFE = datetime.timedelta(days=3650)
_SLACK = datetime.timedelta(hours=1)

POLICY = 0x3001F  # ABI 0.31, SMT allowed, the reserved bit 17 that is always one
POLICY_DEBUG = 1 << 19
_PLATFORM_INFO = 0x25  # SMT on, ECC on, memory checked for aliases
_CPUID = bytes((0x19, 0x01, 1)) + bytes(21)  # Milan
_FIRMWARE = bytes((29, 55, 1, 0))  # build, minor, major, reserved


@dataclass(frozen=True)
class PatchLevel:
    """TCB_VERSION by part."""

    boot_loader: int = 4
    tee: int = 0
    snp: int = 24
    microcode: int = 219

    def wire(self) -> bytes:
        """As reports have it."""
        return bytes((self.boot_loader, self.tee, 0, 0, 0, 0, self.snp, self.microcode))


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANIZATION),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _integer(value: int) -> bytes:
    size = value.bit_length() // 8 + 1
    return bytes((0x02, size)) + value.to_bytes(size, "big")


def _extension(number: str, value: bytes) -> x509.UnrecognizedExtension:
    return x509.UnrecognizedExtension(ObjectIdentifier(_ARC + number), value)


def _new_rsa_key(_: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 4096)


class AmdAuthority:
    """ARK and ASK of a demo. Two of them have the same names, and never trust each other."""

    _made: AmdAuthority | None = None
    _lock = threading.Lock()

    def __init__(self) -> None:
        """Makes fresh keys, which takes a second or two: they are as long as AMD's."""
        with ThreadPoolExecutor(2) as pool:
            self._ark_key, self._ask_key = pool.map(_new_rsa_key, range(2))
        self._ark = self._certify("ARK-Milan", self._ark_key.public_key(), "ARK-Milan")
        self._ask = self._certify("SEV-Milan", self._ask_key.public_key(), "ARK-Milan")

    @classmethod
    def shared(cls) -> AmdAuthority:
        """One that is made once in this process."""
        with cls._lock:
            if cls._made is None:
                cls._made = cls()
            return cls._made

    def _certify(self, subject: str, key: rsa.RSAPublicKey, issuer: str) -> x509.Certificate:
        builder = (
            self._begin(subject, issuer)
            .public_key(key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(
                x509.KeyUsage(
                    digital_signature=False,
                    content_commitment=False,
                    key_encipherment=False,
                    data_encipherment=False,
                    key_agreement=False,
                    key_cert_sign=True,
                    crl_sign=True,
                    encipher_only=False,
                    decipher_only=False,
                ),
                critical=True,
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        )
        return builder.sign(self._ark_key, hashes.SHA384(), rsa_padding=_PSS)

    @staticmethod
    def _begin(subject: str, issuer: str) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.timezone.utc)
        return (
            x509.CertificateBuilder()
            .subject_name(_name(subject))
            .issuer_name(_name(issuer))
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _SLACK)
            .not_valid_after(now + _LIFE)
        )

    def certify_chip(
        self, key: ec.EllipticCurvePublicKey, chip_id: bytes, level: PatchLevel
    ) -> str:
        """The VCEK's certificate, PEM. It has AMD's extensions and none of RFC 5280's."""
        parts = {
            "1": _integer(0),
            "2": bytes((0x16, 8)) + b"Milan-B0",
            "3.1": _integer(level.boot_loader),
            "3.2": _integer(level.tee),
            "3.4": _integer(0),
            "3.5": _integer(0),
            "3.6": _integer(0),
            "3.7": _integer(0),
            "3.3": _integer(level.snp),
            "3.8": _integer(level.microcode),
            "4": chip_id,
        }
        builder = self._begin("SEV-VCEK", "SEV-Milan").public_key(key)
        for number, value in parts.items():
            builder = builder.add_extension(_extension(number, value), critical=False)
        return to_pem(builder.sign(self._ask_key, hashes.SHA384(), rsa_padding=_PSS))

    @property
    def root_pem(self) -> str:
        """The ARK: what a client must name on purpose."""
        return to_pem(self._ark)

    @property
    def authority_pem(self) -> str:
        """The ASK."""
        return to_pem(self._ask)


@dataclass(frozen=True)
class Guest:
    """What a report says of one guest. Good as it stands."""

    measurement: bytes
    host_data: bytes = bytes(32)
    policy: int = POLICY
    vmpl: int = 0


class Processor:
    """One chip: it signs reports on whatever guest it runs."""

    def __init__(self, authority: AmdAuthority, level: PatchLevel | None = None) -> None:
        """Makes the chip's key and has it certified."""
        self.authority = authority
        self.level = level or PatchLevel()
        self._key = ec.generate_private_key(ec.SECP384R1())
        self._chip_id = secrets.token_bytes(64)
        self._report_id = secrets.token_bytes(32)
        self.certificate_pem = authority.certify_chip(
            self._key.public_key(), self._chip_id, self.level
        )

    @property
    def chain(self) -> list[str]:
        """VCEK, ASK, ARK, PEM each."""
        return [self.certificate_pem, self.authority.authority_pem, self.authority.root_pem]

    def report(self, guest: Guest, data: bytes) -> bytes:
        """ATTESTATION_REPORT; REPORT_DATA is the SHA-256 of `data`, then zeros."""
        level = self.level.wire()
        body = (
            struct.pack("<IIQ", 3, 0, guest.policy)
            + bytes(32)  # FAMILY_ID, IMAGE_ID: no ID block
            + struct.pack("<II", guest.vmpl, 1)  # ECDSA P-384 with SHA-384
            + level  # CURRENT_TCB
            + struct.pack("<QII", _PLATFORM_INFO, 0, 0)
            + hashlib.sha256(data).digest()
            + bytes(32)
            + guest.measurement
            + guest.host_data
            + bytes(96)  # ID_KEY_DIGEST, AUTHOR_KEY_DIGEST
            + self._report_id
            + b"\xff" * 32  # no migration agent
            + level  # REPORTED_TCB
            + _CPUID
            + self._chip_id
            + level  # COMMITTED_TCB
            + _FIRMWARE  # current
            + _FIRMWARE  # committed
            + level  # LAUNCH_TCB
        )
        body = body.ljust(0x2A0, b"\0")
        r, s = decode_dss_signature(self._key.sign(body, ec.ECDSA(hashes.SHA384())))
        return (body + r.to_bytes(72, "little") + s.to_bytes(72, "little")).ljust(0x4A0, b"\0")
