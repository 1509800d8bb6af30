"""`cupel verify --recipe`: why evidence says something else than the artifacts, on evidence forged
with the values of other artifacts and parameters."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from where import Command

sys.path.insert(0, str(Path(__file__).parent / "forge"))
pytest.importorskip("cryptography")
pytest.importorskip("cbor2")
from forge import case, measure, nitro_case, policies, snp_case, snp_wire

AT = ("--at", case.NOW)


def measured(cupel: Command, recipe: Path, *args: object) -> dict[str, str]:
    """The values of a computation, whose recipe is written."""
    recipe.unlink(missing_ok=True)
    ran = cupel("measure", *map(str, args), "--recipe", recipe, "--json")
    assert ran.code == 0, ran.err
    return dict(json.loads(ran.out)["values"])


def policy_file(folder: Path, family: str, require: dict[str, str]) -> Path:
    """A policy that demands these values."""
    accept = {"family": family, "require": {k: {"equals": v} for k, v in require.items()}}
    path = folder / "policy.json"
    path.write_text(json.dumps({"version": 1, "accept": [accept]}))
    return path


class Judged:
    """`cupel verify` on one document, with one recipe."""

    def __init__(self, cupel: Command, folder: Path, evidence: bytes, root: str) -> None:
        """Writes the document and what is trusted."""
        self.cupel = cupel
        self.evidence = folder / "evidence"
        self.evidence.write_bytes(evidence)
        self.anchors = folder / "anchors.pem"
        self.anchors.write_text(root)

    def __call__(self, policy: Path, *recipes: Path) -> tuple[int, list[dict[str, Any]], str]:
        """Exit code, explanations and the report for people."""
        options: list[str | Path] = [self.evidence, *AT, "--anchors", self.anchors]
        options += ["--policy", policy]
        for recipe in recipes:
            options += ["--recipe", recipe]
        text = self.cupel("verify", *options)
        ran = self.cupel("verify", *options, "--json")
        assert ran.code == text.code, ran.err
        return ran.code, json.loads(ran.out).get("recipe_explanations", []), text.out


def tpm(cupel: Command, folder: Path, pcrs: dict[int, str]) -> Judged:
    """A TPM's quote with these registers."""
    bundle = policies.service()
    for index, value in pcrs.items():
        bundle.registers.set("sha256", index, bytes.fromhex(value))
    return Judged(cupel, folder, bundle.text().encode(), case.ca.root().pem)


def snp(cupel: Command, folder: Path, measurement: str) -> Judged:
    """An SEV-SNP report with this launch digest."""
    report = snp_wire.Report(measurement=bytes.fromhex(measurement))
    document = snp_case.Document(report=report).bytes()
    return Judged(cupel, folder, document, snp_wire.ark(report.product).pem)


def test_another_number_of_processors(cupel: Command, tmp_path: Path) -> None:
    ovmf, recipe = tmp_path / "ovmf.fd", tmp_path / "recipe.json"
    ovmf.write_bytes(measure.ovmf())
    launch = ("snp", "--ovmf", ovmf, "--vcpu-type", "EPYC-Milan", "--vcpus")
    other = measured(cupel, tmp_path / "other.json", *launch, 6)["measurement"]
    wanted = measured(cupel, recipe, *launch, 4)["measurement"]
    policy = policy_file(tmp_path, "snp", {"snp.measurement": wanted})
    code, found, text = snp(cupel, tmp_path, other)(policy, recipe)
    assert code == 1
    assert [one["matches"] for one in found] == [["6 vCPUs instead of 4"]]
    assert found[0]["claim"] == "snp.measurement"
    assert "snp.measurement (measurement): matches if: 6 vCPUs instead of 4" in text


def test_a_stub_that_starts_the_kernel_itself(cupel: Command, tmp_path: Path) -> None:
    uki, recipe = tmp_path / "uki.efi", tmp_path / "recipe.json"
    uki.write_bytes(measure.uki(257))
    other = measured(cupel, tmp_path / "other.json", "uki", uki, "--stub", 258)["pcr4"]
    wanted = measured(cupel, recipe, "uki", uki)["pcr4"]
    policy = policy_file(tmp_path, "tpm", {"tpm.pcr.sha256.4": wanted})
    code, found, text = tpm(cupel, tmp_path, {4: other})(policy, recipe)
    assert code == 1
    (one,) = found
    assert (one["claim"], one["value"]) == ("tpm.pcr.sha256.4", "pcr4")
    assert "without kernel (.linux)" in one["matches"]
    assert "systemd-stub 258" in one["matches"]
    assert "matches if: without kernel (.linux)" in text


