"""SEV-SNP reports and the certificates of AMD's keys, written byte by byte."""

from __future__ import annotations

import base64
import hashlib
import struct
from dataclasses import dataclass, field, replace

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID, ObjectIdentifier

from . import ca
from .keys import RANDOM, key, raw_ecdsa

ARC = "1.3.6.1.4.1.3704.1."
NAMES = {"milan": "Milan", "genoa": "Genoa", "turin": "Turin"}
PRODUCT_NAMES = {"milan": "Milan-B0", "genoa": "Genoa", "turin": "Turin"}
CPUIDS = {"milan": (0x19, 0x01, 1), "genoa": (0x19, 0x11, 1), "turin": (0x1A, 0x02, 1)}
CSP = "CN=cc-test-1.example"
CHIP = hashlib.sha512(b"a chip").digest()
P384_ORDER = int(
    "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
    16,
)


@dataclass
class Tcb:
    """A patch level by part."""

    fmc: int = 1
    boot_loader: int = 4
    tee: int = 0
    snp: int = 24
    microcode: int = 219

    def wire(self, product: str) -> bytes:
        """TCB_VERSION."""
        if product == "turin":
            parts = [self.fmc, self.boot_loader, self.tee, self.snp, 0, 0, 0, self.microcode]
        else:
            parts = [self.boot_loader, self.tee, 0, 0, 0, 0, self.snp, self.microcode]
        return bytes(parts)


def little(value: int) -> bytes:
    """A scalar of the signature: 72 bytes."""
    return value.to_bytes(72, "little")


