"""/forecast: what it shows, how old each figure is, and that it says what it is worth."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.cards.card import WIDTH
from bot.cards.result import result_card
from desk.figures import show
from desk.result import Result
from tests.fakes.trial_desk import trial_desk
from tools.registry import discover
from trading.errors import NotEnoughHistory

READ_BY_OTHERS = (
    "Forecast ↑",
    "Forecast edge",
    "Forecast horizon",
    "Forecast accuracy",
    "Accuracy, low end",
    "Accuracy, high end",
    "Naive rate",
    "Brier score",
    "Candles scored",
)
ALSO = (
    "Same-as-last rate",
    "Linear accuracy",
    "Guide's rule",
    "Naive Brier score",
    "Expected move",
    "EWMA move",
    "EWMA decay",
    "Move forecast",
    "Boosted trees",
    "Model trained",
    "Learned up to",
    "Candles filled",
    "Candles clipped",
)


async def asked(words: str, missing: int = 0, heard: list[str] | None = None) -> Result:
    tool = discover()["forecast"]
    lines = [] if heard is None else heard
    async with trial_desk(count=900, missing=missing) as desk:
        context = replace(desk.context, told=lines.append)
        return await tool.call(context, tool.parse(words.split()))


async def test_facts_hold_the_answer_its_score_and_where_it_comes_from() -> None:
    heard: list[str] = []
    result = await asked("BTC/USDT 1h 6", missing=5, heard=heard)
    found = {fact.label: fact for fact in result.facts}
    assert len(found) == len(result.facts)
    assert set(found) >= {*READ_BY_OTHERS, *ALSO}
    assert [fact.label for fact in result.facts[:2]] == ["Forecast ↑", "Forecast edge"]
    assert {(f.symbol, f.timeframe, f.source) for f in result.facts} == {("BTC/USDT", "1h", "fake")}
    assert found["Forecast horizon"].value == 6
    assert found["Candles filled"].value == 5
    assert heard[-1] == "Fold 8 of 8"
    low, rate, high = (
        found[label].value
        for label in ("Accuracy, low end", "Forecast accuracy", "Accuracy, high end")
    )
    assert isinstance(low, float)
    assert isinstance(rate, float)
    assert isinstance(high, float)
    assert 0.0 < low < rate < high < 1.0
    assert show(found["Brier score"]).startswith("0.2")
    assert len(show(found["Brier score"])) == 6
    assert found["Forecast edge"].value == "no edge"
    assert result.note.startswith(f"no edge: {show(found['Forecast accuracy'])} right against ")
    assert "The trees lean most on " in result.note


async def test_score_is_as_old_as_the_model_and_the_chance_as_new_as_the_candles() -> None:
    tool = discover()["forecast"]
    async with trial_desk(count=900) as desk:
        first = await tool.call(desk.context, {"symbol": "BTC/USDT"})
    ages = {fact.label: fact.as_of for fact in first.facts}
    assert ages["Forecast ↑"] == ages["Forecast accuracy"]
    learned = next(fact for fact in first.facts if fact.label == "Learned up to")
    assert learned.value == f"{ages['Forecast accuracy']:%d %b %H:%M} UTC"


async def test_card_is_no_wider_than_a_phone() -> None:
    card = result_card(await asked("BTC/USDT 1h 4"), "Forecast · BTC/USDT · 1h", demo=False)
    lines = next(block.text for block in card.blocks if block.kind == "table").splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert lines[0] == "DIRECTION"
    assert lines[1].startswith("Forecast ↑")


async def test_short_history_says_how_much_there_is() -> None:
    tool = discover()["forecast"]
    async with trial_desk(count=300) as desk:
        with pytest.raises(NotEnoughHistory, match="needs 504 closed candles, there are 300"):
            await tool.call(desk.context, {"symbol": "BTC/USDT"})


async def test_a_horizon_that_is_too_far_is_cut_and_told() -> None:
    result = await asked("BTC/USDT 1h 1000")
    assert {fact.label: fact.value for fact in result.facts}["Forecast horizon"] == 48
    assert result.note.startswith("1 to 48 candles ahead can be forecast, not 1000.")


async def test_the_brief_card_and_the_one_with_more_share_all_figures() -> None:
    result = await asked("BTC/USDT 1h 6")
    brief = result_card(result, "Forecast", demo=True, part="brief")
    more = result_card(result, "Forecast", demo=True, part="more")
    tables = [
        next(block.text for block in card.blocks if block.kind == "table") for card in (brief, more)
    ]
    shown = "\n".join(tables).splitlines()
    assert all(shown.count(section.heading.upper()) == 1 for section in result.sections)
    assert result.note not in "".join(block.text for block in more.blocks)
    assert "Forecast accuracy" in tables[0]
    assert "Brier score" not in tables[0]
    assert "Brier score" in tables[1]
    assert max(len(table.splitlines()) for table in tables) < 40
