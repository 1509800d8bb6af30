"""Reference values from artifacts, against machines that booted these artifacts.

What a machine measures is computed here, in a few lines of Python from the definitions; what the
policy demands is computed by `cupel measure` from the files. Both must agree, and no longer once a
byte of a file is another one.
"""

from __future__ import annotations

import hashlib
import json
import struct
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cupel.testing.authorities import VtpmAuthority
from cupel.testing.boot import BootProfile
from cupel.testing.errors import ServiceError
from cupel.testing.policies import write_json
from cupel.testing.server import BUNDLE_PATH
from cupel.testing.service import AttestedService

UKI_CLAIM = "tpm.pcr.sha256.4"
DISK_CLAIM = "tpm.supplied.application_disk_roothash"
_BLOCK = 4096
_OPTIONAL_HEADER = 0x58  # of the images made here
_CHECKSUM = _OPTIONAL_HEADER + 64
_SECURITY = _OPTIONAL_HEADER + 112 + 4 * 8
_SECONDS = 60.0


def pe_image(sections: list[tuple[str, bytes]]) -> bytes:
    """A PE32+ image with these sections and nothing to run (Microsoft PE format, 3 and 4)."""
    table = _OPTIONAL_HEADER + 240
    headers = (table + 40 * len(sections) + 511) // 512 * 512
    out = bytearray(headers)
    out[0:2] = b"MZ"
    struct.pack_into("<I", out, 0x3C, 0x40)
    out[0x40:0x44] = b"PE\0\0"
    struct.pack_into("<HH12xHH", out, 0x44, 0x8664, len(sections), 240, 0x22)
    struct.pack_into("<H", out, _OPTIONAL_HEADER, 0x20B)
    struct.pack_into("<I", out, _OPTIONAL_HEADER + 60, headers)
    struct.pack_into("<I", out, _OPTIONAL_HEADER + 108, 16)
    body = b""
    for i, (name, data) in enumerate(sections):
        place = headers + len(body)
        entry = struct.pack("<8sIIII16x", name.encode(), len(data), 0, len(data), place)
        out[table + 40 * i : table + 40 * (i + 1)] = entry
        body += data
    return bytes(out) + body


def authenticode_content(image: bytes) -> bytes:
    """What firmware hashes of an unsigned image of pe_image(): all but the checksum and the entry
    that would point at a signature."""
    return image[:_CHECKSUM] + image[_CHECKSUM + 4 : _SECURITY] + image[_SECURITY + 8 :]


def kernel_image() -> bytes:
    """The kernel inside the image, itself a PE image."""
    return pe_image([(".text", b"Cupel demo Linux kernel, release 1".ljust(512, b"\0"))])


def uki_image(kernel: bytes) -> bytes:
    """A unified kernel image whose stub says that it is systemd's 257."""
    return pe_image(
        [
            (".sdmagic", b"#### LoaderInfo: systemd-stub 257.1 ####"),
            (".linux", kernel),
            (".osrel", b'NAME="Cupel demo system"\n'),
            (".cmdline", b"quiet"),
            (".initrd", b"Cupel demo initrd, release 1"),
        ]
    )


def disk_image() -> bytes:
    """An application disk of two levels of hashes and a bit."""
    return hashlib.shake_256(b"Cupel demo application disk").digest(300 * _BLOCK)


def verity_root(image: bytes) -> bytes:
    """The root of a dm-verity tree over SHA-256, 4096/4096, without a salt."""
    level = [
        hashlib.sha256(image[i : i + _BLOCK]).digest()
        for i in range(0, len(image) - _BLOCK + 1, _BLOCK)
    ]
    while len(level) > 1:
        level = [
            hashlib.sha256(b"".join(level[i : i + 128]).ljust(_BLOCK, b"\0")).digest()
            for i in range(0, len(level), 128)
        ]
    return level[0]


def one_byte_changed(content: bytes) -> bytes:
    """The same, but for one bit near its end."""
    changed = bytearray(content)
    changed[-100 if len(changed) > 100 else -1] ^= 1
    return bytes(changed)


