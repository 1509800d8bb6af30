"""A TLS key that lives inside of a pretended machine, with a certificate of its own making."""

from __future__ import annotations

import hashlib
import ssl
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from cupel.testing.certificates import (
    LEAF_LIFE,
    SERVER_EXTENSIONS,
    distinguished_name,
    issue,
    tls_context,
    to_pem,
)


class TlsIdentity:
    """One key and one self-signed certificate: what evidence can name by a digest."""

    def __init__(self) -> None:
        """Makes a fresh key."""
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._certificate = issue(
            distinguished_name("localhost"),
            self._key.public_key(),
            None,
            self._key,
            LEAF_LIFE,
            path_length=None,
            extra=SERVER_EXTENSIONS,
        )

    @property
    def spki(self) -> bytes:
        """The public key, SubjectPublicKeyInfo in DER."""
        return self._key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @property
    def spki_sha256(self) -> bytes:
        """SHA-256 of the public key."""
        return hashlib.sha256(self.spki).digest()

    @property
    def certificate_der(self) -> bytes:
        """The certificate."""
        return self._certificate.public_bytes(serialization.Encoding.DER)

    @property
    def certificate_sha256(self) -> bytes:
        """SHA-256 of the certificate, DER."""
        return hashlib.sha256(self.certificate_der).digest()

    @property
    def certificate_pem(self) -> str:
        """The certificate, for clients that pin by trusting it."""
        return to_pem(self._certificate)

    def server_context(self, folder: Path) -> ssl.SSLContext:
        """A TLS server with this key; `folder` briefly holds it."""
        return tls_context(folder, self._key, self.certificate_pem)
