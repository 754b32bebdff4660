"""What candles are told apart by: all that they hold, in a few letters."""

from __future__ import annotations

import hashlib
from typing import Any

from numpy.typing import NDArray

from trading.candles import Candles


def fingerprint_of(candles: Candles) -> str:
    """Return a hash of symbol, timeframe and every byte, made once of the same candles.

    A candle may be revised, and a hole may move: the first and last time and the count say too
    little. 0.6 ms for 8,760 candles.
    """
    return candles.once("fingerprint", lambda: _of_candles(candles))


def digest_of(*parts: str | NDArray[Any]) -> str:
    """Return a hash of texts and arrays, in this order."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(part.encode() if isinstance(part, str) else part.tobytes())
    return digest.hexdigest()


def _of_candles(candles: Candles) -> str:
    told = repr((candles.symbol, candles.timeframe, candles.made_from, len(candles)))
    columns = (candles.open, candles.high, candles.low, candles.close, candles.volume)
    return digest_of(told, candles.time, *columns)
