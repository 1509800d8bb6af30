"""`cupel measure` against the tools whose values it gives, on artifacts made here.

A tool that is not installed skips its tests by name (.ci/packages.txt lists them).
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from where import VECTORS, Command

sys.path.insert(0, str(Path(__file__).parent / "forge"))
from forge import measure as forged

UUID = "00000000-0000-0000-0000-000000000000"
SYSTEMD_MEASURE = "/lib/systemd/systemd-measure"


def tool(name: str) -> str:
    """A program's path, or a skip that names it."""
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin") or shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def run(*args: object) -> str:
    """Runs a reference tool."""
    return subprocess.run(
        [str(arg) for arg in args], check=True, capture_output=True, text=True
    ).stdout


def noise(size: int) -> bytes:
    """Bytes that repeat nowhere soon."""
    return hashlib.shake_256(size.to_bytes(8, "big")).digest(size)


def values(cupel: Command, *args: object) -> dict[str, str]:
    """The values of a computation that must succeed."""
    result = cupel("measure", *args, "--json")
    assert result.code == 0, result.err
    document = json.loads(result.out)
    assert document["schema"] == "cupel.measure/1"
    return dict(document["values"])


@pytest.mark.parametrize("blocks", [1, 2, 128, 129, 16385])
@pytest.mark.parametrize("salt", ["-", "00112233445566778899aabbccddeeff" * 2])
def test_verity_is_what_veritysetup_makes(
    cupel: Command, tmp_path: Path, blocks: int, salt: str
) -> None:
    veritysetup = tool("veritysetup")
    image = tmp_path / "image"
    image.write_bytes(noise(blocks * 4096 + blocks % 7))
    text = run(
        veritysetup, "format", f"--salt={salt}", f"--uuid={UUID}", image, tmp_path / "reference"
    )
    root = re.search(r"Root hash:\s+([0-9a-f]+)", text)
    assert root is not None
    ours = values(cupel, "verity", image, "--salt", salt, "--write-tree", tmp_path / "ours")
    assert ours["root_hash"] == root.group(1)
    assert (tmp_path / "ours").read_bytes() == (tmp_path / "reference").read_bytes()
    run(veritysetup, "verify", image, tmp_path / "ours", root.group(1))


@pytest.mark.parametrize("kind", [0, 1])
@pytest.mark.parametrize("hash_name", ["sha1", "sha256", "sha384", "sha512"])
@pytest.mark.parametrize(("data", "tree"), [(512, 4096), (4096, 512), (1024, 1024)])
def test_verity_formats_are_those_of_veritysetup(
    cupel: Command, tmp_path: Path, kind: int, hash_name: str, data: int, tree: int
) -> None:
    veritysetup = tool("veritysetup")
    image = tmp_path / "image"
    image.write_bytes(noise(300 * 1024))
    options = [f"--data-block-size={data}", f"--hash-block-size={tree}", f"--format={kind}"]
    options += [f"--hash={hash_name}", "--salt=0102"]
    text = run(veritysetup, "format", *options, image, tmp_path / "reference")
    root = re.search(r"Root hash:\s+([0-9a-f]+)", text)
    assert root is not None
    assert values(cupel, "verity", image, *options)["root_hash"] == root.group(1)


def test_verity_names_the_first_bad_block(cupel: Command, tmp_path: Path) -> None:
    image, tree = tmp_path / "image", tmp_path / "tree"
    content = bytearray(noise(300 * 4096))
    image.write_bytes(content)
    root = values(cupel, "verity", image, "--write-tree", tree)["root_hash"]
    verify = ("measure", "verity", image, "--verify", tree, "--root-hash", root)
    assert cupel(*verify).code == 0
    content[200 * 4096] ^= 1
    content[123 * 4096 + 5] ^= 1
    image.write_bytes(content)
    result = cupel(*verify, "--json")
    assert result.code == 3
    error = json.loads(result.out)["error"]
    assert (error["where"], error["offset"]) == ("measure.verity.data_block", 123 * 4096)


def verity_disk(data: bytes, tree: bytes, root: str) -> bytes:
    """A disk with partitions app and app-verity, whose names are the root hash."""
    halves = (bytes.fromhex(root[:32]), bytes.fromhex(root[32:]))
    return forged.gpt_of(
        (forged.LINUX_DATA, "first", b"\7" * 16, noise(1536)),
        (forged.LINUX_DATA, "app", halves[0], data),
        (forged.LINUX_DATA, "app-verity", halves[1], tree),
    )


def test_verity_faults_are_where_the_file_has_them(cupel: Command, tmp_path: Path) -> None:
    data, tree, disk = (tmp_path / name for name in ("data", "tree", "disk"))
    content = noise(300 * 4096)
    data.write_bytes(content)
    root = values(cupel, "verity", data, "--write-tree", tree)["root_hash"]
    whole = verity_disk(content, tree.read_bytes(), root)
    start = whole.index(content[:512])
    disk.write_bytes(whole)
    verify = ("measure", "verity", disk, "--root-hash", root, "--json", "--verify")
    by_range = (tree, "--offset", str(start), "--size", str(len(content)))
    by_label = (disk, "--partition", "app")  # the tree is in the partition's partner
    for words in (by_range, by_label):
        assert cupel(*verify, *words).code == 0, words
        broken = bytearray(whole)
        broken[start + 5 * 4096 + 7] ^= 1
        disk.write_bytes(broken)
        ran = cupel(*verify, *words)
        error = json.loads(ran.out)["error"]
        assert (ran.code, error["offset"]) == (3, start + 5 * 4096), words
        disk.write_bytes(whole)


