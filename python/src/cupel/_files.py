"""Files that are read where a path is given."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TypeAlias

from cupel.errors import CupelError

Buffer: TypeAlias = bytes | bytearray | memoryview
PathLike: TypeAlias = str | os.PathLike[str]

# A policy file is at most this large; see load_policy() of the core.
_MAX_FILE = 16 << 20


def read_file(path: PathLike, where: str) -> bytes:
    """The bytes of a file. Errors: invalid_argument at `where` when it cannot be read."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(_MAX_FILE + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise CupelError("invalid_argument", where, detail=f"{path!s}: {reason}") from error
    if len(content) > _MAX_FILE:
        raise CupelError("invalid_argument", where, detail=f"{path!s}: larger than 16 MiB")
    return content
