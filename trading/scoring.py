"""What a verdict came to: the market's move, hit or miss, Brier score, and a paper trade of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from trading.candles import Candles, Timeframe, from_ms, to_ms
from trading.matching import market_fill

Stance = Literal["long", "short", "flat"]
SIDES: dict[Stance, int] = {"long": 1, "short": -1, "flat": 0}
COIN = 0.5
COIN_BRIER = 0.25
NO_TICK = 0.0


@dataclass(frozen=True)
class Costs:
    """What a fill costs, as fractions of its worth."""

    fee_rate: float
    slippage: float

    @property
    def round_trip(self) -> float:
        """The costs of going in and out again, to the first order."""
        return 2.0 * (self.fee_rate + self.slippage)


@dataclass(frozen=True)
class Said:
    """What was said of a symbol: `up` is the chance of a rise that goes with the stance.

    It was said at `starts` and is meant until `ends`.
    """

    symbol: str
    stance: Stance
    up: float
    starts: datetime
    ends: datetime


@dataclass(frozen=True)
class Scored:
    """What came of it; returns are fractions.

    `market` is the return of holding meanwhile, `made` that of the paper trade after costs (0 for
    flat). `hit`: a long and the price rose, a short and it fell, a flat and the move was no larger
    than the costs of a trade. A price that ends where it began is no hit for long or short.
    `brier`: the squared error of `up`; 0 is best, a coin has 0.25.
    """

    said: Said
    market: float
    rose: bool
    hit: bool
    brier: float
    made: float

    @property
    def directional(self) -> bool:
        return self.said.stance != "flat"


def chance_of_rise(stance: Stance, votes: int, cast: int) -> float:
    """Return the chance of a rise that a vote stands for: long its share, short the rest, flat ½.

    The share is of the votes cast, for and against. A run that failed, or that was stopped since
    the result stood, said nothing: it must not make those that agree look less sure.
    """
    if stance == "flat":
        return COIN
    share = votes / cast
    return share if stance == "long" else 1.0 - share


def score(said: Said, entry: float, left: float, costs: Costs) -> Scored:
    """Score what was said; `entry` is the price then, `left` the one at its end.

    The Brier score is (up − outcome)², outcome 1 for a rise, else 0. (Brier 1950, "Verification
    of forecasts expressed in terms of probability".)
    """
    market = left / entry - 1.0
    rose = left > entry
    if said.stance == "flat":
        hit = abs(market) <= costs.round_trip
    else:
        hit = rose if said.stance == "long" else left < entry
    return Scored(
        said=said,
        market=market,
        rose=rose,
        hit=hit,
        brier=(said.up - float(rose)) ** 2,
        made=paper_return(SIDES[said.stance], entry, left, costs),
    )


def paper_return(side: int, entry: float, left: float, costs: Costs) -> float:
    """Return what one unit at the entry's fill made after fee and slippage on both sides.

    `side` +1 long, −1 short, 0 no trade. Fills are those of the desk's rule book, without ticks.
    """
    if side == 0:
        return 0.0
    bought = float(market_fill(side, entry, costs.slippage, NO_TICK))
    sold = float(market_fill(-side, left, costs.slippage, NO_TICK))
    grown = sold / bought
    return side * (grown - 1.0) - costs.fee_rate * (1.0 + grown)


def due_at(as_of: datetime, timeframe: Timeframe, horizon: int) -> datetime:
    """Return the close of the first candle that closes `horizon` candles after `as_of` or later."""
    moment = to_ms(as_of) + horizon * timeframe.ms
    closed = timeframe.last_close(moment)
    return from_ms(closed if closed == moment else closed + timeframe.ms)


def close_at(candles: Candles, moment: datetime) -> float | None:
    """Return the close of the candle that closed at this very moment; None when it is missing."""
    closes = candles.time + candles.timeframe.ms
    at = int(closes.searchsorted(to_ms(moment)))
    return float(candles.close[at]) if at < len(closes) and closes[at] == to_ms(moment) else None


def first_close(
    candles: Candles, moment: datetime, within: timedelta
) -> tuple[datetime, float] | None:
    """Return the first close at `moment` or later, at most so much later; None without one."""
    closes = candles.time + candles.timeframe.ms
    at = int(closes.searchsorted(to_ms(moment)))
    if at == len(closes) or closes[at] > to_ms(moment + within):
        return None
    return from_ms(int(closes[at])), float(candles.close[at])


def blocks(said: Sequence[Said], name_of: dict[str, str] | None = None) -> list[int]:
    """Return for each of these the number of its block; what overlaps of one symbol shares one.

    A block begins with the first that is said when the one that began the last block has ended. So
    there are as many blocks as can be said one after the other: that many are independent.
    `name_of`: symbols that are the same thing under another name.
    """
    names = name_of or {}
    order = sorted(range(len(said)), key=lambda at: (said[at].starts, said[at].ends))
    ends: dict[str, tuple[datetime, int]] = {}
    found = [0] * len(said)
    count = 0
    for at in order:
        name = names.get(said[at].symbol, said[at].symbol)
        open_until = ends.get(name)
        if open_until is None or said[at].starts >= open_until[0]:
            open_until = ends[name] = said[at].ends, count
            count += 1
        found[at] = open_until[1]
    return found
