"""/indicators groups every reading with its meaning, on the card and for the model."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from bot.cards.card import TEXT_LIMIT
from bot.cards.result import result_card
from desk.chart_spec import CandleChart
from desk.result import Result
from tests.fakes.trial_desk import TrialDesk, trial_desk
from tools.registry import discover
from trading.candles import Timeframe
from trading.readings import candles_to_read, readings

TOOL = discover()["indicators"]


@pytest.fixture
async def desk() -> AsyncIterator[TrialDesk]:
    async with trial_desk() as opened:
        yield opened


async def asked(desk: TrialDesk, words: str) -> Result:
    return await TOOL.call(desk.context, TOOL.parse(words.split()))


@pytest.mark.parametrize("words", ["BTC/USDT", "ETH/USDT 1d"])
async def test_every_reading_is_a_fact_with_its_meaning(desk: TrialDesk, words: str) -> None:
    result = await asked(desk, words)
    timeframe = Timeframe(words.partition(" ")[2] or "1h")
    snapshot = desk.research.snapshot
    symbol = words.split()[0]
    candles = await snapshot.candles(symbol, timeframe, candles_to_read(timeframe))
    expected = readings(candles)
    assert [(f.label, f.value) for f in result.facts] == [(r.label, r.value) for r in expected]
    assert {fact.unit for fact in result.facts} <= {"", "fraction", "USDT"}
    told = json.loads(result.as_json())
    for reading in expected:
        assert f"{reading.label}: {reading.meaning}" in told["note"]


async def test_card_is_grouped_narrow_and_whole(desk: TrialDesk) -> None:
    result = await asked(desk, "BTC/USDT")
    card = result_card(result, "Indicators", demo=False)
    table = next(block for block in card.blocks if block.kind == "table").text
    assert max(map(len, table.splitlines())) <= 36
    groups = ["TREND", "MOMENTUM", "VOLATILITY", "VOLUME", "LEVELS"]
    assert [line for line in table.splitlines() if line in groups] == groups
    assert len(card.html()) < TEXT_LIMIT
    for fact in result.facts:
        assert fact.label in table


async def test_chart_shows_support_and_resistance(desk: TrialDesk) -> None:
    result = await asked(desk, "BTC/USDT")
    prices = {fact.label.lower(): fact.value for fact in result.facts}
    assert isinstance(result.chart, CandleChart)
    assert {level.name: level.price for level in result.chart.levels} == {
        name: prices[name] for name in ("support", "resistance") if name in prices
    }
    assert result.chart.levels
