"""Test keys. They are committed so that regenerating gives the same bytes; nothing trusts them."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

from . import wire

FOLDER = Path(__file__).resolve().parent.parent / "keys"
RANDOM_SIGNATURES = FOLDER / "random_signatures.json"

PrivateKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
HASHES = {
    "sha1": hashes.SHA1,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
CURVES = {"p224": ec.SECP224R1, "p256": ec.SECP256R1, "p384": ec.SECP384R1, "p521": ec.SECP521R1}


def _new(kind: str) -> PrivateKey:
    if kind.startswith("rsa"):
        return rsa.generate_private_key(65537, int(kind[3:]))
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key(CURVES[kind]())


@cache
def key(name: str) -> PrivateKey:
    """The key of that name; its kind is what stands before the first dash ("rsa2048-ak")."""
    path = FOLDER / f"{name}.pem"
    if not path.exists():
        made = _new(name.split("-")[0])
        path.write_bytes(
            made.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
    loaded = serialization.load_pem_private_key(path.read_bytes(), None)
    assert isinstance(
        loaded, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
    )
    return loaded


def spki_pem(name: str) -> bytes:
    """The public key as PEM."""
    return (
        key(name)
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def spki_der(name: str) -> bytes:
    """The public key as DER SubjectPublicKeyInfo."""
    return (
        key(name)
        .public_key()
        .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def public_area(name: str, attributes: int = wire.RESTRICTED_SIGNING) -> bytes:
    """The public key as TPMT_PUBLIC."""
    public = key(name).public_key()
    if isinstance(public, rsa.RSAPublicKey):
        return wire.public_rsa(public.public_numbers().n, public.key_size, attributes)
    assert isinstance(public, ec.EllipticCurvePublicKey)
    numbers = public.public_numbers()
    return wire.public_ecc(public.curve.name, numbers.x, numbers.y, attributes)


class RandomSignatures:
    """Signatures that are random by nature (RSA-PSS), kept so that vectors stay the same bytes.

    A stored signature is used only if it still verifies; a new one is made and stored otherwise.
    """

    def __init__(self) -> None:
        text = RANDOM_SIGNATURES.read_text() if RANDOM_SIGNATURES.exists() else "{}"
        self.stored: dict[str, str] = json.loads(text)
        self.used: dict[str, str] = {}

    def pss(self, name: str, hash_name: str, message: bytes, salt: int) -> bytes:
        """An RSA-PSS signature."""
        private = key(name)
        assert isinstance(private, rsa.RSAPrivateKey)
        algorithm = HASHES[hash_name]()
        pad = padding.PSS(padding.MGF1(algorithm), salt)
        label = hashlib.sha256(
            "/".join(["pss", name, hash_name, str(salt)]).encode() + message
        ).hexdigest()
        if label in self.stored:
            signature = base64.b64decode(self.stored[label])
            try:
                private.public_key().verify(signature, message, pad, algorithm)
            except InvalidSignature:
                pass
            else:
                self.used[label] = self.stored[label]
                return signature
        signature = private.sign(message, pad, algorithm)
        self.stored[label] = self.used[label] = base64.b64encode(signature).decode()
        return signature

    def save(self) -> None:
        """Keeps what this run used and forgets the rest."""
        RANDOM_SIGNATURES.write_text(json.dumps(dict(sorted(self.used.items())), indent=1) + "\n")


RANDOM = RandomSignatures()


def raw_rsassa(name: str, hash_name: str, message: bytes) -> bytes:
    """RSASSA-PKCS1-v1_5."""
    private = key(name)
    assert isinstance(private, rsa.RSAPrivateKey)
    return private.sign(message, padding.PKCS1v15(), HASHES[hash_name]())


def raw_ecdsa(name: str, hash_name: str, message: bytes) -> tuple[int, int]:
    """ECDSA with the nonce of RFC 6979."""
    private = key(name)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    algorithm = ec.ECDSA(HASHES[hash_name](), deterministic_signing=True)
    return utils.decode_dss_signature(private.sign(message, algorithm))


def sign(name: str, scheme: str, hash_name: str, message: bytes, salt: int | None = None) -> bytes:
    """A TPMT_SIGNATURE over the message."""
    if scheme == "rsassa":
        return wire.signature_rsa(scheme, hash_name, raw_rsassa(name, hash_name, message))
    if scheme == "rsapss":
        length = wire.digest_size(hash_name) if salt is None else salt
        return wire.signature_rsa(scheme, hash_name, RANDOM.pss(name, hash_name, message, length))
    private = key(name)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    size = (private.key_size + 7) // 8
    r, s = raw_ecdsa(name, hash_name, message)
    return wire.signature_ecdsa(hash_name, r.to_bytes(size, "big"), s.to_bytes(size, "big"))
