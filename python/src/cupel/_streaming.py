"""Server-sent events, read strictly: a stream that stops before its end is an error."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Generic, TypeVar

from cupel._closing import AsyncClosing, Closing
from cupel._core import Verdict
from cupel._transport import VERDICT_EXTENSION, as_session_error
from cupel.errors import SessionError

T = TypeVar("T")

END_MARK = "[DONE]"
MAX_EVENT_BYTES = 1 << 20
_LINE_END = re.compile(rb"\r\n|\n|\r")


class EventReader:
    """Bytes in, the data of each complete event out (WHATWG HTML, 9.2.6)."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._searched = 0  # no line ends before this
        self._data: list[str] = []
        self._size = 0

    def feed(self, chunk: bytes) -> Iterator[str]:
        """Yields the data of each event that this chunk completes."""
        rest = self._rest
        rest += chunk
        begin = 0  # of the line at hand; what is before it is cut off once, at the end
        try:
            while (end := self._line_end(self._searched)) is not None:
                line, begin = bytes(rest[begin : end.start()]), end.end()
                self._searched = begin
                if line:
                    self._take(line)
                elif self._data:
                    event = "\n".join(self._data)
                    self._data, self._size = [], 0
                    yield event
        finally:
            del rest[:begin]
            self._searched = 0
        # A CR at the end is looked at again, when it is known what follows it.
        self._searched = len(rest) - rest.endswith(b"\r")
        self._grow(len(rest))

    @property
    def pending(self) -> bool:
        """Whether an event has begun and not ended."""
        return bool(self._rest.strip(b"\r\n") or self._data)

    def _line_end(self, begin: int) -> re.Match[bytes] | None:
        """The next LF, CR LF or CR. For a CR at the end of a chunk the LF may be in the next."""
        found = _LINE_END.search(self._rest, begin)
        unsure = found and found.group() == b"\r" and found.end() == len(self._rest)
        return None if unsure else found

    def _take(self, line: bytes) -> None:
        try:
            field, _, value = line.decode("utf-8").partition(":")
        except UnicodeDecodeError as error:
            raise SessionError(
                "bad_response", "sse.event", detail="an event is not UTF-8"
            ) from error
        if field == "data":
            self._grow(len(line))
            self._size += len(line)
            self._data.append(value.removeprefix(" "))

    def _grow(self, size: int) -> None:
        if self._size + size > MAX_EVENT_BYTES:
            raise SessionError("too_large", "sse.event", detail="an event is larger than 1 MiB")


class _Events(Generic[T]):
    """What both kinds of stream share: when an answer is whole, and what an event means."""

    def __init__(
        self, response: Any, convert: Callable[[dict[str, Any]], T], *, has_end_mark: bool
    ) -> None:
        self._response = response
        self._convert = convert
        self._has_end_mark = has_end_mark
        self._reader = EventReader()
        self._count = 0
        self._ended = False

    @property
    def attestation(self) -> Verdict:
        """The verdict under which this answer is received."""
        verdict: Verdict = self._response.extensions[VERDICT_EXTENSION]
        return verdict

    def _check_type(self) -> None:
        kind = self._response.headers.get("content-type", "").partition(";")[0]
        if kind.strip().lower() != "text/event-stream":
            raise SessionError(
                "bad_response", "sse.content_type", detail="the answer is no event stream"
            )

    def _events(self, chunk: bytes) -> Iterator[T]:
        if self._ended:
            return  # what follows the end mark is read, so that the connection can be kept
        for data in self._reader.feed(chunk):
            if self._has_end_mark and data == END_MARK:
                self._ended = True
                return
            self._count += 1
            yield self._convert(_event(data))

    def _check_end(self) -> None:
        whole = self._ended if self._has_end_mark else self._count > 0 and not self._reader.pending
        if not whole:
            raise SessionError("bad_response", "sse.end", detail="the stream stopped early")


def _event(data: str) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise SessionError("bad_response", "sse.event", detail="an event is not JSON") from error
    if not isinstance(value, dict):
        raise SessionError("bad_response", "sse.event", detail="an event is not an object")
    if value.get("error"):
        raise SessionError("bad_response", "sse.event", detail="the service reports an error")
    return value


class Stream(_Events[T], Closing):
    """An answer in pieces. Iterate it, or use it in `with` to be sure it is closed.

    Raises SessionError when the stream stops before its end: what was yielded is then a part.
    """

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        if self._iterator is None:
            self._iterator = self._run()
        return next(self._iterator)

    _iterator: Iterator[T] | None = None

    def _run(self) -> Iterator[T]:
        try:
            self._check_type()
            for chunk in self._response.iter_raw():
                yield from self._events(chunk)
        except SessionError:
            raise
        except Exception as error:
            raise as_session_error(error) from error
        finally:
            self.close()
        self._check_end()

    def close(self) -> None:
        """Ends the answer."""
        self._response.close()


class AsyncStream(_Events[T], AsyncClosing):
    """An answer in pieces, for `async for`. As Stream."""

    def __aiter__(self) -> AsyncIterator[T]:
        return self

    async def __anext__(self) -> T:
        if self._iterator is None:
            self._iterator = self._run()
        return await anext(self._iterator)

    _iterator: AsyncIterator[T] | None = None

    async def _run(self) -> AsyncIterator[T]:
        try:
            self._check_type()
            async for chunk in self._response.aiter_raw():
                for event in self._events(chunk):
                    yield event
        except SessionError:
            raise
        except Exception as error:
            raise as_session_error(error) from error
        finally:
            await self.aclose()
        self._check_end()

    async def aclose(self) -> None:
        """Ends the answer."""
        await self._response.aclose()
