"""A call is scored by the price at its horizon and by nothing that comes after."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import times
from tests.fakes.candle_files import made_candles
from trading.candles import Candles, Timeframe
from trading.scoring import (
    Costs,
    Said,
    Stance,
    blocks,
    chance_of_rise,
    close_at,
    due_at,
    first_close,
    score,
)

START = datetime(2026, 3, 1, 14, 0, 5, tzinfo=UTC)
COSTS = Costs(fee_rate=0.001, slippage=0.0005)
PRICES = st.floats(0.01, 1e6)
STANCES = st.sampled_from(["long", "short", "flat"])


def said(stance: Stance, up: float = 0.5, at: float = 0, hours: float = 4) -> Said:
    start = START + timedelta(hours=at)
    return Said("BTC/USDT", stance, up, start, start + timedelta(hours=hours))


def test_a_long_hits_when_the_price_rose_and_a_short_when_it_fell() -> None:
    assert score(said("long"), 100, 101, COSTS).hit
    assert not score(said("long"), 100, 99, COSTS).hit
    assert score(said("short"), 100, 99, COSTS).hit
    assert not score(said("short"), 100, 101, COSTS).hit


def test_an_unchanged_price_is_no_hit_for_long_or_short_and_one_for_flat() -> None:
    assert [score(said(stance), 100, 100, COSTS).hit for stance in ("long", "short", "flat")] == [
        False,
        False,
        True,
    ]


def test_flat_is_right_when_the_move_was_no_larger_than_the_costs_of_a_trade() -> None:
    assert COSTS.round_trip == pytest.approx(0.003)
    assert score(said("flat"), 100, 100.29, COSTS).hit
    assert score(said("flat"), 100, 99.71, COSTS).hit
    assert not score(said("flat"), 100, 100.31, COSTS).hit
    assert not score(said("flat"), 100, 99.69, COSTS).hit


def test_a_paper_trade_pays_fee_and_slippage_on_both_sides() -> None:
    made = score(said("long"), 100, 110, COSTS).made
    bought, sold = 100 * 1.0005, 110 * 0.9995
    assert made == pytest.approx((sold - bought - 0.001 * (bought + sold)) / bought)
    made = score(said("short"), 100, 90, COSTS).made
    sold, bought = 100 * 0.9995, 90 * 1.0005
    assert made == pytest.approx((sold - bought - 0.001 * (bought + sold)) / sold)


@settings(max_examples=times(100, 3000))
@given(STANCES, PRICES, PRICES, st.floats(0, 0.01), st.floats(0, 0.01))
def test_costs_never_help_and_flat_makes_nothing(
    stance: Stance, entry: float, left: float, fee: float, slippage: float
) -> None:
    free = score(said(stance), entry, left, Costs(0.0, 0.0))
    paid = score(said(stance), entry, left, Costs(fee, slippage))
    assert paid.made <= free.made + 1e-12
    side = {"long": 1, "short": -1, "flat": 0}[stance]
    assert free.made == pytest.approx(side * (left / entry - 1.0), rel=1e-9, abs=1e-12)


def test_the_chance_of_a_rise_is_the_share_of_all_runs() -> None:
    assert chance_of_rise("long", 2, 3) == pytest.approx(2 / 3)
    assert chance_of_rise("short", 2, 3) == pytest.approx(1 / 3)
    assert chance_of_rise("short", 5, 5) == 0.0
    assert chance_of_rise("flat", 3, 3) == 0.5
    assert score(said("short", 1 / 3), 100, 90, COSTS).brier == pytest.approx(1 / 9)
    assert score(said("short", 1 / 3), 100, 110, COSTS).brier == pytest.approx(4 / 9)


def test_a_call_is_due_at_the_first_close_a_horizon_later() -> None:
    assert due_at(START, Timeframe.H1, 4) == datetime(2026, 3, 1, 19, tzinfo=UTC)
    on_the_hour = START.replace(second=0)
    assert due_at(on_the_hour, Timeframe.H1, 4) == datetime(2026, 3, 1, 18, tzinfo=UTC)
    assert due_at(START, Timeframe.W1, 1) == datetime(2026, 3, 9, tzinfo=UTC)


@settings(max_examples=times(60, 2000))
@given(st.sampled_from([*Timeframe]), st.integers(1, 500), st.integers(0, 10**9))
def test_a_due_moment_is_on_the_grid_and_less_than_a_candle_late(
    timeframe: Timeframe, horizon: int, later: int
) -> None:
    as_of = START + timedelta(seconds=later)
    late = due_at(as_of, timeframe, horizon) - as_of - horizon * timeframe.delta
    assert timedelta() <= late < timeframe.delta
    ms = round(due_at(as_of, timeframe, horizon).timestamp() * 1000)
    assert timeframe.last_close(ms) == ms


@settings(max_examples=times(30, 500))
@given(st.integers(1, 80), st.randoms(use_true_random=False))
def test_candles_after_the_horizon_change_nothing(at: int, chance: np.random.RandomState) -> None:
    table = made_candles(Timeframe.H1, 100)
    candles = Candles.from_rows("BTC/USDT", Timeframe.H1, table)
    due = candles[: at + 1].last_close_time
    later = list(range(at + 1, 100))
    chance.shuffle(later)
    mixed = table.copy()
    mixed[at + 1 :, 1:] = table[later, 1:]
    after = Candles.from_rows("BTC/USDT", Timeframe.H1, mixed)
    assert close_at(candles, due) == close_at(after, due) == table[at, 4]
    within = timedelta(hours=10)
    assert (
        first_close(candles, due, within)
        == first_close(after, due, within)
        == (
            due,
            table[at, 4],
        )
    )


def test_a_missing_candle_gives_no_close_and_then_the_next_one_within_reach() -> None:
    table = made_candles(Timeframe.H1, 10)
    whole = Candles.from_rows("BTC/USDT", Timeframe.H1, table)
    gap = Candles.from_rows("BTC/USDT", Timeframe.H1, np.delete(table, [4, 5], axis=0))
    due = whole[:5].last_close_time
    assert close_at(gap, due) is None
    assert first_close(gap, due, timedelta(hours=2)) == (due + timedelta(hours=2), table[6, 4])
    assert first_close(gap, due, timedelta(hours=1)) is None
    assert first_close(whole[:4], due, timedelta(hours=10)) is None


def test_what_overlaps_of_one_coin_is_one_block() -> None:
    calls = [said("long", at=at) for at in (0, 1, 2, 3, 4, 5, 9)]
    other = Said("kraken:BTC/USD", "long", 0.5, calls[0].starts, calls[0].ends)
    assert blocks(calls) == [0, 0, 0, 0, 1, 1, 2]
    assert blocks([*calls, other])[-1] not in blocks(calls)[:1]
    names = {"kraken:BTC/USD": "BTC", "BTC/USDT": "BTC"}
    assert len(set(blocks([*calls, other], names))) == 3


@settings(max_examples=times(60, 2000))
@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0.5, 20)), min_size=1, max_size=30))
def test_no_two_blocks_begin_while_the_one_before_is_open(
    spans: list[tuple[float, float]],
) -> None:
    calls = [said("long", at=at, hours=hours) for at, hours in spans]
    numbers = blocks(calls)
    firsts = [
        min((one for one, of in zip(calls, numbers, strict=True) if of == block), key=_begins)
        for block in range(max(numbers) + 1)
    ]
    for one, following in pairwise(firsts):
        assert following.starts >= one.ends


def _begins(one: Said) -> tuple[datetime, datetime]:
    return one.starts, one.ends
