"""TPM 2.0 structures as bytes, written from the specification (TCG TPM 2.0 Library, Part 2).

This is deliberately another implementation than the verifier under test: nothing here parses,
and nothing is shared with it. Every writer takes what a correct structure would not hold as
well, because most vectors are wrong on purpose.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass, field

GENERATED = 0xFF544347
ST_ATTEST_QUOTE = 0x8018
ST_ATTEST_CERTIFY = 0x8017
ST_ATTEST_CREATION = 0x801A

ALG_RSA = 0x0001
ALG_SHA1 = 0x0004
ALG_NULL = 0x0010
ALG_SHA256 = 0x000B
ALG_SHA384 = 0x000C
ALG_SHA512 = 0x000D
ALG_SM3_256 = 0x0012
ALG_RSASSA = 0x0014
ALG_RSAPSS = 0x0016
ALG_ECDSA = 0x0018
ALG_ECC = 0x0023

HASH_ID = {
    "sha1": ALG_SHA1,
    "sha256": ALG_SHA256,
    "sha384": ALG_SHA384,
    "sha512": ALG_SHA512,
    "sm3_256": ALG_SM3_256,
}
SCHEME_ID = {"rsassa": ALG_RSASSA, "rsapss": ALG_RSAPSS, "ecdsa": ALG_ECDSA}
CURVE_ID = {"secp256r1": 0x0003, "secp384r1": 0x0004, "secp521r1": 0x0005}

# TPMA_OBJECT (Part 2, 8.3.2): fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, restricted,
# sign.
RESTRICTED_SIGNING = 0x00050072


def tpm2b(data: bytes) -> bytes:
    """A sized buffer: 16-bit length, big-endian, then the bytes."""
    return struct.pack(">H", len(data)) + data


def digest(bank: str, data: bytes) -> bytes:
    """The hash of a bank over data."""
    return hashlib.new(bank, data).digest()


def digest_size(bank: str) -> int:
    """The size in bytes of a bank's digests."""
    return hashlib.new(bank).digest_size


