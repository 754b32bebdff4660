"""/optimize: what is typed becomes a search, and its facts say what they prove."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.cards.card import WIDTH
from bot.cards.optimize import findings_card
from bot.charts import render
from desk.chart_spec import HeatmapChart
from desk.facts import Result
from desk.findings_words import DOUBT
from tests.fakes.trial_desk import TrialDesk, trial_desk
from tools import optimize as optimize_tool
from tools.context import Context
from tools.optimize import IN_AN_ANSWER, MOST
from tools.registry import discover
from trading.errors import BadArgument, NotEnoughHistory

TOOL = discover()["optimize"]


@pytest.fixture
async def desk() -> AsyncIterator[TrialDesk]:
    async with trial_desk(count=900) as opened:
        yield opened


async def typed(context: Context, words: str) -> Result:
    return await TOOL.call(context, TOOL.parse(words.split()))


async def test_facts_show_in_sample_beside_out_of_sample_and_the_verdict(desk: TrialDesk) -> None:
    told: list[str] = []
    result = await typed(replace(desk.context, told=told.append), "btc 1h sma_cross 10")
    values = {fact.label: fact.value for fact in result.facts}
    found = result.findings
    assert found is not None
    assert values["Search verdict"] == DOUBT
    assert values["Return, out-of-sample"] == found.out_of_sample.total_return
    assert values["Return, in-sample"] == found.in_sample.total_return
    assert values["Return, buy and hold"] == found.hold.total_return
    assert values["Trades, out-of-sample"] == found.out_of_sample.trades
    assert values["Sets tried"] == found.evidence.tried
    assert str(values["Parameters now"]).startswith("fast=")
    assert {fact.symbol for fact in result.facts} == {"BTC/USDT"}
    assert {fact.tool for fact in result.facts} == {"optimize"}
    assert result.draft is None
    assert result.note.startswith("Don't trust this. ")
    assert all(reason in result.note for reason in found.judgement.reasons)
    assert json.loads(result.as_json())["note"] == result.note
    assert told[0] == "Searching window 1 of 4: 1 of 10 sets\n1 of 50 in all"
    assert told[-1] == "50 sets tried; weighing what was found"


async def test_card_goes_under_its_heatmap_and_nothing_scrolls_sideways(desk: TrialDesk) -> None:
    result = await typed(desk.context, "ETH/USDT 1h sma_cross 10")
    assert result.findings is not None
    again = "/backtest ETH/USDT 1h sma_cross fast=50 slow=100 stop=2%"
    card = findings_card(result, result.findings, again, demo=False)
    assert card.fits_caption
    text = "\n".join(block.text for block in card.blocks)
    for words in ("in-sample", "out-of-sample", "Hold", "Deflated Sharpe", "Don't trust this."):
        assert words in text
    lines = [line for one in card.blocks if one.kind == "table" for line in one.text.split("\n")]
    assert max(map(len, lines)) <= WIDTH
    assert isinstance(card.chart, HeatmapChart)
    assert render(card.chart).startswith(b"\x89PNG")


async def test_every_set_is_tried_by_the_rules_that_were_asked_for(desk: TrialDesk) -> None:
    words = "ETH/USDT 1h sma_cross 10 stop=none target=none short=yes fee=0.02%"
    result = await typed(desk.context, words)
    assert result.findings is not None
    rules = result.findings.rules
    assert (rules.stop_fraction, rules.target_fraction, rules.allow_short) == (None, None, True)
    assert "fee 0.02 % and slippage 0.05 % a side" in result.note
    assert "Long and short." in result.note
    usual = await typed(desk.context, "ETH/USDT 1h sma_cross 10")
    assert usual.findings is not None
    assert usual.findings.out_of_sample != result.findings.out_of_sample


async def test_run_of_the_analyst_tries_less_and_gives_up_in_time(
    desk: TrialDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    analyst = replace(desk.context, strategy="analyst")
    result = await typed(analyst, "BTC/USDT 1h sma_cross 60")
    assert result.findings is not None
    assert result.findings.evidence.tried <= 5 * IN_AN_ANSWER
    monkeypatch.setattr(optimize_tool, "SECONDS", 0.0)
    with pytest.raises(BadArgument, match=r"/optimize ETH/USDT 1h sma_cross"):
        await typed(analyst, "ETH/USDT 1h sma_cross")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("BTC 1h buy_and_hold", "has no parameters to search"),
        ("BTC 1h nonsense", "'nonsense' is no strategy"),
        ("BTC 1h sma_cross many", "trials: "),
        ("BTC 7x", "is no timeframe"),
        ("BTC 1h sma_cross 10 20", "Usage: /optimize <symbol> [timeframe] [strategy] [trials]"),
        ("BTC 1h sma_cross fast=3", "fast is what is searched"),
        ("BTC 1h sma_cross pace=3", "no such parameter"),
        ("BTC 1h sma_cross stop=200%", "stop: must lie between"),
    ],
)
async def test_what_cannot_be_searched_is_told(desk: TrialDesk, words: str, told: str) -> None:
    with pytest.raises(BadArgument) as refused:
        await typed(desk.context, words)
    assert told in str(refused.value)


async def test_strategy_of_two_symbols_is_told(desk: TrialDesk) -> None:
    pairs = desk.research.catalogue.pairs
    if not pairs:
        pytest.skip("no strategy trades two symbols")
    with pytest.raises(BadArgument, match="only strategies of one"):
        await typed(desk.context, f"BTC/USDT 1h {next(iter(pairs))}")


async def test_too_little_history_is_told() -> None:
    async with trial_desk(count=200) as desk:
        with pytest.raises(NotEnoughHistory, match="there are 200"):
            await typed(desk.context, "BTC/USDT 1h sma_cross")


def test_trials_are_clamped() -> None:
    assert TOOL.check({"symbol": "BTC", "trials": "100000"})["trials"] == MOST
    assert TOOL.check({"symbol": "BTC", "trials": -3})["trials"] == 10
    assert TOOL.slow


def test_importing_the_tool_loads_nothing_heavy() -> None:
    heavy = "{'optuna', 'numba', 'desk.optimizing', 'desk.findings'}"
    code = f"import sys, tools.optimize, bot.catalogue; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


async def test_same_search_of_two_people_is_one(desk: TrialDesk) -> None:
    one = await typed(desk.context, "BTC/USDT 1h sma_cross 10")
    other = await typed(desk.context, "BTC/USDT 1h sma_cross 10")
    assert one.findings is other.findings
    assert one.facts[0].id == other.facts[0].id, "each has a book of its own"
