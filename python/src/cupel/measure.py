"""Reference values: what evidence must say, computed from the artifacts.

    root = measure.verity("app.raw", progress=lambda done, total: True).value("root_hash")
    pcrs = measure.uki("os.efi", returning=True)
    pcrs.value("pcr4"), pcrs.events, pcrs.policy()
    pcrs.explain(bytes.fromhex("1f3c…")).matches      # which single change gives that value

The functions are the kinds of `cupel measure`. Each reads files, releases the GIL while it hashes,
and returns a `Recipe`. Bad artifacts raise a CupelError with the place and the offset. Event logs
are `cupel.tpm.parse_event_log` and `replay_values`.
"""

from __future__ import annotations

import os
import pathlib
from collections.abc import Callable, Mapping, Sequence

from cupel._core import measure as _core
from cupel._recipe import Event, Explanation, Explanations, Fault, Input, Recipe, Value, parsed

__all__ = [
    "Event",
    "Explanation",
    "Explanations",
    "Fault",
    "Input",
    "Recipe",
    "Value",
    "application_json",
    "blindllama_measurements",
    "eif",
    "hostdata",
    "id_block",
    "load_recipe",
    "manifest",
    "nitro_cli",
    "nitro_tpm",
    "pcr15",
    "pe",
    "repart_salt",
    "secureboot",
    "sgx",
    "sigstruct",
    "snp",
    "snp_find",
    "tdx",
    "uki",
    "verity",
    "verity_check",
]

#: Called with the bytes hashed and the bytes in all; False stops the work.
Progress = Callable[[int, int], bool]
#: A file or folder.
Path = str | os.PathLike[str]

_VMSA_GPA = 0xFFFFFFFFF000  # Linux KVM's
_NO_UUID = "00000000-0000-0000-0000-000000000000"


def _path(path: Path | None) -> str:
    return "" if path is None else os.fspath(path)


def load_recipe(path: Path) -> Recipe:
    """A recipe that `cupel measure --recipe` wrote, or `Recipe.json`. CupelError if it is none."""
    text = pathlib.Path(path).read_text(encoding="utf-8", errors="replace")
    _core.policy_fragment(text)  # the core reads it more strictly than json does
    return parsed(text)


# ---- disks ---------------------------------------------------------------------------------------


def verity(
    path: Path,
    *,
    hash: str = "sha256",
    format: int = 1,
    data_block_size: int = 4096,
    hash_block_size: int = 4096,
    salt: bytes = b"",
    data_blocks: int = 0,
    offset: int = 0,
    size: int | None = None,
    partition: str = "",
    superblock: Path | None = None,
    hash_offset: int = 0,
    write_tree: Path | None = None,
    tree_superblock: bool = True,
    uuid: str = _NO_UUID,
    force: bool = False,
    threads: int = 0,
    inputs: bool = False,
    progress: Progress | None = None,
) -> Recipe:
    """The dm-verity root hash of a file, of a range of it, or of a partition of a GPT image, on all
    cores. `write_tree` writes the hash device that veritysetup can open; `inputs` adds the image's
    own SHA-256, which takes a second pass."""
    return parsed(
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
            partition=partition,
            superblock=_path(superblock),
            hash_offset=hash_offset,
            write_tree=_path(write_tree),
            tree_superblock=tree_superblock,
            uuid=uuid,
            force=force,
            threads=threads,
            inputs=inputs,
            progress=progress,
        )
    )


def verity_check(
    path: Path,
    tree: Path,
    root_hash: bytes,
    *,
    hash: str = "sha256",
    format: int = 1,
    data_block_size: int = 4096,
    hash_block_size: int = 4096,
    salt: bytes = b"",
    data_blocks: int = 0,
    offset: int = 0,
    size: int | None = None,
    hash_offset: int = 0,
    tree_superblock: bool = True,
    progress: Progress | None = None,
) -> Fault | None:
    """The first place where an image is not what its tree and root hash say; None when all agree.
    Format, salt and length come from the tree's superblock, unless it has none."""
    faults = _core.verity_check(
        os.fspath(path),
        os.fspath(tree),
        root_hash,
        hash=hash,
        format=format,
        data_block_size=data_block_size,
        hash_block_size=hash_block_size,
        salt=salt,
        data_blocks=data_blocks,
        offset=offset,
        size=size,
        hash_offset=hash_offset,
        tree_superblock=tree_superblock,
        progress=progress,
    )
    return Fault(*faults[0]) if faults else None


