"""A private folder and its child processes, gone when their owner is gone.

The keeper is a small process between the owner and the children (here: the software TPM). It
waits on a pipe whose other end only the owner holds. However the owner ends (return, exception,
SIGTERM, even SIGKILL) the kernel closes that end; the keeper then stops the children and removes
the folder. Nothing depends on exit handlers that a hard end would skip.

The same file is both sides: imported it is the owner's side, run as a script it is the keeper.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO

_PR_SET_PDEATHSIG = 1
_STOP_SECONDS = 5.0
_LONGEST_FOLDER = 80  # a unix socket's whole path must stay below 108 bytes


class Keeper:
    """A private temporary folder (mode 0700) and the processes that were started in it."""

    def __init__(self) -> None:
        """Creates the folder and starts its keeper."""
        folder = tempfile.mkdtemp(prefix="cupel-testing-")
        if len(folder) > _LONGEST_FOLDER:
            Path(folder).rmdir()
            folder = tempfile.mkdtemp(prefix="cupel-testing-", dir="/tmp")
        self.folder = Path(folder)
        try:
            self._process: subprocess.Popen[bytes] = subprocess.Popen(
                [sys.executable, "-I", __file__, folder],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                cwd="/",
                start_new_session=True,  # Ctrl-C is for the owner; the keeper tidies up after
            )
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def start(self, arguments: list[str]) -> int:
        """Starts a child in the folder; its output goes to `child.log`. Returns its process id.

        Errors: OSError when the program cannot be started.
        """
        if any("\0" in argument for argument in arguments):
            raise ValueError("a NUL byte in a program argument")
        to_keeper, from_keeper = self._pipes()
        message = "\0".join(arguments).encode()
        to_keeper.write(len(message).to_bytes(4, "big") + message)
        to_keeper.flush()
        answer = from_keeper.readline().decode().strip()
        if not answer.isdecimal():
            raise OSError(f"{arguments[0]} did not start: {answer or 'its keeper has ended'}")
        return int(answer)

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the keeper was started without pipes")
        return self._process.stdin, self._process.stdout

    def close(self) -> None:
        """Stops the children and removes the folder. Harmless when called again."""
        to_keeper, from_keeper = self._pipes()
        with contextlib.suppress(OSError):
            to_keeper.close()
        try:
            self._process.wait(timeout=2 * _STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        from_keeper.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def _die_with_parent() -> None:
    """Between fork and exec: asks Linux to end this child should its keeper be killed."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _start_child(arguments: list[str], folder: Path) -> subprocess.Popen[bytes]:
    # The keeper has one thread, so running Python between fork and exec is safe here.
    with (folder / "child.log").open("ab") as log:
        return subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            preexec_fn=_die_with_parent,
        )


def _keep(folder: Path, requests: IO[bytes], answers: IO[bytes]) -> None:
    """The keeper's whole life: starts what is asked for, until the owner's end closes."""
    children: list[subprocess.Popen[bytes]] = []
    try:
        while len(header := requests.read(4)) == 4:
            arguments = requests.read(int.from_bytes(header, "big")).decode().split("\0")
            try:
                child = _start_child(arguments, folder)
            except OSError as error:
                answers.write(f"{error.strerror}\n".encode())
            else:
                children.append(child)
                answers.write(f"{child.pid}\n".encode())
            answers.flush()
    finally:
        for child in children:
            child.terminate()
        for child in children:
            try:
                child.wait(timeout=_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    # A write to an owner that is gone must not skip the tidying up.
    with contextlib.suppress(OSError):
        _keep(Path(sys.argv[1]), sys.stdin.buffer, sys.stdout.buffer)
    with contextlib.suppress(OSError):
        os.close(1)
