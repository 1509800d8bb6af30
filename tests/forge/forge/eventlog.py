"""TCG PC Client event logs, written from the Platform Firmware Profile specification, 10.2."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from . import wire

EV_POST_CODE = 0x00000001
EV_NO_ACTION = 0x00000003
EV_SEPARATOR = 0x00000004
EV_ACTION = 0x00000005
EV_S_CRTM_VERSION = 0x00000008
EV_IPL = 0x0000000D
EV_EFI_BOOT_SERVICES_APPLICATION = 0x80000003
EV_EFI_ACTION = 0x80000007

SEPARATOR = bytes(4)


@dataclass(frozen=True)
class Event:
    """One record. The digest is that of `measured`, which is the event's data unless given."""

    pcr: int
    type: int
    data: bytes
    measured: bytes | None = None
    extended: bool = True

    def digest(self, bank: str) -> bytes:
        """What is extended into that bank; zeros for events that are not extended."""
        if not self.extended:
            return bytes(wire.digest_size(bank))
        return wire.digest(bank, self.data if self.measured is None else self.measured)


@dataclass
class Log:
    """A crypto-agile log: what it says, and what a TPM would have extended meanwhile."""

    banks: list[str]
    events: list[Event] = field(default_factory=list)
    locality: int | None = None

    def header(self) -> bytes:
        """The Spec ID event, in the old SHA-1 form."""
        data = b"Spec ID Event03\0" + struct.pack("<IBBBBI", 0, 0, 2, 0, 2, len(self.banks))
        for bank in self.banks:
            data += struct.pack("<HH", wire.HASH_ID[bank], wire.digest_size(bank))
        data += b"\0"
        return struct.pack("<II", 0, EV_NO_ACTION) + bytes(20) + struct.pack("<I", len(data)) + data

    def record(self, event: Event) -> bytes:
        """One TCG_PCR_EVENT2."""
        out = struct.pack("<III", event.pcr, event.type, len(self.banks))
        for bank in self.banks:
            out += struct.pack("<H", wire.HASH_ID[bank]) + event.digest(bank)
        return out + struct.pack("<I", len(event.data)) + event.data

    def all_events(self) -> list[Event]:
        """The events with the start-up locality, if there is one, before them."""
        if self.locality is None:
            return self.events
        data = b"StartupLocality\0" + bytes([self.locality])
        return [Event(0, EV_NO_ACTION, data, extended=False), *self.events]

    def wire(self) -> bytes:
        """The whole log."""
        return self.header() + b"".join(self.record(event) for event in self.all_events())

    def registers(self) -> wire.Registers:
        """What the registers hold when these events have been extended."""
        registers = wire.Registers()
        for bank in self.banks:
            for event in self.events:
                if not event.extended:
                    continue
                size = wire.digest_size(bank)
                start = bytes(size)
                if event.pcr == 0 and self.locality is not None:
                    start = bytes(size - 1) + bytes([self.locality])
                before = registers.values.get((bank, event.pcr), start)
                registers.set(bank, event.pcr, wire.extend(bank, before, event.digest(bank)))
        return registers


def boot_log(banks: list[str], locality: int | None = None) -> Log:
    """A small measured boot: firmware, its configuration, a boot loader, separators in PCR 0-7."""
    events = [
        Event(0, EV_S_CRTM_VERSION, "test firmware 1.0\0".encode("utf-16-le")),
        Event(0, EV_POST_CODE, b"POST CODE", measured=b"firmware volume bytes"),
        Event(4, EV_EFI_ACTION, b"Calling EFI Application from Boot Option"),
    ]
    events += [Event(pcr, EV_SEPARATOR, SEPARATOR) for pcr in range(8)]
    events += [
        Event(
            4,
            EV_EFI_BOOT_SERVICES_APPLICATION,
            b"device path of the boot loader",
            measured=b"Authenticode digest input of the boot loader",
        ),
        Event(5, EV_EFI_ACTION, b"Exit Boot Services Invocation"),
        Event(5, EV_EFI_ACTION, b"Exit Boot Services Returned with Success"),
    ]
    return Log(banks, events, locality)


def legacy_log(log: Log) -> bytes:
    """The same events in the SHA-1 form, with no Spec ID event."""
    out = b""
    for event in log.events:
        out += struct.pack("<II", event.pcr, event.type) + event.digest("sha1")
        out += struct.pack("<I", len(event.data)) + event.data
    return out
