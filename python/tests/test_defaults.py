"""What holds when a caller says nothing. Each value is a promise of the documentation.

One that becomes weaker must be changed here as well, by somebody who means it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

import pytest

import cupel

SESSION = {"freshness": "if_supported", "revocation": "if_available", "max_age": 3600.0}
CLIENT = {
    **SESSION,
    "anchors": None,  # the vendors' published roots
    "attestation_url": None,
    "clock": None,  # the system's
    "evidence": "document",
    "endorsements": None,
}


def defaults(function: Callable[..., Any]) -> dict[str, Any]:
    """Every parameter that may be left out."""
    parameters = inspect.signature(function).parameters.values()
    return {one.name: one.default for one in parameters if one.default is not one.empty}


@pytest.mark.parametrize("client", [cupel.Client, cupel.AsyncClient])
def test_clients(client: Any) -> None:
    found = defaults(client)
    assert {name: found[name] for name in CLIENT} == CLIENT
    assert (found["timeout"], found["max_retries"], found["api_key"]) == (60.0, 2, None)


@pytest.mark.parametrize("name", ["OpenAI", "AsyncOpenAI"])
def test_openai_clients(name: str) -> None:
    found = defaults(getattr(pytest.importorskip("cupel.openai"), name))
    assert {name: found[name] for name in CLIENT} == CLIENT
    assert found["attestation_timeout"] == 20.0
    assert (found["policy"], found["base_url"]) == ((), "")  # refused when they are left out


def test_blindai_over_tls_only() -> None:
    found = defaults(pytest.importorskip("cupel.blindai").connect)
    assert found["http_on_unattested_port"] is False
    assert found["anchors"] is None
    assert found["max_age"] == SESSION["max_age"]


def said(function: Any, name: str) -> str | None:
    """The default of an extension's function, as its signature writes it."""
    signature = str(function.__doc__).split("\n", 1)[0]
    found = re.search(rf"\b{name}: [^=]*?( = ([^,)]+))?[,)]", signature)
    assert found, name
    return found[2]


def test_session_options() -> None:
    options = cupel.SessionOptions.__init__
    assert said(options, "revocation") == "'if_available'"
    assert said(options, "freshness") == "'if_supported'"
    assert said(options, "evidence") == "'document'"
    assert said(options, "connect_timeout") == "10.0"
    assert said(options, "attestation_timeout") == "20.0"
    assert said(options, "max_age") == "3600.0"
    for name in ("policy", "anchors"):  # what to accept and whom to trust
        assert said(options, name) is None


@pytest.mark.parametrize("function", [cupel.verify, cupel.evaluate])
def test_verification(function: Any) -> None:
    found = defaults(function)
    assert found["revocation"] == "if_available"
    for name in ("now", "anchors"):
        assert name not in found
