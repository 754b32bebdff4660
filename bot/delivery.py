"""Deliver what the outbox holds: each message until it has arrived, on every channel."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence

from telegram import Bot

from bot.channel import Channel
from bot.lanes import Lanes
from bot.telegram_channel import TelegramChannel
from desk.ports import CardStore, Clock, Outbox


class Delivery:
    """Sends waiting messages, oldest first in each chat; what fails waits and is tried again.

    A try is recorded before it begins and after it ended. Telegram takes no key that would tell
    a repeat from a new message: when the end of a try is unknown (the connection broke after the
    request went out, the process died), the message is sent again rather than lost, and says
    that it may be a repeat.

    `second` are the channels that critical messages go to besides. `sole`: no other process
    delivers from this outbox, so what a former life was sending is taken over at once.
    """

    def __init__(
        self,
        bot: Bot,
        outbox: Outbox,
        cards: CardStore,
        clock: Clock,
        second: Sequence[Channel] = (),
        *,
        sole: bool = False,
    ) -> None:
        channels: list[Channel] = [TelegramChannel(bot, cards), *second]
        self._outbox = outbox
        self._clock = clock
        self._owner = secrets.token_hex(8)
        self._names = [channel.name for channel in channels]
        self._alone_at_first = sole
        self._beginning = asyncio.Lock()
        self._lanes = [
            Lanes(channel, outbox, clock, self._owner, self._begin) for channel in channels
        ]

    def wake(self) -> None:
        """Deliver soon instead of at the next round; a slow channel holds up no other."""
        for lanes in self._lanes:
            lanes.wake()

    async def deliver(self) -> None:
        """Send all messages that are due now."""
        await asyncio.gather(*(lanes.deliver() for lanes in self._lanes))

    async def stop(self) -> None:
        """Finish the messages that are being sent; the others wait for the next start."""
        await asyncio.gather(*(lanes.stop() for lanes in self._lanes))

    async def _begin(self) -> None:
        """Settle, once, what former lives left behind."""
        async with self._beginning:
            if self._alone_at_first:
                await self._outbox.take_over(self._owner, self._names, self._clock())
                self._alone_at_first = False
