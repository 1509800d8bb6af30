"""Answers as objects: attributes for the members of the JSON, to_dict() for all of it."""

from __future__ import annotations

import json
from typing import Any, ClassVar, NoReturn

from cupel._core import Verdict
from cupel.errors import SessionError


class JsonObject:
    """A read-only JSON object. Members that the class does not name are there all the same.

    The repr shows no values: answers repeat prompts.
    """

    _parts: ClassVar[dict[str, type[JsonObject]]] = {}
    _defaults: ClassVar[dict[str, Any]] = {}
    __slots__ = ("_attestation", "_data")

    def __init__(self, data: dict[str, Any], attestation: Verdict | None = None) -> None:
        object.__setattr__(self, "_data", data)
        object.__setattr__(self, "_attestation", attestation)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._data:
            if name in self._defaults:
                return self._defaults[name]
            raise AttributeError(f"this {type(self).__name__} has no {name!r}")
        return _wrapped(self._data[name], self._parts.get(name, JsonObject))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a {type(self).__name__} cannot be changed")

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]

    def to_dict(self) -> dict[str, Any]:
        """A copy of the JSON object."""
        copy: dict[str, Any] = json.loads(json.dumps(self._data))
        return copy

    def __repr__(self) -> str:
        return f"<cupel {type(self).__name__}: {', '.join(self._data)}>"


def _wrapped(value: Any, kind: type[JsonObject]) -> Any:
    if isinstance(value, dict):
        return kind(value)
    if isinstance(value, list):
        return [_wrapped(one, kind) for one in value]
    return value


class Attested(JsonObject):
    """An answer, with the verdict under which it was received."""

    __slots__ = ()

    @property
    def attestation(self) -> Verdict:
        """The verdict under which this answer was received."""
        verdict: Verdict = self._attestation
        return verdict


class Usage(JsonObject):
    """Counts of tokens."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    __slots__ = ()


class Message(JsonObject):
    """One message of a chat."""

    role: str | None
    content: str | None
    __slots__ = ()
    _defaults: ClassVar[dict[str, Any]] = {"role": None, "content": None}


class ChatChoice(JsonObject):
    """One answer of a chat completion; `delta` in a stream, `message` otherwise."""

    index: int
    message: Message
    delta: Message
    finish_reason: str | None
    __slots__ = ()
    _parts: ClassVar[dict[str, type[JsonObject]]] = {"message": Message, "delta": Message}
    _defaults: ClassVar[dict[str, Any]] = {"index": 0, "finish_reason": None}


class TextChoice(JsonObject):
    """One answer of a completion."""

    index: int
    text: str
    finish_reason: str | None
    __slots__ = ()
    _defaults: ClassVar[dict[str, Any]] = {"index": 0, "finish_reason": None}


class ChatCompletion(Attested):
    """The answer to chat.completions.create, or one piece of it."""

    id: str
    model: str
    created: int
    choices: list[ChatChoice]
    usage: Usage | None
    __slots__ = ()
    _parts: ClassVar[dict[str, type[JsonObject]]] = {"choices": ChatChoice, "usage": Usage}
    _defaults: ClassVar[dict[str, Any]] = {"usage": None}


class Completion(Attested):
    """The answer to completions.create, or one piece of it."""

    id: str
    model: str
    created: int
    choices: list[TextChoice]
    usage: Usage | None
    __slots__ = ()
    _parts: ClassVar[dict[str, type[JsonObject]]] = {"choices": TextChoice, "usage": Usage}
    _defaults: ClassVar[dict[str, Any]] = {"usage": None}


def bad_answer(where: str, detail: str) -> SessionError:
    """The error for an answer that is not one."""
    return SessionError("bad_response", f"service.{where}", detail=detail)


def parsed(body: bytes) -> dict[str, Any]:
    """The JSON object of a whole answer. Errors: bad_response at "service.…"."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise bad_answer("answer", "the answer is not JSON") from error
    if not isinstance(value, dict):
        raise bad_answer("answer", "the answer is not an object")
    if value.get("error"):
        raise bad_answer("error", "the service reports an error")
    return value


def with_choices(data: dict[str, Any]) -> dict[str, Any]:
    """The same object, once it is certain that it has a list of choices."""
    choices = data.get("choices")
    if not isinstance(choices, list) or not all(isinstance(one, dict) for one in choices):
        raise bad_answer("choices", "the answer has no list of choices")
    return data


def text_output(data: dict[str, Any]) -> str:
    """The text of an answer of Triton's generate extension, as it is."""
    text = data.get("text_output")
    if not isinstance(text, str):
        raise bad_answer("text_output", "the answer has no text_output of type string")
    return text


def completion_of(data: dict[str, Any], text: str) -> dict[str, Any]:
    """An answer of Triton's generate extension in the form of a completion."""
    name = data.get("model_name")
    choice = {"index": 0, "text": text, "finish_reason": None}
    return {
        "id": "",
        "object": "text_completion",
        "created": 0,
        "model": name if isinstance(name, str) else "",
        "choices": [choice],
    }
