"""Certificates of authorities and TLS servers. Every authority says in its name what it is."""

from __future__ import annotations

import datetime
import ipaddress
import secrets
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import (
    CertificateIssuerPublicKeyTypes,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ORGANIZATION = "Cupel DEMO - a simulator - trust nothing it signs"
_SLACK = datetime.timedelta(hours=1)  # for clocks that differ a little
ROOT_LIFE = datetime.timedelta(days=3650)
INTERMEDIATE_LIFE = datetime.timedelta(days=7)
LEAF_LIFE = datetime.timedelta(hours=12)


@dataclass(frozen=True)
class Issuer:
    """An authority: its certificate, and the key behind it."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def distinguished_name(common_name: str, organization: str | None = None) -> x509.Name:
    """A name of one or two parts."""
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


def issue(
    subject: x509.Name,
    public_key: CertificateIssuerPublicKeyTypes,
    issuer: Issuer | None,
    signing_key: ec.EllipticCurvePrivateKey,
    life: datetime.timedelta,
    *,
    path_length: int | None,
    extra: tuple[x509.ExtensionType, ...] = (),
    algorithm: hashes.SHA256 | hashes.SHA384 | None = None,
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
    return builder.sign(signing_key, algorithm or hashes.SHA256())


SERVER_EXTENSIONS = (
    x509.SubjectAlternativeName(
        [
            x509.DNSName("localhost"),
            x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
            x509.IPAddress(ipaddress.ip_address("::1")),
        ]
    ),
    x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),
)


def tls_context(folder: Path, key: ec.EllipticCurvePrivateKey, chain_pem: str) -> ssl.SSLContext:
    """A TLS server with this key and chain; `folder` briefly holds the key."""
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    path = folder / f"tls-{secrets.token_hex(8)}.pem"  # load_cert_chain reads files only
    try:
        path.touch(mode=0o600)
        path.write_bytes(private + chain_pem.encode("ascii"))
        context.load_cert_chain(path)
    finally:
        path.unlink(missing_ok=True)
    return context


def to_pem(certificate: x509.Certificate) -> str:
    """PEM text with its trailing line feed."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")
