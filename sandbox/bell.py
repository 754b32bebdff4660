"""Wake those who wait for something to change."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Bell:
    """Ring it after each change; waiters look again whether it was theirs."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Wake everybody who waits now."""
        event, self._event = self._event, asyncio.Event()
        event.set()

    async def until(self, ready: Callable[[], bool], seconds: float) -> bool:
        """Wait until `ready()` holds, at most so long; returns whether it holds."""
        deadline = asyncio.get_running_loop().time() + seconds
        while not ready():
            event = self._event
            try:
                async with asyncio.timeout_at(deadline):
                    await event.wait()
            except TimeoutError:
                return ready()
        return True
