"""The job as vectorbt does it. Import this module only where vectorbt is installed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import talib
import vectorbt as vbt
from vectorbt.portfolio import nb
from vectorbt.portfolio.enums import StopEntryPrice

from benchmarks.job import CASH, FAST, FEE, SLOW, STOP, TARGET, Deal, Pair
from trading.candles import Candles, FloatArray


class Prices:
    """Candles as vectorbt wants them, made before any time is taken."""

    def __init__(self, candles: Candles) -> None:
        # Without a time zone: one that is set makes vectorbt twenty times slower.
        index = pd.to_datetime(candles.time, unit="ms")
        columns = (candles.open, candles.high, candles.low, candles.close)
        self.open, self.high, self.low, self.close = (pd.Series(each, index) for each in columns)


def portfolio(prices: Prices, *, exits: bool) -> Any:
    """Find the crossings and simulate."""
    fast, slow = vbt.MA.run(prices.close, FAST), vbt.MA.run(prices.close, SLOW)
    return vbt.Portfolio.from_signals(
        prices.close,
        fast.ma_crossed_above(slow).vbt.signals.fshift(1),
        fast.ma_crossed_below(slow).vbt.signals.fshift(1),
        price=prices.open,
        **_settings(prices.open, prices.high, prices.low, exits=exits),
    )


def _settings(open: object, high: object, low: object, *, exits: bool) -> dict[str, Any]:
    costs = {"fees": FEE, "init_cash": CASH, "freq": "1h"}
    if not exits:
        return costs
    # From the fill's price: vectorbt's own choice is the close of the entry candle.
    stops = {"sl_stop": STOP, "tp_stop": TARGET, "stop_entry_price": "fillprice"}
    return {**costs, **stops, "open": open, "high": high, "low": low}


def whole(prices: Prices) -> object:
    """Return trades, equity curve and all that `.stats()` tells."""
    found = portfolio(prices, exits=True)
    return found.trades.records, found.value(), found.stats()


def without_metrics(prices: Prices) -> object:
    found = portfolio(prices, exits=True)
    return found.trades.records, found.value()


def simulation(candles: Candles) -> object:
    """Run vectorbt's innermost function on bare arrays: orders, no trades, no equity curve."""
    above = wanted_by_talib(candles.close)
    before = np.concatenate([[False], above[:-1]])
    return nb.simulate_from_signals_nb(
        (len(above), 1),
        np.array([1]),
        np.array([CASH]),
        np.zeros((len(above), 1), np.int64),
        entries=_shifted(above & ~before),
        exits=_shifted(before & ~above),
        fees=np.asarray(FEE),
        price=candles.open[:, None],
        open=candles.open[:, None],
        high=candles.high[:, None],
        low=candles.low[:, None],
        close=candles.close[:, None],
        sl_stop=np.asarray(STOP),
        tp_stop=np.asarray(TARGET),
        stop_entry_price=np.asarray(StopEntryPrice.FillPrice),
    )


def wanted_by_talib(close: FloatArray) -> Any:
    return talib.SMA(close, FAST) > talib.SMA(close, SLOW)


def _shifted(signals: Any) -> Any:
    return np.concatenate([[False], signals[:-1]])[:, None]


def deals(candles: Candles, wanted: FloatArray, *, exits: bool) -> list[Deal]:
    """Simulate the given signal and return the closed trades."""
    table = _following(candles, wanted, exits=exits).trades.records
    table = table[table["status"] == 1]
    names = ("entry_idx", "exit_idx", "entry_price", "exit_price", "size")
    return [Deal(*row) for row in zip(*(table[name].tolist() for name in names), strict=True)]


def equity(candles: Candles, wanted: FloatArray) -> FloatArray:
    """Simulate the given signal without stop and target; return equity at each close."""
    return np.asarray(_following(candles, wanted, exits=False).value(), np.float64)


def _following(candles: Candles, wanted: FloatArray, *, exits: bool) -> Any:
    prices = Prices(candles)
    above = pd.Series(wanted > 0.0, prices.close.index)
    before = above.vbt.signals.fshift(1)
    return vbt.Portfolio.from_signals(
        prices.close,
        (above & ~before).vbt.signals.fshift(1),
        (before & ~above).vbt.signals.fshift(1),
        price=prices.open,
        **_settings(prices.open, prices.high, prices.low, exits=exits),
    )


def scores(candles: Candles, pairs: Sequence[Pair], *, exits: bool) -> FloatArray:
    """Test all pairs of lengths at once; one row each: return, Sharpe ratio, drawdown, trades."""
    prices = Prices(candles)
    fast = vbt.MA.run(prices.close, [fast for fast, _ in pairs])
    slow = vbt.MA.run(prices.close, [slow for _, slow in pairs])
    if exits:
        up, down = fast.ma_crossed_above(slow), fast.ma_crossed_below(slow)
    else:
        # To compare results: its crossings leave out a fast average that begins above the slow.
        above = fast.ma_above(slow)
        before = above.vbt.signals.fshift(1)
        up, down = above & ~before, before & ~above
    found = vbt.Portfolio.from_signals(
        prices.close,
        up.vbt.signals.fshift(1),
        down.vbt.signals.fshift(1),
        price=prices.open,
        **_settings(prices.open, prices.high, prices.low, exits=exits),
    )
    columns = (
        found.total_return(),
        found.sharpe_ratio(),
        found.max_drawdown(),
        found.trades.closed.count(),
    )
    return np.column_stack([np.asarray(column, np.float64) for column in columns])
