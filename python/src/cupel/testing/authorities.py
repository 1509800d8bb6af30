"""The two certificate authorities of the pretended machine.

VtpmAuthority stands where a cloud vendor stands: it vouches that an attestation key lives in a TPM.
WebAuthority is minted inside the machine, as Caddy does: its root goes into register 15, and its
private key never leaves. Both live for as long as the service and say in their names what they are.
"""

from __future__ import annotations

import datetime
import ipaddress
import secrets
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import (
    CertificateIssuerPublicKeyTypes,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

_TCG_KP_AIK_CERTIFICATE = ObjectIdentifier("2.23.133.8.3")
_SLACK = datetime.timedelta(hours=1)  # for clocks that differ a little
_ROOT_LIFE = datetime.timedelta(days=3650)
_INTERMEDIATE_LIFE = datetime.timedelta(days=7)
_LEAF_LIFE = datetime.timedelta(hours=12)


@dataclass(frozen=True)
class _Issuer:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def _name(common_name: str, organization: str | None = None) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if organization is not None:
        parts.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    return x509.Name(parts)


def _key_usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _issue(
    subject: x509.Name,
    public_key: CertificateIssuerPublicKeyTypes,
    issuer: _Issuer | None,
    signing_key: ec.EllipticCurvePrivateKey,
    life: datetime.timedelta,
    *,
    path_length: int | None,
    extra: tuple[x509.ExtensionType, ...] = (),
) -> x509.Certificate:
    """One certificate; `path_length` None makes it an end entity's."""
    now = datetime.datetime.now(datetime.timezone.utc)
    authority = path_length is not None
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SLACK)
        .not_valid_after(now + life)
        .add_extension(_key_usage(authority=authority), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )
    if authority:
        builder = builder.add_extension(
            x509.BasicConstraints(ca=True, path_length=path_length), critical=True
        )
    if issuer is not None:
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()),
            critical=False,
        )
    for extension in extra:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(signing_key, hashes.SHA256())


def _root_and_intermediate(root_name: x509.Name, name: x509.Name) -> tuple[_Issuer, _Issuer]:
    root_key = ec.generate_private_key(ec.SECP256R1())
    root = _Issuer(
        _issue(root_name, root_key.public_key(), None, root_key, _ROOT_LIFE, path_length=1),
        root_key,
    )
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _issue(name, key.public_key(), root, root_key, _INTERMEDIATE_LIFE, path_length=0)
    return root, _Issuer(certificate, key)


def to_pem(certificate: x509.Certificate) -> str:
    """PEM text with its trailing line feed."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")


class VtpmAuthority:
    """A demo authority for attestation keys: root and intermediate."""

    def __init__(self, name: str = "vTPM") -> None:
        """Makes fresh keys; two of these authorities never trust each other, named alike or not."""
        organization = "Cupel DEMO - a simulator - trust nothing it signs"
        self._root, self._intermediate = _root_and_intermediate(
            _name(f"Cupel DEMO {name} root - not a vendor", organization),
            _name(f"Cupel DEMO {name} CA - not a vendor", organization),
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
        leaf = _issue(
            _name(f"{secrets.token_hex(6)}.Demo.Cupel"),
            key,
            self._intermediate,
            self._intermediate.key,
            _LEAF_LIFE,
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
            _name(f"Cupel Demo Local Authority - {year} ECC Root"),
            _name("Cupel Demo Local Authority - ECC Intermediate"),
        )

    @property
    def root_pem(self) -> str:
        """The text whose SHA-256 is extended into register 15, trailing line feed included."""
        return to_pem(self._root.certificate)

    def server_context(self, folder: Path) -> ssl.SSLContext:
        """A TLS server with a fresh leaf for this machine; `folder` briefly holds its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName(
            [
                x509.DNSName("localhost"),
                x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
                x509.IPAddress(ipaddress.ip_address("::1")),
            ]
        )
        leaf = _issue(
            _name("localhost"),
            key.public_key(),
            self._intermediate,
            self._intermediate.key,
            _LEAF_LIFE,
            path_length=None,
            extra=(names, x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])),
        )
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        chain = (to_pem(leaf) + to_pem(self._intermediate.certificate)).encode("ascii")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        path = folder / f"tls-{secrets.token_hex(8)}.pem"  # load_cert_chain reads files only
        try:
            path.touch(mode=0o600)
            path.write_bytes(private + chain)
            context.load_cert_chain(path)
        finally:
            path.unlink(missing_ok=True)
        return context
