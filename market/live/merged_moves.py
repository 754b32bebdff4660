"""Price events of several markets as those of one."""

from __future__ import annotations

import asyncio
import logging

from desk.ports import MarketData

logger = logging.getLogger(__name__)


class MergedMoves:
    """Waits at each market for its prices to move; symbols carry the market's prefix."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._moved: set[str] = set()
        self._news = asyncio.Event()

    def add(self, prefix: str, market: MarketData) -> None:
        """Wait at this market too; at one that is there already nothing changes."""
        if prefix not in self._tasks:
            self._tasks[prefix] = asyncio.ensure_future(self._wait(prefix, market))

    def drop(self, prefix: str) -> None:
        """Wait at this market no more."""
        task = self._tasks.pop(prefix, None)
        if task is not None:
            task.cancel()

    async def moved(self) -> frozenset[str]:
        """Wait until prices moved anywhere; return which symbols'."""
        while not self._moved:
            self._news.clear()
            await self._news.wait()
        moved, self._moved = frozenset(self._moved), set()
        return moved

    async def close(self) -> None:
        """Stop waiting."""
        tasks = list(self._tasks.values())
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _wait(self, prefix: str, market: MarketData) -> None:
        try:
            while True:
                moved = await market.moved()
                # Looked up only now: meanwhile `moved` may have put another set in its place.
                self._moved.update(prefix + symbol for symbol in moved)
                self._news.set()
        except Exception:
            # Its prices are asked for then, as those of a market without events.
            logger.exception("price events of %s end", market.name)
