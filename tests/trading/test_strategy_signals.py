"""What each strategy does: beside a slow one made from its definition, and by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.depth import times
from tests.trading import slow_strategies as slow
from tests.trading.markets import Kind, beside, market
from tests.trading.sample_candles import flat_bars, real, walk, without
from trading.candles import Candles, Timeframe
from trading.indicators import rsi
from trading.strategies.base import Strategy
from trading.strategies.bollinger_reversion import BollingerReversion
from trading.strategies.donchian_breakout import DonchianBreakout
from trading.strategies.ema_cross import EmaCross
from trading.strategies.macd import Macd
from trading.strategies.momentum import Momentum
from trading.strategies.pair_spread import PairSpread, spread_scores
from trading.strategies.rsi_reversion import RsiReversion
from trading.strategies.sma_cross import SmaCross
from trading.strategies.two_timeframes import TwoTimeframes
from trading.strategies.volatility_target import VolatilityTarget, volatility

HOUR = Timeframe.H1.ms
Plain = Callable[..., list[float]]
SINGLES: list[tuple[Strategy, Plain]] = [
    (EmaCross(fast=5, slow=20), slow.ema_cross),
    (Macd(), slow.macd),
    (Macd(fast=5, slow=20, smooth=4, zero_line=True), slow.macd),
    (BollingerReversion(), slow.bollinger_reversion),
    (BollingerReversion(period=7, width=1.3), slow.bollinger_reversion),
    (RsiReversion(period=9), slow.rsi_reversion),
    (DonchianBreakout(entry=20, exit=10), slow.donchian_breakout),
    (Momentum(lookback=30, skip=3), slow.momentum),
    (Momentum(lookback=12, skip=0), slow.momentum),
    (VolatilityTarget(trend=40, window=30), slow.volatility_target),
    (VolatilityTarget(target=1.5, trend=20, window=10, steps=10), slow.volatility_target),
    (TwoTimeframes(factor=3, fast=4, slow=12), slow.two_timeframes),
    (TwoTimeframes(factor=5, fast=3, slow=8, mixed=0.5), slow.two_timeframes),
]
KINDS: tuple[Kind, ...] = ("walk", "spells", "holes", "no volume")


def changes(signal: Any) -> int:
    return int(np.count_nonzero(np.diff(signal)))


@pytest.mark.parametrize(("strategy", "plain"), SINGLES, ids=lambda one: getattr(one, "name", ""))
@pytest.mark.parametrize("kind", KINDS)
def test_signal_is_that_of_the_definition(strategy: Strategy, plain: Plain, kind: Kind) -> None:
    for seed in range(times(2, 20)):
        (candles,) = market(type(strategy), 400, seed, kind)
        expected = plain(candles, **dict(strategy))
        assert strategy.signal(candles).tolist() == expected
        assert len(set(expected)) > 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("pair", [PairSpread(window=30), PairSpread(window=47, entry=1.2, exit=0)])
def test_pair_signals_are_those_of_the_definition(pair: PairSpread, kind: Kind) -> None:
    for seed in range(times(2, 20)):
        first, second = market(PairSpread, 400, seed, kind)
        expected = slow.pair_spread(first, second, **dict(pair))
        long, short = pair.signals(first, second)
        assert long.tolist() == expected
        assert short.tolist() == [-value for value in expected]
        assert set(expected) == {-0.5, 0.0, 0.5}


@pytest.mark.parametrize(("strategy", "plain"), SINGLES, ids=lambda one: getattr(one, "name", ""))
def test_signal_on_real_candles_with_holes_is_that_of_the_definition(
    strategy: Strategy, plain: Plain
) -> None:
    hours = real("candles_1h/binance/BTC_USDT-1h", "BTC/USDT", Timeframe.H1)
    candles = hours[400 : 400 + times(500, 5_000)]
    assert candles.missing >= 3
    assert strategy.signal(candles).tolist() == plain(candles, **dict(strategy))


def test_pair_on_real_candles_is_that_of_the_definition() -> None:
    series = [
        real(f"candles_1h/binance/{base}_USDT-1h", f"{base}/USDT", Timeframe.H1)
        for base in ("BTC", "LTC")
    ]
    first, second = (one[: times(1_000, 5_482)] for one in series)
    expected = slow.pair_spread(first, second, **dict(PairSpread()))
    assert PairSpread().signals(first, second)[0].tolist() == expected
    assert changes(expected) > 10


def test_sma_cross_follows_the_averages() -> None:
    candles = walk(600)
    signal = SmaCross(fast=5, slow=20).signal(candles)
    for i in range(19, 600):
        fast = candles.close[i - 4 : i + 1].mean()
        slow_one = candles.close[i - 19 : i + 1].mean()
        if abs(fast - slow_one) > 1e-9 * slow_one:
            assert signal[i] == np.sign(fast - slow_one)


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


@given(st.integers(2, 399), st.integers(1, 600), st.integers(1, 9_999_999))
def test_averages_of_one_price_are_equal_whatever_their_lengths(
    fast: int, longer: int, digits: int
) -> None:
    still = flat_bars([digits / 1000] * 1_000)
    assert not EmaCross(fast=fast, slow=fast + longer).signal(still).any()


def test_macd_with_the_zero_line_takes_only_part_of_the_signals() -> None:
    candles = walk(2_000)
    free, filtered = Macd().signal(candles), Macd(zero_line=True).signal(candles)
    assert 0.2 < np.mean(filtered != 0) < 0.9
    assert np.all((filtered == 0) | (filtered == free))


def test_macd_turns_before_the_averages_cross() -> None:
    prices = flat_bars([*np.linspace(100, 200, 100), *np.linspace(199, 150, 40)])
    macd = Macd(fast=12, slow=26).signal(prices)
    cross = EmaCross(fast=12, slow=26).signal(prices)
    assert np.flatnonzero(macd[100:] < 0)[0] < np.flatnonzero(cross[100:] < 0)[0]


def test_bollinger_buys_below_the_band_and_leaves_at_the_middle() -> None:
    calm = [100.0, 101.0] * 10
    signal = BollingerReversion(period=10).signal(flat_bars([*calm, 97, 98, 99, 102, 100, 101]))
    assert signal.tolist() == [0.0] * 20 + [1.0, 1.0, 1.0, 0.0, 0.0, 0.0]
    mirrored = flat_bars([*calm, 104, 103, 102, 99, 101, 100])
    assert BollingerReversion(period=10).signal(mirrored).tolist() == (-signal).tolist()


def test_bollinger_close_on_the_band_is_not_below_it() -> None:
    """Of nine equal closes and one other, the other is exactly three deviations away."""
    closes = flat_bars([*[100.0] * 30, 90.0])
    assert not BollingerReversion(period=10, width=3.0).signal(closes).any()
    assert BollingerReversion(period=10, width=2.99).signal(closes)[-1] == 1.0


@given(st.lists(st.integers(1, 5), min_size=60, max_size=200), st.sampled_from([4, 5, 8, 10]))
def test_bollinger_in_dimes_decides_as_in_whole_numbers(dimes: list[int], period: int) -> None:
    """A close exactly at the middle has reached it, one exactly on the band is not beyond."""
    held, expected = 0, [0] * (period - 1)
    for i in range(period - 1, len(dimes)):
        window = dimes[i - period + 1 : i + 1]
        above = dimes[i] * period - sum(window)  # from the middle, times the period
        band = period * sum(one * one for one in window) - sum(window) ** 2  # likewise, squared
        if held * above >= 0:
            held = 0
        if above * above > band:
            held = -1 if above > 0 else 1
        expected.append(held)
    signal = BollingerReversion(period=period, width=1.0).signal(flat_bars([d / 10 for d in dimes]))
    assert signal.tolist() == expected


def test_bollinger_bands_forget_a_wild_past() -> None:
    """Rolling sums keep the rounding of numbers that are long gone."""
    wild = [100.0 * (1 + 0.9 * (i % 2)) for i in range(333)]
    quiet = [100.0 + 1e-6 * (i % 2) for i in range(200)]
    candles = flat_bars([*wild, *quiet, 100 - 4e-6])
    assert BollingerReversion().signal(candles)[400:].tolist() == [0.0] * 133 + [1.0]


def test_donchian_enters_above_the_channel_and_leaves_below_the_nearer_one() -> None:
    closes = [10.0, 11, 10, 11, 10, 12, 13, 12, 11.5, 11, 11, 8, 8]
    signal = DonchianBreakout(entry=4, exit=2).signal(flat_bars(closes))
    assert signal.tolist() == [0, 0, 0, 0, 0, 1, 1, 1, 0, -1, -1, -1, -1]


def test_donchian_close_at_the_old_high_is_no_breakout() -> None:
    closes = [10.0, 11, 10, 10, 11, 11, 10]
    assert not DonchianBreakout(entry=3, exit=2).signal(flat_bars(closes)).any()


def test_rsi_reversion_buys_a_fall_and_leaves_at_the_middle() -> None:
    falling = [100.0 - i for i in range(30)]
    signal = RsiReversion().signal(flat_bars([*falling, *(71.0 + 2 * i for i in range(30))]))
    assert set(signal[14:30].tolist()) == {1.0}
    bought = np.flatnonzero(signal == 1.0)
    left = int(bought[-1]) + 1
    assert 30 < left < 50
    assert signal[-1] == -1.0


def test_rsi_of_a_market_that_stands_still_is_in_the_middle() -> None:
    assert set(rsi(np.full(50, 5.0), 14)[14:].tolist()) == {50.0}


def test_momentum_looks_back_and_leaves_out_the_newest() -> None:
    closes = [10.0, 11, 12, 13, 9, 8, 8, 12, 12]
    assert Momentum(lookback=2, skip=0).signal(flat_bars(closes)).tolist() == [
        *(0, 0),
        *(1, 1, -1, -1, -1, 1, 1),
    ]
    assert Momentum(lookback=2, skip=1).signal(flat_bars(closes)).tolist() == [
        *(0, 0, 0),
        *(1, 1, -1, -1, -1, 1),
    ]


def test_realised_volatility_of_known_moves_is_known() -> None:
    """Moves of 1 % an hour are 1 % times the root of the hours of a year."""
    closes = np.cumprod([0.99, 1.01] * 250)
    found = volatility(flat_bars(closes.tolist()), 50)
    assert found[0] == 0.0
    assert found[1:] == pytest.approx(np.full(499, 0.01 * 8760**0.5), rel=1e-9)


def test_return_over_a_hole_is_no_wilder_than_its_length() -> None:
    """A price that wanders evenly is as volatile over a hole as beside it."""
    candles = replace(flat_bars([100.0, 101.0, 103.0]), time=np.array([0, HOUR, 5 * HOUR]))
    first, second = 0.01**2, (103 / 101 - 1) ** 2 / 4
    expected = ((first + second) / 2 * 8760) ** 0.5
    assert volatility(candles, 2)[2] == pytest.approx(((first / 3 + second * 2 / 3) * 8760) ** 0.5)
    assert volatility(candles, 5)[2] == pytest.approx(expected)


def test_wilder_market_is_held_less() -> None:
    rising = np.cumsum(np.full(600, 0.001))
    shakes = np.where(np.arange(600) % 2, 1, -1) * np.repeat([0.001, 0.004, 0.012], 200)
    signal = VolatilityTarget(target=0.4, window=30, trend=60).signal(
        flat_bars(100 * np.exp(rising + shakes))
    )
    calm, busy, wild = signal[150], signal[390], signal[590]
    assert calm == 1.0
    assert busy == 0.5
    assert wild == 0.25


def test_size_does_not_change_with_every_wobble_of_volatility() -> None:
    for seed in range(times(5, 50)):
        candles = walk(4_000, seed)
        held = np.abs(VolatilityTarget(trend=100).signal(candles)[100:])
        assert set(held.tolist()) <= {0.0, 0.25, 0.5, 0.75, 1.0}
        assert changes(held) < 4_000 / 20
        wanted = np.minimum(1.0, 0.4 / volatility(candles, 72)[100:])
        assert np.all(np.abs(wanted - held) <= 0.75 / 4 + 1e-12)


def two_trends(own: float, longer: float) -> Candles:
    """Hours whose last eight go one way and whose past went another."""
    past = 100 * np.exp(longer * np.arange(400))
    return flat_bars([*past, *(past[-1] * np.exp(own * np.arange(1, 9)))])


@pytest.mark.parametrize("mixed", [0.0, 0.5])
def test_exposure_is_read_from_the_table_of_both_trends(mixed: float) -> None:
    strategy = TwoTimeframes(factor=8, fast=2, slow=5, mixed=mixed)
    ends = {
        (own, longer): strategy.signal(two_trends(own * 0.01, longer * 0.01))[-1]
        for own in (1, -1)
        for longer in (1, -1)
    }
    assert ends == {(1, 1): 1.0, (-1, -1): -1.0, (-1, 1): mixed, (1, -1): -mixed}


def at_hour(start: int, closes: list[float]) -> Candles:
    candles = flat_bars(closes)
    return replace(candles, time=candles.time + start * HOUR)


def longer_state(candles: Candles) -> list[float]:
    """Where the longer trend alone decides: the exposure is its direction."""
    return list(TwoTimeframes(factor=4, fast=2, slow=3, mixed=1.0).signal(candles))


def test_longer_candle_counts_when_its_last_hour_has_closed() -> None:
    closes = [100.0 + i for i in range(40)]
    closes[35:] = [1.0] * 5  # hours 35 (the last of 32 to 35) to 39
    state = longer_state(at_hour(0, closes))
    assert state[34] == 1.0
    assert state[35] == -1.0
    # The same from hour 1 on: the fall begins with a longer candle and counts when that has closed.
    assert longer_state(at_hour(1, closes))[34:39] == [1.0, 1.0, 1.0, 1.0, -1.0]


def test_missing_hours_do_not_move_the_longer_candles() -> None:
    closes = [100.0 + i for i in range(48)]
    closes[39:] = [1.0] * 9
    whole = at_hour(0, closes)
    inside = without(whole, 33, 35)
    assert longer_state(inside)[-11:] == longer_state(whole)[-11:]
    # The last hour of a longer candle is missing: it is known to be over at the next candle.
    late = without(whole, 39, 40)
    expected = longer_state(whole)
    assert late.time[39] == 40 * HOUR
    assert longer_state(late)[38] == expected[38] == 1.0


def test_pair_buys_the_cheap_one_and_sells_the_dear_one() -> None:
    first = walk(600)
    second = beside(first, reach=0.001)
    dear = replace(first, close=first.close.copy())
    dear.close[500:505] *= 1.05
    long, short = PairSpread().signals(dear, second)
    assert long[500:505].tolist() == [-0.5] * 5
    assert short[500:505].tolist() == [0.5] * 5
    cheap = replace(first, close=first.close.copy())
    cheap.close[500:505] *= 0.95
    long, short = PairSpread().signals(cheap, second)
    assert long[500] == 0.5
    assert short[500] == -0.5


def test_pair_earns_where_distances_come_and_go() -> None:
    earned = []
    for seed in range(10):
        first = walk(3_000, seed)
        second = beside(first, seed, reach=0.004)
        signals = PairSpread().signals(first, second)
        moves = [np.diff(one.close) / one.close[:-1] for one in (first, second)]
        earned.append(sum(float(s[:-1] @ m) for s, m in zip(signals, moves, strict=True)))
    assert min(earned) > 0


@pytest.mark.parametrize("power", [1.0, 2.0, 0.37])
def test_pair_of_one_symbol_with_itself_has_no_distance(power: float) -> None:
    first = walk(800)
    second = replace(first, close=3.7 * first.close**power)
    assert not PairSpread().signals(first, second)[0].any()


def test_pair_that_moves_apart_is_left_alone() -> None:
    first = walk(800)
    against = replace(first, close=1e9 / first.close * beside(first).close ** 0.01)
    assert np.isnan(spread_scores(first, against, 120)).all()
    assert not PairSpread().signals(first, against)[0].any()


def test_pair_beside_a_price_that_stands_still_is_left_alone() -> None:
    first = walk(800)
    close = first.close.copy()
    close[300:] = close[300]
    rested = replace(first, close=close)
    for series in ((first, rested), (rested, first)):
        assert not PairSpread(window=60).signals(*series)[0][361:].any()


def test_pair_scores_of_another_partner_are_not_mixed_up() -> None:
    first = walk(500)
    one, other = beside(first, 1), beside(first, 2)
    alone = PairSpread().signals(replace(first), other)[0].tolist()
    assert PairSpread().signals(first, one)[0].tolist() != alone
    assert PairSpread().signals(first, other)[0].tolist() == alone
