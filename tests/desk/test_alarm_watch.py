"""Alerts in the watch: each crossing is told once, live, in missed candles, and after restarts."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from desk.alarms import Alarms
from desk.gauges import Gauges
from desk.messages import RINGS, Rings
from desk.moves import Moves
from tests.fakes.paper_desk import ANNE, BTC, PaperDesk, new_id, paper_desk
from tools.alert_words import parse_alert
from trading.alerts import Alert, Ring
from trading.candles import Candles, Timeframe, to_ms


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[PaperDesk]:
    async with paper_desk(tmp_path) as opened:
        yield opened


async def arm(desk: PaperDesk, text: str) -> Alert:
    moves, gauges = Moves(desk.market), Gauges(desk.market)
    alarms = Alarms(desk.market, desk.accounts, desk.clock, new_id, moves, gauges)
    made = await alarms.arm(ANNE, parse_alert(text))
    assert isinstance(made, Alert), made
    return made


async def told(desk: PaperDesk) -> list[list[Ring]]:
    """Return the rings of each message that waits in the outbox."""
    return [
        list(Rings.model_validate_json(message.payload).rings)
        for message in await desk.waiting(RINGS)
    ]


async def at_price(desk: PaperDesk, price: int, *, minutes: float = 1) -> None:
    desk.clock.move(minutes=minutes)
    desk.market.set(BTC, price)
    await desk.watch.tick()


def set_candles(desk: PaperDesk, timeframe: Timeframe, closes: list[float]) -> None:
    """Give BTC closed candles, the last of which closed at this moment or before."""
    end = to_ms(desk.clock()) // timeframe.ms * timeframe.ms
    first = end - len(closes) * timeframe.ms
    rows = [[first + i * timeframe.ms, *[close] * 4, 1.0] for i, close in enumerate(closes)]
    desk.market.set_candles(Candles.from_rows(BTC, timeframe, rows))


async def test_price_that_crosses_rings_once_and_again_after_the_way_back(
    desk: PaperDesk,
) -> None:
    await arm(desk, "BTC above 28000")
    for price in (27_900, 28_010, 27_990, 28_020, 27_999, 28_500):
        await at_price(desk, price)
    assert [len(rings) for rings in await told(desk)] == [1]
    await at_price(desk, 27_000, minutes=20)
    await at_price(desk, 28_001)
    assert [len(rings) for rings in await told(desk)] == [1, 1]


async def test_crossing_that_was_missed_is_told_with_its_own_time(desk: PaperDesk) -> None:
    await arm(desk, "BTC above 28000")
    await at_price(desk, 27_000)
    desk.clock.move(minutes=30)
    set_candles(desk, Timeframe.M1, [27_000.0] * 10 + [28_100.0] * 5 + [27_000.0] * 15)
    await desk.watch.tick()
    ((ring,),) = await told(desk)
    assert desk.clock() - ring.at == timedelta(minutes=19)


async def test_move_rings_when_the_price_has_left_its_window_behind(desk: PaperDesk) -> None:
    set_candles(desk, Timeframe.M1, [27_000.0] * 60)
    await arm(desk, "BTC down 5% 30m once")
    for price in (26_500, 26_000, 25_700, 25_600, 25_500):
        await at_price(desk, price)
    ((ring,),) = await told(desk)
    assert ring.value == 1 - Decimal(25_600) / 27_000
    assert not (await desk.state()).alerts


async def test_indicator_rings_at_the_close_that_crossed(desk: PaperDesk) -> None:
    calm = [27_000.0 + (n % 2) for n in range(200)]
    set_candles(desk, Timeframe.H1, calm)
    await arm(desk, "BTC 1h RSI(14) below 30")
    await at_price(desk, 26_000, minutes=30)
    assert await told(desk) == []
    desk.clock.move(minutes=30)
    set_candles(desk, Timeframe.H1, [*calm, 25_000.0])
    for _ in range(5):
        await at_price(desk, 25_000, minutes=0.5)
    ((ring,),) = await told(desk)
    assert (ring.kind, ring.at.minute, ring.value < 30) == ("indicator", 0, True)


async def test_days_of_crossings_with_restarts_and_clock_jumps_are_each_told_once(
    tmp_path: Path,
) -> None:
    """Three days of a price that swings over the level, the process killed again and again."""
    chance = random.Random(5)
    async with paper_desk(tmp_path) as first:
        clock, market = first.clock, first.market
        await arm(first, "BTC above 28000")
        await first.watch.tick()
    crossings = 36
    for price in [28_100, 27_000] * crossings:
        market.set(BTC, price)
        async with paper_desk(tmp_path, market=market, clock=clock) as desk:
            for _ in range(chance.randint(1, 4)):
                clock.move(minutes=chance.choice([-2, 1, 5, 20]))
                await desk.watch.tick()
            clock.move(minutes=60)
            await desk.watch.tick()
    async with paper_desk(tmp_path, market=market, clock=clock) as desk:
        rings = [ring for message in await told(desk) for ring in message]
        assert len(rings) == crossings
        assert (await desk.state()).untold == ()
