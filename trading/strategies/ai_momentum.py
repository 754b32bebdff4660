"""Trade only what the forecast and the analyst both say."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from trading.candles import Candles, FloatArray
from trading.compiled import compiled
from trading.strategies.base import Search, Strategy
from trading.strategies.ml_forecast import MlForecast
from trading.strategies.momentum import Momentum


@compiled
def agreed(forecast: float, opinion: float) -> float:
    """Return the exposure that both stand for, 0 where they differ or one of them is flat.

    The smaller of the two where both are long or both are short. The only place that decides it:
    for the past by the momentum rule, for the present by the analyst's verdict (long 1, short −1,
    anything else 0).
    """
    if forecast * opinion <= 0.0:
        return 0.0
    return min(forecast, opinion) if forecast > 0.0 else max(forecast, opinion)


class AiMomentum(Strategy):
    """In the market while the forecast and the analyst's latest verdict agree, otherwise flat.

    A language model's opinion is never replayed on the past, which it has read about. In its
    place stands the momentum rule.
    """

    name: ClassVar[str] = "ai_momentum"
    title: ClassVar[str] = "AI-driven momentum"
    summary: ClassVar[str] = "Holds what the forecast and the analyst's verdict agree on."
    caution: ClassVar[str] = (
        "In this test momentum stands in for the analyst's verdict: a language model has read "
        "about the past, so its opinion of it proves nothing."
    )

    lookback: Annotated[int, Search(12, 240)] = Field(48, ge=2, le=500)
    threshold: Annotated[float, Search(0.02, 0.2)] = Field(0.1, ge=0.0, le=0.45)
    horizon: int = Field(4, ge=1, le=48)

    @property
    def warm_up(self) -> int:
        return max(self._forecast.warm_up, self._momentum.warm_up)

    @property
    def _forecast(self) -> MlForecast:
        return MlForecast(threshold=self.threshold, horizon=self.horizon)

    @property
    def _momentum(self) -> Momentum:
        return Momentum(lookback=self.lookback)

    def signal(self, candles: Candles) -> FloatArray:
        signal = np.zeros(len(candles))
        _both(self._forecast.signal(candles), self._momentum.signal(candles), signal)
        return signal


@compiled
def _both(forecast: FloatArray, opinion: FloatArray, signal: FloatArray) -> None:
    for i in range(len(signal)):
        signal[i] = agreed(forecast[i], opinion[i])
