"""The bar that long measurements show: on a terminal, and nowhere else."""

from __future__ import annotations

import os
import pty
import re
import subprocess
from pathlib import Path

import pytest
from where import Command

COLUMNS = 80
# barkeep's line: percent, the bar, bytes done of all, the rate, and what is left.
LINE = re.compile(r" *\d+\.\d\d% \|.{30}\| *(\d+\.\d\d)/0\.27 \((\d+\.\d\d) GB/s\) s left: (\d+) $")


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """256 MiB that take no room on the disk."""
    path = tmp_path_factory.mktemp("progress") / "image"
    with path.open("wb") as file:
        file.truncate(1 << 28)
    return path


def on_a_terminal(cupel: Command, image: Path, *options: str) -> tuple[int, str]:
    """Hashes it, slowly enough to be watched; the exit code and what stood on standard error."""
    ours, theirs = pty.openpty()
    slow = ("--hash", "sha512", "--data-block-size", "512", "--threads", "1")
    process = subprocess.Popen(
        [cupel.path, "measure", "verity", image, *slow, *options],
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
    )
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 1 << 16):
            shown += piece
    except OSError:  # how Linux says that the other side is closed
        pass
    os.close(ours)
    return process.wait(timeout=60), shown.decode()


def test_a_terminal_is_shown_what_is_done_the_rate_and_the_time_left(
    cupel: Command, image: Path
) -> None:
    code, shown = on_a_terminal(cupel, image)
    assert code == 0
    assert shown.endswith("\r\n")
    lines = [line for line in shown.rstrip().split("\r\x1b[K") if line]
    found = [LINE.fullmatch(line if line.endswith(" ") else line + " ") for line in lines]
    assert len(found) > 3, shown
    assert all(found), shown
    assert all(len(line) < COLUMNS for line in lines)
    done = [float(match[1]) for match in found if match]
    assert done == sorted(done)
    assert done[0] < 0.27
    assert done[-1] == 0.27
    assert all(float(match[2]) > 0 for match in found[2:] if match)
    assert found[-1] is not None
    assert found[-1][3] == "0"


def test_the_bar_is_ascii_where_that_was_asked_for(cupel: Command, image: Path) -> None:
    code, shown = on_a_terminal(cupel, image, "--ascii")
    assert code == 0
    assert "GB/s" in shown
    assert shown.isascii()


@pytest.mark.parametrize("option", ["--quiet", "--json"])
def test_programs_are_shown_no_bar(cupel: Command, image: Path, option: str) -> None:
    assert on_a_terminal(cupel, image, option) == (0, "")


def test_a_file_or_a_pipe_is_shown_no_bar(cupel: Command, image: Path) -> None:
    result = cupel("measure", "verity", image, "--hash", "sha512", "--data-block-size", "512")
    assert (result.code, result.err) == (0, "")
