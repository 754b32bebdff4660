from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import DEEP, times
from tests.trading.sample_candles import real, walk
from trading.candles import FloatArray, Timeframe
from trading.errors import BadCandles, NotEnoughHistory
from trading.kupiec import coverage
from trading.tail_history import (
    LEAST_LEARNED,
    Measured,
    Method,
    daily_risk,
    daily_risk_of,
    measure,
    past_vars,
    preferred,
    tail_of_next_day,
)
from trading.tail_risk import TailRisk, daily_returns, filtered_tail
from trading.volatility import ewma_volatility

METHODS: tuple[Method, ...] = ("filtered", "historical")
KINDS = ("normal", "fat tails", "spells")
seeds = st.integers(0, 100_000)


def drawn(kind: str, count: int, seed: int) -> FloatArray:
    """Draw daily returns: normal, Student's t with 4 degrees, or GARCH(1, 1) with normal shocks."""
    random = np.random.default_rng(seed)
    if kind == "normal":
        return random.normal(0, 0.03, count)
    if kind == "fat tails":
        return random.standard_t(4, count) * 0.03 / 2**0.5
    variance, result = 0.03**2, np.empty(count)
    for day, shock in enumerate(random.standard_normal(count)):
        result[day] = variance**0.5 * shock
        variance = 0.02 * 0.03**2 + 0.10 * result[day] ** 2 + 0.88 * variance
    return result


@settings(max_examples=times(12, 200), deadline=None)
@given(seed=seeds, kind=st.sampled_from(KINDS), day=st.integers(LEAST_LEARNED, 499))
@pytest.mark.parametrize("level", [0.95, 0.99])
@pytest.mark.parametrize("method", METHODS)
def test_var_of_a_past_day_is_what_would_have_been_said_before_it(
    method: Method, level: float, seed: int, kind: str, day: int
) -> None:
    returns = drawn(kind, 500, seed)
    said = past_vars(returns, method, level)
    assert np.isnan(said[:LEAST_LEARNED]).all()
    try:
        then = tail_of_next_day(returns[:day], method, level).var
    except NotEnoughHistory:
        assert np.isnan(said[day])
    else:
        assert said[day] == then


@settings(max_examples=times(12, 200), deadline=None)
@given(seed=seeds, day=st.integers(LEAST_LEARNED, 399))
@pytest.mark.parametrize("method", METHODS)
def test_later_days_change_no_var_of_an_earlier_one(method: Method, seed: int, day: int) -> None:
    returns = drawn("spells", 400, seed)
    changed = np.where(np.arange(400) < day, returns, -0.5 * returns[::-1])
    before, after = (past_vars(each, method, 0.95) for each in (returns, changed))
    np.testing.assert_array_equal(before[: day + 1], after[: day + 1])


@settings(max_examples=times(30, 500), deadline=None)
@given(seed=seeds, kind=st.sampled_from(KINDS), factor=st.floats(0.05, 4.0))
def test_var_is_never_worse_than_cvar_and_both_grow_with_the_returns(
    seed: int, kind: str, factor: float
) -> None:
    returns = drawn(kind, 300, seed)
    risk = daily_risk(returns)
    assert risk.other is not None
    assert risk.extreme is not None
    for measured in (risk.chosen, risk.other, risk.extreme):
        assert 0.0 <= measured.tail.var <= measured.tail.cvar <= 1.0
    assert risk.chosen.tail.var <= risk.extreme.tail.var
    if filtered_tail(returns * factor).cvar < 0.5:
        larger = daily_risk(returns * factor)
        assert larger.chosen.method == risk.chosen.method
        assert larger.chosen.tail.var == pytest.approx(risk.chosen.tail.var * factor)
        assert larger.chosen.coverage == risk.chosen.coverage
        assert larger.volatility == pytest.approx(risk.volatility * factor)


def refusals(kind: str, method: Method, count: int, share: float = 1.0) -> tuple[float, float]:
    """Return how often Kupiec's test refuses, and how often bad days come in runs."""
    refused = runs = 0
    for seed in range(count):
        returns = drawn(kind, 730, seed)
        said = past_vars(returns, method, 0.95) * share
        known = np.isfinite(said)
        held = coverage(-returns[known] > said[known], 0.95)
        refused += held.p_value < 0.05
        runs += held.in_runs
    return refused / count, runs / count