def test_verity_hashes_a_partition_by_itself(cupel: Command, tmp_path: Path) -> None:
    data, disk = tmp_path / "data", tmp_path / "disk"
    content = noise(70 * 4096 + 512)
    data.write_bytes(content)
    disk.write_bytes(
        forged.gpt_of(
            (forged.LINUX_DATA, "twice", b"\5" * 16, noise(512)),
            (forged.LINUX_DATA, "root", b"\7" * 16, content),
            (forged.LINUX_DATA, "twice", b"\6" * 16, noise(1024)),
        )
    )
    options = ("--salt", "0011", "--hash", "sha512", "--data-block-size", "512")
    by_label = values(cupel, "verity", disk, "--data-partition", "root", *options)
    assert by_label == values(cupel, "verity", data, *options)
    verity = ("measure", "verity", disk)
    assert cupel(*verity, "--partition", "root").code == 4  # it has no partner
    assert cupel(*verity, "--data-partition", "twice").code == 4
    assert cupel(*verity, "--data-partition", "absent").code == 4
    assert cupel(*verity, "--data-partition", "root", "--offset", "0").code == 2
    assert cupel(*verity, "--data-partition", "root", "--partition", "root").code == 2
    assert cupel("measure", "verity", data, "--data-partition", "root").code == 4


def test_verity_refuses_small_and_odd_requests(cupel: Command, tmp_path: Path) -> None:
    image = tmp_path / "image"
    image.write_bytes(noise(4096))
    for arguments, code in (
        (["--data-blocks", "2"], 4),
        (["--data-block-size", "768"], 2),
        (["--offset", "5000"], 4),
        (["--offset", ""], 2),
        (["--offset", "-1"], 2),
        (["--threads", ""], 2),
        (["--partition", "x"], 4),
        (["--root-hash", "00" * 32], 3),
        (["--verify", str(image)], 2),
        (["--no-superblock", "--verify", str(image), "--root-hash", "00" * 32, "--salt", "aa"], 3),
    ):
        assert cupel("measure", "verity", image, *arguments).code == code, arguments
    assert cupel("measure", "verity", tmp_path).code == 2
    empty = tmp_path / "empty"
    empty.write_bytes(b"")
    assert cupel("measure", "verity", empty).code == 4


def test_a_refused_root_hash_leaves_no_tree(cupel: Command, tmp_path: Path) -> None:
    image, old = tmp_path / "image", tmp_path / "old"
    image.write_bytes(noise(200 * 4096))
    old.write_bytes(b"a good tree")
    write = ("measure", "verity", image, "--write-tree")
    wrong = ("--root-hash", "00" * 32)
    assert cupel(*write, tmp_path / "tree", *wrong).code == 3
    assert cupel(*write, old, "--force", *wrong).code == 3
    assert cupel(*write, image, "--force").code == 2
    (tmp_path / "link").hardlink_to(image)
    assert cupel(*write, tmp_path / "link", "--force").code == 2
    superblock = tmp_path / "superblock"
    root = values(cupel, "verity", image, "--write-tree", superblock)["root_hash"]
    read = ("--superblock", superblock, "--force")
    assert cupel(*write, superblock, *read).code == 2
    assert old.read_bytes() == b"a good tree"
    assert image.read_bytes() == noise(200 * 4096)
    assert {path.name for path in tmp_path.iterdir()} == {"image", "old", "link", "superblock"}
    assert cupel(*write, old, "--force", "--root-hash", root).code == 0
    assert old.read_bytes() == superblock.read_bytes()


@pytest.mark.parametrize("option", ["--recipe", "--write-tree", "--blindllama"])
def test_outputs_that_cannot_be_written_are_known_before_the_work(
    cupel: Command, tmp_path: Path, option: str
) -> None:
    """An image with no block is an error of its own, which would come with the work."""
    image, there = tmp_path / "image", tmp_path / "there"
    image.write_bytes(b"")
    there.write_bytes(b"mine")
    verity = ("measure", "verity", image)
    assert cupel(*verity, option, tmp_path / "new").code == 4
    for path in (there, tmp_path / "absent" / "new", f"{tmp_path}/"):
        ran = cupel(*verity, option, path)
        assert (ran.code, ran.out) == (2, ""), path
    assert there.read_bytes() == b"mine"
    assert cupel(*verity, "--recipe", "x", "--write-tree", "x").code == 2


