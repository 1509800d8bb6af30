"""Fixtures: a service for the whole run, and a client that trusts what its evidence names."""

from __future__ import annotations

import http.client
import json
import os
import ssl
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest

from cupel.testing import AttestedService, missing_programs


@dataclass
class Reply:
    """A response, read to its end."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def events(self) -> list[str]:
        """The data of each server-sent event."""
        blocks = self.body.decode().split("\n\n")
        assert blocks.pop() == ""
        assert all(block.startswith("data: ") for block in blocks)
        return [block.removeprefix("data: ") for block in blocks]


Send = Callable[..., Reply]


def connect(url: str, root_pem: str) -> http.client.HTTPSConnection:
    """A connection that trusts one root and checks the host name."""
    parts = urlsplit(url)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=root_pem)
    assert parts.hostname is not None
    return http.client.HTTPSConnection(parts.hostname, parts.port, context=context, timeout=20)


def sender(service: AttestedService, url: str | None = None) -> Send:
    """A function that sends one request on a connection of its own."""

    def send(path: str, body: object = None, *, method: str | None = None, **headers: str) -> Reply:
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        connection = connect(url or service.base_url, service.web_authority.root_pem)
        try:
            verb = method or ("GET" if content is None else "POST")
            connection.request(verb, path, content, headers)
            response = connection.getresponse()
            return Reply(response.status, response.headers, response.read())
        finally:
            connection.close()

    return send


def own_python() -> dict[str, str]:
    """An environment in which another Python finds what this one finds."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


@pytest.fixture(scope="session")
def software_tpm() -> None:
    """Skips where the software TPM's programs are missing."""
    if missing := missing_programs():
        pytest.skip(f"not installed: {', '.join(missing)}")


@pytest.fixture(scope="session")
def shared_service(software_tpm: None) -> Iterator[AttestedService]:
    """One service for the whole run."""
    with AttestedService() as running:
        yield running


@pytest.fixture
def service(shared_service: AttestedService) -> AttestedService:
    """The shared service, its counts at zero."""
    shared_service.reset_counts()
    return shared_service


@pytest.fixture
def send(service: AttestedService) -> Send:
    """Sends requests to the shared service."""
    return sender(service)
