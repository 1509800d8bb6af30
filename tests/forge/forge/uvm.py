"""Endorsements of utility VMs, signed by a test authority under a did:x509 of its own."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from . import ca
from .keys import key

USAGE = "1.3.6.1.4.1.311.76.59.1.2"
FEED = "ContainerPlat-AMD-UVM"
SIGNED_AT = 1_710_000_000  # 2024-03-09T16:00:00Z
LEAF_KEY = "rsa2048-ak"
PS384 = -38


@cache
def chain() -> tuple[ca.Cert, ca.Cert, ca.Cert]:
    """The signer's certificate and its authorities."""
    root = ca.root("Test UVM Root")
    issuing = ca.intermediate(root, "Test UVM CA")
    return ca.issue("Test UVM signer", LEAF_KEY, issuing, ekus=(USAGE,)), issuing, root


def issuer() -> str:
    """The name that this authority's fingerprint gives its signer."""
    digest = hashlib.sha256(chain()[-1].der).digest()
    text = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return f"did:x509:0:sha256:{text}::eku:{USAGE}"


@dataclass(frozen=True)
class Endorsement:
    """What is signed. Wrong values make wrong endorsements."""

    issuer: str = ""  # that of the chain when empty
    feed: str = FEED
    svn: int | None = 104
    signed_at: int = SIGNED_AT
    measurement: bytes = b"\xaa" * 48
    hash_envelope: bool = False
    alg: int = PS384
    signing_key: str = LEAF_KEY

    def protected(self) -> dict[Any, Any]:
        """The protected header."""
        ders = [one.der for one in chain()]
        by, when = self.issuer or issuer(), cbor2.CBORTag(1, self.signed_at)
        out: dict[Any, Any] = {1: self.alg, 33: ders, 34: [-16, hashlib.sha256(ders[0]).digest()]}
        if self.hash_envelope:
            claims = {1: by, 2: self.feed, 6: when, "svn": self.svn}
            return out | {15: claims, 258: -43, 259: "application/octet-stream"}
        return out | {3: "application/json", "iss": by, "feed": self.feed, "signingtime": when}

    def payload(self) -> bytes:
        """JSON, or the measurement itself."""
        if self.hash_envelope:
            return self.measurement
        out: dict[str, Any] = {"x-ms-sevsnpvm-launchmeasurement": self.measurement.hex()}
        if self.svn is not None:
            out["x-ms-sevsnpvm-guestsvn"] = str(self.svn)
        return json.dumps(out).encode()

    def cose(self, unprotected: dict[Any, Any] | None = None) -> bytes:
        """COSE_Sign1."""
        protected, payload = cbor2.dumps(self.protected()), self.payload()
        private = key(self.signing_key)
        assert isinstance(private, rsa.RSAPrivateKey)
        signature = private.sign(
            cbor2.dumps(["Signature1", protected, b"", payload]),
            padding.PSS(padding.MGF1(hashes.SHA384()), hashes.SHA384.digest_size),
            hashes.SHA384(),
        )
        return cbor2.dumps(cbor2.CBORTag(18, [protected, unprotected or {}, payload, signature]))
