"""A real OpenAI-compatible server behind the service, played by a small one of the test's own."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from cupel.testing import AttestedService, ServiceError, recorded

from .conftest import Send, sender

CHAT = {"model": "big", "messages": [{"role": "user", "content": "hello"}], "seed": 7}
# Upstream tests are about answers: any evidence will do, and no machine has to boot.
NO_EVIDENCE = recorded({})


class _Upstream(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _UpstreamServer

    def do_GET(self) -> None:
        self._json(200, {"object": "list", "data": [{"id": "big"}, {"id": "small"}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.calls.append((self.path, body, self.headers.get("Authorization")))
        mood = self.server.mood
        if mood == "redirect":
            self.send_response(307)
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif mood == "refuses":
            self._json(429, {"error": {"message": "slow down", "type": "x", "code": None}})
        elif mood == "rubbish":
            self._bytes(200, "application/json", b"<html>")
        elif mood == "cut" or body.get("stream"):
            self._stream(body, cut=mood == "cut")
        else:
            chat = {"message": {"role": "assistant", "content": "from upstream"}}
            inner = chat if "messages" in body else {"text": "from upstream"}
            choice = {"index": 0, "finish_reason": "stop", **inner}
            self._json(200, {"id": "up-1", "model": body["model"], "choices": [choice]})

    def _stream(self, body: dict[str, Any], *, cut: bool) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        if cut:
            self.send_header("Content-Length", "100000")
        self.end_headers()
        for word in ("from", " up", "stream"):
            inner = {"delta": {"content": word}} if "messages" in body else {"text": word}
            event = json.dumps({"id": "up-2", "choices": [{"index": 0, **inner}]})
            self.wfile.write(f": comment\ndata: {event}\n\n".encode())
            self.wfile.flush()
        if not cut:
            self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True

    def _json(self, status: int, value: object) -> None:
        self._bytes(status, "application/json", json.dumps(value).encode())

    def _bytes(self, status: int, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


class _UpstreamServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Upstream)
        self.mood = "fine"
        self.calls: list[tuple[str, dict[str, Any], str | None]] = []


@pytest.fixture
def upstream() -> Iterator[_UpstreamServer]:
    """A running upstream server."""
    server = _UpstreamServer()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def ask(upstream: _UpstreamServer) -> Iterator[Send]:
    """Sends requests to an attested service in front of the upstream server."""
    url = f"http://127.0.0.1:{upstream.server_port}/v1"
    with AttestedService(upstream=url, evidence=NO_EVIDENCE) as service:
        yield sender(service)


def test_chat_goes_through_as_it_is(ask: Send, upstream: _UpstreamServer) -> None:
    reply = ask("/v1/chat/completions", CHAT, Authorization="Bearer token")
    assert reply.json["choices"][0]["message"]["content"] == "from upstream"
    assert upstream.calls == [("/v1/chat/completions", CHAT, "Bearer token")]


def test_stream_goes_through_event_by_event(ask: Send) -> None:
    *events, last = ask("/v1/chat/completions", {**CHAT, "stream": True}).events
    assert last == "[DONE]"
    words = [json.loads(event)["choices"][0]["delta"]["content"] for event in events]
    assert words == ["from", " up", "stream"]


def test_triton_is_translated(ask: Send, upstream: _UpstreamServer) -> None:
    body = {"text_input": "hello", "max_tokens": 5, "stop_words": "a, b"}
    reply = ask("/v2/models/ensemble/generate", body)
    assert reply.json["text_output"] == "from upstream"
    (call,) = upstream.calls
    assert call == (
        "/v1/completions",
        {"model": "big", "prompt": "hello", "max_tokens": 5, "stream": False, "stop": ["a", "b"]},
        None,
    )
    pieces = ask("/v2/models/ensemble/generate_stream", body).events
    assert [json.loads(piece)["text_output"] for piece in pieces] == ["from", " up", "stream"]


def test_bad_words_are_refused_rather_than_dropped(ask: Send, upstream: _UpstreamServer) -> None:
    reply = ask("/v2/models/ensemble/generate", {"text_input": "hello", "bad_words": "gold"})
    assert reply.status == 400
    assert upstream.calls == []


def test_models_are_the_upstreams(ask: Send) -> None:
    assert [model["id"] for model in ask("/v1/models").json["data"]] == ["big", "small"]


@pytest.mark.parametrize("stream", [False, True])
def test_upstreams_refusal_keeps_its_status(
    ask: Send, upstream: _UpstreamServer, stream: bool
) -> None:
    upstream.mood = "refuses"
    reply = ask("/v1/chat/completions", {**CHAT, "stream": stream})
    assert reply.status == 429
    assert reply.json["error"]["message"] == "slow down"


@pytest.mark.parametrize("stream", [False, True])
def test_redirect_is_not_followed(ask: Send, upstream: _UpstreamServer, stream: bool) -> None:
    upstream.mood = "redirect"
    assert ask("/v1/chat/completions", {**CHAT, "stream": stream}).status == 502
    assert [path for path, _, _ in upstream.calls] == ["/v1/chat/completions"]


def test_rubbish_from_upstream_is_a_502(ask: Send, upstream: _UpstreamServer) -> None:
    upstream.mood = "rubbish"
    assert ask("/v1/chat/completions", CHAT).status == 502
    assert ask("/v2/models/ensemble/generate", {"text_input": "hello"}).status == 502


def test_silent_upstream_is_a_502(upstream: _UpstreamServer) -> None:
    with AttestedService(upstream="http://127.0.0.1:9", evidence=NO_EVIDENCE) as service:
        reply = sender(service)("/v1/chat/completions", CHAT)
    assert reply.status == 502
    assert reply.json["error"]["type"] == "server_error"


def test_proxies_of_the_environment_are_not_used(
    upstream: _UpstreamServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    url = f"http://127.0.0.1:{upstream.server_port}"
    with AttestedService(upstream=url, evidence=NO_EVIDENCE) as service:
        assert sender(service)("/v1/chat/completions", CHAT).status == 200


@pytest.mark.parametrize(
    "url",
    [
        "http://llm.example/v1",
        "http://10.0.0.1:8000",
        "ftp://localhost",
        "localhost:8000",
        "https://",
        "https://user:word@llm.example",
        "https://llm.example/?key=1",
    ],
)
def test_upstream_urls_that_would_leak_or_mean_nothing_are_refused(url: str) -> None:
    with pytest.raises(ServiceError, match="upstream"):
        AttestedService(upstream=url)
