"""The paper book, fed the same candles and signals, gives the backtest's fills one for one."""

from __future__ import annotations

from dataclasses import astuple, replace
from decimal import Decimal
from math import floor, log10
from pathlib import Path

import numpy as np
import pytest

from tests.depth import DEEP, times
from tests.fakes.candle_files import DATA, made_candles, need_candles
from tests.parity.follower import Followed, follow
from tests.parity.lines import booked, expected, wholes, wholes_of
from trading.backtest import BacktestResult, Rules, backtest
from trading.candles import Candles, FloatArray, Timeframe
from trading.instrument import Instrument
from trading.strategies.base import Strategy
from trading.strategies.catalogue import built_in

WHAT = Instrument("BTC/USDT", "BTC", "USDT", Decimal("0.01"), Decimal("0.00001"), Decimal("0.001"))
SOME = (
    "candles_1h/binance/BTC_USDT-1h",
    "candles_1h/binance/DOGE_USDT-1h",
    "candles_4h/binance/ETH_USDT-4h",
    "candles_1d/bitstamp/BTC_USD-1d",
)
CATALOGUE = built_in()
STRATEGIES = list(CATALOGUE.singles)
LEARNING = 300  # candles of warm-up from which on a strategy learns, which takes long
USUAL = Rules(tick=0.01, lot=0.00001, allow_short=True)


def rules_of(
    strategy: Strategy, signal: FloatArray, *, short: bool, what: Instrument = WHAT
) -> Rules:
    rules = Rules(tick=float(what.tick), lot=float(what.lot), allow_short=short)
    return rules if strategy.exits and not resizes(signal) else rules.without_exits()


def resizes(signal: FloatArray) -> bool:
    """Tell whether a signal changes its size without changing its side."""
    same = (signal[1:] * signal[:-1] > 0) & (signal[1:] != signal[:-1])
    return bool(np.any(same))


async def compare(
    folder: Path, candles: Candles, signal: FloatArray, rules: Rules, what: Instrument = WHAT
) -> BacktestResult:
    """Hold the book against the backtest, fill by fill; by positions where sizes change."""
    result = backtest(candles, signal, rules)
    followed = await follow(folder, candles, signal, rules, what)
    if resizes(signal):
        same_positions(result, followed, candles)
    else:
        assert booked(followed.fills, candles) == expected(result, what)
    fills = [fill for _, fill in followed.fills]
    for fill in fills:
        assert abs(fill.fee - fill.quantity * fill.price * Decimal("0.001")) <= Decimal("1E-8")
    assert float(sum(fill.fee for fill in fills)) == pytest.approx(result.metrics.fees, abs=1e-5)
    return result


def same_positions(result: BacktestResult, followed: Followed, candles: Candles) -> None:
    mine, theirs = wholes(result), wholes_of(followed.fills, candles)
    for one, other in zip(mine, theirs, strict=False):
        assert astuple(one)[:3] == astuple(other)[:3]
        assert one.reason == other.reason
        assert astuple(one)[3:7] == pytest.approx(astuple(other)[3:7], rel=1e-9, abs=1e-5)
    held, open_ = followed.position, result.open_position
    assert len(theirs) == len(mine) + (held is not None)
    assert (held is None) == (open_ is None)
    if held is not None and open_ is not None:
        assert theirs[-1].entered == open_.entered_at
        assert float(abs(held.quantity)) == pytest.approx(open_.quantity)
        assert float(held.average_price) == pytest.approx(open_.entry_price)


def rounded(table: FloatArray) -> Candles:
    table = table.copy()
    table[:, 1:5] = table[:, 1:5].round(2)
    return Candles.from_rows("BTC/USDT", Timeframe.H1, table)


def count_for(strategy: Strategy) -> int:
    """Return how many candles to replay: what learns on the way takes long and trades late."""
    learns = strategy.warm_up >= LEARNING
    return times(800, 2_500) if learns else times(900, 3_000)