def repart_salt(seed: str) -> bytes:
    """The salt that systemd-repart derives from its --seed (a UUID)."""
    return _core.repart_salt(seed)


def application_json(root_hash: bytes) -> str:
    """BlindLlama's application.json, as its script writes it."""
    return f'{{"application_disk_roothash": "{root_hash.hex()}"}}'


# ---- boots ---------------------------------------------------------------------------------------


def uki(
    path: Path,
    *,
    disk: bool = False,
    file: str = "EFI/BOOT/BOOTX64.EFI",
    partition: str = "",
    bank: str = "sha256",
    stub: int = 0,
    secure_boot: bool = False,
    returning: bool = False,
    profile: int = 0,
    loaders: Sequence[Path] = (),
    loader_options: str | None = None,
    extra: Path | None = None,
    loader_folder: Path | None = None,
    phases: str = "",
) -> Recipe:
    """PCR 1 to 4, 11, 12 and 13 after a unified kernel image was booted. With `disk` the image is
    `file` in the EFI system partition (or in `partition`, by label) of a raw disk image.
    `returning`: the firmware tried another boot option first, as OVMF 2022.11 under QEMU does."""
    return parsed(
        _core.uki(
            os.fspath(path),
            disk=disk,
            file=file,
            partition=partition,
            bank=bank,
            stub=stub,
            secure_boot=secure_boot,
            returning=returning,
            profile=profile,
            loaders=[os.fspath(loader) for loader in loaders],
            loader_options=loader_options,
            extra=_path(extra),
            loader_folder=_path(loader_folder),
            phases=phases,
        )
    )


def pe(path: Path) -> Recipe:
    """Authenticode digests of a PE image, as firmware measures it."""
    return parsed(_core.pe(os.fspath(path)))


def pcr15(root_hash: bytes, ca_pem: bytes | None = None) -> Recipe:
    """PCR 15 as BlindLlama extends it."""
    return parsed(_core.pcr15(root_hash, ca_pem))


def blindllama_measurements(pcrs: Mapping[int, bytes]) -> str:
    """BlindLlama's measurements_azure.json or measurements_qemu.json of registers 0 to 4, 12 and
    13, byte for byte."""
    return _core.blindllama_measurements(dict(pcrs))


def secureboot(
    images: Sequence[Path] = (),
    *,
    pk: Path | None = None,
    kek: Path | None = None,
    db: Path | None = None,
    dbx: Path | None = None,
    off: bool = False,
    firmware_without: bool = False,
    bank: str = "sha256",
) -> Recipe:
    """PCR 7 from key lists (.esl files) and the images they authorise, in the order these are
    loaded. With a platform key Secure Boot is on, unless `off`."""
    return parsed(
        _core.secureboot(
            [os.fspath(image) for image in images],
            pk=_path(pk),
            kek=_path(kek),
            db=_path(db),
            dbx=_path(dbx),
            off=off,
            firmware_without=firmware_without,
            bank=bank,
        )
    )


def nitro_tpm(
    images: Sequence[Path],
    *,
    pk: Path | None = None,
    kek: Path | None = None,
    db: Path | None = None,
    dbx: Path | None = None,
) -> str:
    """The JSON text that nitro-tpm-pcr-compute prints."""
    return _core.nitro_tpm(
        [os.fspath(image) for image in images],
        pk=_path(pk),
        kek=_path(kek),
        db=_path(db),
        dbx=_path(dbx),
    )


# ---- guests and enclaves -------------------------------------------------------------------------


def eif(
    path: Path | None = None, *, role: str = "", instance: str = "", inputs: bool = False
) -> Recipe:
    """PCR 0, 1, 2 and 8 of a Nitro enclave image; PCR 3 of an IAM role's ARN; PCR 4 of a parent
    instance's id."""
    return parsed(_core.eif(_path(path), role=role, instance=instance, inputs=inputs))


def nitro_cli(path: Path) -> str:
    """The JSON text that `nitro-cli build-enclave` prints of an image."""
    return _core.nitro_cli(os.fspath(path))


