"""A case folder of family nitro, and the document that it holds: CBOR and COSE by `cbor2`."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec

from . import ca, keys
from .case import SOURCE

NOW = "2024-06-15T12:00:00Z"
TIMESTAMP = 1_718_452_740_500  # a minute before, and half a second
LEAF_FROM = "2024-06-15T11:00:00Z"
LEAF_UNTIL = "2024-06-15T14:00:03Z"
ES384 = bytes.fromhex("a1013822")
# Of the curve P-384: SEC 2, section 2.5.1.
ORDER = int(
    "ffffffffffffffffffffffffffffffffffffffffffffffff"
    "c7634d81f4372ddf581a0db248b0a77aecec196accc52973",
    16,
)

ROOT_KEY = "p384-nitro-root"
LEAF_KEY = "p384-nitro-leaf"
FALSE_ROOT_KEY = "p384-nitro-false-root"


def pcr(index: int) -> bytes:
    """A register's usual value."""
    return bytes([0xA0 + index]) * 48


def root(common_name: str = "Test Nitro Root", key_name: str = ROOT_KEY, **more: Any) -> ca.Cert:
    """A self-signed root."""
    return ca.root(common_name, key_name, "2019-10-28", "2049-10-28", **more)


def _authority(
    issuer: ca.Cert, title: str, key_name: str, length: int, window: tuple[str, str], **more: Any
) -> ca.Cert:
    options: dict[str, Any] = {
        "ca": True,
        "path_length": length,
        "usages": ("digital_signature", "key_cert_sign", "crl_sign"),
        "not_before": window[0],
        "not_after": window[1],
        "hash_name": "sha384",
        **more,
    }
    return ca.issue(title, key_name, issuer, **options)


def region(issuer: ca.Cert | None = None, **more: Any) -> ca.Cert:
    """The authority of a region: three weeks."""
    window = ("2024-06-05", "2024-06-25T01:00:00Z")
    return _authority(issuer or root(), "Test Nitro Region", "p384-nitro-region", 2, window, **more)


def zonal(issuer: ca.Cert | None = None, **more: Any) -> ca.Cert:
    """The authority of a zone: six days."""
    window = ("2024-06-13", "2024-06-19")
    return _authority(issuer or region(), "Test Nitro Zone", "p384-nitro-zone", 1, window, **more)


def instance(issuer: ca.Cert | None = None, **more: Any) -> ca.Cert:
    """The authority of an instance: a day."""
    window = ("2024-06-15", "2024-06-16")
    return _authority(
        issuer or zonal(), "i-0123456789abcdef0", "p384-nitro-instance", 0, window, **more
    )


def leaf(issuer: ca.Cert | None = None, key_name: str = LEAF_KEY, **more: Any) -> ca.Cert:
    """The certificate of an enclave: three hours."""
    options: dict[str, Any] = {
        "usages": ("digital_signature", "content_commitment"),
        "not_before": LEAF_FROM,
        "not_after": LEAF_UNTIL,
        "hash_name": "sha384",
        **more,
    }
    return ca.issue("i-0123456789abcdef0-enc0123", key_name, issuer or instance(), **options)


def authorities() -> list[ca.Cert]:
    """The bundle as a hypervisor writes it: the root first."""
    return [root(), region(), zonal(), instance()]


def false_chain(key_name: str = FALSE_ROOT_KEY, name: str = "Test Nitro Root") -> list[ca.Cert]:
    """The same chain below a root that somebody else made: bundle, then leaf."""
    top = root(name, key_name)
    below = [top, region(top)]
    below.append(zonal(below[-1]))
    below.append(instance(below[-1]))
    return [*below, leaf(below[-1])]


