"""Indicators that alerts wait for, computed once for each candle that closes."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from math import isfinite

from desk.errors import MarketError
from desk.ports import MarketData, Series
from trading.candles import Candles, FloatArray, from_ms, to_ms
from trading.errors import ConclaveError, NotEnoughHistory
from trading.gauges import GaugeValue, IndicatorGauge, indicators_of
from trading.indicator_names import PRICE, Indicator, parse_indicator
from trading.indicators import ema, ichimoku, rsi, sma, vwap
from trading.jumps import after_faults
from trading.readings import readings

logger = logging.getLogger(__name__)
FIRST_PAUSE = timedelta(seconds=1)  # until a candle that should be there is asked for again
LONGEST_PAUSE = timedelta(minutes=1)
MOST_MISSED = 300  # candles of the past that are looked at after a time without a watch


class Gauges:
    """Gives each indicator's value once per closed candle of its symbol and timeframe.

    Candles are fetched only when one has closed since, once for all indicators on them.
    """

    def __init__(self, market: MarketData) -> None:
        self._market = market
        self._done: dict[str, datetime] = {}
        self._tries: dict[Series, tuple[int, datetime]] = {}
        self._busy: set[Series] = set()

    async def due(
        self,
        now: datetime,
        needed: Iterable[str],
        since: datetime | None = None,
        only: Collection[Series] | None = None,
    ) -> list[GaugeValue]:
        """Return the values of candles that have closed since the last call, oldest first.

        Of a gauge that was not asked for before: of the candles that closed after `since`, or only
        of the newest. A market that does not answer is asked again after a pause; gauges that are
        needed no more are forgotten. `only`: look at these candles alone. Candles that another
        call is fetching are left to it.
        """
        by_series: defaultdict[Series, list[IndicatorGauge]] = defaultdict(list)
        for gauge in indicators_of(needed):
            by_series[gauge.symbol, gauge.timeframe].append(gauge)
        self._forget({str(gauge) for gauges in by_series.values() for gauge in gauges})
        due = [
            series
            for series, gauges in by_series.items()
            if (only is None or series in only)
            and series not in self._busy
            and self._is_due(series, gauges, now)
        ]
        self._busy.update(due)
        try:
            found = await asyncio.gather(
                *(self._of(series, by_series[series], now, since) for series in due)
            )
        finally:
            self._busy.difference_update(due)
        return sorted((value for values in found for value in values), key=lambda one: one.at)

    def late(self, now: datetime, needed: Iterable[str], only: Collection[Series]) -> bool:
        """Tell whether one of these candles has closed by now, and was not to be had yet."""
        return any(
            self._done.get(str(gauge), now - gauge.timeframe.delta)
            < from_ms(gauge.timeframe.last_close(to_ms(now)))
            for gauge in indicators_of(needed)
            if (gauge.symbol, gauge.timeframe) in only
        )

    async def present(self, gauge: IndicatorGauge, now: datetime) -> Decimal:
        """Return an indicator's value at the newest closed candle.

        Raises MarketError, and NotEnoughHistory when it has none there.
        """
        wanted = parse_indicator(gauge.indicator)
        candles = await self._market.candles(gauge.symbol, gauge.timeframe, now, wanted.candles)
        value = await asyncio.to_thread(indicator_value, candles, wanted)
        if value is None:
            raise NotEnoughHistory(
                f"{gauge.symbol} {gauge.timeframe}: there is no {wanted.name} to be had from "
                f"{len(candles)} closed candles."
            )
        return value

    def _is_due(self, series: Series, gauges: Sequence[IndicatorGauge], now: datetime) -> bool:
        closed = from_ms(series[1].last_close(to_ms(now)))
        if all(self._done.get(str(gauge), closed - series[1].delta) >= closed for gauge in gauges):
            return False
        return series not in self._tries or now >= self._tries[series][1]

    async def _of(
        self,
        series: Series,
        gauges: Sequence[IndicatorGauge],
        now: datetime,
        since: datetime | None,
    ) -> list[GaugeValue]:
        try:
            return await self._values(series, gauges, now, since)
        except MarketError as error:
            logger.warning("candles of %s %s can't be had: %s", *series, error)
        except ConclaveError as error:
            logger.info("no indicators of %s %s: %s", *series, error)
        except Exception:
            logger.exception("the indicators of %s %s failed", *series)  # The others go on.
        self._later(series, now)
        return []

    async def _values(
        self,
        series: Series,
        gauges: Sequence[IndicatorGauge],
        now: datetime,
        since: datetime | None,
    ) -> list[GaugeValue]:
        symbol, timeframe = series
        wanted = {str(gauge): parse_indicator(gauge.indicator) for gauge in gauges}
        longest = max(indicator.candles for indicator in wanted.values())
        first = min(self._after(name, since) or now - timeframe.delta for name in wanted)
        missed = min(max((now - first) // timeframe.delta, 0), MOST_MISSED)
        candles = await self._market.candles(symbol, timeframe, now, longest + missed)
        if not len(candles) or candles.last_close_time < from_ms(timeframe.last_close(to_ms(now))):
            # Not published yet, or nothing was traded: what is there already is told meanwhile.
            self._later(series, now)
        else:
            self._tries.pop(series, None)
        afters = {name: self._after(name, since) for name in wanted}
        values = await asyncio.to_thread(_closed_values, candles, wanted, afters)
        if len(candles):
            self._done.update(dict.fromkeys(wanted, candles.last_close_time))
        return values

    def _after(self, name: str, since: datetime | None) -> datetime | None:
        """Return the close up to which this gauge is done; None: only the newest is wanted."""
        return self._done.get(name, since)

    def _later(self, series: Series, now: datetime) -> None:
        tries = self._tries.get(series, (0, now))[0]
        pause = min(FIRST_PAUSE * 2**tries, LONGEST_PAUSE)
        self._tries[series] = (min(tries + 1, 10), now + pause)

    def _forget(self, needed: set[str]) -> None:
        for name in self._done.keys() - needed:
            del self._done[name]


def indicator_value(candles: Candles, indicator: Indicator) -> Decimal | None:
    """Return an indicator at the newest of these candles; None: it has no value there."""
    candles = after_faults(candles)  # what spans a redenomination is no price's doing
    if len(candles) < indicator.least:
        return None
    if indicator.sides is not None:
        left, right = (_line(candles, name) for name in indicator.sides)
        value = float(left[-1] / right[-1] - 1)
    elif indicator.name.startswith("RSI("):
        value = float(rsi(candles.close, indicator.length)[-1])
    elif indicator.scale == "price":
        value = float(_line(candles, indicator.name)[-1])
    else:
        value = _reading(candles, indicator.name)
    return Decimal(repr(value)) if isfinite(value) else None


def _line(candles: Candles, name: str) -> FloatArray:
    if name == PRICE:
        return candles.close
    if name == "VWAP":
        return vwap(candles)
    if name.startswith("Cloud"):
        lines = ichimoku(candles)
        return lines.top if name == "Cloud top" else lines.bottom
    average = ema if name.startswith("EMA") else sma
    return average(candles.close, parse_indicator(name).length)


def _reading(candles: Candles, name: str) -> float:
    found = {reading.label: reading.value for reading in readings(candles)}
    value = found.get(name)
    return float(value) if isinstance(value, float | int) else float("nan")


def _closed_values(
    candles: Candles, wanted: dict[str, Indicator], afters: dict[str, datetime | None]
) -> list[GaugeValue]:
    """Compute each gauge at every candle that closed after its time; None: at the newest."""
    found = []
    for name, indicator in wanted.items():
        after = afters[name]
        for end in range(len(candles), 0, -1):
            part = candles[max(0, end - indicator.candles) : end]
            closed = part.last_close_time
            if after is not None and closed <= after:
                break
            value = indicator_value(part, indicator)
            if value is not None:
                found.append(GaugeValue(name, value, closed))
            if after is None or len(candles) - end >= MOST_MISSED:
                break
    return found
