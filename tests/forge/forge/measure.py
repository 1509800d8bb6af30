"""Small artifacts that `cupel measure` reads: enough structure for a fuzz target to get past the
first check. Nothing here boots."""

from __future__ import annotations

import hashlib
import json
import struct
import uuid
import zlib
from collections.abc import Iterator

Seeds = Iterator[tuple[str, bytes]]


def pe(sections: list[tuple[str, bytes]], plus: bool = True) -> bytes:
    """A PE image with these sections."""
    optional = 240 if plus else 224
    table = 0x58 + optional
    headers = (table + 40 * len(sections) + 511) // 512 * 512
    out = bytearray(headers)
    out[0:2] = b"MZ"
    struct.pack_into("<I", out, 0x3C, 0x40)
    out[0x40:0x44] = b"PE\0\0"
    struct.pack_into("<HH12xHH", out, 0x44, 0x8664, len(sections), optional, 0x22)
    struct.pack_into("<H", out, 0x58, 0x20B if plus else 0x10B)
    struct.pack_into("<I", out, 0x58 + 60, headers)
    struct.pack_into("<I", out, 0x58 + (108 if plus else 92), 16)
    body = b""
    for i, (name, data) in enumerate(sections):
        entry = struct.pack(
            "<8sIIII16x", name.encode(), len(data), 0, len(data), headers + len(body)
        )
        out[table + 40 * i : table + 40 * (i + 1)] = entry
        body += data
    return bytes(out) + body


def linux() -> bytes:
    """A PE image with the boot header of a Linux kernel (protocol 2.15, loadable above 4 GiB)."""
    body = bytearray(0x200)  # the file's second half kilobyte, from 0x200 on
    body[2:6] = b"HdrS"
    struct.pack_into("<H", body, 6, 0x20F)
    body[0x11] = 1
    body[0x36] = 0x40
    return pe([(".text", bytes(body))])


def uki(version: int) -> bytes:
    """A UKI whose kernel is a PE image itself."""
    magic = f"#### LoaderInfo: systemd-stub {version}.1 ####".encode()
    return pe(
        [
            (".sdmagic", magic),
            (".linux", pe([(".text", b"kernel")])),
            (".osrel", b"ID=test"),
            (".cmdline", b"quiet"),
            (".initrd", b"initrd"),
            (".sbat", b"sbat,1"),
        ]
    )


def eif(version: int = 4) -> bytes:
    """An enclave image with every section but a signature."""
    parts = [(1, b"kernel"), (2, b"console=ttyS0"), (3, b"first"), (3, b"second")]
    if version >= 4:
        parts.insert(2, (5, b"{}"))
    offsets, sizes, body, at = [], [], b"", 548
    for kind, data in parts:
        offsets.append(at)
        sizes.append(len(data))
        body += struct.pack(">HHQ", kind, 0, len(data)) + data
        at = 548 + len(body)
    pad = 32 - len(parts)
    head = b".eif" + struct.pack(">HHQQHH", version, 0, 1 << 30, 2, 0, len(parts))
    head += struct.pack(">32Q", *offsets, *[0] * pad) + struct.pack(">32Q", *sizes, *[0] * pad)
    head += b"\0" * 4
    return head + struct.pack(">I", zlib.crc32(head + body)) + body


