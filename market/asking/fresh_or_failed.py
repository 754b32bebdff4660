"""Fresh answers, with failures that are repeated for a while instead of asked for again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from desk.errors import MarketUnavailable
from market.asking.fresh import Fresh

T = TypeVar("T")

# Else every answer would wait anew for a host that is down.
FAILED_SECONDS = 30.0


class FreshOrFailed(Generic[T]):
    """Keeps each key's answer for `seconds` as Fresh does, and a MarketUnavailable for 30 s."""

    def __init__(self, seconds: float, most: int = 256) -> None:
        self._fresh: Fresh[T] = Fresh(seconds, most)
        self._failures: dict[Hashable, tuple[float, str]] = {}

    async def get(self, key: Hashable, ask: Callable[[], Awaitable[T]]) -> T:
        """Return the fresh answer of `key`, or what `ask` gives, or why it failed just now."""
        now = _now()
        self._failures = {which: held for which, held in self._failures.items() if held[0] > now}
        if key in self._failures:
            raise MarketUnavailable(self._failures[key][1])
        return await self._fresh.get(key, lambda: self._ask(key, ask))

    async def close(self) -> None:
        """Cancel what is under way and forget everything."""
        await self._fresh.close()
        self._failures.clear()

    async def _ask(self, key: Hashable, ask: Callable[[], Awaitable[T]]) -> T:
        # Here and not in `get`: who asked may have lost patience before it fails.
        try:
            return await ask()
        except MarketUnavailable as error:
            self._failures[key] = (_now() + FAILED_SECONDS, str(error))
            raise


def _now() -> float:
    return asyncio.get_running_loop().time()