@pytest.mark.parametrize(
    "option",
    [
        ("snp", "--guest-features"),
        ("snp", "--vmsa-gpa"),
        ("snp", "--vcpus"),
        ("snp", "--vcpu-sig"),
        ("snp", "--vars-size"),
        ("snp", "--max-vcpus"),
        ("idblock", "--guest-policy"),
        ("idblock", "--guest-svn"),
        ("tdx", "--memory"),
        ("tdx", "--acpi-data-size"),
        ("verity", "--offset"),
        ("verity", "--size"),
        ("verity", "--threads"),
        ("uki", "--stub"),
    ],
)
def test_numbers_mean_what_they_say(cupel: Command, option: tuple[str, str]) -> None:
    """No sign, no octal, no saturation: refused before anything else is looked at."""
    kind, name = option
    for word in (
        "",
        "-1",
        "+1",
        " 1",
        "1 ",
        "010",
        "00",
        "0x",
        "0X10",
        "-0x1",
        "0x-1",
        "1k",
        "0b1",
        "1_000",
        "1.0",
        "0x1ffffffffffffffff",
        "18446744073709551616",
        "99999999999999999999",
    ):
        ran = cupel("measure", kind, f"{name}={word}")
        assert (ran.code, name in ran.err, ran.out) == (2, True, ""), (word, ran.err)


def test_numbers_may_be_hexadecimal(cupel: Command, tmp_path: Path) -> None:
    ovmf = tmp_path / "ovmf.fd"
    ovmf.write_bytes(forged.ovmf())
    snp = ("snp", "--ovmf", ovmf)
    for decimal, hexadecimal in (("10", "0xa"), ("33", "0x21"), ("4095", "0x0FfF")):
        first, second = (
            values(cupel, *snp, "--guest-features", word) for word in (decimal, hexadecimal)
        )
        assert first == second
    most = ("--guest-features", "18446744073709551615")
    assert values(cupel, *snp, *most) != values(cupel, *snp)


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_pe_digest_is_that_of_pesign(cupel: Command, tmp_path: Path, algorithm: str) -> None:
    pesign = tool("pesign")
    image = tmp_path / "image.efi"
    image.write_bytes(forged.pe([(".text", noise(1024)), (".data", noise(512))]))
    digest = re.search(r"[0-9a-f]{40,}", run(pesign, "-h", "-d", algorithm, "-i", image))
    assert digest is not None
    assert values(cupel, "pe", image)[f"authenticode_{algorithm}"] == digest.group(0)


def test_pcr11_is_that_of_systemd_measure(cupel: Command, tmp_path: Path) -> None:
    if not Path(SYSTEMD_MEASURE).exists():
        pytest.skip(f"{SYSTEMD_MEASURE} is not installed")
    uki = tmp_path / "uki.efi"
    uki.write_bytes(forged.uki(252))
    parts = {
        "linux": forged.pe([(".text", b"kernel")]),
        "osrel": b"ID=test",
        "cmdline": b"quiet",
        "initrd": b"initrd",
    }
    options = []
    for name, content in parts.items():
        (tmp_path / name).write_bytes(content)
        options.append(f"--{name}={tmp_path / name}")
    text = run(SYSTEMD_MEASURE, "calculate", *options, "--bank=sha256", "--json=short")
    ours = values(cupel, "uki", uki)
    for entry in json.loads(text)["sha256"]:
        assert ours["pcr11:" + entry["phase"]] == entry["hash"]


def test_eif_registers_follow_their_definition(cupel: Command, tmp_path: Path) -> None:
    image = tmp_path / "image.eif"
    image.write_bytes(forged.eif())

    def register(*parts: bytes) -> str:
        inner = hashlib.sha384(b"".join(parts)).digest()
        return hashlib.sha384(bytes(48) + inner).hexdigest()

    kernel, line, first, second = b"kernel", b"console=ttyS0", b"first", b"second"
    assert values(cupel, "eif", image) == {
        "pcr0": register(kernel, line, first, second),
        "pcr1": register(kernel, line, first),
        "pcr2": register(second),
    }
    printed = json.loads(cupel("measure", "eif", image, "--nitro-cli").out)
    assert printed["Measurements"]["PCR0"] == register(kernel, line, first, second)


@pytest.mark.parametrize(("name", "sound"), [("signed-es384", True), ("signed-wrong-pcr0", False)])
def test_pcr8_of_a_wrong_signature_is_not_demanded(cupel: Command, name: str, sound: bool) -> None:
    image = VECTORS / "measure" / f"eif-v4-{name}" / "image.eif"
    if not image.exists():
        pytest.skip(f"no {image}; set CUPEL_VECTORS")
    printed = cupel("measure", "eif", image, "--nitro-cli")
    assert "PCR8" in json.loads(printed.out)["Measurements"]
    assert ("signature is not right" in printed.err) != sound
    policy = cupel("measure", "eif", image, "--policy")
    assert policy.code == 0
    assert ("nitro.pcr.8" in policy.out) == sound
    assert ("signature is not right" in policy.err) != sound


