"""Calls are scored with closed candles at their horizon, tried again, and given up in the end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from desk.called import Call, CallState, Followed, Who
from desk.errors import MarketUnavailable, UnknownSymbol
from desk.track_settling import GIVEN_UP, LATE, MOST_CANDLES, Settling
from storage.sqlite import SqliteFile
from storage.verdicts import SqliteVerdicts
from tests.fakes.candle_files import made_candles
from tests.fakes.clock import FakeClock
from tests.fakes.fake_market import FakeMarket
from tests.fakes.made_calls import AS_OF, due, made_call
from trading.candles import Candles, FloatArray, Timeframe, to_ms

HOUR = timedelta(hours=1)
FIRST = AS_OF.replace(second=0) - 24 * HOUR
COUNT = 24 * 60


class CountedMarket(FakeMarket):
    """Counts the requests for candles, and fails as it is told to."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.asked: list[str] = []
        self.fails: dict[str, Exception] = {}

    async def candles(
        self, symbol: str, timeframe: Timeframe, end: datetime, count: int
    ) -> Candles:
        assert end <= self._clock(), "nobody may ask for what is yet to come"
        self.asked.append(symbol)
        if symbol in self.fails:
            raise self.fails[symbol]
        return await super().candles(symbol, timeframe, end, count)


@dataclass
class Desk:
    market: CountedMarket
    clock: FakeClock
    store: SqliteVerdicts
    table: FloatArray

    async def record(self, *calls: Call) -> None:
        for call in calls:
            await self.store.record(call.question_id, [(call, due(call))])

    async def settle(self) -> int:
        return await Settling(self.market, self.store, self.clock).settle()

    async def seen(self, question_id: str = "q1") -> Followed:
        found = await self.store.of_account("anne")
        return next(one for one in found if one.call.question_id == question_id)

    def close(self, at: datetime) -> Decimal:
        """The close of the candle that closed at a moment."""
        row = np.flatnonzero(self.table[:, 0] + Timeframe.H1.ms == to_ms(at))
        return Decimal(str(float(self.table[row[0], 4])))

    def without(self, *closes: datetime) -> None:
        """Let the market miss the candles that closed then."""
        ends = [to_ms(at) - Timeframe.H1.ms for at in closes]
        kept = self.table[~np.isin(self.table[:, 0], ends)]
        self.market.set_candles(Candles.from_rows("BTC/USDT", Timeframe.H1, kept))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    clock = FakeClock(AS_OF)
    market = CountedMarket(clock)
    table = made_candles(Timeframe.H1, COUNT)
    table[:, 0] = to_ms(FIRST) + np.arange(COUNT) * Timeframe.H1.ms
    for symbol in ("BTC/USDT", "ETH/USDT"):
        market.set_candles(Candles.from_rows(symbol, Timeframe.H1, table))
    file = SqliteFile(tmp_path / "conclave.db")
    yield Desk(market, clock, SqliteVerdicts(file), table)
    await file.close()


async def test_a_call_is_scored_once_its_horizon_has_passed_and_not_before(desk: Desk) -> None:
    call = made_call()
    await desk.record(call)
    desk.clock.now = due(call) - timedelta(milliseconds=1)
    assert await desk.settle() == 0
    assert desk.market.asked == []
    desk.clock.now = due(call)
    assert await desk.settle() == 1
    seen = await desk.seen()
    assert (seen.state, seen.left, seen.left_at) == (
        CallState.SCORED,
        desk.close(due(call)),
        due(call),
    )
    assert await desk.settle() == 0


async def test_what_comes_after_the_horizon_changes_no_outcome(desk: Desk) -> None:
    calls = [made_call(f"q{n}", hours=n) for n in range(20)]
    await desk.record(*calls)
    last = due(calls[-1])
    later = desk.table[:, 0] + Timeframe.H1.ms > to_ms(last)
    changed = desk.table.copy()
    changed[later, 1:] *= 7
    desk.market.set_candles(Candles.from_rows("BTC/USDT", Timeframe.H1, changed))
    desk.clock.now = last + 100 * HOUR
    assert await desk.settle() == 20
    for call in calls:
        assert (await desk.seen(call.question_id)).left == desk.close(due(call))


async def test_a_hundred_calls_on_two_symbols_take_two_requests(desk: Desk) -> None:
    calls = [
        made_call(f"{base}{n}", hours=n, symbol=f"{base}/USDT")
        for base in ("BTC", "ETH")
        for n in range(50)
    ]
    await desk.record(*calls)
    desk.clock.now = due(calls[-1]) + HOUR
    assert await desk.settle() == 100
    assert sorted(desk.market.asked) == ["BTC/USDT", "ETH/USDT"]


async def test_calls_far_apart_are_asked_for_apart(desk: Desk) -> None:
    calls = [made_call("q1"), made_call("q2", hours=MOST_CANDLES + 1)]
    await desk.record(*calls)
    desk.clock.now = due(calls[1])
    assert await desk.settle() == 2
    assert len(desk.market.asked) == 2


