"""Transports for httpx and httpx2 whose every connection is pinned to the attested key.

Both transports do the same, one with await:

1. the request must go to the one origin that was attested, and say so in its Host header;
2. the attestation in force is taken, or made;
3. the request goes through a pool of connections that belongs to that attestation alone;
4. if the server shows another key, nothing has been sent: attest again, once, and try once more;
5. redirects, compressed bodies, bodies without a length and bodies beyond the limit are refused.

httpx 0.x and httpx2 have the same shape, so the module is a parameter and everything that comes
from it is Any.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from types import ModuleType
from typing import Any

import anyio.to_thread

from cupel._attestor import Attestor, Grant
from cupel._core import Verdict
from cupel.errors import CupelError, PinError, SessionError, causes, find_error
from cupel.tls import handshake_failures

VERDICT_EXTENSION = "cupel.verdict"
"""The key of the verdict in `response.extensions`."""

MAX_RESPONSE_BYTES = 64 << 20


class _Pool:
    """The connections made under one grant. Closed when it is retired and its last user is gone."""

    def __init__(self, grant: Grant, transport: Any) -> None:
        self.grant = grant
        self.transport = transport
        self.users = 0
        self.retired = False

    @property
    def to_close(self) -> bool:
        return self.retired and self.users == 0


class _Pools:
    """The pool of the newest grant. Callers close what acquire() and release() hand back."""

    def __init__(self, make: Callable[[Grant], Any]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._pool: _Pool | None = None

    def acquire(self, grant: Grant) -> tuple[_Pool, _Pool | None]:
        """The pool to use, and one to close."""
        with self._lock:
            old = self._pool
            if old is None or old.grant.number < grant.number:
                self._pool = _Pool(grant, self._make(grant))
            else:
                old = None
            pool = self._pool
            assert pool is not None
            pool.users += 1
            if old is not None:
                old.retired = True
            return pool, old if old is not None and old.to_close else None

    def release(self, pool: _Pool) -> _Pool | None:
        """Gives a pool back; returns it when it is to be closed."""
        with self._lock:
            pool.users -= 1
            return pool if pool.to_close else None

    def retire(self) -> _Pool | None:
        """Ends the current pool; returns it when it is to be closed."""
        with self._lock:
            pool, self._pool = self._pool, None
            if pool is None:
                return None
            pool.retired = True
            return pool if pool.to_close else None


def _raise_unless_other_key(error: Exception, failures: list[PinError]) -> None:
    """Goes on only if the handshake failed because the server has another key."""
    failure = _pin_failure(error, failures)
    if failure is None:
        raise error
    if failure.code != "pin_mismatch":
        raise failure from None


def _pin_failure(error: BaseException, failures: list[PinError]) -> PinError | None:
    """The failure of this attempt's own handshake that the error comes from, if there is one."""
    linked = {id(one) for one in causes(error)}
    return next((failure for failure in failures if id(failure) in linked), None)


def _refuse(where: str, detail: str, code: str = "bad_response", check: str = "") -> SessionError:
    return SessionError(code, where, detail=detail, check=check)


def _too_large() -> SessionError:
    return _refuse("http.body", "the answer is larger than allowed", "too_large")


class _Body:
    """Counts a body's bytes, and gives the pool back when it is closed."""

    def __init__(self, inner: Any, limit: int, done: Callable[[], Any]) -> None:
        self._inner = inner
        self._left = limit
        self._done: Callable[[], Any] | None = done

    def _counted(self, chunk: bytes) -> bytes:
        self._left -= len(chunk)
        if self._left < 0:
            raise _too_large()
        return chunk

    def _finish(self) -> Callable[[], Any] | None:
        done, self._done = self._done, None
        return done


class _SyncBody(_Body):
    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._inner:
            yield self._counted(chunk)

    def close(self) -> None:
        try:
            self._inner.close()
        finally:
            if done := self._finish():
                done()


