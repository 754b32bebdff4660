"""A standing says what the number of calls carries, and no more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import times
from trading.scoring import Costs, Said, Scored, Stance, score
from trading.standing import (
    LEAST,
    Skill,
    calibration,
    clustered,
    dealt_at_random,
    standing,
    wilson,
)

START = datetime(2026, 3, 1, tzinfo=UTC)
COSTS = Costs(0.001, 0.0005)
FOUR_HOURS = timedelta(hours=4)


def call(number: int, stance: Stance, *, rose: bool, up: float = 0.5, move: float = 0.01) -> Scored:
    start = START + number * FOUR_HOURS
    left = 100 * (1 + move if rose else 1 - move)
    return score(Said("BTC/USDT", stance, up, start, start + FOUR_HOURS), 100, left, COSTS)


def skilled(hits: int, count: int) -> list[Scored]:
    """As many longs as shorts; the first `hits` are right."""
    made = []
    for number in range(count):
        stance: Stance = "long" if number % 2 else "short"
        right = number < hits
        made.append(call(number, stance, rose=(stance == "long") == right))
    return made


def test_wilsons_interval_is_the_published_one() -> None:
    # R: prop.test(81, 263, correct = FALSE); Newcombe 1998, table I: 0.2553 to 0.3662.
    seen = wilson(81 / 263, 263)
    assert (round(seen.low, 4), round(seen.high, 4)) == (0.2553, 0.3662)
    # Newcombe 1998: 0 of 20 gives 0 to 0.1611.
    seen = wilson(0.0, 20)
    assert (seen.low, round(seen.high, 4)) == (0.0, 0.1611)


def test_fewer_than_thirty_say_nothing_however_good_they_look() -> None:
    perfect = skilled(LEAST - 1, LEAST - 1)
    assert standing(perfect).skill is Skill.TOO_FEW
    assert standing(perfect).paper_skill is Skill.TOO_FEW
    assert standing(skilled(LEAST, LEAST)).skill is Skill.BETTER


def test_a_hundred_calls_at_one_moment_are_one() -> None:
    one = call(0, "long", rose=True)
    seen = standing([one] * 100)
    assert (seen.directional, seen.independent, seen.skill) == (100, 1, Skill.TOO_FEW)


@pytest.mark.parametrize(
    ("hits", "skill"),
    [(200, Skill.NO_BETTER), (215, Skill.NO_BETTER), (240, Skill.BETTER), (160, Skill.WORSE)],
)
def test_better_and_worse_are_said_where_the_whole_interval_lies_beyond_luck(
    hits: int, skill: Skill
) -> None:
    assert standing(skilled(hits, 400)).skill is skill


def test_always_saying_long_while_prices_rise_is_no_skill() -> None:
    calls = [call(number, "long", rose=number % 10 < 7) for number in range(400)]
    seen = standing(calls)
    assert seen.hit is not None
    assert seen.hit.low > 0.6
    assert seen.chance == pytest.approx(0.7)
    assert seen.skill is Skill.NO_BETTER


def test_luck_is_one_half_at_least() -> None:
    assert dealt_at_random([]) == 0.5
    falling = [call(number, "long", rose=number % 10 < 3) for number in range(100)]
    assert dealt_at_random(falling) == 0.5


def test_flats_count_apart_from_hits_and_have_a_coins_brier_score() -> None:
    calls = [call(0, "flat", rose=True, move=0.001), call(1, "flat", rose=False, move=0.01)]
    seen = standing([*calls, call(2, "long", rose=True, up=1.0)])
    assert (seen.flats, seen.flat_hits, seen.directional, seen.hits) == (2, 1, 1, 1)
    assert seen.brier is not None
    assert seen.brier.value == pytest.approx((0.25 + 0.25 + 0) / 3)


def test_nobody_has_no_figures() -> None:
    seen = standing([])
    assert (seen.hit, seen.brier, seen.made, seen.skill) == (None, None, None, Skill.TOO_FEW)


@settings(max_examples=times(40, 1000))
@given(st.integers(1, 60), st.integers(0, 10**6))
def test_the_mean_lies_in_its_interval_and_a_seed_gives_the_same_one(count: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    values = random.normal(size=count).tolist()
    of = random.integers(0, 1 + count // 3, count).tolist()
    seen = clustered(values, of, 3)
    assert seen is not None
    assert seen == clustered(values, of, 3)
    assert min(values) - 1e-12 <= seen.low <= seen.high <= max(values) + 1e-12


def test_blocks_that_repeat_themselves_widen_the_interval() -> None:
    random = np.random.default_rng(5)
    own = random.normal(size=40)
    repeated = np.repeat(own, 10)
    apart = clustered(repeated.tolist(), list(range(400)), 7)
    together = clustered(repeated.tolist(), np.repeat(range(40), 10).tolist(), 7)
    assert apart is not None
    assert together is not None
    assert together.high - together.low > 2 * (apart.high - apart.low)


def test_bins_hold_every_call_once_and_say_what_came() -> None:
    chances = [0.0, 1 / 3, 0.5, 2 / 3, 1.0, 0.1, 0.3, 0.99]
    calls = [call(number, "long", rose=number % 2 == 0, up=up) for number, up in enumerate(chances)]
    bins = calibration(calls)
    assert sum(one.count for one in bins) == len(calls)
    for one in bins:
        inside = [made for made in calls if one.low - 1e-9 <= made.said.up < one.high - 1e-9]
        if one.high == 1.0:
            inside = [made for made in calls if made.said.up >= 0.9]
        assert one.count == len(inside)
        assert one.rose.value == pytest.approx(sum(made.rose for made in inside) / len(inside))
        assert one.low - 1e-9 <= one.stated <= one.high + 1e-9
