"""AttestedSSLContext against real TLS servers. Each refusal counts what the server received."""

from __future__ import annotations

import asyncio
import http.client
import select
import socket
import ssl
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

import cupel
import service as svc
from cupel import AttestedSSLContext, PinError, SessionError
from cupel.tls import AttestedSSLObject, AttestedSSLSocket
from servers import Identity, Reply, Server, WebAuthority

KINDS = ["root_ca", "spki_sha256", "certificate_sha256"]
REQUEST = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\n\r\nsecret"


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def identity(authority: WebAuthority) -> Identity:
    return authority.leaf()


@pytest.fixture
def context(kind: str, authority: WebAuthority, identity: Identity) -> AttestedSSLContext:
    return AttestedSSLContext(svc.pin_for(kind, authority, identity), clock=lambda: svc.NOW)


@pytest.fixture
def good(identity: Identity) -> Iterator[Server]:
    with Server(identity) as server:
        yield server


@pytest.fixture
def evil(other_authority: WebAuthority) -> Iterator[Server]:
    """Listens where the good server should; has a certificate for the same name."""
    with Server(other_authority.leaf()) as server:
        yield server


# ---- ways of making a connection --------------------------------------------------------------


def by_socket(context: ssl.SSLContext, port: int) -> bytes:
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as raw,
        context.wrap_socket(raw, server_hostname="localhost") as tls,
    ):
        tls.sendall(REQUEST)
        return tls.recv(4096)


def by_socket_connected_later(context: ssl.SSLContext, port: int) -> bytes:
    with context.wrap_socket(socket.socket(), server_hostname="localhost") as tls:
        tls.settimeout(10)
        tls.connect(("127.0.0.1", port))
        tls.sendall(REQUEST)
        return tls.recv(4096)


def by_nonblocking_socket(context: ssl.SSLContext, port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as raw:
        raw.setblocking(False)
        tls = context.wrap_socket(raw, server_hostname="localhost", do_handshake_on_connect=False)
        with tls:
            while True:
                try:
                    tls.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    select.select([tls], [], [], 10)
            tls.send(REQUEST)
            while True:
                try:
                    return tls.recv(4096)
                except ssl.SSLWantReadError:
                    select.select([tls], [], [], 10)


def by_asyncio(context: ssl.SSLContext, port: int) -> bytes:
    async def run() -> bytes:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=context, server_hostname="localhost"
        )
        try:
            writer.write(REQUEST)
            return await reader.read(4096)
        finally:
            writer.close()
            await writer.wait_closed()

    return asyncio.run(run())


def by_http_client(context: ssl.SSLContext, port: int) -> bytes:
    connection = http.client.HTTPSConnection("localhost", port, timeout=10, context=context)
    try:
        connection.request("POST", "/", body=b"secret")
        return connection.getresponse().read()
    finally:
        connection.close()


def by_httpx(context: ssl.SSLContext, port: int) -> bytes:
    with httpx.Client(verify=context, trust_env=False) as client:
        return client.post(f"https://localhost:{port}/", content=b"secret").content


def by_async_httpx(context: ssl.SSLContext, port: int) -> bytes:
    async def run() -> bytes:
        async with httpx.AsyncClient(verify=context, trust_env=False) as client:
            return (await client.post(f"https://localhost:{port}/", content=b"secret")).content

    return asyncio.run(run())


def by_requests(context: ssl.SSLContext, port: int) -> bytes:
    requests = pytest.importorskip("requests")

    class Adapter(requests.adapters.HTTPAdapter):  # type: ignore[misc, name-defined]
        def init_poolmanager(self, *args: object, **kwargs: object) -> None:
            super().init_poolmanager(*args, ssl_context=context, **kwargs)

    with requests.Session() as session:
        session.mount("https://", Adapter())
        return bytes(session.post(f"https://localhost:{port}/", data=b"secret", timeout=10).content)


def by_urllib3(context: ssl.SSLContext, port: int) -> bytes:
    urllib3 = pytest.importorskip("urllib3")
    with urllib3.PoolManager(ssl_context=context, retries=False) as pool:
        return bytes(pool.request("POST", f"https://localhost:{port}/", body=b"secret").data)


def by_aiohttp(context: ssl.SSLContext, port: int) -> bytes:
    aiohttp = pytest.importorskip("aiohttp")

    async def run() -> bytes:
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"https://localhost:{port}/", data=b"secret", ssl=context) as response,
        ):
            return bytes(await response.read())

    return asyncio.run(run())


Way = Callable[[ssl.SSLContext, int], bytes]
WAYS: list[Way] = [
    by_socket,
    by_socket_connected_later,
    by_nonblocking_socket,
    by_asyncio,
    by_http_client,
    by_httpx,
    by_async_httpx,
    by_requests,
    by_urllib3,
    by_aiohttp,
]
every_way = pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)


