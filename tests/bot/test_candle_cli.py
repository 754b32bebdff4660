"""`python -m bot candles`: what is typed, what is told, and the file that is written."""

from __future__ import annotations

import asyncio
import csv
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from bot.__main__ import main
from bot.candle_cli import CandleOrder, fetch_candles, read_order, stock_lines
from market.candles.store import CandleStore
from market.exchange import ExchangeMarket
from tests.fakes.binance import BinanceServer
from tests.fakes.candle_files import made_candles
from tests.fakes.clock import FakeClock
from trading.candles import Timeframe, from_ms
from trading.errors import BadArgument
from trading.outages import Stock

ROOT = Path(__file__).resolve().parents[2]
HOURS = np.delete(made_candles(count=2600), slice(700, 703), axis=0)
NOW = from_ms(int(HOURS[-1, 0])) + timedelta(minutes=7)


@pytest.mark.parametrize(
    ("words", "csv_file", "order"),
    [
        (
            ["BTC/USDT", "1h", "since=2023-01-01"],
            None,
            CandleOrder("BTC/USDT", Timeframe.H1, datetime(2023, 1, 1, tzinfo=UTC)),
        ),
        (
            ["kraken:eth-usd", "1D", "since=2023-01-01T02:00+02:00"],
            "x.csv",
            CandleOrder(
                "kraken:ETH/USD", Timeframe.D1, datetime(2023, 1, 1, tzinfo=UTC), Path("x.csv")
            ),
        ),
    ],
)
def test_the_words_are_read(words: list[str], csv_file: str | None, order: CandleOrder) -> None:
    assert read_order(words, csv_file) == order


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "Usage: python -m bot candles"),
        (["BTC/USDT", "1h"], "Usage: python -m bot candles"),
        (["BTC/USDT", "1h", "2023-01-01"], "Usage: python -m bot candles"),
        (["BTC/USDT", "7h", "since=2023-01-01"], "'7h' is no timeframe"),
        (["BTC/USDT", "1h", "since=yesterday"], "yesterday"),
        (["?", "1h", "since=2023-01-01"], "is no symbol"),
    ],
)
def test_wrong_words_are_refused(words: list[str], told: str) -> None:
    with pytest.raises(BadArgument, match=told):
        read_order(words, None)


async def test_it_tells_progress_then_what_is_held_and_writes_the_file(tmp_path: Path) -> None:
    file, said = tmp_path / "hours.csv", list[str]()
    async with BinanceServer({("BTCUSDT", "1h"): HOURS}, FakeClock(NOW)) as server:
        store = CandleStore(tmp_path / "market.db")
        market = ExchangeMarket("binance", store, FakeClock(NOW), api_base=server.api_base)
        market._client._ccxt.enableRateLimit = False  # this server has no limit to keep
        order = CandleOrder("BTC/USDT", Timeframe.H1, from_ms(int(HOURS[0, 0])), file)
        await fetch_candles(market, order, NOW, said.append)
        late = CandleOrder("BTC/USDT", Timeframe.H1, NOW + timedelta(days=1))
        with pytest.raises(BadArgument, match="yet to come"):
            await fetch_candles(market, late, NOW, said.append)
        nowhere = CandleOrder("BTC/USDT", Timeframe.H1, order.since, tmp_path / "no" / "x.csv")
        with pytest.raises(BadArgument, match="no file can be written"):
            await fetch_candles(market, nowhere, NOW, said.append)
        await market.close()
    assert said[0] == "BTC/USDT 1h: 1,000 of 2,599 candles, from 2020-12-01"
    assert said[-5:] == [
        "BTC/USDT 1h: 2,596 candles",
        "from 2020-12-01 00:00 to 2021-03-19 07:00 UTC",
        "missing: 3 in 1 gap, the longest 3 from 2020-12-30 04:00 UTC",
        "without trades: none",
        f"{file}: 2,596 1h candles",
    ]
    with file.open(newline="") as text:
        rows = list(csv.DictReader(text))
    assert [float(row["close"]) for row in rows] == HOURS[:-1, 4].tolist()
    assert rows[0]["time"] == "2020-12-01T00:00:00.000000Z"


async def test_stopped_it_says_that_it_keeps_what_it_has(tmp_path: Path) -> None:
    said: list[str] = []
    async with BinanceServer({("BTCUSDT", "1h"): HOURS}, FakeClock(NOW)) as server:
        store = CandleStore(tmp_path / "market.db")
        market = ExchangeMarket("binance", store, FakeClock(NOW), api_base=server.api_base)
        order = CandleOrder("BTC/USDT", Timeframe.H1, from_ms(int(HOURS[0, 0])))
        run = asyncio.create_task(fetch_candles(market, order, NOW, said.append))
        await server.arrival("klines")
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
        await market.close()
    assert said[-1] == "Stopped. What was fetched is kept; the same command goes on from there."


def test_nothing_held_is_said() -> None:
    assert stock_lines(Stock("BTC/USDT", Timeframe.H1, 0, None, None)) == [
        "BTC/USDT 1h: no candles"
    ]


def test_the_command_runs(tmp_path: Path) -> None:
    words = ("candles", "BTC/USDT", "1d", "--csv", "days.csv", "since=2025-01-10")
    held = subprocess.run(
        [sys.executable, "-m", "bot", *words],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "EXCHANGE": "demo"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert held.returncode == 0, held.stderr
    assert "missing: none" in held.stdout
    assert (tmp_path / "days.csv").read_text().startswith("time,open,high,low,close,volume")


@pytest.mark.parametrize("words", [["verify", "BTC/USDT"], ["doctor", "--csv", "x.csv"]])
def test_its_words_go_with_no_other_command(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "goes with candles" in capsys.readouterr().err
