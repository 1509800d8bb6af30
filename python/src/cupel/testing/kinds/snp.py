"""Kind snp: a confidential container group on Azure (SEV-SNP), asked through its service.

The service asks the sidecar beside it for evidence of runtime data that it composed itself, and
relays the answer, which is that of `/attest/combined`, together with those data.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from cupel.testing.amd import POLICY_DEBUG, AmdAuthority, Guest, Processor
from cupel.testing.container_group import (
    CONTAINER_POLICY,
    OPEN_CONTAINER_POLICY,
    UTILITY_VM,
    runtime_data,
)
from cupel.testing.identity import TlsIdentity
from cupel.testing.kinds.kind import (
    RELAY,
    Kind,
    altered,
    instead,
    not_authentic,
    refused,
    replay,
)
from cupel.testing.local import Trust
from cupel.testing.server import JSON
from cupel.testing.simulated import SimulatedService, Simulator
from cupel.testing.uvm import forged_endorsement


def container_group(
    utility_vm: bytes = UTILITY_VM, container_policy: bytes = CONTAINER_POLICY
) -> Guest:
    """A guest as its report shows it: what it was launched with, and what the host stated."""
    return Guest(
        measurement=hashlib.sha384(utility_vm).digest(),
        host_data=hashlib.sha256(container_policy).digest(),
    )


class SnpSimulator(Simulator):
    """A container group, the processor it runs on, and the sidecar beside it."""

    protocol = "aci"
    evidence_types: ClassVar[Mapping[str, str]] = {"/attest/combined": JSON}

    def __init__(
        self,
        *,
        authority: AmdAuthority | None = None,
        guest: Guest | None = None,
        uvm_endorsements: bytes | None = None,
    ) -> None:
        """Starts the group on a new processor. There are no UVM endorsements unless given."""
        super().__init__()
        self.authority = authority or AmdAuthority.shared()
        self.guest = guest or container_group()
        self._processor = Processor(self.authority)
        self._uvm_endorsements = uvm_endorsements

    def evidence(self, path: str, nonce: bytes) -> bytes:
        """The sidecar's answer, and the runtime data that its report binds."""
        data = runtime_data(self.identity, nonce)
        answer = {
            "evidence": _b64(self._processor.report(self.guest, data)),
            "endorsements": _b64("".join(self._processor.chain).encode()),
            "endorsed_tcb": self._processor.level.wire().hex(),
            "runtime_data": _b64(data),
        }
        if self._uvm_endorsements is not None:
            answer["uvm_endorsements"] = _b64(self._uvm_endorsements)
        return json.dumps(answer).encode()

    def policy(self) -> dict[str, Any]:
        """This utility VM with this container policy, at this patch level or a later one."""
        level = self._processor.level
        return {
            "version": 1,
            "name": "Cupel demo container group",
            "accept": [
                {
                    "family": "snp",
                    "label": "demo release 1 on a simulated processor",
                    "require": {
                        "snp.measurement": {"equals": self.guest.measurement.hex()},
                        "snp.host_data": {"equals": self.guest.host_data.hex()},
                        "snp.tcb.reported.snp": {"at_least": level.snp},
                        "snp.tcb.reported.microcode": {"at_least": level.microcode},
                    },
                    "bind": {
                        "tls_key": {
                            "claim": "snp.runtime.certificate_hash",
                            "form": "certificate_sha256",
                        },
                        "nonce": {"claim": "snp.runtime.nonce"},
                    },
                }
            ],
        }

    def write_trust(self, folder: Path) -> Trust:
        """The demo's ARK."""
        return Trust.in_root(folder / "ark.pem", self.authority.root_pem)


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _another_container_policy(genuine: SnpSimulator) -> Simulator:
    return SnpSimulator(
        authority=genuine.authority, guest=container_group(container_policy=OPEN_CONTAINER_POLICY)
    )


def _another_utility_vm(genuine: SnpSimulator) -> Simulator:
    guest = container_group(utility_vm=b"a utility VM that keeps notes")
    endorsement = forged_endorsement(guest.measurement)
    return SnpSimulator(authority=genuine.authority, guest=guest, uvm_endorsements=endorsement)


def _unknown_vendor(genuine: SnpSimulator) -> Simulator:
    return SnpSimulator(authority=AmdAuthority(), guest=genuine.guest)


def _in_debug_mode(genuine: SnpSimulator) -> Simulator:
    guest = replace(genuine.guest, policy=genuine.guest.policy | POLICY_DEBUG)
    return SnpSimulator(authority=genuine.authority, guest=guest)


def _with_own_certificate(evidence: bytes, tls: TlsIdentity) -> bytes:
    answer = json.loads(evidence)
    nonce = bytes.fromhex(json.loads(base64.b64decode(answer["runtime_data"]))["nonce"])
    return json.dumps({**answer, "runtime_data": _b64(runtime_data(tls, nonce))}).encode()


KIND = Kind(
    stands_in="A program stands in for the processor, and a demo authority for AMD",
    start="A container group was launched, its policy put into HOST_DATA; it made a TLS key, and "
    "has the certificate's digest in every report that the processor signs for it.",
    make=lambda **settings: SimulatedService(SnpSimulator(), **settings),
    attacks=(
        refused(
            "another container policy",
            "The operator starts the group with a policy of his own, which lets him open a shell. "
            "The processor is real, the TLS certificate is bound, the nonce is answered. But the "
            "policy's digest is in HOST_DATA.",
            instead(_another_container_policy),
            "snp.host_data",
        ),
        replay("snp.runtime.nonce"),
        RELAY,
        not_authentic(
            "runtime data rewritten",
            "The attacker relays the genuine report and puts the digest of his own certificate "
            "into the runtime data beside it. The report was signed over the genuine ones.",
            altered(_with_own_certificate),
            "digest_mismatch",
            "snp-14",
        ),
        not_authentic(
            "a processor that nobody vouches for",
            "The attacker signs the very same report with a key of his own, certified below a root "
            "that he called ARK-Milan. Names are not what is trusted.",
            instead(_unknown_vendor),
            "untrusted_chain",
            "snp-07",
        ),
        refused(
            "the genuine group, open for debugging",
            "The operator launches the genuine group with the debug bit set, so that the firmware "
            "decrypts its memory for him. The bit stands in the report.",
            instead(_in_debug_mode),
            "common.debug",
        ),
        not_authentic(
            "a utility VM that Microsoft never endorsed",
            "The operator changes the utility VM below the containers, and endorses its "
            "measurement with Microsoft's name and feed, below a root of the right name.",
            instead(_another_utility_vm),
            "untrusted_chain",
            "snp-15",
        ),
    ),
)
