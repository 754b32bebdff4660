"""Trees of either library and the linear baseline: sound chances, the same each time."""

from __future__ import annotations

import numpy as np
import pytest

from trading.candles import FloatArray
from trading.learners import Library, learn
from trading.linear import learn_line


def table(count: int, seed: int = 1) -> tuple[FloatArray, FloatArray]:
    """Rows of noise whose second column tells the label in seven of ten rows."""
    random = np.random.default_rng(seed)
    x = random.standard_normal((count, 5))
    right = random.random(count) < 0.7
    return x, np.where(right, x[:, 1] > 0.0, x[:, 1] <= 0.0).astype(np.float64)


@pytest.mark.parametrize("library", Library)
def test_trees_find_the_column_that_tells(library: Library) -> None:
    x, y = table(2_000)
    trees = learn(x, y, 7, library)
    new, came = table(2_000, 2)
    chance = trees.chances(new)
    assert np.mean((chance > 0.5) == (came > 0.5)) > 0.65
    assert chance.min() > 0.2
    assert chance.max() < 0.8
    assert trees.gains.shape == (5,)
    assert trees.gains.sum() == pytest.approx(1.0)
    assert int(np.argmax(trees.gains)) == 1


@pytest.mark.parametrize("library", Library)
def test_trees_are_the_same_each_time_and_others_with_another_seed(library: Library) -> None:
    x, y = table(800)
    one, again, other = (learn(x, y, seed, library).chances(x) for seed in (7, 7, 8))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("library", Library)
@pytest.mark.parametrize("label", [0.0, 1.0])
def test_labels_that_are_all_the_same_leave_nothing_to_learn(
    library: Library, label: float
) -> None:
    x, _ = table(100)
    same = np.full(100, label)
    trees = learn(x, same, 7, library)
    assert trees.chances(x[:3]).tolist() == [label] * 3
    assert not trees.gains.any()
    assert learn_line(x, same).chances(x[:3]).tolist() == [label] * 3


@pytest.mark.parametrize("library", Library)
def test_few_rows_are_enough_for_a_chance(library: Library) -> None:
    x, y = table(20)
    chance = learn(x, y, 7, library).chances(x)
    assert np.all((chance > 0.0) & (chance < 1.0))


def test_line_is_standardised_by_what_it_learned_from_alone() -> None:
    x, y = table(1_000)
    line = learn_line(x * 1e6 + 5e6, y)
    np.testing.assert_allclose(line.chances(x * 1e6 + 5e6), learn_line(x, y).chances(x), rtol=1e-6)
    assert int(np.argmax(np.abs(line.weights))) == 1
    wild = x[:1].copy()
    wild[0, 0] = 1e9  # as far out as five deviations, no further
    assert 0.05 < float(learn_line(x, y).chances(wild)[0]) < 0.95


def test_line_bears_a_column_that_never_changes() -> None:
    x, y = table(500)
    x[:, 3] = 4.0
    chance = learn_line(x, y).chances(x)
    assert np.isfinite(chance).all()
