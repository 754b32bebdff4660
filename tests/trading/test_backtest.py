from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import inf, nan

import numpy as np
import pytest

from tests.trading.money import FREE, books_balance, constant
from tests.trading.sample_candles import bars, flat_bars, real, walk
from trading.backtest import Rules, backtest, backtest_strategy
from trading.candles import Timeframe, from_ms
from trading.errors import BadArgument, BadCandles, NotEnoughHistory
from trading.strategies.buy_and_hold import BuyAndHold
from trading.strategies.sma_cross import SmaCross
from trading.warming import warm


def test_signal_fills_at_the_next_open() -> None:
    candles = bars([(9, 10, 9, 10), (20, 30, 20, 30), (40, 40, 40, 40)])
    result = backtest(candles, np.array([1.0, 0.0, 0.0]), FREE)
    (trade,) = result.trades
    assert (trade.entry_price, trade.exit_price, trade.reason) == (20.0, 40.0, "signal")
    assert result.equity.tolist() == [10_000.0, 15_000.0, 20_000.0]


def test_signal_of_the_last_candle_fills_nothing() -> None:
    result = backtest(flat_bars([10, 10, 10]), np.array([0.0, 0.0, 1.0]), FREE)
    assert result.trades == ()
    assert result.open_position is None
    assert result.metrics.fees == 0.0


def test_fees_alone_turn_a_flat_market_negative_by_exactly_the_fees() -> None:
    rules = Rules(fee_rate=0.001, slippage=0.0, stop_fraction=None, target_fraction=None)
    signal = np.array([1.0, 1.0, 0.0, 0.0])
    result = backtest(flat_bars([100.0] * 4), signal, rules)
    bought = 10_000 / 1.001  # the entry fee is taken out of the cash
    expected = bought * 0.001 * 2
    assert result.metrics.fees == pytest.approx(expected, rel=1e-12)
    assert result.equity[-1] == pytest.approx(10_000 - expected, rel=1e-14)
    assert result.metrics.total_return == pytest.approx(-expected / 10_000, rel=1e-12)
    assert result.trades[0].fees == pytest.approx(expected, rel=1e-12)


def test_stop_and_target_in_one_candle_takes_the_stop() -> None:
    candles = bars([(100, 100, 100, 100), (100, 110, 90, 105), (105, 105, 105, 105)])
    rules = Rules(fee_rate=0.0, slippage=0.0, stop_fraction=0.03, target_fraction=0.05)
    result = backtest(candles, constant(3), rules)
    (trade,) = result.trades
    assert (trade.exit_price, trade.reason) == (97.0, "stop")
    assert result.equity.tolist() == [10_000.0, 9_700.0, 9_700.0]


def test_gap_through_the_stop_fills_at_the_open() -> None:
    candles = bars([(100, 100, 100, 100), (100, 101, 99, 100), (80, 85, 75, 82)])
    rules = Rules(fee_rate=0.0, slippage=0.01, stop_fraction=0.03, target_fraction=None)
    (trade,) = backtest(candles, constant(3), rules).trades
    assert trade.entry_price == pytest.approx(101.0)
    assert trade.exit_price == pytest.approx(80 * 0.99)


def test_stop_is_active_from_the_entry_candle_on() -> None:
    candles = bars([(100, 100, 100, 100), (100, 100, 96, 99), (99, 99, 99, 99)])
    rules = Rules(fee_rate=0.0, slippage=0.0)
    (trade,) = backtest(candles, constant(3), rules).trades
    assert trade.entered_at == trade.left_at
    assert trade.reason == "stop"


def test_levels_and_fills_lie_on_the_tick() -> None:
    candles = bars([(100, 100, 100, 100), (100.1, 100.2, 100, 100.1), (99, 99, 90, 95)])
    rules = Rules(fee_rate=0.0, slippage=0.0005, stop_fraction=0.03, tick=0.05)
    (trade,) = backtest(candles, constant(3), rules).trades
    assert trade.entry_price == pytest.approx(100.2)  # 100.15005 up
    assert trade.exit_price == pytest.approx(97.1)  # stop 97.15 (97.194 down), less slippage, down


