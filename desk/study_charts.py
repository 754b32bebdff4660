"""The trades of a backtest on their candles."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from desk.chart_spec import CandleChart, Marker
from desk.study import Study, SymbolTrade
from trading.candles import Candles, to_ms
from trading.orders import Side

LEAST_CANDLES = 60
ROOM = 0.08  # of the span, on both sides


def trades_chart(study: Study, trades: Sequence[SymbolTrade]) -> CandleChart:
    """Draw the candles from the first entry to the last exit of these trades, with both marked.

    Of a portfolio, the candles and trades of the symbol that traded last; without a trade, the
    newest candles.
    """
    candles = study.candles[0]
    if trades:
        symbol = trades[-1].symbol
        trades = [one for one in trades if one.symbol == symbol]
        candles = next(each for each in study.candles if each.symbol == symbol)
    shown = _around(candles, trades)
    return CandleChart(
        title=f"{study.title} · {candles.symbol} · {candles.timeframe} · {study.source}",
        candles=shown,
        lines={},
        markers=tuple(marker for one in trades for marker in _markers(one, candles)),
        demo=study.demo,
    )


def _around(candles: Candles, trades: Sequence[SymbolTrade]) -> Candles:
    if not trades:
        return candles.tail(LEAST_CANDLES)
    entered = min(to_ms(one.trade.entered_at) for one in trades)
    left = max(to_ms(one.trade.left_at) for one in trades)
    first, last = (int(np.searchsorted(candles.time, each)) for each in (entered, left))
    room = max(int(ROOM * (last - first)), (LEAST_CANDLES - (last - first)) // 2, 1)
    return candles[max(0, first - room) : last + room + 1]


def _markers(one: SymbolTrade, candles: Candles) -> tuple[Marker, Marker]:
    trade = one.trade
    # The middle of the candle, where the picture draws it.
    half = candles.timeframe.delta / 2
    bought: Side = "buy" if trade.side == "long" else "sell"
    sold: Side = "sell" if trade.side == "long" else "buy"
    return (
        Marker(trade.entered_at + half, trade.entry_price, bought),
        Marker(trade.left_at + half, trade.exit_price, sold),
    )
