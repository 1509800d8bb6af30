"""How many inferences are left, in a database that a crash at any moment leaves exact.

Every change has an operation id, chosen by who asks for it. Change and id are written in one
transaction, so that whoever did not hear the answer may ask again under the same id: it is done
once, and answered as it was the first time.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

MOST = 1_000_000_000
_OPERATION = re.compile(r"[0-9A-Za-z_-]{16,64}")
_MODEL = re.compile(r"[0-9a-f]{64}")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS quota (
  model TEXT PRIMARY KEY,
  remaining INTEGER NOT NULL CHECK (remaining BETWEEN 0 AND 1000000000)
) STRICT;
CREATE TABLE IF NOT EXISTS operation (
  id TEXT PRIMARY KEY,
  model TEXT NOT NULL,
  change INTEGER NOT NULL,
  remaining INTEGER NOT NULL
) STRICT;
"""


class Refused(Exception):
    """A change that was not made."""


class BadRequest(Refused):
    """An argument that means nothing."""


class Exhausted(Refused):
    """No inference is left."""


class Conflict(Refused):
    """The operation id belongs to another change."""


@dataclass(frozen=True)
class Receipt:
    """A change that is on the disk."""

    remaining: int  # after this change
    repeated: bool  # the change was made before, and not again


def _checked(pattern: re.Pattern[str], value: object, what: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise BadRequest(f"{what} is missing or not of its form")
    return value


class Counter:
    """The counters of all models. One instance for each thread; any number of processes."""

    def __init__(self, path: Path | str) -> None:
        """Opens the database, or makes it."""
        self._path = str(path)
        with self._open() as database:
            database.executescript(_SCHEMA)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=30, isolation_level=None)
        with closing(connection):
            connection.execute("PRAGMA journal_mode = WAL")
            # With WAL and FULL a commit returns when the disk has it, not when the kernel has.
            connection.execute("PRAGMA synchronous = FULL")
            yield connection

    def remaining(self, model: str) -> int:
        """What is left; 0 for a model nobody supplied anything for."""
        _checked(_MODEL, model, "model")
        with self._open() as database:
            row = database.execute(
                "SELECT remaining FROM quota WHERE model = ?", (model,)
            ).fetchone()
        return 0 if row is None else int(row[0])

    def supply(self, operation: str, model: str, inferences: int) -> Receipt:
        """Adds inferences. Errors: Refused."""
        if isinstance(inferences, bool) or not isinstance(inferences, int):
            raise BadRequest("inferences must be a whole number")
        if not 1 <= inferences <= MOST:
            raise BadRequest(f"inferences must be 1 to {MOST}")
        return self._change(operation, model, inferences)

    def consume(self, operation: str, model: str) -> Receipt:
        """Takes one inference. Errors: Exhausted when there is none; Refused."""
        return self._change(operation, model, -1)

    def _change(self, operation: str, model: str, change: int) -> Receipt:
        _checked(_OPERATION, operation, "operation")
        _checked(_MODEL, model, "model")
        with self._open() as database:
            # IMMEDIATE: from here on nobody else writes, so what is read stays true.
            database.execute("BEGIN IMMEDIATE")
            try:
                receipt = self._within(database, operation, model, change)
                database.execute("COMMIT")
            except BaseException:
                database.execute("ROLLBACK")
                raise
        return receipt

    @staticmethod
    def _within(database: sqlite3.Connection, operation: str, model: str, change: int) -> Receipt:
        known = database.execute(
            "SELECT model, change, remaining FROM operation WHERE id = ?", (operation,)
        ).fetchone()
        if known is not None:
            if (known[0], known[1]) != (model, change):
                raise Conflict("this operation id belongs to another change")
            return Receipt(int(known[2]), repeated=True)
        database.execute("INSERT OR IGNORE INTO quota VALUES (?, 0)", (model,))
        changed = database.execute(
            "UPDATE quota SET remaining = remaining + ?1 WHERE model = ?2 "
            "AND remaining + ?1 BETWEEN 0 AND ?3 RETURNING remaining",
            (change, model, MOST),
        ).fetchone()
        if changed is None:
            if change < 0:
                raise Exhausted("no inference is left")
            raise BadRequest(f"more than {MOST} inferences")
        remaining = int(changed[0])
        database.execute(
            "INSERT INTO operation VALUES (?, ?, ?, ?)", (operation, model, change, remaining)
        )
        return Receipt(remaining, repeated=False)
