#!/usr/bin/env python3
"""Writes the stub of the extension, python/src/cupel/_core/*.pyi, from the installed cupel._core.

    python python/tools/make_stub.py            # write
    python python/tools/make_stub.py --check    # compare; exit code 1 when they differ

Needs pybind11-stubgen and ruff (.ci/packages.txt).
"""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "src" / "cupel" / "_core"
_NONE_DEFAULT = re.compile(r"(\w+): ((?:[^=,\[\]()]|\[(?:[^\[\]]|\[[^\[\]]*\])*\])+) = None")


def _optional(match: re.Match[str]) -> str:
    name, kind = match.groups()
    return f"{name}: {kind if kind.endswith('| None') else kind + ' | None'} = None"


def tidy(text: str) -> str:
    """What pybind11's signatures say less well than Python does."""
    text = text.replace("typing.SupportsInt | typing.SupportsIndex", "int")
    text = text.replace("typing.SupportsFloat | typing.SupportsIndex", "float")
    # Operators answer NotImplemented to other types.
    text = re.sub(r"def __eq__\(self, arg0: \w+\)", "def __eq__(self, other: object)", text)
    # The version stands in CMakeLists.txt and nowhere else.
    text = re.sub(r"^__version__: str = .*$", "__version__: str", text, flags=re.MULTILINE)
    text = re.sub(r"^__all__.*\n", "", text, flags=re.MULTILINE)
    text = text.replace(
        "__hash__: typing.ClassVar[None] = None",
        "__hash__: typing.ClassVar[None]  # type: ignore[assignment]",
    )
    return _NONE_DEFAULT.sub(_optional, text)


def render() -> dict[str, str]:
    """The stub's files by name."""
    import pybind11_stubgen

    with tempfile.TemporaryDirectory() as folder:
        argv, sys.argv = sys.argv, ["stubgen", "cupel._core", "-o", folder, "--exit-code"]
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                pybind11_stubgen.main()
        finally:
            sys.argv = argv
        made = Path(folder) / "cupel" / "_core"
        for path in made.iterdir():
            path.write_text(tidy(path.read_text(encoding="utf-8")), encoding="utf-8")
        command = [sys.executable, "-m", "ruff", "format", "--isolated", "--quiet"]
        subprocess.run([*command, "--line-length", "100", str(made)], check=True)
        return {path.name: path.read_text(encoding="utf-8") for path in sorted(made.iterdir())}


def main() -> int:
    """Writes or compares."""
    made = render()
    if "--check" in sys.argv[1:]:
        there = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.pyi")}
        for name in sorted(made.keys() | there.keys()):
            if made.get(name) != there.get(name):
                print(f"{name}: differs from the module; run python/tools/make_stub.py")
        return 0 if made == there else 1
    FOLDER.mkdir(exist_ok=True)
    for name, text in made.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