def leading_zero_key() -> str:
    """A P-384 key whose x begins with a zero byte."""
    name = "p384-nitro-leading-zero"
    path = keys.FOLDER / f"{name}.pem"
    while not path.exists():
        made = keys._new("p384")
        assert isinstance(made, ec.EllipticCurvePrivateKey)
        if made.public_key().public_numbers().x < 1 << 376:
            path.write_bytes(
                made.private_bytes(
                    keys.serialization.Encoding.PEM,
                    keys.serialization.PrivateFormat.PKCS8,
                    keys.serialization.NoEncryption(),
                )
            )
    return name


def encode(value: Any, indefinite: bool = False) -> bytes:
    """CBOR; a `Raw` inside is written as it stands."""
    out = BytesIO()
    if isinstance(value, Raw):
        return value.bytes
    if isinstance(value, dict):
        out.write(b"\xbf" if indefinite else head(5, len(value)))
        for key, item in value.items():
            out.write(encode(key) + encode(item))
        out.write(b"\xff" if indefinite else b"")
    elif isinstance(value, list):
        out.write(head(4, len(value)) + b"".join(encode(item) for item in value))
    else:
        out.write(cbor2.dumps(value))
    return out.getvalue()


def head(major: int, argument: int) -> bytes:
    """The head of an item: its type and length, as short as it can be."""
    return bytes([(major << 5) | cbor2.dumps(argument)[0]]) + cbor2.dumps(argument)[1:]


@dataclass(frozen=True)
class Raw:
    """CBOR written by hand, for what no encoder writes."""

    bytes: bytes


class Twice(str):
    """A key that is not the same Python key as its text."""

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


ABSENT = object()


@dataclass
class Document:
    """A document. Good as it stands; cases change one thing."""

    members: dict[Any, Any] = field(default_factory=dict)  # changes; ABSENT takes one away
    leaf: ca.Cert | None = None
    bundle: list[ca.Cert] | None = None
    signing_key: str | None = None
    indefinite: bool = False
    tagged: bool = False
    tpm: bool = False
    protected: bytes = ES384
    signed_protected: bytes | None = None
    unprotected: Any = field(default_factory=dict)
    payload_bytes: bytes | None = None
    payload_item: Any = None  # what stands in the array instead of the payload's byte string
    signature: bytes | None = None
    hash_name: str = "sha384"
    context: str = "Signature1"

    def certificate(self) -> ca.Cert:
        """The signer's certificate."""
        return self.leaf or leaf()

    def certificates(self) -> list[ca.Cert]:
        """The bundle."""
        return authorities() if self.bundle is None else self.bundle

    def registers(self) -> dict[int, bytes]:
        """The usual registers."""
        if self.tpm:
            values = {i: pcr(i) for i in range(24)}
            return values | {i: b"\xff" * 48 for i in range(17, 23)} | {23: bytes(48)}
        return {i: pcr(i) if i in (0, 1, 2, 3, 4, 8) else bytes(48) for i in range(16)}

    def payload(self) -> bytes:
        """The payload."""
        if self.payload_bytes is not None:
            return self.payload_bytes
        members: dict[Any, Any] = {
            "module_id": "i-0123456789abcdef0-" + ("tpm" + "0" * 16 if self.tpm else "enc0123"),
            "digest": "SHA384",
            "timestamp": TIMESTAMP,
            "nitrotpm_pcrs" if self.tpm else "pcrs": self.registers(),
            "certificate": self.certificate().der,
            "cabundle": [cert.der for cert in self.certificates()],
            "public_key": None,
            "user_data": None,
            "nonce": None,
        }
        members |= self.members
        return encode(
            {key: value for key, value in members.items() if value is not ABSENT}, self.indefinite
        )

    def signature_bytes(self) -> bytes:
        """r || s over the Sig_structure."""
        if self.signature is not None:
            return self.signature
        protected = self.protected if self.signed_protected is None else self.signed_protected
        signed = encode([self.context, protected, b"", self.payload()])
        signer = self.signing_key or self.certificate().key_name
        r, s = keys.raw_ecdsa(signer, self.hash_name, signed)
        private = keys.key(signer)
        assert isinstance(private, ec.EllipticCurvePrivateKey)
        size = (private.key_size + 7) // 8
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")

    def bytes(self) -> bytes:
        """COSE_Sign1."""
        payload = self.payload() if self.payload_item is None else self.payload_item
        parts = [self.protected, self.unprotected, payload, self.signature_bytes()]
        return (b"\xd2" if self.tagged else b"") + encode(parts)