def test_blindllama_files_come_from_disks(cupel: Command, tmp_path: Path) -> None:
    """The OS disk's ESP gives the registers, the application disk its root hash."""
    image, disk, application = (tmp_path / name for name in ("uki.efi", "os.raw", "app.raw"))
    image.write_bytes(forged.uki(257))
    disk.write_bytes(forged.gpt(forged.fat12(forged.uki(257))))
    application.write_bytes(noise(64 * 4096))
    firmware = "11" * 32
    separator = hashlib.sha256(bytes(32) + hashlib.sha256(bytes(4)).digest()).hexdigest()
    # What firmware measures is no part of an image; QEMU's measures into the next three too.
    for target, literal in (("azure", [0]), ("qemu", [0, 1, 2, 3])):
        out = tmp_path / f"measurements_{target}.json"
        read = ("uki", disk, "--disk", "--target", target)
        given = [word for index in literal for word in ("--pcr", f"{index}={firmware}")]
        # Without PCR 0 it is the constant of BlindLlama's script.
        constants = {"azure": "dc42536dcf924032", "qemu": "7a3aef1f264580a9"}
        assert cupel("measure", *read, "--blindllama", out, *given[2:]).code == 0
        content = json.loads(out.read_text())["measurements"]
        assert content["0"].startswith(constants[target])
        assert [content[str(index)] for index in literal[1:]] == [firmware] * len(literal[1:])
        out.unlink()
        assert cupel("measure", *read, "--blindllama", out).code == 0
        content = json.loads(out.read_text())["measurements"]
        assert content["3"] == separator
        assert (content["1"] == separator) == (target == "azure")
        out.unlink()
        assert cupel("measure", *read, "--blindllama", out, *given).code == 0
        content = json.loads(out.read_text())["measurements"]
        assert out.read_text() == json.dumps({"measurements": content}, indent=4)
        assert list(content) == ["0", "1", "2", "3", "4", "12", "13"]
        assert [content[str(index)] for index in literal] == [firmware] * len(literal)
        assert content["3"] == (separator if target == "azure" else firmware)
        assert content["4"] == values(cupel, "uki", image, "--target", target)["pcr4"]
    out = tmp_path / "application.json"
    assert cupel("measure", "verity", application, "--blindllama", out).code == 0
    root = values(cupel, "verity", application)["root_hash"]
    assert out.read_text() == json.dumps({"application_disk_roothash": root})
    files = ("--policy", tmp_path / "measurements_azure.json", "--policy", out)
    assert cupel("policy", "show", *files[1::2]).code == 0


def test_blindllama_files_hold_one_bank_and_only_their_registers(
    cupel: Command, tmp_path: Path
) -> None:
    image, out = tmp_path / "uki.efi", tmp_path / "measurements.json"
    image.write_bytes(forged.uki(257))
    zero = ("--pcr", "0=" + "11" * 32)
    for words in (
        (*zero, "--bank", "sha384"),
        (*zero, "--bank", "sha1"),
        (*zero, "--pcr", "4=" + "22" * 32),
        (*zero, "--pcr", "7=" + "22" * 32),
        (*zero, "--pcr", "1=" + "22" * 32),  # only QEMU's firmware measures into it
        (*zero, "--pcr", "99=" + "22" * 32),
        (*zero, *zero),
        (*zero, "--target", "qemu", "--pcr", "4=" + "22" * 32),
    ):
        ran = cupel("measure", "uki", image, "--blindllama", out, *words)
        assert (ran.code, out.exists()) == (2, False), words
    assert cupel("measure", "uki", image, *zero).code == 2  # for no file
    assert cupel("measure", "uki", image, "--blindllama", out, *zero).code == 0


def test_one_byte_of_the_artifact_changes_the_value(cupel: Command, tmp_path: Path) -> None:
    for kind, content, name in (
        ("uki", forged.uki(257), "pcr4"),
        ("tdx --firmware", forged.ovmf(), "mrtd"),
        ("snp --ovmf", forged.ovmf(), "measurement"),
        ("sgx", forged.sgxs(), "mrenclave"),
    ):
        artifact = tmp_path / "artifact"
        artifact.write_bytes(content)
        before = values(cupel, *kind.split(), artifact)[name]
        changed = bytearray(content)
        place = {"sgx": 64 * 3 + 7, "uki": len(content) - 1}.get(kind, 100)
        changed[place] ^= 1
        artifact.write_bytes(changed)
        assert values(cupel, *kind.split(), artifact)[name] != before, kind


def test_policy_fragments_are_policies(cupel: Command, tmp_path: Path) -> None:
    uki = tmp_path / "uki.efi"
    uki.write_bytes(forged.uki(257))
    result = cupel("measure", "uki", uki, "--policy")
    assert result.code == 0
    policy = tmp_path / "policy.json"
    policy.write_text(result.out)
    assert cupel("policy", "show", policy).code == 0
    assert cupel("measure", "pe", uki, "--policy").code == 2  # nothing that evidence carries
    rego, recipe = tmp_path / "policy.rego", tmp_path / "recipe.json"
    rego.write_text("package policy\n")
    for words in (["uki", uki, "--bank", "sha1"], ["hostdata", rego]):
        assert cupel("measure", *words).code == 0
        ran = cupel("measure", *words, "--policy", "--recipe", recipe)
        assert (ran.code, ran.out, recipe.exists()) == (2, "", False), words


def test_every_policy_that_is_printed_is_one(cupel: Command, tmp_path: Path) -> None:
    files = {
        "uki": forged.uki(257),
        "eif": forged.eif(),
        "snp --ovmf": forged.ovmf(),
        "tdx --firmware": forged.ovmf(),
        "sgx": forged.sgxs(),
    }
    for kind, content in files.items():
        artifact, policy = tmp_path / "artifact", tmp_path / "policy.json"
        artifact.write_bytes(content)
        ran = cupel("measure", *kind.split(), artifact, "--policy")
        assert ran.code == 0, (kind, ran.err)
        policy.write_text(ran.out)
        assert cupel("policy", "show", policy).code == 0, kind


