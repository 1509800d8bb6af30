"""The manual and the completions know every command and option that `--help` knows, and no other."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest
from where import ROOT, Command

COMPLETIONS = ROOT / "share/completions"
MANUAL = ROOT / "share/man"
OPTION = re.compile(r"^  (?:-\w,\s*)?(--[A-Za-z][A-Za-z-]*)", re.MULTILINE)


@cache
def help_of(cupel: Path, *words: str) -> str:
    """What a command says about itself."""
    ran = Command(cupel)(*words, "--help")
    assert ran.code == 0, words
    return ran.out


def commands_below(cupel: Command, *words: str) -> list[str]:
    """The commands that a command has."""
    _, _, listed = help_of(cupel.path, *words).partition("Subcommands:\n")
    return re.findall(r"^  ([a-z]+) ", listed, re.MULTILINE)


def leaves(cupel: Command, *words: str) -> list[tuple[str, ...]]:
    """All commands that do something: ("show",), ("policy", "lint"), …"""
    below = commands_below(cupel, *words)
    if not below:
        return [words]
    return [leaf for name in below for leaf in leaves(cupel, *words, name)]


def options_of(cupel: Command, leaf: tuple[str, ...]) -> set[str]:
    """Its long options."""
    return set(OPTION.findall(help_of(cupel.path, *leaf)))


def manual(name: str) -> str:
    """A page, with its hyphens as they are typed."""
    return (MANUAL / name).read_text().replace("\\-", "-")


def test_help_is_read_as_it_is_meant(cupel: Command) -> None:
    found = leaves(cupel)
    assert ("bundle", "hcl") in found
    assert ("measure", "uki") in found
    assert len(found) > 25
    assert options_of(cupel, ("fetch",)) >= {"--help", "--output", "--mirror", "--quiet"}


# ---- the manual ----------------------------------------------------------------------------------


def test_the_manual_has_every_command(cupel: Command) -> None:
    page, measure = manual("cupel.1"), manual("cupel-measure.1")
    for leaf in leaves(cupel):
        if leaf[0] == "measure":
            assert f".SS {leaf[1]}\n" in measure, leaf
        else:
            assert f".B {' '.join(leaf)}\n" in page, leaf
    synopsis = page[page.index(".SH SYNOPSIS") : page.index(".SH DESCRIPTION")]
    for name in (*commands_below(cupel), "bundle hcl"):
        assert f".B cupel {name}" in synopsis, name


def test_the_manual_has_every_option(cupel: Command) -> None:
    page, measure = manual("cupel.1"), manual("cupel-measure.1")
    for leaf in leaves(cupel):
        text = page
        if leaf[0] == "measure":
            section = measure[measure.index(f".SS {leaf[1]}\n") :].split("\n.SS ")[0]
            text = section + measure[: measure.index(".SH KINDS")]
        known = set(re.findall(r"--[A-Za-z][A-Za-z-]*", text))
        assert options_of(cupel, leaf) - {"--help"} <= known, leaf


def test_the_manual_has_no_option_that_is_gone(cupel: Command) -> None:
    every = {option for leaf in leaves(cupel) for option in options_of(cupel, leaf)}
    named = set(re.findall(r"--[A-Za-z][A-Za-z-]*", manual("cupel.1")))
    assert named <= every | {"--version"}


# ---- bash, by asking it --------------------------------------------------------------------------


def bash_offers(cupel: Command, *words: str) -> set[str]:
    """What bash would offer for the last word."""
    shell = shutil.which("bash")
    if shell is None:
        pytest.skip("bash is not installed")
    script = (
        'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _cupel;'
        ' printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        [shell, "-c", script, "bash", COMPLETIONS / "cupel.bash", "cupel", *words],
        env={"PATH": f"{cupel.path.resolve().parent}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return set(done.stdout.split())


def test_bash_offers_every_command_and_option_and_no_other(cupel: Command) -> None:
    assert bash_offers(cupel, "") == {*commands_below(cupel), "--help", "--version"}
    for group in ("policy", "bundle", "measure"):
        assert bash_offers(cupel, group, "") == set(commands_below(cupel, group)), group
    for leaf in leaves(cupel):
        assert bash_offers(cupel, *leaf, "--") == options_of(cupel, leaf), leaf


# ---- zsh and fish, by reading them ---------------------------------------------------------------


def test_zsh_offers_every_command_and_option_and_no_other(cupel: Command) -> None:
    text = (COMPLETIONS / "_cupel").read_text()
    head, _, body = text.partition('case "$parts" in')
    assert set(re.findall(r"^    '(\w+):", head, re.MULTILINE)) == set(commands_below(cupel))
    lists = dict(re.findall(r"^  (output|trust|write|quote)=\((.*?)\)\n(?=  \S)", head, re.M | re.S))
    assert len(lists) == 4
    for group, listed in re.findall(r"^      (\w+)\) _values \w+ (.*?);", head, re.MULTILINE):
        assert listed.split() == commands_below(cupel, group) or group == "measure"
        assert set(listed.split()) == set(commands_below(cupel, group))
    blocks = dict(re.findall(r"^    '([a-z ]+)'\) (.*?);;", body, re.MULTILINE | re.DOTALL))
    for leaf in leaves(cupel):
        if leaf[0] == "measure":  # asks the command
            continue
        block = blocks[" ".join(leaf)]
        for name, content in lists.items():
            block = block.replace(f"${name}", content)
        offered = set(re.findall(r"(?<![\w-])(--[a-z][a-z-]*)", block))
        assert offered == options_of(cupel, leaf) - {"--help"}, leaf
    assert "cupel measure $words[3] --help" in blocks["measure"]


def test_fish_offers_every_command_and_option_and_no_other(cupel: Command) -> None:
    text = (COMPLETIONS / "cupel.fish").read_text()
    named = re.findall(r'^complete -c cupel -n "not [^"]*" -f -a (\w+)', text, re.MULTILINE)
    assert set(named) == set(commands_below(cupel))
    for group in ("policy", "bundle", "measure"):
        line = re.search(rf'__cupel_command {group}; and .*-a \'(.*)\'', text)
        assert line is not None
        assert set(line.group(1).split()) == set(commands_below(cupel, group))
    offered: dict[tuple[str, ...], set[str]] = {leaf: set() for leaf in leaves(cupel)}
    for line in text.splitlines():
        found = re.match(r'complete -c cupel (?:-n "([^"]*)" )?(?:-s \w )?-l ([\w-]+)', line)
        if not found:
            continue
        condition, option = (found.group(1) or "").split(), f"--{found.group(2)}"
        for leaf in offered:
            below = condition[:1] == ["__cupel_below"] and tuple(condition[1:]) == leaf
            whole = condition[:1] == ["__cupel_command"] and leaf[0] in condition[1:]
            if not condition or below or whole:
                offered[leaf].add(option)
    for leaf, options in offered.items():
        if leaf[0] != "measure":  # asks the command
            assert options == options_of(cupel, leaf) - {"--help"}, leaf
    assert "cupel measure $words[3] --help" in text
