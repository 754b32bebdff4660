"""The forecast as a strategy: learned from what was known, the same for every prefix."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import times
from tests.trading.sample_candles import flat_bars, joined, scaled, walk, without
from trading import learners
from trading.backtest import backtest_strategy
from trading.candles import Candles, FloatArray
from trading.features import WARM_UP, labels
from trading.strategies.ai_momentum import AiMomentum, agreed
from trading.strategies.catalogue import build
from trading.strategies.ml_forecast import LEAST_ROWS, MlForecast
from trading.strategies.momentum import Momentum

SHORT = MlForecast(retrain=100, learn=400)


def waves(count: int) -> Candles:
    """Make a market that any model can learn: noise on waves of a day and a half."""
    place = np.arange(count)
    noise = np.random.default_rng(5).normal(0.0, 0.002, count)
    return flat_bars(100.0 * np.exp(0.05 * np.sin(place * 2.0 * np.pi / 36.0) + noise))


def test_signal_is_zero_until_enough_outcomes_are_known() -> None:
    signal = MlForecast().signal(walk(1_200))
    assert MlForecast().warm_up == WARM_UP + LEAST_ROWS + 4
    assert not signal[:504].any()
    assert signal[504:].any()
    assert set(np.unique(signal)) <= {-1.0, 0.0, 1.0}
    assert not MlForecast().signal(walk(504)).any()


@settings(max_examples=times(4, 40))
@given(seed=st.integers(0, 50), cut=st.integers(505, 1_100))
def test_every_prefix_gives_exactly_the_same_signal(seed: int, cut: int) -> None:
    candles = walk(1_100, seed)
    assert SHORT.signal(candles[:cut]).tolist() == SHORT.signal(candles)[:cut].tolist()


def test_future_prices_change_nothing_before_them() -> None:
    candles = walk(900)
    tampered = joined(candles[:700], scaled(walk(200, 9), 3.0))
    assert SHORT.signal(tampered)[:700].tolist() == SHORT.signal(candles)[:700].tolist()


def test_a_model_learns_only_from_outcomes_that_were_known_when_it_was_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each call's newest label is of a candle `horizon` before the first that it predicts."""
    candles, seen = walk(1_300), []
    known = np.flatnonzero(np.isfinite(labels(candles, 4)))

    def learn(x: FloatArray, y: FloatArray, new: FloatArray, seed: int) -> FloatArray:
        seen.append((len(x), len(new)))
        assert len(x) == len(y)
        return np.full(len(new), 0.5)

    monkeypatch.setattr(learners, "learn_and_predict", learn)
    SHORT.signal(candles)
    starts = 504 + np.cumsum([0, *(count for _, count in seen)])
    assert starts[-1] == len(candles)
    for (rows, _), start in zip(seen, starts, strict=False):
        assert rows == min(400, np.sum((known >= WARM_UP) & (known <= start - 4)))


def test_a_later_start_of_the_data_comes_to_the_same_models() -> None:
    """They are made by the calendar, so the signals agree once the same candles teach them."""
    candles = walk(2_400)
    whole, later = SHORT.signal(candles)[333:], SHORT.signal(candles[333:])
    settled = 504 + 400 + 600  # averages forget their start little by little
    assert np.mean(whole[settled:] == later[settled:]) > 0.97
    assert whole[504:900].tolist() != later[504:900].tolist()


def test_it_earns_where_there_is_something_to_learn() -> None:
    result = backtest_strategy(waves(1_500), MlForecast(horizon=8, retrain=200))
    assert result.metrics.total_return > 0.5
    assert result.metrics.trades > 20


def test_a_position_is_held_for_the_horizon_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    def learn(x: FloatArray, y: FloatArray, new: FloatArray, seed: int) -> FloatArray:
        chances = np.full(len(new), 0.5)
        chances[[5, 50, 52]] = 0.9, 0.2, 0.7
        return chances

    monkeypatch.setattr(learners, "learn_and_predict", learn)
    signal = MlForecast(retrain=10_000).signal(walk(600))[504:]
    assert np.flatnonzero(signal).tolist() == [5, 6, 7, 8, 50, 51, 52, 53, 54, 55]
    assert signal[5] == 1.0
    assert signal[50:56].tolist() == [-1.0, -1.0, 1.0, 1.0, 1.0, 1.0]


