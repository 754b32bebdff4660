"""What the forecast knows at a candle's close: scale-free numbers of that candle and before."""

from __future__ import annotations

import numpy as np
import talib

from trading.candles import DAY_MS, Candles, FloatArray, IntArray, Timeframe
from trading.cleaning import Cleaned
from trading.indicators import ema, rsi

WARM_UP = 100  # rows before it lack the history that the slowest average needs
_LAGS = (1, 2, 3, 6, 12, 24, 48)


def features(view: Cleaned) -> tuple[tuple[str, ...], FloatArray]:
    """Return the names and the table (real candles, features); the first 100 rows hold nan.

    Row i is the i-th candle that was not filled in and uses the view up to it. Windows count
    candles of the view, so over a hole they reach as far back in time as elsewhere. Whatever
    comes of closes is made of clipped returns. No column depends on the level of the price or of
    the volume.
    """
    steps = view.returns
    index = np.exp(np.cumsum(steps))
    columns = {
        **_moves(steps),
        **_spread(steps),
        **_averages(index),
        **_candle_shape(view.candles),
        **_clock(view.candles),
    }
    table = np.column_stack(list(columns.values()))[~view.is_filled]
    table[:WARM_UP] = np.nan
    return tuple(columns), table


def labels(candles: Candles, horizon: int) -> FloatArray:
    """Return 1.0 where the close is higher `horizon` candles later, 0.0 where lower, else nan.

    nan: it is the same then, or not known yet, or candles are missing on the way to it. A still
    market teaches nothing, least of all that it falls.
    """
    result = np.full(len(candles), np.nan)
    close, time = candles.close, candles.time
    if len(candles) > horizon:
        whole = time[horizon:] - time[:-horizon] == horizon * candles.timeframe.ms
        later, now = close[horizon:], close[:-horizon]
        result[:-horizon] = np.where(whole & (later != now), later > now, np.nan)
    return result


def _moves(steps: FloatArray) -> dict[str, FloatArray]:
    path = np.cumsum(steps)
    return {f"return {lag}": _since(path, lag) for lag in _LAGS}


def _since(values: FloatArray, lag: int) -> FloatArray:
    result = np.full(len(values), np.nan)
    result[lag:] = values[lag:] - values[:-lag]
    return result


def _spread(steps: FloatArray) -> dict[str, FloatArray]:
    short, long = _deviation(steps, 12), _deviation(steps, 48)
    return {"volatility 12": short, "volatility 48": long, "volatility ratio": _ratio(short, long)}


def _deviation(values: FloatArray, n: int) -> FloatArray:
    """Standard deviation of each window of n values; windows are summed apart, not rolled on."""
    result = np.full(len(values), np.nan)
    if len(values) >= n:
        result[n - 1 :] = np.lib.stride_tricks.sliding_window_view(values, n).std(axis=1)
    return result


def _averages(index: FloatArray) -> dict[str, FloatArray]:
    return {
        "RSI 14": rsi(index, 14),
        "EMA 20 distance": index / ema(index, 20) - 1.0,
        "EMA 50 distance": index / ema(index, 50) - 1.0,
    }


def _candle_shape(candles: Candles) -> dict[str, FloatArray]:
    high, low, close = candles.high, candles.low, candles.close
    span = high - low
    usual = talib.ATR(high, low, close, 14)
    return {
        # Shares of a sum, not ratios: a wild candle can't be further out than 1.
        "volume share": _ratio(candles.volume, candles.volume + _mean(candles.volume), empty=0.5),
        "range share": _ratio(span, span + usual, empty=0.5),
        "body": _ratio(close - candles.open, span, empty=0.0),
        "place in range": _ratio(close - low, span, empty=0.5),
        "mean range 14": usual / close,
    }


def _mean(volume: FloatArray) -> FloatArray:
    return np.asarray(talib.SMA(volume, 20), np.float64)


def _clock(candles: Candles) -> dict[str, FloatArray]:
    if candles.timeframe.ms > Timeframe.H4.ms:
        return {}
    angle = (candles.time % DAY_MS) * (2.0 * np.pi / DAY_MS)
    return {"hour sine": np.sin(angle), "hour cosine": np.cos(angle)}


def _ratio(above: FloatArray, below: FloatArray, empty: float = 1.0) -> FloatArray:
    """Divide, with `empty` where there is nothing to divide by."""
    known: IntArray | FloatArray = np.where(below > 0.0, below, 1.0)
    return np.where(below > 0.0, above / known, np.where(np.isnan(below), np.nan, empty))
