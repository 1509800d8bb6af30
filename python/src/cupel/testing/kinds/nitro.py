"""Kind nitro: an enclave on AWS. The hypervisor that signs its documents is a few lines of Python.

Documents are COSE_Sign1 with ES384 over CBOR, as AWS's attestation_process.md has them; the chain
has AWS's five certificates: root, region, zone, instance, enclave.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import cbor2
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from cupel.testing.certificates import (
    INTERMEDIATE_LIFE,
    LEAF_LIFE,
    ORGANIZATION,
    ROOT_LIFE,
    Issuer,
    distinguished_name,
    issue,
    to_pem,
)
from cupel.testing.kinds.kind import (
    RELAY,
    Kind,
    instead,
    not_authentic,
    refused,
    replay,
)
from cupel.testing.local import Trust
from cupel.testing.simulated import SimulatedService, Simulator

_ES384 = cbor2.dumps({1: -35})
_REGISTERS = 16
_SIGNED_BY_IMAGE = 8  # the register with the certificate that signed the image


@dataclass(frozen=True)
class EnclaveImage:
    """What nitro-cli measures into an enclave. Another value anywhere gives other registers."""

    kernel: bytes = b"Cupel demo enclave kernel and boot ramdisk, release 1"
    application: bytes = b"Cupel demo enclave application, release 1"
    signer: bytes = b"Cupel demo image signer"

    def registers(self) -> dict[int, bytes]:
        """Image, kernel, application, role of the instance, instance, signer; zeros else."""
        values = {
            0: self.kernel + self.application,
            1: self.kernel,
            2: self.application,
            3: b"arn:aws:iam::000000000000:role/cupel-demo",
            4: b"i-00000000000000000",
            _SIGNED_BY_IMAGE: self.signer,
        }
        out = {index: bytes(48) for index in range(_REGISTERS)}
        for index, content in values.items():
            measured = hashlib.sha384(content).digest()
            out[index] = hashlib.sha384(bytes(48) + measured).digest()
        return out


class NitroAuthority:
    """A demo authority for enclaves: root, region, zone. Two of them never trust each other."""

    def __init__(self) -> None:
        """Makes fresh keys."""
        self.chain: list[Issuer] = []
        for title, length in (("root", 3), ("region", 2), ("zone", 1), ("instance", 0)):
            key = ec.generate_private_key(ec.SECP384R1())
            above = self.chain[-1] if self.chain else None
            certificate = issue(
                distinguished_name(f"Cupel DEMO Nitro {title} - not AWS", ORGANIZATION),
                key.public_key(),
                above,
                above.key if above else key,
                INTERMEDIATE_LIFE if above else ROOT_LIFE,
                path_length=length,
                algorithm=hashes.SHA384(),
            )
            self.chain.append(Issuer(certificate, key))

    @property
    def root_pem(self) -> str:
        """The root that a client must name on purpose."""
        return to_pem(self.chain[0].certificate)

    def bundle(self) -> list[bytes]:
        """`cabundle`: the root first."""
        return [_der(one.certificate) for one in self.chain]

    def certify(self, module: str, key: ec.EllipticCurvePrivateKey) -> bytes:
        """The certificate of the key that signs an enclave's documents, DER."""
        instance = self.chain[-1]
        return _der(
            issue(
                distinguished_name(module),
                key.public_key(),
                instance,
                instance.key,
                LEAF_LIFE,
                path_length=None,
                algorithm=hashes.SHA384(),
            )
        )


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def _cose_sign1(key: ec.EllipticCurvePrivateKey, payload: bytes) -> bytes:
    """RFC 9052, 4.2 and 4.4, untagged as the hypervisor writes it."""
    signed = cbor2.dumps(["Signature1", _ES384, b"", payload])
    r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(hashes.SHA384())))
    return cbor2.dumps([_ES384, {}, payload, r.to_bytes(48, "big") + s.to_bytes(48, "big")])


