"""Kind maa: a service that shows a token of Microsoft Azure Attestation, which is a program here.

The service has its evidence judged by the attestation service, together with runtime data that it
composed itself, and shows the token: a JSON Web Token with RS256. No hardware is pretended: the
token is all that a client ever sees.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from cupel.testing.certificates import INTERMEDIATE_LIFE, ORGANIZATION, distinguished_name
from cupel.testing.container_group import (
    CONTAINER_POLICY,
    OPEN_CONTAINER_POLICY,
    UTILITY_VM,
    runtime_data,
    runtime_members,
)
from cupel.testing.identity import TlsIdentity
from cupel.testing.kinds.kind import (
    RELAY,
    Kind,
    altered,
    instead,
    malformed,
    not_authentic,
    refused,
    replay,
)
from cupel.testing.local import Trust
from cupel.testing.server import JSON
from cupel.testing.simulated import SimulatedService, Simulator

ISSUER = "https://cupel-demo.attest.invalid"  # RFC 2606: this name never means anybody
OTHER_ISSUER = "https://somebody-else.attest.invalid"
_TOKEN_SECONDS = 8 * 3600


def _b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _part(members: dict[str, Any]) -> str:
    return _b64url(json.dumps(members, separators=(",", ":")).encode())


class AttestationService:
    """A demo's attestation service: the signing key of a region, which all its instances share."""

    def __init__(self) -> None:
        """Makes a fresh key. Its name in the key set is the same for all of these services."""
        self._key = rsa.generate_private_key(65537, 2048)
        self._certificate = self._self_issued()
        self.kid = base64.b64encode(hashlib.sha256(b"Cupel DEMO key").digest()).decode("ascii")

    def _self_issued(self) -> x509.Certificate:
        name = distinguished_name(ISSUER, ORGANIZATION)
        now = datetime.datetime.now(datetime.timezone.utc)
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + INTERMEDIATE_LIFE)
            .sign(self._key, hashes.SHA256())
        )

    def key_set(self) -> bytes:
        """What `<issuer>/certs` answers."""
        der = self._certificate.public_bytes(serialization.Encoding.DER)
        x5c = [base64.b64encode(der).decode("ascii")]
        return json.dumps({"keys": [{"kty": "RSA", "kid": self.kid, "x5c": x5c}]}).encode()

    def public_key_pem(self) -> bytes:
        """The public key, which everybody may know."""
        return self._key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def sign(self, payload: dict[str, Any]) -> str:
        """A token, signed for whichever issuer it names."""
        header = {"alg": "RS256", "jku": f"{payload['iss']}/certs", "kid": self.kid, "typ": "JWT"}
        text = f"{_part(header)}.{_part(payload)}"
        signature = self._key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{text}.{_b64url(signature)}"


class MaaSimulator(Simulator):
    """A container group whose evidence was judged by an attestation service."""

    protocol = "maa"
    evidence_types: ClassVar[Mapping[str, str]] = {"/attest/maa": JSON}

    def __init__(
        self,
        *,
        attestation: AttestationService | None = None,
        issuer: str = ISSUER,
        container_policy: bytes = CONTAINER_POLICY,
    ) -> None:
        """Starts the group. `issuer` is the instance of the service that judges it."""
        super().__init__()
        self.attestation = attestation or AttestationService()
        self._issuer = issuer
        self._host_data = hashlib.sha256(container_policy).digest()
        self._measurement = hashlib.sha384(UTILITY_VM).digest()

    def evidence(self, path: str, nonce: bytes) -> bytes:
        """A fresh token."""
        token = self.attestation.sign(self._payload(nonce))
        return json.dumps({"token": token}).encode()

    def _payload(self, nonce: bytes) -> dict[str, Any]:
        now = int(time.time())
        report_data = hashlib.sha256(runtime_data(self.identity, nonce)).digest() + bytes(32)
        return {
            "exp": now + _TOKEN_SECONDS,
            "iat": now,
            "iss": self._issuer,
            "jti": secrets.token_hex(32),
            "nbf": now,
            "x-ms-attestation-type": "sevsnpvm",
            "x-ms-compliance-status": "azure-compliant-uvm",
            "x-ms-policy-hash": _b64url(hashlib.sha256(b"Cupel demo policy").digest()),
            "x-ms-runtime": runtime_members(self.identity, nonce),
            "x-ms-sevsnpvm-bootloader-svn": 4,
            "x-ms-sevsnpvm-guestsvn": 100,
            "x-ms-sevsnpvm-hostdata": self._host_data.hex(),
            "x-ms-sevsnpvm-is-debuggable": False,
            "x-ms-sevsnpvm-launchmeasurement": self._measurement.hex(),
            "x-ms-sevsnpvm-microcode-svn": 219,
            "x-ms-sevsnpvm-migration-allowed": False,
            "x-ms-sevsnpvm-reportdata": report_data.hex(),
            "x-ms-sevsnpvm-smt-allowed": True,
            "x-ms-sevsnpvm-snpfw-svn": 24,
            "x-ms-sevsnpvm-tee-svn": 0,
            "x-ms-sevsnpvm-vmpl": 0,
            "x-ms-ver": "1.0",
        }

    def policy(self) -> dict[str, Any]:
        """This container policy below a compliant utility VM, by the word of this issuer."""
        return {
            "version": 1,
            "name": "Cupel demo container group, by its token",
            "accept": [
                {
                    "family": "maa",
                    "label": "demo release 1, judged by a simulated service",
                    "require": {
                        "maa.iss": {"equals": self._issuer},
                        "maa.x-ms-attestation-type": {"equals": "sevsnpvm"},
                        "maa.x-ms-compliance-status": {"equals": "azure-compliant-uvm"},
                        "maa.x-ms-sevsnpvm-hostdata": {"equals": self._host_data.hex()},
                    },
                    "bind": {
                        "tls_key": {
                            "claim": "maa.x-ms-runtime.certificate_hash",
                            "form": "certificate_sha256",
                        },
                        "nonce": {"claim": "maa.x-ms-runtime.nonce"},
                    },
                }
            ],
        }

    def write_trust(self, folder: Path) -> Trust:
        """The key set, trusted for this issuer only."""
        path = folder / "certs.json"
        path.write_bytes(self.attestation.key_set())
        return Trust(issuer_keys={self._issuer: path})


