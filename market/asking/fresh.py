"""Answers that are used again while they are fresh; never asked for twice at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from market.asking.single_flight import SingleFlight

T = TypeVar("T")

# For how many seconds an answer is used again, by kind of data.
QUOTE_SECONDS = 1.0
ORDER_BOOK_SECONDS = 5.0
# What moves slowly: funding, open interest, news.
SLOW_SECONDS = 600.0
MARKETS_SECONDS = 4 * 3600.0


class Fresh(Generic[T]):
    """Keeps each key's answer for `seconds`, of at most `most` keys (the oldest goes first).

    Who asks while a key's answer is under way shares it. An error reaches all who wait for it and
    is not kept: the next one asks again.
    """

    def __init__(self, seconds: float, most: int = 256) -> None:
        self._seconds = seconds
        self._most = most
        # In the order of their ends: every answer lasts equally long.
        self._kept: dict[Hashable, tuple[float, T]] = {}
        self._flights: SingleFlight[T] = SingleFlight()

    async def get(self, key: Hashable, ask: Callable[[], Awaitable[T]]) -> T:
        """Return the fresh answer of `key`, or what `ask` gives."""
        held = self._kept.get(key)
        if held is not None and held[0] > _now():
            return held[1]
        return await self._flights.run(key, lambda: self._ask(key, ask))

    def forget(self, key: Hashable) -> None:
        """Drop a kept answer; one that is under way is still shared, and kept."""
        self._kept.pop(key, None)

    async def close(self) -> None:
        """Cancel what is under way and forget everything."""
        await self._flights.close()
        self._kept.clear()

    async def _ask(self, key: Hashable, ask: Callable[[], Awaitable[T]]) -> T:
        value = await ask()
        self._kept.pop(key, None)
        self._kept[key] = (_now() + self._seconds, value)
        while len(self._kept) > self._most:
            del self._kept[next(iter(self._kept))]
        return value


def _now() -> float:
    return asyncio.get_running_loop().time()
