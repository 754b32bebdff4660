"""What the tests of the backtest have in common: rules without costs, and books that balance."""

from __future__ import annotations

import numpy as np
import pytest

from trading.backtest import BacktestResult, Rules, Trade
from trading.candles import FloatArray

FREE = Rules(fee_rate=0.0, slippage=0.0, stop_fraction=None, target_fraction=None)


def constant(count: int, value: float = 1.0) -> FloatArray:
    """Make a signal that never changes."""
    return np.full(count, value)


def left(trade: Trade) -> tuple[str, float]:
    """Return why and at which price a position ended, to six decimals."""
    return trade.reason, round(trade.exit_price, 6)


def books_balance(result: BacktestResult) -> None:
    """Check that equity is cash and profits, and each trade its prices, fees and funding."""
    trades, held = result.trades, result.open_position
    open_profit = held.unrealised if held else 0.0
    profit = sum(trade.profit for trade in trades) + open_profit
    cash = result.rules.initial_cash
    assert result.equity[-1] == pytest.approx(cash + profit, rel=1e-9, abs=1e-6 * cash)
    fees = sum(t.fees for t in trades) + (held.fees if held else 0.0)
    assert result.metrics.fees == pytest.approx(fees)
    for trade in trades:
        side = 1 if trade.side == "long" else -1
        gross = side * trade.quantity * (trade.exit_price - trade.entry_price)
        net = gross - trade.fees - trade.funding
        # What is lost beyond the whole account is the exchange's loss.
        near = 1e-6 * cash + 1e-9 * trade.quantity * trade.entry_price
        assert trade.profit == pytest.approx(net, abs=near) or trade.profit > net
