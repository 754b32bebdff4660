"""The paper book, fed the same candles and signals, gives the backtest's fills one for one."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from tests.fakes.candle_files import made_candles, need_candles
from tests.parity.follower import follow
from trading.backtest import BacktestResult, Rules, backtest
from trading.candles import Candles, FloatArray, Timeframe, from_ms
from trading.instrument import Instrument
from trading.matching import to_decimal
from trading.orders import Fill
from trading.strategies.base import Strategy
from trading.strategies.catalogue import discover

WHAT = Instrument("BTC/USDT", "BTC", "USDT", Decimal("0.01"), Decimal("0.00001"), Decimal("0.001"))
Line = tuple[datetime, str, Decimal, Decimal, str]
STRATEGIES = sorted(discover())


def rules_of(strategy: Strategy, *, short: bool) -> Rules:
    return Rules(
        tick=float(WHAT.tick),
        lot=float(WHAT.lot),
        stop_fraction=0.03 if strategy.exits else None,
        target_fraction=0.05 if strategy.exits else None,
        allow_short=short,
    )


def expected(result: BacktestResult) -> list[Line]:
    """Write the backtest's trades as fills: time (a candle's open), side, price, size, reason."""
    lines: list[Line] = []
    reasons = {"signal": "close", "stop": "stop", "target": "target"}
    for trade in result.trades:
        enter, leave = ("buy", "sell") if trade.side == "long" else ("sell", "buy")
        quantity = to_decimal(trade.quantity, WHAT.lot)
        lines.append(
            (trade.entered_at, enter, to_decimal(trade.entry_price, WHAT.tick), quantity, "entry")
        )
        price = to_decimal(trade.exit_price, WHAT.tick)
        lines.append((trade.left_at, leave, price, quantity, reasons[trade.reason]))
    last = result.open_position
    if last:
        side = "buy" if last.side == "long" else "sell"
        price = to_decimal(last.entry_price, WHAT.tick)
        quantity = to_decimal(last.quantity, WHAT.lot)
        lines.append((last.entered_at, side, price, quantity, "entry"))
    return lines


def booked(fills: list[Fill], candles: Candles) -> list[Line]:
    """Write the book's fills with the open of the candle that each belongs to.

    A fill inside a candle has the time of its close.
    """
    lines: list[Line] = []
    for fill in fills:
        opened = fill.at
        if fill.reason in ("stop", "target"):
            ms = int(fill.at.timestamp() * 1000)
            at_open = bool(np.isin(ms, candles.time)) and _gap(fill, candles, ms)
            opened = fill.at if at_open else from_ms(ms - candles.timeframe.ms)
        lines.append((opened, fill.side, fill.price, fill.quantity, fill.reason))
    return lines


def _gap(fill: Fill, candles: Candles, ms: int) -> bool:
    """Tell whether a fill stamped at a candle's open happened there: at its price."""
    i = int(np.searchsorted(candles.time, ms))
    slip = 0.0005 if fill.reason == "stop" else 0.0
    worse = 1 - slip if fill.side == "sell" else 1 + slip
    return abs(float(fill.price) - float(candles.open[i]) * worse) <= 0.0100001


async def compare(
    folder: Path, candles: Candles, signal: FloatArray, rules: Rules
) -> BacktestResult:
    result = backtest(candles, signal, rules)
    fills = await follow(folder, candles, signal, rules, WHAT)
    assert booked(fills, candles) == expected(result)
    for fill in fills:
        assert abs(fill.fee - fill.quantity * fill.price * Decimal("0.001")) <= Decimal("1E-8")
    assert float(sum(fill.fee for fill in fills)) == pytest.approx(result.metrics.fees, abs=1e-5)
    return result


def rounded(table: FloatArray) -> Candles:
    table = table.copy()
    table[:, 1:5] = table[:, 1:5].round(2)
    return Candles.from_rows("BTC/USDT", Timeframe.H1, table)


@pytest.mark.parametrize("short", [False, True], ids=["long", "both"])
@pytest.mark.parametrize("name", STRATEGIES)
async def test_on_made_candles(tmp_path: Path, name: str, short: bool) -> None:
    strategy = discover()[name]()
    candles = rounded(made_candles(count=1_500, seed=5, hourly_volatility=0.012))
    rules = rules_of(strategy, short=short)
    result = await compare(tmp_path, candles, strategy.signal(candles), rules)
    if strategy.exits:
        assert {trade.reason for trade in result.trades} >= {"stop", "target"}


@pytest.mark.parametrize("name", STRATEGIES)
async def test_on_real_candles(tmp_path: Path, name: str) -> None:
    strategy = discover()[name]()
    table = need_candles("candles_1h/binance/BTC_USDT-1h")
    candles = rounded(table[-2_500:])
    await compare(tmp_path, candles, strategy.signal(candles), rules_of(strategy, short=True))


async def test_on_gaps_and_signals_of_every_size(tmp_path: Path) -> None:
    table = made_candles(count=1_500, seed=11, hourly_volatility=0.03)
    generator = np.random.default_rng(3)
    # Opens far from the close before: stops and targets are passed by the open.
    table = table.copy()
    table[1:, 1] *= np.exp(generator.normal(0, 0.03, len(table) - 1))
    table[:, 2] = np.maximum(table[:, 2], table[:, 1])
    table[:, 3] = np.minimum(table[:, 3], table[:, 1])
    runs = np.repeat(generator.choice([-1.0, -0.4, 0.0, 0.3, 1.0], 150), 10)
    # Between two sizes of one side it is flat: what a change of size trades is its own matter.
    runs[9::10] = 0.0
    rules = Rules(tick=0.01, lot=0.00001, allow_short=True)
    result = await compare(tmp_path, rounded(table), runs, rules)
    assert len(result.trades) > 100
