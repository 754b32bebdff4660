from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.grounding.slots import check
from agents.rules.lenses import LENSES, mean_reversion, on_the_past, trend
from agents.rules.momentum import momentum
from agents.rules.opinion import Unreadable
from agents.rules.rule_based import rule_based_lineup
from agents.rules.seen import Seen, SeenFact
from agents.trace import parse
from desk.facts import Fact, Value
from desk.language import Language, language_of
from tests.agents.small_desk import CALM_UP, NOW, Room
from tests.depth import times

TOOL = {
    "Last": "quote",
    "Forecast": "forecast",
    "return": "backtest",
    "Buy": "backtest",
    "Max": "backtest",
}


def seen(**changes: Value | None) -> Seen:
    """What a lens sees in the calm market with some figures changed; None takes one away."""
    names = {name: name for name in CALM_UP} | {
        "return": "SMA cross return",
        "Change 24 h": "Change 24 h",
        "Last price": "Last price",
    }
    figures: dict[str, Any] = {**CALM_UP, **{_label(key): v for key, v in changes.items()}}
    facts = [
        SeenFact(
            TOOL.get(name.split()[0], "indicators"),
            f"f{number}",
            names[name],
            str(value),
            float(value) if not isinstance(value, str) else None,
        )
        for number, (name, value) in enumerate(figures.items(), start=1)
        if value is not None
    ]
    return Seen(tuple(facts), ())


def _label(key: str) -> str:
    short = {
        "rsi": "RSI(14)",
        "order": "EMA 20/50",
        "macd": "MACD histogram",
        "band": "Bollinger %B",
        "atr": "ATR(14)",
        "adx": "ADX(14)",
        "up": "Forecast ↑",
        "edge": "Forecast edge",
        "made": "return",
        "held": "Buy and hold",
        "change": "Change 24 h",
        "price": "Last price",
    }
    return short[key]


@pytest.mark.parametrize(
    ("changes", "stance"),
    [
        ({}, "long"),
        ({"order": "below", "macd": -1.0}, "short"),
        ({"macd": -1.0}, "flat"),
        ({"price": 26_700.0}, "flat"),  # below EMA 50
        ({"price": 26_950.0}, "long"),
        ({"macd": -1.0, "adx": 22.0}, "flat"),
        ({"adx": 15.0}, "flat"),
        ({"adx": None}, "long"),
        ({"adx": None, "macd": -1.0}, "flat"),
        ({"order": "equal"}, "flat"),
        ({"macd": 0.0, "adx": 21.0}, "flat"),
    ],
)
def test_trend_lens(changes: dict[str, Value | None], stance: str) -> None:
    assert trend(seen(**changes)).stance == stance


@pytest.mark.parametrize(
    ("changes", "stance"),
    [
        ({}, "flat"),
        ({"rsi": 25.0, "band": 0.05, "order": "below"}, "long"),
        ({"rsi": 25.0, "band": 0.05, "order": "below", "adx": 45.0}, "flat"),
        ({"rsi": 25.0, "band": 0.05, "adx": 45.0}, "long"),
        ({"rsi": 75.0, "band": 0.95}, "short"),
        ({"rsi": 75.0, "band": 0.95, "adx": 45.0}, "flat"),
        ({"rsi": 75.0, "band": 0.95, "adx": 45.0, "order": "below"}, "short"),
        ({"rsi": 25.0, "band": 0.5, "order": "below"}, "flat"),
        ({"rsi": 45.0, "band": 0.3}, "long"),
        ({"rsi": 55.0, "band": 0.7, "order": "below"}, "short"),
        ({"rsi": 55.0, "band": 0.7}, "flat"),
        ({"rsi": 45.0, "band": 0.3, "order": None}, "flat"),
    ],
)
def test_mean_reversion_lens(changes: dict[str, Value | None], stance: str) -> None:
    assert mean_reversion(seen(**changes)).stance == stance


