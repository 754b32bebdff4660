"""/briefing: what it sets, what it shows, and its buttons."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from desk.briefing_times import BRIEFING_AT, BRIEFING_LIST
from desk.quiet import TIME_ZONE
from tests.bot.safety_chat import SafetyChat, safety_chat
from tests.fakes.briefing_desk import BriefingDesk, day_of_candles
from tests.fakes.clock import FakeClock
from tests.fakes.paper_desk import paper_desk
from trading.errors import BadArgument

EVENING = datetime(2026, 1, 5, 18, 0, tzinfo=UTC)


@pytest.fixture
async def anne(tmp_path: Path) -> AsyncIterator[SafetyChat]:
    async with paper_desk(tmp_path, clock=FakeClock(EVENING)) as desk:
        day_of_candles(desk, BTC=(27_000, 27_540), ETH=(2_000, 1_800))
        yield safety_chat(desk, briefings=BriefingDesk(desk).briefings)


async def test_time_and_zone_are_set_and_shown_with_the_next_one(anne: SafetyChat) -> None:
    await anne.says("/briefing")
    assert anne.labels == ["Show one now"]
    await anne.says("/briefing 8:00 Europe/Berlin")
    assert "Tue 06 Jan 08:00" in anne.text
    assert anne.labels == ["Show one now", "Off"]
    settings = (await anne.desk.state()).settings
    assert (settings[BRIEFING_AT], settings[TIME_ZONE]) == ("08:00", "Europe/Berlin")
    await anne.says("/briefing 9 pm")
    settings = (await anne.desk.state()).settings
    assert (settings[BRIEFING_AT], settings[TIME_ZONE]) == ("21:00", "Europe/Berlin")
    await anne.taps("Off")
    assert (await anne.desk.state()).settings[BRIEFING_AT] == ""
    assert anne.labels == ["Show one now"]


async def test_list_is_set_and_taken_away(anne: SafetyChat) -> None:
    await anne.says("/briefing list btc ETH/USDT btc")
    assert (await anne.desk.state()).settings[BRIEFING_LIST] == "BTC/USDT ETH/USDT"
    await anne.says("/briefing list off")
    assert (await anne.desk.state()).settings[BRIEFING_LIST] == ""


async def test_briefing_of_now_counts_for_no_day_and_leads_on(anne: SafetyChat) -> None:
    await anne.says("/briefing now")
    assert "ETH/USDT 1\u202f800.00" in anne.text
    assert anne.labels == ["Positions", "News", "Ask about ETH"]
    number = len(anne.chat.cards)
    await anne.taps("Positions")
    assert "No open positions" in anne.text
    assert len(anne.chat.cards) == number + 1  # the briefing stays
    assert await anne.desk.waiting("briefing") == []


@pytest.mark.parametrize(
    "words", ["tomorrow", "25:00", "08:00 Nowhere/Atlantis", "list", "list ++"]
)
async def test_words_that_are_wrong_are_refused_and_change_nothing(
    anne: SafetyChat, words: str
) -> None:
    with pytest.raises(BadArgument):
        await anne.says(f"/briefing {words}")
    assert (await anne.desk.state()).settings == {}


async def test_button_of_another_version_is_told(anne: SafetyChat) -> None:
    toast = await anne.sends("briefing:dance")
    assert toast.alert
