"""Candles that end now: real ones moved in time when they are there, made ones otherwise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np

from tests.fakes.candle_files import made_candles, real_candles, with_rollups
from trading.candles import FloatArray, Timeframe, to_ms

# What the real tables begin at: made ones get the same ticks and lots then.
PRICES = {
    "BTC": 19_500.0,
    "ETH": 610.0,
    "SOL": 1.9,
    "ADA": 0.17,
    "LTC": 87.0,
    "LINK": 13.9,
    "DOT": 5.3,
    "AVAX": 3.6,
    "XRP": 0.66,
    "UNI": 3.9,
}
HOURS_AHEAD = 2
MINUTES_BACK = 300


def tables_until(now: datetime) -> dict[tuple[str, str], FloatArray]:
    """Return 1m, 1h, 4h and 1d tables of ten USDT pairs for a BinanceServer whose clock is `now`.

    They go on for two hours more; the server serves only what has opened.
    """
    tables: dict[tuple[str, str], FloatArray] = {}
    for number, base in enumerate(PRICES):
        hours = _hours(base, number, now)
        symbol_id = f"{base}USDT"
        tables |= with_rollups(symbol_id, hours, Timeframe.H1)
        tables[symbol_id, Timeframe.M1.value] = _minutes(hours, number, now)
    return tables


def tick_of(base: str) -> Decimal:
    """Return the price step that BinanceServer lists for such a first price."""
    return Decimal(1).scaleb(-max(2, min(8, 6 - _magnitude(base))))


def lot_of(base: str) -> Decimal:
    """Return the quantity step that BinanceServer lists for such a first price."""
    return Decimal(1).scaleb(-(_magnitude(base) + 1))


def _magnitude(base: str) -> int:
    return Decimal(str(PRICES[base])).adjusted()


def _hours(base: str, number: int, now: datetime) -> FloatArray:
    real = real_candles(f"candles_1h/binance/{base}_USDT-1h")
    made = made_candles(count=3000, seed=number, price=PRICES[base]) if real is None else real
    table = made.copy()
    this_hour = now.replace(minute=0, second=0, microsecond=0)
    table[:, 0] += to_ms(this_hour + timedelta(hours=HOURS_AHEAD)) - table[-1, 0]
    return table


def _minutes(hours: FloatArray, number: int, now: datetime) -> FloatArray:
    """Make quiet minutes around the newest closed hour's close."""
    closed = hours[hours[:, 0] + Timeframe.H1.ms <= to_ms(now)]
    start = now.replace(second=0, microsecond=0) - timedelta(minutes=MINUTES_BACK)
    return made_candles(
        Timeframe.M1,
        MINUTES_BACK + 60 * HOURS_AHEAD,
        start=start.astimezone(UTC),
        seed=100 + number,
        price=float(np.round(closed[-1, 4], 6)),
        hourly_volatility=0.0005,
    )
