"""Machines of the demo that boot files, judged by values computed from these files."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from cupel import measure
from cupel.testing import measured
from cupel.testing.demo import WentWrong, find_command
from cupel.testing.errors import ServiceError
from cupel.testing.kinds import load


def command() -> str:
    """The command, or a skip that says so."""
    try:
        return find_command()
    except WentWrong as error:
        pytest.skip(str(error))


def test_root_hash_is_that_of_the_core(tmp_path: Path) -> None:
    for blocks in (1, 2, 128, 129, 300):
        content = hashlib.shake_256(bytes([blocks % 256])).digest(blocks * 4096)
        image = tmp_path / "image"
        image.write_bytes(content)
        assert measure.verity(image).value("root_hash") == measured.verity_root(content)


def test_what_firmware_hashes_is_that_of_the_command(tmp_path: Path) -> None:
    artifacts = measured.Artifacts(tmp_path, command())
    content = measured.authenticode_content(artifacts.uki.read_bytes())
    digest = artifacts.value("pe", "authenticode_sha256", artifacts.uki)
    assert digest == hashlib.sha256(content).hexdigest()


def test_one_byte_is_changed() -> None:
    for content in (b"x", bytes(5000)):
        changed = measured.one_byte_changed(content)
        assert len(changed) == len(content)
        assert sum(a != b for a, b in zip(changed, content, strict=True)) == 1


def test_values_of_files_accept_the_machine_that_boots_them() -> None:
    told: list[str] = []
    facts = measured.demonstrate(command(), told.append)
    assert facts["root_hash"] == measured.verity_root(measured.disk_image()).hex()
    assert facts["refused_kernel_image"] == [measured.UKI_CLAIM]
    assert facts["refused_disk_image"] == [measured.DISK_CLAIM]
    assert len(told) == 3


def test_the_demo_has_it() -> None:
    assert load("tpm").measured is measured.demonstrate


def test_a_command_that_computes_something_else_is_noticed(tmp_path: Path) -> None:
    wrong = tmp_path / "cupel"
    values = json.dumps({"values": {"pcr4": "00" * 32, "root_hash": "00" * 32}})
    verdict = json.dumps({"verdict": "accepted", "checks": []})
    wrong.write_text(
        f"#!/bin/sh\ncase \"$1\" in measure) echo '{values}';; *) echo '{verdict}';; esac\n"
    )
    wrong.chmod(0o755)
    with pytest.raises(ServiceError, match="another kernel image"):  # it accepts everything
        measured.demonstrate(str(wrong), lambda _: None)
    wrong.write_text("#!/bin/sh\necho no JSON\n")
    with pytest.raises(ServiceError, match="no JSON"):
        measured.demonstrate(str(wrong), lambda _: None)
