"""What a person waits for who types /rank: thirty symbols, their candles at hand."""

from __future__ import annotations

import asyncio
import tempfile
import time
from datetime import UTC, datetime
from math import sqrt
from pathlib import Path
from statistics import median
from typing import cast

import numpy as np
import pandas as pd

from benchmarks.rows import Row, side_by_side
from desk.facts import FactBook
from desk.lab import Lab
from desk.portfolio import Portfolios
from desk.preview import Preview
from desk.research import Research
from desk.result import Result
from desk.snapshot import Snapshot
from market.candles.store import CandleStore
from market.exchange import ExchangeMarket
from tests.fakes.binance import BinanceServer
from tests.fakes.candle_files import made_candles
from tools.context import Context
from tools.registry import discover
from trading.backtest import Rules
from trading.candles import Candles, FloatArray, Timeframe, from_ms
from trading.factor_names import NAMES
from trading.factors import measure, window
from trading.strategies.catalogue import built_in

SYMBOLS = 30
COUNT = window(Timeframe.H1) + 1
CALLS = 15
YEAR, MONTH = 24 * 365, 24 * 30


def rows() -> list[Row]:
    tables = [made_candles(count=COUNT, seed=seed) for seed in range(SYMBOLS)]
    names = ["BTC", *(f"C{at}" for at in range(1, SYMBOLS))]
    candles = [
        Candles.from_rows(f"{name}/USDT", Timeframe.H1, table)
        for name, table in zip(names, tables, strict=True)
    ]
    frames = {each.symbol: _frame(table) for each, table in zip(candles, tables, strict=True)}
    refuse_unequal(candles, frames)
    ours, theirs = side_by_side(
        lambda: measure([each[:] for each in candles], candles[0], "USDT"),
        lambda: with_pandas(frames),
    )
    return [
        Row(
            "rank 30 symbols: their factors",
            ours,
            theirs,
            "ms",
            "ratio >= 1",
            "pandas: the same factors of one frame, without checks",
        ),
        Row(
            "rank 30 symbols, warm",
            asyncio.run(_warm(names, tables)),
            None,
            "ms",
            "ours < 500",
            "/rank on an exchange, its candles in the store",
        ),
    ]


def with_pandas(frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Compute the factors as one would by hand: whole columns, rows joined by time."""
    close = pd.DataFrame({name: frame["close"] for name, frame in frames.items()})
    volume = pd.DataFrame({name: frame["volume"] for name, frame in frames.items()}) * close
    logs = pd.DataFrame(np.log(close.to_numpy()), close.index, close.columns)
    returns = logs.diff()
    now, base = close.iloc[-1], returns.iloc[:, 0]
    volatility = returns.std() * sqrt(YEAR)
    daily = volume.iloc[1:].groupby(np.arange(len(volume) - 1) // 24).sum()
    moved = close.iloc[::24].pct_change().iloc[1:].abs().reset_index(drop=True)
    return pd.DataFrame(
        {
            "momentum_1d": now / close.iloc[-1 - 24] - 1,
            "momentum_7d": now / close.iloc[-1 - 24 * 7] - 1,
            "momentum": now / close.iloc[-1 - MONTH] - 1,
            "scaled": (logs.iloc[-1] - logs.iloc[-1 - MONTH]) / (volatility * sqrt(30 / 365)),
            "volatility": volatility,
            "value": (logs.iloc[-1] - logs.mean()) / logs.std(),
            "liquidity": daily.median(),
            "illiquidity": (moved / daily).mean() * 1e10,
            "size": daily.sum() / daily.sum().sum(),
            "beta": returns.apply(base.cov) / base.var(),
            "correlation": returns.corrwith(base),
        }
    )


def refuse_unequal(candles: list[Candles], frames: dict[str, pd.DataFrame]) -> None:
    """Compare every figure with that of pandas."""
    theirs = with_pandas(frames)
    for profile in measure(candles, candles[0], "USDT").profiles:
        for name in NAMES:
            if name == "score":
                continue
            value, other = profile.value(name), theirs.at[profile.symbol, name]
            assert value is not None
            assert np.isclose(value, float(str(other)), rtol=1e-7), (profile.symbol, name)


def _frame(table: FloatArray) -> pd.DataFrame:
    columns = ["open", "high", "low", "close", "volume"]
    return pd.DataFrame(table[:, 1:], index=pd.to_datetime(table[:, 0], unit="ms"), columns=columns)


async def _warm(names: list[str], tables: list[FloatArray]) -> float:
    """Time the tool call on an exchange's market, whose store has the candles already."""
    now = from_ms(int(tables[0][-1, 0])) + Timeframe.H1.delta
    served = {
        (f"{name}USDT", Timeframe.H1.value): table
        for name, table in zip(names, tables, strict=True)
    }
    with tempfile.TemporaryDirectory() as folder:
        async with BinanceServer(served, lambda: now) as server:
            store = CandleStore(Path(folder) / "market.db")
            market = ExchangeMarket("binance", store, lambda: now, api_base=server.api_base)
            try:
                return await _times(market, names, now)
            finally:
                await market.close()


async def _times(market: ExchangeMarket, names: list[str], now: datetime) -> float:
    tool, catalogue = discover()["rank"], built_in()
    lab = Lab(remember=0)  # each call does all its work
    taken = []
    for _ in range(CALLS + 2):
        research = Research(Snapshot(market, now.astimezone(UTC)), lab, Rules(), catalogue)
        nobody = cast(Preview, None), cast(Portfolios, None)
        context = Context("anne", research, *nobody, FactBook())
        start = time.perf_counter()
        result: Result = await tool.call(context, tool.parse(names))
        taken.append((time.perf_counter() - start) * 1000)
        assert result.ranking is not None
        assert len(result.ranking.profiles) == SYMBOLS, result.note
    lab.close()
    return median(taken[2:])
