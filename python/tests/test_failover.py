"""Failing over from one service to another inside `except`.

The first service's error is then the context of everything that happens at the second. It must not
be taken for the second's: a pin failure would have the prompt sent again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import cupel
import service as svc
from forge import policies
from servers import Reply, Request, WebAuthority, reply
from service import KEY, PROMPT, Service

MESSAGES: Any = [{"role": "user", "content": PROMPT}]
SILENT = Reply(b"")  # reads the request, keeps the connection and never answers


@pytest.fixture
def second(authority: WebAuthority) -> Iterator[Service]:
    """The service that is called while the first's error is being handled."""
    with Service(authority) as running:
        yield running


@pytest.fixture
def pinned_away(service: Service, other_authority: WebAuthority) -> Service:
    """The first service: its API server has a key that nothing vouches for."""
    service.api.identity = other_authority.leaf()
    return service


@pytest.fixture
def rejected(service: Service) -> Service:
    """The first service: the policy says no."""
    service.policy = svc.load(svc.root_ca_policy(require=policies.boot(pcr4=b"\x11" * 32)))
    return service


Pair = Callable[[Service, Service, type[Exception]], None]


def by_client(first: Service, second: Service, error: type[Exception]) -> None:
    with first.client() as one, second.client(timeout=1.0) as other:
        try:
            one.chat.completions.create(model="m", messages=MESSAGES)
        except error:
            other.chat.completions.create(model="m", messages=MESSAGES)


def by_async_client(first: Service, second: Service, error: type[Exception]) -> None:
    async def run() -> None:
        async with first.async_client() as one, second.async_client(timeout=1.0) as other:
            try:
                await one.chat.completions.create(model="m", messages=MESSAGES)
            except error:
                await other.chat.completions.create(model="m", messages=MESSAGES)

    asyncio.run(run())


def by_stream(first: Service, second: Service, error: type[Exception]) -> None:
    with first.client() as one, second.client(timeout=1.0) as other:
        try:
            one.chat.completions.create(model="m", messages=MESSAGES)
        except error:
            list(other.chat.completions.create(model="m", messages=MESSAGES, stream=True))


@pytest.fixture(
    params=[by_client, by_async_client, by_stream], ids=lambda way: way.__name__.removeprefix("by_")
)
def fail_over(request: pytest.FixtureRequest) -> Pair:
    way: Pair = request.param
    return way


def test_timeout_within_a_pin_failure_sends_once(
    pinned_away: Service, second: Service, fail_over: Pair
) -> None:
    second.api.handler = lambda _request: SILENT
    with pytest.raises(cupel.SessionError) as raised:
        fail_over(pinned_away, second, cupel.PinError)
    assert not isinstance(raised.value, cupel.PinError)
    assert (raised.value.code, raised.value.where) == ("connection_failed", "http.timeout")
    assert second.api.received.count(PROMPT.encode()) == 1
    assert second.attestations == 1
    assert pinned_away.api.application_bytes == 0


def test_cut_answer_within_a_rejection_is_reported_as_itself(
    rejected: Service, second: Service, fail_over: Pair
) -> None:
    second.api.handler = lambda _request: Reply(b"HTTP/1.1 200 O", close=True)
    with pytest.raises(cupel.CupelError) as raised:
        fail_over(rejected, second, cupel.RejectedError)
    assert not isinstance(raised.value, cupel.RejectedError)
    assert (raised.value.code, raised.value.where) == ("bad_response", "http.body")
    assert second.api.received.count(PROMPT.encode()) == 1


def test_cut_body_within_a_rejection_is_reported_as_itself(
    rejected: Service, second: Service, fail_over: Pair
) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 99\r\n\r\n"
    second.api.handler = lambda _request: Reply(head + b"{", close=True)
    with pytest.raises(cupel.CupelError) as raised:
        fail_over(rejected, second, cupel.RejectedError)
    assert (raised.value.code, raised.value.where) == ("bad_response", "http.body")


def test_other_key_within_a_pin_failure_is_still_one(
    pinned_away: Service, second: Service, other_authority: WebAuthority, fail_over: Pair
) -> None:
    second.api.identity = other_authority.leaf()
    with pytest.raises(cupel.PinError):
        fail_over(pinned_away, second, cupel.PinError)
    assert second.attestations == 2
    assert second.api.application_bytes == 0


def test_pin_failure_while_the_body_is_made_sends_nothing_again(
    pinned_away: Service, second: Service
) -> None:
    """A body that asks another service: that service's pin failure is not this connection's."""
    bodies = 0
    with pinned_away.client() as other, second.client() as client:

        def body() -> Iterator[bytes]:
            nonlocal bodies
            bodies += 1
            yield PROMPT.encode()
            other.chat.completions.create(model="m", messages=MESSAGES)

        request = client._http.build_request("POST", "/v1/x", content=body())
        with pytest.raises(cupel.PinError):
            client._http._transport.handle_request(request)
    assert bodies == 1
    assert second.attestations == 1


def test_find_error_looks_at_causes_only() -> None:
    old, new = cupel.PinError("pin_mismatch"), cupel.SessionError("bad_response")

    def while_handling_old(cause: Exception | None) -> None:
        try:
            raise old
        except cupel.PinError:
            if cause is None:
                raise RuntimeError  # noqa: B904 - the context is what is tested
            raise RuntimeError from cause

    with pytest.raises(RuntimeError) as raised:
        while_handling_old(None)
    assert raised.value.__context__ is old
    assert cupel.find_error(raised.value) is None
    with pytest.raises(RuntimeError) as raised:
        while_handling_old(new)
    assert raised.value.__context__ is old
    assert cupel.find_error(raised.value) is new
    assert cupel.find_error(old) is old
    assert cupel.find_error(RuntimeError(new)) is new
    new.__cause__ = new
    assert cupel.find_error(new) is new
    assert cupel.find_error(None) is None