@every_way
def test_right_key_is_let_through(context: AttestedSSLContext, good: Server, way: Way) -> None:
    assert way(context, good.port).endswith(b"ok")
    assert b"secret" in good.received


@every_way
def test_other_key_receives_nothing(context: AttestedSSLContext, evil: Server, way: Way) -> None:
    with pytest.raises(Exception) as raised:  # noqa: PT011 - each library has its own
        way(context, evil.port)
    error = cupel.find_error(raised.value)
    assert isinstance(error, PinError)
    assert error.code == "pin_mismatch"
    assert evil.application_bytes == 0
    assert evil.requests == []


@every_way
def test_after_the_pin_has_expired_nothing_is_sent(
    kind: str, authority: WebAuthority, identity: Identity, good: Server, way: Way
) -> None:
    pin = svc.pin_for(kind, authority, identity)
    assert pin.valid_until is not None
    end = int(pin.valid_until.timestamp())
    with pytest.raises(Exception) as raised:  # noqa: PT011 - each library has its own
        way(AttestedSSLContext(pin, clock=lambda: end + 1), good.port)
    error = cupel.find_error(raised.value)
    assert isinstance(error, PinError)
    assert error.code == "expired"
    assert good.application_bytes == 0


@every_way
def test_hostile_environment_changes_nothing(
    context: AttestedSSLContext,
    evil: Server,
    other_authority: WebAuthority,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    way: Way,
) -> None:
    bundle = tmp_path / "evil.pem"
    bundle.write_text(other_authority.pem)
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, str(bundle))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    monkeypatch.setenv("PYTHONHTTPSVERIFY", "0")
    with pytest.raises(Exception):  # noqa: B017, PT011 - each library has its own
        way(context, evil.port)
    assert evil.application_bytes == 0


def test_settings_of_http_libraries_change_nothing(
    context: AttestedSSLContext, evil: Server, other_authority: WebAuthority
) -> None:
    context.verify_mode = ssl.CERT_NONE
    context.check_hostname = False
    context.load_verify_locations(cadata=other_authority.pem)
    context.load_default_certs()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    with pytest.raises(PinError):
        by_socket(context, evil.port)
    assert evil.application_bytes == 0


def test_requests_without_verification_is_pinned_all_the_same(
    context: AttestedSSLContext, good: Server, evil: Server
) -> None:
    requests = pytest.importorskip("requests")

    class Adapter(requests.adapters.HTTPAdapter):  # type: ignore[misc, name-defined]
        def init_poolmanager(self, *args: object, **kwargs: object) -> None:
            super().init_poolmanager(*args, ssl_context=context, **kwargs)

    with requests.Session() as session:
        session.mount("https://", Adapter())
        assert session.post(good.url, data=b"secret", verify=False, timeout=10).ok
        with pytest.raises(requests.exceptions.SSLError):
            session.post(evil.url, data=b"secret", verify=False, timeout=10)
    assert evil.application_bytes == 0


def test_writing_before_the_handshake_is_refused(
    context: AttestedSSLContext, evil: Server, good: Server
) -> None:
    for server in (evil, good):
        with (
            socket.create_connection(("127.0.0.1", server.port), timeout=10) as raw,
            context.wrap_socket(
                raw, server_hostname="localhost", do_handshake_on_connect=False
            ) as tls,
        ):
            for write in (
                lambda: tls.send(b"secret"),
                lambda: tls.sendall(b"secret"),
                lambda: tls.write(b"secret"),
                lambda: tls.sendto(b"secret", ("127.0.0.1", 9)),
                lambda: tls.read(1),
                lambda: tls.recv(1),
                lambda: tls.recv_into(bytearray(1)),
            ):
                with pytest.raises(SessionError):
                    write()
        assert server.application_bytes == 0


def test_writing_after_a_failed_check_is_refused(context: AttestedSSLContext, evil: Server) -> None:
    with socket.create_connection(("127.0.0.1", evil.port), timeout=10) as raw:
        tls = context.wrap_socket(raw, server_hostname="localhost", do_handshake_on_connect=False)
        with tls:
            with pytest.raises(PinError):
                tls.do_handshake()
            with pytest.raises(SessionError):
                tls.sendall(b"secret")
    assert evil.application_bytes == 0


def test_writing_after_tls_has_ended_is_refused(kind: str, authority: WebAuthority) -> None:
    identity = authority.leaf()
    pin = svc.pin_for(kind, authority, identity)
    context = AttestedSSLContext(pin, clock=lambda: svc.NOW)
    with (
        Server(identity, lambda _request: Reply(b"bye", close=True)) as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=10) as raw,
        context.wrap_socket(raw, server_hostname="localhost") as tls,
    ):
        tls.sendall(REQUEST)
        assert tls.recv(10) == b"bye"
        plain = tls.unwrap()
        with pytest.raises(SessionError):
            tls.sendall(b"secret")
        assert b"secret" not in server.received.removeprefix(REQUEST)
        plain.close()


