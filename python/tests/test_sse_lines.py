"""Lines of server-sent events: large input, and every place where it may be cut."""

from __future__ import annotations

import re
from typing import Any

import pytest

import cupel
from cupel import _streaming
from cupel._streaming import MAX_EVENT_BYTES, EventReader


class CountingPattern:
    """Counts the bytes that a search goes through."""

    def __init__(self, pattern: re.Pattern[bytes]) -> None:
        self._pattern = pattern
        self.searched = 0

    def search(self, text: bytearray, begin: int) -> re.Match[bytes] | None:
        found = self._pattern.search(text, begin)
        self.searched += (found.end() if found else len(text)) - begin
        return found


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> CountingPattern:
    pattern = CountingPattern(_streaming._LINE_END)
    monkeypatch.setattr(_streaming, "_LINE_END", pattern)
    return pattern


def pieces(text: bytes, size: int) -> list[bytes]:
    return [text[at : at + size] for at in range(0, len(text), size)]


def read(text: bytes, size: int) -> list[str]:
    reader = EventReader()
    return [event for piece in pieces(text, size) for event in reader.feed(piece)]


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
@pytest.mark.parametrize("size", [1 << 20, 4096])
def test_each_byte_of_a_mebibyte_of_line_ends_is_searched_once(
    counting: CountingPattern, end: bytes, size: int
) -> None:
    text = end * ((1 << 20) // len(end))
    assert read(text + b"data: a" + end * 2 + b":", size) == ["a"]
    # A CR at the end of a chunk is looked at twice.
    assert counting.searched <= len(text) + 64 + len(text) // size


def test_each_byte_of_a_long_line_in_small_pieces_is_searched_once(
    counting: CountingPattern,
) -> None:
    value = "x" * (256 << 10)
    text = b"data: " + value.encode() + b"\n\n"
    assert read(text, 7) == [value]
    assert counting.searched <= len(text) + 64


def test_many_events_in_one_chunk_arrive_in_order() -> None:
    count = 100_000
    text = b"".join(b"data: %d\n\n" % number for number in range(count))
    assert read(text, len(text)) == [str(number) for number in range(count)]


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_every_cut_gives_the_same_events(end: str) -> None:
    text = end.join(["", ": comment", "data: a", "data:b", "", "", "id: 1", "data", "", ":"])
    for size in range(1, len(text) + 1):
        assert read(text.encode(), size) == ["a\nb", ""]


def test_reader_goes_on_where_its_user_stopped() -> None:
    reader = EventReader()
    feeding: Any = reader.feed(b"data: a\n\ndata: b\n\nda")
    assert next(feeding) == "a"
    feeding.close()
    assert list(reader.feed(b"ta: c\n\n")) == ["b", "c"]
    assert not reader.pending


@pytest.mark.parametrize("size", [1000, 2 << 20])
@pytest.mark.parametrize("line", [b"data: " + b"x" * 99 + b"\n", b"x"])
def test_event_beyond_the_limit_is_refused(line: bytes, size: int) -> None:
    text = line * (MAX_EVENT_BYTES // len(line) + 8000)
    with pytest.raises(cupel.SessionError) as raised:
        read(text, size)
    assert (raised.value.code, raised.value.where) == ("too_large", "sse.event")
