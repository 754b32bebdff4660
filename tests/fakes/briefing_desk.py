"""Briefings over a paper desk, with a day of candles and settable news."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from desk.briefing import BRIEFING, Briefing
from desk.briefing_parts import PastCall
from desk.briefings import Briefings
from desk.lab import Lab
from desk.pinned import Pin
from desk.terms import Terms
from storage.outbox import SqliteOutbox
from tests.fakes.fixed_news import FixedNews
from tests.fakes.paper_desk import BTC, ETH, PaperDesk, new_id
from trading.backtest import Rules
from trading.bounds import Limits
from trading.candles import Candles, Timeframe, to_ms
from trading.strategies.catalogue import built_in

SOL = "SOL/USDT"


class Calls:
    """What was decided before, as tests say it."""

    def __init__(self) -> None:
        self.past: list[PastCall] = []

    async def of(self, account_id: str, since: datetime) -> Sequence[PastCall]:
        return [call for call in self.past if call.at >= since]


class BriefingDesk:
    """One process's briefings; several may share a desk's file, market and clock."""

    def __init__(self, desk: PaperDesk) -> None:
        self.desk = desk
        self.news = FixedNews(desk.clock)
        self.calls = Calls()
        pin = Pin(
            desk.market,
            desk.accounts,
            desk.log,
            desk.clock,
            new_id,
            Limits(),
            Terms(),
            Rules(),
            Lab(),
            built_in(),
            news=self.news,
        )
        self.briefings = Briefings(
            desk.accounts, pin, desk.portfolios, desk.protect, self.calls, desk.clock
        )

    async def told(self) -> list[Briefing]:
        """Return the briefings that wait in the outbox, oldest first."""
        due = await SqliteOutbox(self.desk.file).due(self.desk.clock(), limit=1_000)
        return [Briefing.model_validate_json(one.payload) for one in due if one.kind == BRIEFING]


def day_of_candles(desk: PaperDesk, **closes: tuple[float, float]) -> None:
    """Give symbols by base a close of a day ago and a price of now."""
    now = desk.clock().replace(minute=0, second=0, microsecond=0)
    for base, (before, price) in closes.items():
        symbol = f"{base}/USDT"
        rows = [
            [to_ms(now - timedelta(hours=ago)), before, before, before, before, 1.0]
            for ago in range(30, 0, -1)
        ]
        desk.market.set(symbol, Decimal(str(price)))
        desk.market.set_candles(Candles.from_rows(symbol, Timeframe.H1, rows))


__all__ = ["BTC", "ETH", "SOL", "BriefingDesk", "Calls", "day_of_candles"]
