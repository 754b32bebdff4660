"""A price event is looked at as it happens, beside a tick that waits for an answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from desk.alarms import Alarms
from desk.gauges import Gauges
from desk.messages import RINGS, FillReport, Rings
from desk.moves import Moves
from tests.fakes.clock import FakeClock
from tests.fakes.fake_market import FakeMarket
from tests.fakes.paper_desk import ANNE, BTC, ETH, PaperDesk, new_id, paper_desk
from tools.alert_words import parse_alert
from trading.alerts import Alert
from trading.candles import Candles, Timeframe, to_ms
from trading.instrument import Quote


class SlowMarket(FakeMarket):
    """Answers for `slow` symbols when `free` is set, with the price from when it was asked."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.slow: set[str] = set()
        self.free = asyncio.Event()
        self.asked = asyncio.Event()

    async def quote(self, symbol: str) -> Quote:
        quote = await super().quote(symbol)
        if symbol in self.slow:
            self.asked.set()
            await self.free.wait()
        return quote


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[PaperDesk]:
    clock = FakeClock()
    market = SlowMarket(clock)
    market.set(BTC, 27_000)
    market.set(ETH, 1_800)
    async with paper_desk(tmp_path, market=market, clock=clock) as opened:
        yield opened


def slow(desk: PaperDesk) -> SlowMarket:
    assert isinstance(desk.market, SlowMarket)
    return desk.market


async def arm(desk: PaperDesk, text: str) -> None:
    alarms = Alarms(
        desk.market, desk.accounts, desk.clock, new_id, Moves(desk.market), Gauges(desk.market)
    )
    assert isinstance(await alarms.arm(ANNE, parse_alert(text)), Alert)


async def rung(desk: PaperDesk) -> int:
    """Count the alerts that rang and wait to be told."""
    return sum(
        ring.alert is not None
        for message in await desk.waiting(RINGS)
        for ring in Rings.model_validate_json(message.payload).rings
    )


async def at_price(desk: PaperDesk, price: int, symbol: str = BTC) -> bool:
    desk.clock.move(seconds=1)
    desk.market.set(symbol, price)
    return await desk.watch.look([symbol])


async def test_alert_rings_at_the_event_and_asks_for_no_other_symbol(desk: PaperDesk) -> None:
    await arm(desk, "BTC above 28000")
    await arm(desk, "ETH above 5000")
    await desk.watch.tick()
    desk.market.quotes_asked.clear()
    assert not await at_price(desk, 27_900)
    assert await at_price(desk, 28_001)
    assert await rung(desk) == 1
    assert set(desk.market.quotes_asked) == {BTC}
    await desk.watch.tick()
    assert await rung(desk) == 1


async def test_stop_and_target_fill_at_the_event(desk: PaperDesk) -> None:
    filled = await desk.buy()
    stop, _ = filled.orders
    assert stop.price is not None
    await desk.watch.tick()
    assert not await at_price(desk, int(stop.price) + 5)
    assert await at_price(desk, int(stop.price) - 5)
    report = FillReport.model_validate_json((await desk.told("fill"))[-1])
    assert report.reason == "stop"
    assert not (await desk.state()).positions


async def test_move_within_minutes_rings_at_the_event(desk: PaperDesk) -> None:
    await arm(desk, "BTC up 5% in 60m")
    await desk.watch.tick()
    await at_price(desk, 27_500)
    assert await rung(desk) == 0
    await at_price(desk, 28_400)
    assert await rung(desk) == 1


async def test_symbols_in_use_are_followed_and_a_new_one_asks_for_a_tick(desk: PaperDesk) -> None:
    await desk.watch.tick()
    assert desk.market.followed == frozenset()
    desk.watch.newcomer.clear()
    await arm(desk, "BTC above 28000")
    assert desk.watch.newcomer.is_set()
    # Before its first tick nobody knows what was missed of it.
    assert not await at_price(desk, 28_100)
    desk.watch.newcomer.clear()
    await desk.watch.tick()
    assert desk.market.followed == {BTC}
    assert not desk.watch.newcomer.is_set()
    assert await rung(desk) == 1


