"""The completion protocols, their errors, and the counting of what arrives."""

from __future__ import annotations

import json
import socket
import ssl
import time

import pytest

from cupel.testing import AttestedService, WebAuthority, recorded
from cupel.testing.textmodel import Limits, TextModel

from .conftest import Send, connect, sender

CHAT = {"model": "m", "messages": [{"role": "user", "content": "What is a cupel?"}]}
COMPLETION = {"model": "m", "prompt": "What is a cupel?"}
TRITON = {"text_input": "What is a cupel?"}


def test_triton_answer_has_tritons_shape(send: Send) -> None:
    reply = send("/v2/models/ensemble/generate", {**TRITON, "bad_words": "", "stop_words": ""})
    assert reply.status == 200
    text = reply.json["text_output"]
    assert reply.json == {
        "model_name": "ensemble",
        "model_version": "1",
        "sequence_end": False,
        "sequence_id": 0,
        "sequence_start": False,
        "text_output": text,
    }
    assert text.startswith("A cupel is")


def test_triton_stream_is_the_same_answer_in_pieces(send: Send) -> None:
    whole = send("/v2/models/ensemble/generate", TRITON).json["text_output"]
    reply = send("/v2/models/ensemble/generate_stream", TRITON)
    assert reply.headers["Content-Type"].startswith("text/event-stream")
    pieces = [json.loads(event)["text_output"] for event in reply.events]
    assert len(pieces) == 20
    assert "".join(pieces) == whole


def test_chat_answer_has_openais_shape(send: Send) -> None:
    answer = send("/v1/chat/completions", CHAT).json
    assert answer["object"] == "chat.completion"
    assert answer["id"].startswith("chatcmpl-")
    (choice,) = answer["choices"]
    assert choice["message"]["role"] == "assistant"
    assert choice["message"]["content"].startswith("A cupel is")
    usage = answer["usage"]
    assert usage["prompt_tokens"] == 5
    assert usage["total_tokens"] == 5 + usage["completion_tokens"]
    assert send("/v1/chat/completions", CHAT).json["id"] != answer["id"]


def test_chat_stream_ends_with_done(send: Send) -> None:
    whole = send("/v1/chat/completions", {**CHAT, "max_tokens": 9}).json["choices"][0]
    body = {**CHAT, "max_tokens": 9, "stream": True, "stream_options": {"include_usage": True}}
    *events, last = send("/v1/chat/completions", body).events
    assert last == "[DONE]"
    *chunks, usage = map(json.loads, events)
    assert usage["choices"] == []
    assert usage["usage"]["completion_tokens"] == 9
    assert chunks[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    text = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)
    assert text == whole["message"]["content"]
    assert chunks[-1]["choices"][0]["finish_reason"] == whole["finish_reason"] == "length"
    assert len({chunk["id"] for chunk in chunks}) == 1


def test_completion_stream_and_whole_agree(send: Send) -> None:
    whole = send("/v1/completions", COMPLETION).json
    assert whole["object"] == "text_completion"
    *events, last = send("/v1/completions", {**COMPLETION, "stream": True}).events
    assert last == "[DONE]"
    assert (
        "".join(json.loads(event)["choices"][0]["text"] for event in events)
        == (whole["choices"][0]["text"])
    )


def test_models_are_listed(send: Send) -> None:
    assert [model["id"] for model in send("/v1/models").json["data"]] == ["cupel-demo-ngram"]


