"""Follows a strategy's signal on the real paper desk, candle by candle, by the backtest's words.

What is traded when is said in trading.backtest's docstring and done here once more, plainly. What
it is traded at is left to the desk: proposals and confirmations at each open, the book's own exits
in each candle.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np

from desk.booking import Booking, Source
from desk.outcomes import Filled
from desk.terms import Terms
from desk.walk import Walk, missed_steps
from tests.fakes.clock import FakeClock
from tests.fakes.fake_market import FakeMarket
from tests.fakes.paper_desk import ANNE, CHAT, PaperDesk
from trading.backtest import Rules
from trading.bounds import Limits
from trading.candles import Candles, FloatArray, from_ms
from trading.events import OrderFilled
from trading.instrument import Instrument
from trading.limits import Denied
from trading.orders import Draft, Fill, Side

# Nothing but the fills is to be compared: no limit may cut or refuse what a backtest trades.
FREE = Limits(
    max_order_fraction=Decimal(1),
    max_symbol_fraction=Decimal(10),
    max_loss_fraction=Decimal(1),
    daily_loss=Decimal(1),
    strategy_drawdown=Decimal("0.999"),
    account_drawdown=Decimal("0.999"),
)
STRATEGY = "parity"


@dataclass
class Follower:
    """One strategy on one desk; `blocked` is the side that a stop or target ended."""

    desk: PaperDesk
    rules: Rules
    instrument: Instrument
    walk: Walk
    blocked: int = 0

    async def side(self) -> int:
        held = (await self.desk.state()).holding(STRATEGY, self.instrument.symbol).quantity
        return (held > 0) - (held < 0)

    async def turn(self, exposure: float, open_: Decimal, at: datetime) -> None:
        """Trade what a new signal asks for, at the open."""
        desk, symbol = self.desk, self.instrument.symbol
        desk.clock.now = at
        desk.market.set_quote(symbol, str(open_), str(open_), str(open_))
        side, wanted = await self.side(), (exposure > 1e-9) - (exposure < -1e-9)
        if side and wanted != side:
            (position,) = (await desk.state()).positions.values()
            assert isinstance(await desk.confirm.close(ANNE, position.id), Filled)
            side = 0
        if wanted != self.blocked:
            self.blocked = 0
        if wanted and not self.blocked and not side:
            await self._enter("buy" if wanted > 0 else "sell", abs(exposure))

    async def _enter(self, side: Side, exposure: float) -> None:
        desk = self.desk
        cash = (await desk.state()).cash
        if cash <= 0:
            return
        draft = Draft(
            symbol=self.instrument.symbol,
            side=side,
            strategy=STRATEGY,
            quantity=self.instrument.lot,
            stop_fraction=Decimal(str(self.rules.stop_fraction or 0)),
            target_fraction=Decimal(str(self.rules.target_fraction or 0)),
        )
        sample = await desk.preview.price(ANNE, draft)
        assert not isinstance(sample, Denied), sample
        worth = sample.entry * (1 + Decimal(str(self.rules.fee_rate)))
        quantity = self.instrument.floor_quantity(Decimal(str(exposure)) * cash / worth)
        if quantity <= 0:
            return
        made = await desk.preview.price(ANNE, draft.model_copy(update={"quantity": quantity}))
        assert not isinstance(made, Denied), made
        assert made.quantity == quantity, "a limit cut the order"
        await desk.preview.offer(made)
        outcome = await desk.confirm.confirm(ANNE, made.id)
        assert isinstance(outcome, Filled), outcome

    async def live_through(self, candles: Candles) -> None:
        """Let closed candles happen to the book."""
        before = await self.side()
        steps = missed_steps([candles], [])
        self.desk.clock.now = candles.last_close_time

        def work(booking: Booking) -> None:
            self.walk.through(booking, steps, {})

        await self.desk.confirm.settle(ANNE, work)
        if before and not await self.side():
            self.blocked = before


async def follow(
    folder: Path, candles: Candles, signal: FloatArray, rules: Rules, instrument: Instrument
) -> list[Fill]:
    """Return every fill of following the signal over the candles, oldest first."""
    clock = FakeClock(from_ms(int(candles.time[0])))
    market = FakeMarket(clock)
    market.add(instrument)
    terms = Terms(
        fee_rate=Decimal(str(rules.fee_rate)),
        slippage=Decimal(str(rules.slippage)),
        band=Decimal(0),
        lifetime=timedelta(minutes=5),
    )
    desk = PaperDesk(folder / "parity.db", market, clock, FREE, terms)
    try:
        await desk.accounts.open(ANNE, CHAT)
        source = Source("parity", demo=False)
        never = timedelta(days=10_000)
        walk = Walk({instrument.symbol: instrument}, terms, FREE, never, source)
        follower = Follower(desk, rules, instrument, walk)
        wanted = signal if rules.allow_short else signal.clip(min=0.0)
        # The signal of a candle is traded at the open of the next one, when it is another.
        changed = np.flatnonzero(np.diff(wanted[:-1], prepend=0.0))
        turns = [int(i) + 1 for i in changed]
        ends = [*turns[1:], len(candles)]
        for i, end in zip(turns, ends, strict=True):
            open_ = Decimal(repr(float(candles.open[i])))
            await follower.turn(float(wanted[i - 1]), open_, from_ms(int(candles.time[i])))
            await follower.live_through(candles[i:end])
        return [
            one.event.fill
            for one in await desk.log.read(ANNE)
            if isinstance(one.event, OrderFilled)
        ]
    finally:
        await desk.file.close()