@pytest.mark.parametrize(
    ("changes", "stance"),
    [
        ({}, "flat"),
        ({"up": 0.9}, "flat"),
        ({"up": 0.6, "edge": "edge"}, "long"),
        ({"up": 0.4, "edge": "edge"}, "short"),
        ({"up": 0.5, "edge": "edge"}, "flat"),
        # Without an edge there is nothing to follow, however much the price moves.
        ({"change": 0.03}, "flat"),
        ({"change": -0.03, "order": "below"}, "flat"),
        ({"change": -0.03, "order": "below", "up": 0.6, "edge": "edge"}, "long"),
    ],
)
def test_forecast_lens(changes: dict[str, Value | None], stance: str) -> None:
    assert momentum(seen(**changes)).stance == stance


@pytest.mark.parametrize(
    ("lens", "missing"),
    [
        ("trend", "order"),
        ("trend", "macd"),
        ("mean reversion", "rsi"),
        ("mean reversion", "band"),
        ("momentum", "up"),
        ("momentum", "edge"),
    ],
)
def test_lens_when_its_facts_are_missing_does_not_guess(lens: str, missing: str) -> None:
    with pytest.raises(Unreadable):
        LENSES[lens](seen(**{missing: None}), Language.EN)


def test_stop_follows_the_usual_range_within_bounds() -> None:
    for atr, stop in ((0.0123, "0.0246"), (0.0001, "0.005"), (0.9, "0.1")):
        exits = trend(seen(atr=atr)).exits
        assert exits is not None
        assert str(exits.stop) == stop
    exits = trend(seen(atr=None)).exits
    assert exits is not None
    assert exits.stop is None


def test_backtest_when_it_did_worse_than_holding_is_told_so() -> None:
    assert "worse than holding" in on_the_past(seen())
    assert "better than holding" in on_the_past(seen(made=0.5))
    assert "a loss, though a smaller one than holding" in on_the_past(seen(made=-0.2, held=-0.5))
    assert on_the_past(seen(held=None)) == ""


MARKETS = st.fixed_dictionaries(
    {
        "rsi": st.floats(0, 100),
        "order": st.sampled_from(["above", "below", "equal"]),
        "macd": st.floats(-1e4, 1e4),
        "band": st.floats(-1, 2),
        "atr": st.one_of(st.none(), st.floats(0, 2)),
        "adx": st.one_of(st.none(), st.floats(0, 100)),
        "up": st.floats(0, 1),
        "edge": st.sampled_from(["edge", "no edge"]),
        "made": st.floats(-1, 10),
        "held": st.one_of(st.none(), st.floats(-1, 10)),
    }
)


@settings(max_examples=times(100, 2_000))
@given(MARKETS, st.sampled_from([*LENSES]), st.sampled_from([*Language]))
def test_whatever_the_market_says_the_sentences_pass_the_slot_check(
    market: dict[str, Value | None], lens: str, language: Language
) -> None:
    shown = seen(**market)
    facts = {
        one.id: Fact(
            one.id,
            one.label,
            one.value if one.number is None else one.number,
            "",
            "BTC/USDT",
            "1h",
            NOW,
            one.tool,
            "demo",
        )
        for one in shown.facts
    }
    opinion = LENSES[lens](shown, language)
    for sentence in (opinion.headline, *opinion.reasons, on_the_past(shown, language)):
        assert check(sentence, facts, "BTC/USDT", "1h") == (), sentence
        assert not sentence or language_of(sentence) is language
    assert (opinion.exits is None) == (opinion.stance == "flat")
    if opinion.exits and opinion.exits.stop is not None:
        assert 0 < opinion.exits.stop < 1


async def test_three_lenses_disagree_in_a_calm_up_trend() -> None:
    room = Room(rule_based_lineup())
    verdict = await room.ask("Is BTC a long on the 1h right now?")
    assert [(vote.label, vote.stance) for vote in verdict.votes] == [
        ("trend", "long"),
        ("mean reversion", "flat"),
        ("momentum", "flat"),
    ]
    assert (verdict.stance, verdict.not_needed) == ("flat", 0)
    assert verdict.dissent == (
        "LONG: The trend is up and momentum agrees, but the forecast shows no edge."
    )
    assert verdict.analyst == "rule-based analyst, no language model"
    assert not verdict.prose_dropped
    assert (verdict.tokens_in, verdict.tokens_out) == (0, 0)
    assert room.desk.calls["indicators BTC/USDT"] == 1


