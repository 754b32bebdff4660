"""The size of the move: found where it can be foreseen, the EWMA's elsewhere, never from later."""

from __future__ import annotations

import numpy as np
import pytest

from tests.trading.made_markets import STEP, clustered_walk, market_of, plain_walk
from tests.trading.sample_candles import flat_bars, joined, walk, without
from trading.candles import Candles, Timeframe
from trading.cleaning import clean
from trading.expected_move import Move, Moves, expected_move, learn_moves


def learned(candles: Candles, horizon: int = 4) -> Moves:
    return learn_moves(candles, clean(candles), horizon, 8, 7)


def move(moves: Moves, candles: Candles, horizon: int = 4) -> Move:
    return expected_move(moves, candles, clean(candles), horizon)


@pytest.mark.parametrize("horizon", [1, 4, 24])
def test_steady_market_is_expected_to_move_with_the_root_of_the_horizon(horizon: int) -> None:
    """Its size never changes, so whoever looks at more of the past than the EWMA does better."""
    candles = market_of(plain_walk(4_000, 1), 1)
    moves = learned(candles, horizon)
    assert moves.edge
    found = move(moves, candles, horizon)
    assert found.expected == pytest.approx(STEP * horizon**0.5, rel=0.15)
    assert found.edge


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
