"""Arming, removing and snoozing change the account once, and only what fits is armed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from desk.alarms import MOST_ALERTS, Alarms
from desk.errors import MarketUnavailable, UnknownSymbol
from desk.gauges import Gauges
from desk.moves import Moves
from desk.outcomes import Refused
from desk.quiet import snoozed_until
from tests.fakes.paper_desk import ANNE, BTC, CHAT, PaperDesk, new_id, paper_desk
from tools.alert_words import parse_alert
from trading.alerts import Alert
from trading.candles import Candles, Timeframe, to_ms
from trading.errors import BadArgument, NotEnoughHistory

BOB = "bob"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[PaperDesk]:
    async with paper_desk(tmp_path) as opened:
        await opened.accounts.open(BOB, CHAT + 1)
        yield opened


@pytest.fixture
def alarms(desk: PaperDesk) -> Alarms:
    moves, gauges = Moves(desk.market), Gauges(desk.market)
    return Alarms(desk.market, desk.accounts, desk.clock, new_id, moves, gauges)


async def arm(alarms: Alarms, text: str, account_id: str = ANNE) -> Alert:
    made = await alarms.arm(account_id, parse_alert(text))
    assert isinstance(made, Alert), made
    return made


def rising(desk: PaperDesk, timeframe: Timeframe, count: int = 300) -> None:
    """Let BTC have risen by a unit with each candle until now."""
    first = to_ms(desk.clock()) - count * timeframe.ms
    rows = [[first + i * timeframe.ms, *[26_700.0 + i] * 4, 1.0 + i % 3] for i in range(count)]
    desk.market.set_candles(Candles.from_rows(BTC, timeframe, rows))


async def test_alert_is_armed_from_where_the_price_stands(desk: PaperDesk, alarms: Alarms) -> None:
    above = await arm(alarms, "BTC 30000")
    below = await arm(alarms, "BTC 25000")
    beyond = await arm(alarms, "BTC above 26000")
    assert [(one.direction, one.ready) for one in (above, below, beyond)] == [
        ("above", True),
        ("below", True),
        ("above", False),
    ]
    state = await desk.state()
    assert [record.ready for record in state.alerts.values()] == [True, True, False]


async def test_same_alert_twice_is_armed_once(desk: PaperDesk, alarms: Alarms) -> None:
    first, second = await asyncio.gather(*[arm(alarms, "BTC above 30000") for _ in range(2)])
    assert first == second
    assert await arm(alarms, "BTC above 30000 once") != first
    assert await desk.events("alert_armed") == ["alert_armed"] * 2


async def test_level_out_of_reach_is_refused_and_nothing_is_armed(
    desk: PaperDesk, alarms: Alarms
) -> None:
    for text in ("BTC above 3000000000", "BTC below 2", "BTC 5% 2000m", "BTC down 150% 1h"):
        assert isinstance(await alarms.arm(ANNE, parse_alert(text)), Refused), text
    assert await desk.events("alert_armed") == []


async def test_symbol_that_is_not_listed_is_refused(alarms: Alarms) -> None:
    with pytest.raises(UnknownSymbol):
        await alarms.arm(ANNE, parse_alert("NOPE above 3"))


async def test_without_a_fresh_price_nothing_is_armed(desk: PaperDesk, alarms: Alarms) -> None:
    desk.market.down.add(BTC)
    with pytest.raises(MarketUnavailable):
        await alarms.arm(ANNE, parse_alert("BTC above 30000"))
    assert await desk.events("alert_armed") == []


async def test_there_are_fifty_alerts_at_most(desk: PaperDesk, alarms: Alarms) -> None:
    for number in range(MOST_ALERTS):
        await arm(alarms, f"BTC above {30_000 + number}")
    refused = await alarms.arm(ANNE, parse_alert("BTC above 40000"))
    assert isinstance(refused, Refused)
    assert "/alerts" in refused.text
    await arm(alarms, "BTC above 40000", BOB)


async def test_indicator_is_armed_with_the_margin_of_its_scale(
    desk: PaperDesk, alarms: Alarms
) -> None:
    rising(desk, Timeframe.H1)
    rsi = await arm(alarms, "BTC 1h RSI(14) below 30")
    assert (rsi.ready, rsi.margin) == (True, Decimal(2))
    crossing = await arm(alarms, "BTC 1h price above EMA(50)")
    assert (crossing.ready, crossing.margin) == (False, Decimal("0.002")), "it is above already"


async def test_indicator_without_candles_is_told(alarms: Alarms) -> None:
    with pytest.raises(NotEnoughHistory):
        await alarms.arm(ANNE, parse_alert("BTC 1h RSI(14) above 70"))


async def test_move_that_is_under_way_already_waits_for_its_end(
    desk: PaperDesk, alarms: Alarms
) -> None:
    rising(desk, Timeframe.M1)
    assert (await arm(alarms, "BTC up 5% 60m")).ready
    assert not (await arm(alarms, "BTC up 0.2% 60m")).ready


async def test_alert_of_another_account_is_not_removed(desk: PaperDesk, alarms: Alarms) -> None:
    made = await arm(alarms, "BTC above 30000")
    before = (await desk.state()).last_hash
    refused = await alarms.remove(BOB, made.id)
    assert isinstance(refused, Refused)
    assert refused.text == "This is not one of your alerts."
    assert (await desk.state()).last_hash == before
    assert await alarms.remove(ANNE, made.id) == made
    again = await alarms.remove(ANNE, made.id)
    assert isinstance(again, Refused)


async def test_snooze_and_quiet_hours_are_events_of_the_account(
    desk: PaperDesk, alarms: Alarms
) -> None:
    state = await alarms.snooze(ANNE, 60)
    assert snoozed_until(state.settings, desk.clock()) == desk.clock() + timedelta(hours=1)
    await alarms.snooze(ANNE, 60)
    assert len(await desk.events("setting_changed")) == 1, "the same again changes nothing"
    state = await alarms.snooze(ANNE, 0)
    assert snoozed_until(state.settings, desk.clock()) is None
    state = await alarms.quiet_hours(ANNE, "22-7", "berlin")
    assert state.settings["quiet_hours"] == "22:00-07:00"
    assert state.settings["time_zone"] == "Europe/Berlin"
    state = await alarms.quiet_hours(ANNE, "")
    assert state.settings["quiet_hours"] == ""
    assert (await desk.state(BOB)).settings == {}


@pytest.mark.parametrize("minutes", [-1, 10_081])
async def test_snooze_for_ever_is_refused(alarms: Alarms, minutes: int) -> None:
    with pytest.raises(BadArgument):
        await alarms.snooze(ANNE, minutes)


async def test_quiet_hours_in_no_zone_change_nothing(desk: PaperDesk, alarms: Alarms) -> None:
    with pytest.raises(BadArgument):
        await alarms.quiet_hours(ANNE, "22-7", "Atlantis")
    assert (await desk.state()).settings == {}