@dataclass
class Case:
    """One folder of tests/vectors."""

    folder: str
    comment: str
    evidence: bytes
    expect: dict[str, Any]
    checks: list[str]
    now: str = NOW
    anchors: bytes | str | None = None
    endorsements: dict[str, bytes] = field(default_factory=dict)
    revocation: str | None = None
    policy: dict[str, Any] | None = None
    policy_file: str = "policy.json"
    nonce: bytes | None = None

    def files(self) -> dict[str, bytes]:
        """Every file of the folder, by its path below tests/vectors."""
        out: dict[str, bytes] = {"evidence.bin": self.evidence}
        if isinstance(self.anchors, str):
            anchors = self.anchors
        else:
            anchors = "anchors.pem"
            out[anchors] = root().pem.encode() if self.anchors is None else self.anchors
        case: dict[str, Any] = {
            "family": "nitro",
            "evidence": "evidence.bin",
            "now": self.now,
            "anchors": anchors,
        }
        if self.endorsements:
            case["endorsements"] = ["endorsements/" + file for file in self.endorsements]
            out.update({"endorsements/" + file: c for file, c in self.endorsements.items()})
        if self.policy is not None:
            case["policy"] = [self.policy_file]
            out[self.policy_file] = (json.dumps(self.policy, indent=1) + "\n").encode()
        if self.revocation is not None:
            case["revocation"] = self.revocation
        if self.nonce is not None:
            case["nonce"] = self.nonce.hex()
        case["expect"] = self.expect
        case["checks"] = self.checks
        case["source"] = SOURCE
        case["comment"] = self.comment
        out["case.json"] = (json.dumps(case, indent=1, ensure_ascii=False) + "\n").encode()
        return {f"{self.folder}/{file}": content for file, content in out.items()}


def as_bytes(evidence: Document | bytes) -> bytes:
    """The evidence's bytes."""
    return evidence if isinstance(evidence, bytes) else evidence.bytes()


def accepted(name: str, comment: str, evidence: Document | bytes, **more: Any) -> Case:
    """A case whose evidence is authentic. `claims` says what must come out."""
    expect = {"stage": "verify", "verdict": "accepted", "claims": more.pop("claims", {})}
    checks = [f"nitro-{i:02}" for i in range(1, 7)]
    return Case(f"nitro/ok--{name}", comment, as_bytes(evidence), expect, checks, **more)


def refused(
    code: str,
    reason: str,
    where: str,
    check: str,
    comment: str,
    evidence: Document | bytes,
    **more: Any,
) -> Case:
    """A case whose evidence must not be believed."""
    early = check in ("nitro-01", "nitro-02", "nitro-03")
    expect = {"stage": "parse" if early else "verify", "code": code, "where": where}
    if check:
        expect["check"] = check
    checks = [check] if check else []
    return Case(f"nitro/{code}--{reason}", comment, as_bytes(evidence), expect, checks, **more)


def judged(
    name: str,
    comment: str,
    evidence: Document,
    policy: dict[str, Any],
    failed: list[str] | None = None,
    **more: Any,
) -> Case:
    """A case whose evidence is authentic, and is appraised: accepted, or these checks fail."""
    expect: dict[str, Any] = {"stage": "appraise"}
    if failed is None:
        expect |= {"verdict": "accepted", "claims": more.pop("claims", {})}
    else:
        expect |= {"verdict": "refused", "failed_checks": failed}
    folder = f"nitro/{'refused' if failed is not None else 'ok'}--{name}"
    return Case(folder, comment, evidence.bytes(), expect, failed or [], policy=policy, **more)