def test_without_an_edge_or_a_known_past_the_third_lens_says_so_and_draws_no_order() -> None:
    opinion = momentum(seen(change=0.03))
    assert opinion.exits is None
    assert opinion.headline.startswith("The forecast has no edge")


async def test_dip_in_a_clear_trend_makes_a_long_with_a_draft() -> None:
    room = Room(rule_based_lineup())
    room.desk.figures |= {"RSI(14)": 46.0, "Bollinger %B": 0.3, "MACD histogram": 2.0}
    verdict = await room.ask("Is BTC a long?")
    assert verdict.stance == "long"
    assert verdict.draft is not None
    assert str(verdict.draft.stop_fraction) == "0.02155"
    assert verdict.headline.endswith("but the forecast shows no edge.")
    assert "46.0" not in verdict.headline


@pytest.mark.parametrize(
    ("question", "headline", "reason"),
    [
        ("What's my portfolio?", "Your equity is", "Cash: 9\u202f800.00 USDT."),
        ("How risky is ADA?", "On a bad day ADA/USDT has lost 3.10 %", "CVaR 95 %, 1 day: 4.70 %."),
        ("RSI of ETH on 4h", "RSI(14) of ETH/USDT on the 4h is 58.2.", "neither overbought"),
        ("Indicators of ETH", "The indicators of ETH/USDT on the 1h", "EMA 20/50 is above:"),
        (
            "Backtest donchian on BTC",
            "The strategy on BTC/USDT on the 1h: worse than holding.",
            "Donchian breakout made",
        ),
        ("Forecast for SOL 1d", "The forecast for SOL/USDT on the 1d has no edge:", "52.0 %"),
        ("Price of BTC", "The last price of BTC/USDT is 26\u202f905 USDT.", "Last price"),
        ("Hello there", "Hello. Ask about a coin", "is BTC a long on the 1h?"),
        ("Purple monkey", "I can't read that question", "/help /news /rank"),
        ("chart of BTC", "There is a command for that: /chart", "/help"),
        ("你好", "你好！", "/help /news /rank"),
        ("以太坊4小时RSI", "ETH/USDT 4h 周期的 RSI(14) 为 58.2。", "既不超买也不超卖"),
        ("ADA 风险", "在糟糕的一天，ADA/USDT", "CVaR 95 %，1 天："),
        ("Is it a buy?", "Which symbol do you mean?", "for example"),
        (
            "Is XYZ a buy?",
            "XYZ/USDT could not be looked at",
            "the nearest of its 412 are BTC/USDT.",
        ),
        ("RSI of XYZ", "That could not be found out.", "demo lists no XYZ/USDT"),
    ],
)
async def test_questions_for_facts_are_answered_without_a_stance(
    question: str, headline: str, reason: str
) -> None:
    verdict = await Room(rule_based_lineup()).ask(question)
    assert verdict.stance == "none"
    assert verdict.draft is None
    assert verdict.headline.startswith(headline)
    assert any(reason in told for told in verdict.reasons), verdict.reasons
    assert not verdict.prose_dropped


async def test_forecast_when_its_tool_breaks_leaves_the_other_lenses_voting() -> None:
    room = Room(rule_based_lineup())
    room.desk.breaks = "forecast"
    verdict = await room.ask("Is BTC a long?")
    assert [vote.stance for vote in verdict.votes] == ["long", "flat", "none"]
    assert verdict.stance == "no call"


@pytest.mark.parametrize("question", ["Is BTC a long?", "BTC 可以做多吗"])
async def test_without_the_present_price_no_lens_votes_and_the_tools_words_are_told(
    question: str,
) -> None:
    room = Room(rule_based_lineup())
    room.desk.breaks = "quote"
    verdict = await room.ask(question)
    assert {vote.stance for vote in verdict.votes} == {"none"}
    assert verdict.stance == "none"
    assert verdict.draft is None
    assert any("the tool failed on the desk's side" in reason for reason in verdict.reasons)


async def test_decision_says_for_how_many_candles_it_is_meant() -> None:
    room = Room(rule_based_lineup())
    verdict = await room.ask("is ETH a long for the next 8 hours?")
    trace = parse(room.shelf.stored[verdict.id].trace)
    assert [run.answer.horizon for run in trace.runs if run.answer] == [8, 8, 8]
