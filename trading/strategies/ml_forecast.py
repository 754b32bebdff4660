"""Trade the machine-learning forecast, learned again and again on what came before."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from trading.candles import Candles, FloatArray
from trading.cleaning import clean
from trading.compiled import compiled, plain
from trading.features import WARM_UP, features, labels
from trading.strategies.base import Search, Strategy

LEAST_ROWS = 400  # to learn from
SEED = 7


class MlForecast(Strategy):
    """Long or short for `horizon` candles when the chance of a higher close is far enough from ½.

    The boosted trees of /forecast (LightGBM's), without its calibration. They are learned anew
    whenever `retrain` timeframes of the calendar have passed, on the `learn` newest candles whose
    outcome was known by then. Where the data begins therefore matters only for as long as they
    don't reach back that far. A market that has not moved for 48 candles is left alone.
    """

    name: ClassVar[str] = "ml_forecast"
    title: ClassVar[str] = "ML forecast"
    summary: ClassVar[str] = "Follows boosted trees that are relearned on the candles before."

    threshold: Annotated[float, Search(0.02, 0.2)] = Field(0.1, ge=0.0, le=0.45)
    horizon: int = Field(4, ge=1, le=48)
    retrain: int = Field(500, ge=50, le=10_000)
    learn: int = Field(4_000, ge=LEAST_ROWS, le=20_000)

    @property
    def warm_up(self) -> int:
        return WARM_UP + LEAST_ROWS + self.horizon

    def signal(self, candles: Candles) -> FloatArray:
        signal = np.zeros(len(candles))
        if len(candles) > self.warm_up:
            key = ("chances", self.horizon, self.retrain, self.learn)
            chances = candles.once(key, lambda: self._chances(candles))
            _hold(plain(chances), self.threshold, self.horizon, signal)
        return signal

    def _chances(self, candles: Candles) -> FloatArray:
        """Return the chance of a higher close `horizon` candles on, nan where none is known."""
        # It brings a library along that takes a second to load.
        from trading.learners import learn_and_predict

        names, table = features(clean(candles))
        outcome = labels(candles, self.horizon)
        whole: NDArray[np.bool_] = np.all(np.isfinite(table), axis=1)
        labelled = np.flatnonzero(whole & np.isfinite(outcome))
        # At rest only the hour changes, which would call ups and downs where nothing moves.
        moved = whole & (table[:, names.index("volatility 48")] > 0.0)
        chances = np.full(len(candles), np.nan)
        for start, stop in pairwise([*self._relearned(candles), len(candles)]):
            # At the close of `start` the outcomes of the candles up to here are known.
            known = labelled[labelled <= start - self.horizon][-self.learn :]
            new = start + np.flatnonzero(moved[start:stop])
            if len(known) >= LEAST_ROWS and len(new):
                chances[new] = learn_and_predict(table[known], outcome[known], table[new], SEED)
        return chances

    def _relearned(self, candles: Candles) -> Sequence[int]:
        """Return the candles at whose close a model is learned: the first that can be, then by
        the calendar, so that neither what comes later nor how much came before moves them."""
        blocks = candles.time // (self.retrain * candles.timeframe.ms)
        fresh = 1 + np.flatnonzero(np.diff(blocks))
        return [self.warm_up, *fresh[fresh > self.warm_up].tolist()]


@compiled
def _hold(chances: FloatArray, threshold: float, horizon: int, signal: FloatArray) -> None:
    held, until = 0.0, 0
    for i in range(len(chances)):
        # Comparisons with nan are false.
        if chances[i] > 0.5 + threshold:
            held, until = 1.0, i + horizon
        elif chances[i] < 0.5 - threshold:
            held, until = -1.0, i + horizon
        signal[i] = held if i < until else 0.0
