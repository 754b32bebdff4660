"""Between two regular looks the market's own events are looked at, and told at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from bot.price_events import BETWEEN_LOOKS, PriceEvents
from bot.services import Services
from desk.alarms import Alarms
from desk.gauges import Gauges
from desk.messages import RINGS
from desk.moves import Moves
from desk.ports import Series
from tests.fakes.clock import START, FakeClock
from tests.fakes.paper_desk import ANNE, BTC, PaperDesk, new_id, paper_desk
from tools.alert_words import parse_alert
from trading.alerts import Alert
from trading.candles import Candles, Timeframe, to_ms

NOBODY = SimpleNamespace(series=frozenset())  # has armed a strategy


class Told:
    """An outbox that notes what waited in it whenever it was woken."""

    def __init__(self, desk: PaperDesk) -> None:
        self._desk = desk
        self._looking: set[asyncio.Task[None]] = set()
        self.woken = 0
        self.rang = asyncio.Event()

    def wake(self) -> None:
        self.woken += 1
        looking = asyncio.ensure_future(self._look())
        self._looking.add(looking)
        looking.add_done_callback(self._looking.discard)

    async def _look(self) -> None:
        if await self._desk.waiting(RINGS):
            self.rang.set()


@asynccontextmanager
async def events(desk: PaperDesk) -> AsyncIterator[Told]:
    told = Told(desk)
    parts = SimpleNamespace(
        market=desk.market, watch=desk.watch, armed=NOBODY, outbox=told, clock=desk.clock
    )
    running = PriceEvents(cast(Services, parts))
    running.start()
    try:
        yield told
    finally:
        await running.stop()


async def arm(desk: PaperDesk, text: str) -> None:
    alarms = Alarms(
        desk.market, desk.accounts, desk.clock, new_id, Moves(desk.market), Gauges(desk.market)
    )
    assert isinstance(await alarms.arm(ANNE, parse_alert(text)), Alert)


async def followed(desk: PaperDesk) -> None:
    async with asyncio.timeout(10):
        while BTC not in desk.market.followed:  # noqa: ASYNC110  no event tells of it
            await asyncio.sleep(0.01)


async def test_alert_is_in_the_outbox_before_the_outbox_is_woken(tmp_path: Path) -> None:
    """Nothing ticks here: a new alert is followed, rings at the price, and is told."""
    async with paper_desk(tmp_path) as desk, events(desk) as told:
        await desk.watch.tick()
        await arm(desk, "BTC above 28000")
        await followed(desk)
        assert not told.rang.is_set()
        desk.market.set(BTC, 28_500)
        await asyncio.wait_for(told.rang.wait(), 10)


async def test_flood_of_prices_is_looked_at_a_few_times_a_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with paper_desk(tmp_path) as desk:
        await arm(desk, "BTC above 28000")
        await desk.watch.tick()
        looks = 0
        look = desk.watch.look

        async def counted(symbols: Collection[str]) -> bool:
            nonlocal looks
            looks += 1
            return await look(symbols)

        monkeypatch.setattr(desk.watch, "look", counted)
        loop = asyncio.get_running_loop()
        async with events(desk) as told:
            started = loop.time()
            for number in range(300):
                desk.market.set(BTC, 27_000 + number % 7)
                await asyncio.sleep(0.001)
            assert looks <= (loop.time() - started) / BETWEEN_LOOKS + 2
            assert told.woken <= 1, "prices that concern nobody wake nothing"
            desk.market.set(BTC, 28_500)
            await asyncio.wait_for(told.rang.wait(), 10)


async def test_look_that_fails_is_not_the_last_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("bot.price_events.PAUSE", 0.01)
    async with paper_desk(tmp_path) as desk:
        await arm(desk, "BTC above 28000")
        await desk.watch.tick()
        look = desk.watch.look
        failed = asyncio.Event()

        async def fails(symbols: Collection[str]) -> bool:
            failed.set()
            monkeypatch.setattr(desk.watch, "look", look)
            raise ZeroDivisionError

        monkeypatch.setattr(desk.watch, "look", fails)
        async with events(desk) as told:
            desk.market.set(BTC, 27_100)
            await asyncio.wait_for(failed.wait(), 10)
            desk.market.set(BTC, 28_500)
            await asyncio.wait_for(told.rang.wait(), 10)
    assert "looking at prices failed" in caplog.text


async def test_indicator_is_told_when_its_candle_closes(tmp_path: Path) -> None:
    async with paper_desk(tmp_path) as desk:
        closes = [27_000.0 + i % 2 for i in range(60)]
        _set_hours(desk, closes)
        await arm(desk, "BTC RSI(14) above 60 1h")
        await desk.watch.tick()
        async with events(desk) as told:
            desk.clock.move(hours=1)
            _set_hours(desk, [*closes, 28_000.0])
            await asyncio.wait_for(told.rang.wait(), 10)


async def test_stopping_ends_every_wait(tmp_path: Path) -> None:
    async with paper_desk(tmp_path) as desk:
        before = asyncio.all_tasks()
        async with events(desk):
            await asyncio.sleep(0)
            assert len(asyncio.all_tasks() - before) == 4
        assert asyncio.all_tasks() <= before


def _set_hours(desk: PaperDesk, closes: list[float]) -> None:
    step = Timeframe.H1.ms
    first = to_ms(desk.clock()) // step * step - len(closes) * step
    rows = [[first + i * step, *[close] * 4, 1.0] for i, close in enumerate(closes)]
    desk.market.set_candles(Candles.from_rows(BTC, Timeframe.H1, rows))


async def test_close_that_another_exchange_tells_later_is_looked_at_too() -> None:
    """Each series keeps the newest close it was told of; none moves another one's."""
    hour, other = (BTC, Timeframe.H1), ("kraken:BTC/USD", Timeframe.H1)
    clock = FakeClock(START)
    asked: list[dict[Series, datetime]] = []
    looked: list[set[Series]] = []
    both = asyncio.Event()

    async def closed(since: Mapping[Series, datetime]) -> Mapping[Series, datetime]:
        if not since:
            await asyncio.Event().wait()
        asked.append(dict(since))
        noon = START + timedelta(hours=1)
        if len(asked) <= 2:
            return {(hour, other)[len(asked) - 1]: noon}
        both.set()
        await asyncio.Event().wait()
        return {}

    async def look_at_candles(series: Collection[Series]) -> bool:
        looked.append(set(series))
        return True

    async def never() -> None:
        await asyncio.Event().wait()

    watch = SimpleNamespace(
        series=frozenset({hour, other}),
        look_at_candles=look_at_candles,
        newcomer=asyncio.Event(),
    )
    market = SimpleNamespace(closed=closed, moved=never)
    outbox = SimpleNamespace(wake=lambda: None)
    parts = SimpleNamespace(market=market, watch=watch, armed=NOBODY, outbox=outbox, clock=clock)
    running = PriceEvents(cast(Services, parts))
    running.start()
    await asyncio.wait_for(both.wait(), 10)
    await running.stop()
    noon = START + timedelta(hours=1)
    assert looked == [{hour}, {other}]
    assert asked == [
        {hour: START, other: START},
        {hour: noon, other: START},
        {hour: noon, other: noon},
    ]
