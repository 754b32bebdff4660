"""How far will the price move? The standard deviation of the return over some candles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import GammaRegressor

from trading.candles import DAY_MS, Candles, FloatArray, Timeframe
from trading.cleaning import Cleaned
from trading.resampled import Estimate, estimate
from trading.volatility import DAILY_DECAY, decay_of, ewma_volatility
from trading.walk_forward import Learn, Rows, judged, predict_folds, split

WINDOWS = (4, 24, 96)
_SLOWER = 0.985
_LEAST = 1e-12  # variance below which nothing is told apart: a millionth, as a deviation
_QUIET = 1e-4  # of the mean variance; a dead market is no lesson in orders of magnitude
_FURTHEST = 5.0
_PENALTY = 1e-3
_STEPS = 50


@dataclass(frozen=True, eq=False)
class MoveModel:
    """A regression of the log variance over the horizon on log variances of the past.

    `centre`, `spread`: mean and standard deviation of each column where it was learned;
    `weights` are of the standardised columns.
    """

    centre: FloatArray
    spread: FloatArray
    weights: FloatArray
    shift: float

    def variance(self, rows: FloatArray) -> FloatArray:
        logs = _standardised(rows, self.centre, self.spread) @ self.weights + self.shift
        return np.asarray(np.exp(logs), np.float64)


@dataclass(frozen=True, eq=False)
class Moves:
    """The learned model, and how much better than the naive forecast it was, out of sample.

    `decay`: that of the EWMA which fits all rows best, chosen of a few; the EWMA it is judged
    against was chosen on what each fold learned from. `gain` is the difference of the QLIKE
    losses (log f + v / f of forecast variance f and realised variance v); above 0 the model is
    the better one. `edge`: by more than luck allows.
    """

    model: MoveModel
    decay: float
    gain: Estimate
    samples: int

    @property
    def edge(self) -> bool:
        return self.gain.low > 0.0


@dataclass(frozen=True)
class Move:
    """The expected standard deviation of the return over the horizon, as fractions.

    `naive` is the EWMA's with this `decay`; `expected` is the model's where it has shown to be
    better, else the same.
    """

    expected: float
    naive: float
    decay: float
    edge: bool


def learn_moves(candles: Candles, view: Cleaned, horizon: int, folds: int, seed: int) -> Moves:
    """Learn how far the price moves within `horizon` candles, and judge it walk-forward.

    A heterogeneous autoregression (Corsi 2009, "A simple approximate long-memory model of
    realized volatility") of the logs, with the hour of the day, fitted by its QLIKE loss: a gamma
    regression. The realised variance is the sum of the squared returns of the candles to come;
    where these have nothing to do with each other that is the variance of their sum. It is judged
    by QLIKE, which ranks forecasts rightly although the true variance is never seen (Patton
    2011), in the folds of trading.walk_forward, against the EWMA whose decay, of a few, had the
    least loss on the rows that the fold learns from: 0.94 is right for days, not for hours.
    """
    table = _table(candles, view)
    came = _realised(candles, horizon)
    at = np.flatnonzero(np.isfinite(came) & np.isfinite(table).all(axis=1))
    width, choices = table.shape[1], decays(candles.timeframe)
    ewmas = np.column_stack([_naive(candles, horizon, decay) for decay in choices])
    rows = Rows(at, np.column_stack([table, ewmas])[at], came[at])
    parts = split(at, horizon, folds)
    learners: tuple[Learn, ...] = (
        lambda x, y, new: _learn(x[:, :width], y).variance(new[:, :width]),
        lambda x, y, new: new[:, width + _best(x[:, width:], y)],
    )
    variance, naive = predict_folds(rows, parts, learners)
    real = judged(rows.y, parts)
    gain = estimate(_loss(naive, real) - _loss(variance, real), horizon, seed)
    decay = choices[_best(rows.x[:, width:], rows.y)]
    return Moves(_learn(rows.x[:, :width], rows.y), decay, gain, len(real))


def decays(timeframe: Timeframe) -> tuple[float, ...]:
    """Return the EWMAs to beat: RiskMetrics' 0.94, a slower one, and 0.94 a day in candles."""
    return tuple(sorted({DAILY_DECAY, _SLOWER, decay_of(timeframe)}))


def expected_move(moves: Moves, candles: Candles, view: Cleaned, horizon: int) -> Move:
    """Forecast from the newest candle on."""
    naive = float(np.sqrt(_naive(candles, horizon, moves.decay)[-1]))
    expected = float(np.sqrt(moves.model.variance(_table(candles, view)[-1:])[0]))
    return Move(expected if moves.edge else naive, naive, moves.decay, moves.edge)


def _naive(candles: Candles, horizon: int, decay: float) -> FloatArray:
    """Return the EWMA's variance of the return over the horizon, known at each close."""
    steps = np.diff(np.log(candles.close), prepend=np.log(candles.close[:1]))
    return np.maximum(horizon * ewma_volatility(steps, decay) ** 2, _LEAST)


def _table(candles: Candles, view: Cleaned) -> FloatArray:
    """Return log variances of the past and the hour, a row for each real candle."""
    sums = np.concatenate([[0.0], np.cumsum(view.returns**2)])
    columns = []
    for length in WINDOWS:
        mean = np.full(len(view.returns), np.nan)
        mean[length:] = (sums[length + 1 :] - sums[1:-length]) / length
        columns.append(mean[~view.is_filled])
    columns.append(_naive(candles, 1, DAILY_DECAY))
    columns.append(np.log(candles.high / candles.low) ** 2)
    logs = np.log(np.maximum(np.column_stack(columns), _LEAST))
    angle = (candles.time % DAY_MS) * (2.0 * np.pi / DAY_MS)
    return np.column_stack([logs, np.sin(angle), np.cos(angle)])


def _realised(candles: Candles, horizon: int) -> FloatArray:
    """Return the sum of the next `horizon` squared returns; nan as for trading.features.labels."""
    result = np.full(len(candles), np.nan)
    if len(candles) > horizon:
        sums = np.concatenate([[0.0], np.cumsum(np.diff(np.log(candles.close)) ** 2)])
        whole = candles.time[horizon:] - candles.time[:-horizon] == horizon * candles.timeframe.ms
        came = np.maximum(sums[horizon:] - sums[:-horizon], _LEAST)
        result[:-horizon] = np.where(whole, came, np.nan)
    return result


def _learn(x: FloatArray, y: FloatArray) -> MoveModel:
    centre, spread = x.mean(axis=0), x.std(axis=0)
    spread = np.where(spread > 0.0, spread, 1.0)
    scale = float(y.mean())
    model = GammaRegressor(alpha=_PENALTY, solver="newton-cholesky", max_iter=_STEPS)
    # Its search for a step may try one too long for numbers, and takes it back.
    with np.errstate(over="ignore", invalid="ignore"):
        model.fit(_standardised(x, centre, spread), np.maximum(y / scale, _QUIET))
    return MoveModel(centre, spread, model.coef_, float(model.intercept_ + np.log(scale)))


def _standardised(rows: FloatArray, centre: FloatArray, spread: FloatArray) -> FloatArray:
    return np.clip((rows - centre) / spread, -_FURTHEST, _FURTHEST)


def _best(forecasts: FloatArray, real: FloatArray) -> int:
    """Return the column of forecasts with the least mean loss."""
    return int(np.argmin(_loss(forecasts, real[:, None]).mean(axis=0)))


def _loss(forecast: FloatArray, real: FloatArray) -> FloatArray:
    return np.asarray(np.log(forecast) + real / forecast)
