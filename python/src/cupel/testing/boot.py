"""A measured boot: what the firmware and systemd-stub of a virtual machine would measure.

The events are those of a unified kernel image (UKI) started by UEFI firmware, in the order in which
Azure Trusted Launch machines log them. From the one list come the digests the TPM is extended with,
the TCG event log, and the register values a policy should expect.

Sources: TCG PC Client Platform Firmware Profile 1.06, sections 3.3 (which register) and 10 (the
log); UEFI 2.10, 32.4 (signature lists); systemd-stub(7) for registers 11 to 13.
"""

from __future__ import annotations

import hashlib
import struct
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cupel.testing.errors import ServiceError

EV_NO_ACTION = 0x00000003
EV_SEPARATOR = 0x00000004
EV_S_CRTM_VERSION = 0x00000008
EV_IPL = 0x0000000D
EV_EFI_VARIABLE_DRIVER_CONFIG = 0x80000001
EV_EFI_BOOT_SERVICES_APPLICATION = 0x80000003
EV_EFI_ACTION = 0x80000007
EV_EFI_PLATFORM_FIRMWARE_BLOB = 0x80000008
EV_EFI_VARIABLE_AUTHORITY = 0x800000E0

PCR_COUNT = 24

# bank -> (TPM_ALG_ID, digest size)
BANKS: Mapping[str, tuple[int, int]] = {
    "sha1": (0x0004, 20),
    "sha256": (0x000B, 32),
    "sha384": (0x000C, 48),
    "sha512": (0x000D, 64),
}

_CALLING = b"Calling EFI Application from Boot Option"
_EXIT_INVOKED = b"Exit Boot Services Invocation"
_EXIT_DONE = b"Exit Boot Services Returned with Success"
_SEPARATOR = bytes(4)

_GLOBAL_VARIABLE = uuid.UUID("8be4df61-93ca-11d2-aa0d-00e098032b8c")
_SECURITY_DATABASE = uuid.UUID("d719b2cb-3d3a-4596-a3bc-dad00e67656f")
_CERT_SHA256 = uuid.UUID("c1c41626-504c-4092-aca9-41f936934328")
_CERT_RSA2048 = uuid.UUID("3c5766e8-269c-4e34-aa14-ed776e85b3b6")
_DEMO_OWNER = uuid.UUID("c0be1000-0000-4000-8000-000000000000")


def digest(bank: str, data: bytes) -> bytes:
    """The hash of a bank, by its TPM name."""
    if bank not in BANKS:
        raise ServiceError(f"unknown PCR bank {bank!r}: choose from {', '.join(BANKS)}")
    return hashlib.new(bank, data).digest()


@dataclass(frozen=True)
class BootEvent:
    """One event: `data` stands in the log; the digest of `measured` goes into the register."""

    pcr: int
    type: int
    data: bytes
    measured: bytes

    @property
    def extends(self) -> bool:
        """Whether it changes its register; EV_NO_ACTION never does."""
        return self.type != EV_NO_ACTION


@dataclass(frozen=True)
class BootProfile:
    """What the pretended machine boots. Another value anywhere gives other registers.

    The images are stand-ins: their bytes are hashed as they are, where firmware would take the
    Authenticode digest of a PE file.
    """

    firmware_version: str = "Cupel demo firmware 1.0"
    firmware: bytes = b"Cupel demo firmware volume, build 1"
    uki: bytes = b"Cupel demo unified kernel image, release 1"
    kernel: bytes = b"Cupel demo Linux kernel, release 1"
    initrd: bytes = b"Cupel demo initrd, release 1"
    os_release: bytes = b'NAME="Cupel demo system"\nVERSION_ID=1\n'
    embedded_command_line: str = "quiet roothash=" + hashlib.sha256(b"Cupel demo root").hexdigest()
    loader_command_line: str = "console=ttyS0 cupel.demo=1"
    secure_boot: bool = False
    startup_locality: int = 0


def variable_data(vendor: uuid.UUID, name: str, content: bytes) -> bytes:
    """UEFI_VARIABLE_DATA: GUID, name length in characters, content length, name, content."""
    return (
        vendor.bytes_le
        + struct.pack("<QQ", len(name), len(content))
        + name.encode("utf-16-le")
        + content
    )


def _signature_list(kind: uuid.UUID, signature: bytes) -> bytes:
    """An EFI_SIGNATURE_LIST with one signature of our own."""
    each = 16 + len(signature)
    header = kind.bytes_le + struct.pack("<III", 28 + each, 0, each)
    return header + _DEMO_OWNER.bytes_le + signature


def _image_load_event(path: str, length: int) -> bytes:
    """UEFI_IMAGE_LOAD_EVENT with a file path device path."""
    name = path.encode("utf-16-le") + bytes(2)
    device_path = struct.pack("<BBH", 4, 4, 4 + len(name)) + name + bytes.fromhex("7fff0400")
    return struct.pack("<QQQQ", 0x7E000000, length, 0, len(device_path)) + device_path


def _plain(pcr: int, kind: int, data: bytes) -> BootEvent:
    return BootEvent(pcr, kind, data, data)


