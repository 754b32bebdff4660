from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import times
from tests.trading.sample_candles import real, walk, without
from trading.alignment import LEAST_COMMON, align
from trading.candles import Candles, Timeframe
from trading.errors import BadArgument, NotEnoughHistory


def series(symbol: str, count: int = 300, seed: int = 1) -> Candles:
    return replace(walk(count, seed=seed), symbol=symbol)


def test_same_times_are_kept_as_they_are() -> None:
    first, second = series("BTC/USDT"), series("ETH/USDT", seed=2)
    kept = align([first, second])
    assert kept[0] is first
    assert kept[1] is second


def test_a_hole_of_one_symbol_is_cut_from_all() -> None:
    first, second = series("BTC/USDT"), without(series("ETH/USDT", seed=2), 50, 60)
    a, b = align([first, second])
    assert len(a) == len(b) == 290
    assert a.time.tolist() == b.time.tolist() == second.time.tolist()
    assert b.close.tolist() == second.close.tolist()
    assert a.close.tolist() == without(first, 50, 60).close.tolist()


def test_a_young_symbol_shortens_all() -> None:
    first, second = series("BTC/USDT"), series("NEW/USDT", seed=2)[150:]
    a, b = align([first, second])
    assert a.time[0] == b.time[0] == second.time[0]
    assert len(a) == 150


@settings(max_examples=times(25, 500), deadline=None)
@given(st.lists(st.tuples(st.integers(0, 120), st.integers(0, 15)), min_size=1, max_size=5))
def test_common_times_are_those_that_every_symbol_has(holes: list[tuple[int, int]]) -> None:
    all_ = [
        without(series(f"S{j}/USDT", seed=j), at, at + length)
        for j, (at, length) in enumerate(holes)
    ]
    common = sorted(set.intersection(*(set(each.time.tolist()) for each in all_)))
    for was, now in zip(all_, align(all_), strict=True):
        assert now.time.tolist() == common
        prices = dict(zip(was.time.tolist(), was.close.tolist(), strict=True))
        assert now.close.tolist() == [prices[time] for time in common]


def test_too_little_in_common_names_the_spans() -> None:
    first, second = series("OLD/USDT")[:250], series("NEW/USDT")[200:]
    with pytest.raises(NotEnoughHistory, match=f"50 1h candles in common.*{LEAST_COMMON}") as told:
        align([first, second])
    assert "NEW/USDT 2020-12-09 to 2020-12-13" in str(told.value)


def test_times_that_never_meet_are_told() -> None:
    first = series("OLD/USDT")
    shifted = replace(first, symbol="NEW/USDT", time=first.time + 60_000)
    with pytest.raises(NotEnoughHistory, match="0 1h candles in common"):
        align([first, shifted])
    with pytest.raises(NotEnoughHistory, match="NONE/USDT has none"):
        align([first, series("NONE/USDT")[:0]])


def test_unlike_series_are_refused() -> None:
    first = series("BTC/USDT")
    with pytest.raises(BadArgument, match="BTC/USDT is named twice"):
        align([first, first])
    daily = replace(walk(300, timeframe=Timeframe.D1), symbol="ETH/USDT")
    with pytest.raises(BadArgument, match="1h and 1d"):
        align([first, daily])
    with pytest.raises(BadArgument, match="USDT and BTC"):
        align([first, series("ETH/BTC")])
    with pytest.raises(BadArgument, match="at least one"):
        align([])


def test_outages_of_one_exchange_are_holes_of_all_its_symbols() -> None:
    names = ("BTC", "ETH", "SOL")
    candles = [
        real(f"candles_1h/binance/{name}_USDT-1h", f"{name}/USDT", Timeframe.H1) for name in names
    ]
    assert [each.missing for each in align(candles)] == [11, 11, 11]


def test_a_new_listing_shortens_the_common_span() -> None:
    bitcoin = real("candles_1h/binance/BTC_USDT-1h", "BTC/USDT", Timeframe.H1)
    listed = real("edge/binance/AR_USDT-1h_new_listing", "AR/USDT", Timeframe.H1)
    a, b = align([bitcoin, listed])
    assert len(a) == len(b) == 1545