def test_mismatches_are_explained_by_a_single_change(cupel: Command, tmp_path: Path) -> None:
    uki, recipe = tmp_path / "uki.efi", tmp_path / "recipe.json"
    uki.write_bytes(forged.uki(257))
    assert cupel("measure", "uki", uki, "--recipe", recipe).code == 0

    def explained(expected: str, what: Path = recipe) -> list[str]:
        result = cupel("measure", "explain", what, "--expected", expected, "--json")
        assert result.code in (0, 1)
        return [match["change"] for match in json.loads(result.out)["matches"]]

    new_stub = values(cupel, "uki", uki, "--stub", "258")["pcr4"]
    assert "without kernel (.linux)" in explained(new_stub)
    old_stub = values(cupel, "uki", uki, "--stub", "252")["pcr11"]
    assert "systemd-stub 252" in explained(old_stub)
    qemu = values(cupel, "uki", uki, "--target", "qemu")["pcr4"]
    assert any("earlier boot attempt" in change for change in explained(qemu))
    assert explained("12" * 32) == []
    ca, pcr_recipe = tmp_path / "ca.pem", tmp_path / "pcr.json"
    root = "ab" * 32
    ca.write_bytes(b"-----BEGIN\nx\n-----END\n")
    arguments = ("pcr", "--root-hash", root, "--ca", ca)
    assert cupel("measure", *arguments, "--recipe", pcr_recipe).code == 0
    ca_crlf = tmp_path / "crlf.pem"
    ca_crlf.write_bytes(ca.read_bytes().replace(b"\n", b"\r\n"))
    crlf = values(cupel, "pcr", "--root-hash", root, "--ca", ca_crlf)["pcr15"]
    assert "the CA's PEM with CRLF line endings" in explained(crlf, pcr_recipe)
    uki.write_bytes(forged.uki(252))  # the recipe's input is another file now
    result = cupel("measure", "explain", recipe, "--expected", old_stub, "--json")
    assert json.loads(result.out)["missing_inputs"] == [str(uki)]


def test_snp_parameters_are_found_again(cupel: Command, tmp_path: Path) -> None:
    ovmf = tmp_path / "ovmf.fd"
    ovmf.write_bytes(forged.ovmf())
    snp = ("snp", "--ovmf", ovmf)
    wanted = values(cupel, *snp, "--vcpus", "6", "--vcpu-type", "EPYC-Genoa")["measurement"]
    found = cupel("measure", *snp, "--find", wanted)
    assert (found.code, found.out.strip()) == (0, "6 vCPUs, EPYC-Genoa, guest features 1, qemu")
    assert cupel("measure", *snp, "--find", "00" * 48).code == 1


def test_tdx_measures_no_initrd_that_is_not_there(cupel: Command, tmp_path: Path) -> None:
    """Firmware appends its word for an initrd only, and Linux measures nothing that is empty."""
    kernel, initrd, empty = (tmp_path / name for name in ("kernel", "initrd", "empty"))
    kernel.write_bytes(forged.linux())
    initrd.write_bytes(b"initrd")
    empty.write_bytes(b"")

    def register(*events: bytes) -> str:
        value = bytes(48)
        for event in events:
            value = hashlib.sha384(value + hashlib.sha384(event).digest()).digest()
        return value.hex()

    def wide(text: str) -> bytes:
        return text.encode("utf-16-le") + bytes(2)

    for words, events in (
        ([], []),
        (["--append", "quiet"], [wide("quiet")]),
        (["--append", "quiet", "--initrd", empty], [wide("quiet")]),
        (["--initrd", initrd], [wide(" initrd=initrd"), b"initrd"]),
        (["--initrd", initrd, "--no-initrd-suffix"], [b"initrd"]),
        (["--append", "q", "--initrd", initrd], [wide("q initrd=initrd"), b"initrd"]),
    ):
        boot = ("tdx", "--kernel", kernel, "--memory", str(1 << 30), *words)
        assert values(cupel, *boot)["rtmr2"] == register(*events), words
    recipe = tmp_path / "recipe.json"
    with_both = ("tdx", "--kernel", kernel, "--memory", str(1 << 30), "--initrd", initrd)
    assert cupel("measure", *with_both, "--append", "q", "--recipe", recipe).code == 0
    found = cupel("measure", "explain", recipe, "--expected", register(wide("q")))
    assert (found.code, "rtmr2 without the initrd" in found.out) == (0, True), found.out


