"""
Reference values from artifacts.
"""

from __future__ import annotations
import collections.abc
import typing

def blindllama_measurements(
    pcrs: collections.abc.Mapping[int, bytes | bytearray | memoryview],
) -> str:
    """
    BlindLlama's measurements file.
    """

def eif(path: str, *, role: str, instance: str, inputs: bool) -> str:
    """
    Registers of a Nitro enclave image, of a role, of an instance.
    """

def explain(
    recipe: str, found: bytes | bytearray | memoryview
) -> tuple[list[tuple[str, str]], list[str]]:
    """
    Which single changes would give a value; and the inputs that are missing.
    """

def hostdata(path: str, *, form: str, parameters: str) -> str:
    """
    HOST_DATA of container groups.
    """

def id_block(
    measurement: bytes | bytearray | memoryview,
    *,
    family_id: bytes | bytearray | memoryview,
    image_id: bytes | bytearray | memoryview,
    version: int,
    guest_svn: int,
    policy: int,
    id_key: bytes | bytearray | memoryview | None,
    author_key: bytes | bytearray | memoryview | None,
    auth: bytes | bytearray | memoryview | None,
) -> str:
    """
    The ID block of an SEV-SNP guest.
    """

def manifest(path: str, *, development: bool) -> str:
    """
    BlindAI's manifest.toml of an enclave.
    """

def nitro_cli(path: str) -> str:
    """
    What nitro-cli build-enclave prints.
    """

def nitro_tpm(
    images: collections.abc.Sequence[str], *, pk: str, kek: str, db: str, dbx: str
) -> str:
    """
    What nitro-tpm-pcr-compute prints.
    """

def pcr15(
    root_hash: bytes | bytearray | memoryview, ca_pem: bytes | bytearray | memoryview | None
) -> str:
    """
    PCR 15 as BlindLlama extends it.
    """

def pe(path: str) -> str:
    """
    Authenticode digests of a PE image.
    """

def policy_fragment(recipe: str) -> str:
    """
    A policy file that demands the values; empty when no evidence carries them.
    """

def repart_salt(seed: str) -> bytes:
    """
    The salt of systemd-repart's seed.
    """

def secureboot(
    images: collections.abc.Sequence[str],
    *,
    pk: str,
    kek: str,
    db: str,
    dbx: str,
    off: bool,
    firmware_without: bool,
    bank: str,
) -> str:
    """
    PCR 7 from key lists and the images they authorise.
    """

def sgx(path: str, *, inputs: bool) -> str:
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
    mode: str,
    vcpus: int,
    vcpu_type: str,
    vcpu_signature: int | None,
    guest_features: int,
    vmm: str,
    kernel: str,
    initrd: str,
    append: str,
    ovmf_hash: bytes | bytearray | memoryview | None,
    old_kernel_fpu: bool,
    ec2_old_rdx: bool,
    vmsa_gpa: int,
    svsm: str,
    vars_size: int,
) -> str:
    """
    The launch digest of a SEV guest.
    """

def snp_find(
    measurement: bytes | bytearray | memoryview,
    max_vcpus: int,
    ovmf: str,
    *,
    kernel: str,
    initrd: str,
    append: str,
    ovmf_hash: bytes | bytearray | memoryview | None,
    vmsa_gpa: int,
) -> list[str]:
    """
    Which likely parameters give a launch digest.
    """

def tdx(
    *,
    firmware: str,
    kernel: str,
    initrd: str,
    append: str,
    memory: int,
    acpi_data_size: int,
    initrd_suffix: bool,
) -> str:
    """
    MRTD of a TDX firmware image, RTMR 1 and 2 of a direct boot.
    """

def uki(
    path: str,
    *,
    disk: bool,
    file: str,
    partition: str,
    bank: str,
    stub: int,
    secure_boot: bool,
    returning: bool,
    profile: int,
    loaders: collections.abc.Sequence[str],
    loader_options: str | None,
    extra: str,
    loader_folder: str,
    phases: str,
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
    partition: str,
    superblock: str,
    hash_offset: int,
    write_tree: str,
    tree_superblock: bool,
    uuid: str,
    force: bool,
    threads: int,
    inputs: bool,
    progress: collections.abc.Callable[[int, int], bool] | None,
) -> str:
    """
    The dm-verity root hash of a file.
    """

def verity_check(
    path: str,
    tree: str,
    root_hash: bytes | bytearray | memoryview,
    *,
    hash: str,
    format: int,
    data_block_size: int,
    hash_block_size: int,
    salt: bytes | bytearray | memoryview,
    data_blocks: int,
    offset: int,
    size: int | None,
    hash_offset: int,
    tree_superblock: bool,
    progress: collections.abc.Callable[[int, int], bool] | None,
) -> list[tuple[str, int, int, str]]:
    """
    Where an image is not what a tree says: kind, block, offset, text.
    """