@pytest.mark.parametrize("short", [False, True], ids=["long", "both"])
@pytest.mark.parametrize("name", STRATEGIES)
async def test_on_made_candles(tmp_path: Path, name: str, short: bool) -> None:
    strategy = CATALOGUE.singles[name]()
    candles = rounded(made_candles(count=count_for(strategy), seed=5, hourly_volatility=0.012))
    signal = strategy.signal(candles)
    rules = rules_of(strategy, signal, short=short)
    result = await compare(tmp_path, candles, signal, rules)
    assert result.trades or result.open_position
    if rules.stop_fraction and len(result.trades) > 30:
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
    strategy = CATALOGUE.singles[name]()
    learns = strategy.warm_up >= LEARNING
    most = times(650, 3_000) if learns else times(500, 10_000)
    table = need_candles(file)[-most:]
    candles = Candles.from_rows("BTC/USDT", Timeframe(file.rpartition("-")[2]), table)
    what = rules_at(float(candles.close[0]))
    signal = strategy.signal(candles)
    await compare(
        tmp_path, candles, signal, rules_of(strategy, signal, short=True, what=what), what
    )


def wild(count: int, seed: int = 11) -> Candles:
    """Make opens far from the close before: stops and targets are passed by the open."""
    table = made_candles(count=count, seed=seed, hourly_volatility=0.03).copy()
    generator = np.random.default_rng(3)
    table[1:, 1] *= np.exp(generator.normal(0, 0.03, len(table) - 1))
    table[:, 2] = np.maximum(table[:, 2], table[:, 1])
    table[:, 3] = np.minimum(table[:, 3], table[:, 1])
    return rounded(table)


def runs(
    count: int, sizes: tuple[float, ...], *, flat_between: bool, length: int = 10
) -> FloatArray:
    """Make a signal of runs of some candles; between two sizes of one side it is flat."""
    signal = np.repeat(np.random.default_rng(3).choice(sizes, count // length), length)
    if flat_between:
        signal[length - 1 :: length] = 0.0
    return signal


SIZES = (-1.0, -0.4, 0.0, 0.3, 1.0)
SMALL = (-0.16, -0.08, 0.0, 0.08, 0.16)  # an order of the desk is worth no more than the equity


async def test_on_gaps_and_signals_of_every_size(tmp_path: Path) -> None:
    signal = runs(1_000, SIZES, flat_between=True)
    result = await compare(tmp_path, wild(1_000), signal, USUAL)
    assert len(result.trades) > 70


@pytest.mark.parametrize("leverage", [1.0, 5.0])
async def test_on_signals_that_change_their_size(tmp_path: Path, leverage: float) -> None:
    rules = replace(USUAL.without_exits(), leverage=leverage)
    signal = runs(800, SIZES if leverage == 1.0 else SMALL, flat_between=False)
    result = await compare(tmp_path, wild(800), signal, rules)
    assert len(result.trades) > 20


@pytest.mark.parametrize("trail", [0.02, 0.05])
async def test_with_a_trailing_stop(tmp_path: Path, trail: float) -> None:
    rules = replace(USUAL, stop_fraction=None, trail_fraction=trail, target_fraction=0.09)
    signal = runs(800, SIZES, flat_between=True, length=25)
    candles = rounded(made_candles(count=800, seed=2, hourly_volatility=0.012))
    result = await compare(tmp_path, candles, signal, rules)
    assert sum(trade.reason == "trailing" for trade in result.trades) > 10


@pytest.mark.parametrize("hold", [1, 6])
async def test_with_a_time_stop(tmp_path: Path, hold: int) -> None:
    signal = runs(600, SIZES, flat_between=True)
    candles = rounded(made_candles(count=600, seed=2, hourly_volatility=0.012))
    result = await compare(tmp_path, candles, signal, replace(USUAL, hold_candles=hold))
    assert sum(trade.reason == "time" for trade in result.trades) > 10


@pytest.mark.parametrize("stop", [None, 0.03, 0.3])
@pytest.mark.parametrize("hold", [None, 4])
async def test_with_leverage_and_liquidations(
    tmp_path: Path, stop: float | None, hold: int | None
) -> None:
    rules = replace(USUAL, leverage=5.0, stop_fraction=stop, target_fraction=None)
    signal = runs(600, SMALL, flat_between=True)
    result = await compare(tmp_path, wild(600), signal, replace(rules, hold_candles=hold))
    gone = [trade for trade in result.trades if trade.reason == "liquidation"]
    assert gone or stop == 0.03
