"""However a live feed falls silent, nothing is filled on a price older than the stale limit."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from desk.errors import MarketUnavailable
from desk.outcomes import Refused
from desk.pricing import MAX_QUOTE_AGE, market_price
from desk.terms import Terms
from market.candles.store import CandleStore
from market.exchange import LIVE_SECONDS, ExchangeMarket
from market.live.quotes import LiveQuotes
from tests.depth import times
from tests.fakes.binance import BinanceServer
from tests.fakes.binance_faults import internal_error
from tests.fakes.clock import FakeClock
from tests.fakes.fake_market import SPREAD, FakeMarket
from tests.fakes.paper_desk import ANNE, BTC, PaperDesk, paper_desk
from tests.market.live import CANDLES, eventually, live_market
from trading.events import OrderFilled
from trading.instrument import Quote
from trading.limits import Denied
from trading.orders import Draft, Proposal, Side

SLIPPAGE = Terms().slippage


class SilentMarket(FakeMarket):
    """A market with a live feed that may fall silent, and requests that may fail."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.clock = clock
        reader = ExchangeMarket("binance", CandleStore(Path("/nowhere/market.db")), clock)
        self.live = LiveQuotes(reader._read_live, reader._live_time, clock, LIVE_SECONDS)
        self.speaks = self.answers = True
        self.shown: list[tuple[datetime, Decimal]] = []
        self.given_live = 0

    def set(self, symbol: str, price: Decimal | int | str) -> None:
        super().set(symbol, price)
        if symbol != BTC:
            return
        last = Decimal(price)
        self.shown.append((self.clock(), last))
        if self.speaks:
            message = {"bid": float(last - SPREAD / 2), "ask": float(last + SPREAD / 2)}
            self.live.take("book", symbol, message, self._seconds())

    async def quote(self, symbol: str) -> Quote:
        live = self.live.get(symbol, self._seconds())
        if live is not None:
            self.given_live += 1
            return live
        if not self.answers:
            raise MarketUnavailable("no answer")
        return await super().quote(symbol)

    def within(self, age: timedelta) -> list[Decimal]:
        """Return the prices that the market stood at within the last `age`."""
        since = self.clock() - age
        before = [price for at, price in self.shown if at <= since]
        return [*before[-1:], *(price for at, price in self.shown if at > since)]

    def _seconds(self) -> float:
        return self.clock().timestamp()


steps = st.lists(
    st.one_of(
        st.tuples(st.just("price"), st.integers(24_000, 30_000)),
        st.tuples(st.just("wait"), st.sampled_from([0, 1, 3, 10, 31, 120])),
        st.tuples(st.sampled_from(["feed", "requests"]), st.integers(0, 1)),
        st.tuples(st.just("silence"), st.integers(24_000, 30_000)),
        st.tuples(st.sampled_from(["tick", "look", "offer", "tap", "close"]), st.just(0)),
    ),
    min_size=8,
    max_size=25,
)


@settings(max_examples=times(10, 1_500))
@given(steps)
@example([("silence", 25_000), ("tap", 0)])
@example([("silence", 24_000), ("tick", 0), ("silence", 26_900), ("look", 0), ("close", 0)])
@example([("requests", 0), ("silence", 25_000), ("look", 0), ("tick", 0), ("tap", 0)])
def test_no_fill_is_on_a_price_that_the_market_left_longer_ago_than_the_limit(
    drawn: Sequence[tuple[str, int]],
) -> None:
    asyncio.run(_simulated(drawn))


async def _simulated(drawn: Sequence[tuple[str, int]]) -> None:
    clock = FakeClock()
    market = SilentMarket(clock)
    market.set(BTC, 27_000)
    with tempfile.TemporaryDirectory() as folder:
        async with paper_desk(Path(folder), market=market, clock=clock) as desk:
            await desk.watch.tick()
            waiting: list[str] = []
            await desk.buy()
            await _offer(desk, waiting)
            seen = len(await desk.log.read(ANNE))
            for number, (what, how) in enumerate(drawn):
                await _step(desk, market, what, how, number, waiting)
                events = [one.event for one in await desk.log.read(ANNE)]
                for event in events[seen:]:
                    if isinstance(event, OrderFilled):
                        await _young(desk, market, event)
                seen = len(events)


