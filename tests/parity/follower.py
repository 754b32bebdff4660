"""Follows a strategy's signal on the real paper desk, candle by candle, by the backtest's words.

What is traded when is said in trading.backtest's docstring and done here once more, plainly. What
it is traded at is left to the desk: proposals and confirmations at each open, the book's own exits
and liquidations in each candle.

The book's stops and targets belong to one entry each, so a position that is added to has several
of them, where the backtest moves one of each to the average entry: signals that change their size
are followed without them. The book can't begin a trailing stop at another distance either.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np

from desk.booking import Booking, Source
from desk.moments import Moment, Phase
from desk.outcomes import Filled
from desk.pricing import market_price
from desk.terms import Terms
from desk.walk import Step, Walk, missed_steps
from tests.fakes.clock import FakeClock
from tests.fakes.fake_market import FakeMarket
from tests.fakes.paper_desk import ANNE, CHAT, PaperDesk
from trading.account import AccountState, equity
from trading.backtest import Rules
from trading.bounds import Limits
from trading.candles import Candles, FloatArray, from_ms
from trading.events import OrderFilled
from trading.instrument import Instrument
from trading.limits import Denied
from trading.margin import liquidation_of
from trading.orders import Draft, Fill, Position, Side, sign

# Nothing but the fills is to be compared: no limit may cut or refuse what a backtest trades.
FREE = Limits(
    max_order_fraction=Decimal(1),
    max_symbol_fraction=Decimal(10),
    max_leverage_crypto=Decimal(20),
    max_loss_fraction=Decimal(1),
    daily_loss=Decimal(1),
    strategy_drawdown=Decimal("0.999"),
    account_drawdown=Decimal("0.999"),
)
STRATEGY = "parity"
NEVER = timedelta(days=10_000)
Placed = tuple[int, Fill]


@dataclass(frozen=True)
class Followed:
    """Every fill with the candle that it happened in, oldest first, and what is held at the end."""

    fills: list[Placed]
    position: Position | None


@dataclass
class Follower:
    """One strategy on one desk.

    `blocked` is the side that anything but the signal ended, `entered` the candle of the entry.
    """

    desk: PaperDesk
    rules: Rules
    instrument: Instrument
    walk: Walk
    candles: Candles
    blocked: int = 0
    entered: int = 0
    fills: list[Placed] = field(default_factory=list)

    async def held(self) -> Position | None:
        positions = (await self.desk.state()).positions
        return positions.get((STRATEGY, self.instrument.symbol))

    async def at_open(self, i: int, exposure: float, turned: bool) -> None:
        """Trade what a signal and the clock ask for at the open of a candle."""
        desk, open_ = self.desk, self._open(i)
        desk.clock.now = from_ms(int(self.candles.time[i]))
        desk.market.set_quote(self.instrument.symbol, str(open_), str(open_), str(open_))
        wanted = (exposure > 1e-9) - (exposure < -1e-9)
        await self._liquidate(i)
        position = await self.held()
        if position and (wanted != _side(position) or self._is_late(i)):
            self._filled(i, await desk.confirm.close(ANNE, position.id))
            self.blocked, position = _side(position), None
        if wanted != self.blocked:
            self.blocked = 0
        if turned and wanted and not self.blocked:
            if position:
                await self._resize(i, position, exposure)
            else:
                await self._enter(i, "buy" if wanted > 0 else "sell", abs(exposure))

    def late_at(self) -> int:
        """Return the candle at whose open the time of a position is over."""
        hold = self.rules.hold_candles
        return len(self.candles) if hold is None else self.entered + hold

    def _is_late(self, i: int) -> bool:
        return i >= self.late_at()

    def _open(self, i: int) -> Decimal:
        return Decimal(repr(float(self.candles.open[i])))

    async def _liquidate(self, i: int) -> None:
        """Let an open beyond the liquidation happen to the book before anything is traded at it."""
        position, open_ = await self.held(), self._open(i)
        if position is None:
            return
        level = liquidation_of(position, self.instrument)
        if level is None or (open_ - level) * _side(position) > 0:
            return
        now = self.desk.clock.now
        phase = Phase("open", now, float(open_), float(open_))
        moment = Moment(self.instrument.symbol, now, now, (phase,), open_)
        await self._happen([Step(now, (moment,), (), live=False)], i)
        self.blocked = _side(position)

    async def _enter(self, i: int, side: Side, exposure: float) -> None:
        state = await self.desk.state()
        draft = self._draft(side)
        price = await self._price(draft.side)
        quantity = self._affordable(exposure, state.cash, price)
        if state.cash > 0 and quantity > 0:
            self.entered = i
            await self._order(i, draft, quantity)

    async def _resize(self, i: int, position: Position, exposure: float) -> None:
        state, held, what = await self.desk.state(), abs(position.quantity), self.instrument
        draft = self._draft(position.side)
        price = await self._price(draft.side)
        worth = equity(state, {what.symbol: self._open(i)})
        wanted = max(self._affordable(exposure, worth, price), what.lot)
        if wanted < held:
            # Half a lot more, or a rounded fraction could be a lot short.
            part = (held - wanted + what.lot / 2) / held
            self._filled(i, await self.desk.confirm.close(ANNE, position.id, part))
        else:
            added = min(wanted - held, self._backed(state, position, price))
            if added > 0:
                await self._order(i, draft, added)

    def _affordable(self, exposure: float, worth: Decimal, price: Decimal) -> Decimal:
        leverage, fee_rate = Decimal(str(self.rules.leverage)), Decimal(str(self.rules.fee_rate))
        money = Decimal(str(abs(exposure))) * worth * leverage
        return self.instrument.floor_quantity(money / (price * (1 + leverage * fee_rate)))

    def _backed(self, state: AccountState, position: Position, price: Decimal) -> Decimal:
        """Return what the money that backs nothing yet pays the margin and fee of."""
        leverage, fee_rate = Decimal(str(self.rules.leverage)), Decimal(str(self.rules.fee_rate))
        free = state.cash + position.quantity * position.average_price - position.margin
        return self.instrument.floor_quantity(
            max(Decimal(0), free) / (price * (1 / leverage + fee_rate))
        )

    def _draft(self, side: Side) -> Draft:
        rules = self.rules
        trail = rules.trail_fraction
        return Draft(
            symbol=self.instrument.symbol,
            side=side,
            strategy=STRATEGY,
            quantity=self.instrument.lot,
            stop_fraction=Decimal(str(rules.stop_fraction or 0)),
            target_fraction=Decimal(str(rules.target_fraction or 0)),
            trail_fraction=None if trail is None else Decimal(str(trail)),
            leverage=Decimal(str(rules.leverage)),
        )

    async def _price(self, side: Side) -> Decimal:
        """Return what the desk fills an order at; a preview would refuse one without room."""
        quote = await self.desk.market.quote(self.instrument.symbol)
        return market_price(side, quote, Decimal(str(self.rules.slippage)), self.instrument)

    async def _order(self, i: int, draft: Draft, quantity: Decimal) -> None:
        made = await self.desk.preview.price(ANNE, draft.model_copy(update={"quantity": quantity}))
        assert not isinstance(made, Denied), made
        assert made.quantity == quantity, "a limit cut the order"
        await self.desk.preview.offer(made)
        self._filled(i, await self.desk.confirm.confirm(ANNE, made.id))

    def _filled(self, i: int, outcome: object) -> None:
        assert isinstance(outcome, Filled), outcome
        self.fills.append((i, outcome.fill))

    async def live_through(self, start: int, end: int) -> None:
        """Let closed candles happen to the book."""
        part = self.candles[start:end]
        self.desk.clock.now = part.last_close_time
        before = await self.held()
        await self._happen(missed_steps([part], []), start)
        if before and not await self.held():
            self.blocked = _side(before)

    async def _happen(self, steps: list[Step], start: int) -> None:
        def work(booking: Booking) -> list[Placed]:
            found, seen = [], 0
            for i, step in enumerate(steps, start):
                self.walk.through(booking, [step], {})
                new, seen = booking.entries[seen:], len(booking.entries)
                found += [(i, one.event.fill) for one in new if isinstance(one.event, OrderFilled)]
            return found

        self.fills += await self.desk.confirm.settle(ANNE, work)


def _side(position: Position) -> int:
    return sign(position.side)


async def follow(
    folder: Path, candles: Candles, signal: FloatArray, rules: Rules, instrument: Instrument
) -> Followed:
    """Return what following the signal over the candles leaves."""
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
        walk = Walk({instrument.symbol: instrument}, terms, FREE, NEVER, source)
        follower = Follower(desk, rules, instrument, walk, candles)
        await _through(follower, signal if rules.allow_short else signal.clip(min=0.0))
        log = await desk.log.read(ANNE)
        written = [one.event.fill for one in log if isinstance(one.event, OrderFilled)]
        assert written == [fill for _, fill in follower.fills]
        return Followed(follower.fills, await follower.held())
    finally:
        await desk.file.close()


async def _through(follower: Follower, wanted: FloatArray) -> None:
    # The signal of a candle is traded at the open of the next one, when it is another.
    turns = [int(i) + 1 for i in np.flatnonzero(np.diff(wanted[:-1], prepend=0.0))]
    count = len(wanted)
    at = turns[0] if turns else count
    while at < count:
        await follower.at_open(at, float(wanted[at - 1]), at in turns)
        end = next((turn for turn in turns if turn > at), count)
        if await follower.held():
            end = min(end, max(at + 1, follower.late_at()))
        await follower.live_through(at, end)
        at = end
