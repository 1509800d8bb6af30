"""The completion protocols: what a request must look like, and the shapes of answers and errors.

Nothing here knows about sockets. A request body comes in as bytes and a Call comes out, or a
Refusal; a Call and a model's Answer make JSON.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from cupel.testing.textmodel import MODEL_NAME, Answer, Limits

_MAX_TOKENS = 4096


class Protocol(Enum):
    """A path's request and answer shape; the value is the path."""

    TRITON = "/v2/models/ensemble/generate"
    TRITON_STREAM = "/v2/models/ensemble/generate_stream"
    COMPLETIONS = "/v1/completions"
    CHAT = "/v1/chat/completions"

    @property
    def is_triton(self) -> bool:
        """Triton's generate extension, as BlindLlama's clients use it."""
        return self in (Protocol.TRITON, Protocol.TRITON_STREAM)


MODELS_PATH = "/v1/models"
PATHS = {protocol.value: protocol for protocol in Protocol}


class Refusal(Exception):
    """A request that is answered with an error."""

    def __init__(
        self, status: int, message: str, *, param: str | None = None, code: str | None = None
    ) -> None:
        """`param` and `code` are OpenAI's fields of those names."""
        super().__init__(message)
        self.status = status
        self.message = message
        self.param = param
        self.code = code


@dataclass(frozen=True)
class Call:
    """A request in words of our own."""

    protocol: Protocol
    prompt: str
    limits: Limits
    stream: bool
    include_usage: bool
    body: dict[str, Any]


def error_body(path: str, refusal: Refusal) -> dict[str, Any]:
    """An error in the shape of the API that the path belongs to."""
    if path.startswith("/v1/"):
        kind = "invalid_request_error" if refusal.status < 500 else "server_error"
        return {
            "error": {
                "message": refusal.message,
                "type": kind,
                "param": refusal.param,
                "code": refusal.code,
            }
        }
    return {"error": refusal.message}


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key stands twice")
    return result


