"""Factors by time stamp: each against a slow way, and what can't be known is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from math import log, sqrt
from statistics import mean, median, stdev

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import times
from tests.fakes.candle_files import made_candles
from tests.trading.sample_candles import real, scaled, walk, without
from tests.trading.test_correlation import slow_pearson, slow_returns
from trading.candles import DAY_MS, Candles, Timeframe, to_ms
from trading.errors import BadArgument
from trading.factor_names import KINDS, NAMES, WEIGHTS, FactorName
from trading.factors import Measured, Profile, measure, places, window

COUNT = 760
H = Timeframe.H1.ms


def coin(name: str, seed: int, count: int = COUNT) -> Candles:
    return replace(walk(count, seed=seed), symbol=f"{name}/USDT")


def coins(count: int) -> list[Candles]:
    return [coin(f"C{at}", at + 2) for at in range(count)]


BTC = coin("BTC", 1)


def one(candles: Candles, market: Candles | str = BTC) -> Profile:
    measured = measure([candles], market, "USDT")
    assert not measured.refused, measured.refused
    return measured.profiles[0]


def figures(profile: Profile) -> dict[FactorName, float | None]:
    return {name: profile.value(name) for name in NAMES}


# Slow references


def slow_price(prices: dict[int, float], closed_at: int) -> float:
    """Return the close of the newest candle that had closed then."""
    return prices[max(time for time in prices if time + H <= closed_at)]


def slow_factors(candles: Candles, market: Candles) -> dict[FactorName, float]:
    """Compute the factors one candle at a time, over the last 30 days."""
    end = int(candles.time[-1]) + H
    prices = dict(zip(candles.time.tolist(), candles.close.tolist(), strict=True))
    volumes = dict(zip(candles.time.tolist(), candles.volume.tolist(), strict=True))
    seen = {time: price for time, price in prices.items() if time >= end - 30 * DAY_MS - H}
    returns = {t: r for t, r in slow_returns(candles).items() if t > min(seen)}
    base = {t: r for t, r in slow_returns(market).items() if t > end - 30 * DAY_MS - H}
    common = [(returns[time], base[time]) for time in returns if time in base]
    correlation, beta = slow_pearson(common)
    volatility = stdev(returns.values()) * sqrt(365 * 24)
    day_ends = [end - day * DAY_MS for day in range(31)]
    traded = [
        sum(
            volumes[time] * price
            for time, price in seen.items()
            if stop - DAY_MS < time + H <= stop
        )
        for stop in day_ends[:30]
    ]
    closes = [slow_price(prices, stop) for stop in day_ends]
    moved = [abs(now / before - 1) for now, before in pairwise(closes)]
    logs = [log(price) for price in seen.values()]
    return {
        "momentum": closes[0] / closes[30] - 1,
        "momentum_1d": closes[0] / closes[1] - 1,
        "momentum_7d": closes[0] / closes[7] - 1,
        "scaled": log(closes[0] / closes[30]) / (volatility * sqrt(30 / 365)),
        "volatility": volatility,
        "value": (logs[-1] - mean(logs)) / stdev(logs),
        "liquidity": median(traded),
        "illiquidity": mean(m / t for m, t in zip(moved, traded, strict=True)) * 1e10,
        "beta": beta,
        "correlation": correlation,
    }


@settings(max_examples=times(15, 300), deadline=None)
@given(st.lists(st.tuples(st.integers(45, 750), st.integers(0, 2)), max_size=6))
def test_factors_under_random_holes_are_those_of_a_slow_reference(
    holes: list[tuple[int, int]],
) -> None:
    candles = coin("ETH", 2)
    for at, length in holes:
        candles = without(candles, at, min(at + length, len(candles) - 1))
    found = figures(one(candles))
    wanted = slow_factors(candles, BTC)
    assert {name: found[name] for name in wanted} == pytest.approx(wanted, rel=1e-9, abs=1e-9)
    assert found["size"] == 1.0


def test_real_candles_with_outages_are_measured_as_a_slow_reference_does() -> None:
    eth = real("candles_1h/binance/ETH_USDT-1h", "ETH/USDT", Timeframe.H1)
    btc = real("candles_1h/binance/BTC_USDT-1h", "BTC/USDT", Timeframe.H1)
    # 30 days that hold the outages of 20 and 25 April 2021.
    stop = int(np.searchsorted(eth.time, to_ms(datetime(2021, 5, 1, tzinfo=UTC))))
    eth, btc = eth[stop - 2_000 : stop], btc[stop - 2_000 : stop]
    assert eth.tail(720).missing == 5
    found = figures(one(eth, btc))
    wanted = slow_factors(eth, btc)
    assert {name: found[name] for name in wanted} == pytest.approx(wanted, rel=1e-9)


# Invariance


@settings(max_examples=times(15, 300), deadline=None)
@given(st.floats(1e-4, 1e4))
def test_scale_of_the_price_changes_only_what_is_counted_in_money(factor: float) -> None:
    plain, moved = figures(one(coin("ETH", 2))), figures(one(scaled(coin("ETH", 2), factor)))
    same = set(NAMES) - {"liquidity", "illiquidity"}
    assert {name: moved[name] for name in same} == pytest.approx(
        {name: plain[name] for name in same}, rel=1e-6, abs=1e-9
    )
    liquid, dull = plain["liquidity"], plain["illiquidity"]
    assert liquid is not None
    assert dull is not None
    assert moved["liquidity"] == pytest.approx(liquid * factor)
    assert moved["illiquidity"] == pytest.approx(dull / factor)


@settings(max_examples=times(15, 300), deadline=None)
@given(st.permutations(range(6)))
def test_another_order_of_the_list_changes_no_figure(order: list[int]) -> None:
    listed = coins(6)
    straight = {p.symbol: p for p in measure(listed, BTC, "USDT").profiles}
    measured = measure([listed[at] for at in order], BTC, "USDT").profiles
    assert [p.symbol for p in measured] == [listed[at].symbol for at in order]
    for profile in measured:
        assert figures(profile) == pytest.approx(figures(straight[profile.symbol]))


@settings(max_examples=times(15, 300), deadline=None)
@given(st.integers(1, 400))
def test_older_candles_change_nothing(more: int) -> None:
    long = coin("ETH", 2, COUNT)
    assert figures(one(long)) == pytest.approx(figures(one(long[min(more, 39) :])))


def test_shares_add_up_to_the_whole() -> None:
    found = [p.value("size") for p in measure(coins(5), BTC, "USDT").profiles]
    assert sum(share for share in found if share is not None) == pytest.approx(1.0)


def test_btc_itself_is_exactly_one() -> None:
    profile = measure([BTC, coin("ETH", 2)], BTC, "USDT").profiles[0]
    assert (profile.value("beta"), profile.value("correlation")) == (1.0, 1.0)


# Plain figures


def test_price_that_doubles_has_that_momentum() -> None:
    candles = coin("ETH", 2)
    close = candles.close.copy()
    close[-1] = 2 * close[-1 - 24]
    high = np.maximum(candles.high, close)
    profile = one(replace(candles, close=close, high=high, low=np.minimum(candles.low, close)))
    assert profile.value("momentum_1d") == pytest.approx(1.0)


def test_volatility_of_known_returns_is_annualised() -> None:
    # Returns of ±1 % in turn: a deviation of 1 % an hour, √8,760 as much a year.
    steps = np.tile([0.01, -0.01], COUNT // 2)
    close = 100 * np.exp(np.cumsum(steps))
    flat = Candles("E/USDT", Timeframe.H1, BTC.time, close, close, close, close, BTC.volume)
    assert one(flat).value("volatility") == pytest.approx(0.01 * sqrt(8760), rel=1e-3)


@pytest.mark.parametrize("timeframe", ["15m", "1h", "4h", "12h", "1d"])
def test_every_timeframe_knows_every_factor(timeframe: str) -> None:
    frame = Timeframe(timeframe)
    rows = [made_candles(frame, window(frame) + 1, seed=seed) for seed in (1, 2)]
    btc, eth = (
        Candles.from_rows(f"{name}/USDT", frame, each)
        for name, each in zip(("BTC", "ETH"), rows, strict=True)
    )
    profile = one(eth, btc)
    assert None not in figures(profile).values()
    assert profile.market is not None
    assert profile.market.returns == window(frame)


@pytest.mark.parametrize("timeframe", ["1m", "5m", "1w"])
def test_timeframe_that_is_too_fine_or_too_coarse_is_refused(timeframe: str) -> None:
    with pytest.raises(BadArgument, match=f"15m to 1d, not {timeframe}"):
        window(Timeframe(timeframe))


# What is not known


def lack(profile: Profile, name: FactorName) -> str:
    assert profile.value(name) is None
    return profile.factors[name].meaning


def test_new_listing_says_what_it_is_too_young_for() -> None:
    profile = one(coin("AR", 2)[-300:])
    assert lack(profile, "momentum") == "not known: it has no price of 30 days ago"
    assert lack(profile, "scaled") == lack(profile, "score")
    assert profile.value("momentum_7d") is not None
    assert profile.market is not None
    assert profile.market.returns == 299
    newest = one(coin("NEW", 2)[-20:])
    assert lack(newest, "volatility") == "not known: it has 19 returns, 60 are needed"
    assert "19 returns in common" in lack(newest, "beta")
    assert lack(newest, "liquidity") == "not known: it has less than a day of candles"
    assert "0 days with trades" in lack(newest, "illiquidity")


def test_symbol_that_is_no_longer_traded_is_refused() -> None:
    halted = coin("OLD", 2)[:-30]
    measured = measure([halted, coin("ETH", 3)], BTC, "USDT")
    assert [p.symbol for p in measured.profiles] == ["ETH/USDT"]
    assert "is it still traded?" in measured.refused[0].reason
    long_gone = measure([coin("OLD", 2)[:15], coin("ETH", 3)], BTC, "USDT")
    assert long_gone.refused[0].symbol == "OLD/USDT"


def test_candle_that_is_one_late_is_no_reason_to_refuse() -> None:
    measured = measure([coin("OLD", 2)[:-1], coin("ETH", 3)], BTC, "USDT")
    assert not measured.refused
    assert measured.profiles[0].value("momentum_1d") is not None


@pytest.mark.parametrize(("missing", "known"), [(2, True), (3, False), (10, False)])
def test_price_of_a_day_ago_may_be_a_tenth_of_a_day_older(missing: int, known: bool) -> None:
    first = COUNT - 24 - missing
    profile = one(without(coin("ETH", 2), first, first + missing))
    assert (profile.value("momentum_1d") is not None) is known
    assert profile.value("momentum_7d") is not None
    if not known:
        assert lack(profile, "momentum_1d") == "not known: it has no price of 1 day ago"


def test_price_that_stands_still_has_no_trend_and_no_beta() -> None:
    same = np.full(COUNT, 1.0)
    stable = Candles("USDC/USDT", Timeframe.H1, BTC.time, same, same, same, same, BTC.volume)
    profile = one(stable)
    assert profile.value("volatility") == 0.0
    assert profile.value("momentum") == 0.0
    for name in ("value", "scaled"):
        assert lack(profile, name) == "not known: its price does not move"
    assert "does not move" in lack(profile, "correlation")


def test_nothing_traded_is_no_liquidity_and_no_share() -> None:
    idle = replace(coin("ETH", 2), volume=np.zeros(COUNT))
    profile = one(idle)
    assert profile.value("liquidity") == 0.0
    assert lack(profile, "size") == "not known: nothing was traded"
    assert "0 days with trades" in lack(profile, "illiquidity")


def test_without_btc_all_but_beta_is_known() -> None:
    profile = one(coin("ETH", 2), "BTC/XYZ: not listed")
    assert lack(profile, "beta") == "not known: BTC/XYZ: not listed"
    unknown = {name for name, value in figures(profile).items() if value is None}
    assert unknown == {"beta", "correlation"}


def test_redenominated_coin_is_refused_and_the_others_go_on() -> None:
    path = "edge/binance/COCOS_USDT-1h_redenomination_and_halt"
    coco = real(path, "COCOS/USDT", Timeframe.H1)
    btc = real("candles_1h/binance/BTC_USDT-1h", "BTC/USDT", Timeframe.H1)
    start = int(coco.time[0])

    def days(first: int, last: int) -> Measured:
        times_ = (start + first * DAY_MS, start + last * DAY_MS)
        parts = [c[slice(*np.searchsorted(c.time, times_))] for c in (coco, btc)]
        return measure(parts, parts[1], "USDT")

    during = days(20, 70)
    assert [p.symbol for p in during.profiles] == ["BTC/USDT"]
    assert during.refused[0].symbol == "COCOS/USDT"
    assert "redenomination" in during.refused[0].reason
    # Once the window has left it behind, it is a coin like others.
    assert not days(80, 130).refused


def test_redenominated_btc_leaves_the_others_without_beta_only() -> None:
    broken = replace(BTC, close=np.where(np.arange(COUNT) < 700, BTC.close / 1000, BTC.close))
    profile = one(coin("ETH", 2), replace(broken, low=np.minimum(broken.low, broken.close)))
    assert "redenomination" in lack(profile, "beta")
    assert profile.value("score") is not None


def test_empty_list_and_empty_candles() -> None:
    assert measure([], BTC, "USDT") == Measured((), ())
    nothing = Candles.from_rows("E/USDT", Timeframe.H1, [])
    measured = measure([nothing, coin("ETH", 2)], nothing, "USDT")
    assert [p.symbol for p in measured.profiles] == ["ETH/USDT"]
    assert measured.refused[0].symbol == "E/USDT"


def test_symbol_twice_and_two_timeframes_are_refused() -> None:
    with pytest.raises(BadArgument, match="BTC/USDT is named twice"):
        measure([BTC, BTC], BTC, "USDT")
    day = Candles.from_rows("D/USDT", Timeframe.D1, made_candles(Timeframe.D1, 200))
    with pytest.raises(BadArgument, match="one timeframe"):
        measure([BTC, day], BTC, "USDT")


# The score


def test_single_symbol_stands_in_the_middle() -> None:
    assert one(coin("ETH", 2)).value("score") == 50.0


@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), max_size=12))
def test_places_go_from_0_to_100_and_equal_values_share_theirs(
    values: list[float | None],
) -> None:
    found = places(values)
    assert [each is None for each in found] == [each is None for each in values]
    known = sorted(
        (value, place)
        for value, place in zip(values, found, strict=True)
        if value is not None and place is not None
    )
    if known:
        assert mean(place for _, place in known) == pytest.approx(50.0)
        assert all(0 <= place <= 100 for _, place in known)
    for (low, under), (high, over) in pairwise(known):
        assert (under == over) == (low == high)
        assert under <= over


def test_best_in_everything_has_a_score_of_100() -> None:
    dull, grand = coin("DULL", 2), coin("ETH", 3)
    climb = grand.close[0] * np.exp(np.linspace(0, 1, COUNT) + 0.001 * np.sin(np.arange(COUNT)))
    best = Candles("BEST/USDT", Timeframe.H1, BTC.time, *(climb,) * 4, 1e6 * grand.volume)
    found = {p.symbol: p.value("score") for p in measure([dull, best], BTC, "USDT").profiles}
    assert found == {"BEST/USDT": 100.0, "DULL/USDT": 0.0}


def test_weights_are_those_that_are_stated() -> None:
    assert sum(WEIGHTS.values()) == 1.0
    said = KINDS["score"].said
    assert all(f"{weight:.0%}".replace("%", " %") in said for weight in WEIGHTS.values())


# Their words


def test_every_factor_is_named_and_explained() -> None:
    profile = one(coin("ETH", 2))
    assert tuple(profile.factors) == NAMES == tuple(KINDS)
    for name, factor in profile.factors.items():
        assert factor.label == KINDS[name].label
        assert factor.meaning
        assert len(KINDS[name].head) <= 6
    assert profile.factors["liquidity"].unit == "USDT"
