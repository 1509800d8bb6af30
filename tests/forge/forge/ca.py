"""A test certification authority: a root, intermediates, attestation-key certificates, CRLs."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID, ObjectIdentifier

from .keys import HASHES, key, raw_rsassa

EKU_AK = "2.23.133.8.3"  # tcg-kp-AIKCertificate
EKU_EK = "2.23.133.8.1"  # tcg-kp-EKCertificate
EKU_ANY = "2.5.29.37.0"  # anyExtendedKeyUsage

ROOT_KEY = "rsa2048-root"
INTERMEDIATE_KEY = "rsa2048-intermediate"


def date(text: str) -> dt.datetime:
    """A time from "2024-01-01" or "2024-01-01T00:00:00Z"."""
    if "T" not in text:
        text += "T00:00:00Z"
    return dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.timezone.utc)


def name(common_name: str) -> x509.Name:
    """A distinguished name."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Cupel test vectors"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


_SHA256_RSA = bytes.fromhex("06092a864886f70d01010b")  # sha256WithRSAEncryption
_SHA1_RSA = bytes.fromhex("06092a864886f70d010105")  # sha1WithRSAEncryption


def sign_with_sha1(der: bytes, to_be_signed: bytes, signing_key: str) -> bytes:
    """The same certificate or CRL, signed with RSA and SHA-1, which `cryptography` will not do.

    The two identifiers have one length, and so have the two signatures.
    """
    weaker = to_be_signed.replace(_SHA256_RSA, _SHA1_RSA)
    signature = raw_rsassa(signing_key, "sha1", weaker)
    start = der.index(to_be_signed)
    tail = der[start + len(to_be_signed) : -len(signature)].replace(_SHA256_RSA, _SHA1_RSA)
    return der[:start] + weaker + tail + signature


def serial(text: str) -> int:
    """A serial number that depends on the text only."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:15], "big") | 1


@dataclass(frozen=True)
class Cert:
    """A certificate, and the key that stands behind it."""

    x509: x509.Certificate
    key_name: str

    @property
    def der(self) -> bytes:
        """DER."""
        return self.x509.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> str:
        """PEM text."""
        return self.x509.public_bytes(serialization.Encoding.PEM).decode()


_USAGE_NAMES = [
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
]


def usage(*on: str) -> x509.KeyUsage:
    """A KeyUsage with these bits set."""
    return x509.KeyUsage(**{bit: bit in on for bit in _USAGE_NAMES})


def issue(
    subject: str,
    subject_key: str,
    issuer: Cert | None = None,
    *,
    ca: bool = False,
    path_length: int | None = None,
    ekus: tuple[str, ...] = (),
    usages: tuple[str, ...] | None = None,
    not_before: str = "2024-01-01",
    not_after: str = "2025-01-01",
    hash_name: str = "sha256",
    signing_key: str | None = None,
    issuer_name: str | None = None,
    extensions: tuple[tuple[x509.ExtensionType, bool], ...] = (),
    label: str = "",
) -> Cert:
    """Makes a certificate; self-signed without an issuer. Wrong arguments make wrong ones."""
    signer = signing_key or (issuer.key_name if issuer else subject_key)
    private = key(signer)
    public = key(subject_key).public_key()
    if issuer_name is not None:
        issued_by = name(issuer_name)
    else:
        issued_by = issuer.x509.subject if issuer else name(subject)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(issued_by)
        .public_key(public)
        .serial_number(serial(subject + subject_key + signer + label))
        .not_valid_before(date(not_before))
        .not_valid_after(date(not_after))
    )
    if ca:
        builder = builder.add_extension(x509.BasicConstraints(True, path_length), critical=True)
    if usages is None:
        usages = ("key_cert_sign", "crl_sign") if ca else ("digital_signature",)
    if usages:
        builder = builder.add_extension(usage(*usages), critical=True)
    if ekus:
        oids = [ObjectIdentifier(oid) for oid in ekus]
        builder = builder.add_extension(x509.ExtendedKeyUsage(oids), critical=False)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
    if issuer is not None:
        ski = x509.SubjectKeyIdentifier.from_public_key(issuer.x509.public_key())
        authority = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ski)
        builder = builder.add_extension(authority, False)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return Cert(builder.sign(private, None), subject_key)
    assert isinstance(private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
    deterministic = True if isinstance(private, ec.EllipticCurvePrivateKey) else None
    strong = "sha256" if hash_name == "sha1" else hash_name
    signed = builder.sign(private, HASHES[strong](), ecdsa_deterministic=deterministic)
    if hash_name == "sha1":
        der = signed.public_bytes(serialization.Encoding.DER)
        weak = sign_with_sha1(der, signed.tbs_certificate_bytes, signer)
        signed = x509.load_der_x509_certificate(weak)
    return Cert(signed, subject_key)


def root(
    common_name: str = "Test TPM Root",
    key_name: str = ROOT_KEY,
    not_before: str = "2020-01-01",
    not_after: str = "2040-01-01",
    **more: object,
) -> Cert:
    """A self-signed root."""
    options: dict[str, object] = {"hash_name": "sha384", **more}
    return issue(
        common_name,
        key_name,
        ca=True,
        not_before=not_before,
        not_after=not_after,
        **options,  # type: ignore[arg-type]
    )


def intermediate(
    issuer: Cert,
    common_name: str = "Test TPM CA 01",
    key_name: str = INTERMEDIATE_KEY,
    **more: object,
) -> Cert:
    """An issuing authority."""
    options: dict[str, object] = {
        "ca": True,
        "not_before": "2022-01-01",
        "not_after": "2032-01-01",
        **more,
    }
    return issue(common_name, key_name, issuer, **options)  # type: ignore[arg-type]


def ak(issuer: Cert, key_name: str = "rsa2048-ak", **more: object) -> Cert:
    """The certificate of an attestation key."""
    options: dict[str, object] = {"ekus": (EKU_AK,), **more}
    return issue("0123456789ab.TestVM", key_name, issuer, **options)  # type: ignore[arg-type]


def crl(
    issuer: Cert,
    revoked: tuple[Cert, ...] = (),
    *,
    this_update: str = "2024-06-01",
    next_update: str = "2024-07-01",
    signing_key: str | None = None,
    hash_name: str = "sha256",
    extensions: tuple[tuple[x509.ExtensionType, bool], ...] = (),
) -> bytes:
    """A CRL, DER."""
    private = key(signing_key or issuer.key_name)
    assert isinstance(private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.x509.subject)
        .last_update(date(this_update))
        .next_update(date(next_update))
        .add_extension(x509.CRLNumber(7), False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.x509.public_key()),  # type: ignore[arg-type]
            False,
        )
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    for cert in revoked:
        entry = (
            x509.RevokedCertificateBuilder()
            .serial_number(cert.x509.serial_number)
            .revocation_date(date("2024-05-01"))
            .build()
        )
        builder = builder.add_revoked_certificate(entry)
    deterministic = True if isinstance(private, ec.EllipticCurvePrivateKey) else None
    strong = "sha256" if hash_name == "sha1" else hash_name
    signed = builder.sign(private, HASHES[strong](), ecdsa_deterministic=deterministic)
    der = signed.public_bytes(serialization.Encoding.DER)
    if hash_name == "sha1":
        der = sign_with_sha1(der, signed.tbs_certlist_bytes, signing_key or issuer.key_name)
    return der
