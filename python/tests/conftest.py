"""What all tests of the Python package share."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "forge"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from here import VECTORS
from servers import Server, WebAuthority
from service import Service


@pytest.fixture(scope="session")
def blindllama() -> Path:
    """The captured Azure Trusted Launch document with its policies."""
    folder = VECTORS / "tpm" / "azure-tl-blindllama-2023"
    if not folder.is_dir():
        pytest.skip(f"captured vectors are absent: {folder}")
    return folder


@pytest.fixture(scope="session")
def authority() -> WebAuthority:
    """The TLS authority that the attested machine measured."""
    return WebAuthority("Measured Web CA")


@pytest.fixture(scope="session")
def other_authority() -> WebAuthority:
    """A TLS authority that nothing vouches for."""
    return WebAuthority("Other Web CA")


@pytest.fixture
def service(authority: WebAuthority) -> Iterator[Service]:
    """A service that does everything right; it counts what it receives."""
    with Service(authority) as running:
        yield running


@pytest.fixture
def plain_server(authority: WebAuthority) -> Iterator[Server]:
    """A TLS server of the measured authority that answers "ok" to everything."""
    with Server(authority.leaf()) as running:
        yield running
