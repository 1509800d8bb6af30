"""Fixtures: the command under test and the captured document."""

from __future__ import annotations

from pathlib import Path

import pytest
from where import VECTORS, Command, find_command


@pytest.fixture(scope="session")
def cupel() -> Command:
    """The command under test; skips when it has not been built."""
    path = find_command()
    if path is None:
        pytest.skip("the cupel command is not built (cmake --preset dev, or pip install .)")
    return Command(path)


@pytest.fixture(scope="session")
def blindllama() -> Path:
    """The captured Azure Trusted Launch document with its policies."""
    folder = VECTORS / "tpm" / "azure-tl-blindllama-2023"
    if not folder.is_dir():
        pytest.skip(f"captured vectors are absent: {folder}")
    return folder