@dataclass(frozen=True)
class Selection:
    """TPMS_PCR_SELECTION (Part 2, 10.6.2)."""

    bank: str
    indices: tuple[int, ...]
    size: int = 3
    alg: int | None = None  # instead of the bank's own identifier

    def bitmap(self) -> bytes:
        """The registers as bits: bit i of byte j is register 8j+i."""
        bits = bytearray(self.size)
        for index in self.indices:
            bits[index // 8] |= 1 << (index % 8)
        return bytes(bits)

    def algorithm(self) -> int:
        """The identifier that is written."""
        return HASH_ID[self.bank] if self.alg is None else self.alg

    def wire(self) -> bytes:
        """Big-endian, as the TPM writes it."""
        return struct.pack(">HB", self.algorithm(), self.size) + self.bitmap()


def selection_list(selections: list[Selection], count: int | None = None) -> bytes:
    """TPML_PCR_SELECTION, with another count if one is given."""
    written = len(selections) if count is None else count
    return struct.pack(">I", written) + b"".join(s.wire() for s in selections)


@dataclass
class Attest:
    """TPMS_ATTEST of a quote (Part 2, 10.12.12). Offsets of fields are known after wire()."""

    selections: list[Selection]
    pcr_digest: bytes
    extra_data: bytes = b""
    magic: int = GENERATED
    type: int = ST_ATTEST_QUOTE
    qualified_signer: bytes = struct.pack(">H", ALG_SHA256) + digest("sha256", b"a test AK's name")
    clock: int = 88_873
    reset_count: int = 2
    restart_count: int = 0
    safe: int = 1
    firmware_version: int = 0x2020031200120003
    selection_count: int | None = None
    attested: bytes | None = None  # instead of selections and digest
    tail: bytes = b""

    def wire(self) -> bytes:
        """The bytes that are signed."""
        head = struct.pack(">IH", self.magic, self.type)
        head += tpm2b(self.qualified_signer) + tpm2b(self.extra_data)
        head += struct.pack(">QIIB", self.clock, self.reset_count, self.restart_count, self.safe)
        head += struct.pack(">Q", self.firmware_version)
        attested = self.attested
        if attested is None:
            attested = selection_list(self.selections, self.selection_count)
            attested += tpm2b(self.pcr_digest)
        return head + attested + self.tail


def signature_rsa(scheme: str, hash_name: str, signature: bytes) -> bytes:
    """TPMT_SIGNATURE of an RSA key (Part 2, 11.3.4)."""
    return struct.pack(">HH", SCHEME_ID[scheme], HASH_ID[hash_name]) + tpm2b(signature)


def signature_ecdsa(hash_name: str, r: bytes, s: bytes) -> bytes:
    """TPMT_SIGNATURE of an elliptic-curve key."""
    return struct.pack(">HH", ALG_ECDSA, HASH_ID[hash_name]) + tpm2b(r) + tpm2b(s)


def public_rsa(
    modulus: int, bits: int, attributes: int = RESTRICTED_SIGNING, hash_name: str = "sha256"
) -> bytes:
    """TPMT_PUBLIC of an RSA signing key with the exponent 65537 (Part 2, 12.2.4)."""
    out = struct.pack(">HHI", ALG_RSA, ALG_SHA256, attributes) + tpm2b(b"")
    out += struct.pack(">HHHHI", ALG_NULL, ALG_RSASSA, HASH_ID[hash_name], bits, 0)
    return out + tpm2b(modulus.to_bytes(bits // 8, "big"))


def public_ecc(
    curve: str, x: int, y: int, attributes: int = RESTRICTED_SIGNING, hash_name: str = "sha256"
) -> bytes:
    """TPMT_PUBLIC of an ECDSA key."""
    size = {"secp256r1": 32, "secp384r1": 48, "secp521r1": 66}[curve]
    out = struct.pack(">HHI", ALG_ECC, ALG_SHA256, attributes) + tpm2b(b"")
    out += struct.pack(">HHHHH", ALG_NULL, ALG_ECDSA, HASH_ID[hash_name], CURVE_ID[curve], ALG_NULL)
    return out + tpm2b(x.to_bytes(size, "big")) + tpm2b(y.to_bytes(size, "big"))


# ---- PCR values beside a quote ------------------------------------------------------------------


def _lists(values: list[bytes]) -> list[list[bytes]]:
    return [values[i : i + 8] for i in range(0, len(values), 8)]


def pcrs_serialized(selections: list[Selection], values: list[bytes]) -> bytes:
    """The file tpm2_quote writes with `-F serialized`: C structures of a little-endian machine."""
    out = struct.pack("<I", len(selections))
    for selection in selections:
        out += struct.pack("<HB", selection.algorithm(), selection.size)
        out += selection.bitmap().ljust(5, b"\0")[:5]
    out += bytes(8) * (16 - len(selections))
    lists = _lists(values)
    out += struct.pack("<I", len(lists))
    for digests in lists:
        out += struct.pack("<I", len(digests))
        for value in digests:
            out += struct.pack("<H", len(value)) + value.ljust(64, b"\0")
        out += bytes(66) * (8 - len(digests))
    return out


def pcrs_marshaled(selections: list[Selection], values: list[bytes]) -> bytes:
    """The file tpm2_quote writes with `-F marshaled`: TPM wire form, lists of eight."""
    lists = _lists(values)
    out = selection_list(selections) + struct.pack(">I", len(lists))
    for digests in lists:
        out += struct.pack(">I", len(digests)) + b"".join(tpm2b(value) for value in digests)
    return out


def pcrs_values(values: list[bytes]) -> bytes:
    """The file tpm2_quote writes with `-F values`: the digests, one after the other."""
    return b"".join(values)


# ---- registers ----------------------------------------------------------------------------------


def extend(bank: str, register: bytes, value: bytes) -> bytes:
    """TPM2_PCR_Extend."""
    return digest(bank, register + value)


@dataclass
class Registers:
    """Register values by bank and index; what nothing was put in is made up, but never zero."""

    values: dict[tuple[str, int], bytes] = field(default_factory=dict)

    def get(self, bank: str, index: int) -> bytes:
        """The value of a register."""
        made_up = digest(bank, f"register {index} of a test machine".encode())
        return self.values.get((bank, index), made_up)

    def set(self, bank: str, index: int, value: bytes) -> None:
        """Puts a value into a register."""
        self.values[(bank, index)] = value

    def selected(self, selections: list[Selection]) -> list[bytes]:
        """The values in the order in which a quote hashes them."""
        return [self.get(s.bank, i) for s in selections for i in sorted(s.indices)]
