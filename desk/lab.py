"""Where heavy figures are computed: off the event loop, each one once."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, cast

from desk.searching import Searching

T = TypeVar("T")


class Lab:
    """Run pure functions in worker threads and remember their results.

    The key must name everything that the result depends on. The compiled parts (numba, TA-Lib,
    LightGBM) let go of Python's lock, so two threads use two cores. What takes many seconds goes
    to `searching`, whose thread is its own.
    """

    def __init__(self, workers: int = 2, remember: int = 256) -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="lab")
        self._remember = remember
        self._results: OrderedDict[Hashable, asyncio.Future[Any]] = OrderedDict()
        self.searching = Searching()

    async def run(self, key: Hashable, work: Callable[[], T]) -> T:
        """Return `work()` or its remembered result; a failure is not remembered."""
        future = self._results.get(key)
        if future is None or future.get_loop() is not asyncio.get_running_loop():
            future = asyncio.get_running_loop().run_in_executor(self._pool, work)
            self._results[key] = future
            future.add_done_callback(lambda done: self._forget_failure(key, done))
            while len(self._results) > self._remember:
                self._results.popitem(last=False)
        else:
            self._results.move_to_end(key)
        return cast(T, await asyncio.shield(future))

    def _forget_failure(self, key: Hashable, future: asyncio.Future[Any]) -> None:
        if future.cancelled() or future.exception() is not None:
            self._results.pop(key, None)

    def close(self) -> None:
        self.searching.close()
        self._pool.shutdown(wait=False, cancel_futures=True)
