"""Taps on a backtest's card: twice at once, and when the backtest is no longer kept."""

from __future__ import annotations

import asyncio

import pytest

from tests.e2e.world import World

pytestmark = pytest.mark.asyncio(loop_scope="package")
ASKED = "/backtest BTC/USDT 1h sma_cross fast=5 slow=20 candles=400"


async def test_two_quick_taps_send_one_message(town: World) -> None:
    person = town.person()
    card = await person.says(ASKED)
    for button, title in (("Months", "Months of SMA cross"), ("Report", "The report opens")):
        queries = [person.taps_once(card, button) for _ in range(3)]
        notices = await asyncio.gather(*(person.notice(query) for query in queries))
        assert sorted(notice.text for notice in notices) == ["", "On its way.", "On its way."]
        assert person.counted(title) == 1


async def test_backtest_that_is_gone_is_run_again_from_its_card(town: World) -> None:
    person = town.person()
    card = await person.says(ASKED)
    notice = await person.notice(person.sends_tap(card, "backtest:00000000:trades"))
    assert not notice.alert, notice.text
    shown = await person.sees(lambda message: message.text.startswith("Trades of"))
    assert "Run again just now, on the newest candles." in shown.text
    assert ASKED in shown.text.splitlines()
