"""
Reference values from artifacts.
"""

from __future__ import annotations
import collections.abc
import typing

def eif(path: str) -> str:
    """
    Registers of a Nitro enclave image.
    """

def hostdata(path: str, *, parameters: str | None) -> str:
    """
    HOST_DATA of an ARM template's container groups.
    """

def pcr15(
    root_hash: bytes | bytearray | memoryview, ca_pem: bytes | bytearray | memoryview | None
) -> str:
    """
    PCR 15 as BlindLlama extends it.
    """

def sgxs(path: str) -> str:
    """
    MRENCLAVE of a .sgxs stream.
    """

def sigstruct(path: str) -> str:
    """
    What a SIGSTRUCT says, its signature checked.
    """

def snp(
    ovmf: str,
    *,
    vcpus: int,
    vcpu_type: str,
    guest_features: int,
    kernel: str | None,
    initrd: str | None,
    append: str,
) -> str:
    """
    The launch digest of an SEV-SNP guest.
    """

def tdvf(path: str) -> str:
    """
    MRTD of a TDX firmware image.
    """

def uki(
    path: str, *, bank: str, stub: int, secure_boot: bool, returning: bool, profile: int
) -> str:
    """
    Registers after a UKI was booted.
    """

def verity(
    path: str,
    *,
    hash: str,
    format: int,
    data_block_size: int,
    hash_block_size: int,
    salt: bytes | bytearray | memoryview,
    data_blocks: int,
    offset: int,
    size: int | None,
    threads: int,
    progress: collections.abc.Callable[[int, int], bool] | None,
) -> str:
    """
    The dm-verity root hash of a file.
    """
