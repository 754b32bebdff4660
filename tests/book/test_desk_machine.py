"""Random orders on random markets, away and back, over two desks: the book is always right."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import Coroutine
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from desk.outcomes import Filled, Placed, Refused, Repriced
from tests.book.book_rules import faults
from tests.depth import times
from tests.fakes.candle_files import made_candles
from tests.fakes.clock import FakeClock
from tests.fakes.fake_market import FakeMarket
from tests.fakes.paper_desk import ANNE, BTC, CHAT, ETH, PaperDesk
from trading.bounds import Limits
from trading.candles import Candles, Timeframe
from trading.errors import BadArgument
from trading.events import OrderFilled
from trading.instrument import Quote
from trading.ledger import fold
from trading.limits import Denied
from trading.orders import Draft, Proposal

if TYPE_CHECKING:
    from sqlite_utils import Database

D = Decimal
OPENING = D(10_000)
WIDE = Limits(
    max_order_fraction=D("0.5"),
    max_symbol_fraction=D(5),
    max_leverage_crypto=D(10),
    max_loss_fraction=D(1),
    daily_loss=D("0.9"),
    strategy_drawdown=D("0.9"),
    account_drawdown=D("0.9"),
)
symbols = st.sampled_from([BTC, ETH])
distances = st.sampled_from([None, D(0), D("0.004"), D("0.02"), D("0.1")])
wishes = st.fixed_dictionaries(
    {
        "symbol": symbols,
        "side": st.sampled_from(["buy", "sell"]),
        "strategy": st.sampled_from(["manual", "analyst"]),
        "kind": st.sampled_from(["market", "market", "limit", "stop", "stop_limit"]),
        "notional": st.sampled_from([20, 333, 1900, 4800]).map(D),
        "leverage": st.sampled_from(["1", "1", "2.5", "10"]).map(D),
        "away": st.sampled_from(["0.97", "0.995", "1.003", "1.05"]).map(D),
        "stop_fraction": distances,
        "target_fraction": distances,
        "trail_fraction": st.sampled_from([None, None, None, D("0.01")]),
        "minutes": st.sampled_from([None, None, 3]),
        "reduce_only": st.sampled_from([False, False, False, True]),
    }
)
moves = st.sampled_from([1, -1]).flatmap(
    lambda way: st.sampled_from([2, 5, 11, 30, 120]).map(lambda size: D(1) + way * D(size) / 1000)
)


class Problems(logging.Handler):
    """Keeps what the desk could not do."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append(logging.Formatter().format(record))