@pytest.mark.parametrize(
    "words",
    [
        "snp --ovmf O --vcpu-sig 0",
        "snp --ovmf O --vcpu-sig 0x100000000",
        "snp --ovmf O --vcpu-family 0",
        "snp --ovmf O --vcpu-family 25 --vcpu-model 1000",
        "snp --ovmf O --vcpu-family 25 --vcpu-model 1 --vcpu-stepping 16",
        "snp --ovmf O --vcpu-model 1",
        "snp --ovmf O --mode sev --ovmf-hash H",
        "snp --ovmf O --mode seves --ovmf-hash H",
        "snp --ovmf O --mode seves --guest-features 0x21",
        "snp --ovmf O --mode seves --vmsa-gpa 4096",
        "snp --ovmf O --mode snp:svsm",
        "snp --ovmf O --svsm O",
        "snp --ovmf O --mode snp:svsm --svsm O --guest-features 33",
        "snp --ovmf O --vmm-type gce --old-kernel-fpu",
        "snp --ovmf O --ec2-old-rdx",
        "verity I --partition app --salt aa",
        "verity I --partition app --hash sha512",
        "verity I --partition app --data-blocks 3",
        "verity I --partition app --data-block-size 512",
        "verity I --partition app --repart-seed " + UUID,
        "verity I --superblock I --format 0",
        "verity I --superblock I --hash-block-size 512",
        "verity I --write-tree T --hash-offset 4096",
        "verity I --hash-offset 4096",
        "verity I --no-superblock",
        "verity I --uuid " + UUID,
        "verity I --force",
        "verity I --verify I --root-hash R --salt aa",
        "verity I --verify I --root-hash R --data-blocks 1",
        "verity I --verify I --root-hash R --superblock I",
        "verity I --verify I --root-hash R --write-tree T",
        "verity I --verify I --root-hash R --blindllama T",
        "uki I --path EFI/x.efi",
        "uki I --partition esp",
    ],
)
def test_options_that_would_be_ignored_are_refused(
    cupel: Command, tmp_path: Path, words: str
) -> None:
    """With a word about which of them it is; nothing is computed, nothing is written."""
    ovmf, image, tree = (tmp_path / name for name in ("ovmf.fd", "image", "tree"))
    ovmf.write_bytes(forged.ovmf())
    image.write_bytes(noise(8192))
    stand_for = {"O": ovmf, "I": image, "T": tree, "H": "11" * 48, "R": "22" * 32}
    ran = cupel("measure", *(stand_for.get(word, word) for word in words.split()))
    named = [word for word in words.split() if word.startswith("--")]
    assert (ran.code, ran.out, tree.exists()) == (2, "", False)
    assert any(option in ran.err for option in named), ran.err


def event_log(*events: tuple[int, str]) -> bytes:
    """A TCG2 log of the sha256 bank: registers and digests."""
    spec = b"Spec ID Event03\0" + struct.pack("<IBBBBIHHB", 0, 0, 2, 0, 2, 1, 0xB, 32, 0)
    out = struct.pack("<II20xI", 0, 3, len(spec)) + spec
    for pcr, digest in events:
        out += struct.pack("<IIIH", pcr, 4, 1, 0xB) + bytes.fromhex(digest) + bytes(4)
    return out


def test_one_event_of_a_log_is_replaced(cupel: Command, tmp_path: Path) -> None:
    log = tmp_path / "log.bin"
    a, b, c, new = ("aa" * 32, "bb" * 32, "cc" * 32, "11" * 32)
    log.write_bytes(event_log((4, a), (4, b), (7, a), (4, c), (4, b)))

    def register(*digests: str) -> str:
        value = bytes(32)
        for digest in digests:
            value = hashlib.sha256(value + bytes.fromhex(digest)).digest()
        return value.hex()

    def replayed(*replacements: str) -> tuple[str, str]:
        options = [f"--replace={one}" for one in replacements]
        got = values(cupel, "pcr", "--log", log, *options)
        return got["pcr4"], got.get("pcr7", "none")

    seven = register(a)
    assert replayed() == (register(a, b, c, b), seven)
    assert replayed(f"{c}={new}") == (register(a, b, new, b), seven)
    assert replayed(f"{c}=") == (register(a, b, b), seven)
    assert replayed(f"4:{a}={new}") == (register(new, b, c, b), seven)
    assert replayed(f"7:{a}={new}") == (register(a, b, c, b), register(new))
    assert replayed(f"4#2:{b}={new}") == (register(a, b, c, new), seven)
    assert replayed(f"4#1:{b}=") == (register(a, c, b), seven)
    for word, code in (
        (f"{a}={new}", 2),  # in two registers
        (f"4:{b}={new}", 2),  # twice in one
        (c, 2),  # without a sign it would leave the event out
        (f"4:{c}", 2),
        (f"x:{c}={new}", 2),
        (f":{c}={new}", 2),
        (f"4#0:{b}={new}", 2),
        (f"4#:{b}={new}", 2),
        (f"04:{b}={new}", 2),
        (f"{c}={new[2:]}", 2),
        (f"{c[2:]}={new}", 2),
        (f"{c}=xx", 2),
        ("=", 2),
        (f"7:{c}={new}", 4),
        (f"4#3:{b}={new}", 4),
        (f"{new}={a}", 4),
    ):
        ran = cupel("measure", "pcr", "--log", log, f"--replace={word}")
        assert (ran.code, ran.out, "--replace" in ran.err) == (code, "", True), (word, ran.err)


def esl(digest: bytes) -> bytes:
    """A signature list with one SHA-256 entry."""
    kind = uuid.UUID("c1c41626-504c-4092-aca9-41f936934328").bytes_le
    return kind + struct.pack("<III", 28 + 48, 0, 48) + bytes(16) + digest


def test_secure_boot_needs_a_platform_key(cupel: Command, tmp_path: Path) -> None:
    empty, key = tmp_path / "empty.esl", tmp_path / "PK.esl"
    empty.write_bytes(b"")
    key.write_bytes(esl(bytes(32)))
    off = values(cupel, "secureboot")
    assert values(cupel, "secureboot", "--PK", empty) == off
    assert "setup mode" in cupel("measure", "secureboot", "--PK", empty).err
    assert values(cupel, "secureboot", "--PK", key) != off
    for words in (("--PK", key), ("--PK", empty)):
        ran = cupel("measure", "secureboot", *words, "--firmware-without")
        assert (ran.code, ran.out) == (2, "")