def test_a_command_line_that_is_absent(cupel: Command, tmp_path: Path) -> None:
    ovmf, kernel = tmp_path / "ovmf.fd", tmp_path / "kernel"
    recipe = tmp_path / "recipe.json"
    ovmf.write_bytes(measure.ovmf(kernel_hashes=True))
    kernel.write_bytes(b"a kernel")
    launch = ("snp", "--ovmf", ovmf, "--kernel", kernel)
    other = measured(cupel, tmp_path / "other.json", *launch)["measurement"]
    wanted = measured(cupel, recipe, *launch, "--append", "quiet splash")["measurement"]
    policy = policy_file(tmp_path, "snp", {"snp.measurement": wanted})
    code, found, _ = snp(cupel, tmp_path, other)(policy, recipe)
    assert code == 1
    assert [one["matches"] for one in found] == [["without the command line"]]


def test_an_enclave_in_debug_mode(cupel: Command, tmp_path: Path) -> None:
    image, recipe = tmp_path / "image.eif", tmp_path / "recipe.json"
    image.write_bytes(measure.eif())
    wanted = measured(cupel, recipe, "eif", image)
    policy = policy_file(tmp_path, "nitro", {"nitro.pcr.0": wanted["pcr0"]})
    zeros = {index: bytes(48) for index in range(16)}
    document = nitro_case.Document({"pcrs": zeros}).bytes()
    judged = Judged(cupel, tmp_path, document, nitro_case.root().pem)
    code, found, _ = judged(policy, recipe)
    assert code == 1
    (one,) = found
    assert one["claim"] == "nitro.pcr.0"
    assert len(one["matches"]) == 1
    assert "debug" in one["matches"][0]


def test_line_ends_of_the_root_certificate(cupel: Command, tmp_path: Path) -> None:
    recipe, root_hash, pem = tmp_path / "recipe.json", "ab" * 32, tmp_path / "ca.pem"
    pem.write_bytes(policies.caddy().encode())
    wanted = measured(cupel, recipe, "pcr", "--root-hash", root_hash, "--ca", pem)["pcr15"]
    crlf = tmp_path / "crlf.pem"
    crlf.write_bytes(pem.read_bytes().replace(b"\n", b"\r\n"))
    other = measured(cupel, tmp_path / "other.json", "pcr", "--root-hash", root_hash, "--ca", crlf)[
        "pcr15"
    ]
    require = {"tpm.pcr.sha256.15": wanted, "tpm.pcr.sha256.4": "11" * 32}
    policy = policy_file(tmp_path, "tpm", require)
    code, found, _ = tpm(cupel, tmp_path, {4: "11" * 32, 15: other})(policy, recipe)
    assert code == 1
    assert [one["matches"] for one in found] == [["the CA's PEM with CRLF line endings"]]


def test_another_image_has_no_single_explanation(cupel: Command, tmp_path: Path) -> None:
    uki, recipe = tmp_path / "uki.efi", tmp_path / "recipe.json"
    uki.write_bytes(measure.uki(257))
    wanted = measured(cupel, recipe, "uki", uki)["pcr4"]
    other = bytearray(uki.read_bytes())
    other[-1] ^= 1
    changed = tmp_path / "changed.efi"
    changed.write_bytes(other)
    found_there = measured(cupel, tmp_path / "other.json", "uki", changed)["pcr4"]
    policy = policy_file(tmp_path, "tpm", {"tpm.pcr.sha256.4": wanted})
    code, found, text = tpm(cupel, tmp_path, {4: found_there})(policy, recipe)
    assert code == 1
    assert [one["matches"] for one in found] == [[]]
    assert "tpm.pcr.sha256.4 (pcr4): no single change explains it" in text