def fat12(image: bytes = b"hello") -> bytes:
    """A FAT12 file system with EFI/BOOT/BOOTX64.EFI."""
    clusters = -(-len(image) // 512)
    sectors = 5 + clusters + 2
    boot = bytearray(512)
    struct.pack_into("<HBHBHHBH", boot, 11, 512, 1, 1, 1, 16, sectors, 0xF8, 1)
    boot[510:512] = b"\x55\xaa"
    # Two folders of one cluster each, then the image: each entry names the next, the last ends it.
    chain = [0xFF8, 0xFFF, 0xFFF, 0xFFF, *range(5, 4 + clusters), 0xFFF, 0]
    table = b"".join(
        (low | high << 12).to_bytes(3, "little")
        for low, high in zip(chain[0::2], chain[1::2], strict=False)
    )

    def entry(name: bytes, kind: int, cluster: int, size: int) -> bytes:
        return struct.pack("<11sB14xHI", name, kind, cluster, size)

    root = entry(b"EFI        ", 0x10, 2, 0).ljust(512, b"\0")
    efi = entry(b"BOOT       ", 0x10, 3, 0).ljust(512, b"\0")
    folder = entry(b"BOOTX64 EFI", 0x20, 4, len(image)).ljust(512, b"\0")
    data = image.ljust(clusters * 512, b"\0") + bytes(1024)
    return bytes(boot) + table.ljust(512, b"\0") + root + efi + folder + data


LINUX_DATA = "0fc63daf-8483-4772-8e79-3d69d8477de4"
SYSTEM = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"


def gpt_of(*partitions: tuple[str, str, bytes, bytes]) -> bytes:
    """A disk with these partitions: type, label, PARTUUID (in text order), whole sectors."""
    entries, body, at = b"", b"", 6
    for kind, label, unique, content in partitions:
        last = at + len(content) // 512 - 1
        entries += uuid.UUID(kind).bytes_le + uuid.UUID(bytes=unique).bytes_le
        entries += struct.pack("<QQQ", at, last, 0) + label.encode("utf-16-le").ljust(72, b"\0")
        body += content
        at = last + 1
    entries = entries.ljust(1024, b"\0")
    head = b"EFI PART" + struct.pack("<IIII", 0x10000, 92, 0, 0)
    head += struct.pack("<QQQQ", 1, at + 1, 4, at) + b"\2" * 16
    head += struct.pack("<QIII", 2, 8, 128, zlib.crc32(entries))
    head = head[:16] + struct.pack("<I", zlib.crc32(head)) + head[20:]
    disk = bytes(512) + head.ljust(512, b"\0") + entries
    return disk.ljust(6 * 512, b"\0") + body + bytes(1024)


def gpt(volume: bytes | None = None) -> bytes:
    """A disk with one partition, an EFI system partition with this file system."""
    return gpt_of((SYSTEM, "esp", b"\1" * 16, fat12() if volume is None else volume))


def superblock() -> bytes:
    """A dm-verity superblock with a salt."""
    head = b"verity\0\0" + struct.pack("<II", 1, 1) + b"\3" * 16 + b"sha256".ljust(32, b"\0")
    head += struct.pack("<IIQH6x", 4096, 4096, 15, 32) + bytes(range(32))
    return head.ljust(512, b"\0")


def sigstruct() -> bytes:
    """A SIGSTRUCT whose signature is not right."""
    out = bytearray(1808)
    out[0:16] = bytes.fromhex("06000000e10000000000010000000000")
    out[24:40] = bytes.fromhex("01010000600000006000000001000000")
    digest = hashlib.sha512(b"modulus").digest() * 6
    out[128:512] = digest
    out[128] |= 1
    out[511] |= 0x80
    struct.pack_into("<I", out, 512, 3)
    out[516:900] = digest[:383] + b"\0"
    return bytes(out)


def sgxs() -> bytes:
    """A stream of one page, one measured and one unmeasured chunk."""
    out = struct.pack("<8sIQ44x", b"ECREATE", 1, 8192)
    out += struct.pack("<8sQQ40x", b"EADD", 0, 0x205)
    out += struct.pack("<8sQ48x", b"EEXTEND", 0) + b"\1" * 256
    return out + struct.pack("<8sQ48x", b"UNMEASRD", 256) + b"\2" * 256


def ovmf(kernel_hashes: bool = False) -> bytes:
    """Two pages of firmware with SEV and TDX metadata; and a page for a kernel's hashes."""

    def entry(guid: str, data: bytes) -> bytes:
        return data + struct.pack("<H", len(data) + 18) + uuid.UUID(guid).bytes_le

    size = 8192
    out = bytearray(size)
    pages = [(0x800000, 1), (0x801000, 2), (0x802000, 3)]
    pages += [(0x803000, 0x10)] if kernel_hashes else []
    sev = b"ASEV" + struct.pack("<III", 16 + 12 * len(pages), 1, len(pages))
    sev += b"".join(struct.pack("<III", at, 4096, kind) for at, kind in pages)
    tdx = b"TDVF" + struct.pack("<III", 16 + 32, 1, 1)
    tdx += struct.pack("<IIQQII", 0, size, (1 << 32) - size, size, 0, 1)
    out[256 : 256 + len(sev)] = sev
    out[512 : 512 + len(tdx)] = tdx
    table = entry("dc886566-984a-4798-a75e-5585a7bf67cc", struct.pack("<I", size - 256))
    table += entry("e47a6535-984a-4798-865e-4685a7bf8ec2", struct.pack("<I", size - 512))
    table += entry("00f771de-1a7e-4fcb-890e-68c77e2fb44e", struct.pack("<I", 0x80B004))
    if kernel_hashes:
        hashes = struct.pack("<II", 0x803C00, 1024)
        table += entry("7255371f-3a3b-4b04-927b-1da6efa8d454", hashes)
    footer = struct.pack("<H", len(table) + 18)
    footer += uuid.UUID("96b582de-1fb2-45f7-baea-a366c55a082d").bytes_le
    out[size - 32 - len(table) - 18 : size - 32] = table + footer
    return bytes(out)


def pe_seeds() -> Seeds:
    """Images."""
    yield "plain", pe([(".text", b"code")])
    yield "pe32", pe([(".text", b"code")], plus=False)
    for version in (252, 257, 262):
        yield f"uki-{version}", uki(version)


def eif_seeds() -> Seeds:
    """Enclave images."""
    for version in (2, 3, 4):
        yield f"v{version}", eif(version)


def disk_seeds() -> Seeds:
    """Disks, file systems, superblocks."""
    yield "gpt", gpt()
    yield "fat12", fat12()
    yield "superblock", superblock()


def sigstruct_seeds() -> Seeds:
    """SIGSTRUCTs and streams."""
    yield "sigstruct", sigstruct()
    yield "sgxs", sgxs()


def ovmf_seeds() -> Seeds:
    """Firmware."""
    yield "both", ovmf()


def recipe(kind: str, **parameters: str) -> bytes:
    """A recipe with one register of two events."""
    digests = [hashlib.sha256(word).digest() for word in (b"first", b"second")]
    value = bytes(32)
    for digest in digests:
        value = hashlib.sha256(value + digest).digest()
    document = {
        "schema": "cupel.recipe/1",
        "kind": kind,
        "inputs": [{"role": "uki", "name": "os.efi", "size": 3, "sha256": "ab" * 32}],
        "parameters": {"bank": "sha256", **parameters},
        "events": [
            {"into": "pcr4", "what": what, "digest": digest.hex()}
            for what, digest in zip(("a", "b"), digests, strict=True)
        ],
        "values": [
            {
                "name": "pcr4",
                "algorithm": "sha256",
                "value": value.hex(),
                "claim": "tpm.pcr.sha256.4",
            }
        ],
        "notes": ["a note"],
    }
    return json.dumps(document).encode()


def recipe_seeds() -> Seeds:
    """Recipes of the kinds that are computed again."""
    yield "uki", recipe("uki", stub="257")
    yield "snp", recipe("snp", mode="snp", vcpus="4")
    yield "tdx", recipe("tdx", memory="1073741824")
    yield "pcr15", recipe("pcr15", root_hash="ab" * 32)
    yield "verity", recipe("verity", hash="sha256", salt="", data_blocks="1")
