"""States, times and events that a sentence asserts are held against the figures of the run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from agents.grounding.slots import check
from desk.facts import Fact, Value

AT = datetime(2026, 3, 1, 14, tzinfo=UTC)
ROWS: tuple[tuple[str, str, Value, str], ...] = (
    ("backtest", "SMA cross return", -0.08, "fraction"),
    ("indicators", "EMA 20/50", "above", ""),
    ("indicators", "Bollinger %B", -0.05, ""),
    ("indicators", "Volume / mean of 20", 0.4, ""),
    ("indicators", "Change 24 h", -0.02, "fraction"),
    ("risk_check", "VaR 95 %, 1 day", 0.031, "fraction"),
    ("quote", "Last price", 26_950.0, "USDT"),
    ("indicators", "Resistance", 27_800.0, "USDT"),
    ("propose_order", "Entry", 26_952.0, "USDT"),
    ("propose_order", "Stop", 26_143.0, "USDT"),
    ("propose_order", "Order size", 199.0, "USDT"),
    ("portfolio", "Drawdown", 0.012, "fraction"),
    ("portfolio", "Drawdown limit", 0.15, "fraction"),
    ("portfolio", "Profit today", -14.2, "USDT"),
)
FRAMES = {"backtest": "1h", "indicators": "1h", "risk_check": "1d"}
FACTS: Mapping[str, Fact] = {
    f"f{n}": Fact(
        *(f"f{n}", label, value, unit, "" if tool == "portfolio" else "BTC/USDT"),
        *(FRAMES.get(tool, ""), AT, tool, "demo"),
    )
    for n, (tool, label, value, unit) in enumerate(ROWS, start=1)
}


@pytest.mark.parametrize(
    ("false", "true"),
    [
        ("SMA cross made money: {f1}.", "SMA cross lost money: {f1}."),
        ("A death cross: EMA 20/50 is {f2}.", "A golden cross: EMA 20/50 is {f2}."),
        ("%B at {f3} is inside the bands.", "%B at {f3} is outside the bands."),
        ("成交量放大，是均值的{f4}倍。", "成交量萎缩，是均值的{f4}倍。"),
        ("Over the past week it moved by {f5}.", "Over the past day it moved by {f5}."),
        ("每小时VaR为{f6}。", "每日VaR为{f6}。"),
        ("SMA cross returned {f1} last month.", "SMA cross returned {f1}."),
        ("价格已突破阻力位{f8}。", "价格尚未突破阻力位{f8}。"),
        ("Resistance at {f8} has been cleared.", "Resistance at {f8} has not been cleared."),
        ("The stop of {f10} was hit.", "If the stop of {f10} was hit, the trade is over."),
        ("Risk is {f11} if the stop is hit.", "The order size is {f11}."),
        ("The all-time high is {f8}.", "The resistance is {f8}."),
        (
            "Your drawdown of {f12} has broken the limit of {f13}.",
            "Your drawdown of {f12} has not broken the limit of {f13}.",
        ),
        ("Your account is up today.", "Your account is down today."),
    ],
)
def test_state_time_or_event_is_refused_only_where_the_figures_deny_it(
    false: str, true: str
) -> None:
    assert check(false, FACTS, "BTC/USDT", "1h")
    assert check(true, FACTS, "BTC/USDT", "1h") == ()