class Desks(RuleBasedStateMachine):
    """Two desks share the log, the market and the clock."""

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="desk")
        self.loop = asyncio.new_event_loop()
        self.clock = FakeClock()
        self.market = FakeMarket(self.clock)
        self.problems = Problems()
        logging.getLogger("desk").addHandler(self.problems)
        for symbol, price in ((BTC, 27_000), (ETH, 1_800)):
            self.market.set(symbol, price)
        self.desks = [self.desk(), self.desk()]
        self.run(self.desks[0].accounts.open(ANNE, CHAT))
        self.shown: list[Proposal] = []

    def desk(self) -> PaperDesk:
        path = Path(self.folder.name) / "conclave.db"
        return PaperDesk(path, self.market, self.clock, WIDE, snapshots=True)

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    def price(self, symbol: str) -> Decimal:
        quote: Quote = self.run(self.market.quote(symbol))
        return quote.last

    @rule(desk=st.integers(0, 1), wish=wishes)
    def order(self, desk: int, wish: dict[str, Any]) -> None:
        """Propose an order and confirm it; refusals are fine."""
        draft = self._draft(**wish)
        try:
            made = self.run(self.desks[desk].preview.price(ANNE, draft))
        except BadArgument:
            return
        if isinstance(made, Denied):
            return
        offered = self.run(self.desks[desk].preview.offer(made))
        self.shown += [offered] if isinstance(offered, Proposal) else []
        outcome = self.run(self.desks[desk].confirm.confirm(ANNE, made.id))
        assert isinstance(outcome, Filled | Placed | Refused | Repriced)
        if isinstance(outcome, Repriced):
            self.shown.append(outcome.proposal)

    def _draft(self, **wish: Any) -> Draft:
        away, minutes = wish.pop("away"), wish.pop("minutes")
        waits = wish["kind"] != "market"
        price = (self.price(wish["symbol"]) * away).quantize(D("0.001"))
        beyond = D("1.002") if wish["side"] == "buy" else D("0.998")
        return Draft(
            **wish,
            price=price if waits else None,
            limit=price * beyond if wish["kind"] == "stop_limit" else None,
            until=self.clock() + timedelta(minutes=minutes) if minutes and waits else None,
        )

    @precondition(lambda self: self.shown)
    @rule(data=st.data())
    def confirm_again(self, data: st.DataObject) -> None:
        """Tap on any card that was ever shown, at both desks at once."""
        shown = data.draw(st.sampled_from(self.shown))

        async def tap() -> list[object]:
            return await asyncio.gather(
                *(one.confirm.confirm(ANNE, shown.id) for one in self.desks)
            )

        done = [one for one in self.run(tap()) if isinstance(one, Filled | Placed)]
        assert len(done) <= 1

    def _confirm(self, desk: int, proposal_id: str) -> None:
        outcome = self.run(self.desks[desk].confirm.confirm(ANNE, proposal_id))
        assert isinstance(outcome, Filled | Placed | Refused | Repriced)
        if isinstance(outcome, Repriced):
            self.shown.append(outcome.proposal)

    @rule(desk=st.integers(0, 1), symbol=symbols, move=moves, seconds=st.sampled_from([1, 5, 20]))
    def prices_move(self, desk: int, symbol: str, move: Decimal, seconds: int) -> None:
        self.clock.move(seconds=seconds)
        self.market.set(symbol, (self.price(symbol) * move).quantize(D("0.01")))
        self.run(self.desks[desk].watch.tick())

    @rule(desk=st.integers(0, 1), minutes=st.integers(2, 300), seed=st.integers(0, 99))
    def nobody_looks(self, desk: int, minutes: int, seed: int) -> None:
        """The desks were down; candles tell what the market did meanwhile."""
        since = self.clock().replace(second=0, microsecond=0)
        self.clock.move(minutes=minutes)
        for number, symbol in enumerate((BTC, ETH)):
            table = made_candles(
                Timeframe.M1,
                minutes,
                start=since,
                seed=seed + number,
                price=float(self.price(symbol)),
                hourly_volatility=0.03,
            )
            table[:, 1:5] = table[:, 1:5].round(2)
            self.market.set_candles(Candles.from_rows(symbol, Timeframe.M1, table))
            self.market.set(symbol, D(repr(float(table[-1, 4]))))
        for place in range(2):
            self._restart(place)
        self.run(self.desks[desk].watch.tick())

    @rule(desk=st.integers(0, 1), fraction=st.sampled_from(["1", "0.5", "0.37"]), data=st.data())
    def close(self, desk: int, fraction: str, data: st.DataObject) -> None:
        held = sorted(one.id for one in self.state().positions.values())
        if held:
            position = data.draw(st.sampled_from(held))
            self.run(self.desks[desk].confirm.close(ANNE, position, D(fraction)))

    @rule(desk=st.integers(0, 1), data=st.data())
    def cancel(self, desk: int, data: st.DataObject) -> None:
        orders = sorted(self.state().orders)
        if orders:
            self.run(self.desks[desk].confirm.cancel(ANNE, data.draw(st.sampled_from(orders))))

    @rule(desk=st.integers(0, 1))
    def flatten(self, desk: int) -> None:
        self.run(self.desks[desk].confirm.flatten(ANNE))
        assert not self.state().positions
        assert not self.state().orders

    @rule(desk=st.integers(0, 1))
    def restart(self, desk: int) -> None:
        self._restart(desk)

    def _restart(self, desk: int) -> None:
        self.run(self.desks[desk].accounts.settle())
        self.run(self.desks[desk].file.close())
        self.desks[desk] = self.desk()

    def state(self) -> Any:
        return self.run(self.desks[0].state())

    @invariant()
    def the_book_is_right(self) -> None:
        # Whoever looks now finds nothing that the present prices should have done.
        self.clock.move(seconds=1)
        self.run(self.desks[1].watch.tick())
        quotes = {symbol: self.run(self.market.quote(symbol)) for symbol in (BTC, ETH)}
        log = self.run(self.desks[1].log.read(ANNE))
        states = [self.run(desk.state()) for desk in self.desks]
        assert states[0] == states[1] == fold(log)
        assert faults(states[0], log, quotes, OPENING) == []
        assert self.problems.seen == []
        told = self.run(self.desks[1].file.run(_payloads))
        fills = [one.event.fill.id for one in log if isinstance(one.event, OrderFilled)]
        assert [name for name in fills if f'"{name}"' not in told] == []

    def teardown(self) -> None:
        if not hasattr(self, "desks"):
            return
        logging.getLogger("desk").removeHandler(self.problems)
        for desk in self.desks:
            self.run(desk.accounts.settle())
            assert self.run(desk.log.verify(ANNE)).problem is None
            self.run(desk.file.close())
        self.loop.close()
        self.folder.cleanup()


def _payloads(database: Database) -> str:
    rows = database.conn.execute("SELECT payload FROM outbox").fetchall()
    return "".join(payload for (payload,) in rows)


TestDesks = Desks.TestCase
TestDesks.settings = settings(max_examples=times(30, 1_500), stateful_step_count=15)
