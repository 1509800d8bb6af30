"""A pretended Intel: the authorities behind SGX and TDX quotes, and the collateral they sign.

Forms: Intel SGX PCK Certificate and CRL Profile 1.5; Intel PCS API v4. Keys are fresh, dates are
around now, and every name but Intel's own common names says what this is.
"""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import ObjectIdentifier

from cupel.testing.certificates import (
    INTERMEDIATE_LIFE,
    ORGANIZATION,
    ROOT_LIFE,
    Issuer,
    distinguished_name,
    issue,
    to_pem,
)

SGX_OID = "1.2.840.113741.1.13.1"
FMSPC = bytes.fromhex("00606a000000")
CPU_SVN = bytes((5, 5, 3, 3, 255, 255)) + bytes(10)
PCE_SVN = 13
TDX_SVN = bytes((5, 0, 6)) + bytes(13)  # index 0: the module, 2: late microcode
QE_SVN = 8
QE_SIGNER = bytes.fromhex("8c" * 32)
TD_QE_SIGNER = bytes.fromhex("dc" * 32)
_LIFE = datetime.timedelta(days=7)
AGE = datetime.timedelta(hours=1)


# ---- DER: the one extension that libraries do not know ----------------------------------------


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def _pair(number: str, value: bytes) -> bytes:
    dotted = ObjectIdentifier(f"{SGX_OID}.{number}")
    first, second, *rest = (int(part) for part in dotted.dotted_string.split("."))
    out = bytes((first * 40 + second,))
    for part in rest:
        digits = [part & 0x7F]
        while part := part >> 7:
            digits.insert(0, 0x80 | (part & 0x7F))
        out += bytes(digits)
    return _der(0x30, _der(0x06, out) + value)


