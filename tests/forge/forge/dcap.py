"""Forged SGX and TDX quotes with a forged Intel behind them: PCK chain, collateral, CRLs."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ObjectIdentifier

from . import ca, keys

ROOT_KEY = "p256-sgxroot"
PCK_CA_KEY = "p256-pckca"
SIGNER_KEY = "p256-tcbsigner"
PCK_KEY = "p256-pck"
QUOTE_KEY = "p256-quote"
EVIL_KEY = "p256-other"

SGX_OID = "1.2.840.113741.1.13.1"
INTEL_QE = bytes.fromhex("939a7233f79c4ca9940a0db3957f0607")
FMSPC = bytes.fromhex("00606a000000")
QE_SIGNER = bytes.fromhex("8c" * 32)
TD_QE_SIGNER = bytes.fromhex("dc" * 32)
NO_SEAM_SIGNER = bytes(48)

ISSUED = "2024-06-01T00:00:00Z"
NEXT = "2024-07-01T00:00:00Z"


# ---- DER -----------------------------------------------------------------------------------------


def der(tag: int, content: bytes) -> bytes:
    """One value."""
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def oid(text: str) -> bytes:
    """OBJECT IDENTIFIER."""
    first, second, *rest = (int(part) for part in text.split("."))
    out = bytes([first * 40 + second])
    for number in rest:
        digits = [number & 0x7F]
        while number := number >> 7:
            digits.insert(0, 0x80 | (number & 0x7F))
        out += bytes(digits)
    return der(6, out)


def integer(value: int, tag: int = 2) -> bytes:
    """INTEGER (or ENUMERATED)."""
    return der(tag, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def pair(name: str, value: bytes) -> bytes:
    """SEQUENCE { OID, value }."""
    return der(0x30, oid(name) + value)


# ---- the platform --------------------------------------------------------------------------------


@dataclass
class Platform:
    """What a PCK certificate says."""

    components: list[int] = field(default_factory=lambda: [5, 5, 3, 3, 255, 255, *[0] * 10])
    pce_svn: int = 13
    fmspc: bytes = FMSPC
    pce_id: bytes = b"\0\0"
    ppid: bytes = bytes(range(16))
    sgx_type: int = 1
    extra: list[bytes] = field(default_factory=list)
    extension: bytes | None = None

    def wire(self) -> bytes:
        """The SGX extension."""
        if self.extension is not None:
            return self.extension
        tcb = [pair(f"{SGX_OID}.2.{i + 1}", integer(svn)) for i, svn in enumerate(self.components)]
        tcb.append(pair(f"{SGX_OID}.2.17", integer(self.pce_svn)))
        cpu_svn = bytes(min(svn, 255) for svn in self.components)[:16]
        tcb.append(pair(f"{SGX_OID}.2.18", der(4, cpu_svn)))
        flags = [
            pair(f"{SGX_OID}.7.{number}", der(1, b"\xff" if on else b"\0"))
            for number, on in ((1, True), (2, False), (3, True))
        ]
        members = [
            pair(f"{SGX_OID}.1", der(4, self.ppid)),
            pair(f"{SGX_OID}.2", der(0x30, b"".join(tcb))),
            pair(f"{SGX_OID}.3", der(4, self.pce_id)),
            pair(f"{SGX_OID}.4", der(4, self.fmspc)),
            pair(f"{SGX_OID}.5", integer(self.sgx_type, 10)),
            pair(f"{SGX_OID}.6", der(4, bytes(range(16, 32)))),
            pair(f"{SGX_OID}.7", der(0x30, b"".join(flags))),
        ]
        return der(0x30, b"".join([*members, *self.extra]))


@cache
def root(key_name: str = ROOT_KEY) -> ca.Cert:
    """Something called Intel SGX Root CA."""
    return ca.root("Intel SGX Root CA", key_name, hash_name="sha256")


@cache
def pck_ca(name: str = "Intel SGX PCK Platform CA", root_key: str = ROOT_KEY) -> ca.Cert:
    """The authority of PCK certificates."""
    return ca.intermediate(root(root_key), name, PCK_CA_KEY, path_length=0)


@cache
def signer(**more: Any) -> ca.Cert:
    """The signer of TCB infos and identities."""
    options: dict[str, Any] = {
        "not_after": "2030-01-01",
        "usages": ("digital_signature", "content_commitment"),
        **more,
    }
    name = options.pop("name", "Intel SGX TCB Signing")
    issuer = options.pop("issuer", None) or root()
    return ca.issue(name, options.pop("key_name", SIGNER_KEY), issuer, **options)


def pck(platform: Platform, **more: Any) -> ca.Cert:
    """A PCK certificate."""
    extension = x509.UnrecognizedExtension(ObjectIdentifier(SGX_OID), platform.wire())
    options: dict[str, Any] = {"not_after": "2030-01-01", "extensions": ((extension, False),)}
    options.update(more)
    name = options.pop("name", "Intel SGX PCK Certificate")
    issuer = options.pop("issuer", None) or pck_ca()
    return ca.issue(name, options.pop("key_name", PCK_KEY), issuer, **options)


# ---- collateral ----------------------------------------------------------------------------------


def raw_signature(key_name: str, message: bytes) -> bytes:
    """r || s."""
    r, s = keys.raw_ecdsa(key_name, "sha256", message)
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def point(key_name: str) -> bytes:
    """x || y."""
    public = keys.key(key_name).public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    return public.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )[1:]


def compact(value: Any) -> str:
    """As Intel writes it."""
    return json.dumps(value, separators=(",", ":"))


def signed(member: str, text: str, key_name: str = SIGNER_KEY) -> bytes:
    """The PCS answer around a signed text."""
    signature = raw_signature(key_name, text.encode()).hex()
    return f'{{"{member}":{text},"signature":"{signature}"}}'.encode()


def components(*svns: int, tdx: bool = False) -> list[dict[str, Any]]:
    """16 components; the first three have names."""
    names = (
        [
            ("OS/VMM", "TDX Module"),
            ("OS/VMM", "TDX Module"),
            ("OS/VMM", "TDX Late Microcode Update"),
        ]
        if tdx
        else [
            ("BIOS", "Early Microcode Update"),
            ("OS/VMM", "SGX Late Microcode Update"),
            ("OS/VMM", "TXT SINIT"),
        ]
    )
    out: list[dict[str, Any]] = [{"svn": svn} for svn in (*svns, *[0] * (16 - len(svns)))]
    for entry, (category, kind) in zip(out, names, strict=False):
        entry.update(category=category, type=kind)
    return out


def level(
    status: str,
    sgx: tuple[int, ...] = (5, 5, 3, 3, 255, 255),
    pcesvn: int = 13,
    date: str = "2024-03-13T00:00:00Z",
    advisories: tuple[str, ...] = (),
    tdx: tuple[int, ...] | None = None,
) -> dict[str, Any]:
    """A TCB level."""
    tcb: dict[str, Any] = {"sgxtcbcomponents": components(*sgx), "pcesvn": pcesvn}
    if tdx is not None:
        tcb["tdxtcbcomponents"] = components(*tdx, tdx=True)
    out: dict[str, Any] = {"tcb": tcb, "tcbDate": date, "tcbStatus": status}
    if advisories:
        out["advisoryIDs"] = list(advisories)
    return out


def svn_level(
    status: str, isvsvn: int, date: str = "2024-03-13T00:00:00Z", advisories: tuple[str, ...] = ()
) -> dict[str, Any]:
    """A level of an identity."""
    out: dict[str, Any] = {"tcb": {"isvsvn": isvsvn}, "tcbDate": date, "tcbStatus": status}
    if advisories:
        out["advisoryIDs"] = list(advisories)
    return out


def tcb_info(tdx: bool = False) -> dict[str, Any]:
    """A TCB info, version 3, by which the usual platform is up to date."""
    wanted = (5, 0, 6) if tdx else None
    older = (3, 0, 5) if tdx else None
    out: dict[str, Any] = {
        "id": "TDX" if tdx else "SGX",
        "version": 3,
        "issueDate": ISSUED,
        "nextUpdate": NEXT,
        "fmspc": FMSPC.hex(),
        "pceId": "0000",
        "tcbType": 0,
        "tcbEvaluationDataNumber": 17,
    }
    if tdx:
        module = {
            "mrsigner": NO_SEAM_SIGNER.hex(),
            "attributes": "0000000000000000",
            "attributesMask": "FFFFFFFFFFFFFFFF",
        }
        out["tdxModule"] = module
        out["tdxModuleIdentities"] = [
            {
                "id": "TDX_01",
                **module,
                "tcbLevels": [
                    svn_level("UpToDate", 5),
                    svn_level("OutOfDate", 3, "2023-08-09T00:00:00Z", ("INTEL-SA-01036",)),
                ],
            }
        ]
    out["tcbLevels"] = [
        level("UpToDate", tdx=wanted),
        level(
            "OutOfDate",
            (4, 4, 2, 2, 255, 255),
            11,
            "2023-08-09T00:00:00Z",
            ("INTEL-SA-00828", "INTEL-SA-00615"),
            older,
        ),
    ]
    return out


def tcb_info_v2() -> dict[str, Any]:
    """The same for SGX in version 2."""
    out = tcb_info()
    del out["id"]
    out["version"] = 2
    for entry in out["tcbLevels"]:
        named = {
            f"sgxtcbcomp{i + 1:02}svn": part["svn"]
            for i, part in enumerate(entry["tcb"].pop("sgxtcbcomponents"))
        }
        entry["tcb"] = named | entry["tcb"]
    return out


def qe_identity(tdx: bool = False) -> dict[str, Any]:
    """The identity of the quoting enclave."""
    return {
        "id": "TD_QE" if tdx else "QE",
        "version": 2,
        "issueDate": ISSUED,
        "nextUpdate": NEXT,
        "tcbEvaluationDataNumber": 17,
        "miscselect": "00000000",
        "miscselectMask": "FFFFFFFF",
        "attributes": "11000000000000000000000000000000",
        "attributesMask": "FBFFFFFFFFFFFFFF0000000000000000",
        "mrsigner": (TD_QE_SIGNER if tdx else QE_SIGNER).hex().upper(),
        "isvprodid": 2 if tdx else 1,
        "tcbLevels": [
            svn_level("UpToDate", 8),
            svn_level("OutOfDate", 6, "2021-11-10T00:00:00Z", ("INTEL-SA-00615",)),
        ],
    }


# ---- quotes --------------------------------------------------------------------------------------


@dataclass
class SgxReport:
    """384 bytes. Good as it stands."""

    cpu_svn: bytes = bytes([5, 5, 3, 3, 255, 255, *[0] * 10])
    misc_select: int = 0
    attributes: bytes = bytes.fromhex("0500000000000000e700000000000000")
    mrenclave: bytes = bytes(range(32))
    mrsigner: bytes = bytes(range(32, 64))
    config_id: bytes = bytes(64)
    isv_prod_id: int = 7
    isv_svn: int = 3
    config_svn: int = 0
    report_data: bytes = bytes(64)
    reserved: dict[int, int] = field(default_factory=dict)

    def wire(self) -> bytes:
        """The bytes."""
        out = bytearray(384)
        out[0:16] = self.cpu_svn
        out[16:20] = self.misc_select.to_bytes(4, "little")
        out[48:64] = self.attributes
        out[64:96] = self.mrenclave
        out[128:160] = self.mrsigner
        out[192:256] = self.config_id
        out[256:258] = self.isv_prod_id.to_bytes(2, "little")
        out[258:260] = self.isv_svn.to_bytes(2, "little")
        out[260:262] = self.config_svn.to_bytes(2, "little")
        out[320:384] = self.report_data
        for offset, value in self.reserved.items():
            out[offset] = value
        return bytes(out)


@dataclass
class TdReport:
    """584 or 648 bytes. Good as it stands."""

    tee_tcb_svn: bytes = bytes([5, 1, 6, *[0] * 13])
    mrsignerseam: bytes = NO_SEAM_SIGNER
    seam_attributes: bytes = bytes(8)
    td_attributes: bytes = (1 << 28).to_bytes(8, "little")
    xfam: bytes = bytes.fromhex("e718060000000000")
    mrtd: bytes = hashlib.sha384(b"virtual firmware").digest()
    rtmr: tuple[bytes, bytes, bytes, bytes] = (bytes(48),) * 4
    report_data: bytes = bytes(64)
    newer: bool = False
    tee_tcb_svn_2: bytes = bytes([5, 1, 6, *[0] * 13])

    def wire(self) -> bytes:
        """The bytes."""
        out = (
            self.tee_tcb_svn
            + hashlib.sha384(b"TDX module").digest()
            + self.mrsignerseam
            + self.seam_attributes
            + self.td_attributes
            + self.xfam
            + self.mrtd
            + bytes(3 * 48)
            + b"".join(self.rtmr)
            + self.report_data
        )
        return out + self.tee_tcb_svn_2 + bytes(48) if self.newer else out


@dataclass
class Service:
    """A quote and everything behind it. Good as it stands; cases change one thing."""

    tdx: bool = False
    version: int = 0  # 0: 3 for SGX, 4 for TDX
    body: Any = None
    platform: Platform = field(default_factory=Platform)
    qe: SgxReport | None = None
    qe_auth: bytes = bytes(range(32))
    vendor: bytes = INTEL_QE
    key_type: int = 2
    tee_type: int | None = None
    body_type: int | None = None
    body_size: int | None = None
    chain: list[ca.Cert] | None = None
    chain_text: bytes | None = None
    certification: tuple[int, bytes] | None = None
    outer_type: int = 6
    quote_key: str = QUOTE_KEY  # whose point stands in the quote
    signing_key: str = ""  # who signs it; the same unless said
    qe_signing_key: str = PCK_KEY
    # Changes to the documents, before they are signed; and the whole text instead.
    info: Callable[[dict[str, Any]], None] | dict[str, Any] | None = None
    identity: Callable[[dict[str, Any]], None] | dict[str, Any] | None = None
    info_text: str | None = None
    identity_text: str | None = None
    signer_key: str = SIGNER_KEY
    identity_tdx: bool | None = None
    info_tdx: bool | None = None
    # Files that are put in the place of others, or left out with None.
    replace: dict[str, bytes | None] = field(default_factory=dict)

    def report(self) -> Any:
        """The body."""
        return self.body or (TdReport(newer=self.version == 5) if self.tdx else SgxReport())

    def qe_report(self) -> bytes:
        """The quoting enclave's report, bound to the attestation key."""
        qe = self.qe or SgxReport()
        if self.qe is None:
            qe.attributes = bytes.fromhex("1500000000000000e700000000000000")
            qe.mrsigner = TD_QE_SIGNER if self.tdx else QE_SIGNER
            qe.isv_prod_id = 2 if self.tdx else 1
            qe.isv_svn = 8
        if qe.report_data == bytes(64):
            qe.report_data = hashlib.sha256(point(self.quote_key) + self.qe_auth).digest() + bytes(
                32
            )
        return qe.wire()

    def certificates(self) -> list[ca.Cert]:
        """PCK certificate, its authority, root."""
        return self.chain or [pck(self.platform), pck_ca(), root()]

    def certification_data(self) -> bytes:
        """Type, size and data."""
        kind, data = self.certification or (5, self.pem_chain())
        return kind.to_bytes(2, "little") + len(data).to_bytes(4, "little") + data

    def pem_chain(self) -> bytes:
        """The certificates as the quoting library writes them."""
        if self.chain_text is not None:
            return self.chain_text
        return "".join(cert.pem for cert in self.certificates()).encode() + b"\0"

    def signed_part(self) -> bytes:
        """Header and body."""
        version = self.version or (4 if self.tdx else 3)
        tee = self.tee_type if self.tee_type is not None else (0x81 if self.tdx else 0)
        svns = b"\x0a\0\x0f\0" if version == 3 else bytes(4)
        out = version.to_bytes(2, "little") + self.key_type.to_bytes(2, "little")
        out += tee.to_bytes(4, "little") + svns + self.vendor + bytes(range(16)) + bytes(4)
        body = self.report().wire()
        if version == 5:
            kind = self.body_type or {384: 1, 584: 2, 648: 3}[len(body)]
            size = len(body) if self.body_size is None else self.body_size
            out += kind.to_bytes(2, "little") + size.to_bytes(4, "little")
        return out + body

    def quote(self) -> bytes:
        """The quote."""
        message = self.signed_part()
        signature = raw_signature(self.signing_key or self.quote_key, message)
        qe = self.qe_report()
        inner = qe + raw_signature(self.qe_signing_key, qe)
        inner += len(self.qe_auth).to_bytes(2, "little") + self.qe_auth + self.certification_data()
        if (self.version or (4 if self.tdx else 3)) != 3:
            inner = self.outer_type.to_bytes(2, "little") + len(inner).to_bytes(4, "little") + inner
        data = signature + point(self.quote_key) + inner
        return message + len(data).to_bytes(4, "little") + data

    def info_document(self) -> bytes:
        """The signed TCB info."""
        wanted = self.tdx if self.info_tdx is None else self.info_tdx
        value = copy.deepcopy(self.info) if isinstance(self.info, dict) else tcb_info(wanted)
        if callable(self.info):
            self.info(value)
        text = compact(value) if self.info_text is None else self.info_text
        return signed("tcbInfo", text, self.signer_key)

    def identity_document(self) -> bytes:
        """The signed identity."""
        wanted = self.tdx if self.identity_tdx is None else self.identity_tdx
        value = (
            copy.deepcopy(self.identity) if isinstance(self.identity, dict) else qe_identity(wanted)
        )
        if callable(self.identity):
            self.identity(value)
        text = compact(value) if self.identity_text is None else self.identity_text
        return signed("enclaveIdentity", text, self.signer_key)

    def endorsements(self) -> dict[str, bytes]:
        """Everything that stands beside the quote, by file name."""
        out: dict[str, bytes | None] = {
            "tcb_info.json": self.info_document(),
            "qe_identity.json": self.identity_document(),
            "signer.pem": signer().pem.encode(),
            "pck.crl": ca.crl(pck_ca()),
            "root.crl": ca.crl(root()),
        }
        out.update(self.replace)
        return {name: content for name, content in out.items() if content is not None}
