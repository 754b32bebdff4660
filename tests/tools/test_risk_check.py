"""/risk says how much could be lost in a day, whether that has held, and what the limits allow."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.cards.result import result_card
from desk.facts import FactBook
from desk.figures import grouped
from desk.lab import Lab
from desk.research import Research
from desk.result import Result
from desk.snapshot import Snapshot
from tests.fakes.candle_files import made_candles
from tests.fakes.paper_desk import ANNE, BTC, PaperDesk, paper_desk
from tools.context import Context
from tools.registry import discover
from trading.backtest import Rules
from trading.candles import Candles, Timeframe
from trading.errors import BadCandles, NotEnoughHistory
from trading.strategies.catalogue import built_in
from trading.tail_history import daily_risk_of

RISK = discover()["risk_check"]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[PaperDesk]:
    async with paper_desk(tmp_path) as opened:
        yield opened


@pytest.fixture
def lab() -> Iterator[Lab]:
    lab = Lab()
    yield lab
    lab.close()


def days(desk: PaperDesk, count: int) -> Candles:
    """Make days that end with the one before the desk's own."""
    today = desk.clock().replace(hour=0, minute=0, second=0, microsecond=0)
    start = today - timedelta(days=count)
    return Candles.from_rows(
        BTC, Timeframe.D1, made_candles(Timeframe.D1, count, start=start, price=27_000.0)
    )


async def asked(desk: PaperDesk, lab: Lab, candles: Candles, **said: Any) -> Result:
    desk.market.set_candles(candles)
    research = Research(Snapshot(desk.market, desk.clock()), lab, Rules(), built_in())
    context = Context(ANNE, research, desk.preview, desk.portfolios, FactBook())
    return await RISK.call(context, {"symbol": BTC, **said})


def figures(result: Result) -> dict[str, Any]:
    return {fact.label: fact.value for fact in result.facts}


async def test_figures_are_those_of_the_days_and_of_their_past(desk: PaperDesk, lab: Lab) -> None:
    candles = days(desk, 900)
    result = await asked(desk, lab, candles, notional=100)
    risk = daily_risk_of(candles[-731:])
    shown, held = figures(result), risk.chosen.coverage
    assert shown["VaR 95 %, 1 day"] == risk.chosen.tail.var
    assert shown["CVaR 95 %, 1 day"] == risk.chosen.tail.cvar
    assert shown["Expected volatility, 1 day"] == risk.volatility
    assert shown["Days tested"] == held.days == 630
    assert shown["Days beyond VaR"] == held.exceeded
    assert shown["Kupiec test"] == held.judgement
    assert f"exceeded on {held.exceeded} of 630 days" in result.note
    assert risk.other is not None
    assert "the better covered of two methods, chosen on the same days" in result.note
    assert "VaR 99 %, 1 day" in shown
    assert "VaR of this order" in shown
    units = {fact.label: fact.unit for fact in result.facts}
    assert (units["Days beyond VaR"], units["Share beyond VaR"]) == ("days", "fraction")


async def test_few_days_are_told_to_prove_nothing(desk: PaperDesk, lab: Lab) -> None:
    result = await asked(desk, lab, days(desk, 90), notional=100)
    assert "VaR 99 %, 1 day" not in figures(result)
    assert figures(result)["Days tested"] == 0
    assert "too few days to test its VaR on" in result.note
    assert "the better covered" not in result.note
    some = await asked(desk, lab, days(desk, 140), notional=100)
    assert figures(some)["Kupiec test"] == "too few days to tell"
    with pytest.raises(NotEnoughHistory, match="60 daily returns"):
        await asked(desk, lab, days(desk, 40))


async def test_order_beyond_the_limits_still_has_its_risk(desk: PaperDesk, lab: Lab) -> None:
    result = await asked(desk, lab, days(desk, 200), notional=9_000)
    assert "Not within the limits" in result.note
    assert {"VaR 95 %, 1 day", "Kupiec test", "Quantity that passes"} <= figures(result).keys()


async def test_without_a_sum_no_order_is_shown_only_how_large_one_could_be(
    desk: PaperDesk, lab: Lab
) -> None:
    result = await asked(desk, lab, days(desk, 200))
    shown = figures(result)
    assert shown["Largest order now"] > 0
    assert not {"Order size", "Loss at stop", "VaR of this order"} & shown.keys()
    assert [section.heading for section in result.sections][-1] == "What the limits allow"
    assert f"/risk {BTC} 100 buy" in result.note


async def test_each_limit_that_an_order_breaks_stands_on_a_line_of_its_own(
    desk: PaperDesk, lab: Lab
) -> None:
    result = await asked(desk, lab, days(desk, 200), notional=999_999, side="sell")
    told = [line for line in result.note.splitlines() if line.startswith("• ")]
    assert len(told) >= 3
    assert not re.search(r"(?<![.,])\d{4}", "".join(told))
    assert f"{grouped(10_000, 2)} USDT" in result.note


async def test_days_before_a_redenomination_do_not_count(desk: PaperDesk, lab: Lab) -> None:
    candles = days(desk, 400)

    def cut_before(last: int) -> Candles:
        names = ("open", "high", "low", "close")
        factor = np.where(np.arange(400) < 400 - last, 0.001, 1.0)
        opened = np.r_[candles.open[: 400 - last] * 0.001, candles.open[400 - last :]]
        scaled = {name: vars(candles)[name] * factor for name in names}
        return replace(candles, **{**scaled, "open": opened})

    result = await asked(desk, lab, cut_before(200), notional=100)
    since = desk.clock() - timedelta(days=200)
    assert f"Only days since {since:%Y-%m-%d}" in result.note
    assert figures(result)["Days measured"] < 200
    with pytest.raises(BadCandles, match="redenomination"):
        await asked(desk, lab, cut_before(30)[1:], notional=100)


async def test_card_groups_the_figures_and_keeps_its_width(desk: PaperDesk, lab: Lab) -> None:
    result = await asked(desk, lab, days(desk, 900), notional=100)
    blocks = result_card(result, "Risk", demo=True).blocks
    lines = next(block for block in blocks if block.kind == "table").text.splitlines()
    assert max(map(len, lines)) <= 36
    assert [line for line in lines if line.isupper() and "%" not in line] == [
        "THE NEXT DAY",
        "HAS ITS VAR HELD?",
        "THIS ORDER",
    ]
    assert "VaR 95 %, 1 day: one day in 20 is worse" in result.as_json()
