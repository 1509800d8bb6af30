"""The web server: evidence for whoever asks, answers for whoever sends a prompt."""

from __future__ import annotations

import contextlib
import http
import json
import socket
import socketserver
import ssl
import sys
import threading
import time
import traceback
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from cupel.testing import protocols
from cupel.testing.backends import Backend
from cupel.testing.errors import BadRequest, ServiceError
from cupel.testing.ledger import CountingReader, Ledger
from cupel.testing.machine import MAX_NONCE
from cupel.testing.protocols import Refusal

DOCUMENT_PATH = "/attestation.json"
BUNDLE_PATH = "/evidence.json"
JSON = "application/json"

_MAX_BODY = 1 << 20
_IDLE_SECONDS = 30.0

# path, nonce (None: none was sent) -> the evidence
EvidenceSource = Callable[[str, bytes | None], bytes]
# body -> status, body, media type
Route = Callable[[bytes], tuple[int, bytes, str]]


class WebServer(socketserver.ThreadingMixIn, HTTPServer):
    """One listening port. The TLS handshake is done in the connection's own thread."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(
        self,
        address: tuple[str, int],
        context: ssl.SSLContext | None,
        *,
        ledger: Ledger,
        evidence: EvidenceSource | None,
        evidence_types: Mapping[str, str],
        backend: Backend | None,
        delay: float = 0.0,
        routes: Mapping[tuple[str, str], Route] | None = None,
    ) -> None:
        """Binds; without `evidence` or without `backend` those paths are not found.

        context: None for plain HTTP, which is for evidence alone.
        evidence_types: the paths evidence is served at, each with its media type.
        """
        self.ledger = ledger
        self.evidence = evidence
        self.evidence_types = dict(evidence_types) if evidence is not None else {}
        self.backend = backend
        self.delay = delay
        self.routes = dict(routes or {})
        self._context = context
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(address, _Handler)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)

    def start(self) -> None:
        """Serves in a thread of its own."""
        self._thread.start()

    @property
    def url(self) -> str:
        """The port's address, without a path."""
        scheme = "http" if self._context is None else "https"
        return f"{scheme}://localhost:{self.server_port}"

    def stop(self) -> None:
        """Stops serving and ends every open connection."""
        if self._thread.is_alive():  # shutdown() waits for ever for a server that never served
            self.shutdown()
            self._thread.join()
        self.server_close()
        with self._open_lock:
            connections = list(self._open)
        for connection in connections:
            with contextlib.suppress(OSError):
                # Of the socket alone: SSLSocket.shutdown() would take the TLS object away from the
                # thread that serves this connection, in the middle of what it does.
                socket.socket.shutdown(connection, socket.SHUT_RDWR)

    def server_bind(self) -> None:
        """Binds without asking a name server who we are, as HTTPServer would."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Handshake, then requests until one side has had enough."""
        request.settimeout(_IDLE_SECONDS)
        connection = request
        if self._context is not None:
            try:
                connection = self._context.wrap_socket(request, server_side=True)
            except OSError:  # ssl.SSLError is one
                self.ledger.count_handshake(done=False)
                return
            self.ledger.count_handshake(done=True)
        with self._open_lock:
            self._open.add(connection)
        try:
            # A client may give the connection up at any byte; that is its right.
            with contextlib.suppress(OSError):
                _Handler(connection, client_address, self)
                connection.settimeout(1.0)
                if isinstance(connection, ssl.SSLSocket):
                    connection.unwrap()
        finally:
            with self._open_lock:
                self._open.discard(connection)
            connection.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Broken connections are normal and end before this; what comes here is a fault of ours.

        Names the fault and its place, but not its text, which might quote a prompt.
        """
        kind, _, trace = sys.exc_info()
        sys.stderr.write(f"cupel.testing: {kind.__name__ if kind else 'unknown fault'}\n")
        traceback.print_tb(trace)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: WebServer
    server_version = "cupel-testing"
    sys_version = ""
    timeout = _IDLE_SECONDS
    disable_nagle_algorithm = True
    raw_requestline: bytes

    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        self.counter = CountingReader(self.connection, self.server.ledger)
        self.rfile = self.counter

    def do_GET(self) -> None:
        path, query = self._target()
        self.server.ledger.count_request(path, 0)
        with self._refusals(path):
            if self.headers.get("Content-Length", "0") != "0" or self._is_chunked():
                self.close_connection = True
                raise Refusal(400, "a GET has no body")
            self._wait()
            if path in self.server.evidence_types and self.server.evidence is not None:
                nonce = _nonce(query)
                self.server.ledger.excuse_evidence(self._request_bytes())
                evidence = self.server.evidence(path, nonce)
                self._send(200, evidence, self.server.evidence_types[path])
            elif route := self.server.routes.get(("GET", path)):
                self._send(*route(b""))
            elif path == protocols.MODELS_PATH and self.server.backend is not None:
                self._send_json(200, self.server.backend.models(self._authorization()))
            else:
                raise self._no_route(path)

    def do_POST(self) -> None:
        path, _ = self._target()
        content = self._body(path)
        if content is None:
            return
        self.server.ledger.count_request(path, len(content))
        with self._refusals(path):
            self._wait()
            if route := self.server.routes.get(("POST", path)):
                self._send(*route(content))
                return
            protocol = protocols.PATHS.get(path)
            if protocol is None or self.server.backend is None:
                raise self._no_route(path)
            call = protocols.parse_call(protocol, content)
            if call.stream:
                self._send_events(self.server.backend.events(call, self._authorization()))
            else:
                answer = self.server.backend.answer(call, self._authorization())
                self._send_json(200, answer)

    # ---- the request ---------------------------------------------------------------------------

    def parse_request(self) -> bool:
        # handle_one_request() has read the request line already; it belongs to this request.
        self._before = self.counter.consumed - len(self.raw_requestline)
        return super().parse_request()

    def _request_bytes(self) -> int:
        return self.counter.consumed - self._before

    def _target(self) -> tuple[str, str]:
        parts = urllib.parse.urlsplit(self.path)
        return parts.path, parts.query

    def _is_chunked(self) -> bool:
        return "Transfer-Encoding" in self.headers

    def _authorization(self) -> str | None:
        return self.headers.get("Authorization")

    def _body(self, path: str) -> bytes | None:
        """The body; None when its length is not acceptable, which has been answered then."""
        length = self.headers.get("Content-Length", "")
        with self._refusals(path):
            close_after = self.close_connection
            self.close_connection = True  # unless all goes well: the body's end is not known
            if self._is_chunked() or not (length.isascii() and length.isdecimal()):
                raise Refusal(411, "a Content-Length is needed")
            if len(length) > 10 or int(length) > _MAX_BODY:
                raise Refusal(413, f"a body has at most {_MAX_BODY} bytes")
            content = self.rfile.read(int(length))
            if len(content) != int(length):
                raise Refusal(400, "the body is shorter than its Content-Length")
            self.close_connection = close_after
            return content
        return None

    def _no_route(self, path: str) -> Refusal:
        post = path in protocols.PATHS and self.server.backend is not None
        get = path in self.server.evidence_types or (
            path == protocols.MODELS_PATH and self.server.backend is not None
        )
        if post or get:
            return Refusal(405, f"{path} is for {'POST' if post else 'GET'}")
        return Refusal(404, f"there is nothing at {path}")

    # ---- the response --------------------------------------------------------------------------

    def _wait(self) -> None:
        if self.server.delay > 0:
            time.sleep(self.server.delay)

    @contextlib.contextmanager
    def _refusals(self, path: str) -> Iterator[None]:
        """Turns a Refusal, or trouble of our own, into the API's error."""
        try:
            yield
        except Refusal as refusal:
            self._send_json(refusal.status, protocols.error_body(path, refusal))
        except ServiceError as error:
            status = 400 if isinstance(error, BadRequest) else 500
            self._send_json(status, protocols.error_body(path, Refusal(status, str(error))))

    def _send_json(self, status: int, value: dict[str, Any]) -> None:
        self._send(status, json.dumps(value).encode())

    def _send(self, status: int, content: bytes, media_type: str = JSON) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)

    def _send_events(self, events: Iterator[str]) -> None:
        first = next(events, None)  # raises what the backend refuses, while a status can be chosen
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Cache-Control", "no-store")
        chunked = self.request_version == "HTTP/1.1"
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.close_connection = True
        self.end_headers()
        try:
            while first is not None:
                self._send_piece(_event_text(first), chunked=chunked)
                first = next(events, None)
        except Refusal:
            self.close_connection = True  # cut without a last chunk: the client must see the break
            return
        self._send_piece(b"", chunked=chunked)

    def _send_piece(self, content: bytes, *, chunked: bool) -> None:
        if chunked:
            content = f"{len(content):x}\r\n".encode() + content + b"\r\n"
        self.wfile.write(content)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Errors found by the base class (bad request lines, unknown methods), as JSON."""
        self.close_connection = True
        path = self._target()[0] if hasattr(self, "path") else ""
        text = message or explain or http.HTTPStatus(code).phrase
        self.request_version = "HTTP/1.1"
        self._send_json(int(code), protocols.error_body(path, Refusal(int(code), text)))

    def log_message(self, *_: object) -> None:
        """A service that handles prompts writes no log."""


def _event_text(data: str) -> bytes:
    return "".join(f"data: {line}\n" for line in data.split("\n")).encode() + b"\n"


def _nonce(query: str) -> bytes | None:
    """The nonce of a query; None without one. Raises Refusal."""
    if not query:
        return None
    try:
        pairs = urllib.parse.parse_qsl(
            query, keep_blank_values=True, strict_parsing=True, max_num_fields=4
        )
    except ValueError as error:
        raise Refusal(400, "the query cannot be read") from error
    if len(pairs) != 1 or pairs[0][0] != "nonce":
        raise Refusal(400, "the query may hold one nonce and nothing else")
    text = pairs[0][1]
    if not set(text) <= set("0123456789abcdefABCDEF") or len(text) % 2:
        raise Refusal(400, "nonce must be hex")
    if not 2 <= len(text) <= 2 * MAX_NONCE:
        raise Refusal(400, f"nonce must have 1 to {MAX_NONCE} bytes")
    return bytes.fromhex(text)
