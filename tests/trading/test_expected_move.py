"""The size of the move: found where it can be foreseen, the EWMA's elsewhere, never from later."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tests.depth import times
from tests.trading.made_markets import STEP, clustered_walk, fat_walk, market_of, plain_walk
from tests.trading.sample_candles import flat_bars, joined, walk, without
from trading import expected_move as room
from trading.candles import Candles, FloatArray, Timeframe
from trading.cleaning import clean
from trading.expected_move import Move, Moves, decays, expected_move, learn_moves
from trading.resampled import Estimate, estimate
from trading.volatility import DAILY_DECAY, decay_of
from trading.walk_forward import split

Make = Callable[[int, int], FloatArray]


def learned(candles: Candles, horizon: int = 4) -> Moves:
    return learn_moves(candles, clean(candles), horizon, 8, 7)


def move(moves: Moves, candles: Candles, horizon: int = 4) -> Move:
    return expected_move(moves, candles, clean(candles), horizon)


@pytest.mark.parametrize("horizon", [1, 4, 24])
def test_steady_market_is_expected_to_move_with_the_root_of_the_horizon(horizon: int) -> None:
    candles = market_of(plain_walk(4_000, 1), 1)
    moves = learned(candles, horizon)
    found = move(moves, candles, horizon)
    assert found.expected == pytest.approx(STEP * horizon**0.5, rel=0.15)
    assert (found.edge, found.decay) == (moves.edge, moves.decay)


@pytest.mark.parametrize("horizon", [1, 4, 24])
@pytest.mark.parametrize("make", [plain_walk, fat_walk])
def test_model_is_hardly_ever_better_where_the_size_never_changes(make: Make, horizon: int) -> None:
    """Whoever looks at more of the past than RiskMetrics' EWMA of days does better than that."""
    tries = times(6, 100)
    found = [learned(market_of(make(2_500, seed), seed), horizon) for seed in range(tries)]
    assert sum(moves.edge for moves in found) <= max(1, 0.05 * tries)
    slow = decay_of(Timeframe.H1)
    assert np.mean([moves.decay == slow for moves in found]) > 0.8


def test_model_may_be_better_where_the_size_comes_in_spells() -> None:
    found = [learned(market_of(clustered_walk(4_000, seed), seed)) for seed in range(times(8, 40))]
    assert any(moves.edge for moves in found)
    assert {moves.decay for moves in found} == {DAILY_DECAY}


def test_decay_is_chosen_on_what_each_fold_learns_from(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is judged never helped to choose: each choice sees the learned rows alone."""
    candles, seen = market_of(clustered_walk(1_500, 2), 2), []
    true = room._best

    def best(forecasts: FloatArray, real: FloatArray) -> int:
        assert forecasts.shape == (len(real), len(decays(Timeframe.H1)))
        seen.append(len(real))
        return true(forecasts, real)

    monkeypatch.setattr(room, "_best", best)
    learned(candles, 4)
    came = 1_500 - max(room.WINDOWS) - 4
    rows = split(np.arange(max(room.WINDOWS), 1_500 - 4), 4, 8)
    assert seen == [*(fold.learned for fold in reversed(rows)), came]


def test_decays_of_days_and_hours() -> None:
    assert decays(Timeframe.D1) == (0.94, 0.985)
    assert list(decays(Timeframe.H1)) == pytest.approx([0.94, 0.985, 0.94 ** (1 / 24)])


def test_gain_is_resampled_in_blocks_that_hold_what_overlaps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    blocks = []

    def estimated(values: FloatArray, horizon: int, seed: int) -> Estimate:
        blocks.append(horizon)
        return estimate(values, horizon, seed)

    monkeypatch.setattr(room, "estimate", estimated)
    learned(walk(900), 48)
    assert blocks == [48]


def test_size_of_a_market_with_wild_spells_follows_them() -> None:
    candles = market_of(clustered_walk(4_000, 3), 3)
    moves = learned(candles, 1)
    view = clean(candles)
    sizes = [
        expected_move(moves, candles[:end], clean(candles[:end]), 1).naive
        for end in range(1_000, 4_000, 250)
    ]
    assert max(sizes) > 2.0 * min(sizes)
    assert view.clipped > 0
    assert moves.samples > 2_000


def test_without_an_edge_the_answer_is_the_ewma() -> None:
    candles = market_of(plain_walk(504, 8), 8)
    moves = learned(candles, 24)
    assert not moves.edge
    found = move(moves, candles, 24)
    assert found.expected == found.naive
    assert found.naive == pytest.approx(STEP * 24**0.5, rel=0.7)


def test_another_future_changes_no_answer() -> None:
    candles = walk(1_000)
    other = joined(candles[:800], walk(200, 9))
    moves = learned(candles[:800])
    assert move(moves, candles[:800]) == move(moves, other[:800])
    assert learned(candles[:800]).gain == learned(other[:800]).gain
    assert learned(candles).gain != learned(other).gain


def test_holes_and_days_and_a_market_that_stands_still_give_numbers() -> None:
    for candles in (
        without(walk(900), 400, 430),
        walk(700, timeframe=Timeframe.D1),
        flat_bars(np.where(np.arange(700) < 350, 100.0 + np.arange(700) % 2, 101.0)),
        flat_bars([5.0] * 700),
    ):
        found = move(learned(candles), candles)
        assert 0.0 < found.expected < 1.0
        assert np.isfinite(found.naive)
