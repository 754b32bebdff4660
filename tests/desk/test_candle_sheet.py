"""Candles as CSV: every one once, in order, with all digits."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk import candle_sheet
from desk.candle_sheet import candle_csv, pieces
from tests.depth import times
from tests.fakes.candle_files import MADE_START, made_candles
from tests.fakes.clock import FakeClock
from tests.fakes.fake_market import FakeMarket
from trading.candles import Candles, Timeframe, to_ms

HOURS = np.delete(made_candles(count=300), slice(60, 85), axis=0)


def test_each_candle_is_a_row_that_reads_back_exactly() -> None:
    candles = Candles.from_rows("kraken:BTC/USD", Timeframe.H1, HOURS)
    made = candle_csv(candles)
    assert (made.name, made.rows) == ("kraken_BTC_USD-1h.csv", len(HOURS))
    rows = list(csv.DictReader(io.StringIO(made.content.decode(), newline="")))
    for row, truth in zip(rows, HOURS, strict=True):
        assert to_ms(datetime.fromisoformat(row["time"])) == truth[0]
        figures = [float(row[name]) for name in ("open", "high", "low", "close", "volume")]
        assert figures == truth[1:].tolist()


@given(st.integers(1, 90), st.integers(-90, 330 * 60), st.integers(0, 330 * 60))
@settings(max_examples=times(60, 1000), deadline=None)
async def test_pieces_are_the_whole_history_cut_in_order(
    piece: int, first: int, length: int
) -> None:
    market = FakeMarket(FakeClock(datetime(2030, 1, 1, tzinfo=UTC)))
    candles = Candles.from_rows("BTC/USDT", Timeframe.H1, HOURS)
    market.set_candles(candles)
    start = MADE_START + timedelta(minutes=first)
    end = start + timedelta(minutes=length)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(candle_sheet, "PIECE", piece + 1)
        got = [part async for part in pieces(market, "BTC/USDT", Timeframe.H1, start, end)]
    hour = Timeframe.H1.ms
    wanted = (HOURS[:, 0] >= to_ms(start)) & (HOURS[:, 0] + hour <= to_ms(end))
    times_got = [int(time) for part in got for time in part.time]
    assert times_got == HOURS[wanted, 0].astype(int).tolist()
    assert all(0 < len(part) <= piece + 1 for part in got)
