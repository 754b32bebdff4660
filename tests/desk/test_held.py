"""A verdict against what somebody holds says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from desk.held import held_words
from desk.language import Language
from tests.fakes.paper_desk import ANNE, BTC, PaperDesk, paper_desk


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[PaperDesk]:
    async with paper_desk(tmp_path) as opened:
        yield opened


async def test_verdict_against_a_position_says_what_is_held(desk: PaperDesk) -> None:
    await desk.buy("buy", BTC, "100")
    state = await desk.accounts.load(ANNE)
    against = held_words(state, BTC, "short")
    assert against.startswith("You hold 0.00")
    assert against.endswith("BTC long; this verdict is against it.")
    assert held_words(state, BTC, "long").endswith("BTC long already.")
    assert held_words(state, BTC, "short", Language.ZH).endswith("BTC 多头；此结论与之相反。")


async def test_nothing_is_said_where_nothing_is_held_or_no_side_is_taken(desk: PaperDesk) -> None:
    assert held_words(await desk.accounts.load(ANNE), BTC, "short") == ""
    await desk.buy("buy", BTC, "100")
    state = await desk.accounts.load(ANNE)
    assert held_words(state, "ETH/USDT", "short") == ""
    for stance in ("flat", "none", "no call"):
        assert held_words(state, BTC, stance) == ""
    assert held_words(None, BTC, "short") == ""


async def test_short_position_and_a_long_verdict_are_opposed_too(desk: PaperDesk) -> None:
    await desk.buy("sell", BTC, "100")
    state = await desk.accounts.load(ANNE)
    assert held_words(state, BTC, "long").endswith("BTC short; this verdict is against it.")
