#!/usr/bin/env python3
"""Every check has a page, a row with its source, one place in the code and a test that refuses."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROW = re.compile(r"^\|\s*([a-z]+-\d\d)\s*\|([^|]*)\|([^|]*)\|([^|]*)\|", re.MULTILINE)
PAGE = re.compile(r'\.id\s*=\s*"([a-z]+-\d\d)"')
PLACE = re.compile(r"//.*\bCHECK ([a-z]+-\d\d)\b")


def pages() -> dict[str, str]:
    """Check id → file of its page."""
    out: dict[str, str] = {}
    for path in sorted((ROOT / "lib").rglob("checks*.cpp")):
        for name in PAGE.findall(path.read_text()):
            out[name] = str(path.relative_to(ROOT))
    return out


def rows() -> dict[str, tuple[str, str, str]]:
    """Check id → (README, source, refused by)."""
    out: dict[str, tuple[str, str, str]] = {}
    for path in sorted((ROOT / "lib").rglob("README.md")):
        for name, _, source, refused in ROW.findall(path.read_text()):
            out[name] = (str(path.relative_to(ROOT)), source.strip(), refused)
    return out


def places() -> dict[str, list[str]]:
    """Check id → the lines of code that carry it."""
    out: dict[str, list[str]] = {}
    for path in sorted((ROOT / "lib").rglob("*.cpp")):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            for name in PLACE.findall(line):
                out.setdefault(name, []).append(f"{path.relative_to(ROOT)}:{number}")
    return out


def refusing_vectors() -> dict[str, set[str]]:
    """Check id → the refused case folders that exercise it."""
    out: dict[str, set[str]] = {}
    for path in sorted((ROOT / "tests/vectors").rglob("case.json")):
        if path.parent.name.startswith("ok--"):
            continue
        for name in json.loads(path.read_text()).get("checks", []):
            out.setdefault(name, set()).add(path.parent.name)
    return out


def test_names() -> str:
    """The text of all C++ tests, for checks that a live server exercises."""
    return "\n".join(p.read_text() for p in (ROOT / "tests").rglob("*_test.cpp"))


def main() -> int:
    """Compares the four lists."""
    all_pages, all_rows, all_places, vectors = pages(), rows(), places(), refusing_vectors()
    tests = test_names()
    problems = []
    for name in sorted(set(all_pages) | set(all_rows) | set(all_places)):
        if name not in all_pages:
            problems.append(f"{name}: no page in a checks.cpp")
        if len(all_places.get(name, [])) != 1:
            problems.append(
                f"{name}: needs one `// CHECK {name}` line, has {all_places.get(name, [])}"
            )
        if name not in all_rows:
            problems.append(f"{name}: no row in a README's table")
            continue
        readme, source, refused = all_rows[name]
        if not source:
            problems.append(f"{name}: no source in {readme}")
        named = re.findall(r"`([^`]+)`", refused)
        if not named:
            problems.append(f"{name}: {readme} names no refusing vector or test")
        for case in named:
            if "--" in case:
                if case not in vectors.get(name, set()):
                    problems.append(f"{name}: no refused vector {case} lists it under checks")
            elif case not in tests:
                problems.append(f"{name}: no test is called {case}")
    for problem in problems:
        print(problem, file=sys.stderr)
    if not problems:
        print(f"checks: {len(all_pages)} checks, each with page, source, place and refusal")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