@pytest.mark.parametrize("name", ["localhost", "evil.example", ""])
def test_name_of_the_handshake_cannot_be_replaced(service: Service, name: str) -> None:
    with service.client() as client:
        request = client._http.build_request(
            "POST", "/v1/x", content=PROMPT, extensions={"sni_hostname": name}
        )
        with pytest.raises(cupel.SessionError) as raised:
            client._http.send(request)
    assert (raised.value.code, raised.value.where) == ("invalid_argument", "session.sni_hostname")
    assert service.api.handshakes == service.attestations == 0

    async def run() -> None:
        async with service.async_client() as client:
            request = client._http.build_request(
                "POST", "/v1/x", content=PROMPT, extensions={"sni_hostname": name}
            )
            await client._http.send(request)

    with pytest.raises(cupel.SessionError) as raised:
        asyncio.run(run())
    assert raised.value.where == "session.sni_hostname"
    assert service.api.handshakes == service.attestations == 0


# ---- the official openai client ---------------------------------------------------------------


def openai_options(service: Service, **changes: Any) -> dict[str, Any]:
    out = {**service.options(), "api_key": KEY, "max_retries": 1, **changes}
    out.pop("freshness")
    return out


def by_openai(first: Service, second: Service, error: type[Exception]) -> str:
    ours = pytest.importorskip("cupel.openai")
    with (
        ours.OpenAI(**openai_options(first)) as one,
        ours.OpenAI(**openai_options(second, timeout=1.0)) as other,
    ):
        try:
            one.chat.completions.create(model="m", messages=MESSAGES)
        except error:
            answer = other.chat.completions.create(model="m", messages=MESSAGES)
            return str(answer.choices[0].message.content)
    raise AssertionError("the first service answered")


def by_async_openai(first: Service, second: Service, error: type[Exception]) -> str:
    ours = pytest.importorskip("cupel.openai")

    async def run() -> str:
        async with (
            ours.AsyncOpenAI(**openai_options(first)) as one,
            ours.AsyncOpenAI(**openai_options(second, timeout=1.0)) as other,
        ):
            try:
                await one.chat.completions.create(model="m", messages=MESSAGES)
            except error:
                answer = await other.chat.completions.create(model="m", messages=MESSAGES)
                return str(answer.choices[0].message.content)
        raise AssertionError("the first service answered")

    return asyncio.run(run())


official = pytest.mark.parametrize("way", [by_openai, by_async_openai])


def once_then_good(first: Reply) -> Callable[[Request], Reply]:
    answers = iter([first])
    return lambda request: next(answers, None) or svc.answer(request)


@official
def test_openai_retry_of_a_busy_server_raises_nothing_old(
    rejected: Service, second: Service, way: Callable[..., str]
) -> None:
    busy = reply({"error": {"message": "busy"}}, "429 Busy", Retry_After="0", retry_after_ms="1")
    second.api.handler = once_then_good(busy)
    assert way(rejected, second, cupel.RejectedError) == "A small cup."
    assert len(second.api.requests) == 2


@official
def test_openai_timeouts_within_a_pin_failure_are_timeouts(
    pinned_away: Service, second: Service, way: Callable[..., str]
) -> None:
    official_client = pytest.importorskip("openai")
    second.api.handler = lambda _request: SILENT
    with pytest.raises(official_client.APITimeoutError):
        way(pinned_away, second, cupel.PinError)
    assert second.api.received.count(PROMPT.encode()) == 2  # max_retries is 1
    assert second.attestations == 1


@official
def test_openai_still_raises_ours_at_once(
    rejected: Service, second: Service, other_authority: WebAuthority, way: Callable[..., str]
) -> None:
    second.api.identity = other_authority.leaf()
    with pytest.raises(cupel.PinError):
        way(rejected, second, cupel.RejectedError)
    assert second.attestations == 2
    assert second.api.application_bytes == 0


# ---- on_verdict -------------------------------------------------------------------------------


def test_what_is_told_of_a_verdict_may_use_the_client(service: Service) -> None:
    told: list[str] = []
    clients: list[cupel.Client] = []

    def tell(_verdict: cupel.Verdict) -> None:
        answer = clients[0].chat.completions.create(model="m", messages=MESSAGES)
        told.append(str(answer.choices[0].message.content))

    with service.client(on_verdict=tell) as client:
        clients.append(client)
        client.chat.completions.create(model="m", messages=MESSAGES)
    assert told == ["A small cup."]
    assert service.attestations == 1
    assert len(service.api.requests) == 2


def test_lock_is_free_while_a_verdict_is_told(service: Service) -> None:
    free: list[bool] = []

    def tell(_verdict: cupel.Verdict) -> None:
        lock = clients[0]._attestor._lock
        free.append(lock.acquire(blocking=False))
        lock.release()

    clients: list[cupel.Client] = []
    with service.client(on_verdict=tell) as client:
        clients.append(client)
        client.attest()
    assert free == [True]


def test_error_of_what_is_told_ends_the_request_and_the_attestation(service: Service) -> None:
    def tell(_verdict: cupel.Verdict) -> None:
        raise RuntimeError("not this one")

    with service.client(on_verdict=tell) as client:
        for count in (1, 2):
            with pytest.raises(RuntimeError):
                client.attest()
            assert client.attestation is None
            assert service.attestations == count
    assert service.api.handshakes == 0


def test_rejected_verdict_is_told_before_it_is_raised(rejected: Service) -> None:
    told: list[cupel.Verdict] = []
    with rejected.client(on_verdict=told.append) as client, pytest.raises(cupel.RejectedError):
        client.attest()
    [verdict] = told
    assert verdict.accepted is None
