"""Reference values: what evidence must say, computed from the artifacts.

    root = measure.verity("app.raw", progress=lambda done, total: True).value("root_hash")
    pcrs = measure.uki("os.efi", returning=True)
    pcrs.value("pcr4"), pcrs.events

Each function reads files, releases the GIL while it hashes, and returns a `Recipe`. Bad artifacts
raise a CupelError with the place and the offset.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass

from cupel._core import measure as _core

__all__ = [
    "Event",
    "Input",
    "Recipe",
    "Value",
    "eif",
    "hostdata",
    "pcr15",
    "sgxs",
    "sigstruct",
    "snp",
    "tdvf",
    "uki",
    "verity",
]

#: Called with the bytes hashed and the bytes in all; False stops the work.
Progress = Callable[[int, int], bool]


@dataclass(frozen=True)
class Input:
    """A file that went in."""

    role: str
    name: str
    size: int
    sha256: bytes


@dataclass(frozen=True)
class Event:
    """One step that was hashed into a value."""

    into: str
    what: str
    digest: bytes


@dataclass(frozen=True)
class Value:
    """A reference value; `claim` is the claim that evidence carries it in, or empty."""

    name: str
    algorithm: str
    value: bytes
    claim: str


@dataclass(frozen=True)
class Recipe:
    """The values, and how they came about."""

    kind: str
    inputs: tuple[Input, ...]
    parameters: dict[str, str]
    events: tuple[Event, ...]
    values: tuple[Value, ...]
    notes: tuple[str, ...]
    json: str

    def value(self, name: str) -> bytes:
        """The value with this name; KeyError when there is none."""
        for one in self.values:
            if one.name == name:
                return one.value
        raise KeyError(name)


def _recipe(text: str) -> Recipe:
    document = json.loads(text)
    return Recipe(
        kind=document["kind"],
        inputs=tuple(
            Input(i["role"], i["name"], i["size"], bytes.fromhex(i["sha256"]))
            for i in document["inputs"]
        ),
        parameters=document["parameters"],
        events=tuple(
            Event(e["into"], e["what"], bytes.fromhex(e["digest"])) for e in document["events"]
        ),
        values=tuple(
            Value(v["name"], v["algorithm"], bytes.fromhex(v["value"]), v["claim"])
            for v in document["values"]
        ),
        notes=tuple(document["notes"]),
        json=text,
    )


def verity(
    path: str | os.PathLike[str],
    *,
    hash: str = "sha256",
    format: int = 1,
    data_block_size: int = 4096,
    hash_block_size: int = 4096,
    salt: bytes = b"",
    data_blocks: int = 0,
    offset: int = 0,
    size: int | None = None,
    threads: int = 0,
    progress: Progress | None = None,
) -> Recipe:
    """The dm-verity root hash of a file or a range of it, on all cores."""
    return _recipe(
        _core.verity(
            os.fspath(path),
            hash=hash,
            format=format,
            data_block_size=data_block_size,
            hash_block_size=hash_block_size,
            salt=salt,
            data_blocks=data_blocks,
            offset=offset,
            size=size,
            threads=threads,
            progress=progress,
        )
    )


def uki(
    path: str | os.PathLike[str],
    *,
    bank: str = "sha256",
    stub: int = 0,
    secure_boot: bool = False,
    returning: bool = False,
    profile: int = 0,
) -> Recipe:
    """PCR 1 to 4, 11, 12 and 13 after a unified kernel image was booted."""
    return _recipe(
        _core.uki(
            os.fspath(path),
            bank=bank,
            stub=stub,
            secure_boot=secure_boot,
            returning=returning,
            profile=profile,
        )
    )


def eif(path: str | os.PathLike[str]) -> Recipe:
    """PCR 0, 1, 2 and 8 of a Nitro enclave image."""
    return _recipe(_core.eif(os.fspath(path)))


def hostdata(
    path: str | os.PathLike[str], *, parameters: str | os.PathLike[str] | None = None
) -> Recipe:
    """HOST_DATA of the confidential container groups of an ARM template."""
    given = None if parameters is None else os.fspath(parameters)
    return _recipe(_core.hostdata(os.fspath(path), parameters=given))


def snp(
    ovmf: str | os.PathLike[str],
    *,
    vcpus: int = 1,
    vcpu_type: str = "EPYC-v4",
    guest_features: int = 1,
    kernel: str | os.PathLike[str] | None = None,
    initrd: str | os.PathLike[str] | None = None,
    append: str = "",
) -> Recipe:
    """The launch digest of an AMD SEV-SNP guest under QEMU."""
    return _recipe(
        _core.snp(
            os.fspath(ovmf),
            vcpus=vcpus,
            vcpu_type=vcpu_type,
            guest_features=guest_features,
            kernel=None if kernel is None else os.fspath(kernel),
            initrd=None if initrd is None else os.fspath(initrd),
            append=append,
        )
    )


def sgxs(path: str | os.PathLike[str]) -> Recipe:
    """MRENCLAVE of an enclave's .sgxs stream."""
    return _recipe(_core.sgxs(os.fspath(path)))


def sigstruct(path: str | os.PathLike[str]) -> Recipe:
    """MRENCLAVE and MRSIGNER of a SIGSTRUCT (bare, or in an ELF file), its signature checked."""
    return _recipe(_core.sigstruct(os.fspath(path)))


def tdvf(path: str | os.PathLike[str]) -> Recipe:
    """MRTD of an Intel TDX firmware image."""
    return _recipe(_core.tdvf(os.fspath(path)))


def pcr15(root_hash: bytes, ca_pem: bytes | None = None) -> Recipe:
    """PCR 15 as BlindLlama extends it."""
    return _recipe(_core.pcr15(root_hash, ca_pem))
