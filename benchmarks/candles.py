"""How long a question waits for its candles when they are all there already."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.rows import Row
from desk.snapshot import Snapshot
from market.candles.store import CandleStore
from market.exchange import ExchangeMarket
from tests.fakes.binance import BinanceServer
from tests.fakes.candle_files import made_candles, rolled_up
from tests.fakes.clock import FakeClock
from trading.candles import Timeframe, from_ms

SYMBOLS = ("BTC", "ETH", "SOL")
TIMEFRAMES = (Timeframe.H1, Timeframe.H4)
COUNTS = (300, 4_000, 8_760)  # indicators, forecast, backtest
ROUNDS = 30


def rows() -> list[Row]:
    memory, disk = asyncio.run(_measured())
    return [
        Row(
            "candles of a question: 3 symbols x 2 timeframes",
            memory,
            disk,
            "ms",
            "ours < 50",
            "the same from disk, after a restart",
        )
    ]


async def _measured() -> tuple[float, float]:
    """Return the ms of one question's candles from memory and from disk, as medians."""
    tables = {}
    for seed, base in enumerate(SYMBOLS):
        # 4h candles are the longer history: 8,760 of them are four years.
        hours = made_candles(count=37_000, seed=seed, start=datetime(2020, 1, 1, tzinfo=UTC))
        tables[f"{base}USDT", "1h"] = hours
        tables[f"{base}USDT", "4h"] = rolled_up(hours, Timeframe.H4)
    clock = FakeClock(from_ms(int(hours[-1, 0])))
    async with BinanceServer(tables, clock) as server:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "market.db"
            warm = await _opened(server, path, clock)
            await _question(warm, clock)
            asked = server.count("klines")
            memory = [await _question(warm, clock) for _ in range(ROUNDS)]
            await warm.close()
            disk = []
            for _ in range(5):
                cold = await _opened(server, path, clock)
                disk.append(await _question(cold, clock))
                await cold.close()
            if server.count("klines") != asked:
                raise RuntimeError("A warm cache asked the exchange again.")
    return statistics.median(memory), statistics.median(disk)


async def _opened(server: BinanceServer, path: Path, clock: FakeClock) -> ExchangeMarket:
    market = ExchangeMarket("binance", CandleStore(path), clock, api_base=server.api_base)
    market._client._ccxt.enableRateLimit = False  # this server has no limit to keep
    await market.warm()
    return market


async def _question(market: ExchangeMarket, clock: FakeClock) -> float:
    snapshot = Snapshot(market, clock.now)
    started = time.perf_counter()
    found = await asyncio.gather(
        *(
            snapshot.candles(f"{base}/USDT", timeframe, count)
            for base in SYMBOLS
            for timeframe in TIMEFRAMES
            for count in COUNTS
        )
    )
    taken = (time.perf_counter() - started) * 1000
    if sum(len(candles) for candles in found) != len(SYMBOLS) * len(TIMEFRAMES) * sum(COUNTS):
        raise RuntimeError("Candles are missing.")
    return taken