class NitroSimulator(Simulator):
    """An enclave whose documents name the TLS key that was made in it."""

    protocol = "nitro"
    evidence_types: ClassVar[Mapping[str, str]] = {"/enclave/attestation": "application/cose"}

    def __init__(
        self,
        *,
        authority: NitroAuthority | None = None,
        image: EnclaveImage | None = None,
        debug: bool = False,
    ) -> None:
        """Starts an enclave: authority and image are demos' own unless given.

        debug: with an open console, for which the hypervisor shows zeros in every register.
        """
        super().__init__()
        self.authority = authority or NitroAuthority()
        self.image = image or EnclaveImage()
        self._debug = debug
        self._module = f"i-00000000000000000-enc{secrets.token_hex(8)}"
        self._key = ec.generate_private_key(ec.SECP384R1())
        self._certificate = self.authority.certify(self._module, self._key)

    def evidence(self, path: str, nonce: bytes) -> bytes:
        """An attestation document: public_key is the TLS key's SubjectPublicKeyInfo."""
        registers = self.image.registers()
        if self._debug:
            registers = dict.fromkeys(registers, bytes(48))
        payload = {
            "module_id": self._module,
            "digest": "SHA384",
            "timestamp": time.time_ns() // 1_000_000,
            "pcrs": registers,
            "certificate": self._certificate,
            "cabundle": self.authority.bundle(),
            "public_key": self.identity.spki,
            "user_data": None,
            "nonce": nonce or None,
        }
        return _cose_sign1(self._key, cbor2.dumps(payload))

    def policy(self) -> dict[str, Any]:
        """The registers that `nitro-cli build-enclave` prints, computed from the image."""
        registers = self.image.registers()
        return {
            "version": 1,
            "name": "Cupel demo enclave",
            "accept": [
                {
                    "family": "nitro",
                    "label": "demo release 1 in a simulated enclave",
                    "require": {
                        f"nitro.pcr.{index}": {"equals": registers[index].hex()}
                        for index in (0, 1, 2)
                    },
                    "bind": {
                        "tls_key": {"claim": "nitro.public_key_sha256", "form": "spki_sha256"},
                        "nonce": {"claim": "nitro.nonce"},
                    },
                }
            ],
        }

    def write_trust(self, folder: Path) -> Trust:
        """The demo root."""
        return Trust.in_root(folder / "nitro-root.pem", self.authority.root_pem)


def _another_application(genuine: NitroSimulator) -> Simulator:
    image = replace(genuine.image, application=b"an application that keeps notes")
    return NitroSimulator(authority=genuine.authority, image=image)


def _in_debug_mode(genuine: NitroSimulator) -> Simulator:
    return NitroSimulator(authority=genuine.authority, image=genuine.image, debug=True)


def _unknown_vendor(genuine: NitroSimulator) -> Simulator:
    return NitroSimulator(image=genuine.image)


KIND = Kind(
    stands_in="A program stands in for the Nitro hypervisor, and a demo authority for AWS",
    start="An enclave was measured, made a TLS key, and has the key in every document that the "
    "hypervisor signs for it.",
    make=lambda **settings: SimulatedService(NitroSimulator(), **settings),
    attacks=(
        refused(
            "another enclave image",
            "The operator starts the genuine kernel with an application of his own that keeps "
            "notes. The hypervisor is real, the TLS key is in the document, the nonce is answered. "
            "But the image was measured before it ran.",
            instead(_another_application),
            "nitro.pcr.0",
            "nitro.pcr.2",
        ),
        replay("nitro.nonce"),
        RELAY,
        not_authentic(
            "a hypervisor that nobody vouches for",
            "The attacker writes the very same document himself and signs it below a root that he "
            "made, with the right names from top to bottom. Names are not what is trusted.",
            instead(_unknown_vendor),
            "untrusted_chain",
            "nitro-04",
        ),
        refused(
            "the genuine image in debug mode",
            "The operator starts the genuine image with an open console, to read along. The "
            "hypervisor knows, and shows zeros where the measurements would stand.",
            instead(_in_debug_mode),
            "common.debug",
            "nitro.pcr.0",
            "nitro.pcr.1",
            "nitro.pcr.2",
        ),
    ),
)