@dataclass
class Report:
    """ATTESTATION_REPORT. Good as it stands; cases change one thing."""

    product: str = "milan"
    version: int = 3
    guest_svn: int = 2
    policy: int = 0x3001F
    family_id: bytes = b"\x01" + bytes(15)
    image_id: bytes = b"\x02" + bytes(15)
    vmpl: int = 0
    signature_algo: int = 1
    platform_info: int = 0x25
    key_info: int = 0
    reserved_4c: int = 0
    report_data: bytes = bytes(64)
    measurement: bytes = hashlib.sha384(b"a guest").digest()
    host_data: bytes = hashlib.sha256(b"a policy").digest()
    id_key_digest: bytes = hashlib.sha384(b"an id key").digest()
    author_key_digest: bytes = bytes(48)
    report_id: bytes = hashlib.sha256(b"a report id").digest()
    report_id_ma: bytes = b"\xff" * 32
    reported: Tcb = field(default_factory=Tcb)
    current: Tcb | None = None
    committed: Tcb | None = None
    launch: Tcb | None = None
    cpuid: tuple[int, int, int] | None = None
    chip_id: bytes | None = None
    mitigations: tuple[int, int] = (0xF, 0xF)
    patches: dict[int, bytes] = field(default_factory=dict)  # before signing
    late: dict[int, bytes] = field(default_factory=dict)  # after signing
    signing_key: str | None = None
    high_s: bool = False

    def body(self) -> bytes:
        """The signed 672 bytes."""
        tcb = self.reported.wire(self.product)

        def level(other: Tcb | None) -> bytes:
            return tcb if other is None else other.wire(self.product)

        chip = self.chip_id
        if chip is None:
            chip = CHIP[:8] + bytes(56) if self.product == "turin" else CHIP
        cpuid = bytes(24)
        if self.version >= 3:
            cpuid = bytes(self.cpuid or CPUIDS[self.product]) + bytes(21)
        mitigations = bytes(16)
        if self.version >= 5:
            mitigations = struct.pack("<QQ", *self.mitigations)
        out = bytearray(
            struct.pack("<IIQ", self.version, self.guest_svn, self.policy)
            + self.family_id
            + self.image_id
            + struct.pack("<II", self.vmpl, self.signature_algo)
            + level(self.current)
            + struct.pack("<QII", self.platform_info, self.key_info, self.reserved_4c)
            + self.report_data
            + self.measurement
            + self.host_data
            + self.id_key_digest
            + self.author_key_digest
            + self.report_id
            + self.report_id_ma
            + tcb
            + cpuid
            + chip
            + level(self.committed)
            + bytes([29, 55, 1, 0, 29, 55, 1, 0])
            + level(self.launch)
            + mitigations
            + bytes(152)
        )
        for offset, data in self.patches.items():
            out[offset : offset + len(data)] = data
        assert len(out) == 0x2A0
        return bytes(out)

    def wire(self) -> bytes:
        """The whole report."""
        body = self.body()
        usual = "p384-vlek" if (self.key_info >> 2) & 7 == 1 else "p384-vcek"
        r, s = raw_ecdsa(self.signing_key or usual, "sha384", body)
        if (s > P384_ORDER // 2) != self.high_s:
            s = P384_ORDER - s
        out = bytearray(body + little(r) + little(s) + bytes(368))
        for offset, data in self.late.items():
            out[offset : offset + len(data)] = data
        assert len(out) == 0x4A0
        return bytes(out)

    def but(self, **changes: object) -> Report:
        """A copy with other fields."""
        return replace(self, **changes)  # type: ignore[arg-type]


# ---- certificates --------------------------------------------------------------------------------


def integer(value: int) -> bytes:
    """INTEGER in DER."""
    size = max(1, (value.bit_length() + 8) // 8)
    return bytes([2, size]) + value.to_bytes(size, "big")


def ia5(text: str) -> bytes:
    """IA5String in DER."""
    return bytes([0x16, len(text)]) + text.encode()


def subject(common_name: str) -> x509.Name:
    """A name as AMD writes it."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Engineering"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Cupel test vectors"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def with_signature(der: bytes, to_be_signed: bytes, patched: bytes, signer: str) -> bytes:
    """The same object with RSA-PSS as it was kept, over what is to be signed."""
    private = key(signer)
    assert isinstance(private, rsa.RSAPrivateKey)
    size = private.key_size // 8
    start = der.index(to_be_signed)
    middle = der[start + len(to_be_signed) : -size]
    return der[:start] + patched + middle + RANDOM.pss(signer, "sha384", patched, 48)


PSS = padding.PSS(padding.MGF1(hashes.SHA384()), 48)


@dataclass(frozen=True)
class Cert:
    """A certificate, and the key that stands behind it."""

    der: bytes
    key_name: str
    name: x509.Name
    serial: int

    @property
    def pem(self) -> str:
        """PEM text."""
        return pem("CERTIFICATE", self.der)


def pem(label: str, der: bytes) -> str:
    """PEM text."""

    text = base64.b64encode(der).decode()
    lines = "\n".join(text[i : i + 64] for i in range(0, len(text), 64))
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n"


def issue(
    common_name: str,
    subject_key: str,
    issuer: Cert | None,
    *,
    serial: int,
    is_ca: bool,
    not_before: str,
    not_after: str,
    extensions: tuple[tuple[str, bytes], ...] = (),
    signing_key: str | None = None,
) -> Cert:
    """Makes a certificate. Serial number 0 is patched in: AMD uses it, the library refuses to."""
    signer = signing_key or (issuer.key_name if issuer else subject_key)
    private = key(signer)
    assert isinstance(private, rsa.RSAPrivateKey)
    name = subject(common_name)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.name if issuer else name)
        .public_key(key(subject_key).public_key())
        .serial_number(serial or 1)
        .not_valid_before(ca.date(not_before))
        .not_valid_after(ca.date(not_after))
    )
    if is_ca:
        builder = builder.add_extension(x509.BasicConstraints(True, None), True)
        builder = builder.add_extension(ca.usage("key_cert_sign", "crl_sign"), True)
        public = key(subject_key).public_key()
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
    for oid, value in extensions:
        builder = builder.add_extension(
            x509.UnrecognizedExtension(ObjectIdentifier(oid), value), False
        )
    made = builder.sign(private, hashes.SHA384(), rsa_padding=PSS)
    to_be_signed = made.tbs_certificate_bytes
    patched = to_be_signed
    if serial == 0:
        mark = bytes.fromhex("a003020102020101")
        assert patched.count(mark) == 1
        patched = patched.replace(mark, mark[:-1] + b"\x00")

    der = with_signature(
        made.public_bytes(serialization.Encoding.DER), to_be_signed, patched, signer
    )
    return Cert(der, subject_key, name, serial)


SERIALS = {"milan": 0x10000, "genoa": 0x20000, "turin": 0x30000}


def ark(product: str = "milan", key_name: str = "rsa4096-ark") -> Cert:
    """A root."""
    return issue(
        f"ARK-{NAMES[product]}",
        key_name,
        None,
        serial=SERIALS[product],
        is_ca=True,
        not_before="2020-10-22",
        not_after="2045-10-22",
    )


def ask(
    product: str = "milan",
    *,
    vlek: bool = False,
    issuer: Cert | None = None,
    key_name: str | None = None,
    **more: object,
) -> Cert:
    """An authority: ASK, or ASVK."""
    options: dict[str, object] = {
        "serial": SERIALS[product] + (0x101 if vlek else 1),
        "is_ca": True,
        "not_before": "2020-10-22",
        "not_after": "2045-10-22",
        **more,
    }
    title = f"SEV-VLEK-{NAMES[product]}" if vlek else f"SEV-{NAMES[product]}"
    name = key_name or ("rsa4096-asvk" if vlek else "rsa4096-ask")
    return issue(title, name, issuer or ark(product), **options)  # type: ignore[arg-type]


def extensions(
    product: str,
    tcb: Tcb,
    *,
    vlek: bool = False,
    hwid: bytes | None = None,
    changes: dict[str, bytes | None] | None = None,
) -> tuple[tuple[str, bytes], ...]:
    """AMD's extensions; `changes` replaces or drops (None) one, or adds it."""
    turin = product == "turin"
    product_name = NAMES[product] if vlek else PRODUCT_NAMES[product]
    out: dict[str, bytes] = {"1": integer(1 if turin else 0), "2": ia5(product_name)}
    if turin:
        out["3.9"] = integer(tcb.fmc)
    out["3.1"] = integer(tcb.boot_loader)
    out["3.2"] = integer(tcb.tee)
    if turin:
        out["3.3"] = integer(tcb.snp)
    else:
        out["3.4"] = integer(0)
    for number in ("3.5", "3.6", "3.7"):
        out[number] = integer(0)
    if not turin:
        out["3.3"] = integer(tcb.snp)
    out["3.8"] = integer(tcb.microcode)
    if vlek:
        out["5"] = ia5(CSP)
    else:
        out["4"] = hwid if hwid is not None else (CHIP[:8] if turin else CHIP)
    for number, value in (changes or {}).items():
        if value is None:
            del out[number]
        else:
            out[number] = value
    return tuple((ARC + number, value) for number, value in out.items())


def vek(
    product: str = "milan",
    tcb: Tcb | None = None,
    *,
    vlek: bool = False,
    issuer: Cert | None = None,
    key_name: str | None = None,
    hwid: bytes | None = None,
    changes: dict[str, bytes | None] | None = None,
    **more: object,
) -> Cert:
    """The certificate of a VCEK, or VLEK."""
    options: dict[str, object] = {
        "serial": 0,
        "is_ca": False,
        "not_before": "2024-01-01",
        "not_after": "2025-01-01" if vlek else "2031-01-01",
        "extensions": extensions(product, tcb or Tcb(), vlek=vlek, hwid=hwid, changes=changes),
        **more,
    }
    name = key_name or ("p384-vlek" if vlek else "p384-vcek")
    return issue(
        "SEV-VLEK" if vlek else "SEV-VCEK",
        name,
        issuer or ask(product, vlek=vlek),
        **options,  # type: ignore[arg-type]
    )


def crl(
    issuer: Cert,
    revoked: tuple[int, ...] = (),
    *,
    this_update: str = "2024-06-01",
    next_update: str = "2024-07-01",
    signing_key: str | None = None,
) -> bytes:
    """A CRL, DER, as AMD writes it. Serial number 0 is patched in."""

    signer = signing_key or issuer.key_name
    private = key(signer)
    assert isinstance(private, rsa.RSAPrivateKey)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.name)
        .last_update(ca.date(this_update))
        .next_update(ca.date(next_update))
        .add_extension(x509.CRLNumber(4), False)
    )
    for number in revoked:
        entry = (
            x509.RevokedCertificateBuilder()
            .serial_number(number or 1)
            .revocation_date(ca.date("2024-05-01"))
            .build()
        )
        builder = builder.add_revoked_certificate(entry)
    made = builder.sign(private, hashes.SHA384(), rsa_padding=PSS)
    to_be_signed = made.tbs_certlist_bytes
    patched = to_be_signed
    if 0 in revoked:
        mark = bytes.fromhex("020101170d")
        assert patched.count(mark) == 1
        patched = patched.replace(mark, bytes.fromhex("020100170d"))
    return with_signature(
        made.public_bytes(serialization.Encoding.DER), to_be_signed, patched, signer
    )


GUIDS = {
    "vcek": "63da758de6644564adc5f4b93be8accd",
    "vlek": "a8074bc2a25a483eaae639c045a0b8a1",
    "ask": "4ab7b379bbac4fe4a02f05aef327c782",
    "ark": "c0b406a4a803495297433fb6014cd0ae",
    "crl": "92f81bc358114d3d97ffd19f88dc67ea",
    "other": "00112233445566778899aabbccddeeff",
}


def table(entries: list[tuple[str, bytes]], size: int = 0) -> bytes:
    """A certificate table, padded to `size`."""
    offset = 24 * (len(entries) + 1)
    head, body = b"", b""
    for kind, content in entries:
        head += bytes.fromhex(GUIDS[kind]) + struct.pack("<II", offset, len(content))
        body += content
        offset += len(content)
    out = head + bytes(24) + body
    return out + bytes(max(0, size - len(out)))