class _AsyncBody(_Body):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._inner:
            yield self._counted(chunk)

    async def aclose(self) -> None:
        try:
            await self._inner.aclose()
        finally:
            if done := self._finish():
                await done()


class _Base:
    """What both transports share. Nothing here waits."""

    def __init__(
        self,
        attestor: Attestor,
        http: ModuleType,
        transport_class: Any,
        body_class: Any,
        max_response_bytes: int,
    ) -> None:
        self.attestor = attestor
        self._http: Any = http
        self._origin = http.URL(attestor.options.api_url)
        self._transport_class = transport_class
        self._body_class = body_class
        self._max_response_bytes = max_response_bytes
        self._pools = _Pools(self._make_transport)

    @property
    def verdict(self) -> Verdict | None:
        """The verdict in force, if there is one."""
        grant = self.attestor.peek()
        return None if grant is None else grant.verdict

    def _make_transport(self, grant: Grant) -> Any:
        return self._transport_class(
            verify=grant.context, http1=True, http2=False, trust_env=False, retries=0
        )

    def _admit(self, request: Any) -> None:
        """Refuses what would leave for anywhere but the attested origin."""
        url, origin = request.url, self._origin
        here = (url.scheme, url.host, url.port or 443)
        if here != (origin.scheme, origin.host, origin.port or 443) or url.userinfo:
            raise _refuse("session.origin", "not the attested origin", "invalid_argument")
        expected = origin.netloc.decode("ascii").lower().removesuffix(":443")
        hosts = request.headers.get_list("host")
        if [host.lower().removesuffix(":443") for host in hosts] != [expected]:
            raise _refuse("session.host", "the Host header names another", "invalid_argument")
        # It would replace the name that the certificate is compared with.
        if "sni_hostname" in request.extensions:
            raise _refuse("session.sni_hostname", "the host's name is fixed", "invalid_argument")
        request.headers["accept-encoding"] = "identity"

    def _complaint(self, request: Any, response: Any) -> SessionError | None:
        """What is wrong with a response's head, if anything."""
        headers = response.headers
        if 300 <= response.status_code < 400 and "location" in headers:
            detail = f"status {response.status_code}: not followed"
            return _refuse("tls.redirect", detail, check="tls-08")
        if headers.get("content-encoding", "identity").strip().lower() != "identity":
            return _refuse("http.body", "a compressed answer was not asked for")
        bodyless = request.method == "HEAD" or response.status_code in (204, 304)
        if bodyless or "transfer-encoding" in headers:
            return None
        if "content-length" not in headers:
            return _refuse("http.body", "the end of the answer could not be told from a cut")
        length = headers["content-length"]
        if not length.isdecimal() or int(length) > self._max_response_bytes:
            return _too_large()
        return None

    def _answer(self, response: Any, pool: _Pool, done: Callable[[], Any]) -> Any:
        return self._http.Response(
            response.status_code,
            headers=response.headers,
            stream=self._body_class(response.stream, self._max_response_bytes, done),
            extensions={**response.extensions, VERDICT_EXTENSION: pool.grant.verdict},
        )


class _SyncTransport(_Base):
    def handle_request(self, request: Any) -> Any:
        """Sends one request. Errors: CupelError, and those of the HTTP library."""
        self._admit(request)
        grant = self.attestor.current()
        with handshake_failures() as failures:
            try:
                return self._attempt(grant, request)
            except Exception as error:
                _raise_unless_other_key(error, failures)
        # The handshake failed, so not a byte of the request has left.
        grant = self.attestor.renew(grant)
        with handshake_failures() as failures:
            try:
                return self._attempt(grant, request)
            except Exception as error:
                mismatch = _pin_failure(error, failures)
                if mismatch is None or mismatch is error:
                    raise
                raise mismatch from None

    def _attempt(self, grant: Grant, request: Any) -> Any:
        pool, old = self._pools.acquire(grant)
        if old is not None:
            old.transport.close()
        try:
            response = pool.transport.handle_request(request)
            complaint = self._complaint(request, response)
            if complaint is not None:
                response.close()
                raise complaint
        except BaseException:
            self._release(pool)
            raise
        return self._answer(response, pool, lambda: self._release(pool))

    def _release(self, pool: _Pool) -> None:
        if ended := self._pools.release(pool):
            ended.transport.close()

    def close(self) -> None:
        """Closes idle connections; those in use are closed when their response is."""
        if ended := self._pools.retire():
            ended.transport.close()


