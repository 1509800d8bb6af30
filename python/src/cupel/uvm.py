"""UVM endorsements: Microsoft's signed word on which launch measurement is which release.

    endorsement = uvm.parse(data)                             # structure only
    verified = uvm.verify(endorsement, uvm.container_platform(), now=now)
    verified.value.svn >= 103 and verified.value.launch_measurement == measured

The names are those of the C++ namespace cupel::uvm. An endorsement says what a measurement is, not
that any machine runs it: that is what a report is for. Every function raises a CupelError on bad
input.
"""

from cupel._core.uvm import (
    MAX_ENDORSEMENT_SIZE,
    Endorsement,
    Trust,
    VerifiedEndorsement,
    container_platform,
    looks_like,
    parse,
    verify,
)

__all__ = [
    "MAX_ENDORSEMENT_SIZE",
    "Endorsement",
    "Trust",
    "VerifiedEndorsement",
    "container_platform",
    "looks_like",
    "parse",
    "verify",
]
