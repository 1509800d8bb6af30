"""A software TPM 2.0 (swtpm), spoken to with tpm2-tools.

Everything the service attests comes out of real TPM 2.0 commands: the measured boot goes in with
TPM2_PCR_Extend, the attestation key is a restricted signing key made by the TPM, and the evidence
is a TPM2_Quote. Only the chip is missing.
"""

from __future__ import annotations

import os
import shutil
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cupel.testing.errors import ServiceError
from cupel.testing.keeper import Keeper

NEEDED_PROGRAMS = (
    "swtpm",
    "tpm2_createek",
    "tpm2_createak",
    "tpm2_evictcontrol",
    "tpm2_flushcontext",
    "tpm2_pcrextend",
    "tpm2_quote",
    "tpm2_readpublic",
)

# name -> (tpm2_createak -G, tpm2_createak -s)
AK_ALGORITHMS = {
    "rsassa": ("rsa", "rsassa"),
    "rsapss": ("rsa", "rsapss"),
    "ecdsa": ("ecc", "ecdsa"),
}

_AK_HANDLE = "0x81000003"  # where virtual machines of Azure keep theirs
_START_SECONDS = 10.0
_COMMAND_SECONDS = 60.0
# swtpm's control channel, swtpm_ioctls(3): CMD_SET_LOCALITY, one byte; the answer is a result code.
_CMD_SET_LOCALITY = 5
# TPM2_Startup(TPM_SU_CLEAR): TPM_ST_NO_SESSIONS, size 12, TPM_CC_Startup, TPM_SU_CLEAR.
_STARTUP_CLEAR = struct.pack(">HIIH", 0x8001, 12, 0x144, 0)
_STARTUP_OK = struct.pack(">HII", 0x8001, 10, 0)


def missing_programs() -> list[str]:
    """The programs a software TPM needs that are not on PATH."""
    return [program for program in NEEDED_PROGRAMS if shutil.which(program) is None]


@dataclass(frozen=True)
class AttestationKey:
    """The public half of a TPM attestation key, as PEM and as TPMT_PUBLIC."""

    algorithm: str
    public_pem: bytes
    public_area: bytes


@dataclass(frozen=True)
class Quote:
    """What `tpm2_quote` writes: TPMS_ATTEST, TPMT_SIGNATURE, and the serialized pcr file."""

    message: bytes
    signature: bytes
    pcrs: bytes