class _AsyncTransport(_Base):
    async def handle_async_request(self, request: Any) -> Any:
        """Sends one request. Errors: CupelError, and those of the HTTP library."""
        self._admit(request)
        grant = await self.grant()
        with handshake_failures() as failures:
            try:
                return await self._attempt(grant, request)
            except Exception as error:
                _raise_unless_other_key(error, failures)
        # The handshake failed, so not a byte of the request has left.
        grant = await self.grant(stale=grant)
        with handshake_failures() as failures:
            try:
                return await self._attempt(grant, request)
            except Exception as error:
                mismatch = _pin_failure(error, failures)
                if mismatch is None or mismatch is error:
                    raise
                raise mismatch from None

    async def grant(self, stale: Grant | None = None) -> Grant:
        """The grant in force, or one newer than `stale`; attests in a thread."""
        if stale is not None:
            return await anyio.to_thread.run_sync(self.attestor.renew, stale)
        grant = self.attestor.peek()
        if grant is None:
            grant = await anyio.to_thread.run_sync(self.attestor.current)
        return grant

    async def _attempt(self, grant: Grant, request: Any) -> Any:
        pool, old = self._pools.acquire(grant)
        try:
            if old is not None:
                await old.transport.aclose()
            response = await pool.transport.handle_async_request(request)
            complaint = self._complaint(request, response)
            if complaint is not None:
                await response.aclose()
                raise complaint
        except BaseException:
            await self._release(pool)
            raise

        async def done() -> None:
            await self._release(pool)

        return self._answer(response, pool, done)

    async def _release(self, pool: _Pool) -> None:
        if ended := self._pools.release(pool):
            await ended.transport.aclose()

    async def aclose(self) -> None:
        """Closes idle connections; those in use are closed when their response is."""
        if ended := self._pools.retire():
            await ended.transport.aclose()


def make_transport(
    attestor: Attestor, http: ModuleType, *, max_response_bytes: int = MAX_RESPONSE_BYTES
) -> Any:
    """A BaseTransport of `http` (httpx or httpx2)."""
    body = type("AttestedBody", (_SyncBody, http.SyncByteStream), {})
    transport = type("AttestedTransport", (_SyncTransport, http.BaseTransport), {})
    return transport(attestor, http, http.HTTPTransport, body, max_response_bytes)


def make_async_transport(
    attestor: Attestor, http: ModuleType, *, max_response_bytes: int = MAX_RESPONSE_BYTES
) -> Any:
    """An AsyncBaseTransport of `http` (httpx or httpx2)."""
    body = type("AsyncAttestedBody", (_AsyncBody, http.AsyncByteStream), {})
    transport = type("AsyncAttestedTransport", (_AsyncTransport, http.AsyncBaseTransport), {})
    return transport(attestor, http, http.AsyncHTTPTransport, body, max_response_bytes)


def as_session_error(error: Exception) -> CupelError:
    """An HTTP library's error as ours. Its text is left out: it may quote what was sent."""
    found = find_error(error)
    if found is not None:
        return found
    name = type(error).__name__
    if name in ("RemoteProtocolError", "DecodingError", "ReadError"):
        return _refuse("http.body", f"the answer was cut short or is not HTTP ({name})")
    where = "http.timeout" if name in ("ReadTimeout", "WriteTimeout") else "http.connect"
    return _refuse(where, name, "connection_failed")
