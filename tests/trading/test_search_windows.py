"""Windows that look at the past only, and stretches that pay for their way in and out."""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import times
from tests.trading.sample_candles import flat_bars, walk
from trading.backtest import Rules, backtest_strategy
from trading.candles import Candles, FloatArray
from trading.errors import BadArgument, NotEnoughHistory
from trading.search_windows import (
    Ground,
    Stretch,
    chained,
    figures,
    returns_of,
    stretch_of,
    windows,
)
from trading.strategies.base import Strategy
from trading.strategies.sma_cross import SmaCross

FREE = Rules(fee_rate=0.0, slippage=0.0, stop_fraction=None, target_fraction=None)


class Always(Strategy):
    """In the market at every candle."""

    name: ClassVar[str] = "always"
    title: ClassVar[str] = "Always"
    summary: ClassVar[str] = "Always long."

    @property
    def warm_up(self) -> int:
        return 0

    def signal(self, candles: Candles) -> FloatArray:
        return np.ones(len(candles))


@given(st.integers(300, 20_000), st.integers(1, 6), st.booleans())
@settings(max_examples=times(100, 2000), deadline=None)
def test_tests_follow_each_other_over_the_newest_part(
    count: int, tests: int, rolling: bool
) -> None:
    cut = windows(count, tests, rolling=rolling)
    assert len(cut) == tests
    assert cut[-1].end == count
    assert cut[0].split == pytest.approx(0.4 * count, abs=1)
    for before, after in pairwise(cut):
        assert before.end == after.split
    for window in cut:
        assert 0 <= window.first < window.split < window.end
        assert window.end - window.split == pytest.approx(0.6 * count / tests, abs=1)
        assert window.first == (window.split - cut[0].split if rolling else 0)


def test_too_little_history_is_told_with_what_is_needed() -> None:
    with pytest.raises(NotEnoughHistory, match=r"needs about 306 .*, there are 200"):
        windows(200, 3)
    with pytest.raises(NotEnoughHistory):
        windows(320, 8)
    with pytest.raises(BadArgument):
        windows(1000, 0)


def test_stretch_starts_flat_and_sells_at_the_last_open() -> None:
    candles = flat_bars([100.0] * 5 + [110.0] * 4 + [121.0])
    stretch = stretch_of(candles, Always(), FREE, 4)
    # Decided at candle 4, bought at the open of candle 5 (110), sold at the open of candle 9.
    assert stretch.trades == 1
    assert stretch.equity.tolist() == pytest.approx([10_000.0] * 5 + [11_000.0])


def test_stretch_pays_for_both_ways() -> None:
    candles = flat_bars([100.0] * 10)
    stretch = stretch_of(candles, Always(), Rules(stop_fraction=None, target_fraction=None), 4)
    # 0.1 % fee and 0.05 % slippage on each side.
    assert stretch.growth == pytest.approx((1 - 0.001) * 0.9995 / (1.001 * 1.0005), rel=1e-9)


def test_no_candle_after_the_test_can_change_it() -> None:
    candles = walk(1000, seed=3)
    changed = walk(1000, seed=4)
    mixed = Candles(
        candles.symbol,
        candles.timeframe,
        candles.time,
        *(
            np.r_[getattr(candles, name)[:700], getattr(changed, name)[700:]]
            for name in ("open", "high", "low", "close", "volume")
        ),
    )
    strategy = SmaCross(fast=10, slow=40)
    one, other = (stretch_of(each[:700], strategy, Rules(), 500) for each in (candles, mixed))
    assert np.array_equal(one.equity, other.equity)


def test_strategy_is_warmed_up_on_the_candles_before() -> None:
    candles = walk(800, seed=5)
    strategy = SmaCross(fast=5, slow=300)
    assert stretch_of(candles, strategy, Rules(), 500).trades > 0
    assert stretch_of(candles[500:], strategy, Rules(), 0).trades == 0


def test_whole_stretch_is_the_backtest() -> None:
    candles = walk(2000, seed=6)
    strategy, rules = SmaCross(fast=8, slow=60), Rules()
    whole = backtest_strategy(candles, strategy, rules)
    stretch = Ground.of(candles, rules).run(strategy.signal(candles))
    assert np.array_equal(stretch.equity, whole.equity)
    measured = figures(stretch, candles.timeframe.per_year)
    assert measured.total_return == pytest.approx(whole.metrics.total_return)
    assert measured.max_drawdown == pytest.approx(whole.metrics.max_drawdown)
    assert measured.sharpe == pytest.approx(whole.metrics.sharpe)
    assert measured.trades == whole.metrics.trades


def test_chain_goes_on_with_what_is_left() -> None:
    first = Stretch(np.array([100.0, 110.0, 120.0]), 2)
    second = Stretch(np.array([100.0, 50.0]), 1)
    chain = chained([first, second])
    assert chain.equity.tolist() == pytest.approx([100.0, 110.0, 120.0, 120.0, 60.0])
    assert chain.trades == 3
    assert chain.growth == pytest.approx(0.6)


def test_nothing_is_earned_after_ruin() -> None:
    assert returns_of(np.array([10.0, 5.0, 0.0, 0.0])).tolist() == [-0.5, -1.0, 0.0]