def test_thresholds_share_one_round_of_learning(monkeypatch: pytest.MonkeyPatch) -> None:
    candles, rounds = walk(900), []
    true = learners.learn_and_predict

    def learn(x: FloatArray, y: FloatArray, new: FloatArray, seed: int) -> FloatArray:
        rounds.append(seed)
        return true(x, y, new, seed)

    monkeypatch.setattr(learners, "learn_and_predict", learn)
    exposures = []
    for threshold in (0.02, 0.1, 0.2):
        strategy = SHORT.model_copy(update={"threshold": threshold})
        exposures.append(np.abs(strategy.signal(candles)).mean())
    assert len(rounds) == len(set(np.unique(candles.time[504:] // (100 * 3_600_000))))
    assert exposures == sorted(exposures, reverse=True)
    assert set(rounds) == {7}


def test_only_what_costs_no_learning_is_searched() -> None:
    assert set(MlForecast.searched()) == {"threshold"}
    assert set(AiMomentum.searched()) == {"threshold", "lookback"}


def test_holes_and_still_markets_give_no_error() -> None:
    assert SHORT.signal(without(walk(900), 300, 330)).shape == (870,)
    assert not SHORT.signal(flat_bars(np.full(700, 100.0))).any()


@pytest.mark.parametrize("seed", range(times(2, 10)))
def test_market_that_has_come_to_rest_is_left_alone_until_it_moves(seed: int) -> None:
    candles = joined(joined(walk(900, seed), flat_bars([1.0] * 300)), walk(300, seed + 100))
    signal = SHORT.signal(candles)
    assert signal[:900].any()
    assert not signal[900 + 48 + SHORT.horizon : 1_200].any()
    assert signal[1_200:].any()


def test_scale_of_prices_does_not_matter() -> None:
    candles = walk(700)
    assert SHORT.signal(scaled(candles, 2.0**20)).tolist() == SHORT.signal(candles).tolist()


@pytest.mark.parametrize(
    ("forecast", "opinion", "both"),
    [
        (1.0, 1.0, 1.0),
        (-1.0, -1.0, -1.0),
        (1.0, -1.0, 0.0),
        (-1.0, 1.0, 0.0),
        (1.0, 0.0, 0.0),
        (0.0, -1.0, 0.0),
        (0.0, 0.0, 0.0),
        (0.5, 1.0, 0.5),
        (-1.0, -0.25, -0.25),
    ],
)
def test_two_stances_agree_or_it_is_flat(forecast: float, opinion: float, both: float) -> None:
    assert agreed(forecast, opinion) == both
    assert agreed(opinion, forecast) == both


def test_ai_momentum_holds_where_forecast_and_momentum_agree() -> None:
    candles = walk(1_500, 3)
    chosen = AiMomentum(lookback=24, threshold=0.05)
    signal = chosen.signal(candles)
    forecast = MlForecast(threshold=0.05).signal(candles)
    momentum = Momentum(lookback=24).signal(candles)
    same = (forecast == momentum) & (forecast != 0.0)
    assert signal[same].tolist() == forecast[same].tolist()
    assert not signal[~same].any()
    assert 0.05 < same.mean() < 0.95
    assert not signal[: chosen.warm_up].any()


def test_ai_momentum_says_that_no_model_was_asked_about_the_past() -> None:
    caution = build(AiMomentum).caution
    assert "momentum stands in for the analyst's verdict" in caution
    assert caution.count(".") <= 2
    assert MlForecast.caution == ""


def test_same_candles_in_other_memory_give_the_same_signal() -> None:
    candles = walk(800)
    again = replace(candles, close=candles.close.copy())
    assert SHORT.signal(candles).tolist() == SHORT.signal(again).tolist()
