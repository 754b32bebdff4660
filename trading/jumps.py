"""Refuse candles with a jump that no market makes."""

from __future__ import annotations

from trading.candles import Candles, FloatArray, from_ms
from trading.compiled import compiled
from trading.errors import BadCandles

LARGEST_JUMP = 8.0


@compiled
def _first_jump(close: FloatArray, largest: float) -> int:
    for i in range(1, len(close)):
        if close[i] > largest * close[i - 1] or close[i] * largest < close[i - 1]:
            return i
    return -1


def refuse_jumps(candles: Candles) -> None:
    """Raise BadCandles when two neighbouring closes differ by more than a factor of 8.

    Such a step is a token's redenomination or a broken feed far more often than a trade that
    anybody could have made; returns over it would be fiction. The message names the time.
    """
    at = _first_jump(candles.close, LARGEST_JUMP)
    if at < 0:
        return
    before, after = float(candles.close[at - 1]), float(candles.close[at])
    when = from_ms(int(candles.time[at]))
    raise BadCandles(
        f"{candles.symbol} {candles.timeframe}: the price goes from {before:.6g} to {after:.6g} "
        f"in one candle at {when:%Y-%m-%d %H:%M} UTC, more than a factor of {LARGEST_JUMP:g}. "
        "It looks like a redenomination or a bad feed: use candles from one side of it."
    )
