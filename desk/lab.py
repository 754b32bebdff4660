"""Where heavy figures are computed: off the event loop, each one once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, cast

from desk.contained import contained
from desk.forecasting import Forecasting
from desk.memory import Memory
from desk.searching import Searching
from trading.learners import Library

T = TypeVar("T")


class Lab:
    """Run pure functions in worker threads and remember their results.

    The key must name everything that the result depends on. The compiled parts (numba, TA-Lib,
    LightGBM) let go of Python's lock, so two threads use two cores. What takes many seconds goes
    to `searching`, whose thread is its own, and what learns to `forecasting`, likewise.
    """

    def __init__(
        self, workers: int = 2, remember: int = 256, library: Library = Library.LIGHTGBM
    ) -> None:
        """`library`: whose trees forecast."""
        self.library = library
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="lab")
        self._results = Memory(remember)
        self._running: dict[Hashable, asyncio.Future[Any]] = {}
        self.searching = Searching()
        self.forecasting = Forecasting(library, remember)

    async def run(self, key: Hashable, work: Callable[[], T]) -> T:
        """Return `work()` or its remembered result; a failure is not remembered."""
        found = self._results.get(key)
        if found is not None:
            return cast(T, found)
        future = self._running.get(key)
        if future is None or future.get_loop() is not asyncio.get_running_loop():
            future = asyncio.get_running_loop().run_in_executor(self._pool, contained(work))
            self._running[key] = future
            future.add_done_callback(lambda done: self._ended(key, done))
        return cast(T, await asyncio.shield(future))

    def _ended(self, key: Hashable, future: asyncio.Future[Any]) -> None:
        if self._running.get(key) is future:
            del self._running[key]
        if not future.cancelled() and future.exception() is None:
            self._results.put(key, future.result())

    def close(self) -> None:
        self.searching.close()
        self.forecasting.close()
        self._pool.shutdown(wait=False, cancel_futures=True)
