"""A sealed snapshot asks the market for nothing more and gives what it has."""

from __future__ import annotations

import pytest

from desk.errors import MarketUnavailable
from desk.snapshot import Snapshot
from tests.fakes.candle_files import MADE_START, made_candles
from tests.fakes.clock import FakeClock
from tests.fakes.fake_market import FakeMarket
from trading.candles import Candles, Timeframe

COUNT = 300
BTC = "BTC/USDT"


@pytest.fixture
def snapshot() -> Snapshot:
    clock = FakeClock(MADE_START + COUNT * Timeframe.H1.delta)
    market = FakeMarket(clock)
    market.set(BTC, 100)
    table = made_candles(Timeframe.H1, COUNT)
    market.set_candles(Candles.from_rows(BTC, Timeframe.H1, table))
    return Snapshot(market, clock())


async def test_what_was_asked_for_is_there_and_shorter_parts_of_it(snapshot: Snapshot) -> None:
    whole = await snapshot.candles(BTC, Timeframe.H1, 200)
    quote, instrument = await snapshot.quote(BTC), await snapshot.instrument(BTC)
    snapshot.seal()
    assert (await snapshot.candles(BTC, Timeframe.H1, 200)).time.tolist() == whole.time.tolist()
    part = await snapshot.candles(BTC, Timeframe.H1, 50)
    assert part.time.tolist() == whole.time[-50:].tolist()
    assert await snapshot.quote(BTC) == quote
    assert await snapshot.instrument(BTC) == instrument
    assert (snapshot.name, snapshot.demo) == ("fake", False)


async def test_more_than_there_was_is_all_there_is(snapshot: Snapshot) -> None:
    await snapshot.candles(BTC, Timeframe.H1, 10 * COUNT)
    snapshot.seal()
    assert len(await snapshot.candles(BTC, Timeframe.H1, 5 * COUNT)) == COUNT


async def test_what_was_not_asked_for_before_is_unavailable(snapshot: Snapshot) -> None:
    await snapshot.candles(BTC, Timeframe.H1, 50)
    snapshot.seal()
    for work in (
        snapshot.candles(BTC, Timeframe.H1, 51),
        snapshot.candles(BTC, Timeframe.D1, 10),
        snapshot.instrument(BTC),
        snapshot.symbols(),
        snapshot.fear(BTC),
    ):
        with pytest.raises(MarketUnavailable, match="not among what was frozen"):
            await work
    assert not (await snapshot.news()).items
