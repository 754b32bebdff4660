from __future__ import annotations

from math import isnan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trading.sample_candles import flat_bars, walk, without
from trading.backtest import Rules, backtest
from trading.candles import Candles
from trading.errors import BadCandles, NotEnoughHistory
from trading.strategies.base import Strategy
from trading.strategies.buy_and_hold import BuyAndHold
from trading.strategies.donchian_breakout import DonchianBreakout
from trading.strategies.rsi_reversion import RsiReversion
from trading.strategies.sma_cross import SmaCross
from trading.sweep import SHARE, sweep

MANY: list[Strategy] = [
    *(SmaCross(fast=fast, slow=slow) for fast in range(3, 9) for slow in (20, 35, 60)),
    *(DonchianBreakout(entry=entry, exit=entry // 2) for entry in range(10, 40, 3)),
    *(RsiReversion(lower=lower) for lower in range(20, 40, 4)),
    BuyAndHold(),
]
rules = st.builds(
    Rules,
    stop_fraction=st.sampled_from([None, 0.02, 0.05]),
    target_fraction=st.sampled_from([None, 0.03]),
    trail_fraction=st.sampled_from([None, 0.02]),
    hold_candles=st.sampled_from([None, 12]),
    leverage=st.sampled_from([1.0, 5.0]),
    funding_rate=st.sampled_from([0.0, 0.0003]),
    allow_short=st.booleans(),
)


@settings(max_examples=20)
@given(rules=rules, seed=st.integers(0, 5))
def test_each_score_is_what_a_backtest_says(rules: Rules, seed: int) -> None:
    candles = walk(800, seed)
    scores = sweep(candles, MANY, rules)
    for place, strategy in enumerate(MANY):
        metrics = backtest(candles, strategy.signal(candles), rules).metrics
        assert scores.total_return[place] == pytest.approx(metrics.total_return, rel=1e-12)
        assert scores.max_drawdown[place] == pytest.approx(metrics.max_drawdown, rel=1e-12)
        assert scores.trades[place] == metrics.trades
        if metrics.sharpe is None:
            assert isnan(scores.sharpe[place])
        else:
            assert scores.sharpe[place] == pytest.approx(metrics.sharpe, rel=1e-9)


@pytest.mark.parametrize("threads", [0, 1, 2, 5])
@pytest.mark.parametrize("count", [0, 1, SHARE, SHARE + 1, len(MANY)])
def test_scores_depend_on_neither_threads_nor_shares(threads: int, count: int) -> None:
    candles = walk(400)
    alone = [sweep(candles, [strategy], Rules(), threads=1) for strategy in MANY[:count]]
    together = sweep(candles, MANY[:count], Rules(), threads)
    assert len(together.sharpe) == count
    for place, one in enumerate(alone):
        assert np.array_equal(together.sharpe[place], one.sharpe[0], equal_nan=True)
        assert together.total_return[place] == one.total_return[0]
        assert together.trades[place] == one.trades[0]


def test_too_long_a_warm_up_scores_no_trades() -> None:
    scores = sweep(walk(100), [SmaCross(fast=20, slow=400)], Rules())
    assert scores.trades.tolist() == [0]
    assert scores.total_return.tolist() == [0.0]
    assert np.isnan(scores.sharpe[0])


@pytest.mark.parametrize(
    ("candles", "error"),
    [
        (walk(1), NotEnoughHistory),
        (flat_bars([1.0] * 50 + [100.0] * 50), BadCandles),
        (without(walk(300), 50, 200), BadCandles),
    ],
)
def test_candles_that_no_backtest_takes_are_refused(
    candles: Candles, error: type[Exception]
) -> None:
    with pytest.raises(error):
        sweep(candles, MANY, Rules())
