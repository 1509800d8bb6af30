"""Requests as values: what is sent for a call, and what its answer means. Nothing here waits."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from cupel import _answers, _settings
from cupel._answers import ChatCompletion, Completion
from cupel._core import Verdict
from cupel.errors import CupelError

Messages = Sequence[Mapping[str, Any]]

_LONGEST_WAIT = 60.0
_GENERATE = "/v2/models/ensemble/generate"


@dataclass(frozen=True)
class Settings:
    """What with_options() may change. The repr shows none of it."""

    path: str = field(repr=False)
    service: str = field(repr=False)
    timeout: float = field(repr=False)
    max_retries: int = field(repr=False)
    api_key: str | None = field(repr=False)
    headers: dict[str, str] = field(repr=False)

    def changed(
        self,
        timeout: float | None,
        max_retries: int | None,
        api_key: str | None,
        default_headers: Mapping[str, str] | None,
    ) -> Settings:
        """These settings with those that are given; the same checks as at construction."""
        changes: dict[str, Any] = {}
        if timeout is not None:
            changes["timeout"] = _settings.checked_timeout(timeout)
        if max_retries is not None:
            changes["max_retries"] = _settings.checked_retries(max_retries)
        if api_key is not None:
            changes["api_key"] = _settings.checked_key(api_key)
        if default_headers is not None:
            more = _settings.checked_headers(default_headers, "default_headers")
            changes["headers"] = {**self.headers, **more}
        return replace(self, **changes)


@dataclass(frozen=True)
class Call:
    """One request, and what its answer means."""

    path: str
    body: dict[str, Any]
    answer: type[Any]
    stream: bool
    idempotent: bool
    has_end_mark: bool = True

    def content(self) -> bytes:
        """The body, JSON. Errors: invalid_argument at "parameters"."""
        try:
            return json.dumps(self.body, ensure_ascii=False, allow_nan=False).encode()
        except (TypeError, ValueError, RecursionError):
            # The texts of these quote what could not be encoded.
            detail = "a parameter has no JSON form"
            raise CupelError("invalid_argument", "parameters", detail=detail) from None

    def convert(self, data: dict[str, Any], verdict: Verdict) -> Any:
        """The answer as an object. Errors: bad_response at "service.…"."""
        if self.path.startswith(_GENERATE):
            text = _answers.text_output(data)
            data = _answers.completion_of(data, text if self.stream else text.strip())
        return self.answer(_answers.with_choices(data), verdict)


def chat_call(
    settings: Settings, model: str, messages: Messages, stream: bool, idempotent: bool, more: Any
) -> Call:
    """A chat completion. Errors: invalid_argument."""
    if settings.service != "openai":
        _settings.refuse("service", f"{settings.service} has no chat; use completions")
    if not messages:
        _settings.refuse("messages", "there are none")
    body = {"model": model, "messages": [dict(one) for one in messages], **more, "stream": stream}
    path = settings.path + "/chat/completions"
    return Call(path, body, ChatCompletion, stream, idempotent)


def completion_call(
    settings: Settings, model: str, prompt: str, stream: bool, idempotent: bool, more: Any
) -> Call:
    """A completion. Errors: invalid_argument."""
    if not isinstance(prompt, str) or not prompt:
        _settings.refuse("prompt", "not a text, or empty")
    if settings.service == "openai":
        body = {"model": model, "prompt": prompt, **more, "stream": stream}
        return Call(settings.path + "/completions", body, Completion, stream, idempotent)
    # Triton's generate extension as BlindLlama uses it: one model, whose name is not sent.
    body = {"text_input": prompt, "max_tokens": 20, "bad_words": "", "stop_words": "", **more}
    path = _GENERATE + ("_stream" if stream else "")
    return Call(path, body, Completion, stream, idempotent, has_end_mark=False)


def may_connect_again(error: Exception) -> bool:
    """Whether this is a TCP connection that could not be made. A failed handshake is not."""
    if not isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)):
        return False
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, (ssl.SSLError, CupelError)):
            return False
        cause = cause.__cause__  # not __context__: that may be an error of the caller's own
    return True


def retry_after(call: Call, response: httpx.Response) -> float | None:
    """Seconds to wait before the same request may be sent again, or None: it may not."""
    if not call.idempotent or response.status_code not in (429, 503):
        return None
    text = response.headers.get("retry-after", "")
    return min(float(text), _LONGEST_WAIT) if text.isascii() and text.isdigit() else None
