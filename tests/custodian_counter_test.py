"""The custodian's counter: exact, whenever it is killed."""

from __future__ import annotations

import contextlib
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from where import ROOT

FOLDER = ROOT / "examples" / "custodian"
sys.path.insert(0, str(FOLDER))

from counter import BadRequest, Conflict, Counter, Exhausted, Refused  # noqa: E402

MODEL = "a" * 64
OTHER = "b" * 64


def operation(number: int) -> str:
    return f"operation-{number:08}"


@pytest.fixture
def counter(tmp_path: Path) -> Counter:
    return Counter(tmp_path / "counter.db")


def test_supplies_add_up_and_consumptions_take_one(counter: Counter) -> None:
    assert counter.remaining(MODEL) == 0
    assert counter.supply(operation(1), MODEL, 5).remaining == 5
    assert counter.supply(operation(2), MODEL, 2).remaining == 7
    assert counter.consume(operation(3), MODEL).remaining == 6
    assert counter.remaining(MODEL) == 6
    assert counter.remaining(OTHER) == 0


def test_zero_refuses_and_stays_zero(counter: Counter) -> None:
    with pytest.raises(Exhausted):
        counter.consume(operation(1), MODEL)
    counter.supply(operation(2), MODEL, 1)
    counter.consume(operation(3), MODEL)
    for number in range(4, 8):
        with pytest.raises(Exhausted):
            counter.consume(operation(number), MODEL)
    assert counter.remaining(MODEL) == 0


def test_a_refusal_does_not_use_an_operation_up(counter: Counter) -> None:
    with pytest.raises(Exhausted):
        counter.consume(operation(1), MODEL)
    counter.supply(operation(2), MODEL, 1)
    receipt = counter.consume(operation(1), MODEL)
    assert (receipt.remaining, receipt.repeated) == (0, False)


def test_the_same_operation_counts_once(counter: Counter) -> None:
    assert counter.supply(operation(1), MODEL, 3).repeated is False
    again = counter.supply(operation(1), MODEL, 3)
    assert (again.remaining, again.repeated) == (3, True)
    counter.consume(operation(2), MODEL)
    counter.consume(operation(3), MODEL)
    again = counter.consume(operation(2), MODEL)
    assert (again.remaining, again.repeated) == (2, True)  # as it was told the first time
    assert counter.remaining(MODEL) == 1


def test_an_operation_id_is_of_one_change_only(counter: Counter) -> None:
    counter.supply(operation(1), MODEL, 3)
    for change in (
        lambda: counter.supply(operation(1), MODEL, 4),
        lambda: counter.supply(operation(1), OTHER, 3),
        lambda: counter.consume(operation(1), MODEL),
    ):
        with pytest.raises(Conflict):
            change()
    assert (counter.remaining(MODEL), counter.remaining(OTHER)) == (3, 0)


@pytest.mark.parametrize("inferences", [0, -1, 1_000_000_001, True, 1.0, "5", None])
def test_supplies_that_mean_nothing_are_refused(counter: Counter, inferences: object) -> None:
    with pytest.raises(BadRequest):
        counter.supply(operation(1), MODEL, inferences)  # type: ignore[arg-type]
    assert counter.remaining(MODEL) == 0


def test_the_sum_has_a_limit(counter: Counter) -> None:
    counter.supply(operation(1), MODEL, 1_000_000_000)
    with pytest.raises(BadRequest):
        counter.supply(operation(2), MODEL, 1)
    assert counter.remaining(MODEL) == 1_000_000_000


@pytest.mark.parametrize(
    ("name", "model"),
    [("short", MODEL), ("x" * 65, MODEL), ("operation 000000001", MODEL), (None, MODEL), (5, MODEL),
     (operation(1), MODEL.upper()), (operation(1), "a" * 63), (operation(1), None),
     (operation(1), MODEL + "\n")],
)  # fmt: skip
def test_names_that_are_none_are_refused(counter: Counter, name: object, model: object) -> None:
    with pytest.raises(BadRequest):
        counter.consume(name, model)  # type: ignore[arg-type]


