"""The official openai client over the attested transport: whichever of 1, 2 and 3 is installed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cupel
import service as svc
from forge import policies
from servers import Reply, Server, WebAuthority, reply
from service import KEY, PROMPT, Service

openai = pytest.importorskip("openai")

from cupel.openai import AsyncOpenAI, OpenAI  # noqa: E402

MESSAGES: Any = [{"role": "user", "content": PROMPT}]


def options(service: Service, **changes: Any) -> dict[str, Any]:
    out = {**service.options(), "api_key": KEY, **changes}
    out.pop("freshness")
    return out


def chat(service: Service, **changes: Any) -> str:
    with OpenAI(**options(service, **changes)) as client:
        answer = client.chat.completions.create(model="m", messages=MESSAGES)
        return str(answer.choices[0].message.content)


def chat_stream(service: Service, **changes: Any) -> str:
    with OpenAI(**options(service, **changes)) as client:
        stream = client.chat.completions.create(model="m", messages=MESSAGES, stream=True)
        return "".join(piece.choices[0].delta.content or "" for piece in stream)


def copied_chat(service: Service, **changes: Any) -> str:
    with OpenAI(**options(service, **changes)) as client:
        copy = client.with_options(timeout=5).copy(default_headers={"X-Team": "a"})
        answer = copy.chat.completions.create(model="m", messages=MESSAGES)
        return str(answer.choices[0].message.content)


def raw_chat(service: Service, **changes: Any) -> str:
    with OpenAI(**options(service, **changes)) as client:
        raw = client.chat.completions.with_raw_response.create(model="m", messages=MESSAGES)
        return str(raw.parse().choices[0].message.content)


def async_chat(service: Service, **changes: Any) -> str:
    async def run() -> str:
        async with AsyncOpenAI(**options(service, **changes)) as client:
            copy = client.with_options(timeout=5)
            answer = await copy.chat.completions.create(model="m", messages=MESSAGES)
            return str(answer.choices[0].message.content)

    return asyncio.run(run())


def async_chat_stream(service: Service, **changes: Any) -> str:
    async def run() -> str:
        async with AsyncOpenAI(**options(service, **changes)) as client:
            stream = await client.chat.completions.create(model="m", messages=MESSAGES, stream=True)
            return "".join([piece.choices[0].delta.content or "" async for piece in stream])

    return asyncio.run(run())


Way = Callable[..., str]


@pytest.fixture(
    params=[chat, chat_stream, copied_chat, raw_chat, async_chat, async_chat_stream],
    ids=lambda way: way.__name__,
)
def send(request: pytest.FixtureRequest) -> Way:
    way: Way = request.param
    return way


def test_answer_arrives_through_the_attested_transport(service: Service, send: Way) -> None:
    assert send(service) == "A small cup."
    assert service.attestations == 1
    [request] = service.api.requests
    assert request.target == "/v1/chat/completions"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert KEY.encode() not in service.evidence.received


def test_other_key_receives_nothing(
    service: Service, other_authority: WebAuthority, send: Way
) -> None:
    service.api.identity = other_authority.leaf()
    with pytest.raises(cupel.PinError):
        send(service)
    assert service.api.application_bytes == 0
    assert service.attestations == 2


def test_key_swapped_after_attestation_receives_nothing(
    service: Service, other_authority: WebAuthority, send: Way
) -> None:
    def swap() -> None:
        service.api.identity = other_authority.leaf()

    service.on_attestation = swap
    with pytest.raises(cupel.PinError):
        send(service)
    assert service.api.application_bytes == 0


def test_rejected_service_receives_nothing(service: Service, send: Way) -> None:
    service.policy = svc.load(svc.root_ca_policy(require=policies.boot(pcr4=b"\x11" * 32)))
    with pytest.raises(cupel.RejectedError) as raised:
        send(service)
    assert raised.value.verdict is not None
    assert service.api.handshakes == 0
    assert service.attestations == 1


@pytest.mark.parametrize("status", ["302 Found", "307 Temporary", "308 Permanent"])
def test_redirects_are_not_followed(
    service: Service, plain_server: Server, send: Way, status: str
) -> None:
    service.api.handler = lambda _request: reply("", status, Location=plain_server.url + "/v1")
    with pytest.raises(cupel.SessionError) as raised:
        send(service)
    assert raised.value.where == "tls.redirect"
    assert plain_server.handshakes == plain_server.failed_handshakes == 0
    assert len(service.api.requests) == 1


def test_redirects_are_not_followed_even_on_request(service: Service, plain_server: Server) -> None:
    service.api.handler = lambda _request: reply("", "307 T", Location=plain_server.url + "/v1")
    with OpenAI(**options(service)) as client, pytest.raises(cupel.SessionError):
        client.post("/x", cast_to=object, body={}, options={"follow_redirects": True})
    assert plain_server.handshakes == plain_server.failed_handshakes == 0


def test_hostile_environment_leads_nowhere(
    service: Service,
    plain_server: Server,
    other_authority: WebAuthority,
    send: Way,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bundle = tmp_path / "evil.pem"
    bundle.write_text(other_authority.pem)
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, str(bundle))
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://localhost:{plain_server.port}")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("OPENAI_BASE_URL", plain_server.url)
    assert send(service) == "A small cup."
    assert plain_server.handshakes == plain_server.failed_handshakes == 0
    assert len(service.api.requests) == 1


ENVIRONMENT = {
    "OPENAI_API_KEY": "sk-of-the-environment",
    "OPENAI_ADMIN_KEY": "admin-of-the-environment",
    "OPENAI_ORG_ID": "org-of-the-environment",
    "OPENAI_PROJECT_ID": "project-of-the-environment",
    "OPENAI_WEBHOOK_SECRET": "webhook-of-the-environment",
    "OPENAI_CUSTOM_HEADERS": "Authorization: Bearer header-of-the-environment\n"
    "X-Evil: header-of-the-environment\nHost: evil.example",
}


def test_nothing_of_the_environment_leaves(
    service: Service, send: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    assert send(service) == "A small cup."
    [request] = service.api.requests
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["host"].startswith("localhost")
    for server in (service.api, service.evidence):
        assert b"of-the-environment" not in server.received
        assert b"evil.example" not in server.received


@pytest.mark.parametrize("client", [OpenAI, AsyncOpenAI])
def test_key_of_the_environment_is_not_taken(
    service: Service, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    for changes in ({}, {"admin_api_key": KEY}, {"organization": "mine"}):
        given = {**options(service), **changes}
        for without in ({**given, "api_key": None}, {k: given[k] for k in given if k != "api_key"}):
            with pytest.raises(cupel.CupelError) as raised:
                client(**without)
            assert (raised.value.code, raised.value.where) == ("invalid_argument", "api_key")
            assert "of-the-environment" not in str(raised.value)
    assert service.evidence.handshakes == service.api.handshakes == 0


@pytest.mark.parametrize("client", [OpenAI, AsyncOpenAI])
def test_clients_and_copies_hold_what_they_were_given(
    service: Service, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    bare = client(**options(service))
    for one in (bare, bare.copy(), bare.with_options(timeout=5)):
        assert (one.organization, one.project, one.api_key) == (None, None, KEY)
        assert "X-Evil" not in one.default_headers
    own = client(
        **options(service, organization="mine", project="ours", default_headers={"X-Team": "a"})
    )
    for one in (own, own.copy(), own.with_options(timeout=5)):
        assert (one.organization, one.project) == ("mine", "ours")
        assert one.default_headers["X-Team"] == "a"
    assert own.copy(organization="theirs", default_headers={"X-More": "b"}).organization == "theirs"
    merged = own.copy(default_headers={"X-More": "b"}).default_headers
    assert (merged["X-Team"], merged["X-More"]) == ("a", "b")


def test_key_may_be_made_when_it_is_needed(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", ENVIRONMENT["OPENAI_API_KEY"])
    if int(openai.__version__.split(".")[0]) < 2:
        pytest.skip("openai 1 takes functions for keys in some releases only")
    assert chat(service, api_key=lambda: KEY) == copied_chat(service, api_key=lambda: KEY)
    assert [one.headers["authorization"] for one in service.api.requests] == [f"Bearer {KEY}"] * 2


def test_absolute_urls_are_refused(service: Service, plain_server: Server) -> None:
    with OpenAI(**options(service)) as client, pytest.raises(cupel.SessionError):
        client.post(plain_server.url + "/v1/x", cast_to=object, body={"secret": PROMPT})
    assert plain_server.handshakes == plain_server.failed_handshakes == 0


def test_base_url_of_an_attribute_is_refused(service: Service, plain_server: Server) -> None:
    with OpenAI(**options(service)) as client:
        client.base_url = plain_server.url + "/v1"
        with pytest.raises(cupel.SessionError):
            client.chat.completions.create(model="m", messages=MESSAGES)
    assert plain_server.handshakes == plain_server.failed_handshakes == 0


@pytest.mark.parametrize(
    "option", ["http_client", "websocket_base_url", "provider", "workload_identity"]
)
def test_options_that_lead_past_the_transport_are_refused(service: Service, option: str) -> None:
    with pytest.raises(cupel.CupelError) as raised:
        OpenAI(**options(service, **{option: "x"}))
    assert raised.value.where == option
    with OpenAI(**options(service)) as client:
        for name in (option, "base_url"):
            with pytest.raises(cupel.CupelError):
                client.with_options(**{name: "x"})


def test_websockets_lead_nowhere(service: Service) -> None:
    with OpenAI(**options(service)) as client:
        assert str(client.websocket_base_url).endswith(".invalid")
        assert str(client.copy().websocket_base_url).endswith(".invalid")


def test_attestation_is_told(service: Service) -> None:
    with OpenAI(**options(service)) as client:
        assert client.attestation is None
        verdict = client.attest()
        assert client.attestation == verdict
        assert client.with_options().attestation == verdict
        assert KEY not in repr(client)

    async def run() -> None:
        async with AsyncOpenAI(**options(service)) as client:
            verdict = await client.attest()
            assert client.attestation == verdict

    asyncio.run(run())
    assert service.attestations == 2


def test_error_status_is_the_official_error(service: Service) -> None:
    service.api.handler = lambda _request: reply({"error": {"message": "no"}}, "401 No")
    with OpenAI(**options(service)) as client, pytest.raises(openai.AuthenticationError):
        client.chat.completions.create(model="m", messages=MESSAGES)


def test_cut_stream_is_an_error(service: Service) -> None:
    service.api.handler = lambda _request: svc.event_stream(*svc.chat_pieces("A "), end=False)
    with pytest.raises(Exception) as raised:  # noqa: PT011 - httpx's or httpx2's
        chat_stream(service)
    assert not isinstance(raised.value, AssertionError)


def test_plain_http_base_url_is_refused(service: Service) -> None:
    for url in ("http://localhost/v1", "", "localhost"):
        with pytest.raises(cupel.CupelError) as raised:
            OpenAI(**options(service, base_url=url))
        assert raised.value.where == "base_url"


def test_answer_without_length_is_refused(service: Service) -> None:
    service.api.handler = lambda _request: Reply(b"HTTP/1.1 200 OK\r\n\r\n{}", close=True)
    with pytest.raises(cupel.SessionError) as raised:
        chat(service)
    assert raised.value.where == "http.body"
