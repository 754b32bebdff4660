"""One request at a time for each question: those who ask meanwhile share the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from desk.errors import MarketUnavailable

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Runs work once per key while it is in flight; nothing is kept afterwards.

    Each caller gets the result or the error. A caller that is cancelled leaves alone: the work
    goes on for the others.
    """

    def __init__(self) -> None:
        self._flights: dict[Hashable, asyncio.Task[T]] = {}

    async def run(self, key: Hashable, work: Callable[[], Awaitable[T]]) -> T:
        """Join the flight of `key`, or start it with `work`."""
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.ensure_future(_as_coroutine(work))
            self._flights[key] = flight
            flight.add_done_callback(lambda done: self._landed(key, done))
        try:
            return await asyncio.shield(flight)
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if flight.cancelled() and not (current and current.cancelling()):
                raise MarketUnavailable("The market connection was closed meanwhile.") from None
            raise

    def _landed(self, key: Hashable, flight: asyncio.Task[T]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
        if not flight.cancelled():
            flight.exception()  # taken here, or asyncio complains when every caller has left

    async def close(self) -> None:
        """Cancel what is in flight and wait until it has ended."""
        flights = list(self._flights.values())
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)


async def _as_coroutine(work: Callable[[], Awaitable[T]]) -> T:
    return await work()
