"""Kind tpm: a virtual machine with a TPM, as on Azure Trusted Launch. The TPM is a program."""

from __future__ import annotations

from cupel.testing.attacks import ATTACKS
from cupel.testing.kinds.kind import Kind
from cupel.testing.measured import demonstrate
from cupel.testing.service import AttestedService

KIND = Kind(
    stands_in="A software TPM stands in for the hardware, and a demo authority for its vendor",
    start="It booted a software TPM, measured firmware, kernel and application disk into its "
    "registers, minted a TLS authority, and measured that too.",
    make=AttestedService,
    attacks=ATTACKS,
    measured=demonstrate,
)
