"""Client and AsyncClient: completions from a service that has shown what it is.

    with cupel.Client("https://llm.example", policy="policy.json") as client:
        reply = client.chat.completions.create(model="m", messages=[…])
        for piece in client.completions.create(model="m", prompt="…", stream=True): …

Construction stores and reads the policy file; the first request attests. Every connection is pinned
inside its TLS handshake. When the server's key has changed the client attests again, once, and
sends the request then: not a byte of it had left.

Other retries are few, on purpose. A TCP connection that could not be made is tried again, up to
`max_retries` times. An answer 429 or 503 with Retry-After is tried again only when the call says
`idempotent=True`. Nothing else is: a prompt may have arrived.

The environment (proxies, CA files, base URLs, keys) is not read.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import anyio
import httpx

from cupel import _answers, _settings
from cupel._api import PolicySources
from cupel._attestor import OnVerdict
from cupel._calls import Call, Settings, may_connect_again, retry_after
from cupel._closing import AsyncClosing, Closing
from cupel._core import Policy, Verdict
from cupel._options import (
    DEFAULT_MAX_AGE,
    DEFAULT_TIMEOUT,
    EvidenceProtocol,
    Freshness,
    Revocation,
)
from cupel._resources import AsyncChat, AsyncCompletions, Chat, Completions
from cupel._streaming import AsyncStream, Stream
from cupel._transport import (
    VERDICT_EXTENSION,
    as_session_error,
    make_async_transport,
    make_transport,
)
from cupel._trust import AnchorSource, EndorsementSource
from cupel.errors import StatusError
from cupel.tls import Clock

if TYPE_CHECKING:  # as in _closing.py
    from typing_extensions import Self

_MAX_ERROR_BYTES = 64 << 10


class _BaseClient:
    """What both clients share. Nothing here waits."""

    def __init__(
        self,
        base_url: str,
        policy: Policy | PolicySources,
        anchors: AnchorSource | None = None,
        *,
        api_key: str | None = None,
        attestation_url: str | None = None,
        service: Literal["openai", "blindllama"] = "openai",
        evidence: EvidenceProtocol = "document",
        endorsements: EndorsementSource | None = None,
        freshness: Freshness = "if_supported",
        revocation: Revocation = "if_available",
        timeout: float = DEFAULT_TIMEOUT,
        max_retries: int = 2,
        max_age: float = DEFAULT_MAX_AGE,
        default_headers: Mapping[str, str] | None = None,
        clock: Clock | None = None,
        on_verdict: OnVerdict | None = None,
    ) -> None:
        if service not in ("openai", "blindllama"):
            _settings.refuse("service", "not one of openai, blindllama")
        origin, path = _settings.split_url(base_url, "base_url")
        if service == "blindllama" and path:
            _settings.refuse("base_url", "the paths of this service are fixed")
        self._settings = Settings(
            path=_settings.api_path(path) if service == "openai" else path,
            service=service,
            timeout=_settings.checked_timeout(timeout),
            max_retries=_settings.checked_retries(max_retries),
            api_key=_settings.checked_key(api_key),
            headers=_settings.checked_headers(default_headers, "default_headers"),
        )
        self._origin = origin
        self._closed = False
        self._made_from: _BaseClient | None = None  # by with_options(); has the connections
        self._attestor = _settings.make_attestor(
            origin,
            policy=policy,
            anchors=anchors,
            attestation_url=attestation_url,
            service=service,
            evidence=evidence,
            endorsements=endorsements,
            freshness=freshness,
            revocation=revocation,
            timeout=timeout,
            max_age=max_age,
            clock=clock,
            on_verdict=on_verdict,
        )
        self._open()

    def _open(self) -> None:
        raise NotImplementedError

    @property
    def attestation(self) -> Verdict | None:
        """The verdict in force; None before the first request and after it has expired."""
        grant = self._attestor.peek()
        return None if grant is None else grant.verdict

    def _check_open(self) -> None:
        """Errors: invalid_argument at "client" when it, or what it was made from, is closed."""
        client: _BaseClient | None = self
        while client is not None:
            if client._closed:
                _settings.refuse("client", "the client is closed")
            client = client._made_from

    def _changed(self, *changes: Any) -> Self:
        """A client over the same attestation and connections, without its resources."""
        self._check_open()
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._settings = self._settings.changed(*changes)
        other._made_from = self
        return other

    def _request(self, http: Any, call: Call) -> httpx.Request:
        settings = self._settings
        headers = dict(settings.headers)
        if settings.api_key is not None:
            headers["Authorization"] = f"Bearer {settings.api_key}"
        headers["Accept"] = "text/event-stream" if call.stream else "application/json"
        headers["Content-Type"] = "application/json"
        request: httpx.Request = http.build_request(
            "POST", call.path, content=call.content(), headers=headers, timeout=settings.timeout
        )
        return request

    def __repr__(self) -> str:
        return f"<cupel.{type(self).__name__} {self._origin}>"


def _http_options(origin: str, transport: Any) -> dict[str, Any]:
    return {
        "base_url": origin,
        "transport": transport,
        "trust_env": False,
        "follow_redirects": False,
    }


class Client(_BaseClient, Closing):
    """A client whose every connection ends at an attested key. May be shared by threads.

    base_url: "https://host[:port][/path]"; without a path, /v1 for the openai service.
    policy: a Policy, or what load_policy() takes: a path, a list of paths, a dict.
    anchors: TrustAnchors, or a file of root certificates, or several; left out: the vendors'
        published roots of the families that the policy accepts. Keys of token issuers are trusted
        by load_anchors(issuer_keys={"https://…": "jwks.json"}).
    api_key: sent as a bearer token, to the attested key only.
    attestation_url: where evidence is served, when that is not at base_url.
    service: "openai" or "blindllama": the API of completions.
    evidence: how the service is asked for evidence, see evidence_protocols(); "document" is the
        service's own way.
    endorsements: what the evidence does not bring (intermediate certificates, CRLs, a vendor's
        collateral): Endorsements, a file, a folder of files, or several. They are not trusted.
    freshness: "required" refuses evidence without our nonce; "if_supported" says so in the verdict.
    revocation: "required" refuses evidence whose certificates no CRL speaks of; "if_available" says
        so in the verdict; "dangerous_ignored" looks at no CRL.
    timeout: seconds for each step (connecting, each read, each write); connecting takes 10 at most,
        and asking for evidence 20 at most, all in all.
    max_retries: how often a TCP connection that could not be made is tried again, and a request
        that was answered 429 or 503 with Retry-After, if the call says idempotent=True.
    max_age: seconds after which an attestation is made again, whatever its dates say.
    default_headers: sent with every request, to the attested key only.
    clock: gives seconds since 1970; left out: the system's.
    on_verdict: called with every verdict, accepted or not.

    Errors of every call: RejectedError (the policy says no), ParseError, VerifyError and
    CollateralError (the evidence), SessionError (connection and answer).
    """

    def _open(self) -> None:
        self._http = httpx.Client(
            **_http_options(self._origin, make_transport(self._attestor, httpx))
        )
        self.chat = Chat(self)
        self.completions = Completions(self)

    def attest(self) -> Verdict:
        """Attests now, unless an attestation is in force, and returns the verdict.

        Errors: as every call; RejectedError holds the verdict when the policy says no.
        """
        self._check_open()
        return self._attestor.current().verdict

    def with_options(
        self,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
        api_key: str | None = None,
        default_headers: Mapping[str, str] | None = None,
    ) -> Client:
        """A client with these options changed, over the same attestation and connections.

        Closing it ends it alone; closing this one ends both.
        Errors: invalid_argument, also of a client that is closed.
        """
        other = self._changed(timeout, max_retries, api_key, default_headers)
        other.chat = Chat(other)
        other.completions = Completions(other)
        return other

    def close(self) -> None:
        """Ends the client and those made from it by with_options().

        The connections are closed, unless it was itself made by with_options(): they belong to the
        client it was made from.
        """
        self._closed = True
        if self._made_from is None:
            self._http.close()

    def _perform(self, call: Call) -> Any:
        self._check_open()
        response = self._send(call)
        verdict: Verdict = response.extensions[VERDICT_EXTENSION]
        if call.stream:
            return Stream(
                response,
                lambda data: call.convert(data, verdict),
                has_end_mark=call.has_end_mark,
            )
        return call.convert(_answers.parsed(self._read(response)), verdict)

    def _send(self, call: Call) -> httpx.Response:
        retries = self._settings.max_retries
        for tried in range(retries + 1):
            request = self._request(self._http, call)
            try:
                response = self._http.send(request, stream=True)
            except Exception as error:
                if isinstance(error, RuntimeError):  # what httpx says when another thread closed it
                    self._check_open()
                if tried == retries or not may_connect_again(error):
                    raise as_session_error(error) from error
                time.sleep(min(0.5 * 2**tried, 8.0))
                continue
            if response.status_code == 200:
                return response
            wait = retry_after(call, response) if tried < retries else None
            if wait is None:
                raise StatusError(response.status_code, self._read(response)[:_MAX_ERROR_BYTES])
            response.close()
            time.sleep(wait)
        raise AssertionError("the last try returns or raises")

    @staticmethod
    def _read(response: httpx.Response) -> bytes:
        try:
            return response.read()
        except Exception as error:
            raise as_session_error(error) from error
        finally:
            response.close()


class AsyncClient(_BaseClient, AsyncClosing):
    """As Client, of the same options, with await. Runs on asyncio and trio.

    Attesting runs in a worker thread; it is the same code as everywhere.
    """

    def _open(self) -> None:
        self._transport = make_async_transport(self._attestor, httpx)
        self._http = httpx.AsyncClient(**_http_options(self._origin, self._transport))
        self.chat = AsyncChat(self)
        self.completions = AsyncCompletions(self)

    async def attest(self) -> Verdict:
        """Attests now, unless an attestation is in force, and returns the verdict.

        Errors: as every call; RejectedError holds the verdict when the policy says no.
        """
        self._check_open()
        grant = await self._transport.grant()
        verdict: Verdict = grant.verdict
        return verdict

    def with_options(
        self,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
        api_key: str | None = None,
        default_headers: Mapping[str, str] | None = None,
    ) -> AsyncClient:
        """A client with these options changed, over the same attestation and connections.

        Closing it ends it alone; closing this one ends both.
        Errors: invalid_argument, also of a client that is closed.
        """
        other = self._changed(timeout, max_retries, api_key, default_headers)
        other.chat = AsyncChat(other)
        other.completions = AsyncCompletions(other)
        return other

    async def aclose(self) -> None:
        """As Client.close()."""
        self._closed = True
        if self._made_from is None:
            await self._http.aclose()

    close = aclose

    async def _perform(self, call: Call) -> Any:
        self._check_open()
        response = await self._send(call)
        verdict: Verdict = response.extensions[VERDICT_EXTENSION]
        if call.stream:
            return AsyncStream(
                response,
                lambda data: call.convert(data, verdict),
                has_end_mark=call.has_end_mark,
            )
        return call.convert(_answers.parsed(await self._read(response)), verdict)

    async def _send(self, call: Call) -> httpx.Response:
        retries = self._settings.max_retries
        for tried in range(retries + 1):
            request = self._request(self._http, call)
            try:
                response = await self._http.send(request, stream=True)
            except Exception as error:
                if isinstance(error, RuntimeError):  # what httpx says when another thread closed it
                    self._check_open()
                if tried == retries or not may_connect_again(error):
                    raise as_session_error(error) from error
                await anyio.sleep(min(0.5 * 2**tried, 8.0))
                continue
            if response.status_code == 200:
                return response
            wait = retry_after(call, response) if tried < retries else None
            if wait is None:
                body = await self._read(response)
                raise StatusError(response.status_code, body[:_MAX_ERROR_BYTES])
            await response.aclose()
            await anyio.sleep(wait)
        raise AssertionError("the last try returns or raises")

    @staticmethod
    async def _read(response: httpx.Response) -> bytes:
        try:
            return await response.aread()
        except Exception as error:
            raise as_session_error(error) from error
        finally:
            await response.aclose()
