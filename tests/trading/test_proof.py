"""The score of calls: accuracy, Brier score, and what luck may have done."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.depth import times
from trading.candles import FloatArray
from trading.proof import Told, calibration_error, judge, wilson
from trading.resampled import estimate


def told(count: int, skill: float, seed: int = 1) -> Told:
    """Calls that are right in a half of all cases, and by `skill` more often."""
    random = np.random.default_rng(seed)
    label = (random.random(count) < 0.5).astype(np.float64)
    right = random.random(count) < 0.5 + skill
    sure = 0.5 + max(skill, 0.02)
    trees: FloatArray = np.where(right == (label > 0.5), sure, 1.0 - sure).astype(np.float64)
    half = np.full(count, 0.501)
    return Told(
        trees, np.full(count, 0.49), half, (random.random(count) < 0.5).astype(np.float64), label
    )


def test_score_of_known_calls() -> None:
    label = np.tile([1.0, 0.0, 1.0, 1.0], 25)
    seen = Told(
        trees=np.tile([0.8, 0.4, 0.6, 0.3], 25),
        line=np.tile([0.6, 0.6, 0.6, 0.6], 25),
        base=np.full(100, 0.7),
        last=np.tile([1.0, 1.0, 0.0, 0.5], 25),
        label=label,
    )
    proof = judge(seen, 1, 7)
    assert proof.trees.accuracy.value == 0.75
    assert (proof.trees.accuracy.low, proof.trees.accuracy.high) == wilson(0.75, 100)
    assert proof.trees.brier.value == pytest.approx((0.04 + 0.16 + 0.16 + 0.49) / 4)
    assert proof.naive_rate == proof.line.accuracy.value == 0.75
    assert proof.naive_brier == pytest.approx((3 * 0.09 + 0.49) / 4)
    assert proof.last_rate == pytest.approx(1.5 / 4)  # a candle that stood still calls nothing
    assert proof.last_brier == pytest.approx((0 + 1 + 1 + 0.25) / 4)
    assert proof.over_naive.value == 0.0
    assert proof.over_last.value == pytest.approx(0.375)
    assert (proof.samples, proof.effective_samples) == (100, 100)
    assert proof.effective
    assert not proof.edge


def test_edge_takes_more_than_the_guides_rule() -> None:
    assert judge(told(3_000, 0.08), 1, 7).edge
    small = judge(told(3_000, 0.035, seed=3), 1, 7)
    assert small.edge
    assert not small.effective
    # As many calls, but of a horizon that makes them worth far fewer.
    assert not judge(told(3_000, 0.08), 48, 7).edge
    assert not judge(told(60, 0.08), 1, 7).edge


def test_right_calls_with_worse_chances_than_the_base_rate_are_no_edge() -> None:
    seen = told(3_000, 0.08)
    boastful = replace(seen, trees=np.where(seen.trees > 0.5, 0.99, 0.01))
    proof = judge(boastful, 1, 7)
    assert proof.trees.accuracy.low > 0.5
    assert proof.brier_gain.value < 0.0
    assert not proof.edge


def of_rate(label: FloatArray, rate: float, sure: float) -> FloatArray:
    """Chances that are right in this share of all calls, evenly spread over the labels."""
    right = np.floor(np.arange(1, len(label) + 1) * rate) > np.floor(np.arange(len(label)) * rate)
    return np.where(right == (label > 0.5), sure, 1.0 - sure)


def test_naive_calls_that_changed_in_time_are_a_higher_bar_than_a_coin() -> None:
    label = np.repeat([1.0, 0.0], 1_000)
    label[::4] = 1.0 - label[::4]
    changed = np.repeat([0.501, 0.499], 1_000)
    proofs = [
        judge(Told(of_rate(label, rate, 0.66), label, changed, label, label), 1, 7)
        for rate in (0.66, 0.8)
    ]
    assert proofs[0].naive_rate == 0.75
    assert label.mean() == 0.5
    assert [proof.trees.accuracy.low > 0.5 for proof in proofs] == [True, True]
    assert [proof.brier_gain.value > 0.0 for proof in proofs] == [True, True]
    assert [proof.edge for proof in proofs] == [False, True]


@pytest.mark.parametrize("common", [0.0, 1.0])
def test_naming_the_commonest_label_of_the_tested_span_is_no_edge(common: float) -> None:
    label = np.full(2_000, 1.0 - common)
    label[::8] = label[1::8] = label[2::8] = label[3::8] = label[4::8] = common  # five in eight
    late = np.full(2_000, 0.5 + 0.02 * (0.5 - common))  # still names what came before
    proofs = [
        judge(Told(of_rate(label, rate, 0.62), label, late, label, label), 1, 7)
        for rate in (0.63, 0.7)
    ]
    assert [proof.trees.accuracy.low > max(proof.naive_rate, 0.5) for proof in proofs] == [True] * 2
    assert [proof.brier_gain.value > 0.0 for proof in proofs] == [True, True]
    assert [proof.edge for proof in proofs] == [False, True]


def test_wilson_interval_of_known_counts() -> None:
    low, high = wilson(0.5, 100)
    assert (low, high) == pytest.approx((0.4038, 0.5962), abs=1e-4)
    assert wilson(0.0, 10)[0] == pytest.approx(0.0, abs=1e-12)
    assert wilson(1.0, 10)[1] == pytest.approx(1.0)


def test_calibration_error_of_known_chances() -> None:
    chance = np.repeat([0.2, 0.8], 100)
    label = np.concatenate([np.repeat([1.0, 0.0], [20, 80]), np.repeat([1.0, 0.0], [60, 40])])
    assert calibration_error(chance, label, bins=2) == pytest.approx(0.1)
    assert calibration_error(label, label) == 0.0


def smoothed(count: int, horizon: int, seed: int) -> FloatArray:
    """Sums of `horizon` neighbouring numbers of noise: as overlapping as labels are."""
    noise = np.random.default_rng(seed).standard_normal(count + horizon - 1)
    return np.convolve(noise, np.ones(horizon), "valid")


@pytest.mark.parametrize("horizon", [1, 8])
def test_interval_holds_the_true_mean_about_as_often_as_it_says(horizon: int) -> None:
    tries = times(60, 600)
    held = 0
    for seed in range(tries):
        found = estimate(smoothed(800, horizon, seed), horizon, 7)
        held += found.low <= 0.0 <= found.high
    assert 0.86 <= held / tries <= 0.99


def test_interval_is_the_same_for_the_same_seed_and_bears_few_values() -> None:
    values = smoothed(300, 4, 1)
    assert estimate(values, 4, 7) == estimate(values, 4, 7) != estimate(values, 4, 8)
    one = estimate(np.array([2.0]), 4, 7)
    assert (one.value, one.low, one.high) == (2.0, 2.0, 2.0)
    few = estimate(np.arange(6.0), 50, 7)
    assert few.low <= 2.5 <= few.high
