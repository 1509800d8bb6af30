"""docs/troubleshooting.md says what the command prints, and with which exit code it ends."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from where import ROOT, Command

PAGE = (ROOT / "docs" / "troubleshooting.md").read_text()
VECTORS = ROOT / "tests" / "vectors"
CASE = VECTORS / "policy" / "ok--blindllama_files"
POLICY = ("--policy", CASE / "measurements_azure.json", "--policy", CASE / "application.json")
TRUST = ("--anchors", CASE / "anchors.pem")
THEN = ("--at", "2024-06-15T12:00:00Z")


def rows(first: str) -> list[list[str]]:
    """The cells of the table whose head begins with this cell."""
    form = rf"^\| {re.escape(first)} \|.*\n\|[-|]+\n((?:\|.*\n)+)"
    [table] = re.findall(form, PAGE, re.MULTILINE)
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines()]


def named(cell: str) -> list[str]:
    """What stands between backticks."""
    return re.findall(r"`([^`]+)`", cell)


MEMBERS = {cells[0].strip("`| "): named(cells[2]) for cells in rows("verb")}
SCHEMAS = {cells[0].strip("`| "): named(cells[1])[0] for cells in rows("verb")}
EACH = {cells[0].strip("| "): cells[1] for cells in rows("in")}


def holds(verb: str, printed: dict[str, Any]) -> None:
    assert printed["schema"] == SCHEMAS[verb]
    assert set(MEMBERS[verb]) <= set(printed), verb


def printed(ran: Any, code: int = 0) -> dict[str, Any]:
    assert ran.code == code, ran.out + ran.err
    loaded: dict[str, Any] = json.loads(ran.out)
    return loaded


def test_verdict_is_as_described(cupel: Command) -> None:
    said = printed(cupel("verify", CASE / "evidence.json", *TRUST, *THEN, *POLICY, "--json"))
    holds("verify", said)
    assert set(said["checks"][0]) == set(named(EACH["`checks` of a verdict"]))
    words = named(EACH["`claims`"])
    for claim in said["claims"].values():
        assert set(claim) == {"value", "type", "provenance"} <= set(words)
        assert {claim["type"], claim["provenance"]} <= set(words)


@pytest.mark.parametrize(
    ("options", "code", "exit_code"),
    [
        ((*THEN,), "untrusted_chain", 3),
        ((*TRUST, "--at", "2026-01-01T00:00:00Z"), "expired", 3),
        ((*TRUST, "--at", "2023-01-01T00:00:00Z"), "not_yet_valid", 3),
        ((*TRUST, *THEN, "--revocation", "required"), "revocation_unknown", 5),
    ],
)
def test_error_is_as_described(
    cupel: Command, options: tuple[Any, ...], code: str, exit_code: int
) -> None:
    ran = cupel("verify", CASE / "evidence.json", *options, *POLICY, "--json")
    said = printed(ran, exit_code)
    holds("any, on failure", said)
    assert set(said["error"]) <= set(named(EACH["`error`"]))
    assert said["error"]["code"] == code
    assert said["verdict"] in {cells[0].strip("| ") for cells in rows("outcome")}
    assert f"`{code}`" in PAGE[: PAGE.index("## Every code")]


def test_show_is_as_described(cupel: Command) -> None:
    holds("show", printed(cupel("show", CASE / "evidence.json", *TRUST, *THEN, "--json")))
    holds(
        "show`, not authentic", printed(cupel("show", CASE / "evidence.json", *THEN, "--json"), 3)
    )


def test_policy_verbs_are_as_described(cupel: Command, tmp_path: Path) -> None:
    files = POLICY[1::2]
    holds("policy show", printed(cupel("policy", "show", *files, "--json")))
    said = printed(cupel("policy", "lint", *files, "--json"))
    holds("policy lint", said)
    assert set(said["findings"][0]) == {"severity", "id", "where", "text"}
    made = cupel("policy", "make", *files, "-o", tmp_path / "p.json", "--json")
    holds("policy make -o", printed(made))


def test_other_verbs_are_as_described(cupel: Command) -> None:
    said = printed(cupel("explain", "tpm-07", "--json"))
    holds("explain", said)
    assert set(said["checks"][0]) == set(named(EACH["`checks` of `explain`"]))
    said = printed(cupel("families", "tpm", "--json"))
    holds("families", said)
    assert set(said["families"][0]) == set(named(EACH["`families`"]))
    case = min((VECTORS / "snp").glob("ok--*"))
    evidence = case / json.loads((case / "case.json").read_text())["evidence"]
    said = printed(cupel("needed", evidence, "--json"))
    holds("needed", said)
    assert set(said["requests"][0]) == set(named(EACH["`requests`"]))


def test_fetch_is_as_described(cupel: Command, tmp_path: Path) -> None:
    said = printed(cupel("fetch", CASE / "evidence.json", "-o", tmp_path / "c", "--json"))
    holds("fetch", said)


def test_ask_is_as_described(cupel: Command) -> None:
    testing = pytest.importorskip("cupel.testing")
    with testing.load("nitro").make() as service:
        trust = service.trust.words()
        policy = ("--policy", service.policy_file)
        ran = cupel("ask", service.base_url, "hi", *policy, *trust, "--evidence", "nitro", "--json")
        said = printed(ran)
        holds("ask", said)
        holds("verify", said["report"])
        ran = cupel("ask", service.base_url, "hi", *policy, *trust, "--json")
        holds("any, on failure", printed(ran, 5))


def test_every_code_is_in_the_table_with_its_outcome() -> None:
    core = pytest.importorskip("cupel")._core
    exits = {"refused": 1, "usage": 2, "not_authentic": 3, "malformed": 4, "undecided": 5}
    exits |= {"accepted": 0, "internal": 70}
    listed: dict[str, str] = {}
    for cells in rows("outcome"):
        outcome = cells[0].strip("| ")
        assert exits[outcome] == int(cells[1])
        listed |= dict.fromkeys(named(cells[3]) if len(cells) > 3 else [], outcome)
    assert listed == core.outcomes()


def test_errors_that_are_met_most_exist() -> None:
    core = pytest.importorskip("cupel")._core
    for cells in rows("code, at"):
        first = cells[0].strip("| ")
        codes = [word for word in named(first) if "." not in word and ":" not in word]
        known = set(core.outcomes()) | {"evidence", "client"}
        assert codes
        assert set(codes) <= known


@pytest.mark.parametrize(
    ("roothash", "options", "code", "said"),
    [
        (None, (*TRUST, *THEN), 0, "accepted"),
        ("00" * 31 + "01", (*TRUST, *THEN), 1, "refused"),
        (None, THEN, 3, "untrusted_chain at tpm.ak_certificate"),
        (None, (*TRUST, *THEN, "--revocation", "required"), 5, "undecided"),
    ],
)
def test_recipe_for_pipelines_runs(
    cupel: Command,
    tmp_path: Path,
    roothash: str | None,
    options: tuple[Any, ...],
    code: int,
    said: str,
) -> None:
    [script] = re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    (tmp_path / "evidence.json").write_bytes((CASE / "evidence.json").read_bytes())
    made = cupel("policy", "make", *POLICY[1::2]).out
    policy = json.loads(made)
    if roothash is not None:
        claim = "tpm.supplied.application_disk_roothash"
        policy["accept"][0]["require"][claim] = {"equals": roothash}
    (tmp_path / "policy.json").write_text(json.dumps(policy))
    script = script.replace("--json", " ".join([*map(str, options), "--json"]), 1)
    ran = subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PATH": f"{cupel.path.parent}:/usr/bin:/bin", "LANG": "C.UTF-8"},
    )
    assert ran.returncode == code, ran.stdout + ran.stderr
    assert said in ran.stdout


def test_replay_is_as_described(cupel: Command, tmp_path: Path) -> None:
    case = VECTORS / "tpm" / "ok--event_log"
    log = tmp_path / "log"
    log.write_bytes(base64.b64decode(json.loads((case / "evidence.json").read_text())["event_log"]))
    holds("replay", printed(cupel("replay", log, "--json")))