def _another_container_policy(genuine: MaaSimulator) -> Simulator:
    return MaaSimulator(attestation=genuine.attestation, container_policy=OPEN_CONTAINER_POLICY)


def _another_instance(genuine: MaaSimulator) -> Simulator:
    return MaaSimulator(attestation=genuine.attestation, issuer=OTHER_ISSUER)


def _unknown_service(_: MaaSimulator) -> Simulator:
    return MaaSimulator()


def _signed_with_the_public_key(genuine: SimulatedService) -> SimulatedService:
    """HS256: the public key as a shared secret, for verifiers that let the token choose."""
    simulator = genuine.simulator
    if not isinstance(simulator, MaaSimulator):
        raise TypeError("there is no token to sign anew")
    secret = simulator.attestation.public_key_pem()

    def forged(evidence: bytes, tls: TlsIdentity) -> bytes:
        head, payload, _ = json.loads(evidence)["token"].split(".")
        members = {**_read(head), "alg": "HS256"}
        claims = _read(payload)
        nonce = bytes.fromhex(claims["x-ms-runtime"]["nonce"])
        text = f"{_part(members)}.{_part({**claims, 'x-ms-runtime': runtime_members(tls, nonce)})}"
        mac = hmac.digest(secret, text.encode(), "sha256")
        return json.dumps({"token": f"{text}.{_b64url(mac)}"}).encode()

    return altered(forged)(genuine)


def _read(part: str) -> dict[str, Any]:
    members: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return members


KIND = Kind(
    stands_in="A program stands in for Azure Attestation, and its key set for Microsoft's",
    start="A container group was launched, made a TLS key, and has tokens made that name the "
    "certificate's digest among their run-time claims.",
    make=lambda **settings: SimulatedService(MaaSimulator(), **settings),
    attacks=(
        refused(
            "another container policy",
            "The operator starts the group with a policy of his own, which lets him open a shell. "
            "The token is genuine, the TLS certificate is bound, the nonce is answered. But the "
            "policy's digest is in the token.",
            instead(_another_container_policy),
            "maa.x-ms-sevsnpvm-hostdata",
        ),
        replay("maa.x-ms-runtime.nonce"),
        RELAY,
        not_authentic(
            "a service that nobody vouches for",
            "The attacker runs an attestation service of his own, gives it the right name, and its "
            "key the name of the right key. The signature is by another key all the same.",
            instead(_unknown_service),
            "bad_signature",
            "maa-08",
        ),
        not_authentic(
            "a token of somebody else's instance",
            "Anybody may run an instance with a policy that permits everything, and all instances "
            "of a region share one signing key. The key set is trusted for one issuer only.",
            instead(_another_instance),
            "untrusted_chain",
            "maa-06",
        ),
        malformed(
            "a token signed with the public key",
            "The attacker calls the token HS256 and uses the public key as the shared secret, "
            "which works wherever the token may choose its algorithm.",
            _signed_with_the_public_key,
            "unsupported_algorithm",
            "maa-01",
        ),
    ),
)
