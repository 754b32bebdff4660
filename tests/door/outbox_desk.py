"""An outbox with messages in it, and a delivery that may be dropped and made anew."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

from telegram import Bot

from bot.channel import Channel
from bot.delivery import Delivery
from desk.messages import DRAWDOWN, DrawdownAlert
from desk.ports import Entry, Message
from storage.account_log import SqliteAccountLog
from storage.cards import SqliteCards
from storage.outbox import SqliteOutbox
from storage.sqlite import SqliteFile
from tests.fakes.clock import FakeClock
from tests.trading.ledger_events import opened


class OutboxDesk:
    """The sending half of a desk: its file, its clock, and what its outbox says."""

    def __init__(self, path: Path, also: Sequence[str] = ()) -> None:
        self.clock = FakeClock()
        self.file = SqliteFile(path)
        self.outbox = SqliteOutbox(self.file)
        self.log = SqliteAccountLog(self.file, also)
        self._accounts = itertools.count(1)

    def delivery(self, bot: Bot, second: Sequence[Channel] = (), *, sole: bool = True) -> Delivery:
        """Make a delivery, as a new process would."""
        cards = SqliteCards(self.file)
        return Delivery(bot, self.outbox, cards, self.clock, second, sole=sole)

    async def post(self, *messages: Message) -> None:
        """Put messages into the outbox, in one append of an account of their own."""
        account = f"a{next(self._accounts)}"
        await self.log.append(account, 0, self.clock(), [Entry(opened(), "opened")], messages)

    async def states(self) -> dict[tuple[str, str], tuple[str, int]]:
        """Return state and attempts by (key, channel's scheme)."""
        rows = await self.file.run(
            lambda database: list(database.query("SELECT * FROM outbox ORDER BY id"))
        )
        return {
            (row["key"], row["channel"].partition(":")[0]): (row["state"], row["attempts"])
            for row in rows
        }


def alarm(key: str, chat_id: int, *, critical: bool = False, quiet: bool = False) -> Message:
    """Make a drawdown alert; `key` is in its card."""
    alert = DrawdownAlert(
        scope=f"strategy:{key}",
        tier="limit",
        drawdown=Decimal("0.08"),
        bound=Decimal("0.08"),
        equity=Decimal(9_200),
        peak=Decimal(10_000),
        currency="USDT",
        paused=True,
        at=FakeClock().now,
        source="binance",
        demo=False,
    )
    return Message(key, chat_id, DRAWDOWN, alert.model_dump_json(), critical, quiet)


@asynccontextmanager
async def outbox_desk(folder: Path, also: Sequence[str] = ()) -> AsyncIterator[OutboxDesk]:
    desk = OutboxDesk(folder / "conclave.db", also)
    try:
        yield desk
    finally:
        await desk.file.close()