async def test_a_price_that_was_not_frozen_is_the_close_known_at_the_question(desk: Desk) -> None:
    call = made_call(price=None)
    await desk.record(call)
    desk.clock.now = due(call)
    await desk.settle()
    seen = await desk.seen()
    assert seen.call.price == desk.close(AS_OF.replace(second=0))
    assert seen.left == desk.close(due(call))


async def test_without_any_price_at_the_question_it_can_not_be_scored(desk: Desk) -> None:
    call = made_call(price=None, hours=-30)
    await desk.record(call)
    desk.clock.now = due(call) + HOUR
    for _ in range(60):
        await desk.settle()
        desk.clock.move(hours=6)
    seen = await desk.seen()
    assert seen.state is CallState.LOST
    assert "no price" in seen.why


async def test_a_missing_candle_is_waited_for_and_taken_when_it_comes(desk: Desk) -> None:
    call = made_call()
    await desk.record(call)
    desk.without(due(call))
    desk.clock.now = due(call) + 2 * HOUR
    assert await desk.settle() == 0
    assert (await desk.seen()).state is CallState.WAITING
    desk.without()
    desk.clock.move(hours=1)
    assert await desk.settle() == 1
    assert (await desk.seen()).left == desk.close(due(call))


async def test_a_candle_that_never_comes_gives_way_to_the_next_one(desk: Desk) -> None:
    call = made_call()
    await desk.record(call)
    desk.without(due(call), due(call) + HOUR)
    desk.clock.now = due(call) + LATE * HOUR
    assert await desk.settle() == 1
    seen = await desk.seen()
    assert (seen.left_at, seen.left) == (due(call) + 2 * HOUR, desk.close(due(call) + 2 * HOUR))


async def test_a_delisted_symbol_is_tried_for_a_week_ever_more_seldom_and_then_lost(
    desk: Desk,
) -> None:
    call = made_call()
    await desk.record(call)
    desk.market.fails["BTC/USDT"] = UnknownSymbol("fake lists no BTC/USDT")
    desk.clock.now = due(call)
    rounds = 0
    while (await desk.seen()).state is CallState.WAITING:
        await desk.settle()
        desk.clock.move(minutes=30)
        rounds += 1
        assert rounds < 500
    assert desk.clock.now - due(call) >= GIVEN_UP
    assert len(desk.market.asked) < 50
    seen = await desk.seen()
    assert (seen.state, seen.why) == (CallState.LOST, "fake lists no BTC/USDT")


async def test_an_exchange_that_is_down_is_asked_once_a_round(desk: Desk) -> None:
    calls = [made_call(base, symbol=f"{base}/USDT") for base in ("ADA", "BTC", "ETH")]
    await desk.record(*calls)
    for symbol in ("ADA/USDT", "BTC/USDT", "ETH/USDT"):
        desk.market.fails[symbol] = MarketUnavailable("fake is down")
    desk.clock.now = due(calls[0])
    assert await desk.settle() == 0
    assert len(desk.market.asked) == 1
    desk.market.fails.clear()
    desk.clock.move(minutes=30)
    assert await desk.settle() == 2


async def test_one_call_that_fails_oddly_keeps_no_other_from_being_scored(desk: Desk) -> None:
    calls = [made_call("q1", symbol="ADA/USDT"), made_call("q2")]
    await desk.record(*calls)
    desk.market.fails["ADA/USDT"] = ZeroDivisionError("odd")
    desk.clock.now = due(calls[0])
    assert await desk.settle() == 1
    assert (await desk.seen("q2")).state is CallState.SCORED


async def test_a_call_of_a_former_default_exchange_is_asked_there(desk: Desk) -> None:
    call = made_call(source="kraken")
    await desk.record(call)
    candles = Candles.from_rows("kraken:BTC/USDT", Timeframe.H1, desk.table)
    desk.market.set_candles(candles)
    desk.clock.now = due(call)
    assert await desk.settle() == 1
    assert desk.market.asked == ["kraken:BTC/USDT"]


async def test_killed_between_looking_and_storing_it_is_scored_the_next_time(desk: Desk) -> None:
    call = made_call()
    beside = replace(call, who=Who.RULES, stance="short")
    await desk.record(call)
    await desk.store.record("q1", [(beside, due(beside))], read=False)
    desk.clock.now = due(call)

    class Killed(BaseException):
        pass

    class Dying(SqliteVerdicts):
        async def settle(self, outcomes: object) -> None:
            raise Killed

    with pytest.raises(Killed):
        await Settling(desk.market, Dying(desk.store._file), desk.clock).settle()
    assert await desk.settle() == 2
    assert {one.left for one in await desk.store.of_account("anne")} == {desk.close(due(call))}
