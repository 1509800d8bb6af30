"""Client, AsyncClient and completion against real TLS servers with forged evidence.

`send` is one call in one of six ways (sync or async; chat, completion, stream): whatever is refused
must be refused in all of them, with the API server's count of bytes to prove it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import anyio
import pytest

import cupel
import service as svc
from forge import ca, policies
from servers import Reply, Server, WebAuthority, reply
from service import KEY, PROMPT, Service

MESSAGES = [{"role": "user", "content": PROMPT}]

# ---- six ways to send a prompt ----------------------------------------------------------------


def chat(service: Service, **options: Any) -> str:
    with service.client(**options) as client:
        answer = client.chat.completions.create(model="m", messages=MESSAGES)
        return str(answer.choices[0].message.content)


def text(service: Service, **options: Any) -> str:
    with service.client(**options) as client:
        return client.completions.create(model="m", prompt=PROMPT).choices[0].text


def chat_stream(service: Service, **options: Any) -> str:
    with (
        service.client(**options) as client,
        client.chat.completions.create(model="m", messages=MESSAGES, stream=True) as stream,
    ):
        return "".join(piece.choices[0].delta.content or "" for piece in stream)


def async_chat(service: Service, **options: Any) -> str:
    async def run() -> str:
        async with service.async_client(**options) as client:
            answer = await client.chat.completions.create(model="m", messages=MESSAGES)
            return str(answer.choices[0].message.content)

    return asyncio.run(run())


def async_chat_stream(service: Service, **options: Any) -> str:
    async def run() -> str:
        async with service.async_client(**options) as client:
            stream = await client.chat.completions.create(model="m", messages=MESSAGES, stream=True)
            return "".join([piece.choices[0].delta.content or "" async for piece in stream])

    return asyncio.run(run())


def trio_text(service: Service, **options: Any) -> str:
    pytest.importorskip("trio")

    async def run() -> str:
        async with service.async_client(**options) as client:
            return (await client.completions.create(model="m", prompt=PROMPT)).choices[0].text

    return anyio.run(run, backend="trio")


Way = Callable[..., str]
WAYS: list[Way] = [chat, text, chat_stream, async_chat, async_chat_stream, trio_text]


@pytest.fixture(params=WAYS, ids=lambda way: way.__name__)
def send(request: pytest.FixtureRequest) -> Way:
    way: Way = request.param
    return way


def prompts(server: Server) -> int:
    """How many requests with the prompt arrived."""
    return sum(PROMPT.encode() in request.body for request in server.requests)


# ---- the good case ----------------------------------------------------------------------------


def test_answer_arrives_once_and_with_the_key(service: Service, send: Way) -> None:
    assert send(service) == "A small cup."
    assert service.attestations == 1
    assert prompts(service.api) == 1
    assert service.api.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert KEY.encode() not in service.evidence.received
    assert PROMPT.encode() not in service.evidence.received


def test_construction_asks_nobody(service: Service) -> None:
    with service.client() as client:
        assert client.attestation is None
    assert service.evidence.handshakes == service.api.handshakes == 0


def test_attest_on_demand_gives_the_verdict(service: Service) -> None:
    with service.client() as client:
        verdict = client.attest()
        assert verdict.accepted is not None
        assert client.attestation == verdict
        assert client.attest() == verdict
        answer = client.completions.create(model="m", prompt=PROMPT)
        assert answer.attestation == verdict
        with client.completions.create(model="m", prompt=PROMPT, stream=True) as stream:
            assert stream.attestation == verdict
    assert service.attestations == 1
    assert len(service.nonces[0]) == 32


def test_answers_are_objects(service: Service) -> None:
    with service.client() as client:
        answer = client.chat.completions.create(
            model="m", messages=MESSAGES, temperature=0.5, seed=7
        )
    assert answer.usage is not None
    assert answer.usage.total_tokens == 3
    assert answer.to_dict() == svc.chat_answer()
    assert answer.choices[0].finish_reason == "stop"
    with pytest.raises(AttributeError):
        _ = answer.nothing
    with pytest.raises(AttributeError):
        answer.id = "other"
    sent = service.api.requests[0].json
    assert (sent["temperature"], sent["seed"], sent["stream"]) == (0.5, 7, False)


def test_one_connection_serves_many_requests(service: Service) -> None:
    with service.client() as client:
        for _ in range(3):
            client.completions.create(model="m", prompt=PROMPT)
            "".join(
                p.choices[0].delta.content or ""
                for p in client.chat.completions.create(model="m", messages=MESSAGES, stream=True)
            )
    assert service.api.handshakes == 1
    assert service.attestations == 1


def test_options_can_be_changed_over_the_same_attestation(service: Service) -> None:
    with service.client() as client:
        client.completions.create(model="m", prompt=PROMPT)
        other = client.with_options(api_key="sk-other", default_headers={"X-Team": "a"})
        other.completions.create(model="m", prompt=PROMPT)
    first, second = service.api.requests
    assert first.headers["authorization"] == f"Bearer {KEY}"
    assert second.headers["authorization"] == "Bearer sk-other"
    assert second.headers["x-team"] == "a"
    assert service.attestations == service.api.handshakes == 1


def test_base_url_with_a_path_is_kept(service: Service) -> None:
    with service.client(base_url=service.api.url + "/tenants/7/v1/") as client:
        client.completions.create(model="m", prompt=PROMPT)
    assert service.api.requests[0].target == "/tenants/7/v1/completions"


def test_files_are_policies_and_anchors(service: Service, tmp_path: Path) -> None:
    (tmp_path / "policy.json").write_bytes(svc.root_ca_policy())
    (tmp_path / "root.pem").write_text(ca.root().pem)
    options = {"policy": tmp_path / "policy.json", "anchors": tmp_path / "root.pem"}
    assert text(service, **options) == "A small cup."


def test_threads_share_a_client(service: Service) -> None:
    with service.client() as client, ThreadPoolExecutor(8) as pool:
        answers = pool.map(
            lambda _: client.completions.create(model="m", prompt=PROMPT).choices[0].text,
            range(24),
        )
        assert set(answers) == {"A small cup."}
    assert service.attestations == 1
    assert prompts(service.api) == 24


# ---- the key ----------------------------------------------------------------------------------


def test_other_key_from_the_start_receives_nothing(
    service: Service, other_authority: WebAuthority, send: Way
) -> None:
    service.api.identity = other_authority.leaf()
    with pytest.raises(cupel.PinError) as raised:
        send(service)
    assert raised.value.code == "pin_mismatch"
    assert service.api.application_bytes == 0
    assert service.attestations == 2  # once, and once more with a new nonce; then an error
    assert service.nonces[0] != service.nonces[1]


def test_key_swapped_between_attestation_and_request_receives_nothing(
    service: Service, other_authority: WebAuthority, send: Way
) -> None:
    def swap() -> None:
        service.api.identity = other_authority.leaf()

    service.on_attestation = swap
    with pytest.raises(cupel.PinError):
        send(service)
    assert service.api.application_bytes == 0


def test_key_rotated_once_is_attested_again(
    service: Service, other_authority: WebAuthority
) -> None:
    with service.client() as client:
        client.completions.create(model="m", prompt=PROMPT)
        first = client.attestation
        service.measured = other_authority
        service.api.identity = other_authority.leaf()
        answer = client.with_options().completions.create(model="m", prompt=PROMPT + "!")
        # The connection of the old key is still good: it is the same, attested, server.
        assert service.attestations == 1
        client.close()
    with service.client() as client:
        service.measured = service.authority
        client.attest()
        service.measured = other_authority
        answer = client.completions.create(model="m", prompt=PROMPT)
        assert answer.attestation != first
    assert service.attestations == 3
    assert prompts(service.api) == 3


def test_key_rotated_each_time_is_an_error(service: Service, send: Way) -> None:
    def rotate() -> None:
        fresh = WebAuthority("Rotating CA")
        service.measured = fresh

    rotate()
    service.on_attestation = rotate
    with pytest.raises(cupel.PinError):
        send(service)
    assert service.attestations == 2
    assert service.api.application_bytes == 0


def test_rejected_service_receives_nothing(service: Service, send: Way) -> None:
    service.policy = svc.load(svc.root_ca_policy(require=policies.boot(pcr4=b"\x11" * 32)))
    with pytest.raises(cupel.RejectedError) as raised:
        send(service)
    assert raised.value.verdict is not None
    assert raised.value.verdict.accepted is None
    assert "tpm.pcr.sha256.4" in str(raised.value)
    assert service.api.handshakes == 0
    assert service.attestations == 1


def test_evidence_of_an_unknown_vendor_is_refused(service: Service, send: Way) -> None:
    with pytest.raises(cupel.VerifyError):
        send(service, anchors=cupel.vendor_anchors("tpm"))
    assert service.api.handshakes == 0


def test_policy_without_a_key_opens_no_session(service: Service, send: Way) -> None:
    service.policy = svc.load(svc.root_ca_policy(bind=None, replay=None, require=policies.boot()))
    with pytest.raises(cupel.PolicyError) as raised:
        send(service)
    assert raised.value.where == "policy.bind.tls_key"
    assert service.api.handshakes == 0


def test_static_evidence_is_refused_where_freshness_is_required(
    service: Service, send: Way
) -> None:
    document = svc.root_ca_evidence(service.authority)
    service.evidence.handler = lambda _request: reply(document)
    with pytest.raises(cupel.RejectedError):
        send(service)
    assert service.api.handshakes == 0


def test_static_evidence_is_said_to_be_stale(service: Service) -> None:
    document = svc.root_ca_evidence(service.authority)
    service.evidence.handler = lambda _request: reply(document)
    with service.client(freshness="if_supported") as client:
        verdict = client.attest()
        assert any("fresh" in words or "nonce" in words for words in verdict.not_proved)
        assert client.completions.create(model="m", prompt=PROMPT).choices[0].text


def test_attests_again_when_the_attestation_is_too_old(service: Service) -> None:
    now = [svc.NOW]
    with service.client(clock=lambda: now[0], max_age=60) as client:
        first = client.attest()
        now[0] += 59
        assert client.attest() is first
        now[0] += 1
        assert client.attest() is not first


@pytest.mark.parametrize("max_age", [0, -1, 0.5, float("inf"), float("nan"), 100_000])
def test_refuses_an_age_that_is_no_limit(service: Service, max_age: float) -> None:
    with pytest.raises(cupel.CupelError) as raised:
        service.client(max_age=max_age).attest()
    assert raised.value.code == "invalid_argument"
    assert raised.value.where in ("max_age", "session.max_age")


def test_expiry_attests_again_on_a_new_connection(service: Service) -> None:
    now = [svc.NOW]
    with service.client(clock=lambda: now[0]) as client:
        verdict = client.attest()
        client.completions.create(model="m", prompt=PROMPT)
        assert verdict.valid_until is not None
        now[0] = int(verdict.valid_until.timestamp())
        assert client.attestation is None
        with pytest.raises(cupel.CupelError):  # the evidence's certificates have ended as well
            client.completions.create(model="m", prompt=PROMPT)
        assert prompts(service.api) == 1
        now[0] = svc.NOW + 60
        client.completions.create(model="m", prompt=PROMPT)
    assert service.api.handshakes == 2
    assert service.attestations == 3


def test_clock_set_back_attests_again(service: Service) -> None:
    now = [svc.NOW]
    with service.client(clock=lambda: now[0]) as client:
        client.attest()
        now[0] -= 3600
        assert client.attestation is None
        client.completions.create(model="m", prompt=PROMPT)
    assert service.attestations == 2


# ---- the answer -------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
@pytest.mark.parametrize("target", ["same", "other host", "plain"])
def test_redirects_are_not_followed(
    service: Service, plain_server: Server, send: Way, status: str, target: str
) -> None:
    location = {
        "same": "/v1/elsewhere",
        "other host": plain_server.url + "/v1/completions",
        "plain": f"http://localhost:{plain_server.port}/",
    }[target]
    service.api.handler = lambda _request: reply("", status, Location=location)
    with pytest.raises(cupel.SessionError) as raised:
        send(service)
    assert raised.value.where == "tls.redirect"
    assert plain_server.handshakes == plain_server.failed_handshakes == 0
    assert len(service.api.requests) == 1


@pytest.mark.parametrize("status", ["400 Bad", "401 No", "429 Slow", "500 Oops", "503 Busy"])
def test_error_status_is_an_error_and_sent_once(service: Service, send: Way, status: str) -> None:
    body = {"error": {"message": f"bad prompt: {PROMPT} with key {KEY}"}}
    service.api.handler = lambda _request: reply(body, status, Retry_After="0")
    with pytest.raises(cupel.StatusError) as raised:
        send(service)
    assert raised.value.status_code == int(status[:3])
    assert json.loads(raised.value.body) == body
    for printed in (str(raised.value), repr(raised.value)):
        assert PROMPT not in printed
        assert KEY not in printed
    assert prompts(service.api) == 1


@pytest.mark.parametrize(
    "answer",
    [
        Reply(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"choices"', close=True),
        Reply(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"choices"', ragged=True),
        Reply(b"HTTP/1.1 200 OK\r\n", close=True),
        Reply(b"", close=True),
        Reply(b"nonsense\r\n\r\n", close=True),
        Reply(b'HTTP/1.1 200 OK\r\n\r\n{"choices":[]}', close=True),
        Reply(b'HTTP/1.1 200 OK\r\n\r\n{"choices":[]}', ragged=True),
        Reply(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            + svc.chunked(b"data: {", end=False),
            close=True,
        ),
        reply("not json", Content_Type="application/json"),
        reply("[]"),
        reply({"error": {"message": PROMPT}}),
        reply({"choices": 7}),
        reply(b"\x1f\x8b\x08", Content_Encoding="gzip"),
    ],
    ids=[
        "shorter than said",
        "shorter than said, cut",
        "half a head",
        "nothing",
        "not http",
        "length unknown",
        "length unknown, cut",
        "half a chunk",
        "not json",
        "not an object",
        "error with status 200",
        "choices no list",
        "compressed",
    ],
)
def test_bad_answers_are_session_errors_and_not_sent_again(
    service: Service, send: Way, answer: Reply
) -> None:
    service.api.handler = lambda _request: answer
    with pytest.raises(cupel.SessionError) as raised:
        send(service)
    assert PROMPT not in str(raised.value)
    assert prompts(service.api) == 1


@pytest.fixture
def small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    from cupel import _transport

    for make in (_transport.make_transport, _transport.make_async_transport):
        monkeypatch.setitem(make.__kwdefaults__ or {}, "max_response_bytes", 1000)


@pytest.mark.usefixtures("small_limit")
def test_oversized_answer_is_refused_by_its_length(service: Service, send: Way) -> None:
    service.api.handler = lambda _request: reply(svc.chat_answer("x" * 1000))
    with pytest.raises(cupel.SessionError) as raised:
        send(service)
    assert raised.value.code == "too_large"


@pytest.mark.usefixtures("small_limit")
@pytest.mark.parametrize("send", [chat, chat_stream, async_chat, async_chat_stream])
def test_oversized_answer_is_refused_while_it_arrives(service: Service, send: Way) -> None:
    pieces = svc.chat_pieces(*["x" * 100] * 20)
    service.api.handler = lambda _request: svc.event_stream(*pieces, "[DONE]")
    with pytest.raises(cupel.SessionError) as raised:
        send(service)
    assert raised.value.code == "too_large"


def test_slow_server_is_given_up(service: Service, send: Way) -> None:
    service.api.handler = lambda _request: Reply(b"HTTP/1.1 200 OK\r\n", pieces=(b"\r\n",), pause=3)
    began = time.monotonic()
    with pytest.raises(cupel.SessionError) as raised:
        send(service, timeout=0.5, max_retries=2)
    assert raised.value.code == "connection_failed"
    assert time.monotonic() - began < 3
    assert prompts(service.api) == 1


def test_nobody_listening_is_a_session_error(service: Service, send: Way) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(cupel.SessionError) as raised:
        send(service, base_url=f"https://localhost:{port}", max_retries=1)
    assert raised.value.code == "connection_failed"


def test_no_evidence_is_a_session_error(service: Service, send: Way) -> None:
    service.evidence.handler = lambda _request: reply("none", "404 Not Found")
    with pytest.raises(cupel.SessionError):
        send(service)
    assert service.api.handshakes == 0


def test_junk_for_evidence_is_a_parse_error(service: Service, send: Way) -> None:
    service.evidence.handler = lambda _request: reply("{}")
    with pytest.raises(cupel.ParseError):
        send(service)
    assert service.api.handshakes == 0


def test_busy_server_is_asked_again_only_when_the_call_allows_it(service: Service) -> None:
    answers = [reply("", "503 Busy", Retry_After="0"), reply(svc.text_answer())]
    service.api.handler = lambda _request: answers.pop(0)
    with service.client() as client:
        answer = client.completions.create(model="m", prompt=PROMPT, idempotent=True)
    assert answer.choices[0].text == "A small cup."
    assert prompts(service.api) == 2


@pytest.mark.parametrize("after", ["", "soon", "-1", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_busy_server_that_names_no_seconds_is_not_asked_again(service: Service, after: str) -> None:
    service.api.handler = lambda _request: reply("", "503 Busy", Retry_After=after)
    with service.client() as client, pytest.raises(cupel.StatusError):
        client.completions.create(model="m", prompt=PROMPT, idempotent=True)
    assert prompts(service.api) == 1


# ---- streams ----------------------------------------------------------------------------------

STREAMS = [chat_stream, async_chat_stream]


@pytest.mark.parametrize("send", STREAMS)
@pytest.mark.parametrize(
    "answer",
    [
        svc.event_stream(*svc.chat_pieces("A small "), end=True),
        svc.event_stream(*svc.chat_pieces("A small "), end=False),
        svc.event_stream(),
        svc.event_stream("{", "[DONE]"),
        svc.event_stream("[]", "[DONE]"),
        svc.event_stream('{"error": {"message": "the secret of the cupel"}}', "[DONE]"),
        svc.event_stream('{"choices": 7}', "[DONE]"),
        svc.event_stream("\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "[DONE]"),
        svc.event_stream("x" * (1 << 21), "[DONE]"),
        reply(svc.chat_answer()),
    ],
    ids=["no end mark", "cut", "empty", "bad json", "no object", "error", "no choices", "latin",
         "huge", "no stream"],
)  # fmt: skip
def test_broken_stream_is_an_error(service: Service, send: Way, answer: Reply) -> None:
    service.api.handler = lambda _request: answer
    with pytest.raises(cupel.SessionError) as raised:
        send(service)
    assert PROMPT not in str(raised.value)


def test_truncated_stream_gives_its_pieces_and_then_an_error(service: Service) -> None:
    service.api.handler = lambda _request: svc.event_stream(*svc.chat_pieces("A ", "small "))
    got: list[str | None] = []
    with (
        service.client() as client,
        client.chat.completions.create(model="m", messages=MESSAGES, stream=True) as stream,
        pytest.raises(cupel.SessionError) as raised,
    ):
        got.extend(piece.choices[0].delta.content for piece in stream)
    assert got == ["A ", "small "]
    assert raised.value.where == "sse.end"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_events_are_found_however_they_are_cut(size: int, newline: str) -> None:
    from cupel._streaming import EventReader

    text = (
        ": comment|event: message|id: 1|data: one||data:two|data: zwei ü||"
        "data||retry: 3||data: [DONE]||"
    )
    raw = text.replace("|", newline).encode() + b"\n"
    reader = EventReader()
    events = [
        event for at in range(0, len(raw), size) for event in reader.feed(raw[at : at + size])
    ]
    assert events == ["one", "two\nzwei ü", "", "[DONE]"]
    assert not reader.pending


def test_unfinished_event_is_pending() -> None:
    from cupel._streaming import EventReader

    reader = EventReader()
    assert list(reader.feed(b"data: half\n")) == []
    assert reader.pending


# ---- BlindLlama -------------------------------------------------------------------------------


def test_completion_has_blindllamas_shape(service: Service) -> None:
    answer = cupel.completion.create(
        model="llama", text_input=PROMPT, bad_words="a", stop_words="b", max_tokens=7,
        **service.options(),
    )  # fmt: skip
    assert answer == "A small cup."
    [request] = service.api.requests
    assert request.target == "/v2/models/ensemble/generate"
    assert request.json == {
        "text_input": PROMPT, "max_tokens": 7, "bad_words": "a", "stop_words": "b",
    }  # fmt: skip


def test_completion_takes_a_client(service: Service) -> None:
    with service.client(service="blindllama") as client:
        assert cupel.completion.create(text_input=PROMPT, client=client) == "A small cup."
        assert cupel.completion.create(text_input=PROMPT, client=client) == "A small cup."
        pieces = client.completions.create(model="", prompt=PROMPT, stream=True)
        assert [piece.choices[0].text for piece in pieces] == ["A ", "cup."]
    assert service.attestations == 1
    assert service.api.requests[0].json["max_tokens"] == 20


@pytest.mark.parametrize(
    ("arguments", "where"),
    [
        ({"text_input": ""}, "text_input"),
        ({"text_input": None}, "text_input"),
        ({"text_input": "x", "max_tokens": -1}, "max_tokens"),
        ({"text_input": "x", "max_tokens": True}, "max_tokens"),
        ({"text_input": "x", "max_tokens": 1.5}, "max_tokens"),
        ({"text_input": "x", "bad_words": None}, "bad_words"),
        ({"text_input": "x", "stop_words": 7}, "stop_words"),
    ],
)
def test_completion_checks_its_arguments_first(
    service: Service, arguments: dict[str, Any], where: str
) -> None:
    with pytest.raises(cupel.CupelError) as raised:
        cupel.completion.create(**arguments, **service.options())
    assert (raised.value.code, raised.value.where) == ("invalid_argument", where)
    assert service.evidence.handshakes == 0


def test_completion_wants_a_client_or_what_makes_one(service: Service) -> None:
    with pytest.raises(cupel.CupelError):
        cupel.completion.create(text_input="x")
    with service.client() as openai_client, pytest.raises(cupel.CupelError):
        cupel.completion.create(text_input="x", client=openai_client)
    with service.client(service="blindllama") as client:
        with pytest.raises(cupel.CupelError):
            cupel.completion.create(text_input="x", client=client, base_url="https://x.example")
        with pytest.raises(cupel.CupelError):
            client.chat.completions.create(model="m", messages=MESSAGES)
    assert service.evidence.handshakes == 0


def test_cut_blindllama_stream_is_an_error(service: Service) -> None:
    piece = json.dumps({"text_output": "A "})
    for answer in (svc.event_stream(piece, end=False), svc.event_stream()):
        service.api.handler = lambda _request, answer=answer: answer  # type: ignore[misc]
        with service.client(service="blindllama") as client, pytest.raises(cupel.SessionError):
            list(client.completions.create(model="", prompt=PROMPT, stream=True))


# ---- arguments and secrets --------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost",
        "localhost",
        "",
        "https://",
        "https://user@localhost",
        "https://localhost?x=1",
        "https://localhost#x",
        "https://localhost:0",
        "https://localhost:99999",
        "https://local host",
        "https://localhost/\n",
        "ftp://localhost",
        "HTTPX://localhost",
    ],
)
def test_only_plain_https_urls_are_taken(service: Service, url: str) -> None:
    for name in ("base_url", "attestation_url"):
        if url == "https://localhost?x=1" and name == "attestation_url":
            continue  # evidence may be behind a query
        with pytest.raises(cupel.CupelError) as raised:
            service.client(**{name: url})
        assert (raised.value.code, raised.value.where) == ("invalid_argument", name)


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"timeout": 0}, "timeout"),
        ({"timeout": -1}, "timeout"),
        ({"timeout": float("nan")}, "timeout"),
        ({"timeout": float("inf")}, "timeout"),
        ({"timeout": True}, "timeout"),
        ({"max_retries": -1}, "max_retries"),
        ({"max_retries": 1.5}, "max_retries"),
        ({"service": "abacus"}, "service"),
        ({"freshness": "maybe"}, "freshness"),
        ({"revocation": "maybe"}, "revocation"),
        ({"default_headers": {"Host": "other"}}, "default_headers"),
        ({"default_headers": {"X": "a\r\nHost: other"}}, "default_headers"),
        ({"default_headers": {"X Y": "a"}}, "default_headers"),
        ({"default_headers": {"Accept-Encoding": "gzip"}}, "default_headers"),
        ({"service": "blindllama", "base_url": "https://localhost/x"}, "base_url"),
    ],
)
def test_bad_options_are_refused_at_construction(
    service: Service, options: dict[str, Any], where: str
) -> None:
    with pytest.raises(cupel.CupelError) as raised:
        service.client(**options)
    assert (raised.value.code, raised.value.where) == ("invalid_argument", where)


@pytest.mark.parametrize("key", ["", "sk-secret\n", "sk secret\0", "sk-geheim-ü"])
def test_bad_keys_are_refused_and_not_repeated(service: Service, key: str) -> None:
    with pytest.raises(cupel.CupelError) as raised:
        cupel.Client(**service.options(api_key=key))
    assert raised.value.where == "api_key"
    assert "secret" not in str(raised.value)


def test_parameters_without_a_json_form_are_refused_and_not_repeated(service: Service) -> None:
    with service.client() as client:
        for wrong in (object(), float("nan"), {PROMPT}, "\ud800"):
            with pytest.raises(cupel.CupelError) as raised:
                client.completions.create(model="m", prompt=PROMPT, extra=wrong)
            assert raised.value.code == "invalid_argument"
            assert PROMPT not in str(raised.value)
    assert service.api.application_bytes == 0


def test_secrets_are_in_no_repr_and_no_log(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with service.client() as client:
        answer = client.chat.completions.create(model="m", messages=MESSAGES)
        shown = [client, client._attestor.options, client._settings, answer, client.attestation]
        for value in shown:
            for secret in (KEY, PROMPT, "A small cup."):
                assert secret not in repr(value)
    assert caplog.records
    for secret in (KEY, PROMPT, "A small cup."):
        assert secret not in caplog.text


@pytest.mark.parametrize(
    "name",
    ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "HTTP_PROXY", "all_proxy"],
)
def test_proxies_of_the_environment_see_nothing(
    service: Service, plain_server: Server, send: Way, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, f"http://localhost:{plain_server.port}")
    monkeypatch.setenv("NO_PROXY", "")
    assert send(service) == "A small cup."
    assert plain_server.handshakes == plain_server.failed_handshakes == 0


def test_ca_files_of_the_environment_change_nothing(
    service: Service,
    other_authority: WebAuthority,
    send: Way,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bundle = tmp_path / "evil.pem"
    bundle.write_text(other_authority.pem)
    log = tmp_path / "keys.log"
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, str(bundle))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    monkeypatch.setenv("SSLKEYLOGFILE", str(log))
    monkeypatch.setenv("OPENAI_BASE_URL", "https://evil.example")
    assert send(service) == "A small cup."
    assert not log.exists()
    service.api.identity = other_authority.leaf()
    received = service.api.application_bytes
    with pytest.raises(cupel.PinError):
        send(service)
    assert service.api.application_bytes == received


def test_every_verdict_is_told(service: Service, other_authority: WebAuthority) -> None:
    told: list[cupel.Verdict] = []
    with service.client(on_verdict=told.append) as client:
        client.attest()
    service.policy = cupel.Policy()
    with (
        service.client(on_verdict=told.append, policy=svc.load(
            svc.root_ca_policy(require=policies.boot(pcr4=b"\x11" * 32)))) as client,
        pytest.raises(cupel.RejectedError),
    ):  # fmt: skip
        client.attest()
    assert [verdict.accepted is not None for verdict in told] == [True, False]


def test_transport_sends_to_the_attested_origin_only(
    service: Service, plain_server: Server
) -> None:
    import httpx

    with service.client() as client:
        for url, headers in (
            (plain_server.url + "/x", {}),
            (f"http://localhost:{service.api.port}/x", {}),
            (f"https://127.0.0.1:{service.api.port}/x", {}),
            (service.api.url + "/x", {"Host": "other.example"}),
        ):
            with pytest.raises(cupel.SessionError) as raised:
                client._http.post(url, content=PROMPT, headers=headers)
            assert raised.value.code == "invalid_argument"
        with pytest.raises(cupel.SessionError):
            client._http.send(
                httpx.Request("GET", service.api.url, headers=[("Host", "a"), ("Host", "b")])
            )
    assert plain_server.handshakes == plain_server.failed_handshakes == 0
    assert service.api.handshakes == 0


def test_answers_on_a_retired_pool_still_arrive(
    service: Service, other_authority: WebAuthority
) -> None:
    now = [svc.NOW]
    with service.client(clock=lambda: now[0]) as client:
        stream = client.chat.completions.create(model="m", messages=MESSAGES, stream=True)
        first = next(iter(stream)).choices[0].delta.content
        now[0] -= 60  # a clock set back ends the attestation, not what is under way
        client.completions.create(model="m", prompt=PROMPT)
        rest = [piece.choices[0].delta.content for piece in stream]
    assert [first, *rest] == ["A small ", "cup."]
    assert service.api.handshakes == 2
