"""What arrived at the service, counted where it arrives."""

from __future__ import annotations

import io
import socket
import threading
from typing import NamedTuple


class Received(NamedTuple):
    """One request: its path without the query, and the length of its body."""

    path: str
    bytes: int


class Ledger:
    """Counts requests and bytes: those after the TLS handshake, or plain ones, before parsing."""

    def __init__(self) -> None:
        """Starts at zero."""
        self._lock = threading.Lock()
        self._received: list[Received] = []
        self._application_bytes = 0
        self._evidence_bytes = 0
        self._handshakes = 0
        self._failed_handshakes = 0
        self._transcripts: list[bytearray] = []

    def reset(self) -> None:
        """Back to zero."""
        with self._lock:
            self._received = []
            self._application_bytes = self._evidence_bytes = 0
            self._handshakes = self._failed_handshakes = 0
            for transcript in self._transcripts:
                transcript.clear()  # its connection may be open still, and go on with it
            self._transcripts = []

    def count_bytes(self, transcript: bytearray, content: bytes) -> None:
        """Notes bytes that a connection brought; `transcript` is that connection's own."""
        if not content:  # the connection's end
            return
        with self._lock:
            self._application_bytes += len(content)
            transcript += content
            if not any(known is transcript for known in self._transcripts):
                self._transcripts.append(transcript)

    def count_handshake(self, *, done: bool) -> None:
        """Notes a TLS handshake that was finished, or was not."""
        with self._lock:
            self._handshakes += done
            self._failed_handshakes += not done

    def count_request(self, path: str, body: int) -> None:
        """Notes a request."""
        with self._lock:
            self._received.append(Received(path, body))

    def excuse_evidence(self, count: int) -> None:
        """Notes that so many of the counted bytes were a request for evidence without a body."""
        with self._lock:
            self._evidence_bytes += count

    @property
    def received(self) -> list[Received]:
        """Every request so far."""
        with self._lock:
            return list(self._received)

    @property
    def application_bytes(self) -> int:
        """All bytes that arrived."""
        with self._lock:
            return self._application_bytes

    @property
    def prompt_bytes(self) -> int:
        """All bytes that arrived, but for requests for evidence.

        Not only prompts: request lines, headers, bodies and rubbish count, so that zero means that
        not even the first byte of a question came in.
        """
        with self._lock:
            return self._application_bytes - self._evidence_bytes

    def saw(self, content: bytes) -> bool:
        """Whether these bytes stand anywhere in what one connection brought."""
        with self._lock:
            return any(content in transcript for transcript in self._transcripts)

    @property
    def handshakes(self) -> int:
        """TLS handshakes that were finished."""
        with self._lock:
            return self._handshakes

    @property
    def failed_handshakes(self) -> int:
        """TLS handshakes that a side gave up."""
        with self._lock:
            return self._failed_handshakes


class _CountingRaw(io.RawIOBase):
    """A connection's incoming bytes, counted as they come, out of TLS where there is any."""

    def __init__(self, connection: socket.socket, ledger: Ledger) -> None:
        super().__init__()
        self._connection = connection
        self._ledger = ledger
        self._transcript = bytearray()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        count = self._connection.recv_into(view)
        self._ledger.count_bytes(self._transcript, view[:count].tobytes())
        return count


class CountingReader(io.BufferedReader):
    """A buffered reader that knows how much of it was consumed."""

    def __init__(self, connection: socket.socket, ledger: Ledger) -> None:
        """Reads from a connection whose handshake is done."""
        super().__init__(_CountingRaw(connection, ledger))
        self.consumed = 0

    def readline(self, size: int | None = -1, /) -> bytes:
        """One line, counted."""
        line = super().readline(size)
        self.consumed += len(line)
        return line

    def read(self, size: int | None = -1, /) -> bytes:
        """Bytes, counted."""
        data = super().read(size)
        self.consumed += len(data)
        return data
