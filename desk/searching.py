"""Searches that take a while: one at a time, shared by those who ask the same, and stoppable."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, cast

T = TypeVar("T")
Told = Callable[[str], None]
Stopped = Callable[[], bool]
WAITING = "Waiting for another search to end"


class Unwanted(Exception):
    """Nobody waits for the search any more, so it ends without an outcome."""


def untold(text: str) -> None:
    """Take a line of progress that nobody reads."""


class Searching:
    """Runs searches in one worker thread of their own, so that nothing else waits for them.

    A search that nobody waits for any more is stopped; outcomes are remembered by key. `waiting`
    is told to who has to wait for another one's.
    """

    def __init__(self, remember: int = 32, name: str = "search", waiting: str = WAITING) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._waiting = waiting
        self._remember = remember
        self._outcomes: OrderedDict[Hashable, object] = OrderedDict()
        self._running: dict[Hashable, _Search] = {}

    async def run(self, key: Hashable, work: Callable[[Told, Stopped], T], told: Told) -> T:
        """Return the outcome of `work`, running it unless it is known or under way.

        `work` gets a function for lines of progress, which reach each one's `told` on the event
        loop, and one that says when to stop. The key must name all that the outcome depends on.
        """
        if key in self._outcomes:
            self._outcomes.move_to_end(key)
            return cast(T, self._outcomes[key])
        search = self._running.get(key)
        if search is None:
            if self._running:
                told(self._waiting)
            search = _Search(self._pool, work)
            self._running[key] = search
            search.future.add_done_callback(lambda done: self._ended(key, search, done))
        elif search.last:
            told(search.last)
        search.listeners.append(told)
        try:
            return cast(T, await asyncio.shield(search.future))
        finally:
            search.listeners.remove(told)
            if not search.listeners and not search.future.done():
                # Whoever asks from now on begins anew: this one will bring nothing.
                search.stop.set()
                search.future.cancel()
                if self._running.get(key) is search:
                    del self._running[key]

    def close(self) -> None:
        """Stop all searches; the thread ends with the step at hand."""
        for search in self._running.values():
            search.stop.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _ended(self, key: Hashable, search: _Search, done: asyncio.Future[Any]) -> None:
        if self._running.get(key) is search:
            del self._running[key]
        if done.cancelled() or done.exception() is not None:
            return
        self._outcomes[key] = done.result()
        while len(self._outcomes) > self._remember:
            self._outcomes.popitem(last=False)


class _Search:
    """One search: its future, those who listen, and the sign to stop."""

    def __init__(self, pool: ThreadPoolExecutor, work: Callable[[Told, Stopped], object]) -> None:
        loop = asyncio.get_running_loop()
        self.stop = threading.Event()
        self.listeners: list[Told] = []
        self.last = ""

        def tell(text: str) -> None:
            if not self.stop.is_set():
                loop.call_soon_threadsafe(self._tell, text)

        self.future = loop.run_in_executor(pool, lambda: work(tell, self.stop.is_set))

    def _tell(self, text: str) -> None:
        self.last = text
        for told in tuple(self.listeners):
            told(text)
