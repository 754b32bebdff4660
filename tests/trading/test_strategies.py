"""What every strategy must keep, whichever files there are, and what each of ours does."""

from __future__ import annotations

import sys
import types

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.trading.sample_candles import flat_bars, joined, scaled, walk
from trading.candles import Candles
from trading.errors import BadArgument
from trading.strategies.base import Strategy
from trading.strategies.catalogue import discover, make
from trading.strategies.donchian_breakout import DonchianBreakout
from trading.strategies.rsi_reversion import RsiReversion
from trading.strategies.sma_cross import SmaCross

STRATEGIES = list(discover().values())
every_strategy = pytest.mark.parametrize("cls", STRATEGIES, ids=lambda cls: cls.name)


def test_all_files_of_the_package_are_found() -> None:
    assert {"buy_and_hold", "donchian_breakout", "rsi_reversion", "sma_cross"} <= set(discover())


@every_strategy
def test_it_says_what_it_is(cls: type[Strategy]) -> None:
    assert cls.name.isidentifier()
    assert cls.__module__.endswith(f".{cls.name}")
    assert cls.title
    assert 10 < len(cls.summary) <= 100
    assert cls.title in str(cls())


@every_strategy
def test_signal_is_an_exposure_and_zero_in_the_warm_up(cls: type[Strategy]) -> None:
    strategy = cls()
    for seed in range(5):
        signal = strategy.signal(walk(500, seed))
        assert signal.shape == (500,)
        assert signal.dtype == np.float64
        assert np.all(np.abs(signal) <= 1.0)  # nan fails
        assert not signal[: strategy.warm_up].any()
        assert signal[strategy.warm_up :].any()


@every_strategy
def test_signal_of_too_few_candles_is_zero(cls: type[Strategy]) -> None:
    strategy = cls()
    for count in {0, 1, 2, strategy.warm_up}:
        signal = strategy.signal(walk(500)[:count])
        assert signal.shape == (count,)
        assert not signal[: strategy.warm_up].any()


@every_strategy
def test_same_candles_give_the_same_signal(cls: type[Strategy]) -> None:
    candles = walk(400)
    assert cls().signal(candles).tolist() == cls().signal(candles).tolist()


@every_strategy
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 50), cut=st.integers(1, 399))
def test_signal_of_every_prefix_is_the_prefix_of_the_signal(
    cls: type[Strategy], seed: int, cut: int
) -> None:
    candles = walk(400, seed)
    assert cls().signal(candles[:cut]).tolist() == cls().signal(candles)[:cut].tolist()


@every_strategy
@settings(max_examples=25, deadline=None)
@given(cut=st.integers(100, 399), seed=st.integers(0, 50), factor=st.floats(0.01, 100.0))
def test_tampered_future_leaves_the_past_unchanged(
    cls: type[Strategy], cut: int, seed: int, factor: float
) -> None:
    candles = walk(400)
    tampered = joined(candles[:cut], scaled(walk(400, seed), factor))
    assert cls().signal(tampered)[:cut].tolist() == cls().signal(candles)[:cut].tolist()


@every_strategy
def test_price_level_does_not_matter(cls: type[Strategy]) -> None:
    candles = walk(400)
    usual = cls().signal(candles).tolist()
    assert cls().signal(scaled(candles, 2.0**-30)).tolist() == usual
    assert cls().signal(scaled(candles, 2.0**30)).tolist() == usual


@every_strategy
def test_parameters_are_frozen(cls: type[Strategy]) -> None:
    strategy = cls()
    for field in cls.model_fields:
        with pytest.raises(ValidationError, match="frozen"):
            setattr(strategy, field, 7)


def test_two_strategies_of_one_name_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Twin(SmaCross):
        """Another class of the same name."""

    module = types.ModuleType("trading.strategies.buy_and_hold")
    Twin.__module__ = module.__name__
    module.Twin = Twin  # type: ignore[attr-defined]  # a module made for this test
    monkeypatch.setitem(sys.modules, module.__name__, module)
    with pytest.raises(TypeError, match="two strategies are named 'sma_cross'"):
        discover()


