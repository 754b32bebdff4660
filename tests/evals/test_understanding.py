"""The questions of the suite reach the right tools, and the suite notices when one does not."""

from __future__ import annotations

from evals.questions import SEEN, Asked
from evals.understanding import MUST, faults, routed, rows
from evals.unseen_questions import UNSEEN


async def test_every_goal_is_reached() -> None:
    assert [row.name for row in await rows() if row.reached is False] == []


def test_wrong_symbol_timeframe_factor_or_horizon_is_a_fault() -> None:
    assert faults(Asked("RSI of ETH on 4h", "indicators", "ETH", "4h"), routed("RSI of BTC")) == (
        "about BTC/USDT",
        "on the 1h",
    )
    ranked = faults(Asked("rank by beta", "rank", by="beta"), routed("rank by volatility"))
    assert ranked == ("ranked by volatility",)
    ahead = Asked("forecast BTC 4 hours ahead", "forecast", "BTC", horizon=4)
    assert faults(ahead, routed("forecast BTC 8 hours ahead")) == ("8 candles ahead",)
    bought = faults(Asked("price of BTC", "price", "BTC"), routed("should I buy BTC"))
    assert bought == ("read as decision",)


def test_no_question_is_asked_twice_and_each_kind_is_known() -> None:
    texts = [one.text for one in (*SEEN, *UNSEEN)]
    assert len(texts) == len(set(texts))
    assert {one.intent for one in (*SEEN, *UNSEEN)} <= MUST.keys()
