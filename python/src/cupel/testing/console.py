"""Words for people: plain lines, colour only where it is wanted."""

from __future__ import annotations

import os
import textwrap
from typing import TextIO

_WIDTH = 88
_CODES = {"bold": "1", "dim": "2", "green": "32", "red": "31"}


class Console:
    """Writes lines to a stream; colours them on a terminal when NO_COLOR is not set."""

    def __init__(self, stream: TextIO, *, quiet: bool = False) -> None:
        """`quiet` swallows everything."""
        self._stream = stream
        self._quiet = quiet
        self._color = stream.isatty() and not os.environ.get("NO_COLOR")

    def say(self, text: str = "", *, style: str | None = None) -> None:
        """One line."""
        if self._quiet:
            return
        if style is not None and self._color:
            text = f"\x1b[{_CODES[style]}m{text}\x1b[0m"
        self._stream.write(text + "\n")
        self._stream.flush()

    def tell(self, text: str, *, indent: str = "   ", style: str | None = None) -> None:
        """A paragraph, wrapped."""
        for line in textwrap.wrap(
            text,
            _WIDTH,
            initial_indent=indent,
            subsequent_indent=indent,
            break_long_words=False,  # a path or a number stays one word, to be copied
            break_on_hyphens=False,
        ):
            self.say(line, style=style)
