"""A real OpenAI-compatible server behind the attested one."""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import IO, Any

from cupel.testing.errors import ServiceError
from cupel.testing.protocols import Call, Refusal

_MAX_ANSWER = 8 << 20


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A prompt goes to the server that was named, and to no other."""

    def redirect_request(self, *_: object) -> None:
        return None


class Upstream:
    """Forwards completions to one server; neither redirects nor proxies are followed."""

    def __init__(self, url: str, *, timeout: float = 120.0) -> None:
        """`url` is the server's root: https, or plain http on this machine."""
        parts = urllib.parse.urlsplit(url)
        plain = parts.scheme == "http"
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ServiceError(f"upstream: {url!r} is not an http or https URL")
        if parts.query or parts.fragment or parts.username is not None:
            raise ServiceError("upstream: no query, fragment or password may be in the URL")
        if plain and not _is_loopback(parts.hostname):
            raise ServiceError(
                "upstream: plain http would carry prompts in the clear; use https, or a server "
                "on this machine"
            )
        path = parts.path.rstrip("/").removesuffix("/v1")
        self._root = f"{parts.scheme}://{parts.netloc}{path}"
        self._timeout = timeout
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())

    @contextlib.contextmanager
    def open(
        self, path: str, body: dict[str, Any] | None, authorization: str | None
    ) -> Iterator[IO[bytes]]:
        """A successful response; what the upstream refuses becomes a Refusal of the same status."""
        headers = {"Content-Type": "application/json"}
        if authorization is not None:
            headers["Authorization"] = authorization
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._root + path, data=content, headers=headers)
        try:
            with self._opener.open(request, timeout=self._timeout) as response:
                yield response
        except urllib.error.HTTPError as error:
            with error:
                raise Refusal(_status(error.code), _error_text(error)) from error
        except (OSError, http.client.HTTPException) as error:
            raise Refusal(502, f"upstream: {error}") from error

    def fetch(
        self, path: str, body: dict[str, Any] | None, authorization: str | None
    ) -> dict[str, Any]:
        """A JSON object from the upstream."""
        with self.open(path, body, authorization) as response:
            content = response.read(_MAX_ANSWER + 1)
        try:
            answer = json.loads(content)
        except ValueError as error:
            raise Refusal(502, "upstream: the answer is not JSON") from error
        if len(content) > _MAX_ANSWER or not isinstance(answer, dict):
            raise Refusal(502, "upstream: the answer is not a JSON object of reasonable size")
        return answer

    def events(self, path: str, body: dict[str, Any], authorization: str | None) -> Iterator[str]:
        """The data of each server-sent event, `[DONE]` included."""
        with self.open(path, body, authorization) as response:
            lines: list[str] = []
            while line := response.readline(_MAX_ANSWER):
                text = line.decode("utf-8", "replace").rstrip("\r\n")
                if text.startswith("data:"):
                    lines.append(text[5:].removeprefix(" "))
                elif not text and lines:
                    yield "\n".join(lines)
                    lines = []


def triton_body(call: Call, model: str) -> dict[str, Any]:
    """A Triton request as one for an OpenAI-compatible server."""
    if call.limits.bad_words:
        raise Refusal(400, "bad_words: the upstream server has no such option")
    body: dict[str, Any] = {
        "model": model,
        "prompt": call.prompt,
        "max_tokens": call.limits.max_tokens,
        "stream": call.stream,
    }
    if call.limits.stop:
        body["stop"] = list(call.limits.stop)
    return body


def answer_text(answer: dict[str, Any]) -> str:
    """The text of a /v1/completions answer or of one of its chunks."""
    try:
        text = answer["choices"][0]["text"]
    except (KeyError, IndexError, TypeError) as error:
        raise Refusal(502, "upstream: the answer has no text") from error
    if not isinstance(text, str):
        raise Refusal(502, "upstream: the answer's text is not a string")
    return text


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def _status(code: int) -> int:
    # A redirect that was not followed is the upstream's fault, not a place to send our client to.
    return code if code >= 400 else 502


def _error_text(error: urllib.error.HTTPError) -> str:
    with contextlib.suppress(ValueError, OSError, KeyError, TypeError):
        message = json.loads(error.read(1 << 16))["error"]["message"]
        if isinstance(message, str):
            return message
    return f"upstream: HTTP status {error.code}"
