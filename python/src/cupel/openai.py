"""The official openai client over the attested transport.

    client = cupel.openai.OpenAI(
        base_url="https://llm.example/v1", policy="policy.json", api_key="sk-…"
    )
    client.chat.completions.create(model="…", messages=[…])

OpenAI and AsyncOpenAI are subclasses of the official classes (openai 1.100 and newer, 2, 3) and
take their options too. What is changed:

* every request goes through a transport that attests first, pins the key inside the handshake, and
  refuses any other origin, so that neither OPENAI_BASE_URL nor custom headers lead it elsewhere;
* redirects are not followed and the environment's proxies and CA files are not read;
* credentials come from the caller alone: what OPENAI_API_KEY, OPENAI_ADMIN_KEY, OPENAI_ORG_ID,
  OPENAI_PROJECT_ID, OPENAI_WEBHOOK_SECRET and OPENAI_CUSTOM_HEADERS hold was meant for another
  service, so api_key must be given and the others count as not set;
* websockets do not pass that transport, so they are refused;
* a CupelError is raised as itself, at once, instead of being retried and wrapped.

The official client's own retries (max_retries) stay: they send the request again to the same
attested server. Needs the extra `cupel[openai]`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal

import openai as _official

from cupel import _settings
from cupel._api import PathLike, PolicySources
from cupel._attestor import Attestor, OnVerdict
from cupel._core import Endorsements, Policy, TrustAnchors, Verdict
from cupel._transport import make_async_transport, make_transport
from cupel.errors import find_error
from cupel.tls import Clock

if not hasattr(_official.OpenAI, "_sleep_for_retry"):
    # Without this hook errors of ours would be retried and wrapped.
    raise ImportError("cupel.openai needs openai 1.100 or newer")

_NO_WEBSOCKETS = "wss://websockets-are-not-attested.invalid"
# Each would lead requests or credentials past the attested transport.
_NOT_FOR_CALLERS = (
    "http_client",
    "websocket_base_url",
    "workload_identity",
    "provider",
    "data_residency",
)
# What the official constructor fills in from the environment, where the caller gives nothing.
_FROM_ENVIRONMENT = ("admin_api_key", "organization", "project", "webhook_secret")


def _http_module() -> ModuleType:
    """The HTTP library that the installed openai is made for: httpx2 since 3.0, httpx before."""
    base = _official.DefaultHttpxClient.__mro__
    for kind in base:
        name = kind.__module__.split(".")[0]
        if name in ("httpx", "httpx2"):
            return sys.modules[name]
    raise ImportError("this version of openai uses an HTTP library that cupel does not know")


@dataclass(frozen=True)
class _Attested:
    """What a client and its copies share."""

    attestor: Attestor
    base_url: str
    http_client: Any


def _attested(
    base_url: str,
    policy: Policy | PolicySources,
    anchors: TrustAnchors | PathLike | None,
    make: Callable[[Attestor, ModuleType], Any],
    client_class: str,
    attest_options: dict[str, Any],
) -> _Attested:
    http = _http_module()
    origin, path = _settings.split_url(str(base_url), "base_url")
    attestor = _settings.make_attestor(
        origin, policy=policy, anchors=anchors, service="openai", **attest_options
    )
    url = origin + _settings.api_path(path)
    client = getattr(http, client_class)(
        base_url=url,
        transport=make(attestor, http),
        trust_env=False,
        follow_redirects=False,
        timeout=_official.DEFAULT_TIMEOUT,
    )
    return _Attested(attestor, url, client)


def _checked(options: dict[str, Any], shared: _Attested) -> dict[str, Any]:
    """The options for the official constructor."""
    for name in _NOT_FOR_CALLERS:
        if options.get(name) is not None:
            _settings.refuse(name, "would lead past the attested transport")
    return {
        **{name: value for name, value in options.items() if name not in _NOT_FOR_CALLERS},
        "base_url": shared.base_url,
        "http_client": shared.http_client,
        "websocket_base_url": _NO_WEBSOCKETS,
    }


def _checked_api_key(options: dict[str, Any]) -> None:
    """The official client would take OPENAI_API_KEY: another service's, so it must not leave."""
    if options.get("api_key") is None:
        _settings.refuse("api_key", "must be given; OPENAI_API_KEY is for another service")


def _forget_environment(client: Any, options: dict[str, Any]) -> None:
    """Leaves the client what its caller gave it, and nothing that was found in the environment."""
    if "_custom_headers" not in vars(client):
        raise ImportError("this version of openai keeps its headers where cupel does not know")
    client._custom_headers = dict(options.get("default_headers") or {})
    for name in _FROM_ENVIRONMENT:
        if name in vars(client):
            setattr(client, name, options.get(name))


def _copy_options(shared: _Attested, options: dict[str, Any]) -> dict[str, Any]:
    for name in (*_NOT_FOR_CALLERS, "base_url"):
        if name in options:
            _settings.refuse(name, "cannot be changed on an attested client")
    extra = dict(options.pop("_extra_kwargs", None) or {})
    return {**options, "_extra_kwargs": {**extra, "_shared": shared}}


def _raise_ours(error: BaseException | None) -> None:
    """Raises the CupelError behind the official client's error, if there is one."""
    found = find_error(error)
    if found is not None:
        raise found from None


_handled: ContextVar[BaseException | None] = ContextVar("cupel_handled_by_caller", default=None)


@contextmanager
def _request() -> Iterator[None]:
    """One request: remembers what its caller is handling, and raises errors of ours as themselves.

    Remembered, because a caller that fails over from one service to another calls from an `except`.
    """
    before = _handled.get()
    _handled.set(sys.exc_info()[1])
    try:
        yield
    except _official.OpenAIError as error:
        _raise_ours(error)
        raise
    finally:
        _handled.set(before)


