#!/usr/bin/env python3
"""`cupel measure` against the tools whose values it gives, on the same files, page cache warm.

    bench/measure_speed.py BUILD [--size MIB] [--runs N]

BUILD is a Release build. Prints medians, ratios with their aims and the peak memory; fails when a
value is not the reference tool's. A tool that is missing skips its comparison by name.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests/forge"))
from forge import measure as forged

CPUS = sorted(os.sched_getaffinity(0))
MIB = 1 << 20


def say(line: str = "") -> None:
    """Prints one line."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def tool(name: str) -> str | None:
    """A program's path."""
    return shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin") or shutil.which(name)


def on(cpus: list[int], *command: str | Path) -> tuple[float, int, str]:
    """Runs a program on these processors: seconds, peak memory in KiB, what it printed."""
    started = time.perf_counter()
    child = subprocess.Popen(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, cpus),
    )
    assert child.stdout is not None
    text = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    if child.returncode != 0:
        raise SystemExit(f"{command}: exit code {child.returncode}")
    return seconds, usage.ru_maxrss, text


def medians(runs: int, *work: Callable[[], tuple[float, int, str]]) -> list[float]:
    """Each in turn, so that a noisy minute is noisy for all; the median of each."""
    times: list[list[float]] = [[] for _ in work]
    for _ in range(runs):
        for one, taken in zip(work, times, strict=True):
            taken.append(one()[0])
    return [statistics.median(taken) for taken in times]


