"""Forecasts: learned on a thread of their own, kept while they are fresh, then learned anew."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta

from desk.fingerprints import digest_of, fingerprint_of
from desk.memory import Memory
from desk.searching import Searching, Stopped, Told, Unwanted, untold
from trading.candles import Candles
from trading.forecast import Forecast, Plan, Trained, answer, train
from trading.learners import Library

FRESH_FOR = timedelta(days=1)
FRESH_SHARE = 0.01  # of the candles learned from, that may have come since
MODELS = 64
WAITING = "Waiting for another forecast to end"


@dataclass(frozen=True, eq=False)
class Known:
    """A model and when it was learned."""

    trained: Trained
    at: datetime


@dataclass(frozen=True, eq=False)
class Ahead:
    """A forecast from the newest candle, by a model learned at `trained_at` from candles up to
    the one that closed at `learned_to`."""

    forecast: Forecast
    trained_at: datetime
    learned_to: datetime


class Forecasting:
    """Learns one model after the other, off the event loop, and remembers the newest of each kind.

    A model is used again for newer candles of the same market as long as it is fresh: it was
    learned from candles that are among these, byte for byte, and since then less than a day and
    no more than a hundredth of its candles went by. Its walk-forward score goes with it. All else
    learns anew, which takes about a second; therefore nothing is kept on disk.
    """

    def __init__(self, library: Library = Library.LIGHTGBM, remember: int = MODELS) -> None:
        self._library = library
        self._learning = Searching(remember=0, name="forecast", waiting=WAITING)
        self._models = Memory(min(remember, MODELS))

    async def forecast(
        self, source: str, candles: Candles, horizon: int, now: datetime, told: Told = untold
    ) -> Ahead:
        """Forecast `horizon` candles on from the newest of `candles`, which come from `source`.

        `told` hears of each fold that is done. Work that nobody waits for any more is stopped.
        Errors: those of trading.forecast.
        """
        plan = Plan(horizon, self._library)
        place = (source, candles.symbol, candles.timeframe, plan)
        known = self._kept(place, candles)
        if known is None:
            known = await self._learning.run(
                (source, fingerprint(candles, plan)),
                lambda tell, stopped: Known(_learned(candles, plan, tell, stopped), now),
                told,
            )
            self._models.put(place, known)
        # A few milliseconds: whoever learns does not hold it up.
        forecast = await asyncio.to_thread(answer, known.trained, candles)
        return Ahead(forecast, known.at, known.trained.candles.last_close_time)

    def _kept(self, place: Hashable, candles: Candles) -> Known | None:
        known = self._models.get(place)
        return known if isinstance(known, Known) and fresh(known.trained, candles) else None

    def close(self) -> None:
        """Stop learning; the thread ends with the folds at hand."""
        self._learning.close()


def fresh(trained: Trained, candles: Candles) -> bool:
    """Tell whether what was learned may still speak of these candles."""
    newer = trained.newer(candles)
    if newer is None or newer > FRESH_SHARE * len(trained.candles):
        return False
    return candles.last_close_time - trained.candles.last_close_time < FRESH_FOR


def fingerprint(candles: Candles, plan: Plan) -> str:
    """Return a hash of all that a model depends on: every byte of the candles, plan, library."""
    return digest_of(repr((fingerprint_of(candles), plan, plan.library.version)))


def _learned(candles: Candles, plan: Plan, tell: Told, stopped: Stopped) -> Trained:
    def each(number: int) -> None:
        if stopped():
            raise Unwanted
        tell(f"Fold {number} of {plan.folds}")

    return train(candles, plan, each)