def test_after_a_stop_the_position_waits_until_the_signal_turns_away_and_back() -> None:
    low = (100.0, 100.0, 96.0, 100.0)
    still = (100.0, 100.0, 100.0, 100.0)
    candles = bars([still, low, still, still, still, still])
    rules = Rules(fee_rate=0.0, slippage=0.0)
    stays = backtest(candles, constant(6), rules)
    assert len(stays.trades) == 1
    assert stays.open_position is None
    smaller = backtest(candles, np.array([1.0, 1.0, 0.5, 0.5, 0.5, 0.5]), rules)
    assert smaller.open_position is None
    returns = backtest(candles, np.array([1.0, 1.0, 0.0, 1.0, 1.0, 1.0]), rules)
    assert returns.open_position is not None
    assert returns.open_position.entered_at == from_ms(4 * Timeframe.H1.ms)
    turned = Rules(fee_rate=0.0, slippage=0.0, allow_short=True)
    other = backtest(candles, np.array([1.0, 1.0, -1.0, -1.0, -1.0, -1.0]), turned)
    assert other.open_position is not None
    assert other.open_position.side == "short"


def test_ten_losing_trades_give_a_win_rate_of_zero() -> None:
    rows = [(100.0, 100.0, 100.0, 100.0)]
    signal = []
    for _ in range(10):
        rows += [(100.0, 100.0, 99.0, 99.0), (99.0, 100.0, 99.0, 100.0)]
        signal += [1.0, 0.0]
    metrics = backtest(bars(rows), np.array([*signal, 0.0]), FREE).metrics
    assert metrics.trades == 10
    assert metrics.win_rate == 0.0
    assert metrics.profit_factor == 0.0
    assert metrics.best_trade == pytest.approx(-0.01)
    assert metrics.total_return == pytest.approx(0.99**10 - 1)


def test_held_through_a_fall_of_nine_tenths_gives_a_drawdown_of_nine_tenths() -> None:
    candles = flat_bars([100, 100, 100, 50, 20, 10, 15])
    metrics = backtest(candles, constant(7), FREE).metrics
    assert metrics.max_drawdown == pytest.approx(0.9, abs=1e-15)
    assert metrics.total_return == pytest.approx(-0.85)


def test_without_trades_there_is_no_win_rate() -> None:
    metrics = backtest(flat_bars([10, 11, 12]), constant(3, 0.0)).metrics
    assert metrics.trades == 0
    assert metrics.win_rate is None
    assert metrics.profit_factor is None
    assert metrics.best_trade is None
    assert metrics.sharpe is None
    assert metrics.total_return == metrics.max_drawdown == metrics.exposure == 0.0


def test_short_earns_when_the_price_falls() -> None:
    rules = Rules(
        fee_rate=0.0, slippage=0.0, stop_fraction=None, target_fraction=None, allow_short=True
    )
    result = backtest(flat_bars([100, 100, 90, 80, 80]), np.array([-1.0, -1, -1, 0, 0]), rules)
    (trade,) = result.trades
    assert trade.side == "short"
    assert trade.profit == pytest.approx(2_000.0)
    assert result.equity.tolist() == [10_000.0, 10_000.0, 11_000.0, 12_000.0, 12_000.0]


def test_negative_signal_is_flat_where_shorts_are_not_allowed() -> None:
    result = backtest(flat_bars([100, 90, 80, 70]), constant(4, -1.0), Rules())
    assert result.trades == ()
    assert set(result.equity.tolist()) == {10_000.0}


