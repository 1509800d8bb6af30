"""How arguments are read: their order, and what is said about those that cannot be read."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from where import ROOT, Command, Ran

QUOTE = ROOT / "tests/vectors/tpm/ok--attackers_root_among_helpers"
REPORT = ROOT / "tests/vectors/snp/ok--raw"
AT = ("--at", "2024-06-15T12:00:00Z")


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """A policy that binds a TLS key, so that `ask` takes it."""
    path = tmp_path / "policy.json"
    alternative = {
        "family": "tpm",
        "require": {"tpm.pcr.sha256.4": {"equals": "11" * 32}},
        "bind": {"tls_key": {"claim": "tpm.extra_data", "form": "spki_sha256"}},
    }
    path.write_text(json.dumps({"version": 1, "accept": [alternative]}))
    return path


def error_of(ran: Ran) -> dict[str, Any]:
    """The error of the one JSON object on standard output."""
    document = json.loads(ran.out)
    assert document["schema"] == "cupel.error/1"
    error = document["error"]
    assert isinstance(error, dict)
    return error


# ---- the order does not matter -------------------------------------------------------------------


def test_a_repeatable_option_takes_one_value(cupel: Command, policy: Path) -> None:
    evidence = [str(QUOTE / "evidence.json")]
    groups = [
        evidence,
        ["--policy", str(policy)],
        ["--anchors", str(QUOTE / "anchors.pem")],
        [*AT],
        ["-q"],
    ]
    for order in itertools.permutations(groups):
        words = list(itertools.chain.from_iterable(order))
        ran = cupel("verify", *words)
        assert (ran.code, ran.out, ran.err) == (1, "", ""), words


def test_show_finds_its_evidence_behind_the_options(cupel: Command) -> None:
    evidence, anchors = REPORT / "evidence.bin", ("--anchors", REPORT / "anchors.pem")
    endorse = ("--endorse", REPORT / "endorsements")
    for words in (
        (*anchors, evidence, *endorse, "--json"),
        (*endorse, *anchors, evidence, "--json"),
        ("--json", *endorse, evidence, *anchors),
    ):
        ran = cupel("show", *words, *AT)
        assert ran.code == 0, ran.err
        assert json.loads(ran.out)["verdict"] == "authentic"


@pytest.mark.parametrize("prompt_last", [True, False])
def test_ask_finds_its_prompt_behind_the_options(
    cupel: Command, policy: Path, prompt_last: bool
) -> None:
    anchors = ["--anchors", QUOTE / "anchors.pem"]
    words = ["https://127.0.0.1:1", "--policy", policy]
    words += [*anchors, "a prompt"] if prompt_last else ["a prompt", *anchors]
    ran = cupel("ask", *words, "--json")
    assert ran.code == 5, ran.err
    assert error_of(ran)["code"] == "connection_failed"


def test_files_of_a_policy_command_are_still_many(cupel: Command, policy: Path) -> None:
    other = policy.with_name("other.json")
    other.write_bytes(policy.read_bytes())
    for command in (["policy", "lint"], ["policy", "show"]):
        assert cupel(*command, policy, other, "--json").code in (0, 1), command
        assert cupel(*command, "--json", policy, other).code in (0, 1), command


def test_measure_takes_one_value_for_each_loader(cupel: Command, tmp_path: Path) -> None:
    for words in (
        ("--loader", tmp_path / "a", tmp_path / "b"),
        (tmp_path / "b", "--loader", tmp_path / "a"),
    ):
        error = error_of(cupel("measure", "uki", *words, "--json"))
        assert error["code"] == "invalid_argument"
        assert error["where"] in (str(tmp_path / "a"), str(tmp_path / "b"))  # not "arguments"


def test_two_values_behind_one_option_are_refused(cupel: Command, policy: Path) -> None:
    ran = cupel("verify", "evidence.json", "--policy", policy, policy)
    assert ran.code == 2
    assert str(policy) in ran.err


# ---- what cannot be read -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "where"),
    [
        (["verify", "evidence.json"], "--policy"),
        (["verify", "--policy", "p.json"], "EVIDENCE"),
        (["ask", "https://127.0.0.1:1", "--policy", "p.json"], "PROMPT"),
        (["show", "x", "--revocation", "never"], "--revocation"),
        (["show", "x", "--at"], "--at"),
        (["show", "x", "--nothing"], "arguments"),
        (["measure", "verity", "x", "--offset", "-1"], "--offset"),
        (["frobnicate"], "arguments"),
        (["policy"], "arguments"),
        ([], "arguments"),
    ],
)
def test_usage_errors_keep_the_form_that_was_asked_for(
    cupel: Command, words: list[str], where: str
) -> None:
    for ran in (cupel(*words, "--json"), cupel("--json", *words)):
        assert ran.code == 2
        document = json.loads(ran.out)
        assert (document["schema"], document["verdict"]) == ("cupel.error/1", "usage")
        error = document["error"]
        assert error["code"] == "invalid_argument"
        assert "--help" in error["remedy"]
        assert "offset" not in error
    assert error_of(cupel(*words, "--json"))["where"] == where
    plain = cupel(*words)
    assert (plain.code, plain.out) == (2, "")
    assert "--help" in plain.err
    quiet = cupel(*words, "-q")
    assert (quiet.code, quiet.out, quiet.err) == (2, "", "")


def test_json_behind_the_end_of_options_is_no_option(cupel: Command) -> None:
    ran = cupel("ask", "https://127.0.0.1:1", "--", "--json")
    assert (ran.code, ran.out) == (2, "")
    assert "--policy" in ran.err


@pytest.mark.parametrize(
    ("words", "named", "meant"),
    [
        (["frobnicate"], "frobnicate", ""),
        (["verfy", "x"], "verfy", "verify"),
        (["measure", "uk"], "uk", "uki"),
        (["measure", "uk", "--json"], "uk", "uki"),
        (["policy", "lnit", "x"], "lnit", "lint"),
        (["bundle", "tmp"], "tmp", "tpm"),
        (["verify", "x", "--polcy", "p"], "--polcy", "--policy"),
        (["show", "x", "--anchor=a"], "--anchor", "--anchors"),
    ],
)
def test_the_word_that_is_not_known_is_named(
    cupel: Command, words: list[str], named: str, meant: str
) -> None:
    ran = cupel(*words)
    assert ran.code == 2
    assert named in ran.err
    assert f"did you mean '{meant}'" in ran.err if meant else "did you mean" not in ran.err


def test_a_long_unknown_word_is_cut(cupel: Command) -> None:
    ran = cupel("x" * 5000)
    assert ran.code == 2
    assert len(ran.err) < 300


def test_errors_of_options_have_no_offset(cupel: Command, policy: Path) -> None:
    for words in (
        ("show", "-", "--at", "yesterday"),
        ("show", QUOTE / "evidence.json", "--at", ""),
        ("verify", QUOTE / "evidence.json", *AT, "--policy", policy, "--nonce", "xy"),
    ):
        error = error_of(cupel(*words, "--json"))
        assert error["where"] in ("--at", "--nonce")
        assert "offset" not in error


def test_errors_of_checks_say_what_to_do(cupel: Command) -> None:
    case = ROOT / "tests/vectors/tpm/bad_signature--flipped_bit"
    evidence, anchors = next(case.glob("evidence.*")), case / "anchors.pem"
    ran = cupel("show", evidence, "--anchors", anchors, *AT, "--json")
    assert ran.code == 3
    error = json.loads(ran.out)["error"]
    page = json.loads(cupel("explain", error["check"], "--json").out)["checks"][0]
    assert error["remedy"] == page["remedy"]
