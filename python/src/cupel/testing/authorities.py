"""The two certificate authorities of the machine with a software TPM.

VtpmAuthority stands where a cloud vendor stands: it vouches that an attestation key lives in a TPM.
WebAuthority is minted inside the machine, as Caddy does: its root goes into register 15, and its
private key never leaves. Both live for as long as the service and say in their names what they are.
"""

from __future__ import annotations

import datetime
import secrets
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ObjectIdentifier

from cupel.testing.certificates import (
    INTERMEDIATE_LIFE,
    LEAF_LIFE,
    ORGANIZATION,
    ROOT_LIFE,
    SERVER_EXTENSIONS,
    Issuer,
    distinguished_name,
    issue,
    tls_context,
    to_pem,
)

_TCG_KP_AIK_CERTIFICATE = ObjectIdentifier("2.23.133.8.3")


def _root_and_intermediate(root_name: x509.Name, name: x509.Name) -> tuple[Issuer, Issuer]:
    root_key = ec.generate_private_key(ec.SECP256R1())
    root = Issuer(
        issue(root_name, root_key.public_key(), None, root_key, ROOT_LIFE, path_length=1),
        root_key,
    )
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = issue(name, key.public_key(), root, root_key, INTERMEDIATE_LIFE, path_length=0)
    return root, Issuer(certificate, key)


class VtpmAuthority:
    """A demo authority for attestation keys: root and intermediate."""

    def __init__(self, name: str = "vTPM") -> None:
        """Makes fresh keys; two of these authorities never trust each other, named alike or not."""
        self._root, self._intermediate = _root_and_intermediate(
            distinguished_name(f"Cupel DEMO {name} root - not a vendor", ORGANIZATION),
            distinguished_name(f"Cupel DEMO {name} CA - not a vendor", ORGANIZATION),
        )

    @property
    def root_pem(self) -> str:
        """The root that a client must name on purpose."""
        return to_pem(self._root.certificate)

    def certify_ak(self, ak_public_pem: bytes) -> list[str]:
        """The chain of an attestation key, PEM: leaf, intermediate, root."""
        key = serialization.load_pem_public_key(ak_public_pem)
        if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
            raise TypeError("an attestation key is an RSA or an ECC key")
        leaf = issue(
            distinguished_name(f"{secrets.token_hex(6)}.Demo.Cupel"),
            key,
            self._intermediate,
            self._intermediate.key,
            LEAF_LIFE,
            path_length=None,
            extra=(x509.ExtendedKeyUsage([_TCG_KP_AIK_CERTIFICATE]),),
        )
        return [to_pem(leaf), to_pem(self._intermediate.certificate), self.root_pem]


class WebAuthority:
    """The authority minted inside the machine for its own TLS key."""

    def __init__(self) -> None:
        """Makes fresh keys."""
        year = datetime.datetime.now(datetime.timezone.utc).year
        self._root, self._intermediate = _root_and_intermediate(
            distinguished_name(f"Cupel Demo Local Authority - {year} ECC Root"),
            distinguished_name("Cupel Demo Local Authority - ECC Intermediate"),
        )

    @property
    def root_pem(self) -> str:
        """The text whose SHA-256 is extended into register 15, trailing line feed included."""
        return to_pem(self._root.certificate)

    def server_context(self, folder: Path) -> ssl.SSLContext:
        """A TLS server with a fresh leaf for this machine; `folder` briefly holds its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = issue(
            distinguished_name("localhost"),
            key.public_key(),
            self._intermediate,
            self._intermediate.key,
            LEAF_LIFE,
            path_length=None,
            extra=SERVER_EXTENSIONS,
        )
        chain = to_pem(leaf) + to_pem(self._intermediate.certificate)
        return tls_context(folder, key, chain)