def test_short_that_loses_everything_is_liquidated_and_equity_stays_at_zero() -> None:
    rules = Rules(
        fee_rate=0.001, slippage=0.0, stop_fraction=None, target_fraction=None, allow_short=True
    )
    signal = np.array([-1.0, -1, -1, -1, 1.0, 1.0])
    result = backtest(flat_bars([100, 100, 150, 400, 100, 50]), signal, rules)
    (trade,) = result.trades
    assert trade.reason == "liquidation"
    assert trade.profit == pytest.approx(-10_000.0)
    assert result.equity[3:].tolist() == [0.0, 0.0, 0.0]
    assert result.metrics.max_drawdown == 1.0
    assert result.metrics.annual_return is None


def test_half_a_signal_puts_half_of_the_equity_in() -> None:
    result = backtest(flat_bars([100, 100, 110]), constant(3, 0.5), FREE)
    assert result.equity.tolist() == [10_000.0, 10_000.0, 10_500.0]
    assert result.metrics.exposure == pytest.approx(2 / 3)


def test_open_position_is_marked_at_the_last_close_and_is_no_trade() -> None:
    result = backtest(flat_bars([100, 100, 103]), constant(3), Rules(slippage=0.0))
    assert result.trades == ()
    held = result.open_position
    assert held is not None
    assert held.side == "long"
    assert held.entry_price == pytest.approx(100.0)
    assert held.stop == pytest.approx(97.0)
    assert held.target == pytest.approx(105.0)
    assert result.equity[-1] == pytest.approx(10_000 + held.unrealised)
    assert held.quantity == pytest.approx(10_000 / 100.1)


def test_buy_and_hold_pays_the_same_costs_as_a_signal_that_holds() -> None:
    candles = walk(500)
    rules = Rules(stop_fraction=None, target_fraction=None)
    result = backtest(candles, constant(500), rules)
    assert result.metrics.buy_and_hold_return == pytest.approx(result.metrics.total_return)
    np.testing.assert_allclose(result.hold_equity, result.equity, rtol=1e-12)


def test_smaller_signal_sells_the_difference_and_keeps_one_trade() -> None:
    candles = flat_bars([100, 100, 100, 110, 100, 100])
    result = backtest(candles, np.array([1.0, 0.5, 0.5, 0.0, 0.0, 0.0]), FREE)
    assert result.equity.tolist() == [10_000.0, 10_000.0, 10_000.0, 10_500.0, 10_000.0, 10_000.0]
    (trade,) = result.trades
    assert trade.quantity == pytest.approx(100.0)
    assert trade.profit == 0.0


@pytest.mark.parametrize("count", [0, 1])
def test_one_candle_is_not_enough(count: int) -> None:
    with pytest.raises(NotEnoughHistory, match=f"needs 2 closed candles, there are {count}"):
        backtest(flat_bars([100] * count), constant(count))


def test_strategy_on_too_few_candles_says_how_many_it_needs() -> None:
    with pytest.raises(NotEnoughHistory, match="needs 79 closed candles, there are 60"):
        backtest_strategy(walk(60), SmaCross())


@pytest.mark.parametrize("name", ["open", "high", "low", "close", "volume"])
@pytest.mark.parametrize("value", [nan, inf, -inf])
def test_candles_with_what_is_no_number_are_refused_with_its_place(name: str, value: float) -> None:
    column = np.array([1.0, 1.0, value, 1.0])
    with pytest.raises(BadCandles) as refused:
        replace(flat_bars([1.0] * 4), **{name: column})  # type: ignore[arg-type]  # mypy can't tell which field a name in a mapping is
    assert str(refused.value) == (
        f"AAA/USDT 1h: the {name} at 1970-01-01 02:00 UTC is {value:g}, which is no finite number. "
        "Load these candles again, or use a span without this one."
    )


@pytest.mark.parametrize("value", [0.0, -5.0])
def test_candles_with_a_price_that_is_not_above_zero_are_refused(value: float) -> None:
    with pytest.raises(
        BadCandles, match=rf"the high at .* 03:00 UTC is {value:g}, a price is abov"
    ):
        replace(flat_bars([1.0] * 4), high=np.array([1.0, 1.0, 1.0, value]))