async def _step(
    desk: PaperDesk, market: SilentMarket, what: str, how: int, number: int, waiting: list[str]
) -> None:
    if what == "price":
        # No two prices are the same, so a fill tells which one it was on.
        market.set(BTC, Decimal(how) + Decimal(number) / 20)
    elif what == "wait":
        desk.clock.move(seconds=how)
    elif what == "silence":
        # The feed stops, unnoticed, and the market goes on without it.
        market.speaks = False
        market.set(BTC, Decimal(how) + Decimal(number) / 20)
        desk.clock.move(seconds=31)
        market.set(BTC, Decimal(how) + Decimal(number) / 20 + Decimal("0.01"))
    elif what == "feed":
        market.speaks = bool(how)
    elif what == "requests":
        market.answers = bool(how)
    elif what == "tick":
        await desk.watch.tick()
    elif what == "look":
        await desk.watch.look([BTC])
    elif what == "close":
        for position in list((await desk.state()).positions.values()):
            await desk.confirm.close(ANNE, position.symbol)
    elif what == "offer":
        await _offer(desk, waiting)
    elif waiting:
        await desk.confirm.confirm(ANNE, waiting.pop())


async def _offer(desk: PaperDesk, waiting: list[str]) -> None:
    draft = Draft(symbol=BTC, side="buy", strategy="manual", notional=Decimal(100))
    try:
        made = await desk.preview.price(ANNE, draft)
    except MarketUnavailable:
        return
    if not isinstance(made, Denied) and isinstance(await desk.preview.offer(made), Proposal):
        waiting.append(made.id)


async def _young(desk: PaperDesk, market: SilentMarket, event: OrderFilled) -> None:
    fill = event.fill
    prices = market.within(MAX_QUOTE_AGE)
    instrument = await market.instrument(BTC)
    side: Side = fill.side
    on = [
        market_price(
            side,
            Quote(BTC, price - SPREAD / 2, price + SPREAD / 2, price, desk.clock(), "fake"),
            SLIPPAGE,
            instrument,
        )
        for price in prices
    ]
    if fill.reason == "target":
        assert max(prices) >= fill.price
    else:
        assert fill.price in on, (fill, prices)


async def test_a_tap_after_the_feed_fell_silent_uses_a_price_that_was_asked_for(
    tmp_path: Path,
) -> None:
    clock = FakeClock()
    async with (
        BinanceServer(CANDLES, clock) as server,
        live_market(server, tmp_path, clock=clock) as market,
    ):
        server.set_price("BTCUSDT", 27_000.0)
        market.follow([BTC])
        await eventually(lambda: market._live.quote(BTC) is not None)
        server.streams.quiet = True
        server.set_price("BTCUSDT", 20_000.0)
        clock.move(seconds=LIVE_SECONDS + 0.1)
        quote = await market.quote(BTC)
        assert (quote.last, quote.at) == (Decimal(20_000), clock())
        server.fault("24hr", internal_error(), times=100)
        async with paper_desk(tmp_path, market=_As(clock, market), clock=clock) as desk:
            draft = Draft(symbol=BTC, side="buy", strategy="manual", notional=Decimal(100))
            server.heal()
            made = await desk.preview.price(ANNE, draft)
            assert not isinstance(made, Denied)
            await desk.preview.offer(made)
            server.fault("24hr", internal_error(), times=100)
            clock.move(seconds=40)
            outcome = await desk.confirm.confirm(ANNE, made.id)
            assert isinstance(outcome, Refused), outcome
            assert not (await desk.state()).positions


class _As(FakeMarket):
    """A connected market in the place of a fake one."""

    def __init__(self, clock: FakeClock, market: ExchangeMarket) -> None:
        super().__init__(clock)
        self.quote = market.quote  # type: ignore[method-assign]  # the real one answers
        self.instrument = market.instrument  # type: ignore[method-assign]  # as above
