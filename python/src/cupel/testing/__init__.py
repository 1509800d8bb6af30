"""A local attested service for demonstrations and for other people's tests.

It needs no special hardware: a software TPM (swtpm) is booted, measured and quoted with real TPM
2.0 commands, a demo authority that says so in its name certifies the attestation key, and an HTTPS
server gives evidence and completions in the protocols that attested services speak.

    from cupel.testing import AttestedService

    with AttestedService() as service:
        client = cupel.Client(
            service.base_url, policy=service.policy_file, anchors=service.root_ca_file
        )

Other kinds of hardware are stood in for by programs of a few lines each, with real wire formats and
forged roots: see KINDS.

    from cupel.testing import load

    with load("nitro").make() as service: ...

Nothing it shows says anything about the machine it runs on: whoever runs it can read its memory.
Needs the extra `cupel[testing]`, and for the kinds tpm and hcl the programs swtpm and tpm2-tools.
"""

from __future__ import annotations

from cupel.testing.authorities import VtpmAuthority, WebAuthority
from cupel.testing.boot import BootProfile
from cupel.testing.errors import ServiceError
from cupel.testing.kinds import KINDS, load
from cupel.testing.kinds.kind import Kind
from cupel.testing.ledger import Received
from cupel.testing.local import LocalService, Trust
from cupel.testing.service import AttestedService, recorded
from cupel.testing.simulated import SimulatedService, Simulator
from cupel.testing.tpm import missing_programs

__all__ = [
    "KINDS",
    "AttestedService",
    "BootProfile",
    "Kind",
    "LocalService",
    "Received",
    "ServiceError",
    "SimulatedService",
    "Simulator",
    "Trust",
    "VtpmAuthority",
    "WebAuthority",
    "load",
    "missing_programs",
    "recorded",
]
