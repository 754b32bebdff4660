"""Refuse candles with more holes than a figure can be made of."""

from __future__ import annotations

import numpy as np

from trading.candles import Candles, from_ms
from trading.errors import BadCandles

MOST_MISSING = 0.1


def refuse_holes(candles: Candles) -> None:
    """Raise BadCandles when more than a tenth of the candles between first and last are missing.

    A few holes are an exchange's outages and stay what they are: nothing is filled in them. With
    many of them "20 candles" is no length of time any more, and returns from candle to candle are
    no returns of a timeframe. The message names the longest hole.
    """
    missing = candles.missing
    expected = len(candles) + missing
    if missing <= MOST_MISSING * expected:
        return
    steps = np.diff(candles.time)
    at = int(np.argmax(steps))
    length = int(steps[at]) // candles.timeframe.ms - 1
    start = from_ms(int(candles.time[at]) + candles.timeframe.ms)
    raise BadCandles(
        f"{candles.symbol} {candles.timeframe}: {missing} of {expected} candles are missing "
        f"({missing / expected:.0%}, at most {MOST_MISSING:.0%} is allowed), the longest hole are "
        f"{length} from {start:%Y-%m-%d %H:%M} UTC. Use a longer timeframe, where nearly every "
        "candle has trades, or another span."
    )