@pytest.mark.parametrize("kind", KINDS)
def test_filtered_var_holds_whatever_the_market_is_like(kind: str) -> None:
    refused, runs = refusals(kind, "filtered", times(40, 600))
    assert refused <= 0.1
    assert runs <= 0.15


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", METHODS)
def test_var_that_says_half_is_found_out(method: Method, kind: str) -> None:
    refused, _ = refusals(kind, method, times(10, 200), share=0.5)
    assert refused == 1.0


@pytest.mark.skipif(not DEEP, reason="many walks")
def test_plain_historical_var_holds_but_in_spells() -> None:
    assert refusals("normal", "historical", 400)[0] <= 0.1
    assert refusals("fat tails", "historical", 400)[0] <= 0.1
    refused, runs = refusals("spells", "historical", 400)
    assert refused > 0.15
    assert runs > 0.15


def test_filtered_var_follows_a_wild_week_at_once() -> None:
    calm = drawn("normal", 400, 1)
    wild = calm.copy()
    wild[-7:] = np.tile([0.12, -0.12], 4)[:7]
    before, after = (filtered_tail(each).var for each in (calm, wild))
    assert after > 1.8 * before
    assert after / before == pytest.approx(
        ewma_volatility(wild)[-1] / ewma_volatility(calm)[-1], rel=0.2
    )


@pytest.mark.parametrize(
    ("filtered", "historical", "chosen"),
    [
        (15, 15, "filtered"),
        (15, 40, "filtered"),
        (40, 15, "historical"),
        (2, 15, "historical"),
        (40, 2, "historical"),
        (2, 40, "filtered"),
        (40, 41, "filtered"),
    ],
)
def test_method_whose_past_shows_the_worse_fault_is_not_chosen(
    filtered: int, historical: int, chosen: Method
) -> None:
    def exceeded_on(method: Method, days: int) -> Measured:
        exceeded = np.arange(300) % (300 // days) == 0
        return Measured(method, TailRisk(0.05, 0.07, 0.95, 300), coverage(exceeded, 0.95))

    plain = exceeded_on("historical", historical)
    assert preferred(exceeded_on("filtered", filtered), plain).method == chosen
    assert preferred(None, plain) is plain


def test_few_days_have_only_the_method_that_needs_fewer() -> None:
    risk = daily_risk(drawn("normal", 70, 1))
    assert (risk.chosen.method, risk.other, risk.extreme) == ("historical", None, None)
    assert risk.chosen.coverage.days == 0
    assert risk.chosen.coverage.judgement == "too few days to tell"
    with pytest.raises(NotEnoughHistory, match="60 daily returns, there are 59"):
        daily_risk(drawn("normal", 59, 1))


def test_market_that_stands_still_loses_nothing() -> None:
    risk = daily_risk(np.zeros(200))
    assert (risk.chosen.tail.var, risk.chosen.tail.cvar, risk.volatility) == (0.0, 0.0, 0.0)


def test_nobody_who_holds_something_loses_more_than_all() -> None:
    returns = np.r_[np.random.default_rng(1).normal(0, 0.001, 200), np.tile([0.9, -0.6], 8)]
    assert filtered_tail(returns, 0.95).cvar <= 1.0
    assert np.nanmax(past_vars(returns, "filtered", 0.95)) <= 1.0


def test_days_before_a_redenomination_are_left_out_and_that_is_told() -> None:
    candles = walk(300, timeframe=Timeframe.D1)
    factor = np.where(np.arange(300) < 150, 0.001, 1.0)
    names = ("open", "high", "low", "close")
    jumped = replace(candles, **{name: vars(candles)[name] * factor for name in names})
    jumped = replace(jumped, open=np.r_[jumped.open[:150], candles.open[150:]])
    risk = daily_risk_of(jumped)
    assert risk.since is not None
    assert risk.chosen.tail == daily_risk_of(candles[150:]).chosen.tail
    assert daily_risk_of(candles).since is None
    with pytest.raises(BadCandles, match="redenomination"):
        daily_risk_of(jumped[:200])


@pytest.mark.parametrize(
    "path",
    ["candles_1d/coinbase/ETH_USD-1d", "candles_1d/bitstamp/BTC_USD-1d"],
)
def test_real_years_are_held_by_the_filtered_var(path: str) -> None:
    returns = daily_returns(real(path, "AAA/USD", Timeframe.D1))
    held = measure(returns, "filtered", 0.95).coverage
    assert held.days > 1_000
    assert held.judgement == "fits"
    said = past_vars(returns, "filtered", 0.95)
    known = np.isfinite(said)
    halved = coverage(-returns[known] > said[known] / 2, 0.95)
    assert halved.judgement == "exceeded too often"