async def test_event_is_not_held_up_by_a_tick_that_waits_for_another_symbol(
    desk: PaperDesk,
) -> None:
    await arm(desk, "BTC above 28000")
    await arm(desk, "ETH above 5000")
    await desk.watch.tick()
    market = slow(desk)
    market.slow = {ETH}
    ticking = asyncio.ensure_future(desk.watch.tick())
    await market.asked.wait()
    assert await at_price(desk, 28_500)
    assert await rung(desk) == 1
    market.free.set()
    assert await ticking
    assert await rung(desk) == 1


async def test_price_that_was_long_under_way_does_not_undo_a_newer_one(desk: PaperDesk) -> None:
    """The tick asked for BTC at 27000; by the time it may book, BTC has been at 28500."""
    filled = await desk.buy()
    stop, _ = filled.orders
    assert stop.price is not None
    await arm(desk, "BTC below 26900")
    await desk.watch.tick()
    market = slow(desk)
    market.set(BTC, int(stop.price) - 100)
    market.slow = {BTC}
    ticking = asyncio.ensure_future(desk.watch.tick())
    await market.asked.wait()
    market.slow = set()
    await at_price(desk, 27_000)
    market.free.set()
    await ticking
    assert (await desk.state()).positions
    assert await rung(desk) == 0


async def test_events_while_missed_candles_are_fetched_come_after_them(desk: PaperDesk) -> None:
    filled = await desk.buy()
    stop, target = filled.orders
    assert stop.price is not None
    assert target.price is not None
    await desk.watch.tick()
    desk.clock.move(minutes=10)
    first = to_ms(desk.clock()) - 10 * 60_000
    low = float(stop.price) - 50
    rows = [[first + i * 60_000, 27_000.0, 27_000.0, low, 27_000.0, 1.0] for i in range(10)]
    desk.market.set_candles(Candles.from_rows(BTC, Timeframe.M1, rows))
    market = slow(desk)
    market.slow = {BTC}
    ticking = asyncio.ensure_future(desk.watch.tick())
    await market.asked.wait()
    market.slow = set()
    desk.market.set(BTC, int(target.price) + 100)
    await desk.watch.look([BTC])
    market.free.set()
    await ticking
    reports = [FillReport.model_validate_json(one) for one in await desk.told("fill")]
    assert [one.reason for one in reports if one.reason != "entry"] == ["stop"]


async def test_account_that_fails_is_left_to_the_tick(
    desk: PaperDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await arm(desk, "BTC above 28000")
    await desk.watch.tick()
    failures = 0
    settle = desk.confirm.settle

    async def fails(*_: object) -> None:
        nonlocal failures
        failures += 1
        raise ZeroDivisionError

    monkeypatch.setattr(desk.confirm, "settle", fails)
    for price in (28_100, 28_200, 28_300):
        await at_price(desk, price)
    assert failures == 1
    monkeypatch.setattr(desk.confirm, "settle", settle)
    await desk.watch.tick()
    assert await rung(desk) == 1


async def test_candle_that_closed_is_told_once_and_asked_again_while_it_is_late(
    desk: PaperDesk,
) -> None:
    closes = [27_000.0 + i % 2 for i in range(60)]
    _set_hours(desk, closes)
    await arm(desk, "BTC RSI(14) above 60 1h")
    await desk.watch.tick()
    series = (BTC, Timeframe.H1)
    assert desk.watch.series == {series}
    desk.clock.move(hours=1)
    assert not await desk.watch.look_at_candles([series])
    _set_hours(desk, [*closes, 28_000.0])
    desk.clock.move(seconds=1)
    assert await desk.watch.look_at_candles([series])
    assert await rung(desk) == 1
    await desk.watch.tick()
    assert await desk.watch.look_at_candles([series])
    assert await rung(desk) == 1


def _set_hours(desk: PaperDesk, closes: list[float]) -> None:
    step = Timeframe.H1.ms
    end = to_ms(desk.clock()) // step * step
    first = end - len(closes) * step
    rows = [[first + i * step, *[close] * 4, 1.0] for i, close in enumerate(closes)]
    desk.market.set_candles(Candles.from_rows(BTC, Timeframe.H1, rows))
