"""`with` and `async with`: the block's end closes what it was opened with."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # Python 3.10 has no typing.Self, and nothing here needs it at run time
    from typing_extensions import Self


class Closing(ABC):
    """What has a close()."""

    @abstractmethod
    def close(self) -> None:
        """Ends it. Harmless when called again."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.close()


class AsyncClosing(ABC):
    """What has an aclose()."""

    @abstractmethod
    async def aclose(self) -> None:
        """Ends it. Harmless when called again."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        await self.aclose()
