"""Refuse candles that no market makes: impossible ones, and jumps that nobody traded."""

from __future__ import annotations

from trading.candles import Candles, FloatArray, from_ms
from trading.compiled import compiled, plain
from trading.errors import BadCandles

LARGEST_JUMP = 8.0
_JUMP, _DISORDER, _SPIKE = 1, 2, 3


@compiled
def _first_fault(
    open: FloatArray, high: FloatArray, low: FloatArray, close: FloatArray, largest: float
) -> tuple[int, int]:
    """Return what is wrong with the first faulty candle, and which it is; (0, -1): none."""
    before = open[0]
    for i in range(len(close)):
        top, bottom = max(open[i], close[i]), min(open[i], close[i])
        if high[i] < top or low[i] > bottom:
            return _DISORDER, i
        if top > largest * before or bottom * largest < before:
            return _JUMP, i
        if high[i] > largest * top:
            return _SPIKE, i
        before = close[i]
    return 0, -1


def refuse_jumps(candles: Candles) -> None:
    """Raise BadCandles where a figure made of the candles would be fiction; the message names when.

    - An open or close that is more than a factor of 8 away from the close before: a token's
      redenomination or a broken feed far more often than a trade that anybody could have made.
    - A high more than 8 times above open and close, which would fill any target. Lows that deep
      are let through: crashes in an empty book are real, and a stop fills at its level.
    - A high below, or a low above, open or close.
    """
    if not len(candles):
        return
    fault, at = _fault_in(candles)
    if fault:
        when = f"{from_ms(int(candles.time[at])):%Y-%m-%d %H:%M} UTC"
        raise BadCandles(
            f"{candles.symbol} {candles.timeframe}: {_in_words(candles, fault, at, when)}"
        )


def after_faults(candles: Candles) -> Candles:
    """Return the candles after the last jump or broken candle; all when there is none.

    What `refuse_jumps` refuses is not spanned then: a jump's own candle is the first of those left,
    another faulty one is left out.
    """
    start = 0
    while start < len(candles):
        part = candles[start:] if start else candles
        fault, at = _fault_in(part)
        if not fault:
            break
        whole = fault == _JUMP and _near(float(part.open[at]), float(part.close[at]))
        start += at if whole else at + 1
    return candles[start:] if start else candles


def _fault_in(candles: Candles) -> tuple[int, int]:
    return _first_fault(
        plain(candles.open),
        plain(candles.high),
        plain(candles.low),
        plain(candles.close),
        LARGEST_JUMP,
    )


def _near(one: float, other: float) -> bool:
    return one / LARGEST_JUMP <= other <= one * LARGEST_JUMP


def _in_words(candles: Candles, fault: int, at: int, when: str) -> str:
    opened, close = float(candles.open[at]), float(candles.close[at])
    high, low = float(candles.high[at]), float(candles.low[at])
    if fault == _DISORDER:
        return (
            f"high {high:.6g} and low {low:.6g} don't hold open {opened:.6g} and close {close:.6g} "
            f"at {when}. The feed is broken there: use candles from after it."
        )
    if fault == _SPIKE:
        return (
            f"the high {high:.6g} at {when} is more than {LARGEST_JUMP:g} times the close "
            f"{close:.6g}. It looks like a bad feed: use candles from after it."
        )
    before = float(candles.close[at - 1]) if at else opened
    near = before / LARGEST_JUMP <= opened <= before * LARGEST_JUMP
    return (
        f"the price goes from {before:.6g} to {close if near else opened:.6g} in one candle at "
        f"{when}, more than a factor of {LARGEST_JUMP:g}. It looks like a redenomination or a bad "
        "feed: use candles from one side of it."
    )
