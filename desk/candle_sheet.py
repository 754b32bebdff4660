"""Closed candles as a CSV file, a piece at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from desk.export import CsvFile, Sheet
from desk.ports import MarketData
from trading.candles import Candles, Timeframe, from_ms, to_ms

PIECE = 20_000
COLUMNS = ("time", "open", "high", "low", "close", "volume")


def candle_csv(candles: Candles) -> CsvFile:
    """Write the candles, each with the time of its open; the figures have all their digits."""
    sheet = Sheet(COLUMNS)
    write_rows(sheet, candles)
    name = f"{candles.symbol}-{candles.timeframe}".replace("/", "_").replace(":", "_")
    return sheet.file(f"{name}.csv")


def write_rows(sheet: Sheet, candles: Candles) -> None:
    """Append a row for each candle."""
    columns = (candles.open, candles.high, candles.low, candles.close, candles.volume)
    for time, *figures in zip(candles.time.tolist(), *(c.tolist() for c in columns), strict=True):
        sheet.write([from_ms(time), *figures])


async def pieces(
    market: MarketData, symbol: str, timeframe: Timeframe, start: datetime, end: datetime
) -> AsyncIterator[Candles]:
    """Give all candles that open at `start` or later and close at `end` or before, in order.

    Some thousands at a time, however many there are.
    """
    while start + timeframe.delta <= end:
        stop = min(end, start + PIECE * timeframe.delta)
        candles = await market.candles(symbol, timeframe, stop, PIECE)
        piece = candles[int(candles.time.searchsorted(to_ms(start))) :]
        if len(piece):
            yield piece
        # What opened later than this had not closed yet.
        start = stop - timeframe.delta + timedelta(milliseconds=1)
