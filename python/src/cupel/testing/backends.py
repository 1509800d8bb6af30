"""Where answers come from: the built-in text model, or an OpenAI-compatible server behind us."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Protocol

from cupel.testing import protocols
from cupel.testing.protocols import Call, Refusal
from cupel.testing.textmodel import Answer, TextModel
from cupel.testing.upstream import Upstream, answer_text, triton_body


class Backend(Protocol):
    """Answers calls. `authorization` is the caller's header of that name, if one was sent."""

    def answer(self, call: Call, authorization: str | None) -> dict[str, Any]:
        """The whole answer in the protocol's JSON; raises Refusal."""

    def events(self, call: Call, authorization: str | None) -> Iterator[str]:
        """The data of each server-sent event; raises Refusal, before the first event if it can."""

    def models(self, authorization: str | None) -> dict[str, Any]:
        """GET /v1/models."""


class LocalBackend:
    """The built-in text model."""

    def __init__(self) -> None:
        """Reads its text."""
        self._model = TextModel()

    def answer(self, call: Call, _authorization: str | None) -> dict[str, Any]:
        """See Backend."""
        return protocols.whole_answer(call, self._model.answer(call.prompt, call.limits))

    def events(self, call: Call, _authorization: str | None) -> Iterator[str]:
        """See Backend."""
        return protocols.stream_events(call, self._model.answer(call.prompt, call.limits))

    def models(self, _authorization: str | None) -> dict[str, Any]:
        """See Backend."""
        return protocols.models_list()


class UpstreamBackend:
    """A server behind us: OpenAI calls go through as they are, Triton calls are translated."""

    def __init__(self, upstream: Upstream) -> None:
        """Asks nothing yet."""
        self._upstream = upstream

    def answer(self, call: Call, authorization: str | None) -> dict[str, Any]:
        """See Backend."""
        if not call.protocol.is_triton:
            return self._upstream.fetch(call.protocol.value, call.body, authorization)
        body = triton_body(call, self._first_model(authorization))
        path = protocols.Protocol.COMPLETIONS.value
        text = answer_text(self._upstream.fetch(path, body, authorization))
        return protocols.whole_answer(call, _as_answer(text))

    def events(self, call: Call, authorization: str | None) -> Iterator[str]:
        """See Backend."""
        if not call.protocol.is_triton:
            yield from self._upstream.events(call.protocol.value, call.body, authorization)
            return
        body = triton_body(call, self._first_model(authorization))
        path = protocols.Protocol.COMPLETIONS.value
        for data in self._upstream.events(path, body, authorization):
            if data == "[DONE]":
                return
            try:
                text = answer_text(json.loads(data))
            except ValueError as error:
                raise Refusal(502, "upstream: an event is not JSON") from error
            yield from protocols.stream_events(call, _as_answer(text))

    def models(self, authorization: str | None) -> dict[str, Any]:
        """See Backend."""
        return self._upstream.fetch(protocols.MODELS_PATH, None, authorization)

    def _first_model(self, authorization: str | None) -> str:
        """Triton's path names its own model; the upstream needs one of its names."""
        try:
            name = self.models(authorization)["data"][0]["id"]
        except (KeyError, IndexError, TypeError) as error:
            raise Refusal(502, "upstream: its list of models is empty") from error
        if not isinstance(name, str):
            raise Refusal(502, "upstream: its list of models has no names")
        return name


def _as_answer(text: str) -> Answer:
    return Answer((text,) if text else (), "stop", 0)
