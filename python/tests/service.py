"""A service with forged evidence: an attestation server and an API server, each counted apart.

The evidence is made by tests/forge, another implementation than the one under test. Its dates end
in 2024, so clients here bring their own clock.
"""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Callable
from typing import Any

import cupel
from forge import ca, policies
from servers import Handler, Identity, Reply, Request, Server, WebAuthority, reply

NOW = 1_718_452_800  # 2024-06-15T12:00:00Z
ANCHORS = cupel.TrustAnchors().with_certificates("test root", ca.root().pem.encode())
PROMPT = "the secret of the cupel"
KEY = "sk-very-secret"


def root_ca_policy(**changes: Any) -> bytes:
    """BlindLlama's shape: PCR 15 binds the web server's CA."""
    made: bytes = policies.policy(policies.alternative(**changes))
    return made


def digest_policy(form: str) -> bytes:
    """The quote's qualifying data is the digest of the TLS key or certificate."""
    bind = {"tls_key": {"claim": "tpm.extra_data", "form": form}}
    made: bytes = policies.policy(
        policies.alternative(bind=bind, replay=None, require=policies.boot())
    )
    return made


def load(content: bytes) -> cupel.Policy:
    return cupel.load_policy(("policy.json", content))


def root_ca_evidence(authority: WebAuthority, nonce: bytes = b"") -> bytes:
    """Evidence that binds the authority's root."""
    made: bytes = policies.service(rootca=authority.pem, nonce=nonce).text().encode()
    return made


def digest_evidence(digest: bytes) -> bytes:
    """Evidence that binds a digest of the TLS key or certificate."""
    made: bytes = policies.service(nonce=digest).text().encode()
    return made


def pin_for(kind: str, authority: WebAuthority, identity: Identity) -> cupel.TlsPin:
    """A pin, made the only way there is: by an acceptance."""
    if kind == "root_ca":
        evidence, content = root_ca_evidence(authority), root_ca_policy()
    else:
        digest = identity.spki_sha256 if kind == "spki_sha256" else identity.leaf_sha256
        evidence, content = digest_evidence(digest), digest_policy(kind)
    verdict = cupel.verify(evidence, load(content), now=NOW, anchors=ANCHORS)
    assert verdict.accepted is not None, str(verdict)
    return verdict.accepted.pin()


def chat_answer(text: str = "A small cup.") -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text},
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
    }


def text_answer(text: str = "A small cup.") -> dict[str, Any]:
    return {
        "id": "cmpl-1",
        "object": "text_completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "text": text, "finish_reason": "stop", "logprobs": None}],
    }


def chunked(*chunks: bytes, end: bool = True) -> bytes:
    body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return body + (b"0\r\n\r\n" if end else b"")


def event_stream(*events: str, end: bool = True) -> Reply:
    """A stream in which each event is a chunk. Without `end` the connection is cut after them."""
    head = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    chunks = [f"data: {event}\n\n".encode() for event in events]
    return Reply(head + chunked(*chunks, end=end), close=not end)


def chat_pieces(*texts: str) -> list[str]:
    return [
        json.dumps(
            {
                "id": "chatcmpl-1",
                "object": "chat.completion.chunk",
                "created": 1,
                "model": "m",
                "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}],
            }
        )
        for text in texts
    ]


def answer(request: Request) -> Reply:
    """What a good service answers."""
    if request.target.endswith("/generate"):
        return reply({"model_name": "ensemble", "text_output": "  A small cup.\n"})
    if request.target.endswith("/generate_stream"):
        return event_stream(*(json.dumps({"text_output": text}) for text in ("A ", "cup.")))
    if request.target.endswith("/chat/completions"):
        if request.json.get("stream"):
            return event_stream(*chat_pieces("A small ", "cup."), "[DONE]")
        return reply(chat_answer(), Content_Type="application/json")
    if request.target.endswith("/completions"):
        return reply(text_answer(), Content_Type="application/json")
    return reply({"error": {"message": "no such path"}}, "404 Not Found")


class Service:
    """An attested service. `api` and `evidence` count what they receive."""

    def __init__(
        self, authority: WebAuthority, *, api_handler: Handler = answer, **context_options: Any
    ) -> None:
        self.authority = authority
        self.measured = authority  # what the evidence binds; the API server may be another's
        self.attestations = 0
        self.nonces: list[bytes] = []
        self.evidence = Server(authority.leaf(), self._evidence)
        self.api = Server(authority.leaf(), api_handler, **context_options)
        self.policy = load(root_ca_policy())
        self.on_attestation: Callable[[], None] = lambda: None

    def _evidence(self, request: Request) -> Reply:
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(request.target).query)
        nonce = bytes.fromhex(query["nonce"][0])
        self.attestations += 1
        self.nonces.append(nonce)
        document = reply(root_ca_evidence(self.measured, nonce), Content_Type="application/json")
        self.on_attestation()
        return document

    def __enter__(self) -> Service:
        self.evidence.__enter__()
        self.api.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.api.__exit__()
        self.evidence.__exit__()

    def options(self, **changes: Any) -> dict[str, Any]:
        """Arguments for a client of this service."""
        return {
            "base_url": self.api.url,
            "attestation_url": self.evidence.url,
            "policy": self.policy,
            "anchors": ANCHORS,
            "clock": lambda: NOW,
            "timeout": 10.0,
            "freshness": "required",
            **changes,
        }

    def client(self, **changes: Any) -> cupel.Client:
        return cupel.Client(**self.options(api_key=KEY, **changes))

    def async_client(self, **changes: Any) -> cupel.AsyncClient:
        return cupel.AsyncClient(**self.options(api_key=KEY, **changes))