def noise(path: Path, size: int) -> None:
    """A file that does not compress and has no holes; in the page cache afterwards."""
    with path.open("wb") as file:
        for _ in range(size // MIB):
            file.write(os.urandom(MIB))


def features() -> set[str]:
    """What the processor has."""
    text = Path("/proc/cpuinfo").read_text(encoding="ascii")
    found = re.search(r"^flags\s*:(.*)$", text, re.MULTILINE)
    return set(found.group(1).split()) if found else set()


def verity(cupel: Path, folder: Path, size: int, runs: int) -> None:
    """dm-verity root hash: veritysetup on one core, ours on one and two."""
    image, tree = folder / "image", folder / "tree"
    noise(image, size)
    aims = (2.5, 4.5) if {"avx512f", "avx512bw"} <= features() else (1.4, 2.6)

    def ours(count: int) -> tuple[float, int, str]:
        return on(CPUS[:count], cupel, "measure", "verity", image, "--threads", str(count))

    veritysetup = tool("veritysetup")
    _, peak, text = ours(len(CPUS[:2]))
    root = text.split()[-1]
    rate = size / 1e9
    if veritysetup is None:
        say("SKIPPED veritysetup is not installed")
        return

    def theirs() -> tuple[float, int, str]:
        tree.unlink(missing_ok=True)
        return on(CPUS[:1], veritysetup, "format", "--salt=-", image, tree)

    found = re.search(r"Root hash:\s+([0-9a-f]+)", theirs()[2])
    if found is None or found.group(1) != root:
        raise SystemExit(f"root hashes differ: {root}")
    work = [theirs, lambda: ours(1)] + ([lambda: ours(2)] if len(CPUS) > 1 else [])
    base, *times = medians(runs, *work)
    say(f"verity, {size / MIB:.0f} MiB, root hash {root[:16]}… by both")
    say(f"  veritysetup format     {base:6.2f} s  {rate / base:5.2f} GB/s")
    for count, (seconds, aim) in enumerate(zip(times, aims, strict=False), 1):
        say(
            f"  cupel, {count} core{'s' * (count > 1)}          {seconds:6.2f} s  "
            f"{rate / seconds:5.2f} GB/s  {base / seconds:.2f} times (aim: at least {aim})"
        )
    say(f"  peak memory            {peak / 1024:6.1f} MiB (aim: under 64)")


def enclave_image(path: Path, size: int) -> str:
    """An EIF of version 3 with two ramdisks; and its PCR 0."""
    parts = [(1, size // 16), (2, 64), (3, size // 8), (3, size - size // 16 - size // 8)]
    offsets, at = [], 548
    for _, length in parts:
        offsets.append(at)
        at += 12 + length
    pad = [0] * (32 - len(parts))
    head = b".eif" + struct.pack(">HHQQHH", 3, 0, 1 << 30, 2, 0, len(parts))
    head += struct.pack(">32Q", *offsets, *pad)
    head += struct.pack(">32Q", *(length for _, length in parts), *pad) + bytes(4)
    crc = zlib.crc32(head)
    contents = hashlib.sha384()
    with path.open("wb") as file:
        file.write(head + bytes(4))
        for kind, length in parts:
            content = os.urandom(length)
            contents.update(content)
            section = struct.pack(">HHQ", kind, 0, length) + content
            crc = zlib.crc32(section, crc)
            file.write(section)
        file.seek(544)
        file.write(struct.pack(">I", crc))
    return hashlib.sha384(bytes(48) + contents.digest()).hexdigest()


def eif(cupel: Path, folder: Path, runs: int) -> None:
    """A Nitro image: two SHA-384 chains side by side are the least there is to do."""
    image = folder / "image.eif"
    pcr0 = enclave_image(image, 200 * MIB)
    openssl = tool("openssl")
    if openssl is None:
        say("SKIPPED openssl is not installed")
        return

    def chains() -> tuple[float, int, str]:
        # Both at once, each on a processor of its own if there are two.
        started = time.perf_counter()
        both = [
            subprocess.Popen(
                [openssl, "dgst", "-sha384", str(image)],
                stdout=subprocess.DEVNULL,
                preexec_fn=lambda cpu=cpu: os.sched_setaffinity(0, [cpu]),
            )
            for cpu in (CPUS * 2)[:2]
        ]
        if any(one.wait() for one in both):
            raise SystemExit("openssl dgst failed")
        return time.perf_counter() - started, 0, ""

    def ours() -> tuple[float, int, str]:
        return on(CPUS[:2], cupel, "measure", "eif", image)

    _, peak, text = ours()
    if f"pcr0  {pcr0}" not in text:
        raise SystemExit(f"PCR 0 differs: {pcr0}")
    base, seconds = medians(runs, chains, ours)
    say(f"enclave image, 200 MiB, PCR 0 {pcr0[:16]}… as its definition has it")
    say(f"  two SHA-384 chains     {base:6.3f} s")
    say(f"  cupel                  {seconds:6.3f} s  {seconds / base:.2f} times (aim: at most 1.2)")
    say(f"  peak memory            {peak / 1024:6.1f} MiB")


def authenticode(cupel: Path, folder: Path, runs: int) -> None:
    """A PE image: the digest of its bytes is the least there is to do. The command also reads the
    file into memory; bench/measure_bench.cpp has the digest alone, whose aim is 1.1."""
    image, uki = folder / "image.efi", folder / "uki.efi"
    content = forged.pe([(".text", os.urandom(50 * MIB))])
    image.write_bytes(content)
    kernel, initrd = forged.pe([(".text", os.urandom(10 * MIB))]), os.urandom(40 * MIB)
    magic = b"#### LoaderInfo: systemd-stub 257.1 ####"
    uki.write_bytes(forged.pe([(".sdmagic", magic), (".linux", kernel), (".initrd", initrd)]))
    checksum, entry = 0x58 + 64, 0x58 + 112 + 4 * 8
    parts = content[:checksum], content[checksum + 4 : entry], content[entry + 8 :]
    expected = hashlib.sha256(b"".join(parts)).hexdigest()
    openssl = tool("openssl")
    if openssl is None:
        say("SKIPPED openssl is not installed")
        return

    def digest() -> tuple[float, int, str]:
        return on(CPUS[:1], openssl, "dgst", "-sha256", image)

    def pe() -> tuple[float, int, str]:
        return on(CPUS[:1], cupel, "measure", "pe", image, "--bank", "sha256")

    def boot() -> tuple[float, int, str]:
        return on(CPUS[:1], cupel, "measure", "uki", uki)

    _, peak, text = pe()
    if expected not in text:
        raise SystemExit(f"Authenticode differs: {expected}")
    base, seconds, booted = medians(runs, digest, pe, boot)
    say(f"PE image, 50 MiB, Authenticode {expected[:16]}… as its definition has it")
    say(f"  openssl dgst -sha256   {base:6.3f} s")
    say(f"  cupel measure pe       {seconds:6.3f} s  {seconds / base:.2f} times")
    say(
        f"  cupel measure uki      {booted:6.3f} s  {booted / base:.2f} times: "
        "the image and its kernel for PCR 4, its parts for PCR 11"
    )
    say(f"  peak memory            {peak / 1024:6.1f} MiB")


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description="cupel measure against the reference tools")
    parser.add_argument("build", type=Path)
    parser.add_argument("--size", type=int, default=1024, help="of the disk image, in MiB")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    cupel = options.build / "lib" / "cupel"
    flags = features()
    here = ", ".join(f for f in ("sha_ni", "avx2", "avx512f", "avx512bw") if f in flags)
    say(f"processor: {len(CPUS)} cores; {here or 'none of sha_ni, avx2, avx512'}")
    with tempfile.TemporaryDirectory() as folder:
        verity(cupel, Path(folder), options.size * MIB, options.runs)
        eif(cupel, Path(folder), options.runs)
        authenticode(cupel, Path(folder), options.runs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