def test_nitro_tpm_measures_the_kernel_that_old_stubs_load(cupel: Command, tmp_path: Path) -> None:
    """With Secure Boot on, stubs before 252 load it through firmware; later ones do not."""
    image, key, db = (tmp_path / name for name in ("uki.efi", "PK.esl", "db.esl"))
    key.write_bytes(esl(bytes(32)))
    for version, measured in ((251, True), (252, False), (257, False), (258, False)):
        image.write_bytes(forged.uki(version))
        digests = values(cupel, "pe", image)
        db.write_bytes(esl(bytes.fromhex(digests["authenticode_sha256"])))
        inner = tmp_path / "linux"
        inner.write_bytes(forged.pe([(".text", b"kernel")]))
        events = [b"Calling EFI Application from Boot Option", bytes(4)]
        chain = [hashlib.sha384(event).digest() for event in events]
        chain.append(bytes.fromhex(digests["authenticode_sha384"]))
        if measured:
            chain.append(bytes.fromhex(values(cupel, "pe", inner)["authenticode_sha384"]))
        register = bytes(48)
        for digest in chain:
            register = hashlib.sha384(register + digest).digest()
        words = ("--image", image, "--PK", key, "--db", db, "--nitro-tpm")
        printed = json.loads(cupel("measure", "secureboot", *words).out)
        assert printed["Measurements"]["PCR4"] == register.hex(), version


def test_sigstruct_prints_what_the_signer_says(cupel: Command) -> None:
    """As text too: ISVPRODID, ISVSVN, attributes and their masks."""
    if not (VECTORS / "measure").is_dir():
        pytest.skip(f"no {VECTORS}/measure; set CUPEL_VECTORS")
    seen = 0
    for path in sorted((VECTORS / "measure").glob("sgx-*/case.json")):
        expected = json.loads(path.read_text())["expected"]
        files = [path.parent / name for name in ("enclave.sig", "enclave.signed.so")]
        files = [file for file in files if file.exists()]
        if not expected.get("signature_valid") or "sigstruct" not in expected or not files:
            continue
        seen += 1
        ran = cupel("measure", "sigstruct", files[0])
        printed = dict(line.split() for line in ran.out.splitlines())
        for name, value in expected["sigstruct"].items():
            if name in ("attributes_flags", "isv_prod_id", "isv_svn", "vendor") or (
                name.startswith(("attributes", "misc"))
            ):
                assert int(printed[name], 0) == int(str(value), 0), (path, name)
            elif name != "debug":
                assert printed[name] == value, (path, name)
    assert seen >= 2


@pytest.mark.parametrize(
    "words",
    [
        "verity I --salt zz",
        "verity I --salt 0",
        "verity I --hash md5",
        "verity I --repart-seed xyz",
        "verity I --uuid xyz --write-tree T",
        "verity I --root-hash 0g",
        "verity I --verify I --root-hash zz",
        "uki I --bank md5",
        "uki I --blindllama T --pcr 0=zz",
        "uki I --blindllama T --pcr 0=00",
        "pcr --root-hash zz",
        "pcr --root-hash 00",
        "pcr --log L --bank md5",
        "secureboot --bank md5",
        "snp --ovmf O --vcpus 0",
        "snp --ovmf O --vcpus 4097",
        "snp --ovmf O --vmsa-gpa 5",
        "snp --ovmf O --find 00",
        "snp --ovmf O --find zz",
        "snp --ovmf O --ovmf-hash 00",
        "snp --ovmf O --vcpu-type EPYC-None",
        "idblock --measurement 00",
        "idblock --measurement H --family-id 00",
        "explain E --expected zz",
    ],
)
def test_option_values_that_say_nothing_are_wrong_usage(
    cupel: Command, tmp_path: Path, words: str
) -> None:
    """And not malformed evidence: no artifact is at fault."""
    ovmf, image, recipe, log = (tmp_path / name for name in ("ovmf.fd", "image", "recipe", "log"))
    ovmf.write_bytes(forged.ovmf())
    image.write_bytes(noise(8192))
    recipe.write_bytes(forged.recipe("uki"))
    log.write_bytes(event_log((4, "aa" * 32)))
    stand_for = {"O": ovmf, "I": image, "T": tmp_path / "t", "E": recipe, "H": "11" * 48, "L": log}
    ran = cupel("measure", *(stand_for.get(word, word) for word in words.split()))
    option = [word for word in words.split() if word.startswith("--")]
    assert (ran.code, ran.out) == (2, ""), ran.err
    assert any(one in ran.err for one in option), ran.err


