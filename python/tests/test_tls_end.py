"""When TLS is over nothing passes in the clear; the tests see what was on the wire."""

from __future__ import annotations

import contextlib
import io
import os
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import service as svc
from cupel import AttestedSSLContext, PinError, SessionError
from cupel.tls import AttestedSSLSocket, handshake_failures
from servers import Identity, Server, WebAuthority

PROMPT = b"PROMPT in clear"


class Wire:
    """Ends TLS with its own identity and keeps every byte of the TCP connection.

    A second server cannot tell plain text from TLS; a relay in front of it can.
    """

    def __init__(self, port: int, inject: bytes = b"") -> None:
        self.from_client = b""
        self._inject = inject
        self._upstream = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def __enter__(self) -> Wire:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in list(self._threads):
            thread.join(5)

    def wait(self) -> None:
        """Until the client's side of the connection has ended, and all of it was read."""
        for thread in list(self._threads)[1:]:
            thread.join(5)
            assert not thread.is_alive()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                thread = threading.Thread(target=self._relay, args=(client,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _relay(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self._upstream), timeout=10) as server:
            back = threading.Thread(target=self._back, args=(server, client), daemon=True)
            back.start()
            with contextlib.suppress(OSError):
                while data := client.recv(65536):
                    self.from_client += data
                    server.sendall(data)
            with contextlib.suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            back.join(5)

    def _back(self, server: socket.socket, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                client.sendall(data + self._inject)


@pytest.fixture
def identity(authority: WebAuthority) -> Identity:
    return authority.leaf()


@pytest.fixture
def server(identity: Identity) -> Iterator[Server]:
    with Server(identity) as running:
        yield running


@pytest.fixture
def wire(server: Server) -> Iterator[Wire]:
    with Wire(server.port) as running:
        yield running


@pytest.fixture
def context(authority: WebAuthority, identity: Identity) -> AttestedSSLContext:
    pin = svc.pin_for("spki_sha256", authority, identity)
    return AttestedSSLContext(pin, clock=lambda: svc.NOW)


def connected(context: AttestedSSLContext, port: int) -> AttestedSSLSocket:
    raw = socket.create_connection(("127.0.0.1", port), timeout=10)
    tls = context.wrap_socket(raw, server_hostname="localhost")
    assert isinstance(tls, AttestedSSLSocket)
    return tls


def file_write(tls: ssl.SSLSocket) -> None:
    with tls.makefile("wb", buffering=0) as file:
        file.write(PROMPT)


def file_read(tls: ssl.SSLSocket) -> None:
    with tls.makefile("rb", buffering=0) as file:
        file.read(1)


def real_file(tls: ssl.SSLSocket) -> None:
    """A file with a descriptor, as os.sendfile() wants it."""
    with tempfile.TemporaryFile() as file:
        file.write(PROMPT)
        file.seek(0)
        tls.sendfile(file)


Use = Callable[[ssl.SSLSocket], object]
WRITES: dict[str, Use] = {
    "send": lambda tls: tls.send(PROMPT),
    "sendall": lambda tls: tls.sendall(PROMPT),
    "sendall_nothing": lambda tls: tls.sendall(b""),
    "write": lambda tls: tls.write(PROMPT),
    "sendto": lambda tls: tls.sendto(PROMPT, ("127.0.0.1", 9)),
    "sendto_flags": lambda tls: tls.sendto(PROMPT, 0, ("127.0.0.1", 9)),
    "sendfile": lambda tls: tls.sendfile(io.BytesIO(PROMPT)),
    "sendfile_descriptor": real_file,
    "makefile": file_write,
}
READS: dict[str, Use] = {
    "recv": lambda tls: tls.recv(1),
    "recv_peek": lambda tls: tls.recv(1, socket.MSG_PEEK),
    "recv_into": lambda tls: tls.recv_into(bytearray(1)),
    "read": lambda tls: tls.read(1),
    "recvfrom": lambda tls: tls.recvfrom(1),
    "recvfrom_into": lambda tls: tls.recvfrom_into(bytearray(1)),
    "makefile": file_read,
}
NEVER: dict[str, Callable[[Any], object]] = {
    "sendmsg": lambda tls: tls.sendmsg([PROMPT]),
    "recvmsg": lambda tls: tls.recvmsg(1),
    "recvmsg_into": lambda tls: tls.recvmsg_into([bytearray(1)]),
    "dup": lambda tls: tls.dup(),
}


def refuses_all(tls: ssl.SSLSocket, error: type[Exception] = SessionError) -> None:
    for use in (*WRITES.values(), *READS.values()):
        with pytest.raises(error):
            use(tls)
    for use in NEVER.values():
        with pytest.raises(NotImplementedError):
            use(tls)


@pytest.mark.parametrize("how", [socket.SHUT_RD, socket.SHUT_WR, socket.SHUT_RDWR])
def test_nothing_is_written_or_read_after_shutdown(
    context: AttestedSSLContext, wire: Wire, how: int
) -> None:
    with connected(context, wire.port) as tls:
        tls.shutdown(how)
        refuses_all(tls)
        with pytest.raises(SessionError) as raised:
            tls.sendall(PROMPT)
        assert (raised.value.code, raised.value.where) == ("connection_failed", "tls.connection")
        with pytest.raises(SessionError):
            tls.do_handshake()
        refuses_all(tls)
    wire.wait()
    assert wire.from_client
    assert PROMPT not in wire.from_client


def test_open_files_write_nothing_after_shutdown(context: AttestedSSLContext, wire: Wire) -> None:
    with connected(context, wire.port) as tls:
        file = tls.makefile("wb", buffering=0)
        tls.shutdown(socket.SHUT_RD)
        with pytest.raises(SessionError):
            file.write(PROMPT)
        file.close()
    wire.wait()
    assert PROMPT not in wire.from_client


def test_nothing_is_written_or_read_after_unwrap(
    identity: Identity, authority: WebAuthority
) -> None:
    pin = svc.pin_for("spki_sha256", authority, identity)
    context = AttestedSSLContext(pin, clock=lambda: svc.NOW)
    ended = threading.Event()

    def end(listener: socket.socket, seen: list[bytes]) -> None:
        raw, _ = listener.accept()
        raw.settimeout(10)
        with identity.context().wrap_socket(raw, server_side=True) as tls, tls.unwrap() as plain:
            plain.sendall(b"bytes in clear")
            ended.set()
            while data := plain.recv(4096):
                seen.append(data)

    seen: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=end, args=(listener, seen), daemon=True)
        thread.start()
        with connected(context, listener.getsockname()[1]) as tls:
            plain = tls.unwrap()
            assert ended.wait(10)
            refuses_all(tls)
            refuses_all(plain)
            tls.shutdown(socket.SHUT_WR)
            thread.join(10)
            assert not thread.is_alive()
    assert seen == []


def test_nothing_is_written_or_read_after_detach(context: AttestedSSLContext, wire: Wire) -> None:
    tls = connected(context, wire.port)
    descriptor = tls.detach()
    try:
        for use in (*WRITES.values(), *READS.values()):
            with pytest.raises((OSError, SessionError)):
                use(tls)
    finally:
        os.close(descriptor)
    wire.wait()
    assert PROMPT not in wire.from_client


def test_closed_connection_is_an_error_of_the_operating_system(
    context: AttestedSSLContext, wire: Wire
) -> None:
    tls = connected(context, wire.port)
    tls.close()
    refuses_all_but_files = [use for name, use in (WRITES | READS).items() if name != "makefile"]
    for use in refuses_all_but_files:
        with pytest.raises(OSError, match="closed"):
            use(tls)
    wire.wait()
    assert PROMPT not in wire.from_client


def test_nothing_is_read_or_written_after_a_failed_connect(
    context: AttestedSSLContext, other_authority: WebAuthority
) -> None:
    # ssl drops its TLS object when connect() fails, although TCP is connected.
    with (
        Server(other_authority.leaf()) as evil,
        Wire(evil.port, inject=b"bytes in clear") as wire,
        context.wrap_socket(socket.socket(), server_hostname="localhost") as tls,
    ):
        tls.settimeout(10)
        refuses_all(tls)
        with pytest.raises(PinError):
            tls.connect(("127.0.0.1", wire.port))
        refuses_all(tls)
        tls.close()
        wire.wait()
        assert PROMPT not in wire.from_client
        assert evil.application_bytes == 0


def test_shutdown_by_another_thread_between_check_and_write_lets_nothing_out(
    context: AttestedSSLContext, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = AttestedSSLSocket._before

    def check_then_shut(tls: AttestedSSLSocket, flags: int = 0) -> None:
        check(tls, flags)
        tls.shutdown(socket.SHUT_RD)

    for name, use in WRITES.items():
        if name == "sendall_nothing":
            continue
        with connected(context, wire.port) as tls:
            monkeypatch.setattr(AttestedSSLSocket, "_before", check_then_shut)
            with pytest.raises((SessionError, ValueError)):
                use(tls)
            monkeypatch.setattr(AttestedSSLSocket, "_before", check)
    wire.wait()
    assert PROMPT not in wire.from_client


def test_every_way_to_write_that_is_allowed_is_encrypted(
    context: AttestedSSLContext, server: Server, wire: Wire
) -> None:
    allowed = {name: use for name, use in WRITES.items() if not name.startswith("sendto")}
    with connected(context, wire.port) as tls:
        tls.sendall(b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (6 * len(PROMPT)))
        for use in allowed.values():
            use(tls)
        tls.sendall(bytearray())
        buffer = bytearray(4)
        assert tls.recv(4) == b"HTTP"
        assert tls.recv_into(buffer, 2) == 2
        assert tls.recv_into(buffer) == 4
        assert bytes(buffer) == b".1 2"
        for use in (WRITES["sendto"], READS["recvfrom"], READS["recvfrom_into"]):
            with pytest.raises(ValueError, match="TLS"):
                use(tls)
        with pytest.raises(ValueError, match="flags"):
            tls.send(PROMPT, 1)
        with pytest.raises(ValueError, match="flags"):
            tls.recv(1, socket.MSG_PEEK)
    wire.wait()
    assert server.received.count(PROMPT) == len(allowed) - 1 == 6
    assert PROMPT not in wire.from_client


def test_only_the_handshakes_of_the_moment_are_collected(
    context: AttestedSSLContext, server: Server, other_authority: WebAuthority
) -> None:
    with Server(other_authority.leaf()) as evil:
        with handshake_failures() as outer:
            with handshake_failures() as inner:
                with pytest.raises(PinError) as raised:
                    connected(context, evil.port)
                assert [id(one) for one in inner] == [id(raised.value)]
            connected(context, server.port).close()
            assert outer == []
        with pytest.raises(PinError):
            connected(context, evil.port)
        assert outer == inner == []
