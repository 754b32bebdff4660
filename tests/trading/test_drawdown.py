"""Tiers of drawdown: each crossing is told once, however the equity wobbles."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.drawdown import drawdown, step
from trading.events import Tier

D = Decimal
LIMIT = D("0.05")


def walk(falls: list[str]) -> list[Tier]:
    tier: Tier = "ok"
    told: list[Tier] = []
    for fall in falls:
        moved = step(tier, D(fall), LIMIT)
        if moved:
            tier = moved
            told.append(moved)
    return told


def test_drawdown_is_the_fall_from_the_peak_as_a_fraction() -> None:
    assert drawdown(D(10_000), D(9_500)) == D("0.05")
    assert drawdown(D(10_000), D(10_500)) == 0
    assert drawdown(D(0), D(-5)) == 0
    assert drawdown(D(100), D(-50)) == D("1.5")


@pytest.mark.parametrize(
    ("falls", "told"),
    [
        (["0.039", "0.04", "0.041"], ["warning"]),
        (["0.04", "0.0399", "0.04", "0.0399", "0.04"], ["warning"]),
        (["0.05", "0.0499", "0.05", "0.0499", "0.05"], ["limit"]),
        (["0.04", "0.05", "0.06", "0.05"], ["warning", "limit"]),
        (["0.05", "0.036", "0.035", "0.0349", "0.035"], ["limit", "ok"]),
        (["0.04", "0.0349", "0.036", "0.04"], ["warning", "ok", "warning"]),
        (["0", "0.07", "0", "0.07"], ["limit", "ok", "limit"]),
    ],
)
def test_each_crossing_is_told_once(falls: list[str], told: list[Tier]) -> None:
    assert walk(falls) == told


@given(
    st.lists(st.integers(0, 120).map(lambda n: D(n) / 1000), max_size=60),
    st.sampled_from(["0.7", "0.8", "1"]),
)
def test_a_wobble_narrower_than_the_hysteresis_never_repeats_an_alert(
    start: list[Decimal], threshold: str
) -> None:
    tier: Tier = "ok"
    for fall in start:
        tier = step(tier, fall, LIMIT) or tier
    middle, told = LIMIT * D(threshold), []
    for turn in range(40):
        moved = step(tier, middle + (D("0.0005") if turn % 2 else -D("0.0005")), LIMIT)
        if moved:
            tier = moved
            told.append(moved)
    assert len(told) <= 2
    assert len(set(told)) == len(told)
