"""What hangs below a client: `completions` and `chat.completions`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, overload

from cupel._answers import ChatCompletion, Completion
from cupel._calls import Messages, chat_call, completion_call
from cupel._streaming import AsyncStream, Stream

if TYPE_CHECKING:
    from cupel.client import AsyncClient, Client


class Completions:
    """`client.completions`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @overload
    def create(
        self,
        *,
        model: str,
        prompt: str,
        stream: Literal[False] = False,
        idempotent: bool = False,
        **parameters: Any,
    ) -> Completion: ...
    @overload
    def create(
        self,
        *,
        model: str,
        prompt: str,
        stream: Literal[True],
        idempotent: bool = False,
        **parameters: Any,
    ) -> Stream[Completion]: ...
    def create(
        self,
        *,
        model: str,
        prompt: str,
        stream: bool = False,
        idempotent: bool = False,
        **parameters: Any,
    ) -> Completion | Stream[Completion]:
        """One completion. Further parameters go into the request as they are.

        With stream=True the pieces, as they are made. idempotent=True allows the same request to be
        sent again when the server asks for it (429 or 503 with Retry-After).
        """
        settings = self._client._settings
        call = completion_call(settings, model, prompt, stream, idempotent, parameters)
        answer: Completion | Stream[Completion] = self._client._perform(call)
        return answer


class ChatCompletions:
    """`client.chat.completions`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @overload
    def create(
        self,
        *,
        model: str,
        messages: Messages,
        stream: Literal[False] = False,
        idempotent: bool = False,
        **parameters: Any,
    ) -> ChatCompletion: ...
    @overload
    def create(
        self,
        *,
        model: str,
        messages: Messages,
        stream: Literal[True],
        idempotent: bool = False,
        **parameters: Any,
    ) -> Stream[ChatCompletion]: ...
    def create(
        self,
        *,
        model: str,
        messages: Messages,
        stream: bool = False,
        idempotent: bool = False,
        **parameters: Any,
    ) -> ChatCompletion | Stream[ChatCompletion]:
        """One answer to a chat. Parameters as for completions.create()."""
        settings = self._client._settings
        call = chat_call(settings, model, messages, stream, idempotent, parameters)
        answer: ChatCompletion | Stream[ChatCompletion] = self._client._perform(call)
        return answer


class Chat:
    """`client.chat`."""

    def __init__(self, client: Client) -> None:
        self.completions = ChatCompletions(client)


class AsyncCompletions:
    """`client.completions`, with await."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    @overload
    async def create(
        self,
        *,
        model: str,
        prompt: str,
        stream: Literal[False] = False,
        idempotent: bool = False,
        **parameters: Any,
    ) -> Completion: ...
    @overload
    async def create(
        self,
        *,
        model: str,
        prompt: str,
        stream: Literal[True],
        idempotent: bool = False,
        **parameters: Any,
    ) -> AsyncStream[Completion]: ...
    async def create(
        self,
        *,
        model: str,
        prompt: str,
        stream: bool = False,
        idempotent: bool = False,
        **parameters: Any,
    ) -> Completion | AsyncStream[Completion]:
        """As Completions.create()."""
        settings = self._client._settings
        call = completion_call(settings, model, prompt, stream, idempotent, parameters)
        answer: Completion | AsyncStream[Completion] = await self._client._perform(call)
        return answer


class AsyncChatCompletions:
    """`client.chat.completions`, with await."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    @overload
    async def create(
        self,
        *,
        model: str,
        messages: Messages,
        stream: Literal[False] = False,
        idempotent: bool = False,
        **parameters: Any,
    ) -> ChatCompletion: ...
    @overload
    async def create(
        self,
        *,
        model: str,
        messages: Messages,
        stream: Literal[True],
        idempotent: bool = False,
        **parameters: Any,
    ) -> AsyncStream[ChatCompletion]: ...
    async def create(
        self,
        *,
        model: str,
        messages: Messages,
        stream: bool = False,
        idempotent: bool = False,
        **parameters: Any,
    ) -> ChatCompletion | AsyncStream[ChatCompletion]:
        """As ChatCompletions.create()."""
        settings = self._client._settings
        call = chat_call(settings, model, messages, stream, idempotent, parameters)
        answer: ChatCompletion | AsyncStream[ChatCompletion] = await self._client._perform(call)
        return answer


class AsyncChat:
    """`client.chat`, with await."""

    def __init__(self, client: AsyncClient) -> None:
        self.completions = AsyncChatCompletions(client)
