"""Probabilities are stretched or shrunk by what came of earlier calls, and of no later ones."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from trading.calibration import Calibration, calibrated, fit
from trading.candles import FloatArray
from trading.proof import calibration_error
from trading.walk_forward import judged, split


def overconfident(count: int, seed: int = 1) -> tuple[FloatArray, FloatArray]:
    """Raw chances whose log odds are three times too large, and what came."""
    random = np.random.default_rng(seed)
    odds = random.normal(0.2, 0.5, count)
    label = (random.random(count) < 1.0 / (1.0 + np.exp(-odds))).astype(np.float64)
    return 1.0 / (1.0 + np.exp(-3.0 * odds)), label


def test_overconfident_chances_are_shrunk_to_what_comes() -> None:
    raw, label = overconfident(20_000)
    found = fit(raw, label)
    assert found.slope == pytest.approx(1 / 3, abs=0.03)
    assert found.shift == pytest.approx(0.0, abs=0.05)
    assert calibration_error(raw, label) > 0.1
    assert calibration_error(found.of(raw), label) < 0.02


def test_chances_that_tell_nothing_or_the_contrary_become_the_base_rate() -> None:
    raw, label = overconfident(5_000)
    base = label.mean()
    assert fit(1.0 - raw, label).of(raw[:3]) == pytest.approx([base] * 3)
    assert fit(np.full(5_000, 0.7), label).of(np.array([0.7, 0.1])) == pytest.approx([base] * 2)
    assert fit(raw[:49], label[:49]).slope == 0.0
    assert fit(raw[:0], label[:0]).of(raw[:1]) == pytest.approx([0.5])
    assert fit(raw, np.ones(5_000)).of(raw[:1]) == pytest.approx([1.0], abs=1e-5)


def test_slope_one_changes_nothing() -> None:
    raw = np.array([0.01, 0.4, 0.99])
    np.testing.assert_allclose(Calibration().of(raw), raw)


@pytest.mark.parametrize("seed", range(5))
def test_scaling_is_the_one_that_a_library_finds(seed: int) -> None:
    raw, label = overconfident(60 * 4**seed, seed)
    model = LogisticRegression(solver="newton-cholesky", C=1e6, tol=1e-10)
    model.fit(np.log(raw / (1.0 - raw))[:, np.newaxis], label)
    found = fit(raw, label)
    assert found.slope == pytest.approx(float(model.coef_[0, 0]), rel=1e-5)
    assert found.shift == pytest.approx(float(model.intercept_[0]), abs=1e-5)


@pytest.mark.parametrize("low", [1e-9, 0.01, 0.49])
def test_chances_that_part_the_labels_exactly_end_the_search(low: float) -> None:
    raw, label = np.repeat([low, 1.0 - low], 100), np.repeat([0.0, 1.0], 100)
    found = fit(raw, label)
    assert found.slope > 0.0
    assert found.of(raw) == pytest.approx(label, abs=1e-3)


def test_certain_chances_stay_numbers() -> None:
    raw = np.tile([0.0, 1.0, 0.5, 0.6], 50)
    label = np.tile([0.0, 1.0, 1.0, 0.0], 50)
    assert np.isfinite(fit(raw, label).of(raw)).all()


def test_each_fold_is_calibrated_on_calls_whose_outcome_was_known_before_it() -> None:
    raw, label = overconfident(1_000)
    horizon = 6
    folds = split(np.arange(1_000), horizon, 5)
    raw, label = judged(raw, folds), judged(label, folds)
    found = calibrated(raw, label, folds)
    first = folds[0].start
    np.testing.assert_array_equal(found[: folds[0].stop - first], raw[: folds[0].stop - first])
    for fold in folds[1:]:
        part = slice(fold.start - first, fold.stop - first)
        known = fold.start - first - 2 * horizon + 1  # purged and embargoed, as the models are
        expected = fit(raw[:known], label[:known]).of(raw[part])
        np.testing.assert_array_equal(found[part], expected)
        later = label.copy()
        later[known:] = 1.0 - later[known:]
        np.testing.assert_array_equal(calibrated(raw, later, folds)[part], found[part])
