"""A backtest's trades and equity as CSV files, written as desk.export writes an account's."""

from __future__ import annotations

import re

import numpy as np

from desk.export import CsvFile, Sheet
from desk.study import Study
from trading.candles import from_ms

TRADE_COLUMNS = (
    "trade",
    "symbol",
    "side",
    "entered",
    "left",
    "entry_price",
    "exit_price",
    "quantity",
    "notional",
    "fees",
    "funding",
    "profit",
    "return",
    "reason",
    "currency",
)
MOST_NAMED = 60  # characters of a name's market
EQUITY_COLUMNS = ("time", "equity", "buy_and_hold", "drawdown", "currency")


def file_name(study: Study, what: str) -> str:
    """Name a file after what was tested: `sma_cross-BTC-USDT-1h-trades.csv`.

    Only letters, digits, `_`, `-` and `.`, which every file system takes.
    """
    parts = [_plain(study.trial.strategy.name), _market(study), study.trial.timeframe.value, what]
    return "-".join(filter(None, parts))


def _market(study: Study) -> str:
    named = _plain("-".join(study.trial.symbols))
    if len(named) <= MOST_NAMED:
        return named
    return f"{len(study.trial.symbols)}-symbols" if study.is_portfolio else named[:MOST_NAMED]


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]+", "-", text).strip("-")


def trades_file(study: Study) -> CsvFile:
    """Write the closed trades, oldest first; `profit` is after fees and funding.

    `return` is the profit on the position's value at entry, `notional`, before leverage.

    Times are the opens of the candles it was entered and left in.
    """
    sheet = Sheet(TRADE_COLUMNS)
    for one in study.trades:
        trade = one.trade
        sheet.write(
            [
                one.number,
                one.symbol,
                trade.side,
                trade.entered_at,
                trade.left_at,
                trade.entry_price,
                trade.exit_price,
                trade.quantity,
                trade.entry_price * trade.quantity,
                trade.fees,
                trade.funding,
                trade.profit,
                trade.return_fraction,
                trade.reason,
                study.quote,
            ]
        )
    return sheet.file(file_name(study, "trades.csv"))


def equity_file(study: Study) -> CsvFile:
    """Write equity at each candle's close; `drawdown` is a fraction of the highest so far."""
    sheet = Sheet(EQUITY_COLUMNS)
    closed = study.time + study.trial.timeframe.ms
    fallen = 1.0 - study.equity / np.maximum.accumulate(study.equity)
    for time, equity, held, fall in zip(
        closed.tolist(),
        study.equity.tolist(),
        study.hold_equity.tolist(),
        fallen.tolist(),
        strict=True,
    ):
        sheet.write([from_ms(time), equity, held, fall, study.quote])
    return sheet.file(file_name(study, "equity.csv"))