def test_unknown_strategy_names_the_known_ones() -> None:
    with pytest.raises(BadArgument, match=r"'moon' is no strategy.*sma_cross"):
        make("moon")


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"fast": 50, "slow": 10}, r"fast \(50\) must be less than slow \(10\)"),
        ({"fast": 0}, "fast: .*greater than or equal to 2"),
        ({"speed": 3}, "speed: "),
        ({"slow": "many"}, "slow: .*integer"),
    ],
)
def test_wrong_parameters_are_refused_in_words(parameters: dict[str, object], message: str) -> None:
    with pytest.raises(BadArgument, match=message):
        make("sma_cross", parameters)


def test_sma_cross_follows_the_averages() -> None:
    candles = walk(600)
    signal = SmaCross(fast=5, slow=20).signal(candles)
    for i in range(19, 600):
        fast = candles.close[i - 4 : i + 1].mean()
        slow = candles.close[i - 19 : i + 1].mean()
        if abs(fast - slow) > 1e-9 * slow:
            assert signal[i] == np.sign(fast - slow)


def decimal_ties() -> Candles:
    """Prices whose averages over 2 and 4 candles are equal, as decimals, again and again."""
    return flat_bars([0.1, 0.3, 0.3, 0.1, 0.3, 0.1, 0.1, 0.3] * 40)


def test_equal_averages_are_flat_however_the_sums_are_rounded() -> None:
    candles = decimal_ties()
    cents = np.round(candles.close * 10).astype(int)
    signal = SmaCross(fast=2, slow=4).signal(candles)
    expected = [
        int(np.sign(2 * sum(cents[i - 1 : i + 1]) - sum(cents[i - 3 : i + 1])))
        for i in range(3, len(cents))
    ]
    assert expected.count(0) > 100
    assert signal[3:].tolist() == expected


def test_sma_cross_survives_any_growth_of_the_price() -> None:
    rising = flat_bars(1e-8 * np.power(1.05, np.arange(1000.0)))
    assert set(SmaCross().signal(rising)[49:].tolist()) <= {0.0, 1.0}


def test_donchian_enters_above_the_channel_and_leaves_below_the_nearer_one() -> None:
    closes = [10.0, 11, 10, 11, 10, 12, 13, 12, 11.5, 11, 11, 8, 8]
    signal = DonchianBreakout(entry=4, exit=2).signal(flat_bars(closes))
    assert signal.tolist() == [0, 0, 0, 0, 0, 1, 1, 1, 0, -1, -1, -1, -1]


def test_donchian_channel_is_made_of_the_candles_before() -> None:
    candles = walk(400)
    held, expected = 0.0, [0.0] * 20
    for i in range(20, 400):
        close = candles.close[i]
        if held > 0 and close < candles.low[i - 10 : i].min():
            held = 0.0
        if held < 0 and close > candles.high[i - 10 : i].max():
            held = 0.0
        if close > candles.high[i - 20 : i].max():
            held = 1.0
        if close < candles.low[i - 20 : i].min():
            held = -1.0
        expected.append(held)
    assert DonchianBreakout(entry=20, exit=10).signal(candles).tolist() == expected


def test_donchian_close_at_the_old_high_is_no_breakout() -> None:
    closes = [10.0, 11, 10, 10, 11, 11, 10]
    assert not DonchianBreakout(entry=3, exit=2).signal(flat_bars(closes)).any()


def test_rsi_reversion_buys_a_fall_and_leaves_at_the_middle() -> None:
    falling = list(100.0 - np.arange(30))
    signal = RsiReversion().signal(flat_bars([*falling, *(71.0 + 2 * np.arange(30))]))
    assert set(signal[14:30].tolist()) == {1.0}
    bought = np.flatnonzero(signal == 1.0)
    left = int(bought[-1]) + 1
    assert 30 < left < 50
    assert signal[-1] == -1.0


def test_rsi_reversion_does_nothing_while_the_price_stands_still() -> None:
    assert not RsiReversion().signal(flat_bars([5.0] * 100)).any()
