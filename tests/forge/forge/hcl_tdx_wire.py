"""Azure confidential VMs on Intel TDX: the TDREPORT, and the quote that repeats it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import Any

from .case import b64
from .dcap import Service, TdReport
from .hcl_wire import Container, Machine

# Field: offset in the TDREPORT, offset in the body of a quote, size.
FIELDS = {
    "tee_tcb_svn": (0x108, 0x000, 16),
    "mrseam": (0x118, 0x010, 48),
    "mrsignerseam": (0x148, 0x040, 48),
    "seam_attributes": (0x178, 0x070, 8),
    "td_attributes": (0x200, 0x078, 8),
    "xfam": (0x208, 0x080, 8),
    "mrtd": (0x210, 0x088, 48),
    "mrconfigid": (0x240, 0x0B8, 48),
    "mrowner": (0x270, 0x0E8, 48),
    "mrownerconfig": (0x2A0, 0x118, 48),
    "rtmr": (0x2D0, 0x148, 192),
    "report_data": (0x080, 0x208, 64),
}
NEWER = {"tee_tcb_svn_2": (0x180, 0x248, 16), "mrservicetd": (0x390, 0x258, 48)}
TCB_HASH, INFO_HASH = 0x20, 0x50


def td_report(
    body: TdReport,
    changes: dict[str, bytes] | None = None,
    *,
    late: dict[int, int] | None = None,
    early: dict[int, int] | None = None,
    kind: bytes = b"\x81\0\0\0",
) -> bytes:
    """TDREPORT_STRUCT of the TD with this body. `early` bytes are covered by its digests."""
    wire = replace(body, newer=True).wire()
    out = bytearray(1024)
    out[0:4] = kind
    out[0x10:0x20] = bytes([5, 5, 3, 3, 255, 255, *[0] * 10])
    out[0xE0:0x100] = hashlib.sha256(b"a key of this machine").digest()
    out[0x100:0x108] = bytes.fromhex("ff01030000000000")
    for name, (ours, theirs, size) in {**FIELDS, **NEWER}.items():
        value = (changes or {}).get(name, wire[theirs : theirs + size])
        out[ours : ours + size] = value
    for offset, value in (early or {}).items():
        out[offset] = value
    out[TCB_HASH : TCB_HASH + 48] = hashlib.sha384(out[0x100 : 0x100 + 239]).digest()
    out[INFO_HASH : INFO_HASH + 48] = hashlib.sha384(out[0x200:0x400]).digest()
    for offset, value in (late or {}).items():
        out[offset] = value
    return bytes(out)


@dataclass
class TdMachine:
    """A TDX machine with everything behind it. Good as it stands; cases change one thing."""

    machine: Machine = field(default_factory=lambda: Machine(certificates=[]))
    service: Service = field(default_factory=lambda: Service(tdx=True))
    runtime: Any = None
    body: TdReport = field(default_factory=TdReport)
    report_data: bytes | None = None
    report: dict[str, Any] = field(default_factory=dict)
    report_body: TdReport | None = None  # of another TD than the quote's
    quote: bytes | None = None
    with_quote: bool = True
    members: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        container = Container(report_type=4, version=2)
        if self.runtime is not None:
            container.runtime = self.runtime
        data = self.report_data
        if data is None:
            data = hashlib.sha256(container.json()).digest() + bytes(32)
        self.body = replace(self.body, report_data=data, newer=self.service.version == 5)
        self.service.body = self.body
        container.hardware = td_report(self.report_body or self.body, **self.report)
        self.machine.container = container

    def td_quote(self) -> bytes:
        """The TD quote."""
        return self.service.quote() if self.quote is None else self.quote

    def document(self) -> dict[str, Any]:
        """The document as Python values."""
        out = self.machine.document()
        if self.with_quote:
            out["td_quote"] = b64(self.td_quote())
        return {**out, **self.members}