def parse_call(protocol: Protocol, content: bytes) -> Call:
    """Reads a request body; raises Refusal."""
    try:
        body = json.loads(content, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise Refusal(400, f"the body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise Refusal(400, "the body must be a JSON object")
    return _triton_call(protocol, body) if protocol.is_triton else _openai_call(protocol, body)


def _integer(body: dict[str, Any], key: str, default: int, lowest: int) -> int:
    value = body.get(key)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or value < lowest:
        raise Refusal(400, f"{key} must be an integer of at least {lowest}", param=key)
    if value > _MAX_TOKENS:
        raise Refusal(400, f"{key} must be at most {_MAX_TOKENS}", param=key)
    return value


def _boolean(body: dict[str, Any], key: str) -> bool:
    value = body.get(key)
    if value is not None and not isinstance(value, bool):
        raise Refusal(400, f"{key} must be true or false", param=key)
    return bool(value)


def _triton_words(body: dict[str, Any], key: str) -> tuple[str, ...]:
    """Words of TensorRT-LLM's ensemble: one string, separated by commas; "" means none."""
    value = body.get(key, "")
    if not isinstance(value, str):
        raise Refusal(400, f"{key} must be a string", param=key)
    return tuple(word.strip() for word in value.split(",") if word.strip())


def _triton_call(protocol: Protocol, body: dict[str, Any]) -> Call:
    prompt = body.get("text_input")
    if not isinstance(prompt, str) or not prompt:
        raise Refusal(400, "text_input must be a string that is not empty")
    limits = Limits(
        max_tokens=_integer(body, "max_tokens", 20, 0),
        stop=_triton_words(body, "stop_words"),
        bad_words=_triton_words(body, "bad_words"),
    )
    stream = protocol is Protocol.TRITON_STREAM
    return Call(protocol, prompt, limits, stream, False, body)


def _stop(body: dict[str, Any]) -> tuple[str, ...]:
    value = body.get("stop")
    words = [] if value is None else [value] if isinstance(value, str) else value
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise Refusal(400, "stop must be a string or a list of strings", param="stop")
    if len(words) > 4:
        raise Refusal(400, "stop may hold four strings at most", param="stop")
    return tuple(words)


def _message_text(message: object, index: int) -> str:
    where = f"messages[{index}]"
    if not isinstance(message, dict) or not isinstance(message.get("role"), str):
        raise Refusal(400, f"{where} must be an object with a role", param=where)
    content = message.get("content")
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise Refusal(400, f"{where}.content must be a string or a list of parts", param=where)
    texts = []
    for part in content:
        if (
            not isinstance(part, dict)
            or part.get("type") != "text"
            or not isinstance(part.get("text"), str)
        ):
            raise Refusal(400, f"{where}.content: this model reads text only", param=where)
        texts.append(part["text"])
    return "".join(texts)


def _openai_prompt(protocol: Protocol, body: dict[str, Any]) -> str:
    if protocol is Protocol.COMPLETIONS:
        prompt = body.get("prompt")
        if isinstance(prompt, list) and len(prompt) == 1:
            prompt = prompt[0]
        if not isinstance(prompt, str) or not prompt:
            raise Refusal(400, "prompt must be a string that is not empty", param="prompt")
        return prompt
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise Refusal(400, "messages must be a list that is not empty", param="messages")
    return "\n".join(_message_text(message, index) for index, message in enumerate(messages))


def _openai_call(protocol: Protocol, body: dict[str, Any]) -> Call:
    if not isinstance(body.get("model"), str) or not body["model"]:
        raise Refusal(400, "model must be a string that is not empty", param="model")
    if body.get("n") not in (None, 1):
        raise Refusal(400, "n: this service gives one answer", param="n")
    options = body.get("stream_options") or {}
    if not isinstance(options, dict):
        raise Refusal(400, "stream_options must be an object", param="stream_options")
    key = "max_tokens" if body.get("max_completion_tokens") is None else "max_completion_tokens"
    limits = Limits(max_tokens=_integer(body, key, 64, 1), stop=_stop(body))
    prompt = _openai_prompt(protocol, body)
    include_usage = _boolean(options, "include_usage")
    return Call(protocol, prompt, limits, _boolean(body, "stream"), include_usage, body)


def _triton_answer(text: str) -> dict[str, Any]:
    return {
        "model_name": "ensemble",
        "model_version": "1",
        "sequence_end": False,
        "sequence_id": 0,
        "sequence_start": False,
        "text_output": text,
    }


def _usage(answer: Answer) -> dict[str, int]:
    made = len(answer.pieces)
    return {
        "prompt_tokens": answer.prompt_tokens,
        "completion_tokens": made,
        "total_tokens": answer.prompt_tokens + made,
    }


def _envelope(protocol: Protocol, *, chunk: bool) -> dict[str, Any]:
    if protocol is Protocol.CHAT:
        kind, prefix = "chat.completion.chunk" if chunk else "chat.completion", "chatcmpl-"
    else:
        kind, prefix = "text_completion", "cmpl-"
    return {
        "id": prefix + secrets.token_hex(12),
        "object": kind,
        "created": int(time.time()),
        "model": MODEL_NAME,
    }


def whole_answer(call: Call, answer: Answer) -> dict[str, Any]:
    """The answer in one piece."""
    if call.protocol.is_triton:
        return _triton_answer(answer.text)
    choice: dict[str, Any] = {
        "index": 0,
        "logprobs": None,
        "finish_reason": answer.finish_reason,
    }
    if call.protocol is Protocol.CHAT:
        choice["message"] = {"role": "assistant", "content": answer.text}
    else:
        choice["text"] = answer.text
    return {
        **_envelope(call.protocol, chunk=False),
        "choices": [choice],
        "usage": _usage(answer),
    }


def stream_events(call: Call, answer: Answer) -> Iterator[str]:
    """The data of each server-sent event of a streamed answer."""
    if call.protocol.is_triton:
        for piece in answer.pieces:
            yield json.dumps(_triton_answer(piece))
        return
    envelope = _envelope(call.protocol, chunk=True)
    chat = call.protocol is Protocol.CHAT

    def event(content: dict[str, Any], finish_reason: str | None) -> str:
        inner = {"delta": content} if chat else {"text": content.get("content", "")}
        choice = {"index": 0, **inner, "logprobs": None, "finish_reason": finish_reason}
        return json.dumps({**envelope, "choices": [choice]})

    if chat:
        yield event({"role": "assistant", "content": ""}, None)
    for piece in answer.pieces:
        yield event({"content": piece}, None)
    yield event({}, answer.finish_reason)
    if call.include_usage:
        yield json.dumps({**envelope, "choices": [], "usage": _usage(answer)})
    yield "[DONE]"


def models_list() -> dict[str, Any]:
    """GET /v1/models."""
    return {
        "object": "list",
        "data": [{"id": MODEL_NAME, "object": "model", "created": 0, "owned_by": "cupel"}],
    }
