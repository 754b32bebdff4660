"""What the forecast knows at a candle's close: scale-free numbers of that candle and before."""

from __future__ import annotations

import numpy as np
import talib

from trading.candles import Candles, FloatArray, IntArray, Timeframe
from trading.indicators import ema, rsi

WARM_UP = 100  # rows before it lack the history that the slowest average needs
_LAGS = (1, 2, 3, 6, 12, 24, 48)
_DAY_MS = 86_400_000


def features(candles: Candles) -> tuple[tuple[str, ...], FloatArray]:
    """Return the names and the table (candles, features); the first 100 rows hold nan.

    Row i uses candles up to i only. Lags count candles: over a hole they reach further back in
    time than elsewhere. No column depends on the level of the price or of the volume.
    """
    columns = {
        **_returns(candles),
        **_spread(candles),
        **_averages(candles),
        **_candle_shape(candles),
        **_clock(candles),
    }
    table = np.column_stack(list(columns.values()))
    table[:WARM_UP] = np.nan
    return tuple(columns), table


def labels(candles: Candles, horizon: int) -> FloatArray:
    """Return 1.0 where the close is higher `horizon` candles later, 0.0 where not, else nan.

    nan: the future is not known yet, or candles are missing on the way to it.
    """
    result = np.full(len(candles), np.nan)
    close, time = candles.close, candles.time
    if len(candles) > horizon:
        whole = time[horizon:] - time[:-horizon] == horizon * candles.timeframe.ms
        result[:-horizon] = np.where(whole, close[horizon:] > close[:-horizon], np.nan)
    return result


def _returns(candles: Candles) -> dict[str, FloatArray]:
    logs = np.log(candles.close)
    return {f"return {lag}": _since(logs, lag) for lag in _LAGS}


def _since(values: FloatArray, lag: int) -> FloatArray:
    result = np.full(len(values), np.nan)
    result[lag:] = values[lag:] - values[:-lag]
    return result


def _spread(candles: Candles) -> dict[str, FloatArray]:
    steps = _since(np.log(candles.close), 1)
    short, long = _deviation(steps, 12), _deviation(steps, 48)
    return {"volatility 12": short, "volatility 48": long, "volatility ratio": _ratio(short, long)}


def _deviation(values: FloatArray, n: int) -> FloatArray:
    """Standard deviation of each window of n values; windows are summed apart, not rolled on."""
    result = np.full(len(values), np.nan)
    if len(values) >= n:
        result[n - 1 :] = np.lib.stride_tricks.sliding_window_view(values, n).std(axis=1)
    return result


def _averages(candles: Candles) -> dict[str, FloatArray]:
    close = candles.close
    mean_volume = talib.SMA(candles.volume, 20)
    return {
        "RSI 14": rsi(close, 14),
        "EMA 20 distance": close / ema(close, 20) - 1.0,
        "EMA 50 distance": close / ema(close, 50) - 1.0,
        "volume ratio": _ratio(candles.volume, mean_volume),
    }


def _candle_shape(candles: Candles) -> dict[str, FloatArray]:
    span = candles.high - candles.low
    return {
        "range": span / candles.close,
        "body": (candles.close - candles.open) / candles.close,
        "place in range": _ratio(candles.close - candles.low, span, empty=0.5),
        "mean range 14": talib.ATR(candles.high, candles.low, candles.close, 14) / candles.close,
    }


def _clock(candles: Candles) -> dict[str, FloatArray]:
    if candles.timeframe.ms > Timeframe.H4.ms:
        return {}
    angle = (candles.time % _DAY_MS) * (2.0 * np.pi / _DAY_MS)
    return {"hour sine": np.sin(angle), "hour cosine": np.cos(angle)}


def _ratio(above: FloatArray, below: FloatArray, empty: float = 1.0) -> FloatArray:
    """Divide, with `empty` where there is nothing to divide by."""
    known: IntArray | FloatArray = np.where(below > 0.0, below, 1.0)
    return np.where(below > 0.0, above / known, np.where(np.isnan(below), np.nan, empty))
