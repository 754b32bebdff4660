"""The paper book, fed the same candles and signals, gives the backtest's fills one for one."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from math import floor, log10
from pathlib import Path

import numpy as np
import pytest

from tests.depth import DEEP, times
from tests.fakes.candle_files import DATA, made_candles, need_candles
from tests.parity.follower import follow
from trading.backtest import BacktestResult, Rules, backtest
from trading.candles import Candles, FloatArray, Timeframe, from_ms, to_ms
from trading.instrument import Instrument
from trading.matching import to_decimal
from trading.orders import Fill
from trading.strategies.base import Strategy
from trading.strategies.catalogue import discover

WHAT = Instrument("BTC/USDT", "BTC", "USDT", Decimal("0.01"), Decimal("0.00001"), Decimal("0.001"))
SLIPPAGE = 0.0005
SOME = (
    "candles_1h/binance/BTC_USDT-1h",
    "candles_1h/binance/DOGE_USDT-1h",
    "candles_4h/binance/ETH_USDT-4h",
    "candles_1d/bitstamp/BTC_USD-1d",
)
Line = tuple[datetime, str, Decimal, Decimal, str]
STRATEGIES = sorted(discover())


def rules_of(strategy: Strategy, *, short: bool, what: Instrument = WHAT) -> Rules:
    return Rules(
        slippage=SLIPPAGE,
        tick=float(what.tick),
        lot=float(what.lot),
        stop_fraction=0.03 if strategy.exits else None,
        target_fraction=0.05 if strategy.exits else None,
        allow_short=short,
    )


def expected(result: BacktestResult, what: Instrument) -> list[Line]:
    """Write the backtest's trades as fills: time (a candle's open), side, price, size, reason."""
    lines: list[Line] = []
    reasons = {"signal": "close", "stop": "stop", "target": "target"}
    for trade in result.trades:
        enter, leave = ("buy", "sell") if trade.side == "long" else ("sell", "buy")
        quantity = to_decimal(trade.quantity, what.lot)
        lines.append(
            (trade.entered_at, enter, to_decimal(trade.entry_price, what.tick), quantity, "entry")
        )
        price = to_decimal(trade.exit_price, what.tick)
        lines.append((trade.left_at, leave, price, quantity, reasons[trade.reason]))
    last = result.open_position
    if last:
        side = "buy" if last.side == "long" else "sell"
        price = to_decimal(last.entry_price, what.tick)
        quantity = to_decimal(last.quantity, what.lot)
        lines.append((last.entered_at, side, price, quantity, "entry"))
    return lines


def booked(fills: list[Fill], candles: Candles, what: Instrument) -> list[Line]:
    """Write the book's fills with the open of the candle that each belongs to.

    A fill inside a candle has the time of its close, which is the next one's open.
    """
    lines: list[Line] = []
    for fill in fills:
        opened = fill.at
        if fill.reason in ("stop", "target"):
            i = int(np.searchsorted(candles.time, to_ms(fill.at)))
            if i and _reached(fill, float(candles.low[i - 1]), float(candles.high[i - 1]), what):
                opened = from_ms(int(candles.time[i - 1]))
        lines.append((opened, fill.side, fill.price, fill.quantity, fill.reason))
    return lines


def _reached(fill: Fill, low: float, high: float, what: Instrument) -> bool:
    """Tell whether the candle before had the level already: then it was not the next one's open."""
    price, near = float(fill.price), 2 * float(what.tick)
    sells = fill.side == "sell"
    if fill.reason == "target":
        return high >= price - near if sells else low <= price + near
    level = price / (1 - SLIPPAGE if sells else 1 + SLIPPAGE)
    return low <= level + near if sells else high >= level - near


async def compare(
    folder: Path, candles: Candles, signal: FloatArray, rules: Rules, what: Instrument = WHAT
) -> BacktestResult:
    result = backtest(candles, signal, rules)
    fills = await follow(folder, candles, signal, rules, what)
    assert booked(fills, candles, what) == expected(result, what)
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


def rules_at(price: float) -> Instrument:
    """Make a market as exchanges do: the finest tick, a lot that is worth some cents."""
    lot = Decimal(1).scaleb(-floor(log10(price)) - 1)
    return Instrument("BTC/USDT", "BTC", "USDT", Decimal("1E-8"), lot, Decimal("1E-8"))


def real_files() -> list[str]:
    """Return every file of candles that is there; some of them when there is little time."""
    found = sorted(DATA.glob("candles_*/*/*.csv.gz"))
    names = [str(path.relative_to(DATA)).removesuffix(".csv.gz") for path in found]
    return names if DEEP else [name for name in SOME if name in names] or list(SOME)


@pytest.mark.parametrize("name", STRATEGIES)
@pytest.mark.parametrize("file", real_files())
async def test_on_real_candles(tmp_path: Path, file: str, name: str) -> None:
    strategy = discover()[name]()
    table = need_candles(file)[-times(1_000, 10_000) :]
    candles = Candles.from_rows("BTC/USDT", Timeframe(file.rpartition("-")[2]), table)
    what = rules_at(float(candles.close[0]))
    rules = rules_of(strategy, short=True, what=what)
    await compare(tmp_path, candles, strategy.signal(candles), rules, what)


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
