"""The counter over HTTPS: the owner supplies inferences, the enclave consumes them.

| request | who | body | answer |
|---|---|---|---|
| POST /supply | owner | {"operation", "model", "inferences"} | {"inferences": left, "repeated"} |
| POST /consume | enclave | {"operation", "model"} | the same; 402 when none is left |
| GET /inferences/<model> | either | | {"inferences": left} |

Each of the two has a token of its own; there is no request without one.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import ssl
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from counter import BadRequest, Conflict, Counter, Exhausted, Receipt, Refused

_MAX_BODY = 4096
_SECONDS = 20.0
_LEAST_TOKEN = 32


class NotAllowed(Refused):
    """A request without a token, or with another's."""


def digest_of(token: str) -> bytes:
    """What is kept of a token. Errors: ValueError when it is too short to be a secret."""
    if len(token) < _LEAST_TOKEN:
        raise ValueError(f"a token has at least {_LEAST_TOKEN} characters")
    return hashlib.sha256(token.encode()).digest()


class Custodian(ThreadingHTTPServer):
    """Listens on one address; a thread for each connection."""

    daemon_threads = True

    def __init__(
        self,
        address: tuple[str, int],
        database: Path,
        *,
        certificate: Path,
        key: Path,
        owner_token: str,
        enclave_token: str,
    ) -> None:
        """Binds. Errors: ValueError for tokens that are short, or the same."""
        self.counter = Counter(database)
        self.roles = {"owner": digest_of(owner_token), "enclave": digest_of(enclave_token)}
        if hmac.compare_digest(*self.roles.values()):
            raise ValueError("owner and enclave need tokens of their own")
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._context.load_cert_chain(certificate, key)
        super().__init__(address, _Handler)

    def finish_request(self, request: socket.socket, client_address: object) -> None:  # type: ignore[override]
        """The handshake, in the connection's own thread."""
        request.settimeout(_SECONDS)
        try:
            with self._context.wrap_socket(request, server_side=True) as connection:
                super().finish_request(connection, client_address)
        except OSError:
            return  # whoever it was has gone


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands twice")
    return members


class _Handler(BaseHTTPRequestHandler):
    server: Custodian
    server_version = "custodian"
    sys_version = ""
    timeout = _SECONDS

    def do_GET(self) -> None:
        self._answer(self._get)

    def do_POST(self) -> None:
        self._answer(self._post)

    def _get(self, _content: bytes) -> dict[str, Any]:
        self._require("owner", "enclave")
        start, _, model = self.path.rpartition("/")
        if start != "/inferences":
            raise BadRequest("there is nothing here")
        return {"inferences": self.server.counter.remaining(model)}

    def _post(self, content: bytes) -> dict[str, Any]:
        if self.path == "/supply":
            self._require("owner")
            body = self._members(content, {"operation", "model", "inferences"})
            receipt = self.server.counter.supply(
                body["operation"], body["model"], body["inferences"]
            )
        elif self.path == "/consume":
            self._require("enclave")
            body = self._members(content, {"operation", "model"})
            receipt = self.server.counter.consume(body["operation"], body["model"])
        else:
            raise BadRequest("there is nothing here")
        return _told(receipt)

    def _require(self, *roles: str) -> None:
        given = self.headers.get_all("Authorization") or []
        if len(given) != 1 or not given[0].startswith("Bearer "):
            raise NotAllowed("a bearer token is needed")
        token = given[0].removeprefix("Bearer ")
        digest = hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
        # Digests of one length, compared in constant time, all of them: nothing tells how close.
        allowed = [hmac.compare_digest(digest, self.server.roles[role]) for role in roles]
        if not any(allowed):
            raise NotAllowed("this token does not allow that")

    def _read(self) -> bytes:
        """The body, before anything is decided: a connection closed over unread bytes is reset."""
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isascii() or not length.isdecimal():
            raise BadRequest("a Content-Length is needed")
        if len(length) > 5:
            raise BadRequest("the body is too long")
        return self.rfile.read(int(length))

    @staticmethod
    def _members(content: bytes, members: set[str]) -> dict[str, Any]:
        if len(content) > _MAX_BODY:
            raise BadRequest("the body is too long")
        try:
            body = json.loads(content, object_pairs_hook=_once)
        except (ValueError, RecursionError) as error:
            raise BadRequest("the body is not JSON") from error
        if not isinstance(body, dict) or set(body) != members:
            raise BadRequest(f"the body has the members {', '.join(sorted(members))}")
        return body

    def _answer(self, act: Callable[[bytes], dict[str, Any]]) -> None:
        status, body = 200, {}
        try:
            body = act(self._read())
        except Exhausted as refusal:
            status, body = 402, {"error": str(refusal)}
        except Conflict as refusal:
            status, body = 409, {"error": str(refusal)}
        except NotAllowed as refusal:
            status, body = 401, {"error": str(refusal)}
        except Refused as refusal:
            status, body = 400, {"error": str(refusal)}
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Requests carry tokens; nothing of them is logged."""


def _told(receipt: Receipt) -> dict[str, Any]:
    return {"inferences": receipt.remaining, "repeated": receipt.repeated}
