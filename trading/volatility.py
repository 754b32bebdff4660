"""How much a price moves: weighted towards the newest returns, or over a span."""

from __future__ import annotations

import numpy as np

from trading.candles import FloatArray, Timeframe
from trading.compiled import compiled, plain
from trading.errors import BadArgument

DAILY_DECAY = 0.94
SETTLING = 20  # returns before the first value


def decay_of(timeframe: Timeframe) -> float:
    """Return the weight of yesterday's variance against today's, per candle.

    0.94 a day (J.P. Morgan, RiskMetrics Technical Document, 4th ed. 1996, table 5.9); on other
    timeframes what forgets half in the same time, 11.2 days.
    """
    return float(DAILY_DECAY ** (timeframe.ms / Timeframe.D1.ms))


def ewma_volatility(returns: FloatArray, decay: float = DAILY_DECAY) -> FloatArray:
    """Return at each place the volatility that is expected of the next return (a fraction).

    The root of the mean square of the returns up to and with this one, each weighing `decay`
    times as much as the one after it; nan for the first 19. The mean return counts as zero, as
    in RiskMetrics; the weights are made to sum to 1, so no first value has to be guessed.

    Errors: BadArgument for a decay outside (0, 1) or a return that is no finite number.
    """
    if not 0.0 < decay < 1.0:
        raise BadArgument(f"The decay is {decay}; it must lie between 0 and 1, such as 0.94.")
    if not bool(np.all(np.isfinite(returns))):
        raise BadArgument("A return is not a finite number.")
    result = _weighted(plain(returns), decay)
    result[: SETTLING - 1] = np.nan
    return result


def realised_volatility(returns: FloatArray, n: int) -> FloatArray:
    """Return the root mean square of the last n returns at each place; nan for the first n - 1."""
    result = np.full(len(returns), np.nan)
    if 0 < n <= len(returns):
        windows = np.lib.stride_tricks.sliding_window_view(returns * returns, n)
        result[n - 1 :] = np.sqrt(windows.mean(axis=1))
    return result


def annualised(volatility: float, timeframe: Timeframe) -> float:
    """Scale a candle's volatility to a year of 365 days: this market never closes."""
    return float(volatility * timeframe.per_year**0.5)


@compiled
def _weighted(returns: FloatArray, decay: float) -> FloatArray:
    result = np.empty(len(returns))
    squares, weights = 0.0, 0.0
    for i in range(len(returns)):
        squares = decay * squares + returns[i] * returns[i]
        weights = decay * weights + 1.0
        result[i] = np.sqrt(squares / weights)
    return result
