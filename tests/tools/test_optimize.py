"""/optimize: what is typed becomes a search, and its facts say what they prove."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from bot.cards.card import WIDTH, Card
from bot.cards.optimize import findings_card
from bot.charts import render
from desk.chart_spec import HeatmapChart
from desk.edge import Evidence, judge
from desk.findings_words import DOUBT, note
from desk.result import Result
from tests.fakes.trial_desk import TrialDesk, trial_desk
from tools import optimize as optimize_tool
from tools.context import Context
from tools.optimize import IN_AN_ANSWER, LEAST, MOST
from tools.registry import discover
from trading.errors import BadArgument, NotEnoughHistory
from trading.overfitting import Overfitting
from trading.search_windows import Figures

TOOL = discover()["optimize"]


@pytest.fixture
async def desk() -> AsyncIterator[TrialDesk]:
    async with trial_desk(count=1_500) as opened:
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
    assert told[0] == ("Search 1 of 5, candles to 26 Dec 2020: 1 of 10 sets\n1 of 50 sets in all")
    assert told[-1] == "50 sets tried; weighing what was found"


async def test_card_goes_under_its_heatmap_and_nothing_scrolls_sideways(desk: TrialDesk) -> None:
    result = await typed(desk.context, "ETH/USDT 1h sma_cross 10")
    assert result.findings is not None
    again = "/backtest ETH/USDT 1h sma_cross fast=50 slow=100 stop=2%"
    card = findings_card(result, result.findings, again, demo=False)
    assert card.fits_caption
    text = "\n".join(block.text for block in card.blocks)
    for words in ("in-sample", "out-of-sample", "hold", "Deflated Sharpe", "Don't trust this."):
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
        ("BTC 1h sma_cross many", "trials must be a whole number, not many. Example: /optimize"),
        ("BTC 1h sma_cross 1000", "trials must be between 10 and 300, not 1000."),
        ("BTC 1h sma_cross trials=5", "trials must be between 10 and 300, not 5."),
        ("BTC+ETH 1h sma_cross", "one symbol only, such as BTC/USDT, not BTC+ETH"),
        ("BTC 7x", "is no timeframe"),
        ("BTC 1h sma_cross 10 20", "Usage: /optimize <symbol> [timeframe] [strategy] [trials]"),
        ("BTC 1h sma_cross fast=3", "fast is what is searched"),
        ("BTC 1h sma_cross pace=3", "SMA cross has no parameter 'pace'. SMA cross takes fast"),
        ("BTC 1h sma_cross stop=200%", "stop must lie between"),
    ],
)
async def test_what_cannot_be_searched_is_told(desk: TrialDesk, words: str, told: str) -> None:
    with pytest.raises(BadArgument) as refused:
        await typed(desk.context, words)
    assert told in str(refused.value)


async def test_strategy_of_two_symbols_is_told(desk: TrialDesk) -> None:
    with pytest.raises(BadArgument, match="only strategies of one"):
        await typed(desk.context, "BTC/USDT 1h pair_spread")


async def test_too_little_history_is_told() -> None:
    async with trial_desk(count=200) as desk:
        with pytest.raises(NotEnoughHistory, match="there are 200"):
            await typed(desk.context, "BTC/USDT 1d sma_cross")


async def test_too_few_days_are_told_with_a_timeframe_that_would_do(desk: TrialDesk) -> None:
    with pytest.raises(NotEnoughHistory) as refused:
        await typed(desk.context, "BTC/USDT 1h sma_cross candles=1400")
    assert str(refused.value) == (
        "The 1400 candles of BTC/USDT 1h reach over 58 days; a search needs 60, or its Sharpe "
        "ratios mean nothing. As many candles of 2h would do."
    )
    enough = await typed(desk.context, "BTC/USDT 1h sma_cross 10 candles=1440")
    assert enough.findings is not None


def test_model_is_told_the_range_of_trials() -> None:
    trials = TOOL.arguments.model_json_schema()["properties"]["trials"]
    assert (trials["minimum"], trials["maximum"]) == (LEAST, MOST)
    assert TOOL.slow


@dataclass(frozen=True)
class Said:
    """What the card and the note say of findings whose evidence is other."""

    card: Card
    text: str
    note: str


async def said(desk: TrialDesk, **change: object) -> Said:
    result = await typed(desk.context, "BTC/USDT 1h sma_cross 10")
    found = result.findings
    assert found is not None
    good = Evidence(
        out_of_sample=Figures(0.4, 2.4, 0.1, 60),
        hold=Figures(0.3, 0.9, 0.4, 0),
        sharpe_low=0.6,
        sharpe_high=4.1,
        deflated=0.98,
        tried=250,
        overfitting=Overfitting(0.08, 0.01, 924),
        beyond_market=0.99,
    )
    evidence = replace(good, **change)  # type: ignore[arg-type]  # one field of any type
    other = replace(
        found,
        evidence=evidence,
        out_of_sample=evidence.out_of_sample,
        hold=evidence.hold,
        judgement=judge(evidence),
    )
    card = findings_card(result, other, "/backtest BTC/USDT 1h sma_cross", demo=False)
    return Said(card, "\n".join(block.text for block in card.blocks), note(other))


async def test_table_stays_whatever_there_is_to_say(desk: TrialDesk) -> None:
    worst = {
        "out_of_sample": Figures(-0.4, -2.4, 0.5, 6),
        "sharpe_low": -5.0,
        "sharpe_high": 0.4,
        "deflated": 0.1,
        "overfitting": Overfitting(0.6, 0.759, 924),
        "beyond_market": 0.13,
    }
    told = await said(desk, **worst)
    assert told.card.fits_caption
    assert not any(block.spare for block in told.card.blocks if block.kind == "table")
    for line in (
        "out-of-sample  −40.0 %  −2.40 50.0 %",
        "hold           +30.0 %   0.90 40.0 %",
        "  Sharpe, 95 %          −5.00 … 0.40",
        "Deflated Sharpe, 0.95 needed    0.10",
        "Chance of overfitting         60.0 %",
        "– The best set lost money in 75.9 % of the splits.",
        "Out-of-sample: 26 Dec 2020 – 01 Feb 2021, 4 stretches, each with what was best before it. "
        "In-sample: what is best now, on the same dates.",
    ):
        assert line in told.text
    assert told.text.count("\n– ") == 6
    assert "95%" not in told.text


async def test_overfitting_that_is_accepted_is_said(desk: TrialDesk) -> None:
    told = await said(desk, overfitting=Overfitting(0.6, 0.003, 924))
    assert told.text.startswith("BTC/USDT · 1h · SMA cross: holds\n")
    words = "Chance of overfitting above 20 %, accepted: nearly all sets earn, the best lost money "
    assert words in told.text
    assert words in told.note
    assert words not in (await said(desk)).text


async def test_what_is_too_good_to_be_true_is_to_be_audited_first(desk: TrialDesk) -> None:
    told = await said(desk, out_of_sample=Figures(60.2, 24.3, 0.03, 1_287), sharpe_low=22.0)
    command = f"/audit sma_cross {told.text.partition('/audit sma_cross ')[2].splitlines()[0]}"
    assert "fast=" in command
    assert told.text.startswith(
        f"BTC/USDT · 1h · SMA cross: too good to be true\nAudit it first:\n{command}\n"
    )
    assert "holds" not in told.text
    assert "out-of-sample +6\u202f020 %   24.3 3.00 %" in told.text
    assert told.note.endswith(f"Too good to be true: audit it first: {command}")


def test_importing_the_tool_loads_nothing_heavy() -> None:
    heavy = "{'optuna', 'numba', 'desk.optimizing', 'desk.findings'}"
    code = f"import sys, tools.optimize, bot.catalogue; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


async def test_same_search_of_two_people_is_one(desk: TrialDesk) -> None:
    one = await typed(desk.context, "BTC/USDT 1h sma_cross 10")
    other = await typed(desk.context, "BTC/USDT 1h sma_cross 10")
    assert one.findings is other.findings
    assert one.facts[0].id == other.facts[0].id, "each has a book of its own"
