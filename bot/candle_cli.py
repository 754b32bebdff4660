"""`python -m bot candles BTC/USDT 1h since=2023-01-01`: fetch a history and say what is held."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from desk.candle_sheet import COLUMNS, pieces, write_rows
from desk.export import Sheet
from desk.ports import MarketData
from tools.arguments import parse_symbol
from trading.candles import Timeframe
from trading.errors import BadArgument
from trading.outages import Stock, Stretch, total

USAGE = "Usage: python -m bot candles BTC/USDT 1h since=2023-01-01 [--csv FILE]"
Say = Callable[[str], None]


@dataclass(frozen=True)
class CandleOrder:
    """Which candles, from when on, and the file they are written to."""

    symbol: str
    timeframe: Timeframe
    since: datetime
    csv: Path | None = None


def read_order(words: Sequence[str], csv: str | None) -> CandleOrder:
    """Parse the words after `candles`; BadArgument says which one is wrong."""
    if len(words) != 3 or not words[2].startswith("since="):
        raise BadArgument(USAGE)
    text = words[2].removeprefix("since=")
    try:
        symbol = parse_symbol(words[0])
    except ValueError as error:
        raise BadArgument(f"{error}. {USAGE}") from None
    try:
        since = datetime.fromisoformat(text)
    except ValueError:
        raise BadArgument(f"'{text[:40]}' is no date such as 2023-01-01. {USAGE}") from None
    since = since.replace(tzinfo=UTC) if since.tzinfo is None else since.astimezone(UTC)
    return CandleOrder(symbol, Timeframe.parse(words[1]), since, None if csv is None else Path(csv))


async def fetch_candles(market: MarketData, order: CandleOrder, now: datetime, say: Say) -> None:
    """Fetch what is missing, say what is held then, and write the file if one is wanted.

    Broken off, it keeps what it has; the next run goes on from there.
    """
    if order.since >= now:
        raise BadArgument(f"{order.since:%Y-%m-%d} is yet to come. {USAGE}")
    if order.csv is not None and (order.csv.is_dir() or not order.csv.parent.is_dir()):
        raise BadArgument(f"--csv {order.csv}: no file can be written there.")
    try:
        stock = await market.backfill(order.symbol, order.timeframe, order.since, say)
    except asyncio.CancelledError:
        say("Stopped. What was fetched is kept; the same command goes on from there.")
        raise
    for line in stock_lines(stock):
        say(line)
    if order.csv is not None:
        rows = await _write(market, order, now)
        say(f"{order.csv}: {rows:,} {order.timeframe} candles")


def stock_lines(stock: Stock) -> list[str]:
    """Say what is held: how many candles, from when to when, and what they lack."""
    name = f"{stock.symbol} {stock.timeframe}"
    if stock.first is None or stock.last is None:
        return [f"{name}: no candles"]
    return [
        f"{name}: {stock.count:,} candles",
        f"from {stock.first:%Y-%m-%d %H:%M} to {stock.last:%Y-%m-%d %H:%M} UTC",
        *_stretch_lines("missing", "gap", stock.gaps),
        *_stretch_lines("without trades", "run", stock.flat),
    ]


def _stretch_lines(what: str, one: str, stretches: tuple[Stretch, ...]) -> list[str]:
    if not stretches:
        return [f"{what}: none"]
    longest = max(stretches, key=lambda stretch: stretch.count)
    many = one if len(stretches) == 1 else f"{one}s"
    return [
        f"{what}: {total(stretches):,} in {len(stretches):,} {many}, the longest"
        f" {longest.count:,} from {longest.start:%Y-%m-%d %H:%M} UTC"
    ]


async def _write(market: MarketData, order: CandleOrder, now: datetime) -> int:
    """Write a piece at a time, so that a long history needs no memory."""
    assert order.csv is not None  # noqa: S101 - asked before
    sheet, rows = Sheet(COLUMNS), 0
    try:
        with order.csv.open("wb") as file:
            async for piece in pieces(market, order.symbol, order.timeframe, order.since, now):
                write_rows(sheet, piece)
                file.write(sheet.take())
                rows += len(piece)
            file.write(sheet.take())
    except OSError as error:
        raise BadArgument(f"--csv {order.csv}: it can't be written ({error}).") from None
    return rows
