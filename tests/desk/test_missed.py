"""What closed candles reached while nobody watched is filled by the rules for candles."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from desk.messages import CancelNotice, DrawdownAlert, FillReport, Meanwhile
from tests.fakes.clock import START, FakeClock
from tests.fakes.fake_market import FakeMarket
from tests.fakes.paper_desk import BTC, PaperDesk, paper_desk
from trading.bounds import Limits
from trading.candles import Candles, Timeframe, to_ms

CALM = (27_000.0, 27_050.0, 26_950.0, 27_000.0, 1.0)
CRASH = (26_900.0, 26_950.0, 25_000.0, 26_800.0, 1.0)
RALLY = (27_000.0, 29_000.0, 26_990.0, 27_100.0, 1.0)


def minutes(*bars: tuple[float, ...], begin: datetime = START) -> Candles:
    """Make minute candles, the first of which opens at `begin`."""
    rows = [(to_ms(begin + timedelta(minutes=place)), *bar) for place, bar in enumerate(bars)]
    return Candles.from_rows(BTC, Timeframe.M1, rows)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(START + timedelta(seconds=20))


@pytest.fixture
async def away(tmp_path: Path, clock: FakeClock) -> AsyncIterator[PaperDesk]:
    """A desk started anew after another one bought at 12:00:20 and went away."""
    market = FakeMarket(clock)
    market.set(BTC, 27_000)
    async with paper_desk(tmp_path, clock=clock, market=market) as desk:
        await desk.buy()
        await desk.watch.tick()
    async with paper_desk(tmp_path, clock=clock, market=market) as desk:
        yield desk


async def exits(desk: PaperDesk) -> list[FillReport]:
    return [FillReport.model_validate_json(payload) for payload in await desk.told("fill")][1:]


async def test_a_stop_that_was_touched_while_away_is_filled_at_its_time(
    away: PaperDesk, clock: FakeClock
) -> None:
    away.market.set_candles(minutes(CALM, CALM, CRASH, CALM, CALM))
    clock.now = START + timedelta(minutes=5, seconds=3)
    await away.watch.tick()
    (report,) = await exits(away)
    assert report.reason == "stop"
    assert report.at == START + timedelta(minutes=3)
    assert Decimal(26_150) < report.price < Decimal(26_203)
    state = await away.state()
    assert not state.positions
    assert not state.orders


async def test_the_candle_that_was_open_at_the_order_can_not_fill_it(
    away: PaperDesk, clock: FakeClock
) -> None:
    away.market.set_candles(minutes(CRASH, CALM, CALM, CALM))
    clock.now = START + timedelta(minutes=4)
    await away.watch.tick()
    assert await exits(away) == []


async def test_the_first_touch_wins_over_the_present_price(
    away: PaperDesk, clock: FakeClock
) -> None:
    away.market.set_candles(minutes(CALM, CRASH, RALLY, RALLY))
    away.market.set(BTC, 29_000)
    clock.now = START + timedelta(minutes=4)
    await away.watch.tick()
    assert [report.reason for report in await exits(away)] == ["stop"]


async def test_a_gap_fills_at_the_open(away: PaperDesk, clock: FakeClock) -> None:
    gap = (25_000.0, 25_100.0, 24_900.0, 25_000.0, 1.0)
    away.market.set_candles(minutes(CALM, CALM, gap))
    clock.now = START + timedelta(minutes=3)
    await away.watch.tick()
    (report,) = await exits(away)
    assert report.price == Decimal("24987.50")


async def test_without_the_missed_candles_a_target_waits(away: PaperDesk, clock: FakeClock) -> None:
    away.market.set(BTC, 29_000)
    clock.now = START + timedelta(minutes=4)
    away.market.no_candles = True
    await away.watch.tick()
    assert await exits(away) == []
    away.market.no_candles = False
    away.market.set_candles(minutes(CALM, CRASH, CALM, RALLY))
    await away.watch.tick()
    assert [report.reason for report in await exits(away)] == ["stop"]


async def test_candles_that_never_come_do_not_hold_a_stop_for_ever(
    away: PaperDesk, clock: FakeClock
) -> None:
    away.market.set(BTC, 20_000)
    away.market.no_candles = True
    clock.now = START + timedelta(minutes=4)
    for _ in range(12):
        await away.watch.tick()
    assert [report.reason for report in await exits(away)] == ["stop"]


async def test_a_desk_that_slept_replays_too(away: PaperDesk, clock: FakeClock) -> None:
    await away.watch.tick()
    away.market.set_candles(minutes(CALM, CALM, CRASH, CALM))
    clock.now = START + timedelta(hours=2)
    await away.watch.tick()
    assert [report.at for report in await exits(away)] == [START + timedelta(minutes=3)]


async def test_a_long_absence_is_replayed_on_longer_candles(
    away: PaperDesk, clock: FakeClock
) -> None:
    rows = [
        (to_ms(START + timedelta(hours=place)), *(CRASH if place == 60 else CALM))
        for place in range(-2, 400)
    ]
    away.market.set_candles(Candles.from_rows(BTC, Timeframe.H1, rows))
    clock.now = START + timedelta(days=15)
    await away.watch.tick()
    (report,) = await exits(away)
    assert report.at == START + timedelta(hours=61)


async def test_while_watching_no_candles_are_asked_for(away: PaperDesk, clock: FakeClock) -> None:
    away.market.no_candles = True
    for _ in range(30):
        clock.move(seconds=5)
        await away.watch.tick()
    away.market.set(BTC, 29_000)
    await away.watch.tick()
    assert [report.reason for report in await exits(away)] == ["target"]


async def test_the_candle_in_which_it_came_back_is_looked_at_once_it_has_closed(
    away: PaperDesk, clock: FakeClock
) -> None:
    away.market.set_candles(minutes(CALM, CALM))
    clock.now = START + timedelta(minutes=2, seconds=40)
    await away.watch.tick()
    assert await exits(away) == []
    away.market.set_candles(minutes(CALM, CALM, CRASH))  # in its first 40 seconds
    for _ in range(5):
        clock.move(seconds=5)
        await away.watch.tick()
    assert [report.at for report in await exits(away)] == [START + timedelta(minutes=3)]


async def test_what_happened_while_away_is_one_message_in_the_order_of_its_times(
    away: PaperDesk, clock: FakeClock
) -> None:
    limit = await away.wait_at("25500", until=START + timedelta(minutes=2))
    late = await away.wait_at("25100")
    away.market.set_candles(minutes(CALM, CALM, CALM, CRASH, CALM))
    clock.now = START + timedelta(minutes=5, seconds=3)
    await away.watch.tick()
    (message,) = await away.waiting("meanwhile")
    news = Meanwhile.model_validate_json(message.payload)
    told = sorted(news.parts, key=lambda part: part.at)
    assert [
        (part.reason, part.at) for part in told if isinstance(part, FillReport | CancelNotice)
    ] == [
        ("its time is over", START + timedelta(minutes=2)),
        ("stop", START + timedelta(minutes=4)),
        ("entry", START + timedelta(minutes=4)),
        ("target", START + timedelta(minutes=4)),  # the next candle opens beyond it
    ]
    filled = {part.order_id for part in news.parts if isinstance(part, FillReport)}
    assert late in filled
    assert limit not in filled


async def test_equity_and_drawdown_of_missed_candles_have_their_true_times(
    tmp_path: Path, clock: FakeClock
) -> None:
    market = FakeMarket(clock)
    market.set(BTC, 27_000)
    wide = Limits(
        max_order_fraction=Decimal(1),
        max_symbol_fraction=Decimal(1),
        max_loss_fraction=Decimal(1),
        daily_loss=Decimal(1),
    )
    async with paper_desk(tmp_path, wide, clock=clock, market=market) as desk:
        await desk.buy(notional="9000", stop="0.5", target="0.5")
        await desk.watch.tick()
    low = (25_000.0, 25_000.0, 24_900.0, 24_900.0, 1.0)
    market.set_candles(minutes(CALM, CALM, low, CALM))
    clock.now = START + timedelta(minutes=4, seconds=5)
    async with paper_desk(tmp_path, wide, clock=clock, market=market) as desk:
        await desk.watch.tick()
        told = [DrawdownAlert.model_validate_json(one) for one in await desk.told("drawdown")]
        assert {(one.scope, one.tier, one.at) for one in told} >= {
            ("strategy:manual", "limit", START + timedelta(minutes=3))
        }
        assert len(await desk.waiting("meanwhile")) == 1
        assert await desk.waiting("drawdown") == []


async def test_candles_that_come_late_still_fill_what_they_reached(
    away: PaperDesk, clock: FakeClock
) -> None:
    away.market.no_candles = True
    clock.now = START + timedelta(minutes=4)
    for _ in range(15):
        await away.watch.tick()
    assert await exits(away) == []
    away.market.no_candles = False
    away.market.set_candles(minutes(CALM, CRASH, CALM, CALM))
    clock.move(seconds=61)
    await away.watch.tick()
    assert [report.at for report in await exits(away)] == [START + timedelta(minutes=2)]
