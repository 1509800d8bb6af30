"""A second implementation: reads quotes, PCR files and event logs with struct and hashlib only.

Nothing of cupel.testing is used here, so an error there cannot hide itself.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

BANK_NAMES = {0x0004: "sha1", 0x000B: "sha256", 0x000C: "sha384", 0x000D: "sha512"}


class Reader:
    """Takes fields off the front of some bytes."""

    def __init__(self, data: bytes) -> None:
        """Starts at the front."""
        self.rest = data

    def take(self, count: int) -> bytes:
        """The next bytes; EOFError when they are not there."""
        if count > len(self.rest):
            raise EOFError(f"{count} bytes wanted, {len(self.rest)} left")
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken

    def number(self, form: str) -> int:
        """One integer in struct's notation."""
        value: int = struct.unpack(form, self.take(struct.calcsize(form)))[0]
        return value

    def sized(self) -> bytes:
        """A TPM2B: big-endian size, then as many bytes."""
        return self.take(self.number(">H"))


@dataclass
class Attest:
    """TPMS_ATTEST of a quote."""

    extra_data: bytes
    selection: dict[str, list[int]]
    pcr_digest: bytes


def bits(bitmap: bytes) -> list[int]:
    """The registers of a selection's bitmap."""
    return [8 * i + bit for i, byte in enumerate(bitmap) for bit in range(8) if byte >> bit & 1]


def parse_attest(message: bytes) -> Attest:
    """Reads the whole message or raises."""
    reader = Reader(message)
    assert reader.number(">I") == 0xFF544347, "TPM_GENERATED_VALUE"
    assert reader.number(">H") == 0x8018, "TPM_ST_ATTEST_QUOTE"
    reader.sized()
    extra_data = reader.sized()
    reader.take(8 + 4 + 4 + 1 + 8)
    selection = {}
    for _ in range(reader.number(">I")):
        bank = BANK_NAMES[reader.number(">H")]
        selection[bank] = bits(reader.take(reader.number(">B")))
    pcr_digest = reader.sized()
    assert reader.rest == b""
    return Attest(extra_data, selection, pcr_digest)


def parse_pcr_file(data: bytes) -> list[bytes]:
    """The digests of tpm2-tools' serialized pcr file, in order."""
    reader = Reader(data)
    reader.take(4 + 16 * 8)
    digests = []
    for _ in range(reader.number("<I")):
        count = reader.number("<I")
        for slot in range(8):
            size = reader.number("<H")
            content = reader.take(64)
            if slot < count:
                digests.append(content[:size])
    assert reader.rest == b""
    return digests


def verify_signature(message: bytes, signature: bytes, leaf: x509.Certificate) -> str:
    """Checks a TPMT_SIGNATURE; returns its scheme. Raises InvalidSignature."""
    reader = Reader(signature)
    scheme, hash_alg = reader.number(">H"), reader.number(">H")
    assert hash_alg == 0x000B
    key = leaf.public_key()
    if scheme == 0x0018:
        r, s = (int.from_bytes(reader.sized(), "big") for _ in range(2))
        assert isinstance(key, ec.EllipticCurvePublicKey)
        key.verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
    else:
        assert isinstance(key, rsa.RSAPublicKey)
        form: padding.PKCS1v15 | padding.PSS = padding.PKCS1v15()
        if scheme == 0x0016:
            form = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.AUTO)
        key.verify(reader.sized(), message, form, hashes.SHA256())
    assert reader.rest == b""
    return {0x0014: "rsassa", 0x0016: "rsapss", 0x0018: "ecdsa"}[scheme]


@dataclass
class Event:
    """One record of an event log."""

    pcr: int
    type: int
    digests: dict[str, bytes]
    data: bytes


def parse_log(log: bytes) -> tuple[list[str], list[Event]]:
    """The banks of a crypto-agile log and its events."""
    reader = Reader(log)
    assert reader.take(8) == struct.pack("<II", 0, 3)
    assert reader.take(20) == bytes(20)
    header = Reader(reader.take(reader.number("<I")))
    assert header.take(16) == b"Spec ID Event03\0"
    header.take(8)
    sizes = {}
    for _ in range(header.number("<I")):
        bank = BANK_NAMES[header.number("<H")]
        sizes[bank] = header.number("<H")
    assert header.take(header.number("<B")) == header.rest == b""
    events = []
    while reader.rest:
        pcr, kind, count = (reader.number("<I") for _ in range(3))
        digests = {}
        for _ in range(count):
            bank = BANK_NAMES[reader.number("<H")]
            digests[bank] = reader.take(sizes[bank])
        events.append(Event(pcr, kind, digests, reader.take(reader.number("<I"))))
    return list(sizes), events


def replay(events: list[Event], bank: str) -> dict[int, bytes]:
    """What the events extend to, for the registers they mention."""
    size = hashlib.new(bank).digest_size
    values: dict[int, bytes] = {}
    for event in events:
        if event.type == 3:
            if event.data.startswith(b"StartupLocality\0"):
                values[0] = bytes(size - 1) + event.data[16:17]
            continue
        old = values.get(event.pcr, bytes(size))
        values[event.pcr] = hashlib.new(bank, old + event.digests[bank]).digest()
    return values


@dataclass
class Checked:
    """What an authentic piece of evidence says."""

    attest: Attest
    scheme: str
    pcrs: dict[tuple[str, int], bytes]


def verify(message: bytes, signature: bytes, pcr_file: bytes, chain: list[str]) -> Checked:
    """Signature, chain (leaf, intermediate, root) and register digest."""
    certificates = [x509.load_pem_x509_certificate(pem.encode()) for pem in chain]
    for child, issuer in zip(certificates, [*certificates[1:], certificates[-1]], strict=True):
        child.verify_directly_issued_by(issuer)
    scheme = verify_signature(message, signature, certificates[0])
    attest = parse_attest(message)
    digests = parse_pcr_file(pcr_file)
    assert hashlib.sha256(b"".join(digests)).digest() == attest.pcr_digest
    names = [(bank, pcr) for bank, pcrs in attest.selection.items() for pcr in pcrs]
    return Checked(attest, scheme, dict(zip(names, digests, strict=True)))


def verify_document(document: dict[str, Any]) -> Checked:
    """The same for BlindLlama's attestation document."""
    quote = {key: base64.b64decode(text, validate=True) for key, text in document["quote"].items()}
    return verify(quote["message"], quote["signature"], quote["pcr"], document["cert_chain"])


def verify_bundle(bundle: dict[str, Any]) -> Checked:
    """The same for Cupel's bundle."""
    quote = {key: base64.b64decode(text, validate=True) for key, text in bundle["quote"].items()}
    pcrs = base64.b64decode(bundle["pcrs"]["data"], validate=True)
    return verify(quote["message"], quote["signature"], pcrs, bundle["ak"]["certificates"])
