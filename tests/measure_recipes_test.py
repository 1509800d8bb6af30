"""`cupel measure --recipe` and `explain`: every result has a recipe that can be read again, with
all that went in, and that explains what one change of it gives."""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from where import Command

sys.path.insert(0, str(Path(__file__).parent / "forge"))
from forge import eventlog
from forge import measure as forged


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, none of whose names may come twice."""
    assert len({name for name, _ in pairs}) == len(pairs), [name for name, _ in pairs]
    return dict(pairs)


def recipe_of(cupel: Command, path: Path, *args: object) -> dict[str, Any]:
    """The recipe that a computation writes, read strictly; and so is what it prints."""
    path.unlink(missing_ok=True)
    ran = cupel("measure", *map(str, args), "--recipe", path, "--json")
    assert ran.code == 0, ran.err + ran.out
    json.loads(ran.out, object_pairs_hook=unique)
    return dict(json.loads(path.read_text(), object_pairs_hook=unique))


def values_of(recipe: dict[str, Any]) -> dict[str, str]:
    """Its values by name."""
    return {value["name"]: value["value"] for value in recipe["values"]}


def explained(cupel: Command, recipe: Path, expected: str, *options: object) -> list[str]:
    """The changes that `explain` finds."""
    ran = cupel("measure", "explain", recipe, "--expected", expected, *map(str, options), "--json")
    assert ran.code in (0, 1), ran.out
    document = json.loads(ran.out)
    assert document["missing_inputs"] == []
    return [match["change"] for match in document["matches"]]


def test_phases_that_are_usual_ones_come_once(cupel: Command, tmp_path: Path) -> None:
    uki, recipe = tmp_path / "uki.efi", tmp_path / "recipe.json"
    uki.write_bytes(forged.uki(257))
    usual = values_of(recipe_of(cupel, recipe, "uki", uki))
    for phases in ("enter-initrd", "enter-initrd:leave-initrd"):
        same = recipe_of(cupel, recipe, "uki", uki, "--phases", phases)
        assert values_of(same) == usual
        assert explained(cupel, recipe, "12" * 32) == []
    more = recipe_of(cupel, recipe, "uki", uki, "--phases", "sysinit")
    assert set(values_of(more)) == {*usual, "pcr11:sysinit"}


def arm_group(name: str, policy: bytes) -> dict[str, Any]:
    """A confidential container group of an ARM template."""
    properties = {"ccePolicy": base64.b64encode(policy).decode()}
    return {
        "type": "Microsoft.ContainerInstance/containerGroups",
        "name": name,
        "properties": {"confidentialComputeProperties": properties},
    }


def test_container_groups_of_one_name_are_told_apart(cupel: Command, tmp_path: Path) -> None:
    template, recipe = tmp_path / "template.json", tmp_path / "recipe.json"
    name, policies = "[parameters('name')]", [b"package a\n", b"package b\n", b"package c\n"]
    template.write_text(json.dumps({"resources": [arm_group(name, one) for one in policies]}))
    got = values_of(recipe_of(cupel, recipe, "hostdata", template))
    digests = [hashlib.sha256(one).hexdigest() for one in policies]
    names = [f"hostdata:{name}", f"hostdata:{name}#2", f"hostdata:{name}#3"]
    assert got == dict(zip(names, digests, strict=True))
    assert explained(cupel, recipe, "12" * 32) == []


def test_two_values_of_one_name_are_refused(cupel: Command, tmp_path: Path) -> None:
    uki, recipe = tmp_path / "uki.efi", tmp_path / "recipe.json"
    uki.write_bytes(forged.uki(257))
    document = recipe_of(cupel, recipe, "uki", uki)
    document["values"].append(document["values"][0])
    recipe.write_text(json.dumps(document))
    ran = cupel("measure", "explain", recipe, "--expected", "12" * 32, "--json")
    assert ran.code == 4
    error = json.loads(ran.out)["error"]
    assert (error["code"], error["where"]) == (
        "duplicate_field",
        f"recipe.values[{len(document['values']) - 1}].name",
    )


def test_a_loader_s_command_line_is_one_of_the_changes(cupel: Command, tmp_path: Path) -> None:
    uki, recipe = tmp_path / "uki.efi", tmp_path / "recipe.json"
    uki.write_bytes(forged.uki(257))
    made = recipe_of(cupel, recipe, "uki", uki, "--loader-options", "quiet")
    assert made["parameters"]["loader_options"] == "quiet"
    without = values_of(recipe_of(cupel, tmp_path / "other.json", "uki", uki))["pcr12"]
    assert without == "00" * 32
    found = explained(cupel, recipe, without, "--of", "pcr12")
    assert "without the command line that the boot loader passes" in found
    assert any("nothing was measured" in change for change in found)
    # Two changes at once are none.
    pe = forged.pe([
        (".sdmagic", b"#### LoaderInfo: systemd-stub 257.1 ####"),
        (".linux", forged.pe([(".text", b"kernel")])),
        (".profile", b"ID=a"), (".profile", b"ID=b"),
    ])  # fmt: skip
    uki.write_bytes(pe)
    recipe_of(cupel, recipe, "uki", uki, "--loader-options", "quiet")
    other = ("uki", uki, "--profile", "1")
    both = values_of(recipe_of(cupel, tmp_path / "other.json", *other))["pcr12"]
    assert explained(cupel, recipe, both) == []
    other = (*other, "--loader-options", "quiet")
    single = values_of(recipe_of(cupel, tmp_path / "other.json", *other))["pcr12"]
    assert explained(cupel, recipe, single) == ["profile 1"]


def test_zeros_are_a_register_that_nothing_went_into(cupel: Command, tmp_path: Path) -> None:
    uki, recipe = tmp_path / "uki.efi", tmp_path / "recipe.json"
    uki.write_bytes(forged.uki(257))
    recipe_of(cupel, recipe, "uki", uki)  # PCR 12 and 13 of it are zeros
    (change,) = explained(cupel, recipe, "00" * 32, "--of", "pcr4")
    assert change.startswith("nothing was measured")
    assert len(explained(cupel, recipe, "00" * 32)) == 1
    for name in ("pcr13", "pcr99"):  # has that value; is no value
        ran = cupel("measure", "explain", recipe, "--expected", "00" * 32, "--of", name)
        assert ran.code == 2, name


def test_stubs_are_tried_on_images_inside_of_disks(cupel: Command, tmp_path: Path) -> None:
    disk, recipe = tmp_path / "os.raw", tmp_path / "recipe.json"
    disk.write_bytes(forged.gpt(forged.fat12(forged.uki(257))))
    recipe_of(cupel, recipe, "uki", disk, "--disk")
    other = recipe_of(cupel, tmp_path / "other.json", "uki", disk, "--disk", "--stub", "252")
    assert explained(cupel, recipe, values_of(other)["pcr11"]) == [
        "without section .sbat",
        "systemd-stub 252",
    ]
    assert "systemd-stub 258" in explained(
        cupel, recipe,
        values_of(recipe_of(cupel, tmp_path / "more.json", "uki", disk, "--disk", "--stub", "258"))[
            "pcr4"
        ],
    )  # fmt: skip


def test_companions_of_a_boot_are_left_out_in_turn(cupel: Command, tmp_path: Path) -> None:
    uki, recipe, extra = tmp_path / "uki.efi", tmp_path / "recipe.json", tmp_path / "uki.extra.d"
    uki.write_bytes(forged.uki(257))
    extra.mkdir()
    (extra / "a.cred").write_bytes(b"secret")
    (extra / "b.cred").write_bytes(b"another")
    loader = tmp_path / "systemd-bootx64.efi"
    loader.write_bytes(forged.pe([(".text", b"loader")]))
    words = ("uki", uki, "--extra", extra, "--loader", loader)
    recipe_of(cupel, recipe, *words)
    old = values_of(recipe_of(cupel, tmp_path / "old.json", *words, "--stub", "252"))
    assert "systemd-stub 252" in explained(cupel, recipe, old["pcr11"])
    direct = values_of(recipe_of(cupel, tmp_path / "direct.json", *words[:4]))["pcr4"]
    assert "without loader systemd-bootx64.efi" in explained(cupel, recipe, direct)
    moved = (extra / "b.cred").rename(tmp_path / "b")
    less = values_of(recipe_of(cupel, tmp_path / "less.json", *words))["pcr12"]
    moved.rename(extra / "b.cred")
    assert explained(cupel, recipe, less) == ["without credential b.cred"]


def test_every_parameter_of_a_launch_is_in_its_recipe(cupel: Command, tmp_path: Path) -> None:
    ovmf, recipe, other = tmp_path / "ovmf.fd", tmp_path / "recipe.json", tmp_path / "other.json"
    ovmf.write_bytes(forged.ovmf())
    snp = ("snp", "--ovmf", ovmf, "--ovmf-hash", "ab" * 48, "--vcpus", "2")
    before = recipe_of(cupel, recipe, *snp)
    assert before["parameters"]["ovmf_hash"] == "ab" * 48
    for options, change in (
        (("--vcpus", "3"), "3 vCPUs instead of 2"),
        (("--vmsa-gpa", str(0xFFFFFFFFFF000)),
         "the processors' pages where Google's verifier has them (0xffffffffff000)"),
        (("--guest-features", "37"), "guest features 37"),
        (("--mode", "sev"), "mode sev instead of snp"),
        (("--mode", "seves"), "mode seves instead of snp"),
    ):  # fmt: skip
        words = dict(zip(snp[1::2], snp[2::2], strict=True))
        words.update(dict(zip(options[::2], options[1::2], strict=True)))
        if options[0] == "--mode":
            del words["--ovmf-hash"]
            recipe_of(
                cupel, recipe, "snp", *(w for p in words.items() for w in p if p[0] != "--mode")
            )
        given = [word for pair in words.items() for word in pair]
        value = values_of(recipe_of(cupel, other, "snp", *given))["measurement"]
        assert explained(cupel, recipe, value) == [change]


def test_secure_boot_off_is_a_single_change(cupel: Command, tmp_path: Path) -> None:
    key, image, recipe = tmp_path / "PK.esl", tmp_path / "uki.efi", tmp_path / "recipe.json"
    owner = bytes(16)
    image.write_bytes(forged.uki(257))
    digest = cupel("measure", "pe", image, "--json")
    listed = bytes.fromhex(json.loads(digest.out)["values"]["authenticode_sha256"])
    sha256 = bytes.fromhex("2616c4c14c509240aca941f936934328")
    size = (28 + 48).to_bytes(4, "little")
    key.write_bytes(sha256 + size + bytes(4) + (48).to_bytes(4, "little") + owner + listed)
    words = ("secureboot", "--PK", key, "--db", key, "--image", image)
    recipe_of(cupel, recipe, *words)
    off = values_of(recipe_of(cupel, tmp_path / "other.json", *words, "--off"))["pcr7"]
    assert "with Secure Boot off" in explained(cupel, recipe, off)


def test_salts_are_tried_that_are_known_or_given(cupel: Command, tmp_path: Path) -> None:
    image, recipe, other = tmp_path / "image", tmp_path / "recipe.json", tmp_path / "other.json"
    image.write_bytes(bytes(64 * 4096))
    seed = "11111111-2222-3333-4444-555555555555"
    plain = values_of(recipe_of(cupel, recipe, "verity", image))["root_hash"]
    seeded = recipe_of(cupel, other, "verity", image, "--repart-seed", seed)
    assert seeded["parameters"]["repart_seed"] == seed
    assert explained(cupel, other, plain) == ["without a salt"]
    salted = values_of(seeded)["root_hash"]
    assert explained(cupel, recipe, salted) == []
    (change,) = explained(cupel, recipe, salted, "--repart-seed", seed)
    assert change.startswith("with systemd-repart's salt of seed")
    salt = seeded["parameters"]["salt"]
    assert explained(cupel, recipe, salted, "--salt", salt) == [f"with the salt {salt}"]


def test_images_larger_than_memory_are_streamed(cupel: Command, tmp_path: Path) -> None:
    image, recipe = tmp_path / "image", tmp_path / "recipe.json"
    with image.open("wb") as file:  # a hole: more than is ever read at once
        file.truncate((1 << 30) + (1 << 20))
    blocks = ("--data-blocks", "16")
    recipe_of(cupel, recipe, "verity", image, *blocks)
    salted = recipe_of(
        cupel, tmp_path / "other.json", "verity", image, *blocks, "--salt", "00" * 32
    )
    found = explained(cupel, recipe, values_of(salted)["root_hash"])
    assert found == ["with a salt of 32 zero bytes"]


def event_log(tmp_path: Path, locality: int | None) -> Path:
    """A log of a small boot."""
    log = tmp_path / "eventlog.bin"
    log.write_bytes(eventlog.boot_log(["sha256"], locality).wire())
    return log


def test_registers_of_a_log_start_where_it_says(cupel: Command, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.json"
    made = recipe_of(cupel, recipe, "pcr", "--log", event_log(tmp_path, 3))
    assert made["parameters"]["start:pcr0"] == "00" * 31 + "03"
    digests = [bytes.fromhex(e["digest"]) for e in made["events"] if e["into"] == "pcr0"]
    value = bytes(31) + b"\3"
    for digest in digests[:-1]:
        value = hashlib.sha256(value + digest).digest()
    assert explained(cupel, recipe, value.hex()) == ["without EV_SEPARATOR"]


def test_several_replacements_are_one_recipe(cupel: Command, tmp_path: Path) -> None:
    recipe, log = tmp_path / "recipe.json", event_log(tmp_path, None)
    made = recipe_of(cupel, recipe, "pcr", "--log", log)
    first, second = [e["digest"] for e in made["events"] if e["into"] == "pcr0"][:2]
    replaced = recipe_of(
        cupel, recipe, "pcr", "--log", log, "--replace", f"{first}={'11' * 32}", "--replace",
        f"{second}={'22' * 32}",
    )  # fmt: skip
    assert len({k: v for k, v in replaced["parameters"].items() if k.startswith("replace")}) == 2
    assert explained(cupel, recipe, "12" * 32) == []


def events_of(recipe: dict[str, Any], into: str) -> list[tuple[str, str]]:
    """What went into a value."""
    return [(e["what"], e["digest"]) for e in recipe["events"] if e["into"] == into]


def test_a_tree_has_an_event_for_each_level(cupel: Command, tmp_path: Path) -> None:
    image, recipe, tree = tmp_path / "image", tmp_path / "recipe.json", tmp_path / "tree"
    image.write_bytes(bytes(range(256)) * 16 * 300)
    made = recipe_of(cupel, recipe, "verity", image, "--salt", "0102", "--write-tree", tree)
    blocks = [tree.read_bytes()[at : at + 4096] for at in range(4096, 4096 * 5, 4096)]
    digests = [hashlib.sha256(b"\1\2" + block).digest() for block in blocks]
    assert events_of(made, "root_hash") == [
        ("level 0, 3 hash blocks", hashlib.sha256(b"".join(digests[1:])).hexdigest()),
        ("level 1, 1 hash blocks", hashlib.sha256(digests[0]).hexdigest()),
        ("the topmost block", digests[0].hex()),
    ]
    image.write_bytes(bytes(4096))
    (event,) = events_of(recipe_of(cupel, recipe, "verity", image), "root_hash")
    assert event == ("the only data block", hashlib.sha256(bytes(4096)).hexdigest())


def test_an_enclave_image_has_an_event_for_each_section(cupel: Command, tmp_path: Path) -> None:
    image = tmp_path / "image.eif"
    image.write_bytes(forged.eif())
    made = recipe_of(cupel, tmp_path / "recipe.json", "eif", image, "--role", "arn:role")
    parts = {
        "pcr0": [b"kernel", b"console=ttyS0", b"first", b"second"],
        "pcr1": [b"kernel", b"console=ttyS0", b"first"],
        "pcr2": [b"second"],
        "pcr3": [b"arn:role"],
    }
    for name, contents in parts.items():
        digests = [digest for _, digest in events_of(made, name)]
        assert digests == [hashlib.sha384(content).hexdigest() for content in contents], name


def test_a_stream_has_an_event_for_each_run_of_pages(cupel: Command, tmp_path: Path) -> None:
    stream = tmp_path / "enclave.sgxs"
    stream.write_bytes(forged.sgxs())
    made = recipe_of(cupel, tmp_path / "recipe.json", "sgx", stream)
    content = stream.read_bytes()
    assert events_of(made, "mrenclave") == [
        ("creation", hashlib.sha256(content[:64]).hexdigest()),
        (
            "1 pages from 0, flags 517, 1 measured chunks",
            hashlib.sha256(content[64 : 64 + 64 + 64 + 256]).hexdigest(),
        ),
    ]


def test_every_kind_says_what_went_in(cupel: Command, tmp_path: Path) -> None:
    ovmf, kernel, rego = tmp_path / "ovmf.fd", tmp_path / "kernel", tmp_path / "policy.rego"
    ovmf.write_bytes(forged.ovmf(kernel_hashes=True))
    kernel.write_bytes(b"a kernel")
    rego.write_bytes(b"package policy\n")
    launch = ("snp", "--ovmf", ovmf, "--kernel", kernel, "--vcpus", "4")
    id_block = ("idblock", "--measurement", "ab" * 48)
    for words, into, count in (
        (launch, "measurement", 5),
        ((*launch, "--mode", "sev"), "measurement", 2),
        ((*launch, "--mode", "seves"), "measurement", 4),
        (("tdx", "--firmware", ovmf), "mrtd", 1),
        (("tdx", "--firmware", ovmf), "mrtd_two_pass", 1),
        (("hostdata", rego), "hostdata", 1),
        (id_block, "id_block", 1),
    ):
        made = recipe_of(cupel, tmp_path / "recipe.json", *words)
        events = events_of(made, into)
        assert len(events) == count, words
        assert all(digest for _, digest in events), words
    assert events == [("what its keys sign", hashlib.sha384(bytes.fromhex(
        values_of(made)["id_block"])).hexdigest())]  # fmt: skip


def test_other_forms_of_output_have_recipes_too(cupel: Command, tmp_path: Path) -> None:
    uki, disk, image = tmp_path / "uki.efi", tmp_path / "disk", tmp_path / "image.eif"
    stream, recipe, out = tmp_path / "enclave.sgxs", tmp_path / "recipe.json", tmp_path / "out.json"
    uki.write_bytes(forged.uki(257))
    disk.write_bytes(bytes(8 * 4096))
    image.write_bytes(forged.eif())
    stream.write_bytes(forged.sgxs())
    for words, kind, names in (
        (("verity", disk, "--blindllama", out), "verity", {"root_hash"}),
        (("eif", image, "--nitro-cli"), "eif", {"pcr0", "pcr1", "pcr2"}),
        (("secureboot", "--image", uki, "--nitro-tpm"), "nitro-tpm", {"pcr4", "pcr7", "pcr12"}),
        (("manifest", stream), "sgx", {"mrenclave"}),
    ):
        recipe.unlink(missing_ok=True)
        out.unlink(missing_ok=True)
        ran = cupel("measure", *words, "--recipe", recipe)
        assert ran.code == 0, ran.err
        made = json.loads(recipe.read_text())
        assert (made["kind"], set(values_of(made))) == (kind, names)
        assert made["inputs"]
        assert made["events"]
        assert all(value in out.read_text() for value in values_of(made).values()) or kind != (
            "verity"
        )
    printed = cupel("measure", "verity", disk, "--blindllama", tmp_path / "x", "--json").out
    assert json.loads(printed)["values"] == values_of(recipe_of(cupel, recipe, "verity", disk))


def test_what_computes_no_value_takes_no_recipe(cupel: Command, tmp_path: Path) -> None:
    image, tree, ovmf = tmp_path / "image", tmp_path / "tree", tmp_path / "ovmf.fd"
    image.write_bytes(bytes(8 * 4096))
    ovmf.write_bytes(forged.ovmf())
    eif = tmp_path / "image.eif"
    eif.write_bytes(forged.eif())
    made = recipe_of(cupel, tmp_path / "r.json", "verity", image, "--write-tree", tree)
    root = values_of(made)["root_hash"]
    for words in (
        ("verity", image, "--verify", tree, "--root-hash", root),
        ("snp", "--ovmf", ovmf, "--find", "00" * 48),
    ):
        assert cupel("measure", *words).code in (0, 1), words
        recipe = tmp_path / "none.json"
        assert cupel("measure", *words, "--recipe", recipe).code == 2, words
        assert cupel("measure", *words, "--policy").code == 2, words
        assert not recipe.exists()
    for option in (("--role", "arn"), ("--instance", "i-1"), ("--policy",)):
        assert cupel("measure", "eif", eif, "--nitro-cli", *option).code == 2, option


def test_a_damaged_stream_is_named_as_such(cupel: Command, tmp_path: Path) -> None:
    stream = tmp_path / "enclave.sgxs"
    stream.write_bytes(forged.sgxs()[:-1])
    for kind in ("sgx", "manifest"):
        ran = cupel("measure", kind, stream, "--json")
        error = json.loads(ran.out)["error"]
        assert (ran.code, error["where"]) == (4, "measure.sgxs.eextend.data"), kind


def test_the_search_tries_what_is_given(cupel: Command, tmp_path: Path) -> None:
    ovmf, recipe = tmp_path / "ovmf.fd", tmp_path / "recipe.json"
    ovmf.write_bytes(forged.ovmf())
    snp = ("snp", "--ovmf", ovmf)
    for options, given, found in (
        (("--guest-features", "65"), ("--guest-features", "65"), "guest features 65"),
        (("--vmsa-gpa", str(0xFFFFFFFFFF000)), (), f"pages at {0xFFFFFFFFFF000}"),
    ):
        digest = values_of(recipe_of(cupel, recipe, *snp, *options))["measurement"]
        ran = cupel("measure", *snp, *given, "--find", digest)
        assert ran.code == 0, options
        assert found in ran.out
        assert len(ran.out.splitlines()) == 1
    ran = cupel("measure", *snp, "--mode", "seves", "--find", "00" * 32, "--json")
    assert ran.code == 2
    assert json.loads(ran.out)["error"]["where"] == "--find"


def test_one_bank_of_an_image_is_one_digest(cupel: Command, tmp_path: Path) -> None:
    image, recipe = tmp_path / "image.efi", tmp_path / "recipe.json"
    image.write_bytes(forged.pe([(".text", b"code"), (".data", b"data")]))
    every = values_of(recipe_of(cupel, recipe, "pe", image))
    assert set(every) == {f"authenticode_{bank}" for bank in ("sha1", "sha256", "sha384")}
    made = recipe_of(cupel, recipe, "pe", image, "--bank", "sha384")
    assert values_of(made) == {"authenticode_sha384": every["authenticode_sha384"]}
    parts = dict(events_of(made, "authenticode_sha384"))
    assert parts["section .text"] == hashlib.sha384(b"code").hexdigest()
    assert parts["section .data"] == hashlib.sha384(b"data").hexdigest()
    assert set(values_of(recipe_of(cupel, recipe, "pe", image, "--bank", "sha512"))) == {
        "authenticode_sha512"
    }
    ran = cupel("measure", "pe", image, "--bank", "md5")
    assert ran.code != 0


def test_the_separators_of_the_firmware_s_registers(cupel: Command, tmp_path: Path) -> None:
    uki, recipe = tmp_path / "uki.efi", tmp_path / "recipe.json"
    uki.write_bytes(forged.uki(257))
    made = recipe_of(cupel, recipe, "uki", uki)
    separator = hashlib.sha256(bytes(4)).digest()
    alone = hashlib.sha256(bytes(32) + separator).hexdigest()
    values = values_of(made)
    for name in ("pcr0:separator", "pcr1", "pcr2", "pcr3"):
        assert values[name] == alone
        assert events_of(made, name.split(":")[0]) == [("separator", separator.hex())]
    assert "pcr0" not in values
    assert any("no value of PCR 0" in note for note in made["notes"])
    claims = {value["name"] for value in made["values"] if value["claim"]}
    assert claims == {"pcr4", "pcr12", "pcr13"}