class Artifacts:
    """The files of a release, the policy that `cupel measure` makes of them, and machines that boot
    them, or others."""

    def __init__(self, folder: Path, command: str) -> None:
        """Writes the files."""
        self.folder = folder
        self.command = command
        self.uki = folder / "os.efi"
        self.disk = folder / "app.raw"
        self.uki.write_bytes(uki_image(kernel_image()))
        self.disk.write_bytes(disk_image())
        self.authority = VtpmAuthority()

    def _json(self, *arguments: str | Path) -> tuple[int, dict[str, Any]]:
        done = subprocess.run(
            [self.command, *map(str, arguments), "--json"],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        try:
            return done.returncode, json.loads(done.stdout)
        except ValueError as error:
            raise ServiceError(f"the command printed no JSON: {done.stderr.strip()}") from error

    def value(self, kind: str, name: str, artifact: Path) -> str:
        """A reference value of a file, by the command, which also writes its recipe."""
        recipe = self.recipe(kind)
        recipe.unlink(missing_ok=True)
        code, result = self._json("measure", kind, artifact, "--recipe", recipe)
        if code != 0:
            raise ServiceError(f"cupel measure {kind}: {result}")
        return str(result["values"][name])

    def recipe(self, kind: str) -> Path:
        """Where the recipe is."""
        return self.folder / f"{kind}-recipe.json"

    def machine(self, uki: bytes | None = None, disk: bytes | None = None) -> AttestedService:
        """A service on a machine that boots the files, or these."""
        image = self.uki.read_bytes() if uki is None else uki
        content = self.disk.read_bytes() if disk is None else disk
        boot = BootProfile(
            uki=authenticode_content(image), kernel=authenticode_content(kernel_image())
        )
        return AttestedService(
            boot=boot,
            application_disk_roothash=verity_root(content).hex(),
            vtpm_authority=self.authority,
        )

    def policy(self, service: AttestedService) -> Path:
        """The service's policy, in which the values of kernel and disk come from the files."""
        policy = service.policy()
        require = policy["accept"][0]["require"]
        require[UKI_CLAIM] = {"equals": self.value("uki", "pcr4", self.uki)}
        require[DISK_CLAIM] = {"equals": self.value("verity", "root_hash", self.disk)}
        return write_json(self.folder / "policy.json", policy)

    def judge(self, service: AttestedService, policy: Path) -> dict[str, Any]:
        """The verdict on fresh evidence of a service."""
        nonce = hashlib.sha256(b"asked by the demo").digest()
        evidence = self.folder / "evidence.json"
        evidence.write_bytes(service.evidence_of(BUNDLE_PATH, nonce))
        _, verdict = self._json(
            "verify", evidence, "--policy", policy, "--anchors", service.root_ca_file,
            "--nonce", nonce.hex(), "--recipe", self.recipe("uki"),
        )  # fmt: skip
        return verdict


def failed_claims(verdict: dict[str, Any]) -> list[str]:
    """The claims whose checks failed."""
    checks = verdict.get("checks", [])
    return sorted({check["claim"] for check in checks if not check["passed"]})


def demonstrate(command: str, tell: Callable[[str], None]) -> dict[str, object]:
    """Values computed from files accept the machine that boots them, and a byte's change is
    refused. Returns the facts. Errors: ServiceError when something else happens."""
    with tempfile.TemporaryDirectory(prefix="cupel-measured-") as folder:
        artifacts = Artifacts(Path(folder), command)
        with artifacts.machine() as service:
            policy = artifacts.policy(service)
            verdict = artifacts.judge(service, policy)
            if verdict.get("verdict") != "accepted":
                raise ServiceError(f"the machine that boots the files is refused: {verdict}")
            tell(
                "`cupel measure uki` and `cupel measure verity` computed from a kernel image and a "
                "disk image what the machine that boots them measures: accepted."
            )
            require = json.loads(policy.read_text(encoding="utf-8"))["accept"][0]["require"]
        facts: dict[str, object] = {
            "pcr4": require[UKI_CLAIM]["equals"],
            "root_hash": require[DISK_CLAIM]["equals"],
        }
        changes: tuple[tuple[str, dict[str, bytes], str], ...] = (
            ("kernel image", {"uki": one_byte_changed(artifacts.uki.read_bytes())}, UKI_CLAIM),
            ("disk image", {"disk": one_byte_changed(artifacts.disk.read_bytes())}, DISK_CLAIM),
        )
        for what, files, claim in changes:
            with artifacts.machine(**files) as service:
                verdict = artifacts.judge(service, policy)
                failed = failed_claims(verdict)
                if verdict.get("verdict") != "refused" or failed != [claim]:
                    raise ServiceError(f"another {what}: {verdict.get('verdict')} over {failed}")
                facts[f"refused_{what.replace(' ', '_')}"] = failed
                tell(f"One bit of the {what} is another one: refused over {claim}.")
        return facts
