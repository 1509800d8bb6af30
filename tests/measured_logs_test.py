"""The collection's event logs and extended registers, through the command and through Python."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from where import VECTORS, Command

CASES = VECTORS / "measure"


def cases(*families: str) -> list[Path]:
    """The folders of these families; none where the collection is absent."""
    found = [path.parent for path in sorted(CASES.glob("*/case.json"))]
    return [one for one in found if described(one)["family"] in families]


def described(folder: Path) -> dict[str, Any]:
    """What the case says of itself."""
    case: dict[str, Any] = json.loads((folder / "case.json").read_text())
    return case


def expected_registers(folder: Path) -> dict[str, dict[str, str]] | None:
    """Bank → register → value; None when the log must be refused."""
    expected = described(folder)["expected"]
    if "rtmrs" in expected:  # the log counts the runtime registers from 1
        return {"sha384": {str(int(i) + 1): value for i, value in expected["rtmrs"].items()}}
    pcrs: dict[str, dict[str, str]] | None = expected.get("pcrs")
    return pcrs


def assert_same(got: dict[str, dict[str, str]], wanted: dict[str, dict[str, str]]) -> None:
    """Registers that the log does not mention have their start value."""
    for bank, registers in wanted.items():
        for index, value in registers.items():
            if index not in got.get(bank, {}):
                assert set(value) <= {"0"} or set(value) <= {"f"}, (bank, index)
            else:
                assert got[bank][index] == value, (bank, index)


LOGS = cases("measure-eventlog", "measure-ccel")
QUOTES = cases("measure-pcr-extend-quote")


@pytest.mark.skipif(not CASES.is_dir(), reason=f"no {CASES}; set CUPEL_VECTORS")
def test_collection_is_whole() -> None:
    assert (len(LOGS), len(QUOTES)) == (30, 2)


@pytest.mark.parametrize("folder", LOGS, ids=lambda folder: folder.name)
def test_command_replays_the_log(cupel: Command, folder: Path) -> None:
    log = next(folder.glob("*log.bin"), folder / "ccel.bin")
    ran = cupel("replay", "--json", log)
    wanted = expected_registers(folder)
    if wanted is None:
        assert ran.code == 4, ran.out
        assert "pcrs" not in json.loads(ran.out or "{}")
        return
    assert ran.code == 0, ran.err
    assert_same(json.loads(ran.out)["pcrs"], wanted)


@pytest.mark.parametrize("folder", LOGS, ids=lambda folder: folder.name)
def test_python_replays_the_log(folder: Path) -> None:
    python = pytest.importorskip("cupel")
    data = next(folder.glob("*log.bin"), folder / "ccel.bin").read_bytes()
    wanted = expected_registers(folder)
    if wanted is None:
        with pytest.raises(python.CupelError):
            python.tpm.replay_values(python.tpm.parse_event_log(data), "sha256")
        return
    log = python.tpm.parse_event_log(data)
    got = {
        bank: {str(i): value.hex() for i, value in python.tpm.replay_values(log, bank).items()}
        for bank in wanted
    }
    assert_same(got, wanted)


@pytest.mark.parametrize("folder", QUOTES, ids=lambda folder: folder.name)
def test_extended_registers_are_claims(cupel: Command, folder: Path, tmp_path: Path) -> None:
    python = pytest.importorskip("cupel")
    evidence = tmp_path / "evidence.json"
    made = cupel("bundle", "tpm", "--message", folder / "quote.msg",
                 "--signature", folder / "quote.sig", "--pcrs", folder / "quote.pcr",
                 "--pcr-form", "serialized", "--ak-pub", folder / "ak.pem",
                 "-o", evidence)  # fmt: skip
    assert made.code == 0, made.err
    shown = cupel("show", evidence, "--at", "2026-01-01T00:00:00Z",
                  "--ak-key", folder / "ak.pem", "--json")  # fmt: skip
    assert shown.code == 0, shown.err
    anchors = python.TrustAnchors().with_key("ak", (folder / "ak.pem").read_bytes())
    claims = python.evaluate("tpm", evidence.read_bytes(), now=1767225600, anchors=anchors)
    for index, value in described(folder)["expected"]["pcrs"]["sha256"].items():
        name = f"tpm.pcr.sha256.{index}"
        assert json.loads(shown.out)["claims"][name]["value"] == value
        assert claims[name] == bytes.fromhex(value)