def test_redenomination_is_refused_with_its_time() -> None:
    candles = flat_bars([0.001, 0.001, 1.0, 1.0])
    with pytest.raises(BadCandles, match="1970-01-01 02:00 UTC"):
        backtest(candles, constant(4))


@pytest.mark.parametrize("value", [nan, 1.5, -2.0])
def test_signal_that_is_no_exposure_is_refused(value: float) -> None:
    with pytest.raises(BadArgument, match="between -1 and 1"):
        backtest(flat_bars([1, 1, 1]), np.array([0.0, value, 0.0]))


def test_signal_of_another_length_is_refused() -> None:
    with pytest.raises(BadArgument, match="shape"):
        backtest(flat_bars([1, 1, 1]), constant(2))


def test_short_meets_stop_and_target_the_other_way_round() -> None:
    rules = Rules(fee_rate=0.0, slippage=0.0, allow_short=True)
    both = bars([(100, 100, 100, 100), (100, 104, 90, 95), (95, 95, 95, 95)])
    (trade,) = backtest(both, constant(3, -1.0), rules).trades
    assert (trade.exit_price, trade.reason) == (103.0, "stop")
    assert trade.profit == pytest.approx(-300.0)
    gap = bars([(100, 100, 100, 100), (100, 101, 99, 100), (120, 121, 119, 120)])
    (trade,) = backtest(gap, constant(3, -1.0), rules).trades
    assert (trade.exit_price, trade.reason) == (120.0, "stop")
    better = bars([(100, 100, 100, 100), (100, 101, 99, 100), (90, 91, 89, 90)])
    (trade,) = backtest(better, constant(3, -1.0), rules).trades
    assert (trade.exit_price, trade.reason) == (90.0, "target")


def test_gap_over_the_target_fills_at_the_better_open_and_pays_no_slippage() -> None:
    candles = bars([(100, 100, 100, 100), (100, 101, 99, 100), (110, 111, 109, 110)])
    rules = Rules(fee_rate=0.0, slippage=0.01)
    (trade,) = backtest(candles, constant(3), rules).trades
    assert (trade.exit_price, trade.reason) == (110.0, "target")


def test_levels_follow_the_average_of_what_is_held_not_of_what_was_sold() -> None:
    # 100 bought at 100, half of them sold at 100, 25 bought at 200 with the free 5,000: of the 75
    # held, 50 cost 100 and 25 cost 200.
    candles = flat_bars([100, 100, 100, 200, 200])
    rules = replace(FREE, stop_fraction=0.5)
    held = backtest(candles, np.array([1.0, 0.5, 1.0, 1.0, 1.0]), rules).open_position
    assert held is not None
    assert held.quantity == pytest.approx(75.0)
    assert held.entry_price == pytest.approx(10_000 / 75)
    assert held.stop == pytest.approx(5_000 / 75)


def test_a_smaller_signal_keeps_at_least_one_lot() -> None:
    rules = replace(FREE, lot=10.0)
    held = backtest(flat_bars([100] * 4), np.array([1.0, 0.01, 0.01, 0.0]), rules).open_position
    assert held is not None
    assert held.quantity == 10.0
    nothing = backtest(flat_bars([100] * 4), np.array([0.0, 0.01, 0.01, 0.0]), rules)
    assert nothing.open_position is None
    assert nothing.trades == ()


def test_more_trades_than_there_were_rows_for_are_all_reported() -> None:
    count = 800
    signal = np.resize([1.0, 0.0], count)
    result = backtest(flat_bars([100.0] * count), signal, Rules(stop_fraction=None))
    assert len(result.trades) == count // 2 - 1 > count // 8 + 16
    left = [trade.left_at for trade in result.trades]
    assert left == [from_ms(i * Timeframe.H1.ms) for i in range(2, count, 2)]
    books_balance(result)


