"""UVM endorsements that nobody at Microsoft signed.

A real one is Microsoft's word that a launch measurement is a release of its utility VM. Cupel
knows by fingerprint whose word that is, so that no demo can have a good one: this makes the forgery
that an operator would try, COSE_Sign1 with PS384 and all the right names.
"""

from __future__ import annotations

import datetime
import json
import time

import cbor2
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import ObjectIdentifier

from cupel.testing.certificates import ORGANIZATION, distinguished_name

_ISSUER = (
    "did:x509:0:sha256:I__iuL25oXEVFdTP_aBLx_eT1RPHbCQ_ECBQfYZpt9s::eku:1.3.6.1.4.1.311.76.59.1.2"
)
_FEED = "ContainerPlat-AMD-UVM"
_USAGE = ObjectIdentifier("1.3.6.1.4.1.311.76.59.1.2")
_PS384 = -38
_LIFE = datetime.timedelta(days=1)


def _certificate(
    common_name: str, key: rsa.RSAPrivateKey, issuer: x509.Name, signer: rsa.RSAPrivateKey, ca: bool
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(distinguished_name(common_name, ORGANIZATION))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _LIFE)
        .not_valid_after(now + _LIFE)
    )
    if ca:
        builder = builder.add_extension(x509.BasicConstraints(True, None), critical=True)
    else:
        builder = builder.add_extension(x509.ExtendedKeyUsage([_USAGE]), critical=False)
    return builder.sign(signer, hashes.SHA384())


def forged_endorsement(measurement: bytes) -> bytes:
    """Calls a launch measurement a release of Microsoft's, with a chain of one's own."""
    root_key, key = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    root_name = "Microsoft Supply Chain RSA Root CA 2022"
    issuer = distinguished_name(root_name, ORGANIZATION)
    chain = (
        _certificate("Cupel DEMO signer - not Microsoft", key, issuer, root_key, ca=False),
        _certificate(root_name, root_key, issuer, root_key, ca=True),
    )
    protected = cbor2.dumps(
        {
            1: _PS384,
            3: "application/json",
            33: [one.public_bytes(serialization.Encoding.DER) for one in chain],
            "iss": _ISSUER,
            "feed": _FEED,
            "signingtime": cbor2.CBORTag(1, int(time.time()) - 60),
        }
    )
    payload = json.dumps(
        {
            "x-ms-sevsnpvm-guestsvn": "100",
            "x-ms-sevsnpvm-launchmeasurement": measurement.hex(),
        }
    ).encode()
    signed = cbor2.dumps(["Signature1", protected, b"", payload])
    pss = padding.PSS(padding.MGF1(hashes.SHA384()), 48)
    signature = key.sign(signed, pss, hashes.SHA384())
    return cbor2.dumps(cbor2.CBORTag(18, [protected, {}, payload, signature]))