def snp(
    ovmf: Path,
    *,
    mode: str = "snp",
    vcpus: int = 1,
    vcpu_type: str = "EPYC-v4",
    vcpu_signature: int | None = None,
    guest_features: int = 1,
    vmm: str = "qemu",
    kernel: Path | None = None,
    initrd: Path | None = None,
    append: str = "",
    ovmf_hash: bytes | None = None,
    old_kernel_fpu: bool = False,
    ec2_old_rdx: bool = False,
    vmsa_gpa: int = _VMSA_GPA,
    svsm: Path | None = None,
    vars_size: int = 0,
) -> Recipe:
    """The launch digest of an AMD SEV-SNP guest; `mode` "snp:svsm", "sev" and "seves" are others.
    `vcpu_type` is QEMU's name, `vcpu_signature` the CPUID signature instead of it; `vmm` is "qemu",
    "ec2" or "gce". `old_kernel_fpu`: the host is older than Linux 6.10."""
    return parsed(
        _core.snp(
            os.fspath(ovmf),
            mode=mode,
            vcpus=vcpus,
            vcpu_type=vcpu_type,
            vcpu_signature=vcpu_signature,
            guest_features=guest_features,
            vmm=vmm,
            kernel=_path(kernel),
            initrd=_path(initrd),
            append=append,
            ovmf_hash=ovmf_hash,
            old_kernel_fpu=old_kernel_fpu,
            ec2_old_rdx=ec2_old_rdx,
            vmsa_gpa=vmsa_gpa,
            svsm=_path(svsm),
            vars_size=vars_size,
        )
    )


def snp_find(
    ovmf: Path,
    measurement: bytes,
    *,
    max_vcpus: int = 64,
    kernel: Path | None = None,
    initrd: Path | None = None,
    append: str = "",
    ovmf_hash: bytes | None = None,
    vmsa_gpa: int = _VMSA_GPA,
) -> tuple[str, ...]:
    """Which likely numbers and types of processors, guest features, VMMs and hosts give a launch
    digest: each described in words."""
    found = _core.snp_find(
        measurement,
        max_vcpus,
        os.fspath(ovmf),
        kernel=_path(kernel),
        initrd=_path(initrd),
        append=append,
        ovmf_hash=ovmf_hash,
        vmsa_gpa=vmsa_gpa,
    )
    return tuple(found)


def id_block(
    measurement: bytes,
    *,
    family_id: bytes = bytes(16),
    image_id: bytes = bytes(16),
    version: int = 1,
    guest_svn: int = 0,
    policy: int = 0x30000,
    id_key: bytes | None = None,
    author_key: bytes | None = None,
    auth: bytes | None = None,
) -> Recipe:
    """The ID block that an owner signs for an SEV-SNP guest with this launch digest, and the
    digests of his public keys (PEM or DER). `auth`: an ID authentication block, whose signatures
    over the ID block are checked, and from which the keys are taken."""
    return parsed(
        _core.id_block(
            measurement,
            family_id=family_id,
            image_id=image_id,
            version=version,
            guest_svn=guest_svn,
            policy=policy,
            id_key=id_key,
            author_key=author_key,
            auth=auth,
        )
    )


def hostdata(path: Path, *, form: str = "auto", parameters: Path | None = None) -> Recipe:
    """HOST_DATA of the confidential container groups of an ARM template, or of one policy (`form`
    "base64" or "rego")."""
    return parsed(_core.hostdata(os.fspath(path), form=form, parameters=_path(parameters)))


def sgx(path: Path, *, inputs: bool = False) -> Recipe:
    """MRENCLAVE of an enclave's .sgxs stream."""
    return parsed(_core.sgx(os.fspath(path), inputs=inputs))


def sigstruct(path: Path) -> Recipe:
    """MRENCLAVE and MRSIGNER of a SIGSTRUCT (bare, or in an ELF file), its signature checked."""
    return parsed(_core.sigstruct(os.fspath(path)))


def manifest(path: Path, *, development: bool = False) -> str:
    """BlindAI's manifest.toml for a .sgxs stream, a SIGSTRUCT or an ELF enclave."""
    return _core.manifest(os.fspath(path), development=development)


def tdx(
    firmware: Path | None = None,
    *,
    kernel: Path | None = None,
    initrd: Path | None = None,
    append: str = "",
    memory: int = 0,
    acpi_data_size: int = 0x28000,
    initrd_suffix: bool = True,
) -> Recipe:
    """MRTD of an Intel TDX firmware image (and with the guest's memory in bytes the digest of its
    TD HOB), RTMR 1 and 2 of a kernel that QEMU boots directly."""
    return parsed(
        _core.tdx(
            firmware=_path(firmware),
            kernel=_path(kernel),
            initrd=_path(initrd),
            append=append,
            memory=memory,
            acpi_data_size=acpi_data_size,
            initrd_suffix=initrd_suffix,
        )
    )
