"""Several symbols, one cash: by hand, against a plain second writing, and by its invariants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import times
from tests.trading.sample_candles import bars, flat_bars, real, scaled, walk, without
from tests.trading.slow_portfolio import slow_portfolio
from trading.alignment import align
from trading.backtest import Rules, backtest
from trading.candles import Candles, FloatArray, Timeframe, from_ms
from trading.errors import BadArgument, BadCandles, NotEnoughHistory
from trading.portfolio_backtest import PortfolioResult, portfolio_backtest, portfolio_of
from trading.strategies.base import PairStrategy
from trading.strategies.buy_and_hold import BuyAndHold
from trading.strategies.sma_cross import SmaCross
from trading.weights import equal_weights

FREE = Rules(fee_rate=0.0, slippage=0.0, stop_fraction=None, target_fraction=None)
COUNT = 240
LONG = 1.0


def named(candles: Candles, symbol: str) -> Candles:
    return replace(candles, symbol=symbol)


def two(first: Sequence[float], second: Sequence[float]) -> tuple[Candles, Candles]:
    return named(flat_bars(first), "AAA/USDT"), named(flat_bars(second), "BBB/USDT")


def halves(candles: Sequence[Candles]) -> FloatArray:
    return equal_weights(len(candles), len(candles[0]))


def always(candles: Sequence[Candles], exposure: float = LONG) -> FloatArray:
    return np.full((len(candles), len(candles[0])), exposure)


def with_gaps(candles: Candles, seed: int) -> Candles:
    """Move some opens away from the close before, beyond stops and targets too."""
    random = np.random.default_rng(seed)
    far = random.standard_t(3, len(candles)) * 0.03
    opened = candles.open * np.exp(np.where(random.random(len(candles)) < 0.2, far, 0.0))
    high, low = np.maximum(candles.high, opened), np.minimum(candles.low, opened)
    return replace(candles, open=opened, high=high, low=low)


@lru_cache(maxsize=64)
def walks(symbols: int, seed: int, hole: int = 0) -> tuple[Candles, ...]:
    made = [
        named(with_gaps(walk(COUNT, seed=100 * seed + j), j), f"S{j}/USDT") for j in range(symbols)
    ]
    return tuple(without(each, 100, 100 + hole) if hole else each for each in made)


class Drawn(NamedTuple):
    """What a portfolio backtest is made of, in few words when a test fails."""

    candles: tuple[Candles, ...]
    exposures: FloatArray
    weights: FloatArray

    def __repr__(self) -> str:
        turns = [
            [(i, row[i]) for i in np.flatnonzero(np.diff(row, prepend=0.0))] for row in self[1]
        ]
        return f"Drawn({len(self.candles)} symbols of {len(self.candles[0])}, {turns})"


@st.composite
def portfolios(draw: st.DrawFn, most: int = 4) -> Drawn:
    """Draw candles, exposures that stay for a while, and weights that drift."""
    symbols = draw(st.integers(1, most))
    candles = walks(symbols, draw(st.integers(0, 5)), draw(st.sampled_from([0, 0, 9])))
    run = st.tuples(st.sampled_from([-1.0, -0.5, 0.0, 0.3, 1.0, 1.0]), st.integers(1, 40))
    rows = [
        np.resize(np.concatenate([np.full(n, v) for v, n in runs]), len(candles[0]))
        for runs in draw(
            st.lists(st.lists(run, min_size=1, max_size=12), min_size=symbols, max_size=symbols)
        )
    ]
    random = np.random.default_rng(draw(st.integers(0, 1000)))
    raw = random.gamma(2.0, 1.0, (symbols, len(candles[0])))
    return Drawn(candles, np.array(rows), raw / raw.sum(axis=0))


def rules_of(costs: float, exits: bool, shorts: bool) -> Rules:
    stop, target = (0.02, 0.04) if exits else (None, None)
    return Rules(costs, costs / 2, stop, target, allow_short=shorts)


RULES = st.builds(rules_of, st.sampled_from([0.0, 0.001, 0.02]), st.booleans(), st.booleans())


def books_balance(result: PortfolioResult) -> None:
    profit = sum(part.profit for part in result.parts)
    assert result.equity[-1] == pytest.approx(result.rules.initial_cash + profit)
    for part in result.parts:
        trades, opened = part.trades, part.open_position
        known = sum(trade.profit for trade in trades) + (opened.unrealised if opened else 0.0)
        assert part.profit == pytest.approx(known, abs=1e-6)
        fees = sum(trade.fees for trade in trades) + (opened.fees if opened else 0.0)
        assert part.fees == pytest.approx(fees, abs=1e-6)
        assert part.fees == pytest.approx(part.traded * result.rules.fee_rate, abs=1e-6)
    assert result.metrics.fees == pytest.approx(sum(part.fees for part in result.parts))
    assert result.metrics.trades == sum(len(part.trades) for part in result.parts)


def test_money_is_split_by_the_weights_and_filled_at_the_next_open() -> None:
    candles = (
        named(bars([(10, 10, 10, 10), (20, 20, 20, 20), (40, 40, 40, 40)]), "AAA/USDT"),
        named(bars([(50, 50, 50, 50), (50, 50, 50, 50), (25, 25, 25, 25)]), "BBB/USDT"),
    )
    weights = np.array([[0.25] * 3, [0.75] * 3])
    result = portfolio_backtest(candles, always(candles), weights, FREE)
    # 2,500 buy 125 at 20, 7,500 buy 150 at 50; then 125 x 40 + 150 x 25.
    assert result.equity.tolist() == [10_000.0, 10_000.0, 8_750.0]
    assert [part.profit for part in result.parts] == [2_500.0, -3_750.0]
    assert result.metrics.total_return == -0.125
    assert result.metrics.buy_and_hold_return == pytest.approx(-0.125)


def test_rebalance_sells_the_winner_and_buys_the_loser() -> None:
    candles = two([100, 100, 200, 200, 100], [100, 100, 100, 100, 100])
    result = portfolio_backtest(candles, always(candles), halves(candles), FREE, 3)
    # 50 of each at 100. At the open of the fourth candle (03:00) 50 x 200 + 50 x 100 = 15,000:
    # 12.5 of the first are sold at 200, 25 of the second bought at 100.
    first, second = (part.open_position for part in result.parts)
    assert first is not None
    assert second is not None
    assert first.quantity == pytest.approx(37.5)
    assert second.quantity == pytest.approx(75.0)
    assert second.entry_price == pytest.approx(100.0)
    assert result.rebalances == 1
    assert result.equity.tolist() == pytest.approx([10_000, 10_000, 15_000, 15_000, 11_250])
    assert [part.traded for part in result.parts] == pytest.approx([7_500.0, 7_500.0])
    assert result.metrics.turnover == pytest.approx(1.5)


def test_no_rebalance_lets_the_winner_run() -> None:
    candles = two([100, 100, 200, 200, 100], [100, 100, 100, 100, 100])
    result = portfolio_backtest(candles, always(candles), halves(candles), FREE)
    assert result.equity.tolist() == [10_000, 10_000, 15_000, 15_000, 10_000]
    assert result.rebalances == 0


def test_fees_of_a_rebalance_are_taken_out_of_what_is_bought() -> None:
    candles = two([100, 100, 200, 200], [100, 100, 100, 100])
    rules = replace(FREE, fee_rate=0.01)
    result = portfolio_backtest(candles, always(candles), halves(candles), rules, 3)
    each = 5_000 / 101  # units at first, the fee reserved
    equity = each * 200 + each * 100
    first = equity / 2 / (200 * 1.01)
    second = equity / 2 / (100 * 1.01)  # both targets reserve an entry fee
    cash = (each - first) * 200 * 0.99 - (second - each) * 100 * 1.01
    assert cash > 0
    assert result.equity[-1] == pytest.approx(cash + first * 200 + second * 100)
    fees = 2 * each + (each - first) * 2 + (second - each)
    assert result.metrics.fees == pytest.approx(fees)
    books_balance(result)


def test_dust_is_not_traded_at_a_rebalance_but_a_changed_signal_is_followed() -> None:
    candles = two([100, 100, 101, 101, 101, 101], [100] * 6)
    exposures = always(candles)
    result = portfolio_backtest(candles, exposures, halves(candles), FREE, 2)
    assert result.rebalances == 0  # the first is 25 of 10,050 over its half
    exposures[0, 4:] = 0.998
    result = portfolio_backtest(candles, exposures, halves(candles), FREE)
    first = result.parts[0].open_position
    assert first is not None
    assert first.quantity == pytest.approx(10_050 / 2 * 0.998 / 101)
    assert (
        portfolio_backtest(candles, always(candles), halves(candles), FREE, 2, band=0.0).rebalances
        > 0
    )


def test_purchases_share_what_cash_there_is() -> None:
    candles = (
        *two([100, 100, 400, 400], [100] * 4),
        named(flat_bars([50] * 4), "CCC/USDT"),
    )
    exposures = np.array([[1, 1, 1, 1], [0, 0, 1, 1], [0, 0, 1, 1]], dtype=float)
    weights = np.array([[0.5] * 4, [0.4] * 4, [0.1] * 4])
    result = portfolio_backtest(candles, exposures, weights, FREE)
    # Equity is 50 x 400 + 5,000; targets of 10,000 and 2,500 have 5,000 to share, 4 to 1.
    _, second, third = (part.open_position for part in result.parts)
    assert second is not None
    assert third is not None
    assert second.quantity == pytest.approx(40.0)
    assert third.quantity == pytest.approx(20.0)


def test_a_position_of_dust_is_not_opened_with_the_last_cash() -> None:
    candles = two([100, 100, 100, 100], [100, 100, 100, 100])
    exposures = np.array([[1.0] * 4, [0, 0, 1.0, 1.0]])
    weights = np.array([[0.996, 0.996, 0.5, 0.5], [0.004, 0.004, 0.5, 0.5]])
    result = portfolio_backtest(candles, exposures, weights, FREE)
    assert result.parts[1].open_position is None
    assert result.parts[1].traded == 0.0
    rebalanced = portfolio_backtest(candles, exposures, weights, FREE, 3)
    assert rebalanced.parts[1].open_position is not None


def test_weight_that_goes_to_zero_is_sold_at_the_next_rebalance_and_can_come_back() -> None:
    candles = two([100] * 8, [100] * 8)
    weights = halves(candles).copy()
    weights[0, 1:4] = 0.0
    result = portfolio_backtest(candles, always(candles), weights, FREE, 3)
    (trade,) = result.parts[0].trades
    assert trade.left_at == _at(candles, 3)
    back = result.parts[0].open_position
    assert back is not None
    assert back.entered_at == _at(candles, 6)


def test_stop_ends_one_position_and_keeps_it_out_until_its_signal_turns() -> None:
    first = named(
        bars([(100, 100, 100, 100)] * 2 + [(100, 100, 90, 95)] + [(95, 95, 95, 95)] * 6),
        "AAA/USDT",
    )
    second = named(flat_bars([100] * 9), "BBB/USDT")
    rules = replace(FREE, stop_fraction=0.05)
    exposures = always((first, second))
    result = portfolio_backtest((first, second), exposures, halves((first, second)), rules, 2)
    (trade,) = result.parts[0].trades
    assert (trade.reason, trade.exit_price) == ("stop", 95.0)
    assert result.parts[0].open_position is None  # two rebalances later
    assert result.parts[1].open_position is not None
    exposures[0, 5] = 0.0
    again = portfolio_backtest((first, second), exposures, halves((first, second)), rules, 2)
    opened = again.parts[0].open_position
    assert opened is not None
    assert opened.entered_at == _at((first, second), 7)


def test_weight_of_zero_does_not_let_a_stopped_position_back_in() -> None:
    rows = [(100, 100, 100, 100)] * 2 + [(100, 100, 90, 95)] + [(95, 95, 95, 95)] * 9
    candles = named(bars(rows), "AAA/USDT"), named(flat_bars([100] * 12), "BBB/USDT")
    weights = halves(candles).copy()
    weights[0, 4:7] = 0.0  # at the rebalance of the sixth candle, back at that of the ninth
    rules = replace(FREE, stop_fraction=0.05)
    result = portfolio_backtest(candles, always(candles), weights, rules, 3)
    assert len(result.parts[0].trades) == 1
    assert result.parts[0].open_position is None


def test_position_that_opens_beyond_its_stop_is_sold_before_the_others_are_sized() -> None:
    rows = [(100, 100, 100, 100)] * 3 + [(80, 80, 80, 80)] * 2
    candles = named(bars(rows), "AAA/USDT"), named(flat_bars([100] * 5), "BBB/USDT")
    rules = replace(FREE, stop_fraction=0.05, fee_rate=0.01)
    result = portfolio_backtest(candles, always(candles), halves(candles), rules, 3)
    (trade,) = result.parts[0].trades
    each = 5_000 / 101
    assert (trade.reason, trade.exit_price) == ("stop", 80.0)
    assert trade.quantity == pytest.approx(each)  # nothing was bought at the rebalance
    equity = each * 80 * 0.99 + each * 100
    held = result.parts[1].open_position
    assert held is not None
    assert held.quantity == pytest.approx(equity / 2 / 101)


def test_short_is_funded_by_its_own_margin_and_liquidated_alone() -> None:
    candles = two([100, 100, 150, 250, 250], [100, 100, 100, 100, 100])
    exposures = np.array([[-1.0] * 5, [1.0] * 5])
    rules = replace(FREE, allow_short=True, maintenance=0.0)
    result = portfolio_backtest(candles, exposures, halves(candles), rules)
    (trade,) = result.parts[0].trades
    assert trade.reason == "liquidation"
    assert trade.profit == pytest.approx(-5_000.0)  # its margin, and no more of the market's gap
    assert result.equity.tolist() == pytest.approx([10_000, 10_000, 7_500, 5_000, 5_000])


def test_cash_behind_a_short_buys_nothing_else() -> None:
    candles = two([100, 100, 100, 100], [100, 100, 100, 100])
    exposures = np.array([[-1.0] * 4, [0.0, 0.0, 1.0, 1.0]])
    weights = np.array([[0.8, 0.8, 0.2, 0.2], [0.2, 0.2, 0.8, 0.8]])
    result = portfolio_backtest(candles, exposures, weights, replace(FREE, allow_short=True))
    bought = result.parts[1].open_position
    assert bought is not None
    assert bought.quantity == pytest.approx(20.0)  # 2,000 are free, its target is 8,000


def test_shorts_that_are_not_allowed_are_flat() -> None:
    candles = walks(2, 1)
    result = portfolio_backtest(candles, always(candles, -1.0), halves(candles), FREE, 10)
    assert result.metrics.trades == 0
    assert result.equity.tolist() == [10_000.0] * COUNT


def test_funding_is_paid_by_each_position() -> None:
    candles = two([100] * 24, [100] * 24)
    rules = replace(FREE, funding_rate=0.01, allow_short=True)
    exposures = np.array([[1.0] * 24, [-1.0] * 24])
    result = portfolio_backtest(candles, exposures, np.array([[0.6] * 24, [0.4] * 24]), rules)
    # Closes at 08:00, 16:00 and 24:00: three times 1 % of 6,000 and of 4,000.
    assert [part.funding for part in result.parts] == pytest.approx([180.0, -120.0])
    assert [part.profit for part in result.parts] == pytest.approx([-180.0, 120.0])


def test_rebalances_follow_the_clock_and_not_the_first_candle() -> None:
    candles = walks(2, 2)
    later = tuple(each[5:] for each in candles)
    exposures = always(candles)
    rules = replace(FREE, fee_rate=0.001)
    whole = portfolio_backtest(candles, exposures, halves(candles), rules, 24, band=0.0)
    part = portfolio_backtest(later, exposures[:, 5:], halves(later), rules, 24, band=0.0)
    assert (whole.rebalances, part.rebalances) == (9, 9)


@pytest.mark.parametrize("trail", [None, 0.02])
@pytest.mark.parametrize("hold", [None, 5])
@settings(max_examples=times(25, 500), deadline=None)
@given(
    portfolios(most=1),
    RULES,
    st.sampled_from([0.0, 0.001]),
    st.sampled_from([0.0, 0.5]),
    st.sampled_from([0.001, 0.2]),
)
def test_one_symbol_of_weight_one_is_the_single_backtest(
    trail: float | None,
    hold: int | None,
    drawn: Drawn,
    rules: Rules,
    funding: float,
    tick: float,
    lot: float,
) -> None:
    candles, exposures, _ = drawn
    rules = replace(
        rules, trail_fraction=trail, hold_candles=hold, funding_rate=funding, tick=tick, lot=lot
    )
    single = backtest(candles[0], exposures[0], rules)
    result = portfolio_backtest(candles, exposures, equal_weights(1, len(candles[0])), rules)
    np.testing.assert_allclose(result.equity, single.equity, rtol=1e-9)
    assert len(result.parts[0].trades) == len(single.trades)
    for ours, theirs in zip(result.parts[0].trades, single.trades, strict=True):
        assert (ours.side, ours.entered_at, ours.left_at) == (
            theirs.side,
            theirs.entered_at,
            theirs.left_at,
        )
        assert ours.reason == theirs.reason
        for name in ("entry_price", "exit_price", "quantity", "fees", "funding", "profit"):
            assert getattr(ours, name) == pytest.approx(getattr(theirs, name), rel=1e-6, abs=1e-6)
    ours_open, theirs_open = result.parts[0].open_position, single.open_position
    assert (ours_open is None) == (theirs_open is None)
    if ours_open and theirs_open:
        assert ours_open.stop == pytest.approx(theirs_open.stop)
        assert ours_open.unrealised == pytest.approx(theirs_open.unrealised, abs=1e-5)
    assert result.metrics.exposure == single.metrics.exposure
    np.testing.assert_allclose(result.hold_equity, single.hold_equity)


@settings(max_examples=times(80, 3000), deadline=None)
@given(portfolios(), RULES, st.sampled_from([0, 1, 5, 24]), st.sampled_from([0.0, 0.005, 0.05]))
def test_the_pass_agrees_with_the_rules_in_plain_words(
    drawn: Drawn,
    rules: Rules,
    rebalance: int,
    band: float,
) -> None:
    candles, exposures, weights = drawn
    result = portfolio_backtest(candles, exposures, weights, rules, rebalance, band=band)
    equity, closed = slow_portfolio(candles, exposures, weights, rules, rebalance, band)
    np.testing.assert_allclose(result.equity, equity, rtol=1e-9)
    ours = sorted(
        (part.symbol, trade.side, trade.entered_at, trade.left_at, trade.reason)
        for part in result.parts
        for trade in part.trades
    )
    assert ours == sorted(
        (
            each.symbol,
            "long" if each.side > 0 else "short",
            _at(candles, each.entered),
            _at(candles, each.left),
            each.reason,
        )
        for each in closed
    )
    books_balance(result)


@settings(max_examples=times(30, 600), deadline=None)
@given(portfolios(), RULES, st.sampled_from([0, 5, 24]), st.integers(60, COUNT - 20))
def test_what_comes_later_changes_nothing_before_it(
    drawn: Drawn,
    rules: Rules,
    rebalance: int,
    cut: int,
) -> None:
    candles, exposures, weights = drawn
    rules = replace(rules, funding_rate=0.0005)
    whole = portfolio_backtest(candles, exposures, weights, rules, rebalance)
    short = portfolio_backtest(
        [each[:cut] for each in candles], exposures[:, :cut], weights[:, :cut], rules, rebalance
    )
    assert short.equity.tolist() == whole.equity[:cut].tolist()
    for part, known in zip(whole.parts, short.parts, strict=True):
        assert part.trades[: len(known.trades)] == known.trades


@settings(max_examples=times(25, 500), deadline=None)
@given(portfolios(), RULES, st.sampled_from([0, 5, 24]), st.sampled_from([0.001, 7.3, 1e5]))
def test_scaled_prices_give_the_same_profit(
    drawn: Drawn,
    rules: Rules,
    rebalance: int,
    factor: float,
) -> None:
    candles, exposures, weights = drawn
    one = portfolio_backtest(candles, exposures, weights, rules, rebalance)
    # Each symbol may have its own scale.
    other = [scaled(each, factor ** (j + 1)) for j, each in enumerate(candles)]
    two_ = portfolio_backtest(other, exposures, weights, rules, rebalance)
    np.testing.assert_allclose(one.equity, two_.equity, rtol=1e-6)


@settings(max_examples=times(25, 500), deadline=None)
@given(portfolios(), RULES, st.sampled_from([0, 5]))
def test_the_order_of_the_symbols_does_not_matter(
    drawn: Drawn,
    rules: Rules,
    rebalance: int,
) -> None:
    candles, exposures, weights = drawn
    one = portfolio_backtest(candles, exposures, weights, rules, rebalance)
    other = portfolio_backtest(candles[::-1], exposures[::-1], weights[::-1], rules, rebalance)
    np.testing.assert_allclose(one.equity, other.equity, rtol=1e-9)


@given(portfolios(), st.sampled_from([0, 5]))
@settings(max_examples=times(15, 300), deadline=None)
def test_zero_signal_trades_nothing(drawn: Drawn, rebalance: int) -> None:
    candles, exposures, weights = drawn
    result = portfolio_backtest(candles, exposures * 0.0, weights, Rules(), rebalance)
    assert result.metrics.trades == 0
    assert result.metrics.fees == 0.0
    assert set(result.equity.tolist()) == {10_000.0}


@given(portfolios(), RULES, st.sampled_from([0, 1, 24]))
@settings(max_examples=times(25, 500), deadline=None)
def test_longs_never_spend_more_than_the_cash(drawn: Drawn, rules: Rules, rebalance: int) -> None:
    candles, exposures, weights = drawn
    rules = replace(rules, allow_short=False)
    result = portfolio_backtest(candles, exposures, weights, rules, rebalance)
    positions = [part.open_position for part in result.parts]
    held = sum(
        opened.quantity * float(each.close[-1])
        for opened, each in zip(positions, candles, strict=True)
        if opened
    )
    assert held <= result.equity[-1] * (1 + 1e-9)


def test_strategy_runs_on_each_symbol_with_its_own_signal() -> None:
    candles = walks(3, 4)
    strategy, rules = SmaCross(fast=5, slow=20), Rules()
    result = portfolio_of(strategy, candles, rules, rebalance=24)
    exposures = np.array([strategy.signal(each) for each in candles])
    by_hand = portfolio_backtest(candles, exposures, halves(candles), rules, 24)
    assert result.equity.tolist() == by_hand.equity.tolist()
    assert result.symbols == ("S0/USDT", "S1/USDT", "S2/USDT")


def test_buy_and_hold_of_equal_parts_is_its_own_benchmark() -> None:
    candles = walks(3, 4)
    rules = Rules(stop_fraction=None, target_fraction=None)
    result = portfolio_of(BuyAndHold(), candles, rules)
    np.testing.assert_allclose(result.equity[1:], result.hold_equity[1:], rtol=1e-12)
    assert result.metrics.total_return == pytest.approx(result.metrics.buy_and_hold_return)


def test_inverse_volatility_gives_the_quiet_symbol_more() -> None:
    wild = named(walk(COUNT, seed=3), "AAA/USDT")
    quiet = replace(
        wild,
        symbol="BBB/USDT",
        **{name: np.sqrt(getattr(wild, name)) for name in ("open", "high", "low", "close")},
    )
    result = portfolio_of(
        BuyAndHold(), (wild, quiet), FREE, weights="inverse_volatility", rebalance=24
    )
    assert result.weights[1, -1] == pytest.approx(2 / 3, abs=0.01)
    assert result.parts[1].traded > result.parts[0].traded


class _Spread(PairStrategy):
    """One long and one short, always."""

    name = "test_spread"
    title = "Test spread"
    summary = ""

    @property
    def warm_up(self) -> int:
        return 1

    def signals(self, first: Candles, second: Candles) -> tuple[FloatArray, FloatArray]:
        signal = np.full(len(first), 0.5)
        signal[0] = 0.0
        return signal, -signal


def test_pair_strategy_gives_both_exposures_itself() -> None:
    candles = walks(2, 3)
    rules = replace(FREE, allow_short=True)
    result = portfolio_of(_Spread(), candles, rules)
    first, second = (part.open_position for part in result.parts)
    assert first is not None
    assert second is not None
    assert (first.side, second.side) == ("long", "short")
    assert first.quantity * first.entry_price == pytest.approx(5_000.0)
    assert second.quantity * second.entry_price == pytest.approx(5_000.0)


def test_pair_strategy_needs_two_symbols_and_shorts() -> None:
    rules = replace(FREE, allow_short=True)
    with pytest.raises(BadArgument, match="exactly two symbols"):
        portfolio_of(_Spread(), walks(3, 3), rules)
    with pytest.raises(BadArgument, match="allow shorts"):
        portfolio_of(_Spread(), walks(2, 3), FREE)


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        (replace(FREE, leverage=2.0), "borrows nothing"),
        (Rules(risk_fraction=0.01), "risk_fraction"),
    ],
)
def test_rules_that_a_portfolio_does_not_have_are_refused(rules: Rules, told: str) -> None:
    candles = walks(2, 1)
    with pytest.raises(BadArgument, match=told):
        portfolio_backtest(candles, always(candles), halves(candles), rules)


def test_borrowed_money_is_refused() -> None:
    candles = walks(2, 1)
    with pytest.raises(BadArgument, match="borrowed"):
        portfolio_backtest(candles, always(candles), halves(candles) * 1.01, FREE)


@pytest.mark.parametrize("bad", [np.nan, 1.5, -1.5])
def test_exposures_and_weights_out_of_range_are_refused(bad: float) -> None:
    candles = walks(2, 1)
    exposures, weights = always(candles), halves(candles).copy()
    exposures[1, 30] = bad
    with pytest.raises(BadArgument, match="between"):
        portfolio_backtest(candles, exposures, weights, FREE)
    weights[0, 7] = bad
    with pytest.raises(BadArgument, match="between"):
        portfolio_backtest(candles, always(candles), weights, FREE)
    with pytest.raises(BadArgument, match="shape"):
        portfolio_backtest(candles, always(candles)[:, 1:], weights, FREE)


def test_unaligned_candles_are_refused() -> None:
    first, second = walks(2, 1)
    with pytest.raises(BadArgument, match="different times"):
        portfolio_backtest((first, second[1:]), always((first, second)), halves((first,)), FREE)
    with pytest.raises(BadArgument, match="rebalance is -1"):
        portfolio_backtest((first, second), always((first, second)), halves((first,)), FREE, -1)


def test_too_short_a_history_for_the_strategy_is_told() -> None:
    candles = tuple(each[:110] for each in walks(2, 1))
    with pytest.raises(NotEnoughHistory, match="in common"):
        portfolio_of(SmaCross(fast=10, slow=100), candles, FREE)


def test_a_redenomination_is_refused_and_is_no_gain() -> None:
    coin = real("edge/binance/COCOS_USDT-1h_redenomination_and_halt", "COCOS/USDT", Timeframe.H1)
    bitcoin = real("candles_1h/binance/BTC_USDT-1h", "BTC/USDT", Timeframe.H1)
    with pytest.raises(BadCandles, match=r"COCOS/USDT.*redenomination"):
        portfolio_of(BuyAndHold(), [bitcoin, coin], FREE)
    after = portfolio_of(BuyAndHold(), [bitcoin, coin[1300:]], FREE)
    assert -1.0 < after.metrics.total_return < 10.0


def test_real_portfolio_balances_its_books() -> None:
    names = ("BTC", "ETH", "SOL", "ADA", "DOGE")
    candles = [
        real(f"candles_1h/binance/{name}_USDT-1h", f"{name}/USDT", Timeframe.H1) for name in names
    ]
    result = portfolio_of(
        SmaCross(), candles, Rules(allow_short=True), weights="inverse_volatility", rebalance=24
    )
    books_balance(result)
    assert result.metrics.trades > 100
    assert align(candles) == tuple(candles)


def _at(candles: Sequence[Candles], i: int) -> datetime:
    return from_ms(int(candles[0].time[i]))
