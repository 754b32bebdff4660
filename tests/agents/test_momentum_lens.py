"""The third lens: the forecast with an edge; without one it says so and looks at the past."""

from __future__ import annotations

from decimal import Decimal

import pytest

from agents.rules.momentum import momentum, past_of
from agents.rules.opinion import Unreadable
from agents.rules.seen import Seen, SeenFact
from desk.language import Language, language_of
from trading.candles import Timeframe


def seen(edge: str | None = "no edge", up: float = 0.5, **past: float) -> Seen:
    """What the lens sees: a forecast (None: there is none) and returns of the past."""
    labels = {
        "day": "Return 1 day",
        "week": "Return 7 days",
        "month": "Return 30 days",
        "usual": "Volatility a year",
    }
    facts = [
        SeenFact("rank", f"r{name}", labels[name], str(value), value, "BTC/USDT", "1h")
        for name, value in past.items()
    ]
    if edge is not None:
        facts.append(SeenFact("forecast", "f1", "Forecast ↑", str(up), up))
        facts.append(SeenFact("forecast", "f2", "Forecast edge", edge, None))
    return Seen(tuple(facts), ())


# A volatility of 191 % a year is 10 % a day.
USUAL = 1.9105


@pytest.mark.parametrize(
    ("view", "stance"),
    [
        (seen("edge", 0.6, day=-0.3, usual=USUAL), "long"),
        (seen("edge", 0.4, day=0.3, usual=USUAL), "short"),
        (seen("edge", 0.5, day=0.3, usual=USUAL), "flat"),
        (seen(day=0.06, usual=USUAL), "long"),
        (seen(day=-0.06, usual=USUAL), "short"),
        (seen(day=0.04, usual=USUAL), "flat"),
        (seen(week=0.1, usual=USUAL), "flat"),
        (seen(week=0.14, usual=USUAL), "long"),
        (seen(month=-0.2, usual=USUAL), "flat"),
        (seen(month=-0.3, usual=USUAL), "short"),
        # The day was asked for; the month stands beside it.
        (seen(day=0.06, month=-0.9, usual=USUAL), "long"),
        (seen(day=0.06), "flat"),
        (seen(), "flat"),
        (seen(None, day=0.06, usual=USUAL), "long"),
    ],
)
def test_momentum_follows_the_forecast_with_an_edge_and_else_a_clear_move(
    view: Seen, stance: str
) -> None:
    assert momentum(view).stance == stance


@pytest.mark.parametrize("language", list(Language))
def test_vote_without_an_edge_says_so_and_asks_for_little(language: Language) -> None:
    with_edge = momentum(seen("edge", 0.6, day=0.06, usual=USUAL), language)
    without = momentum(seen(day=0.06, usual=USUAL), language)
    assert with_edge.exits is not None
    assert without.exits is not None
    assert without.exits.size == Decimal("0.25") < with_edge.exits.size
    said = {Language.EN: "The forecast has no edge", Language.ZH: "预测没有优势"}[language]
    assert without.headline.startswith(said)
    assert not with_edge.headline.startswith(said)
    assert language_of(without.headline) is language
    assert any("{rday}" in reason for reason in without.reasons)


def test_nothing_known_at_all_is_no_vote() -> None:
    with pytest.raises(Unreadable):
        momentum(seen(None))


def test_how_far_the_lens_looks_back_goes_by_the_candles() -> None:
    asked = {frame: past_of("BTC/USDT", frame) for frame in Timeframe}
    assert asked[Timeframe.M1]["by"] == asked[Timeframe.H1]["by"] == "momentum_1d"
    assert asked[Timeframe.H4]["by"] == "momentum_7d"
    assert asked[Timeframe.D1]["by"] == asked[Timeframe.W1]["by"] == "momentum"
    assert {one["timeframe"] for one in asked.values()} == {"1h", "4h", "1d"}
