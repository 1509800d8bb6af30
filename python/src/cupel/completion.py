"""completion.create(): the call that users of BlindLlama know, attested.

text = cupel.completion.create(
    model="llama", text_input="What is a cupel?",
    base_url="https://api.example", attestation_url="https://evidence.example",
    policy=["measurements_azure.json", "application.json"],
)
"""

from __future__ import annotations

from typing import Any

from cupel import _settings
from cupel._api import PolicySources
from cupel._core import Policy
from cupel._trust import AnchorSource
from cupel.client import Client


def create(
    model: str = "",
    text_input: str = "",
    bad_words: str = "",
    stop_words: str = "",
    max_tokens: int = 20,
    *,
    client: Client | None = None,
    base_url: str | None = None,
    attestation_url: str | None = None,
    policy: Policy | PolicySources | None = None,
    anchors: AnchorSource | None = None,
    **options: Any,
) -> str:
    """One completion: the answer's text, without the white space around it.

    model: not sent; the service has one. text_input: the prompt, not empty. bad_words, stop_words:
    as the service defines them. max_tokens: 0 or more.
    Either `client`, a Client with service="blindllama" that is then used and left open, or what one
    is made of: base_url, policy, anchors, attestation_url and the other options of Client.

    Errors: invalid_argument for the arguments; otherwise as every call of Client.
    """
    if not isinstance(text_input, str) or not text_input:
        _settings.refuse("text_input", "not a text, or empty")
    if isinstance(max_tokens, bool) or not isinstance(max_tokens, int) or max_tokens < 0:
        _settings.refuse("max_tokens", "not a whole number of 0 or more")
    for name, words in (("bad_words", bad_words), ("stop_words", stop_words)):
        if not isinstance(words, str):
            _settings.refuse(name, "not a text")
    parameters = {"max_tokens": max_tokens, "bad_words": bad_words, "stop_words": stop_words}
    if client is not None:
        if base_url is not None or policy is not None or anchors is not None or options:
            _settings.refuse("client", "a client has its own URL, policy and options")
        return _text(client, model, text_input, parameters)
    if base_url is None or policy is None:
        _settings.refuse("base_url", "without a client, base_url and policy are needed")
    with Client(
        base_url, policy, anchors, attestation_url=attestation_url, service="blindllama", **options
    ) as made:
        return _text(made, model, text_input, parameters)


def _text(client: Client, model: str, text_input: str, parameters: dict[str, Any]) -> str:
    if client._settings.service != "blindllama":
        _settings.refuse("client", 'not a client with service="blindllama"')
    answer = client.completions.create(model=model, prompt=text_input, **parameters)
    text: str = answer.choices[0].text
    return text