def _integer(value: int, tag: int = 0x02) -> bytes:
    return _der(tag, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _sgx_extension(cpu_svn: bytes, pce_svn: int) -> bytes:
    tcb = [_pair(f"2.{i + 1}", _integer(svn)) for i, svn in enumerate(cpu_svn)]
    tcb += [_pair("2.17", _integer(pce_svn)), _pair("2.18", _der(0x04, cpu_svn))]
    flags = [_pair(f"7.{i}", _der(0x01, on)) for i, on in ((1, b"\xff"), (2, b"\0"), (3, b"\xff"))]
    members = (
        _pair("1", _der(0x04, bytes(range(16)))),  # PPID
        _pair("2", _der(0x30, b"".join(tcb))),
        _pair("3", _der(0x04, bytes(2))),  # PCEID
        _pair("4", _der(0x04, FMSPC)),
        _pair("5", _integer(1, 0x0A)),  # scalable
        _pair("6", _der(0x04, bytes(range(16, 32)))),  # platform instance
        _pair("7", _der(0x30, b"".join(flags))),
    )
    return _der(0x30, b"".join(members))


# ---- keys ----------------------------------------------------------------------------------------


def raw_signature(key: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    """r || s, as Intel writes it."""
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def raw_point(key: ec.EllipticCurvePrivateKey) -> bytes:
    """x || y."""
    form = serialization.PublicFormat.UncompressedPoint
    return key.public_key().public_bytes(serialization.Encoding.X962, form)[1:]


def _new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True)
class Pck:
    """A platform's provisioning certification key."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    cpu_svn: bytes

    @property
    def certificate_pem(self) -> str:
        """What Intel certified."""
        return to_pem(self.certificate)


# ---- what Intel says about platforms -------------------------------------------------------------


def _components(svns: bytes) -> list[dict[str, int]]:
    return [{"svn": svn} for svn in svns]


def _level(
    status: str, date: str, sgx: bytes, tdx: bytes | None, advisories: tuple[str, ...] = ()
) -> dict[str, Any]:
    tcb: dict[str, Any] = {"sgxtcbcomponents": _components(sgx), "pcesvn": PCE_SVN}
    if tdx is not None:
        tcb["tdxtcbcomponents"] = _components(tdx)
    out: dict[str, Any] = {"tcb": tcb, "tcbDate": date, "tcbStatus": status}
    if advisories:
        out["advisoryIDs"] = list(advisories)
    return out


def _moment(moment: datetime.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class IntelAuthority:
    """Root, PCK authority and TCB signer. Two of them have the same names, and differ."""

    def __init__(self) -> None:
        """Makes fresh keys."""
        root_key = _new_key()
        name = distinguished_name("Intel SGX Root CA", ORGANIZATION)
        certificate = issue(name, root_key.public_key(), None, root_key, ROOT_LIFE, path_length=1)
        self._root = Issuer(certificate, root_key)
        self._pck_ca = self._below(self._root, "Intel SGX PCK Platform CA", 0)
        self._signer = self._below(self._root, "Intel SGX TCB Signing", None)
        self._revoked: list[int] = []

    @staticmethod
    def _below(issuer: Issuer, name: str, path_length: int | None) -> Issuer:
        key = _new_key()
        certificate = issue(
            distinguished_name(name, ORGANIZATION),
            key.public_key(),
            issuer,
            issuer.key,
            INTERMEDIATE_LIFE,
            path_length=path_length,
        )
        return Issuer(certificate, key)

    def certify_platform(self, cpu_svn: bytes = CPU_SVN) -> Pck:
        """A platform at this patch level."""
        key = _new_key()
        extension = x509.UnrecognizedExtension(
            ObjectIdentifier(SGX_OID), _sgx_extension(cpu_svn, PCE_SVN)
        )
        certificate = issue(
            distinguished_name("Intel SGX PCK Certificate", ORGANIZATION),
            key.public_key(),
            self._pck_ca,
            self._pck_ca.key,
            INTERMEDIATE_LIFE,
            path_length=None,
            extra=(extension,),
        )
        return Pck(key, certificate, cpu_svn)

    def revoke(self, platform: Pck) -> None:
        """From now on, the PCK authority's list names it."""
        self._revoked.append(platform.certificate.serial_number)

    # ---- chains ----------------------------------------------------------------------------------

    @property
    def root_pem(self) -> str:
        """What a client must name on purpose."""
        return to_pem(self._root.certificate)

    def pck_chain(self, platform: Pck) -> str:
        """Leaf, authority, root."""
        return platform.certificate_pem + self.pck_issuers

    @property
    def pck_issuers(self) -> str:
        """The PCK authority and the root."""
        return to_pem(self._pck_ca.certificate) + self.root_pem

    @property
    def signer_chain(self) -> str:
        """The TCB signer and the root."""
        return to_pem(self._signer.certificate) + self.root_pem

    # ---- lists and documents ---------------------------------------------------------------------

    def _list(self, issuer: Issuer, serials: list[int]) -> str:
        now = datetime.datetime.now(datetime.timezone.utc)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(issuer.certificate.subject)
            .last_update(now - AGE)
            .next_update(now + _LIFE)
            .add_extension(x509.CRLNumber(1), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()),
                critical=False,
            )
        )
        for serial in serials:
            entry = x509.RevokedCertificateBuilder().serial_number(serial)
            builder = builder.add_revoked_certificate(entry.revocation_date(now - AGE).build())
        signed = builder.sign(issuer.key, hashes.SHA256())
        return signed.public_bytes(serialization.Encoding.PEM).decode("ascii")

    @property
    def pck_crl(self) -> str:
        """The PCK authority's list, PEM."""
        return self._list(self._pck_ca, self._revoked)

    @property
    def root_crl(self) -> str:
        """The root's list, PEM."""
        return self._list(self._root, [])

    def _signed(self, member: str, document: dict[str, Any]) -> str:
        text = json.dumps(document, separators=(",", ":"))
        signature = raw_signature(self._signer.key, text.encode()).hex()
        return f'{{"{member}":{text},"signature":"{signature}"}}'

    @staticmethod
    def _dates(age: datetime.timedelta) -> dict[str, Any]:
        issued = datetime.datetime.now(datetime.timezone.utc) - age
        return {
            "issueDate": _moment(issued),
            "nextUpdate": _moment(issued + _LIFE),
            "tcbEvaluationDataNumber": 17,
        }

    def tcb_info(self, *, tdx: bool = False, age: datetime.timedelta = AGE) -> str:
        """The PCS answer by which the usual platform is up to date."""
        module = {
            "mrsigner": bytes(48).hex(),
            "attributes": bytes(8).hex(),
            "attributesMask": (b"\xff" * 8).hex(),
        }
        older = bytes((3, 3, 2, 2)) + bytes(12)
        document: dict[str, Any] = {
            "id": "TDX" if tdx else "SGX",
            "version": 3,
            **self._dates(age),
            "fmspc": FMSPC.hex(),
            "pceId": "0000",
            "tcbType": 0,
            **({"tdxModule": module, "tdxModuleIdentities": []} if tdx else {}),
            "tcbLevels": [
                _level("UpToDate", "2024-03-13T00:00:00Z", CPU_SVN, TDX_SVN if tdx else None),
                _level(
                    "OutOfDate",
                    "2023-08-09T00:00:00Z",
                    older,
                    bytes(16) if tdx else None,
                    ("INTEL-SA-00828",),
                ),
            ],
        }
        return self._signed("tcbInfo", document)

    def qe_identity(self, *, tdx: bool = False, age: datetime.timedelta = AGE) -> str:
        """The PCS answer about the quoting enclave."""
        document = {
            "id": "TD_QE" if tdx else "QE",
            "version": 2,
            **self._dates(age),
            "miscselect": "00000000",
            "miscselectMask": "FFFFFFFF",
            "attributes": "11000000000000000000000000000000",
            "attributesMask": "FBFFFFFFFFFFFFFF0000000000000000",
            "mrsigner": (TD_QE_SIGNER if tdx else QE_SIGNER).hex().upper(),
            "isvprodid": 2 if tdx else 1,
            "tcbLevels": [
                {
                    "tcb": {"isvsvn": QE_SVN},
                    "tcbDate": "2024-03-13T00:00:00Z",
                    "tcbStatus": "UpToDate",
                }
            ],
        }
        return self._signed("enclaveIdentity", document)
