from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import sqrt

import numpy as np
import pytest

from tests.trading.sample_candles import flat_bars, joined, real, scaled, walk, without
from trading.candles import Candles, Timeframe
from trading.errors import BadArgument, BadCandles, NotEnoughHistory
from trading.features import WARM_UP, features, labels
from trading.forecast import forecast, wilson
from trading.walk_forward import OutOfSample, Rows, predict_folds, split


def persistent(count: int, seed: int, share: float) -> Candles:
    """Make a market whose moves carry on: a share of each move is repeated in the next."""
    random = np.random.default_rng(seed)
    moves = np.zeros(count)
    noise = random.normal(0.0, 0.005, count)
    for i in range(1, count):
        moves[i] = share * moves[i - 1] + noise[i]
    close = 100.0 * np.exp(np.cumsum(moves))
    opened = np.concatenate([[100.0], close[:-1]])
    high, low = np.maximum(opened, close) * 1.001, np.minimum(opened, close) * 0.999
    time = np.arange(count, dtype=np.int64) * Timeframe.H1.ms
    volume = random.lognormal(3.0, 1.0, count)
    return Candles("AAA/USDT", Timeframe.H1, time, opened, high, low, close, volume)


@pytest.mark.parametrize("seed", range(6))
def test_random_walk_has_no_edge(seed: int) -> None:
    answer = forecast(walk(1200, 100 + seed))
    assert not answer.edge
    assert answer.meaning.startswith("no edge: ")
    assert answer.probability_up == answer.base_rate


def test_random_walk_that_drifts_has_no_edge_over_always_calling_up() -> None:
    candles = walk(1500, 3)
    drift = np.exp(0.002 * np.arange(len(candles)))
    columns = {n: getattr(candles, n) * drift for n in ("open", "high", "low", "close")}
    drifting = replace(candles, **columns)
    answer = forecast(drifting)
    assert answer.naive_rate > 0.55
    assert not answer.edge


@pytest.mark.parametrize("seed", range(3))
def test_planted_signal_is_found(seed: int) -> None:
    candles = persistent(2000, seed, 0.5)
    answer = forecast(candles, horizon=1)
    assert answer.edge
    assert answer.effective
    assert answer.accuracy_low > max(answer.naive_rate, 0.5)
    assert answer.brier < answer.naive_brier
    assert answer.meaning.startswith("edge: ")
    went_up = candles.close[-1] > candles.close[-2]
    assert (answer.probability_up > answer.base_rate) == went_up


def test_same_candles_and_seed_give_the_same_answer_on_any_number_of_threads() -> None:
    candles = walk(800)
    assert forecast(candles, threads=1) == forecast(candles, threads=3)


def test_price_level_does_not_matter() -> None:
    assert forecast(scaled(walk(800), 2.0**-30)) == forecast(walk(800))


def test_features_of_every_prefix_are_the_prefix_of_the_features() -> None:
    candles = walk(400)
    names, whole = features(candles)
    assert whole.shape == (400, len(names)) == (400, 20)
    assert np.isfinite(whole[WARM_UP:]).all()
    for cut in (WARM_UP, 150, 399):
        np.testing.assert_array_equal(features(candles[:cut])[1], whole[:cut])


def test_features_of_a_market_that_stands_still_are_numbers() -> None:
    candles = flat_bars([0.1] * 300)
    candles.volume[:] = 0.0
    assert np.isfinite(features(candles)[1][WARM_UP:]).all()


def test_daily_candles_have_no_hour() -> None:
    names, _ = features(walk(300, timeframe=Timeframe.D1))
    assert not any("hour" in name for name in names)


def test_label_says_whether_the_close_is_higher_later() -> None:
    candles = flat_bars([1, 2, 3, 2, 2, 5])
    np.testing.assert_array_equal(labels(candles, 2), [1.0, 0.0, 0.0, 1.0, np.nan, np.nan])


def test_no_label_reaches_over_missing_candles() -> None:
    known = np.isfinite(labels(without(walk(50), 20, 25), 3))
    assert known[:17].all()
    assert not known[17:20].any()
    assert known[20:42].all()
    assert not known[42:].any()


