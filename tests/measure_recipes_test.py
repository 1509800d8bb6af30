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