def test_a_policy_of_another_release_is_told_apart(cupel: Command, tmp_path: Path) -> None:
    uki, recipe = tmp_path / "uki.efi", tmp_path / "recipe.json"
    uki.write_bytes(measure.uki(257))
    there = measured(cupel, recipe, "uki", uki)["pcr4"]
    policy = policy_file(tmp_path, "tpm", {"tpm.pcr.sha256.4": "22" * 32})
    code, found, text = tpm(cupel, tmp_path, {4: there})(policy, recipe)
    assert code == 1
    assert found[0]["same_as_recipe"] is True
    assert "the evidence has what the recipe gives" in text


def test_a_recipe_changes_no_verdict(cupel: Command, tmp_path: Path) -> None:
    uki, recipe = tmp_path / "uki.efi", tmp_path / "recipe.json"
    uki.write_bytes(measure.uki(257))
    there = measured(cupel, recipe, "uki", uki)["pcr4"]
    judged = tpm(cupel, tmp_path, {4: there})
    policy = policy_file(tmp_path, "tpm", {"tpm.pcr.sha256.4": there})
    assert judged(policy, recipe)[:2] == (0, [])
    # A recipe of other values has nothing to say.
    image, other = tmp_path / "image.eif", tmp_path / "other.json"
    image.write_bytes(measure.eif())
    measured(cupel, other, "eif", image)
    refused = policy_file(tmp_path, "tpm", {"tpm.pcr.sha256.4": "22" * 32})
    code, found, text = judged(refused, other)
    assert (code, found) == (1, [])
    assert "By the recipe" not in text


def test_inputs_that_are_gone_are_named(cupel: Command, tmp_path: Path) -> None:
    uki, recipe = tmp_path / "uki.efi", tmp_path / "recipe.json"
    uki.write_bytes(measure.uki(257))
    other = measured(cupel, tmp_path / "other.json", "uki", uki, "--stub", 258)["pcr4"]
    wanted = measured(cupel, recipe, "uki", uki)["pcr4"]
    uki.unlink()
    policy = policy_file(tmp_path, "tpm", {"tpm.pcr.sha256.4": wanted})
    _, found, text = tpm(cupel, tmp_path, {4: other})(policy, recipe)
    assert found[0]["matches"] == ["without kernel (.linux)"]  # the events alone tell
    assert found[0]["missing_inputs"] == [str(uki)]
    assert "is another file than the recipe's" in text


def test_recipes_that_are_none_are_the_callers_mistake(cupel: Command, tmp_path: Path) -> None:
    judged = tpm(cupel, tmp_path, {})
    policy = policy_file(tmp_path, "tpm", {"tpm.pcr.sha256.4": "22" * 32})
    for content in (b"", b"{}", b'{"schema": "cupel.recipe/2"}', b"[]"):
        recipe = tmp_path / "recipe.json"
        recipe.write_bytes(content)
        ran = cupel(
            "verify", judged.evidence, *AT, "--anchors", judged.anchors, "--policy", policy,
            "--recipe", recipe, "--json",
        )  # fmt: skip
        assert ran.code == 2, content
        assert json.loads(ran.out)["error"]["where"] == "--recipe"
    assert cupel(
        "verify", judged.evidence, *AT, "--policy", policy, "--recipe", tmp_path / "none"
    ).code == 2  # fmt: skip


def test_zeros_are_no_other_register_s_zeros(cupel: Command, tmp_path: Path) -> None:
    uki, recipe = tmp_path / "uki.efi", tmp_path / "recipe.json"
    uki.write_bytes(measure.uki(257))
    wanted = measured(cupel, recipe, "uki", uki)
    assert wanted["pcr12"] == wanted["pcr13"] == "00" * 32
    judged = tpm(cupel, tmp_path, {4: "00" * 32, 13: "00" * 32})
    policy = policy_file(
        tmp_path, "tpm", {"tpm.pcr.sha256.4": wanted["pcr4"], "tpm.pcr.sha256.13": "33" * 32}
    )
    code, found, text = judged(policy, recipe)
    assert code == 1
    by_claim = {one["claim"]: one for one in found}
    four, thirteen = by_claim["tpm.pcr.sha256.4"], by_claim["tpm.pcr.sha256.13"]
    assert len(four["matches"]) == 1
    assert four["matches"][0].startswith("nothing was measured")
    assert (thirteen["value"], thirteen["same_as_recipe"]) == ("pcr13", True)
    assert "the evidence has what the recipe gives" in text
