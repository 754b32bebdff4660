"""Candles of several symbols on the times that all of them have."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np

from trading.candles import Candles, IntArray, from_ms
from trading.errors import BadArgument, NotEnoughHistory

LEAST_COMMON = 100


def align(candles: Sequence[Candles]) -> tuple[Candles, ...]:
    """Keep the candles whose times all symbols have; nothing is filled in.

    Series that have the same times already are returned as they are.

    Errors: those of `refuse_unlike`; NotEnoughHistory when fewer than 100 times are common.
    """
    refuse_unlike(candles)
    first = candles[0].time
    if len(first) >= LEAST_COMMON and all(np.array_equal(each.time, first) for each in candles):
        return tuple(candles)
    common = reduce(
        lambda a, b: np.intersect1d(a, b, assume_unique=True), (each.time for each in candles)
    )
    if len(common) < LEAST_COMMON:
        spans = "; ".join(_span(each) for each in candles)
        raise NotEnoughHistory(
            f"The symbols have {len(common)} {candles[0].timeframe} candles in common, a portfolio "
            f"needs {LEAST_COMMON}: {spans}. Leave out the youngest symbol or use a shorter "
            "timeframe."
        )
    return tuple(_at(each, common) for each in candles)


def refuse_unlike(candles: Sequence[Candles]) -> None:
    """Raise BadArgument when series can't share one cash and one clock.

    That is: none at all, one symbol twice, two timeframes, or two quote currencies.
    """
    if not candles:
        raise BadArgument("A portfolio needs at least one symbol.")
    symbols = [each.symbol for each in candles]
    twice = sorted({symbol for symbol in symbols if symbols.count(symbol) > 1})
    if twice:
        raise BadArgument(f"{twice[0]} is named twice; name each symbol once.")
    frames = list(dict.fromkeys(each.timeframe.value for each in candles))
    if len(frames) > 1:
        raise BadArgument(f"All symbols need one timeframe, these have {' and '.join(frames)}.")
    quotes = list(dict.fromkeys(_quote(symbol) for symbol in symbols))
    if len(quotes) > 1:
        raise BadArgument(
            f"A portfolio has one cash, but its symbols are quoted in {' and '.join(quotes)}. "
            f"Use symbols of one quote currency, such as BTC/{quotes[0]}."
        )


def _quote(symbol: str) -> str:
    return symbol.partition("/")[2].partition(":")[0]


def _at(candles: Candles, times: IntArray) -> Candles:
    places = np.searchsorted(candles.time, times)
    return Candles(
        candles.symbol,
        candles.timeframe,
        times,
        candles.open[places],
        candles.high[places],
        candles.low[places],
        candles.close[places],
        candles.volume[places],
    )


def _span(candles: Candles) -> str:
    if not len(candles):
        return f"{candles.symbol} has none"
    start, end = from_ms(int(candles.time[0])), from_ms(int(candles.time[-1]))
    return f"{candles.symbol} {start:%Y-%m-%d} to {end:%Y-%m-%d}"