def test_nitro_tpm_knows_amazon_linux_that_does_not_say_its_stub(
    cupel: Command, tmp_path: Path
) -> None:
    image = tmp_path / "uki.efi"
    kernel = forged.pe([(".text", b"kernel")])

    def nitro_tpm(osrel: bytes, *words: str) -> tuple[int, str]:
        image.write_bytes(forged.pe([(".linux", kernel), (".osrel", osrel)]))
        ran = cupel("measure", "secureboot", "--image", image, "--nitro-tpm", *words)
        return ran.code, json.loads(ran.out)["Measurements"]["PCR4"] if ran.code == 0 else ""

    amazon = b'NAME="Amazon Linux"\nVERSION="2023"\nID="amzn"\nVERSION_ID="2023"\n'
    code, known = nitro_tpm(amazon)
    assert (code, known) == nitro_tpm(amazon, "--stub", "252")
    assert code == 0
    assert nitro_tpm(amazon, "--stub", "258")[1] not in ("", known)  # it starts the kernel itself
    for other in (b"", b"ID=amzn\nVERSION_ID=2", b"ID=fedora\nVERSION_ID=2023", b"XID=amzn\n"):
        assert nitro_tpm(other)[0] == 4, other
        assert nitro_tpm(other, "--stub", "257")[0] == 0
    assert nitro_tpm(b"VERSION_ID=2023\nID='amzn'")[0] == 0
    assert nitro_tpm(amazon, "--stub", "0")[0] == 2
    assert nitro_tpm(amazon, "--bank", "sha256")[0] == 2
    assert cupel("measure", "secureboot", "--image", image, "--stub", "257").code == 2


def test_refusals_tell_what_to_do(cupel: Command, tmp_path: Path) -> None:
    """Each with the word that helps."""
    uki, disk, rego = (tmp_path / name for name in ("uki.efi", "os.raw", "policy"))
    uki.write_bytes(forged.uki(257))
    disk.write_bytes(forged.gpt(forged.fat12(forged.uki(257))))
    rego.write_text("package policy\n")
    old = tmp_path / "old.efi"
    old.write_bytes(forged.uki(251))
    for words, code, said in (
        (("uki", uki, "--stub", "251"), 2, "between 252 and"),
        (("uki", old), 4, "systemd-stub 251 measures no sections"),
        (("uki", disk, "--disk", "--path", ""), 2, "names no file"),
        (("uki", disk, "--disk", "--path", "/"), 2, "names no file"),
        (("hostdata", rego), 4, "--form"),
    ):
        ran = cupel("measure", *words)
        assert (ran.code, said in ran.err) == (code, True), (words, ran.err)
    assert "--form" not in cupel("measure", "hostdata", rego, "--form", "base64").err


def test_container_groups_are_seen_whatever_the_case(cupel: Command, tmp_path: Path) -> None:
    template = tmp_path / "template.json"
    policy = base64.b64encode(b"package policy").decode()
    inner = {"confidentialComputeProperties": {"ccePolicy": policy}}
    group = {"type": "Microsoft.ContainerInstance/containerGroups", "properties": inner}
    for name, resources in (("type", "resources"), ("Type", "resources"), ("TYPE", "Resources")):
        item = {name if key == "type" else key: value for key, value in group.items()}
        template.write_text(json.dumps({resources: [item]}))
        digest = hashlib.sha256(b"package policy").hexdigest()
        assert values(cupel, "hostdata", template) == {"hostdata": digest}, (name, resources)


def test_recipes_hold_no_names_that_they_would_change(cupel: Command, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.json"
    name = os.fsencode(tmp_path) + b"/\xff.efi"
    Path(os.fsdecode(name)).write_bytes(forged.uki(257))
    assert cupel("measure", "uki", os.fsdecode(name)).code == 0
    ran = subprocess.run(
        [cupel.path, "measure", "uki", name, "--recipe", recipe], capture_output=True, check=False
    )
    assert (ran.returncode, ran.stdout, recipe.exists()) == (2, b"", False)


def test_malformed_artifacts_say_where(cupel: Command, tmp_path: Path) -> None:
    artifact = tmp_path / "artifact"
    artifact.write_bytes(b"nothing that anybody made")
    for kind, where in (
        (["uki"], "measure.pe.dos.e_magic"),
        (["uki", "--disk"], "measure.gpt.header.signature"),
        (["pe"], "measure.pe.dos.e_magic"),
        (["eif"], "measure.eif.header"),
        (["sgx"], "measure.sgxs.record"),
        (["sigstruct"], "measure.sigstruct.reserved_44"),
        (["hostdata"], "measure.hostdata.policy"),
        (["tdx", "--firmware"], "measure.ovmf.footer"),
        (["snp", "--ovmf"], "measure.snp.ovmf"),
    ):
        result = cupel("measure", *kind, artifact, "--json")
        assert result.code in (3, 4), kind
        assert json.loads(result.out)["error"]["where"].startswith(where.rsplit(".", 1)[0]), kind


def test_manual_and_completions_know_every_kind_and_option(cupel: Command) -> None:
    root = Path(__file__).resolve().parent.parent
    manual = (root / "share/man/cupel-measure.1").read_text().replace("\\-", "-")
    kinds = re.findall(r"^  ([a-z]+) ", cupel("measure", "--help").out, re.MULTILINE)
    assert len(kinds) == 14
    for kind in kinds:
        for name in ("cupel.bash", "_cupel", "cupel.fish"):
            assert kind in (root / "share/completions" / name).read_text(), (kind, name)
        section = manual[manual.index(f".SS {kind}\n") :].split("\n.SS ")[0]
        options = set(re.findall(r"--([A-Za-z][A-Za-z-]+)", cupel("measure", kind, "--help").out))
        for option in options - {"help"}:
            assert f"--{option}" in section + manual[: manual.index(".SH KINDS")], (kind, option)