def test_memory_bio_is_refused_before_and_checked_after(context: AttestedSSLContext) -> None:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    assert isinstance(tls, AttestedSSLObject)
    for access in (lambda: tls.write(b"secret"), lambda: tls.read(1)):
        with pytest.raises(SessionError):
            access()
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    with pytest.raises(SessionError):
        tls.write(b"secret")


def test_sessions_cannot_be_resumed(context: AttestedSSLContext, good: Server) -> None:
    plain = ssl.create_default_context()
    plain.check_hostname = False
    plain.verify_mode = ssl.CERT_NONE
    plain.maximum_version = ssl.TLSVersion.TLSv1_2
    with (
        socket.create_connection(("127.0.0.1", good.port), timeout=10) as raw,
        plain.wrap_socket(raw, server_hostname="localhost") as tls,
    ):
        session = tls.session
    assert session is not None
    with socket.create_connection(("127.0.0.1", good.port), timeout=10) as raw:
        with pytest.raises(SessionError):
            context.wrap_socket(raw, server_hostname="localhost", session=session)
        with context.wrap_socket(raw, server_hostname="localhost") as tls:
            assert isinstance(tls, AttestedSSLSocket)
            assert tls.session is None
            with pytest.raises(SessionError):
                tls.session = session
    with pytest.raises(SessionError):
        context.wrap_bio(
            ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="localhost", session=session
        )


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_no_connection_is_a_resumed_one(
    kind: str, authority: WebAuthority, identity: Identity, version: str
) -> None:
    pin = svc.pin_for(kind, authority, identity)
    only = getattr(ssl.TLSVersion, version)
    context = AttestedSSLContext(pin, clock=lambda: svc.NOW)
    with Server(identity, minimum_version=only, maximum_version=only) as server:
        for _ in range(4):
            assert by_http_client(context, server.port) == b"ok"
        assert server.handshakes == 4
        assert server.resumed == 0


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_old_tls_is_refused(kind: str, authority: WebAuthority, identity: Identity) -> None:
    context = AttestedSSLContext(svc.pin_for(kind, authority, identity), clock=lambda: svc.NOW)
    old = ssl.TLSVersion.TLSv1_1
    with Server(identity, minimum_version=old, maximum_version=old) as server:
        with pytest.raises(OSError):  # noqa: PT011 - ssl.SSLError, or a reset
            by_socket(context, server.port)
        assert server.application_bytes == 0


def test_root_ca_pin_wants_the_host_it_was_asked_for(authority: WebAuthority) -> None:
    tenant = authority.leaf("tenant.example")
    context = AttestedSSLContext(svc.pin_for("root_ca", authority, tenant), clock=lambda: svc.NOW)
    with Server(tenant) as server:
        with pytest.raises(PinError):
            by_socket(context, server.port)
        assert server.application_bytes == 0


def test_leaf_pins_want_exactly_this_leaf(authority: WebAuthority, identity: Identity) -> None:
    sibling = authority.leaf()  # of the same authority, for the same name
    for kind in ("spki_sha256", "certificate_sha256"):
        context = AttestedSSLContext(svc.pin_for(kind, authority, identity), clock=lambda: svc.NOW)
        with Server(sibling) as server:
            with pytest.raises(PinError):
                by_socket(context, server.port)
            assert server.application_bytes == 0


def test_cut_connection_is_no_end_of_file(
    kind: str, authority: WebAuthority, identity: Identity
) -> None:
    context = AttestedSSLContext(svc.pin_for(kind, authority, identity), clock=lambda: svc.NOW)
    with (
        Server(identity, lambda _request: Reply(b"half an ans", ragged=True)) as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=10) as raw,
        context.wrap_socket(raw, server_hostname="localhost", suppress_ragged_eofs=True) as tls,
    ):
        tls.sendall(REQUEST)
        assert tls.recv(11) == b"half an ans"
        with pytest.raises(ssl.SSLError):
            tls.recv(1)


def test_a_server_cannot_be_made_of_it(context: AttestedSSLContext) -> None:
    with socket.socket() as plain, pytest.raises(SessionError):
        context.wrap_socket(plain, server_side=True)
    with pytest.raises(SessionError):
        context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), True)
    with pytest.raises(SessionError):
        context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO())


def test_threads_share_a_context(context: AttestedSSLContext, good: Server, evil: Server) -> None:
    def once(number: int) -> bool:
        if number % 2:
            return by_http_client(context, good.port) == b"ok"
        try:
            by_http_client(context, evil.port)
        except PinError:
            return True
        return False

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(once, range(32)))
    assert evil.application_bytes == 0
    assert good.handshakes == 16


def test_repr_names_the_pin(context: AttestedSSLContext) -> None:
    assert context.pin.sha256.hex() in repr(context)
