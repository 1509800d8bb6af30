#!/usr/bin/env python3
"""Every case of the collected artifacts through the `cupel` command: expected, got.

    tests/measure_table.py [--cupel PROGRAM] [--summary] [--only TEXT]

The cases are those of <vectors>/measure; each names the tool or the machine that its values come
from. Prints one line a value; exits non-zero on any difference, and when there is nothing to
compare. A case whose artifact is not there is skipped by name.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from where import VECTORS, find_command

CASES = VECTORS / "measure"
BANKS = ("sha1", "sha256", "sha384", "sha512")
REFUSED = "refused"
FIRMWARE = [Path(os.environ.get("CUPEL_FIRMWARE", "/usr/share/ovmf")), Path("/usr/share/ovmf")]


class Skipped(Exception):
    """A case whose artifact is not there."""


@dataclass
class Row:
    """One value."""

    name: str
    expected: str
    got: str


@dataclass
class Case:
    """One folder, and a place for what has to be made for it."""

    folder: Path
    scratch: Path
    cupel: Path
    document: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Reads what the case says."""
        self.document = json.loads((self.folder / "case.json").read_text())

    @property
    def params(self) -> dict[str, Any]:
        """The tool's parameters."""
        return self.document.get("params") or {}

    @property
    def expected(self) -> dict[str, Any]:
        """What must come out."""
        return dict(self.document["expected"])

    def has(self, name: str) -> bool:
        """Whether the case has this file, or says how to make it."""
        return (self.folder / name).exists() or name in self.document.get("generator", {})

    def file(self, name: str) -> Path:
        """A file of the folder, or what its generator makes."""
        if (self.folder / name).exists():
            return self.folder / name
        made = self.document["generator"][name]
        path = self.scratch / name
        zeros = bytes(made["length"])
        cipher = ["-aes-256-ctr", "-K", made["key"], "-iv", made["iv"], "-nopad"]
        done = subprocess.run(
            ["openssl", "enc", *cipher], input=zeros, capture_output=True, check=True
        )
        path.write_bytes(done.stdout)
        return path

    def run(self, *words: object) -> tuple[int, Any]:
        """`cupel measure …`: exit code and JSON."""
        done = subprocess.run(
            [str(self.cupel), "measure", *map(str, words), "--json"],
            capture_output=True,
            text=True,
            check=False,
        )
        try:
            return done.returncode, json.loads(done.stdout)
        except ValueError:
            return done.returncode, done.stdout

    def values(self, *words: object) -> dict[str, str]:
        """The values; for a refusal a dictionary that has "refused" for every name."""
        code, result = self.run(*words)
        return dict(result["values"]) if code == 0 else _Refused(code)

    def text(self, *words: object) -> str:
        """What is printed as text."""
        command = [str(self.cupel), "measure", *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.stdout


class _Refused(dict[str, str]):
    def __init__(self, code: int) -> None:
        super().__init__()
        self.word = REFUSED if code in (3, 4) else f"exit code {code}"

    def __missing__(self, _name: str) -> str:
        return self.word

    def get(self, _name: str, _default: object = None) -> str:  # type: ignore[override]
        return self.word


Rows = Iterator[Row]


def verity(case: Case) -> Rows:
    """dm-verity: root hashes, hash devices, tampering, a disk of systemd-repart's."""
    if "pairs" in case.expected:
        for pair in case.expected["pairs"]:
            got = case.values(
                "verity", case.file("disk.raw"), "--partition", pair["label"],
                "--repart-json", case.file("repart.json"),
            )  # fmt: skip
            yield Row("root_hash", pair["root_hash"], got["root_hash"])
        return
    if "root_hash" in case.params:
        code, _ = case.run(
            "verity", case.file("data.img"), "--verify", case.file("hash.img"),
            "--root-hash", case.params["root_hash"],
        )  # fmt: skip
        yield Row("verify", REFUSED, REFUSED if code == 3 else f"exit code {code}")
        return
    p = case.params
    options = ["--hash", p["hash"], "--format", p["hash_type"], "--salt", p["salt"] or "-"]
    options += ["--data-block-size", p["data_block_size"]]
    options += ["--hash-block-size", p["hash_block_size"]]
    options += ["--data-blocks", p.get("data_blocks", 0)]
    device = case.scratch / "device"
    device.unlink(missing_ok=True)
    writing = ["--write-tree", device]
    writing += ["--uuid", p["uuid"]] if p.get("uuid") else []
    writing += [] if p["superblock"] else ["--no-superblock"]
    image = case.file("data.img" if case.has("data.img") else "disk.img")
    got = case.values("verity", image, *options, *writing)
    yield Row("root_hash", case.expected.get("root_hash", REFUSED), got.get("root_hash", "none"))
    if "hash_device_sha256" in case.expected:
        there = device.exists()
        digest = hashlib.sha256(device.read_bytes()).hexdigest() if there else "no file"
        yield Row("hash_device_sha256", case.expected["hash_device_sha256"], digest)
    if "hash_offset" in p:  # data and tree in one file
        code, _ = case.run(
            "verity", image, "--verify", image, "--hash-offset", p["hash_offset"],
            "--root-hash", case.expected["root_hash"],
        )  # fmt: skip
        yield Row("verify", "0", str(code))


def pe(case: Case) -> Rows:
    """Authenticode, as firmware and as signing tools take it."""
    image = case.file(next(iter(case.document["inputs"])))
    got = case.values("pe", image)
    for bank, value in case.expected["authenticode"].items():
        name = f"authenticode_{bank}"
        one = case.values("pe", image, "--bank", bank)
        yield Row(name, value, one[name])
        if bank in BANKS[:3]:
            yield Row(f"{name}, with others", value, got[name])
    padded = case.expected.get("authenticode_padded8", {}).get("sha256")
    if padded is not None and "after_signing_sha256" in got:
        yield Row("after_signing_sha256", padded, got["after_signing_sha256"])


def loader_options(case: Case) -> list[str]:
    """The options line of the case's boot loader entry."""
    entry = case.folder / "loader/entries/lab.conf"
    if not entry.exists():
        return []
    lines = entry.read_text().splitlines()
    return next(
        ["--loader-options", line.removeprefix("options ")]
        for line in lines
        if line.startswith("options ")
    )


def boot(case: Case) -> Rows:
    """Real boots: what the TPM held afterwards."""
    p = case.params
    words: list[object] = ["uki", case.file("uki.efi"), "--stub", p["systemd_stub"]]
    words += ["--target", "qemu" if p["pcr4_sequence"] == "returning" else "plain"]
    words += ["--secure-boot"] if p["secure_boot"] else []
    words += ["--profile", p.get("profile", 0)] if p.get("profile") else []
    if case.has("systemd-bootx64.efi"):
        words += ["--loader", case.file("systemd-bootx64.efi")]
    for option, folder in (("--extra", "extra.d"), ("--loader-folder", "loader")):
        if (case.folder / folder).is_dir():
            words += [option, case.folder / folder]
    words += loader_options(case)
    for bank in BANKS:
        got = case.values(*words, "--bank", bank)
        for pcr in ("4", "11", "12", "13"):
            after = case.expected["pcrs_after_boot"][bank][pcr]
            yield Row(f"{bank} pcr{pcr}", after, got[f"pcr{pcr}"])
        for phases, values in case.expected["prediction"]["pcr11"].get("phases", {}).items():
            if f"pcr11:{phases}" in got:
                yield Row(f"{bank} pcr11:{phases}", values[bank], got[f"pcr11:{phases}"])


def secureboot(case: Case) -> Rows:
    """Real boots with and without Secure Boot, and nitro-tpm-pcr-compute."""
    words: list[object] = []
    for name in ("PK", "KEK", "db", "dbx"):
        if case.has(f"{name}.esl"):
            words += [f"--{name}", case.file(f"{name}.esl")]
    for image in case.params["images_in_load_order"]:
        words += ["--image", case.file(image)]
    off = [] if case.params["secure_boot"] else ["--off"]
    for bank in ("sha256", "sha384"):
        got = case.values("secureboot", *words, *off, "--bank", bank)
        yield Row(f"{bank} pcr7", case.expected["pcrs"][bank]["7"], got["pcr7"])
    printed = json.loads(case.text("secureboot", *words, *off, "--nitro-tpm"))["Measurements"]
    for name in ("PCR4", "PCR7", "PCR12"):
        yield Row(f"nitro-tpm {name}", case.expected["Measurements"][name], printed[name])


def disk(case: Case) -> Rows:
    """PCR 4 from a raw disk, as BlindLlama's scripts compute it."""
    words = ["uki", case.file("os_disk.raw"), "--disk", "--stub", case.params["systemd_stub"]]
    for target, name in (("azure", "azure_trusted_launch"), ("qemu", "qemu")):
        for bank, value in case.expected["pcr4"][name].items():
            got = case.values(*words, "--target", target, "--bank", bank)
            yield Row(f"{target} {bank} pcr4", value, got["pcr4"])


def at_reset(value: str) -> bool:
    """Whether nothing was extended."""
    return set(value) <= {"0"} or set(value) <= {"f"}


def event_log(case: Case) -> Rows:
    """Registers that a log extends to; logs that must be refused."""
    log = next(case.folder.glob("*log.bin"))
    if "pcrs" not in case.expected:
        got = case.values("pcr", "--log", log)
        if got == {}:
            yield Row("registers", REFUSED, got.get("none") or "none")
        else:
            yield Row("registers", REFUSED, f"{len(got)} registers")
        return
    for bank, registers in case.expected["pcrs"].items():
        got = case.values("pcr", "--log", log, "--bank", bank)
        for index, value in registers.items():
            if f"pcr{index}" in got or isinstance(got, _Refused) or not at_reset(value):
                yield Row(f"{bank} pcr{index}", value, got.get(f"pcr{index}", "none"))


def cc_event_log(case: Case) -> Rows:
    """RTMRs that a TDX guest's log extends to."""
    got = case.values("tdx", "--log", case.file("ccel.bin"))
    for index, value in case.expected["rtmrs"].items():
        yield Row(f"rtmr{index}", value, got[f"rtmr{index}"])


def quote(case: Case) -> Rows:
    """PCR 15 that a TPM quoted."""
    root = case.params["application_disk_roothash"]
    got = case.values("pcr", "--root-hash", root, "--ca", case.file("webserver_rootca.pem"))
    yield Row("pcr15", case.expected["pcrs"]["sha256"]["15"], got["pcr15"])


def eif(case: Case) -> Rows:
    """Nitro images."""
    if "iam_role_arn" in case.params:
        role, instance = case.params["iam_role_arn"], case.params["instance_id"]
        got = case.values("eif", "--role", role, "--instance", instance)
        yield Row("pcr3", case.expected["PCR3"], got["pcr3"])
        yield Row("pcr4", case.expected["PCR4"], got["pcr4"])
        return
    got = case.values("eif", case.file("image.eif"))
    if "pcrs" not in case.expected:
        yield Row("registers", REFUSED, got.get("pcr0", "none"))
        return
    for name, value in case.expected["pcrs"].items():
        yield Row(name, value or "none", got.get(name.lower(), "none"))


def snp(case: Case) -> Rows:
    """Launch digests of SEV, SEV-ES and SEV-SNP."""
    p = case.params
    words: list[object] = ["snp", "--ovmf", case.file("ovmf.bin"), "--mode", p["mode"]]
    words += ["--vcpus", p["vcpus"], "--vmm-type", p.get("vmm_type") or "QEMU"]
    words += ["--guest-features", p.get("guest_features", 1)]
    if p.get("vcpu_type"):
        words += ["--vcpu-type", p["vcpu_type"]]
    elif p.get("vcpu_sig"):
        words += ["--vcpu-sig", p["vcpu_sig"]]
    if p.get("kernel"):
        words += ["--kernel", case.file("kernel.bin")]
        words += ["--initrd", case.file("initrd.bin")] if p.get("initrd") else []
        words += ["--append=" + p["append"]] if p.get("append") else []
    if case.has("svsm.bin"):
        words += ["--svsm", case.file("svsm.bin"), "--vars-size", p["vars_size"]]
    got = case.values(*words)
    yield Row("measurement", case.expected.get("measurement", REFUSED), got["measurement"])
    if "ovmf_hash" in case.expected:
        yield Row("ovmf_hash", case.expected["ovmf_hash"], got["ovmf_hash"])


def id_block(case: Case) -> Rows:
    """ID block, and the digests of its keys."""
    p = case.params
    got = case.values(
        "idblock", "--measurement", p["launch_digest"], "--guest-policy", p["policy"],
        "--guest-svn", p["guest_svn"], "--auth", case.file("id_auth.bin"),
    )  # fmt: skip
    yield Row("id_block", case.expected["id_block_hex"], got["id_block"])
    for name in ("id_key_digest", "author_key_digest"):
        yield Row(name, case.expected[name], got[name])


def container_policy(case: Case) -> Rows:
    """HOST_DATA of container groups."""
    if case.has("template.json"):
        words: list[object] = ["hostdata", case.file("template.json")]
        if case.has("parameters.json"):
            words += ["--parameters", case.file("parameters.json")]
    else:
        words = ["hostdata", case.file("policy.base64"), "--form", "base64"]
    got = case.values(*words)
    groups = case.expected.get("groups")
    if groups is None:
        yield Row("hostdata", case.expected.get("hostdata", REFUSED), got.get("hostdata", "none"))
        return
    for group in groups:
        name = "hostdata" if len(groups) == 1 else f"hostdata:{group['name']}"
        yield Row(name, group["hostdata"], got.get(name, "none"))


def sgx(case: Case) -> Rows:
    """Enclaves: loading streams, SIGSTRUCTs, BlindAI's manifests."""
    if case.has("enclave.sgxs"):
        got = case.values("sgx", case.file("enclave.sgxs"))
        yield Row("mrenclave", case.expected.get("mrenclave", REFUSED), got["mrenclave"])
    for kind, option in (("dev", ["--development"]), ("prod", [])):
        if case.has(f"manifest.{kind}.toml"):
            text = case.text("manifest", case.file("enclave.sgxs"), *option)
            wanted = case.file(f"manifest.{kind}.toml").read_text()
            same = "the file" if text.strip() == wanted.strip() else text
            yield Row(f"manifest.{kind}.toml", "the file", same)
    for name in ("enclave.sig", "enclave.signed.so", "enclave.signed", "enclave.unsigned"):
        if not case.has(name):
            continue
        got = case.values("sigstruct", case.file(name))
        wanted_values = case.expected.get("sigstruct", {})
        valid = case.expected.get("signature_valid", False)
        for value in ("mrenclave", "mrsigner"):
            wanted_value = wanted_values.get(value, REFUSED) if valid else REFUSED
            yield Row(f"sigstruct {value}", wanted_value, got[value])


def tdvf_of(case: Case) -> Path:
    """The case's firmware, or the one of a Debian release that it names."""
    if case.has("tdvf.fd"):
        return case.file("tdvf.fd")
    wanted = case.document["external_input"]["sha256"]
    for path in [path for folder in FIRMWARE for path in sorted(folder.glob("*.fd"))]:
        if hashlib.sha256(path.read_bytes()).hexdigest() == wanted:
            return path
    raise Skipped(f"no such OVMF.fd in {FIRMWARE[0]} ($CUPEL_FIRMWARE)")


def tdx(case: Case) -> Rows:
    """MRTD and TD HOBs."""
    firmware = tdvf_of(case)
    got = case.values("tdx", "--firmware", firmware)
    if "mrtd_single_pass" not in case.expected:
        yield Row("mrtd", REFUSED, got["mrtd"])
        return
    yield Row("mrtd", case.expected["mrtd_single_pass"], got["mrtd"])
    yield Row("mrtd_two_pass", case.expected["mrtd_two_pass"], got["mrtd_two_pass"])
    for memory, value in case.expected.get("td_hob_sha384_by_memory_size", {}).items():
        got = case.values("tdx", "--firmware", firmware, "--memory", memory)
        yield Row(f"td_hob, {int(memory) >> 20} MiB", value, got["td_hob"])


def direct_boot(case: Case) -> Rows:
    """RTMR 1 and 2 of a kernel that QEMU boots."""
    words = ["tdx", "--kernel", case.file("kernel.bin"), "--initrd", case.file("initrd.bin")]
    words += ["--append", case.params["cmdline"]]
    for memory, value in case.expected["rtmr1_by_memory_size"].items():
        got = case.values(*words, "--memory", memory)
        yield Row(f"rtmr1, {int(memory) >> 20} MiB", value, got["rtmr1"])
    yield Row("rtmr2", case.expected["rtmr2"], got["rtmr2"])
    plain = case.values(*words, "--memory", memory, "--no-initrd-suffix")
    yield Row("rtmr2, no suffix", case.expected["rtmr2_without_initrd_suffix"], plain["rtmr2"])


FAMILIES: dict[str, Callable[[Case], Rows]] = {
    "measure-verity": verity,
    "measure-pe-authenticode": pe,
    "measure-uki-boot": boot,
    "measure-secureboot": secureboot,
    "measure-disk-pcr4": disk,
    "measure-eventlog": event_log,
    "measure-ccel": cc_event_log,
    "measure-pcr-extend-quote": quote,
    "measure-eif": eif,
    "measure-sev-snp": snp,
    "measure-sev-snp-idblock": id_block,
    "measure-cce-policy": container_policy,
    "measure-sgx": sgx,
    "measure-tdx": tdx,
    "measure-tdx-rtmr": direct_boot,
}


def short(value: str) -> str:
    """Long values, cut for the eye; they are compared whole."""
    return value if len(value) <= 18 else f"{value[:16]}…"


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description="Collected artifacts: expected, got")
    parser.add_argument("--cupel", type=Path, default=find_command())
    parser.add_argument("--summary", action="store_true", help="differences and totals only")
    parser.add_argument("--only", default="", help="cases whose name holds this")
    options = parser.parse_args()
    if options.cupel is None:
        print("SKIPPED the cupel command is not built")
        return 1
    if not CASES.is_dir():
        print(f"SKIPPED the collected artifacts: no {CASES}; set CUPEL_VECTORS")
        return 0
    cases = values = bad = 0
    skipped = []
    for folder in sorted(path.parent for path in CASES.glob("*/case.json")):
        if options.only not in folder.name:
            continue
        with tempfile.TemporaryDirectory() as scratch:
            case = Case(folder, Path(scratch), options.cupel.resolve())
            try:
                rows = list(FAMILIES[case.document["family"]](case))
            except Skipped as reason:
                skipped.append(f"{folder.name}: {reason}")
                continue
        cases += 1
        values += len(rows)
        if not rows:
            bad += 1
            print(f"{folder.name:42} NOTHING WAS COMPARED")
        for row in rows:
            same = row.expected == row.got
            bad += not same
            if not same or not options.summary:
                got = "ok" if same else f"GOT {row.got}"
                print(f"{folder.name:42} {row.name:30} {short(row.expected):18} "
                      f"{short(row.got):18} {got}")  # fmt: skip
    print(f"\n{cases} cases, {values} values through the command, {bad} differ")
    for line in skipped:
        print(f"SKIPPED {line}")
    return 1 if bad or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