def test_threads_take_every_inference_once(counter: Counter, tmp_path: Path) -> None:
    counter.supply(operation(0), MODEL, 20)
    granted: list[int] = []

    def take(start: int) -> None:
        own = Counter(tmp_path / "counter.db")
        for number in range(start, start + 10):
            with contextlib.suppress(Exhausted):
                granted.append(own.consume(operation(number), MODEL).remaining)

    threads = [threading.Thread(target=take, args=(100 * i + 1,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(granted) == list(range(20))
    assert counter.remaining(MODEL) == 0


def test_the_database_itself_refuses_less_than_nothing(counter: Counter, tmp_path: Path) -> None:
    counter.supply(operation(1), MODEL, 1)
    connection = sqlite3.connect(tmp_path / "counter.db")
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute("UPDATE quota SET remaining = -1")
    connection.close()


# Consumes the operation it is given and says so, once the commit has returned.
_WORKER = """
import sys
from counter import Counter
counter = Counter(sys.argv[1])
sys.stdout.write("ready\\n"); sys.stdout.flush()
for line in sys.stdin:
    receipt = counter.consume(line.strip(), sys.argv[2])
    sys.stdout.write(f"{receipt.remaining} {receipt.repeated}\\n"); sys.stdout.flush()
"""


class Worker:
    """A process that consumes, to be killed."""

    def __init__(self, database: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-S", "-c", _WORKER, str(database), MODEL],
            cwd=FOLDER, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def ask(self, name: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(name + "\n")
        self.process.stdin.flush()

    def answer(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def kill(self) -> str:
        """SIGKILL; what it had said before."""
        self.process.send_signal(signal.SIGKILL)
        rest, _ = self.process.communicate()
        assert self.process.returncode == -signal.SIGKILL
        return rest


def test_killed_in_a_loop_of_100_consumptions_the_count_is_exact(tmp_path: Path) -> None:
    """Every consumption is killed at some moment, and asked for again until it is acknowledged."""
    database = tmp_path / "counter.db"
    counter = Counter(database)
    counter.supply(operation(0), MODEL, 1000)
    moments = random.Random(20231130)  # any; fixed, so that a failure comes again
    unheard = 0
    for number in range(1, 101):
        worker = Worker(database)
        worker.ask(operation(number))
        time.sleep(moments.uniform(0, 0.004))
        heard = bool(worker.kill().strip())
        if not heard:
            unheard += 1
            again = Worker(database)
            again.ask(operation(number))
            remaining, _repeated = again.answer().split()
            again.kill()
            assert int(remaining) == 1000 - number
        assert counter.remaining(MODEL) == 1000 - number
    assert unheard > 0  # otherwise nothing was interrupted
    assert counter.remaining(MODEL) == 900


def test_a_commit_whose_answer_was_lost_is_not_made_twice(tmp_path: Path) -> None:
    database = tmp_path / "counter.db"
    Counter(database).supply(operation(0), MODEL, 10)
    worker = Worker(database)
    worker.ask(operation(1))
    deadline = time.monotonic() + 20
    while Counter(database).remaining(MODEL) != 9:
        assert time.monotonic() < deadline
    worker.kill()  # what it said was never read
    receipt = Counter(database).consume(operation(1), MODEL)
    assert (receipt.remaining, receipt.repeated) == (9, True)
    assert Counter(database).remaining(MODEL) == 9


def test_a_transaction_cut_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    database = tmp_path / "counter.db"
    Counter(database).supply(operation(0), MODEL, 10)
    script = (
        "import os, signal, sqlite3, sys\n"
        "database = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "database.execute('BEGIN IMMEDIATE')\n"
        "database.execute('UPDATE quota SET remaining = remaining - 1')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ended = subprocess.run([sys.executable, "-S", "-c", script, str(database)], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert Counter(database).remaining(MODEL) == 10
    assert Counter(database).consume(operation(1), MODEL).remaining == 9


def test_every_refusal_is_one() -> None:
    for kind in (BadRequest, Conflict, Exhausted):
        assert issubclass(kind, Refused)
