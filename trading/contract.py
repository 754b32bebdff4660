"""Ask a strategy for its signals as a doubter does: nothing it gives is taken for granted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from trading.candles import Candles, FloatArray
from trading.strategies.base import PairStrategy, Parameters, Strategy

TOLERANCE = 1e-9  # of an exposure: sums of other lengths may be rounded otherwise
COLUMNS = ("open", "high", "low", "close", "volume")
WHOLE = slice(None)


class Broken(Exception):
    """The strategy gives nothing that can be compared; the message says what it does."""


def signals_of(strategy: Parameters, candles: Sequence[Candles]) -> FloatArray:
    """Return the signals, shape (symbols, candles); raise Broken when there is no use for them."""
    count = len(candles[0])
    try:
        if isinstance(strategy, PairStrategy):
            rows: tuple[object, ...] = tuple(strategy.signals(candles[0], candles[1]))
        elif isinstance(strategy, Strategy):
            rows = (strategy.signal(candles[0]),)
        else:
            rows = ()
    except Exception as error:
        # Whatever somebody's own code throws is the diagnosis.
        raise Broken(f"It fails on {count} candles: {named(error)}.") from error
    if len(rows) != len(candles):
        raise Broken(f"It gives {len(rows)} signals for {len(candles)} symbols.")
    return np.array([_figures(row, count) for row in rows], np.float64)


def _figures(row: object, count: int) -> FloatArray:
    if not isinstance(row, np.ndarray):
        raise Broken(f"Its signal is a {type(row).__name__}; it must be a numpy array.")
    if row.shape != (count,):
        raise Broken(f"Its signal of {count} candles has the shape {row.shape}, not ({count},).")
    if row.dtype != np.float64:
        raise Broken(f"Its signal holds {row.dtype}, not float64.")
    if not np.all(np.isfinite(row)):
        at = int(np.argmin(np.isfinite(row)))
        raise Broken(f"Its signal is {row[at]} at candle {at}; where there is none it must be 0.")
    return row


def warm_up_of(strategy: Parameters) -> int:
    """Return the length of the warm-up; raise Broken for what is no number of candles."""
    try:
        warm_up = strategy.warm_up
    except Exception as error:
        # Somebody's own code again.
        raise Broken(f"Its warm-up fails: {named(error)}.") from error
    if type(warm_up) is not int or warm_up < 0:
        raise Broken(f"Its warm-up is {warm_up!r}; it must be a whole number of candles.")
    return warm_up


def unsteady(
    strategy: Parameters, candles: Sequence[Candles], used: Sequence[Candles], told: FloatArray
) -> Iterator[str]:
    """Yield why the strategy can't be examined further; `used` are the copies that gave `told`."""
    for one, its in zip(candles, used, strict=True):
        changed = [name for name in COLUMNS if not np.array_equal(vars(one)[name], vars(its)[name])]
        if changed or not np.array_equal(one.time, its.time):
            yield f"It writes into the candles ({', '.join(changed) or 'time'})."
    again = signals_of(strategy, [copied(one) for one in candles])
    if not np.array_equal(again, told):
        at = int(np.argmax(np.any(again != told, axis=0)))
        yield f"The same candles gave another signal the second time, first at candle {at}."


def mixed_up(
    strategy: Parameters, used: Sequence[Candles], fresh: Sequence[Candles]
) -> Iterator[str]:
    """Yield why it can't share candles; `used` were given to another set of parameters before."""
    try:
        alone, after = signals_of(strategy, fresh), signals_of(strategy, used)
    except Broken as broken:
        yield str(broken)
        return
    if not np.array_equal(alone, after):
        at = int(np.argmax(np.any(alone != after, axis=0)))
        yield (
            "It gives other signals on candles that other parameters were tried on before, first "
            f"at candle {at}: a key of candles.once leaves a parameter out, or it remembers them."
        )


def breaches(warm_up: int, told: FloatArray) -> Iterator[str]:
    """Yield what the signals break of what is promised about them, each as a sentence."""
    total = np.abs(told).sum(axis=0)
    if np.any(total > 1.0 + TOLERANCE):
        at = int(np.argmax(total > 1.0 + TOLERANCE))
        figures = " and ".join(f"{value:g}" for value in told[:, at])
        yield f"Its signal is {figures} at candle {at}; together at most 1 and at least -1 is left."
    early = np.any(told[:, :warm_up] != 0.0, axis=0)
    if early.any():
        at = int(np.argmax(early))
        yield f"Its signal at candle {at} is not 0, though its warm-up lasts {warm_up} candles."


def copied(candles: Candles, part: slice = WHOLE) -> Candles:
    """Return a part of the candles in memory of its own, with nothing remembered.

    A slice would be a view, behind which the other candles can still be seen (`.base`).
    """
    columns = {name: vars(candles)[name][part].copy() for name in ("time", *COLUMNS)}
    return replace(candles, **columns)


def named(error: Exception) -> str:
    """Say an error in one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}"[:160].rstrip(" .:")
