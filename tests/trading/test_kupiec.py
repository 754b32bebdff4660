from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.depth import times
from trading.errors import BadArgument
from trading.kupiec import (
    chance_beyond,
    coverage,
    independence,
    proportion_of_failures,
)

CRITICAL = 3.841458820694124  # the 95 % quantile of chi-square with one degree of freedom


def days(exceeded: int, of: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Spread so many exceedances over the days."""
    result = np.zeros(of, np.bool_)
    result[np.linspace(0, of - 1, exceeded).astype(int)] = True
    return result


@pytest.mark.parametrize(
    ("expected", "of", "fewest", "most"),
    [
        # Kupiec (1995), table of the exceedances at which a VaR is not rejected at the 5 % level.
        # (Of 255 days at 1 % it names no lower end; none at all would be rejected.)
        (0.01, 255, 1, 6),
        (0.01, 510, 2, 10),
        (0.01, 1000, 5, 16),
        (0.025, 255, 3, 11),
        (0.025, 510, 7, 20),
        (0.025, 1000, 16, 35),
        (0.05, 255, 7, 20),
        (0.05, 510, 17, 35),
        (0.05, 1000, 38, 64),
        (0.075, 255, 12, 27),
        (0.1, 255, 17, 35),
        (0.1, 1000, 82, 119),
    ],
)
def test_limits_are_those_of_kupiecs_table(
    expected: float, of: int, fewest: int, most: int
) -> None:
    kept = [x for x in range(of) if proportion_of_failures(of, x, expected) < CRITICAL]
    assert kept[-1] == most
    assert kept[0] == fewest


def test_ratio_by_hand() -> None:
    # 20 of 250 days, 5 % expected.
    by_hand = -2 * (230 * math.log(0.95 / (230 / 250)) + 20 * math.log(0.05 / (20 / 250)))
    assert proportion_of_failures(250, 20, 0.05) == pytest.approx(by_hand)
    assert proportion_of_failures(100, 5, 0.05) == 0.0
    assert proportion_of_failures(100, 0, 0.05) == pytest.approx(-2 * 100 * math.log(0.95))
    assert proportion_of_failures(10, 10, 0.05) == pytest.approx(-2 * 10 * math.log(0.05))
    assert proportion_of_failures(0, 0, 0.05) == 0.0


@pytest.mark.parametrize(
    ("ratio", "chance"), [(0.0, 1.0), (CRITICAL, 0.05), (6.634896601021213, 0.01), (1.0, 0.3173105)]
)
def test_chance_is_that_of_the_chi_square_table(ratio: float, chance: float) -> None:
    assert chance_beyond(ratio) == pytest.approx(chance, rel=1e-6)


@given(of=st.integers(1, 2000), share=st.floats(0, 1), expected=st.floats(0.001, 0.5))
def test_ratio_is_never_negative_and_never_no_number(
    of: int, share: float, expected: float
) -> None:
    ratio = proportion_of_failures(of, round(share * of), expected)
    assert ratio >= 0.0
    assert math.isfinite(ratio)
    assert 0.0 <= chance_beyond(ratio) <= 1.0


@pytest.mark.parametrize(
    ("exceeded", "of", "judgement"),
    [
        (17, 305, "fits"),
        (23, 305, "fits"),
        (24, 305, "exceeded too often"),  # p = 0.033
        (40, 305, "exceeded too often"),
        (4, 305, "exceeded too seldom"),
        (3, 60, "too few days to tell"),
        (0, 99, "too few days to tell"),
        (0, 100, "exceeded too seldom"),
        (0, 0, "too few days to tell"),
    ],
)
def test_judgement_in_words(exceeded: int, of: int, judgement: str) -> None:
    found = coverage(days(exceeded, of), 0.95)
    assert (found.days, found.exceeded, found.judgement) == (of, exceeded, judgement)


def test_bad_days_that_follow_each_other_are_noticed() -> None:
    scattered, together = np.zeros(300, np.bool_), np.zeros(300, np.bool_)
    scattered[10::20] = True
    together[100:115] = True
    assert not coverage(scattered, 0.95).in_runs
    assert coverage(together, 0.95).in_runs
    assert independence(together) > independence(scattered)


def test_bad_days_that_keep_apart_are_no_runs_however_surely_they_do() -> None:
    apart = np.zeros(300, np.bool_)
    apart[::2] = True
    assert independence(apart) > CRITICAL
    assert not coverage(apart, 0.95).in_runs


def test_runs_are_told_at_the_five_percent_level() -> None:
    together = np.zeros(300, np.bool_)
    together[10::20] = together[[11, 51, 91, 131]] = True
    assert 0.01 < chance_beyond(independence(together)) < 0.05
    assert coverage(together, 0.95).in_runs


def test_independence_by_hand() -> None:
    # 0 0 1 1 0 0 1 0: seven steps; 00: 2, 01: 2, 11: 1, 10: 2.
    exceeded = np.array([0, 0, 1, 1, 0, 0, 1, 0], np.bool_)
    alike = (3 / 7) ** 3 * (4 / 7) ** 4
    apart = (2 / 4) ** 2 * (2 / 4) ** 2 * (1 / 3) * (2 / 3) ** 2
    assert independence(exceeded) == pytest.approx(-2 * math.log(alike / apart))
    assert independence(np.zeros(50, np.bool_)) == 0.0
    assert independence(np.zeros(0, np.bool_)) == 0.0


def test_right_quantile_is_refused_about_as_often_as_the_test_says() -> None:
    random = np.random.default_rng(5)
    tries = times(2_000, 20_000)
    refused = runs = 0
    for exceeded in random.random((tries, 500)) < 0.05:
        found = coverage(exceeded, 0.95)
        refused += found.p_value < 0.05
        runs += found.in_runs
    assert 0.03 < refused / tries < 0.075
    assert runs / tries < 0.075


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0])
def test_level_that_is_none_is_refused(level: float) -> None:
    with pytest.raises(BadArgument, match="level"):
        coverage(days(1, 10), level)


def test_more_exceedances_than_days_are_refused() -> None:
    with pytest.raises(BadArgument, match="can't be tested"):
        proportion_of_failures(5, 6, 0.05)