def test_folds_learn_only_from_labels_known_well_before_the_test() -> None:
    at = np.delete(np.arange(100, 1100), np.s_[300:350])
    folds = split(at, 12, 8)
    assert len(folds) == 8
    assert folds[0].start == int(len(at) * 0.4)
    assert folds[-1].stop == len(at)
    for before, after in pairwise(folds):
        assert before.stop == after.start
    for fold in folds:
        last_known = at[fold.learned - 1] + 12  # the candle that decides the last label
        assert last_known + 12 <= at[fold.start]
        assert at[fold.learned] + 24 > at[fold.start]  # and none is wasted


def test_changing_the_future_changes_no_prediction_before_it() -> None:
    horizon, cut = 4, 900

    def predictions(candles: Candles) -> OutOfSample:
        _, table = features(candles)
        at = np.arange(WARM_UP, len(candles) - horizon)
        rows = Rows(at, table[at], labels(candles, horizon)[at])
        return predict_folds(rows, split(at, horizon, 8), seed=7, threads=2)

    candles = walk(1200)
    usual = predictions(candles)
    other = predictions(joined(candles[:cut], walk(300, seed=9)))
    first = int((1200 - horizon - WARM_UP) * 0.4) + WARM_UP  # the candle first predicted
    # A fold's model is judged up to its end, so all predictions at candles before the cut stand.
    same = cut - first
    np.testing.assert_array_equal(usual.probability[:same], other.probability[:same])
    assert not np.array_equal(usual.probability[same:], other.probability[same:])


def test_wilson_interval_of_known_counts() -> None:
    low, high = wilson(0.5, 100)
    assert (low, high) == pytest.approx((0.4038, 0.5962), abs=1e-4)
    assert wilson(0.0, 10)[0] == pytest.approx(0.0, abs=1e-12)
    assert wilson(1.0, 10)[1] == pytest.approx(1.0)


def test_interval_counts_overlapping_calls_once() -> None:
    answer = forecast(walk(1200), horizon=10)
    assert answer.effective_samples == answer.samples // 10
    expected = wilson(answer.accuracy, answer.effective_samples)
    assert (answer.accuracy_low, answer.accuracy_high) == expected
    assert answer.accuracy_high - answer.accuracy_low > 3.5 * sqrt(0.25 / answer.samples)


def test_too_few_candles_say_how_many_there_are_and_are_needed() -> None:
    with pytest.raises(NotEnoughHistory, match="needs 504 closed candles, there are 503"):
        forecast(walk(503))
    assert forecast(walk(504)).samples > 0


def test_market_full_of_holes_is_refused() -> None:
    candles = walk(1600)
    sparse = replace(candles, time=candles.time * 2)
    with pytest.raises(NotEnoughHistory, match="1599 candles are missing"):
        forecast(sparse)


def test_market_that_never_rises_is_forecast_to_stay_so_without_an_edge() -> None:
    answer = forecast(flat_bars([5.0] * 700))
    assert answer.probability_up == 0.0
    assert answer.accuracy == answer.naive_rate == 1.0
    assert not answer.edge


@pytest.mark.parametrize(("horizon", "folds"), [(0, 8), (51, 8), (4, 1)])
def test_wrong_arguments_are_refused(horizon: int, folds: int) -> None:
    with pytest.raises(BadArgument, match="must lie between"):
        forecast(walk(600), horizon=horizon, folds=folds)


def test_redenomination_is_refused() -> None:
    path = "edge/binance/COCOS_USDT-1h_redenomination_and_halt"
    with pytest.raises(BadCandles, match="redenomination"):
        forecast(real(path, "COCOS/USDT", Timeframe.H1))


def test_real_hours_with_holes_are_forecast() -> None:
    candles = real("candles_1h/binance/BTC_USDT-1h", "BTC/USDT", Timeframe.H1)[1500:3500]
    answer = forecast(candles)
    assert candles.missing > 0
    assert 0.0 < answer.probability_up < 1.0
    assert answer.samples > 1000
