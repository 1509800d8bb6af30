"""A container group on Azure, as evidence shows it; kinds snp and maa pretend to be one.

The service in it asks for evidence of runtime data that it composed itself, and takes nothing but
a nonce from whoever asks. If callers could choose the data, an attacker would have his own key
attested.
"""

from __future__ import annotations

import json

from cupel.testing.identity import TlsIdentity

UTILITY_VM = b"Cupel demo utility VM, release 1"
CONTAINER_POLICY = b"package policy\n\n# Cupel demo: one container, no shell\n"
OPEN_CONTAINER_POLICY = b"package policy\n\n# any container, and a shell in each\n"


def runtime_members(identity: TlsIdentity, nonce: bytes) -> dict[str, str]:
    """The runtime data: which TLS certificate answers, and whom, if he sent a nonce."""
    members = {"certificate_hash": identity.certificate_sha256.hex()}
    return {**members, "nonce": nonce.hex()} if nonce else members


def runtime_data(identity: TlsIdentity, nonce: bytes) -> bytes:
    """The same as the bytes whose digest the hardware signs."""
    return json.dumps(runtime_members(identity, nonce)).encode()
