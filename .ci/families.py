#!/usr/bin/env python3
"""Every family has its room, header, vectors (accepted and refused), fuzz targets and benchmark."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOM_FILES = [
    "README.md",
    "sources.cmake",
    "verify.cpp",
    "claims.cpp",
    "family.cpp",
    "checks.cpp",
    "anchors.cpp",
    "collateral.cpp",
]


def missing(family: str) -> list[str]:
    """What a family lacks, in words."""
    out = [
        f"lib/{family}/{name}"
        for name in ROOM_FILES
        if not (ROOT / "lib" / family / name).is_file()
    ]
    if not (ROOT / "include/cupel" / f"{family}.hpp").is_file():
        out.append(f"include/cupel/{family}.hpp")
    if not (ROOT / "bench" / f"{family}_bench.cpp").is_file():
        out.append(f"bench/{family}_bench.cpp")
    if not list((ROOT / "tests/fuzz").glob(f"{family}_*.cpp")):
        out.append(f"tests/fuzz/{family}_*.cpp")
    if not list((ROOT / "tests/unit" / family).glob("*_test.cpp")):
        out.append(f"tests/unit/{family}/*_test.cpp")
    cases = [path.name for path in (ROOT / "tests/vectors" / family).glob("*") if path.is_dir()]
    accepted = [name for name in cases if name.startswith("ok--")]
    refused = [name for name in cases if not name.startswith("ok--")]
    if not accepted:
        out.append(f"tests/vectors/{family}/ok--*")
    if len(refused) < max(1, len(accepted)):
        out.append(f"more refused than accepted vectors ({len(refused)} of {len(cases)} refuse)")
    return out


def main() -> int:
    """Checks every family of the registry."""
    families = re.findall(
        r"^FAMILY\((\w+)\)", (ROOT / "lib/families.def").read_text(), re.MULTILINE
    )
    problems = [f"{family}: missing {what}" for family in families for what in missing(family)]
    for problem in problems:
        print(problem, file=sys.stderr)
    if not problems:
        print(f"families: {', '.join(families)} complete")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