def test_parts_of_a_message_are_read(send: Send) -> None:
    parts = [{"type": "text", "text": "What is "}, {"type": "text", "text": "a cupel?"}]
    body = {"model": "m", "messages": [{"role": "user", "content": parts}]}
    same = send("/v1/chat/completions", CHAT).json["choices"]
    assert send("/v1/chat/completions", body).json["choices"] == same


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v2/models/ensemble/generate", b"", 400),
        ("/v2/models/ensemble/generate", b"[]", 400),
        ("/v2/models/ensemble/generate", b'{"text_input": "a", "text_input": "b"}', 400),
        ("/v2/models/ensemble/generate", b"[" * 100_000, 400),
        ("/v2/models/ensemble/generate", {"text_input": ""}, 400),
        ("/v2/models/ensemble/generate", {"text_input": 7}, 400),
        ("/v2/models/ensemble/generate", {**TRITON, "max_tokens": -1}, 400),
        ("/v2/models/ensemble/generate", {**TRITON, "max_tokens": True}, 400),
        ("/v2/models/ensemble/generate", {**TRITON, "max_tokens": 10**9}, 400),
        ("/v2/models/ensemble/generate", {**TRITON, "stop_words": 1}, 400),
        ("/v2/models/other/generate", TRITON, 404),
        ("/attestation.json", TRITON, 405),
        ("/nowhere", TRITON, 404),
        ("/v1/completions", b"{", 400),
        ("/v1/completions", b"\xff", 400),
        ("/v1/completions", {"prompt": "a"}, 400),
        ("/v1/completions", {**COMPLETION, "prompt": ["a", "b"]}, 400),
        ("/v1/completions", {**COMPLETION, "n": 2}, 400),
        ("/v1/completions", {**COMPLETION, "stop": ["a"] * 5}, 400),
        ("/v1/completions", {**COMPLETION, "stop": [1]}, 400),
        ("/v1/completions", {**COMPLETION, "stream": "yes"}, 400),
        ("/v1/completions", {**COMPLETION, "max_tokens": 0}, 400),
        ("/v1/chat/completions", {"model": "m"}, 400),
        ("/v1/chat/completions", {"model": "m", "messages": []}, 400),
        ("/v1/chat/completions", {"model": "m", "messages": ["hello"]}, 400),
        ("/v1/chat/completions", {"model": "m", "messages": [{"role": "user"}]}, 400),
        (
            "/v1/chat/completions",
            {"model": "m", "messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
            400,
        ),
        ("/v1/embeddings", COMPLETION, 404),
        ("/v1/models", COMPLETION, 405),
    ],
)
def test_errors_have_the_shape_of_their_api(
    send: Send, path: str, body: object, status: int
) -> None:
    reply = send(path, body)
    assert reply.status == status
    if path.startswith("/v1/"):
        assert set(reply.json["error"]) == {"message", "type", "param", "code"}
    else:
        assert isinstance(reply.json["error"], str)


def test_body_without_usable_length_is_refused(send: Send) -> None:
    path = "/v1/completions"
    assert send(path, method="POST", **{"Content-Length": "x"}).status == 411
    assert send(path, method="POST", **{"Transfer-Encoding": "chunked"}).status == 411
    assert send(path, method="POST", **{"Content-Length": str((1 << 20) + 1)}).status == 413
    assert send(path, method="POST", **{"Content-Length": "9" * 5000}).status == 413
    assert send("/attestation.json", b"x", method="GET").status == 400
    assert send(path, method="PUT").status == 501


def test_connection_is_kept_for_several_requests(service: AttestedService) -> None:
    connection = connect(service.base_url, service.web_authority.root_pem)
    for _ in range(3):
        connection.request("POST", "/v1/completions", json.dumps(COMPLETION))
        assert connection.getresponse().read().startswith(b'{"id": "cmpl-')
    connection.request("GET", "/attestation.json")
    assert connection.getresponse().read().startswith(b'{"cert_chain"')
    connection.close()
    assert service.handshakes == 1
    assert len(service.received) == 4


def test_everything_that_arrives_is_counted(service: AttestedService, send: Send) -> None:
    send("/attestation.json")
    send("/evidence.json?nonce=00")
    assert service.received == [("/attestation.json", 0), ("/evidence.json", 0)]
    assert service.application_bytes > 0
    assert service.prompt_bytes_received == 0
    assert not service.saw(b"cupel?")

    content = json.dumps(TRITON).encode()
    send("/v2/models/ensemble/generate", content)
    assert service.received[-1] == ("/v2/models/ensemble/generate", len(content))
    assert service.prompt_bytes_received > len(content)
    assert service.saw(b"What is a cupel?")

    service.reset_counts()
    send("/attestation.json")
    assert service.prompt_bytes_received == 0
    service.reset_counts()
    assert service.application_bytes == service.prompt_bytes_received == 0
    assert service.received == []
    assert not service.saw(b"What is a cupel?")


def test_bytes_that_are_no_request_count_as_prompt(service: AttestedService) -> None:
    context = ssl.create_default_context(cadata=service.web_authority.root_pem)
    port = int(service.base_url.rsplit(":", 1)[1])
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as tls,
    ):
        tls.sendall(b"the prompt without any HTTP\r\n")
        assert tls.recv(12) == b"HTTP/1.1 400"
    assert service.prompt_bytes_received == 29
    assert service.saw(b"the prompt")


def test_request_for_evidence_with_a_bad_query_counts_as_prompt(
    service: AttestedService, send: Send
) -> None:
    assert send("/attestation.json?nonce=my-secret-prompt").status == 400
    assert service.prompt_bytes_received == service.application_bytes > 0


def test_old_clients_get_plain_streams(service: AttestedService) -> None:
    context = ssl.create_default_context(cadata=service.web_authority.root_pem)
    port = int(service.base_url.rsplit(":", 1)[1])
    body = json.dumps({**CHAT, "stream": True, "max_tokens": 2}).encode()
    head = f"POST /v1/chat/completions HTTP/1.0\r\nContent-Length: {len(body)}\r\n\r\n"
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as tls,
    ):
        tls.sendall(head.encode() + body)
        received = b""
        while piece := tls.recv(4096):
            received += piece
    headers, _, content = received.partition(b"\r\n\r\n")
    assert b"chunked" not in headers
    assert content.startswith(b"data: {")
    assert content.endswith(b"data: [DONE]\n\n")