class SoftwareTpm:
    """A running swtpm, its registers at their start values."""

    def __init__(self, keeper: Keeper, *, startup_locality: int = 0) -> None:
        """Starts swtpm in the keeper's folder, which also stops it."""
        if missing := missing_programs():
            raise ServiceError(
                "the software TPM needs "
                + ", ".join(missing)
                + " on PATH (Debian and Ubuntu: apt install swtpm tpm2-tools)"
            )
        if startup_locality not in (0, 3):
            raise ServiceError("startup_locality must be 0 or 3")
        self._lock = threading.Lock()
        self._folder = keeper.folder / "tpm"
        self._folder.mkdir()
        (self._folder / "state").mkdir()
        self._log = keeper.folder / "child.log"
        self._ak: AttestationKey | None = None
        path = self._folder / "s"
        keeper.start(
            [
                "swtpm", "socket", "--tpm2",
                "--tpmstate", f"dir={self._folder / 'state'}",
                "--server", f"type=unixio,path={path},mode=0600",
                "--ctrl", f"type=unixio,path={path}.ctrl,mode=0600",
                "--flags", "not-need-init",
            ]
        )  # fmt: skip
        self._environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "LC_ALL": "C",
            "TPM2TOOLS_TCTI": f"swtpm:path={path}",
        }
        self._set_locality(path.with_name("s.ctrl"), startup_locality)
        if self._exchange(path, _STARTUP_CLEAR) != _STARTUP_OK:
            raise ServiceError("the software TPM refused TPM2_Startup")
        self._set_locality(path.with_name("s.ctrl"), 0)

    def _set_locality(self, control: Path, locality: int) -> None:
        if self._exchange(control, struct.pack(">IB", _CMD_SET_LOCALITY, locality)) != bytes(4):
            raise ServiceError(f"the software TPM refused locality {locality}")

    def _exchange(self, path: Path, command: bytes) -> bytes:
        """One command over a socket of swtpm, which may still be starting."""
        deadline = time.monotonic() + _START_SECONDS
        while True:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(_START_SECONDS)
                try:
                    connection.connect(str(path))
                except OSError as error:
                    if time.monotonic() > deadline:
                        said = self._log.read_text(errors="replace").strip()
                        raise ServiceError(f"swtpm did not start ({error}): {said}") from error
                    time.sleep(0.01)
                    continue
                connection.sendall(command)
                return connection.recv(4096)

    def run(self, *arguments: str) -> str:
        """Runs one of the tpm2-tools in the TPM's folder; returns what it printed."""
        try:
            done = subprocess.run(
                arguments,
                cwd=self._folder,
                env=self._environment,
                capture_output=True,
                text=True,
                timeout=_COMMAND_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ServiceError(f"{arguments[0]} did not run: {error}") from error
        if done.returncode != 0:
            raise ServiceError(f"{arguments[0]} failed: {done.stderr.strip()}")
        return done.stdout

    def _run_and_flush(self, *arguments: str) -> None:
        # There is no resource manager in front of swtpm, and it holds three objects at most.
        self.run(*arguments)
        self.run("tpm2_flushcontext", "--transient-object")

    def create_ak(self, algorithm: str = "rsassa") -> AttestationKey:
        """Makes an endorsement key and below it the attestation key, and keeps the latter."""
        if algorithm not in AK_ALGORITHMS:
            known = ", ".join(AK_ALGORITHMS)
            raise ServiceError(f"unknown AK algorithm {algorithm!r}: choose one of {known}")
        key, scheme = AK_ALGORITHMS[algorithm]
        with self._lock:
            self._run_and_flush("tpm2_createek", "-c", "ek.ctx", "-G", key, "-u", "ek.pub")
            self._run_and_flush(
                "tpm2_createak", "-C", "ek.ctx", "-c", "ak.ctx", "-G", key, "-g", "sha256",
                "-s", scheme, "-u", "ak.pem", "-f", "pem",
            )  # fmt: skip
            self._run_and_flush("tpm2_readpublic", "-c", "ak.ctx", "-f", "tpmt", "-o", "ak.pub")
            self._run_and_flush("tpm2_evictcontrol", "-C", "o", "-c", "ak.ctx", _AK_HANDLE)
            self._ak = AttestationKey(
                algorithm=algorithm,
                public_pem=(self._folder / "ak.pem").read_bytes(),
                public_area=(self._folder / "ak.pub").read_bytes(),
            )
        return self._ak

    def extend(self, measurements: Iterable[tuple[int, Mapping[str, bytes]]]) -> None:
        """Extends registers in the given order: (register, {bank: digest})."""
        words = [
            f"{pcr}:" + ",".join(f"{bank}={digest.hex()}" for bank, digest in digests.items())
            for pcr, digests in measurements
        ]
        with self._lock:
            for start in range(0, len(words), 64):
                self.run("tpm2_pcrextend", *words[start : start + 64])

    def quote(self, selection: Mapping[str, Sequence[int]], nonce: bytes) -> Quote:
        """A quote over registers of one or more banks, with `nonce` as its qualifying data."""
        if self._ak is None:
            raise ServiceError("the TPM has no attestation key yet")
        listed = "+".join(
            f"{bank}:" + ",".join(str(pcr) for pcr in pcrs) for bank, pcrs in selection.items()
        )
        files = ("quote.msg", "quote.sig", "quote.pcr")
        message, signature, pcrs = files
        with self._lock:
            for name in files:
                (self._folder / name).unlink(missing_ok=True)
            self.run(
                "tpm2_quote", "-c", _AK_HANDLE, "-l", listed,
                "--scheme", AK_ALGORITHMS[self._ak.algorithm][1], "-g", "sha256",
                "-m", message, "-s", signature, "-o", pcrs, "-F", "serialized",
                *(("-q", nonce.hex()) if nonce else ()),
            )  # fmt: skip
            return Quote(*((self._folder / name).read_bytes() for name in files))