def test_the_same_run_twice_is_the_same_to_the_last_bit() -> None:
    candles, signal = walk(2_000), np.resize([1.0, 1.0, 1.0, -0.4, 0.0], 2_000)
    rules = Rules(allow_short=True, leverage=3.0, trail_fraction=0.02, funding_rate=0.0001)
    first, second = (backtest(candles, signal, rules) for _ in range(2))
    assert first.equity.tobytes() == second.equity.tobytes()
    assert first.trade_table.tobytes() == second.trade_table.tobytes()
    assert first.metrics == second.metrics


@pytest.mark.parametrize(
    ("make_rules", "name"),
    [
        (lambda: Rules(fee_rate=-0.1), "fee_rate"),
        (lambda: Rules(slippage=nan), "slippage"),
        (lambda: Rules(stop_fraction=0.0), "stop_fraction"),
        (lambda: Rules(initial_cash=0.0), "initial_cash"),
        (lambda: Rules(trail_fraction=1.0), "trail_fraction is 1.0; it must lie between 1e-06 and"),
        (lambda: Rules(hold_candles=0), "hold_candles is 0; it must lie between 1 and"),
        (lambda: Rules(leverage=0.5), "leverage is 0.5; it must lie between 1 and 125"),
        (lambda: Rules(risk_fraction=1.5), "risk_fraction"),
        (lambda: Rules(funding_rate=0.2), "funding_rate"),
        (lambda: Rules(risk_fraction=0.01, stop_fraction=None), "set stop_fraction or trail_frac"),
        (lambda: Rules(leverage=20.0, maintenance=0.05), "Choose less leverage"),
    ],
)
def test_rules_out_of_range_are_refused_by_name(make_rules: Callable[[], Rules], name: str) -> None:
    with pytest.raises(BadArgument, match=name):
        make_rules()


def test_read_only_and_strided_candles_do_not_compile_again() -> None:
    from trading.simulation import simulate

    warm()
    known = len(simulate.signatures)  # type: ignore[attr-defined]  # numba's, hidden by our type
    candles = walk(100)
    for column in (candles.open, candles.high, candles.low, candles.close):
        column.flags.writeable = False
    backtest(candles[5:], constant(190)[::2])
    assert len(simulate.signatures) == known  # type: ignore[attr-defined]  # as above


def test_real_hours_with_holes_are_replayed() -> None:
    candles = real("candles_1h/binance/BTC_USDT-1h", "BTC/USDT", Timeframe.H1)
    assert candles.missing == 11
    result = backtest_strategy(candles, SmaCross())
    books_balance(result)
    assert len(result.equity) == len(candles)
    assert result.metrics.trades > 20


def test_real_redenomination_is_refused() -> None:
    path = "edge/binance/COCOS_USDT-1h_redenomination_and_halt"
    candles = real(path, "COCOS/USDT", Timeframe.H1)
    with pytest.raises(BadCandles, match=r"2021-01-23 .* factor of 8.* use candles from one side"):
        backtest_strategy(candles, BuyAndHold())


def test_real_minutes_with_too_many_holes_are_refused() -> None:
    candles = real("edge/bittrex/WAX_BTC-1m_sparse", "WAX/BTC", Timeframe.M1)
    with pytest.raises(BadCandles, match=r"7873 of 14398 candles are missing .* at most 10%"):
        backtest_strategy(candles, BuyAndHold())


def test_real_flash_crash_fills_the_stop_at_its_level_not_at_the_low() -> None:
    candles = real("candles_1d/coinbase/ETH_USD-1d", "ETH/USD", Timeframe.D1)
    crash = int(np.argmin(candles.low))
    assert candles.low[crash] == 0.1
    part = candles[crash - 2 : crash + 2]
    rules = Rules(stop_fraction=0.5, target_fraction=None)
    (trade,) = backtest(part, constant(4), rules).trades
    assert trade.exit_price == pytest.approx(trade.entry_price * 0.5 * (1 - rules.slippage))
