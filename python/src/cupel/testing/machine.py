"""The attested machine: a measured boot in a software TPM, a TLS authority, and its evidence."""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
from collections.abc import Mapping, Sequence

from cupel.testing.authorities import VtpmAuthority, WebAuthority
from cupel.testing.boot import (
    BANKS,
    PCR_COUNT,
    BootProfile,
    digest,
    event_log,
    expected_pcrs,
    extend,
    measured_boot,
)
from cupel.testing.errors import ServiceError
from cupel.testing.keeper import Keeper
from cupel.testing.tpm import Quote, SoftwareTpm

APPLICATION_PCR = 15
SENTINEL = bytes(32)
MAX_NONCE = 64  # TPM2B_DATA holds a TPMT_HA at most
DEFAULT_SELECTION: Mapping[str, Sequence[int]] = {"sha256": tuple(range(16))}
DEFAULT_BANKS = ("sha256", "sha384")
DEFAULT_ROOTHASH = hashlib.sha256(b"Cupel demo application disk, release 1").hexdigest()


def application_steps(roothash: str, webserver_rootca: str) -> list[bytes]:
    """What is extended into register 15 (SHA-256 bank), in order.

    The application disk before it is opened; a sentinel after its setup has run, so that nothing
    later passes for part of it; then the TLS authority.
    """
    return [
        bytes.fromhex(roothash),
        SENTINEL,
        hashlib.sha256(webserver_rootca.encode("utf-8")).digest(),
    ]


def checked_roothash(text: str) -> str:
    """The dm-verity root hash as 64 lower-case hex characters, or ServiceError."""
    if len(text) != 64 or not set(text) <= set("0123456789abcdef"):
        raise ServiceError("application_disk_roothash must be 64 lower-case hex characters")
    return text


def checked_banks(banks: Sequence[str]) -> tuple[str, ...]:
    """The banks a boot is measured into, or ServiceError."""
    if "sha256" not in banks or len(set(banks)) != len(banks) or not set(banks) <= set(BANKS):
        known = ", ".join(BANKS)
        raise ServiceError(f"banks must differ, be among {known}, and sha256 must be one of them")
    return tuple(banks)


def checked_selection(selection: Mapping[str, Sequence[int]]) -> dict[str, list[int]]:
    """A PCR selection with its registers ascending, or ServiceError."""
    if not selection:
        raise ServiceError("the PCR selection is empty")
    checked = {}
    for bank, pcrs in selection.items():
        if bank not in BANKS:
            raise ServiceError(f"unknown PCR bank {bank!r}: choose from {', '.join(BANKS)}")
        wanted = sorted(set(pcrs))
        if not wanted or len(wanted) != len(pcrs) or not 0 <= wanted[0] <= wanted[-1] < PCR_COUNT:
            raise ServiceError(f"{bank}: name 1 to {PCR_COUNT} different registers, 0 to 23")
        checked[bank] = wanted
    return checked


def booted_tpm(
    keeper: Keeper, boot: BootProfile, banks: Sequence[str]
) -> tuple[SoftwareTpm, bytes]:
    """A software TPM into which a boot was measured, and the boot's event log."""
    events = measured_boot(boot)
    tpm = SoftwareTpm(keeper, startup_locality=boot.startup_locality)
    tpm.extend(
        (event.pcr, {bank: digest(bank, event.measured) for bank in banks})
        for event in events
        if event.extends
    )
    return tpm, event_log(events, banks)


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


class Machine:
    """A booted machine. Its evidence is made by its TPM; nothing here signs anything."""

    def __init__(
        self,
        keeper: Keeper,
        *,
        web_authority: WebAuthority,
        vtpm_authority: VtpmAuthority,
        application_disk_roothash: str = DEFAULT_ROOTHASH,
        boot: BootProfile | None = None,
        banks: Sequence[str] = DEFAULT_BANKS,
        selection: Mapping[str, Sequence[int]] = DEFAULT_SELECTION,
        ak_algorithm: str = "rsassa",
    ) -> None:
        """Starts the TPM and boots: measures everything up to the TLS authority."""
        self.boot = boot or BootProfile()
        self.selection = checked_selection(selection)
        self.banks = checked_banks(banks)
        self.application_disk_roothash = checked_roothash(application_disk_roothash)
        self.webserver_rootca = web_authority.root_pem
        self.tpm, self.event_log = booted_tpm(keeper, self.boot, self.banks)
        self.tpm.extend(
            (APPLICATION_PCR, {"sha256": step})
            for step in application_steps(self.application_disk_roothash, self.webserver_rootca)
        )
        self.ak = self.tpm.create_ak(ak_algorithm)
        self.ak_certificates = vtpm_authority.certify_ak(self.ak.public_pem)

    def expected_pcrs(self, bank: str = "sha256") -> list[bytes]:
        """All 24 registers, computed from the boot's list of events, never read from the TPM."""
        values = expected_pcrs(self.boot, bank)
        if bank == "sha256":
            for step in application_steps(self.application_disk_roothash, self.webserver_rootca):
                values[APPLICATION_PCR] = extend(bank, values[APPLICATION_PCR], step)
        return values

    def quote(self, nonce: bytes) -> Quote:
        """A fresh quote over this machine's selection."""
        if len(nonce) > MAX_NONCE:
            raise ServiceError(f"a nonce has at most {MAX_NONCE} bytes")
        return self.tpm.quote(self.selection, nonce)

    def document(self, nonce: bytes = b"") -> bytes:
        """The attestation document that BlindLlama's servers publish: exactly its four keys."""
        quote = self.quote(nonce)
        return json.dumps(
            {
                "cert_chain": self.ak_certificates,
                "quote": {
                    "message": _b64(quote.message),
                    "signature": _b64(quote.signature),
                    "pcr": _b64(quote.pcrs),
                },
                "webserver_rootca": self.webserver_rootca,
                "application_disk_roothash": self.application_disk_roothash,
            }
        ).encode()

    def bundle(self, nonce: bytes = b"", source: str = "") -> bytes:
        """Cupel's own bundle, which also holds the event log."""
        quote = self.quote(nonce)
        created = datetime.datetime.now(datetime.timezone.utc)
        return json.dumps(
            {
                "kind": "cupel.tpm/1",
                "created": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "source": source,
                "quote": {"message": _b64(quote.message), "signature": _b64(quote.signature)},
                "pcrs": {"form": "serialized", "data": _b64(quote.pcrs)},
                "ak": {"certificates": self.ak_certificates},
                "event_log": _b64(self.event_log),
                "supplied": {
                    "webserver_rootca": self.webserver_rootca,
                    "application_disk_roothash": self.application_disk_roothash,
                },
            }
        ).encode()
