"""A briefing is told once a local day: over restarts, beside other processes, late, or not."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from desk.briefing_parts import PastCall
from desk.errors import UnknownSymbol
from tests.fakes.briefing_desk import BTC, ETH, SOL, BriefingDesk, day_of_candles
from tests.fakes.clock import FakeClock
from tests.fakes.fake_market import FakeMarket
from tests.fakes.paper_desk import ANNE, CHAT, PaperDesk, paper_desk

EVENING = datetime(2026, 1, 5, 18, 0, tzinfo=UTC)
MORNING = datetime(2026, 1, 6, 7, 0, tzinfo=UTC)  # 08:00 in Berlin


async def test_briefing_is_told_once_a_day_and_over_a_restart(tmp_path: Path) -> None:
    clock = FakeClock(EVENING)
    async with paper_desk(tmp_path, clock=clock) as desk:
        first = BriefingDesk(desk)
        await first.briefings.want(ANNE, "8:00", "berlin")
        assert await first.briefings.tick() == 0
        clock.now = MORNING
        assert await first.briefings.tick() == 1
        assert await first.briefings.tick() == 0
        again = BriefingDesk(PaperDesk(tmp_path / "conclave.db", desk.market, clock))
        assert await again.briefings.tick() == 0
        clock.move(hours=24)
        assert await again.briefings.tick() == 1
        told = await first.told()
        assert [str(one.day) for one in told] == ["2026-01-06", "2026-01-07"]
        assert not any(one.late for one in told)
        waiting = await desk.waiting("briefing")
        assert [message.key for message in waiting] == [
            "briefing:2026-01-06",
            "briefing:2026-01-07",
        ]
        assert {message.chat_id for message in waiting} == {CHAT}
        await again.desk.file.close()


async def test_two_processes_at_the_same_time_tell_it_once(tmp_path: Path) -> None:
    clock = FakeClock(EVENING)
    async with paper_desk(tmp_path, clock=clock) as desk:
        other = PaperDesk(tmp_path / "conclave.db", desk.market, clock)
        both = BriefingDesk(desk), BriefingDesk(other)
        await both[0].briefings.want(ANNE, "08:00", "Europe/Berlin")
        clock.now = MORNING
        made = await asyncio.gather(*(one.briefings.tick() for one in both))
        assert sum(made) == 1
        assert len(await desk.waiting("briefing")) == 1
        await other.file.close()


async def test_bot_that_was_away_tells_late_and_after_three_hours_not_at_all(
    tmp_path: Path,
) -> None:
    clock = FakeClock(EVENING)
    async with paper_desk(tmp_path, clock=clock) as desk:
        one = BriefingDesk(desk)
        await one.briefings.want(ANNE, "08:00", "Europe/Berlin")
        clock.now = MORNING + timedelta(hours=2)
        assert await one.briefings.tick() == 1
        (told,) = await one.told()
        assert told.late
        assert told.due_at == MORNING
        clock.now = MORNING + timedelta(days=1, hours=3)
        assert await one.briefings.tick() == 0
        assert len(await one.told()) == 1


async def test_briefing_that_was_switched_off_or_never_wanted_is_not_told(tmp_path: Path) -> None:
    clock = FakeClock(EVENING)
    async with paper_desk(tmp_path, clock=clock) as desk:
        one = BriefingDesk(desk)
        clock.now = MORNING
        assert await one.briefings.tick() == 0
        await one.briefings.want(ANNE, "08:00", "Europe/Berlin")
        assert await one.briefings.tick() == 0  # wanted only now: the next one is tomorrow's
        await one.briefings.want(ANNE, "")
        clock.move(hours=24)
        assert await one.briefings.tick() == 0


async def test_person_who_switches_it_off_while_it_is_gathered_gets_none(tmp_path: Path) -> None:
    clock = FakeClock(EVENING)
    async with paper_desk(tmp_path, clock=clock) as desk:
        one = BriefingDesk(desk)
        await one.briefings.want(ANNE, "08:00")
        clock.now = datetime(2026, 1, 6, 8, 0, tzinfo=UTC)
        latest = one.news.latest

        async def slow() -> object:
            await one.briefings.want(ANNE, "")
            return await latest()

        one.news.latest = slow  # type: ignore[assignment,method-assign]  # a slow feed
        assert await one.briefings.tick() == 0
        assert await desk.waiting("briefing") == []


async def test_briefing_tells_the_book_the_list_and_what_became_of_verdicts(tmp_path: Path) -> None:
    clock = FakeClock(EVENING)
    async with paper_desk(tmp_path, clock=clock) as desk:
        day_of_candles(desk, BTC=(27_000, 27_000), ETH=(2_000, 1_800), SOL=(100, 103))
        one = BriefingDesk(desk)
        await desk.buy(symbol=ETH, notional="150")
        await one.briefings.choose(ANNE, (BTC, ETH, SOL))
        one.news.say("Ether slips after an upgrade", link="https://a.example/1")
        one.news.say("Bitcoin holds its ground", link="https://a.example/2", hours=2)
        one.news.say("Solana gains again", hours=3)
        one.calls.past = [
            PastCall(SOL, "1h", "long", EVENING - timedelta(hours=5), Decimal(100)),
            PastCall(SOL, "1h", "flat", EVENING - timedelta(hours=9), Decimal(98)),
            PastCall(BTC, "4h", "short", EVENING - timedelta(days=9), Decimal(30_000)),
        ]
        told = await one.briefings.make(ANNE)
    assert [(line.symbol, line.change) for line in told.movers] == [
        (ETH, Decimal("-0.1")),
        (SOL, Decimal("0.03")),
        (BTC, Decimal(0)),
    ]
    assert [line.symbol for line in told.held] == [ETH]
    assert told.equity < 10_000  # the fee
    assert told.nearest is not None
    assert [line.title for line in told.headlines] == [
        "Ether slips after an upgrade",
        "Bitcoin holds its ground",
    ]
    assert told.mood is not None
    assert told.mood.count == 3
    (call,) = told.calls
    assert (call.stance, call.before, call.change) == ("long", "flat", Decimal("0.03"))
    assert (call.times, told.calls_in_all) == (2, 2)
    assert told.listed
    assert not told.market_down


async def test_market_that_can_not_be_reached_is_told_and_the_book_is_at_last_prices(
    tmp_path: Path,
) -> None:
    clock = FakeClock(EVENING)
    async with paper_desk(tmp_path, clock=clock) as desk:
        one = BriefingDesk(desk)
        await desk.buy(notional="150")
        await desk.portfolios.view(ANNE)
        desk.market.down = {BTC, ETH}
        desk.market.no_candles = True
        clock.move(minutes=10)
        told = await one.briefings.make(ANNE)
    assert told.market_down
    assert told.movers == ()
    assert not told.fresh
    assert [line.kind for line in told.held] == ["last"]


async def test_one_account_that_fails_keeps_nobody_else_from_their_briefing(tmp_path: Path) -> None:
    clock = FakeClock(EVENING)
    async with paper_desk(tmp_path, clock=clock) as desk:
        await desk.accounts.open("ben", 8)
        one = BriefingDesk(desk)
        for name in (ANNE, "ben"):
            await one.briefings.want(name, "08:00", "Europe/Berlin")
        clock.now = MORNING
        make = one.briefings.make

        async def broken(account_id: str, *slot: object) -> object:
            if account_id == ANNE:
                raise ZeroDivisionError
            return await make(account_id, *slot)  # type: ignore[arg-type]  # as it came

        one.briefings.make = broken  # type: ignore[assignment,method-assign]  # one account fails
        assert await one.briefings.tick() == 1
        one.briefings.make = make  # type: ignore[method-assign]  # it works again
        assert await one.briefings.tick() == 0  # not at once
        clock.move(minutes=3)
        assert await one.briefings.tick() == 1


async def test_list_takes_only_symbols_that_the_market_has(tmp_path: Path) -> None:
    clock = FakeClock(EVENING)
    market = FakeMarket(clock)
    market.set(BTC, 27_000)
    async with paper_desk(tmp_path, market=market, clock=clock) as desk:
        one = BriefingDesk(desk)
        with pytest.raises(UnknownSymbol):
            await one.briefings.choose(ANNE, (BTC, "XYZ/USDT"))
        assert (await desk.state()).settings == {}
