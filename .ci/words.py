#!/usr/bin/env python3
"""Words and paths that do not belong in the project, files too big, captured vectors copied in."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LATER = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|not implemented yet|unimplemented")
MACHINE = re.compile(r"/(home|root|work|Users)/\w")
BINARY = {".bin", ".der", ".msg", ".sig", ".png", ".crl"}
MAX_FILE = 1 << 20


def main() -> int:
    """Looks at every tracked file."""
    names = (
        subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True)
        .stdout.decode()
        .split("\0")
    )
    vectors = Path(os.environ.get("CUPEL_VECTORS", ROOT.parent / "shared" / "vectors"))
    captured = (
        {
            hashlib.sha256(path.read_bytes()).hexdigest()
            for path in vectors.rglob("*")
            if path.is_file() and path.stat().st_size > 0 and path.name != "case.json"
        }
        if vectors.is_dir()
        else set()
    )
    problems = []
    for name in filter(None, names):
        path = ROOT / name
        if not path.is_file() or path.is_symlink():
            continue
        content = path.read_bytes()
        if len(content) > MAX_FILE:
            problems.append(f"{name}: larger than 1 MiB")
        if content and hashlib.sha256(content).hexdigest() in captured:
            problems.append(f"{name}: a copy of a captured vector")
        if path.suffix in BINARY or name in (".ci/words.py",):
            continue
        for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
            if LATER.search(line) and "vectors" not in name:
                problems.append(f"{name}:{number}: promises later work: {line.strip()[:80]}")
            if MACHINE.search(line):
                problems.append(f"{name}:{number}: a path of some machine: {line.strip()[:80]}")
    print(
        "\n".join(problems) or "words: nothing that does not belong",
        file=sys.stderr if problems else sys.stdout,
    )
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
