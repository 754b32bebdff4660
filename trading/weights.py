"""How the money of a portfolio is split between its symbols."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Literal

import numpy as np

from trading.candles import Candles, FloatArray
from trading.compiled import compiled, plain
from trading.errors import BadArgument

Weighting = Literal["equal", "inverse_volatility"]
WINDOW = 60  # returns that volatility is measured on
LEAST_RETURNS = 20  # with fewer the weights are equal
_LEAST_VARIANCE = 1e-12  # of a candle's return; a price that stands still has this much


def weights_of(weighting: Weighting, candles: Sequence[Candles]) -> FloatArray:
    """Return the weights (k, n) decided at each close; `candles` have the same times."""
    if weighting == "equal":
        return equal_weights(len(candles), len(candles[0]))
    return inverse_volatility_weights(np.array([each.close for each in candles]))


def equal_weights(symbols: int, candles: int) -> FloatArray:
    """Return 1 / symbols everywhere, shape (symbols, candles), read-only."""
    return np.broadcast_to(1.0 / symbols, (symbols, candles))


def most_of(symbols: int) -> float:
    """Return the largest weight of one symbol: twice its equal share, 0.75 at the most."""
    return 1.0 if symbols == 1 else min(0.75, 2.0 / symbols)


def inverse_volatility_weights(
    close: FloatArray, window: int = WINDOW, most: float | None = None
) -> FloatArray:
    """Return weights in proportion to 1 / volatility, shape (k, n) as the closes; sums are 1.

    Volatility is the sample standard deviation of the returns from close to close, over the
    `window` newest of them at each candle, that candle's own included. From 20 returns on it is
    measured on what there is; before that the weights are equal. No weight exceeds `most`
    (default: `most_of`); what is cut off goes to the others in proportion to theirs.

    Errors: BadArgument for a window under 20, or a `most` below the equal share.
    """
    symbols = len(close)
    most = most_of(symbols) if most is None else most
    if window < LEAST_RETURNS:
        raise BadArgument(f"The window is {window} returns; it must be at least {LEAST_RETURNS}.")
    if not most * symbols >= 1.0 - 1e-12:
        raise BadArgument(f"{symbols} symbols of at most {most:g} each don't add up to 1.")
    weights = np.full(close.shape, 1.0 / symbols)
    inverse = np.empty(close.shape)
    _inverse_volatility(plain(close), window, inverse)
    _share_out(inverse, most, weights)
    return weights


@compiled
def _inverse_volatility(close: FloatArray, window: int, inverse: FloatArray) -> None:
    for j in range(len(close)):
        total = squares = 0.0
        prices = close[j]
        for i in range(1, len(prices)):
            change = prices[i] / prices[i - 1] - 1.0
            total += change
            squares += change * change
            if i > window:
                past = prices[i - window] / prices[i - window - 1] - 1.0
                total -= past
                squares -= past * past
            count = min(i, window)
            if count >= LEAST_RETURNS:
                variance = (squares - total * total / count) / (count - 1)
                inverse[j, i] = 1.0 / sqrt(max(_LEAST_VARIANCE, variance))


@compiled
def _share_out(inverse: FloatArray, most: float, weights: FloatArray) -> None:
    """Turn columns of any positive numbers into weights; columns without history stay."""
    symbols = len(inverse)
    for i in range(LEAST_RETURNS, inverse.shape[1]):
        left, total = 1.0, 0.0
        for j in range(symbols):
            weights[j, i] = 0.0
            total += inverse[j, i]
        # Each round caps whoever is over the most; the others share what is left.
        over = True
        while over:
            over = False
            scale = left / total
            for j in range(symbols):
                if weights[j, i] == 0.0 and inverse[j, i] * scale > most:
                    weights[j, i] = most
                    left -= most
                    total -= inverse[j, i]
                    over = True
            if total <= 0.0:
                break
        for j in range(symbols):
            if weights[j, i] == 0.0:
                weights[j, i] = inverse[j, i] * left / total
