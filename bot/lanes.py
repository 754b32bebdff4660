"""One channel of the outbox: its lanes side by side, each message in its lane's order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.channel import Channel, NotDelivered, Unanswered, Undeliverable
from desk.ports import Clock, Outbox, Outgoing

log = logging.getLogger(__name__)
FIRST_WAIT = timedelta(seconds=2)
MOST_DOUBLINGS = 16
# A claim outlives a few renewals that come late, and no more: after a crash of the machine
# another process waits this long before it sends what this one was sending.
CLAIM = timedelta(seconds=30)
RENEWED_AFTER = timedelta(seconds=10)
LOOK_AGAIN_SECONDS = 1.0


class Lanes:
    """Sends what waits for one channel. A lane that waits or is slow holds up no other."""

    def __init__(
        self,
        channel: Channel,
        outbox: Outbox,
        clock: Clock,
        owner: str,
        begin: Callable[[], Awaitable[None]],
    ) -> None:
        """`owner` names this process in claims; `begin` is awaited before each round."""
        self._channel = channel
        self._outbox = outbox
        self._clock = clock
        self._owner = owner
        self._begin = begin
        self._busy = asyncio.Lock()
        self._woken = asyncio.Event()
        self._soon: asyncio.Task[None] | None = None
        self._stopping = False
        # Messages that arrived but could not be recorded: never sent again from here.
        self._arrived: dict[int, int] = {}

    def wake(self) -> None:
        """Look soon for messages that are due."""
        self._woken.set()
        if self._soon is None or self._soon.done():
            self._soon = asyncio.create_task(self._deliver_soon())

    async def deliver(self) -> None:
        """Send all messages that are due now."""
        async with self._busy:
            await self._begin()
            await self._drain()

    async def stop(self) -> None:
        """Finish the messages that are under way; the others wait for the next start."""
        self._stopping = True
        self._woken.set()
        async with self._busy:
            return

    async def _deliver_soon(self) -> None:
        try:
            await self.deliver()
        except Exception:
            # The messages are still in the outbox: the next round tries again.
            log.exception("delivery failed")

    async def _drain(self) -> None:
        under_way: set[asyncio.Task[None]] = set()
        renewed = self._clock()
        try:
            while True:
                self._woken.clear()
                under_way |= {
                    asyncio.create_task(self._try(message))
                    for message in await self._claimed(len(under_way))
                }
                if under_way:
                    await self._some_ended(under_way)
                elif not self._woken.is_set():
                    return
                if under_way and self._clock() - renewed >= RENEWED_AFTER:
                    renewed = self._clock()
                    await self._outbox.renew(self._channel.name, self._owner, renewed + CLAIM)
        except asyncio.CancelledError:
            # Nobody waits for these any more; what they were sending is claimed and will be told.
            for task in under_way:
                task.cancel()
            raise
        finally:
            await asyncio.gather(*under_way, return_exceptions=True)

    async def _some_ended(self, under_way: set[asyncio.Task[None]]) -> None:
        """Wait until a try ends or there may be something new; take the ended ones away."""
        woken = asyncio.create_task(self._woken.wait())
        try:
            ended, _ = await asyncio.wait(
                {*under_way, woken},
                timeout=LOOK_AGAIN_SECONDS,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            woken.cancel()
        ended.discard(woken)
        under_way -= ended
        for error in [task.exception() for task in ended]:
            if error is not None:
                raise error

    async def _claimed(self, under_way: int) -> list[Outgoing]:
        """Claim the next messages, as many as there is room for."""
        for outgoing_id, message_id in list(self._arrived.items()):
            await self._record(outgoing_id, message_id)
        room = self._channel.lanes_at_once - under_way
        name, now = self._channel.name, self._clock()
        if self._stopping or room <= 0 or not await self._outbox.due(now, 1, name):
            return []
        return list(await self._outbox.claim(name, self._owner, now, now + CLAIM, room))

    async def _try(self, message: Outgoing) -> None:
        try:
            message_id = await self._channel.send(message)
        except Undeliverable as error:
            await self._give_up(message, str(error))
        except NotDelivered as error:
            await self._later(message, error, error.wait, holds=error.holds)
        except Unanswered as error:
            await self._later(message, error, uncertain=True)
        except Exception as error:
            # A fault of our own may come again each time: those behind it go first.
            log.exception("message %s failed", message.key)
            pause = self._channel.longest_wait
            await self._later(message, error, pause, uncertain=True, holds=False)
        else:
            await self._record(message.id, message_id)

    async def _record(self, outgoing_id: int, message_id: int) -> None:
        try:
            await self._outbox.delivered(outgoing_id, self._clock(), message_id)
        except Exception:
            self._arrived[outgoing_id] = message_id
            raise
        self._arrived.pop(outgoing_id, None)

    async def _later(
        self,
        message: Outgoing,
        error: Exception,
        wished: timedelta | None = None,
        *,
        uncertain: bool = False,
        holds: bool = True,
    ) -> None:
        pause = self._pause(message) if wished is None else wished
        due = self._clock() + pause
        if self._too_old(message, due):
            await self._give_up(message, str(error))
            return
        log.info("message %s waits %s: %s", message.key, pause, error)
        await self._outbox.retry_later(
            message.id, self._owner, due, str(error), uncertain=uncertain, holds=holds
        )

    def _pause(self, message: Outgoing) -> timedelta:
        doubled = FIRST_WAIT * (1 << min(message.attempts, MOST_DOUBLINGS))
        return min(doubled, self._channel.longest_wait)

    def _too_old(self, message: Outgoing, due: datetime) -> bool:
        most = self._channel.give_up_after
        return most is not None and due - message.created_at > most

    async def _give_up(self, message: Outgoing, error: str) -> None:
        log.warning("message %s is given up (%s): %s", message.key, self._channel.name, error)
        await self._outbox.gave_up(message.id, self._owner, self._clock(), error)
