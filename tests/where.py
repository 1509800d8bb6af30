"""Where the tests find the command, the captured vectors and the forged ones."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VECTORS = Path(os.environ.get("CUPEL_VECTORS", ROOT.parent / "shared" / "vectors"))


@dataclass(frozen=True)
class Ran:
    """What a run of the command left."""

    code: int
    out: str
    err: str


class Command:
    """The `cupel` command."""

    def __init__(self, path: Path) -> None:
        """Remembers where it is."""
        self.path = path

    def __call__(
        self, *args: str | Path, stdin: bytes = b"", env: dict[str, str] | None = None
    ) -> Ran:
        """Runs it with a scrubbed environment plus `env`."""
        base = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "ASAN_OPTIONS": "detect_leaks=1"}
        done = subprocess.run(
            [self.path, *map(str, args)],
            input=stdin,
            capture_output=True,
            timeout=120,
            check=False,
            env={**base, **(env or {})},
        )
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


def find_command() -> Path | None:
    """CUPEL_BIN, the development build, the venv, or PATH."""
    candidates = [
        os.environ.get("CUPEL_BIN"),
        ROOT / "build/dev/lib/cupel",
        ROOT / ".venv/bin/cupel",
    ]
    for candidate in candidates:
        if candidate and Path(candidate).is_file():
            return Path(candidate)
    found = shutil.which("cupel")
    return Path(found) if found else None