def test_handshake_that_the_client_ends_is_counted(service: AttestedService) -> None:
    connection = connect(service.base_url, WebAuthority().root_pem)
    with pytest.raises(ssl.SSLCertVerificationError):
        connection.request("GET", "/attestation.json")
    connection.close()
    # TLS 1.3 lets the server finish before it hears of the refusal; nothing else arrives anyway.
    sender(service)("/attestation.json")
    deadline = time.monotonic() + 20
    while service.handshakes + service.failed_handshakes < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert service.handshakes + service.failed_handshakes == 2
    assert service.prompt_bytes_received == 0
    assert len(service.received) == 1


def test_tls_chain_is_the_measured_authoritys(service: AttestedService) -> None:
    connection = connect(service.base_url, service.web_authority.root_pem)
    connection.connect()
    assert isinstance(connection.sock, ssl.SSLSocket)
    assert connection.sock.version() in ("TLSv1.2", "TLSv1.3")
    issuer = dict(part[0] for part in connection.sock.getpeercert()["issuer"])  # type: ignore[index,misc]
    assert issuer["commonName"] == "Cupel Demo Local Authority - ECC Intermediate"
    connection.close()
    port = int(service.base_url.rsplit(":", 1)[1])
    by_address = connect(f"https://127.0.0.1:{port}", service.web_authority.root_pem)
    by_address.connect()
    by_address.close()


def test_tls_before_1_2_is_refused(service: AttestedService) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=service.web_authority.root_pem)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    try:
        with pytest.warns(DeprecationWarning, match="TLSv1_1"):
            context.maximum_version = ssl.TLSVersion.TLSv1_1
    except ValueError:
        pytest.skip("this OpenSSL has no TLS 1.1")
    port = int(service.base_url.rsplit(":", 1)[1])
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
        pytest.raises(ssl.SSLError),
    ):
        context.wrap_socket(plain, server_hostname="localhost")


def test_two_ports_keep_evidence_and_api_apart(service: AttestedService) -> None:
    # A recorded document will do: this is about ports, and needs no machine of its own.
    document = service.evidence_of("/attestation.json")
    source = recorded({"/attestation.json": document})
    with AttestedService(evidence=source, attestation_port=0) as apart:
        assert apart.base_url != apart.attestation_url
        api = sender(apart)
        evidence = sender(apart, apart.attestation_url)
        assert evidence("/attestation.json").body == document
        assert api("/attestation.json").status == 404
        assert api("/v1/completions", COMPLETION).status == 200
        assert evidence("/v1/completions", COMPLETION).status == 404
        assert evidence("/evidence.json").status == 500  # nothing was recorded for it


def test_text_model_depends_on_prompt_and_limits() -> None:
    model = TextModel()
    prompts = ["What is a cupel?", "Why a nonce?", "Who pins the key?", "Hello", "", "🙂"]
    answers = [model.answer(prompt, Limits(30)).text for prompt in prompts]
    assert len(set(answers)) == len(prompts)
    assert all(answers)
    assert answers == [TextModel().answer(prompt, Limits(30)).text for prompt in prompts]

    for count in (0, 1, 7):
        answer = model.answer("Hello", Limits(count))
        assert len(answer.pieces) == count
        assert answer.finish_reason == "length"
    assert model.answer("What is a cupel?", Limits(4096)).finish_reason == "stop"


def test_text_model_heeds_stop_and_bad_words() -> None:
    model = TextModel()
    prompt = "What is a cupel?"
    plain = model.answer(prompt, Limits(40)).text
    stopped = model.answer(prompt, Limits(40, stop=("bone ash",)))
    assert "bone" in plain
    assert stopped.text == plain[: plain.index("bone ash")]
    assert stopped.finish_reason == "stop"
    assert "".join(stopped.pieces) == stopped.text
    for bad in (("cup",), ("A",), ("small cup", "the"), ("",)):
        text = model.answer(prompt, Limits(40, bad_words=bad)).text.lower()
        assert not any(word and word.lower() in text for word in bad)
    every_word = tuple("abcdefghijklmnopqrstuvwxyz,.")
    assert model.answer(prompt, Limits(40, bad_words=every_word)).pieces == ()


def test_stop_and_bad_words_reach_the_model(send: Send) -> None:
    words = {**TRITON, "max_tokens": 40, "bad_words": "bone, ash"}
    text = send("/v2/models/ensemble/generate", words).json["text_output"]
    assert "bone" not in text
    assert "ash" not in text
    chat = send("/v1/chat/completions", {**CHAT, "stop": "bone"}).json["choices"][0]
    assert chat["finish_reason"] == "stop"
    assert chat["message"]["content"].rstrip().endswith("pressed from")