def _secure_boot_events(profile: BootProfile) -> tuple[list[BootEvent], list[BootEvent]]:
    """Register 7 before and after its separator."""
    pk = kek = db = b""
    authority: list[BootEvent] = []
    if profile.secure_boot:
        # A key whose modulus anyone can compute signs nothing; it only gives the lists their shape.
        modulus = hashlib.shake_256(b"Cupel demo platform key").digest(256)
        pk = kek = _signature_list(_CERT_RSA2048, modulus)
        db = _signature_list(_CERT_SHA256, hashlib.sha256(profile.uki).digest())
        entry = db[28:]  # the EFI_SIGNATURE_DATA that allowed the image
        authority = [
            _plain(7, EV_EFI_VARIABLE_AUTHORITY, variable_data(_SECURITY_DATABASE, "db", entry))
        ]
    variables = (
        (_GLOBAL_VARIABLE, "SecureBoot", bytes([profile.secure_boot])),
        (_GLOBAL_VARIABLE, "PK", pk),
        (_GLOBAL_VARIABLE, "KEK", kek),
        (_SECURITY_DATABASE, "db", db),
        (_SECURITY_DATABASE, "dbx", b""),
    )
    return [
        _plain(7, EV_EFI_VARIABLE_DRIVER_CONFIG, variable_data(vendor, name, content))
        for vendor, name, content in variables
    ], authority


def _stub_events(profile: BootProfile) -> list[BootEvent]:
    """Registers 11 and 12 as systemd-stub extends them."""
    sections = (
        (".linux", profile.kernel),
        (".osrel", profile.os_release),
        (".cmdline", profile.embedded_command_line.encode()),
        (".initrd", profile.initrd),
    )
    events = []
    for name, content in sections:
        label = name.encode("utf-16-le") + bytes(2)
        events.append(BootEvent(11, EV_IPL, label, name.encode() + b"\0"))
        events.append(BootEvent(11, EV_IPL, label, content))
    # With Secure Boot the stub ignores what the loader passes.
    if profile.loader_command_line and not profile.secure_boot:
        line = profile.loader_command_line.encode("utf-16-le") + bytes(2)
        events.append(_plain(12, EV_IPL, line))
    return events


def measured_boot(profile: BootProfile) -> list[BootEvent]:
    """The whole boot, in the order of its log."""
    before, after = _secure_boot_events(profile)
    version = profile.firmware_version.encode("utf-16-le") + bytes(2)
    volume = struct.pack("<QQ", 0xFFE00000, len(profile.firmware))
    events = []
    if profile.startup_locality:
        locality = b"StartupLocality\0" + bytes([profile.startup_locality])
        events.append(BootEvent(0, EV_NO_ACTION, locality, b""))
    events += [
        _plain(0, EV_S_CRTM_VERSION, version),
        BootEvent(0, EV_EFI_PLATFORM_FIRMWARE_BLOB, volume, profile.firmware),
        *before,
        _plain(4, EV_EFI_ACTION, _CALLING),
        *(_plain(pcr, EV_SEPARATOR, _SEPARATOR) for pcr in range(8)),
        *after,
        BootEvent(
            4,
            EV_EFI_BOOT_SERVICES_APPLICATION,
            _image_load_event("\\EFI\\BOOT\\BOOTX64.EFI", len(profile.uki)),
            profile.uki,
        ),
        *_stub_events(profile),
    ]
    if not profile.secure_boot:
        # Stubs 252 to 257 load the inner kernel through the firmware, which measures it again.
        events.append(
            BootEvent(
                4,
                EV_EFI_BOOT_SERVICES_APPLICATION,
                _image_load_event("", len(profile.kernel)),
                profile.kernel,
            )
        )
    events += [_plain(5, EV_EFI_ACTION, text) for text in (_EXIT_INVOKED, _EXIT_DONE)]
    return events


def event_log(events: Iterable[BootEvent], banks: Sequence[str]) -> bytes:
    """The TCG crypto-agile log of these events, a digest for every bank."""
    algorithms = b"".join(struct.pack("<HH", *BANKS[bank]) for bank in banks)
    # TCG_EfiSpecIDEvent: platform class 0 (client), specification 2.00, 64-bit UINTN.
    spec_id = b"Spec ID Event03\0" + struct.pack("<IBBBBI", 0, 0, 2, 0, 2, len(banks))
    spec_id += algorithms + b"\0"
    log = struct.pack("<II20sI", 0, EV_NO_ACTION, bytes(20), len(spec_id)) + spec_id
    for event in events:
        log += struct.pack("<III", event.pcr, event.type, len(banks))
        for bank in banks:
            algorithm, size = BANKS[bank]
            value = digest(bank, event.measured) if event.extends else bytes(size)
            log += struct.pack("<H", algorithm) + value
        log += struct.pack("<I", len(event.data)) + event.data
    return log


def start_value(pcr: int, bank: str, startup_locality: int = 0) -> bytes:
    """A register's value after a reset: zeros; ones in 17 to 22; the locality in register 0."""
    size = BANKS[bank][1]
    if 17 <= pcr <= 22:
        return b"\xff" * size
    return bytes(size - 1) + bytes([startup_locality if pcr == 0 else 0])


def extend(bank: str, value: bytes, measurement: bytes) -> bytes:
    """TPM2_PCR_Extend on paper: H(old value || digest)."""
    return digest(bank, value + measurement)


def expected_pcrs(profile: BootProfile, bank: str) -> list[bytes]:
    """All 24 registers as this boot must leave them, computed, not read from anywhere."""
    values = [start_value(pcr, bank, profile.startup_locality) for pcr in range(PCR_COUNT)]
    for event in measured_boot(profile):
        if event.extends:
            values[event.pcr] = extend(bank, values[event.pcr], digest(bank, event.measured))
    return values