def _reason_for_retry() -> BaseException | None:
    """What the official client is handling, unless that is what its caller is."""
    current = sys.exc_info()[1]
    return None if current is _handled.get() else current


class _Options:
    """What both classes share."""

    _shared: _Attested

    @property
    def attestation(self) -> Verdict | None:
        """The verdict in force; None before the first request and after it has expired."""
        grant = self._shared.attestor.peek()
        return None if grant is None else grant.verdict

    def __repr__(self) -> str:
        return f"<cupel.openai.{type(self).__name__} {self._shared.base_url}>"


class OpenAI(_Options, _official.OpenAI):
    """openai.OpenAI whose every request goes to an attested key.

    base_url, policy, anchors, attestation_url, evidence, endorsements, freshness, revocation,
    max_age, clock, on_verdict: as cupel.Client. attestation_timeout: seconds for fetching
    evidence. All else: as openai.OpenAI, but api_key must be given ("-" where the service wants
    none): no key, organization, project or header is taken from the environment.
    """

    def __init__(
        self,
        *,
        base_url: str = "",
        policy: Policy | PolicySources = (),
        anchors: TrustAnchors | PathLike | None = None,
        attestation_url: str | None = None,
        evidence: str = "document",
        endorsements: Endorsements | None = None,
        freshness: Literal["required", "if_supported"] = "if_supported",
        revocation: Literal["required", "if_available", "dangerous_ignored"] = "if_available",
        attestation_timeout: float = 20.0,
        max_age: float = 3600.0,
        clock: Clock | None = None,
        on_verdict: OnVerdict | None = None,
        _shared: _Attested | None = None,
        **options: Any,
    ) -> None:
        _checked_api_key(options)
        if _shared is not None:  # a copy: what it was made from has passed the checks below
            options = {k: v for k, v in options.items() if k not in _NOT_FOR_CALLERS}
        self._shared = _shared or _attested(
            base_url,
            policy,
            anchors,
            make_transport,
            "Client",
            {
                "attestation_url": attestation_url,
                "evidence": evidence,
                "endorsements": endorsements,
                "freshness": freshness,
                "revocation": revocation,
                "timeout": _settings.checked_timeout(attestation_timeout),
                "max_age": max_age,
                "clock": clock,
                "on_verdict": on_verdict,
            },
        )
        super().__init__(**_checked(options, self._shared))
        _forget_environment(self, options)

    def attest(self) -> Verdict:
        """As cupel.Client.attest()."""
        return self._shared.attestor.current().verdict

    def copy(self, **options: Any) -> OpenAI:
        """As openai.OpenAI.copy(), over the same attestation and connections."""
        return super().copy(**_copy_options(self._shared, options))

    with_options = copy

    def request(self, *args: Any, **kwargs: Any) -> Any:
        """As openai.OpenAI.request(); errors of ours are raised as themselves."""
        with _request():
            return super().request(*args, **kwargs)

    def _sleep_for_retry(self, **kwargs: Any) -> None:
        # Called before a retry, while its reason is being handled.
        _raise_ours(_reason_for_retry())
        super()._sleep_for_retry(**kwargs)


class AsyncOpenAI(_Options, _official.AsyncOpenAI):
    """openai.AsyncOpenAI whose every request goes to an attested key. Options: as OpenAI."""

    def __init__(
        self,
        *,
        base_url: str = "",
        policy: Policy | PolicySources = (),
        anchors: TrustAnchors | PathLike | None = None,
        attestation_url: str | None = None,
        evidence: str = "document",
        endorsements: Endorsements | None = None,
        freshness: Literal["required", "if_supported"] = "if_supported",
        revocation: Literal["required", "if_available", "dangerous_ignored"] = "if_available",
        attestation_timeout: float = 20.0,
        max_age: float = 3600.0,
        clock: Clock | None = None,
        on_verdict: OnVerdict | None = None,
        _shared: _Attested | None = None,
        **options: Any,
    ) -> None:
        _checked_api_key(options)
        if _shared is not None:  # a copy: what it was made from has passed the checks below
            options = {k: v for k, v in options.items() if k not in _NOT_FOR_CALLERS}
        self._shared = _shared or _attested(
            base_url,
            policy,
            anchors,
            make_async_transport,
            "AsyncClient",
            {
                "attestation_url": attestation_url,
                "evidence": evidence,
                "endorsements": endorsements,
                "freshness": freshness,
                "revocation": revocation,
                "timeout": _settings.checked_timeout(attestation_timeout),
                "max_age": max_age,
                "clock": clock,
                "on_verdict": on_verdict,
            },
        )
        super().__init__(**_checked(options, self._shared))
        _forget_environment(self, options)

    async def attest(self) -> Verdict:
        """As cupel.AsyncClient.attest()."""
        grant = await self._shared.http_client._transport.grant()
        verdict: Verdict = grant.verdict
        return verdict

    def copy(self, **options: Any) -> AsyncOpenAI:
        """As openai.AsyncOpenAI.copy(), over the same attestation and connections."""
        return super().copy(**_copy_options(self._shared, options))

    with_options = copy

    async def request(self, *args: Any, **kwargs: Any) -> Any:
        """As openai.AsyncOpenAI.request(); errors of ours are raised as themselves."""
        with _request():
            return await super().request(*args, **kwargs)

    async def _sleep_for_retry(self, **kwargs: Any) -> None:
        # Called before a retry, while its reason is being handled.
        _raise_ours(_reason_for_retry())
        await super()._sleep_for_retry(**kwargs)
