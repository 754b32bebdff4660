"""Published figures, figures counted by hand, and what noise and skill look like."""

from __future__ import annotations

from itertools import combinations
from math import isnan, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import times
from trading.candles import FloatArray
from trading.errors import BadArgument
from trading.overfitting import (
    Moments,
    deflated_sharpe,
    expected_best,
    moments,
    overfitting,
    probabilistic_sharpe,
    sampling_variance,
    without_market,
)

# The example of Bailey and López de Prado (2014): five years of days, annual Sharpe ratio 2.5, the
# trials' annual variance 0.5, skewness −3, kurtosis 10.
DAYS = 250
PUBLISHED = Moments(1250, 2.5 / sqrt(DAYS), -3.0, 10.0)
VARIANCE = 0.5 / DAYS


def noise(candles: int, trials: int, seed: int, volatility: float = 0.01) -> FloatArray:
    return np.random.default_rng(seed).normal(0.0, volatility, (candles, trials))


def test_best_of_a_hundred_worthless_trials_is_expected_where_the_paper_says() -> None:
    assert expected_best(VARIANCE, 100) == pytest.approx(0.1132, abs=5e-5)
    assert expected_best(VARIANCE, 1) == 0.0


@pytest.mark.parametrize(
    ("measured", "trials", "deflated"),
    [
        (PUBLISHED, 100, 0.9004),
        (PUBLISHED, 46, 0.9505),
        (Moments(1250, 2.5 / sqrt(DAYS), 0.0, 3.0), 88, 0.9505),
    ],
    ids=["a hundred", "46", "88 if returns were normal"],
)
def test_deflated_sharpe_is_what_the_paper_says(
    measured: Moments, trials: int, deflated: float
) -> None:
    assert deflated_sharpe(measured, VARIANCE, trials) == pytest.approx(deflated, abs=5e-5)


def test_moments_are_those_counted_by_hand() -> None:
    measured = moments(np.array([0.01, -0.01, 0.03, 0.01]))
    # Mean 0.01, deviations 0, −0.02, 0.02, 0: variance 0.0002, of the sample 0.0008 / 3.
    assert measured.count == 4
    assert measured.sharpe == pytest.approx(0.01 / sqrt(0.0008 / 3))
    assert measured.skew == pytest.approx(0.0)
    assert measured.kurtosis == pytest.approx(2.0)


def test_what_never_varies_has_no_sharpe_ratio() -> None:
    flat = moments(np.full(50, 0.001))
    assert isnan(flat.sharpe)
    assert isnan(probabilistic_sharpe(flat))
    with pytest.raises(BadArgument, match="1 returns have no spread"):
        moments(np.zeros(1))


def test_probabilistic_sharpe_of_zero_is_even_and_grows_with_the_track() -> None:
    assert probabilistic_sharpe(Moments(500, 0.0, 0.0, 3.0)) == 0.5
    short, long = (probabilistic_sharpe(Moments(n, 0.05, 0.0, 3.0)) for n in (100, 1000))
    assert 0.5 < short < long < 1.0
    assert probabilistic_sharpe(Moments(1000, 0.05, -2.0, 12.0)) < long


def test_spread_of_sharpe_ratios_by_chance_alone_is_what_the_formula_says() -> None:
    sharpes = [moments(row).sharpe for row in noise(4000, 250, 3)]
    assert np.var(sharpes) == pytest.approx(sampling_variance(Moments(250, 0.0, 0.0, 3.0)), rel=0.1)


def test_best_of_pure_noise_is_rarely_believed() -> None:
    believed = 0
    runs = times(40, 400)
    for seed in range(runs):
        trials = [moments(column) for column in noise(1000, 50, seed).T]
        variance = float(np.var([one.sharpe for one in trials], ddof=1))
        best = max(trials, key=lambda one: one.sharpe)
        believed += deflated_sharpe(best, variance, len(trials)) >= 0.95
    assert believed <= 0.1 * runs


def test_noise_is_overfitted_in_about_half_of_the_splits() -> None:
    found = [overfitting(noise(1200, 40, seed)).probability for seed in range(times(40, 200))]
    assert 0.4 < float(np.mean(found)) < 0.6


def test_one_true_strategy_among_noise_is_found_again() -> None:
    returns = noise(3000, 40, 5)
    returns[:, 17] += 0.002
    split = overfitting(returns)
    assert split.probability < 0.01
    assert split.loss < 0.01
    assert split.splits == 924
    trials = [moments(column) for column in returns.T]
    chance = sampling_variance(trials[17])
    assert deflated_sharpe(trials[17], chance, len(trials)) > 0.99


def test_winner_that_only_changes_places_is_overfitted_always() -> None:
    """Each trial earns in one half of the blocks and loses the same in the other."""
    signs = np.array([[1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [-1.0, 1.0]])
    returns = np.repeat(signs, 10, axis=0) * 0.01 + noise(40, 2, 1, 1e-4)
    split = overfitting(returns, blocks=4)
    # Two blocks of one kind: what was best there is worst in the rest. One of each kind: noise.
    assert split.splits == 6
    assert split.probability >= 2 / 6


@given(st.integers(0, 10_000), st.sampled_from([2, 4, 6]), st.integers(2, 6))
@settings(max_examples=times(15, 150), deadline=None)
def test_splits_are_those_of_the_plain_way(seed: int, blocks: int, trials: int) -> None:
    returns = noise(37, trials, seed)
    assert overfitting(returns, blocks).probability == pytest.approx(plainly(returns, blocks))


def plainly(returns: FloatArray, blocks: int) -> float:
    """Go through the splits one by one, as the paper describes it."""
    size = len(returns) // blocks
    parts = np.split(returns[len(returns) - size * blocks :], blocks)
    worse = []
    for chosen in combinations(range(blocks), blocks // 2):
        past = np.concatenate([parts[i] for i in chosen])
        future = np.concatenate([parts[i] for i in range(blocks) if i not in chosen])
        best = int(np.argmax(past.mean(axis=0) / past.std(axis=0)))
        after = future.mean(axis=0) / future.std(axis=0)
        below = int((after < after[best]).sum())
        middle = (returns.shape[1] - 1) / 2
        worse.append(1.0 if below < middle else 0.5 if below == middle else 0.0)
    return float(np.mean(worse))


def test_trials_that_are_all_alike_say_nothing() -> None:
    returns = np.repeat(noise(240, 1, 2), 5, axis=1)
    assert overfitting(returns).probability == 0.5


@pytest.mark.parametrize(
    ("candles", "trials", "blocks"), [(100, 1, 12), (20, 5, 12), (100, 5, 7), (100, 5, 18)]
)
def test_too_little_to_split_is_refused(candles: int, trials: int, blocks: int) -> None:
    with pytest.raises(BadArgument):
        overfitting(noise(candles, trials, 1), blocks)


def test_nothing_is_left_of_a_share_of_the_market() -> None:
    market = noise(500, 1, 4)[:, 0] + 0.002
    assert np.allclose(without_market(0.6 * market, market), 0.0)
    skill = noise(500, 1, 9)[:, 0] + 0.003
    left = without_market(skill + 0.5 * market, market)
    assert left.mean() == pytest.approx(skill.mean(), abs=3e-4)
    assert np.array_equal(without_market(skill, np.zeros(500)), skill)
