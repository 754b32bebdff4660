"""What the market showed of a symbol, a live quote or a closed candle, and what orders get there.

Decimal meets float here and in desk.pricing, nowhere else in the desk: levels go into the rule
book (trading.matching) as floats and come back on the tick grid as Decimals.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import isnan
from typing import Literal

from desk.rule_book import rule_book
from trading.candles import Candles, from_ms
from trading.instrument import Instrument, Quote
from trading.margin import bankruptcy_price, liquidation_of
from trading.orders import Order, Position, Side, sign

# At live quotes a trailing stop follows in steps of this share of its distance: each step is an
# event, and an event per tick would bury the log.
TRAIL_STEP = Decimal("0.05")


@dataclass(frozen=True)
class Phase:
    """A part of a moment: prices the market stood at ("quote", "open"), or a range ("within").

    `low` and `high` are bid and ask, the open twice, or the candle's low and high.
    """

    kind: Literal["quote", "open", "within"]
    at: datetime
    low: float
    high: float


@dataclass(frozen=True)
class Moment:
    """What a symbol did: orders placed after `since` are not reached by it; it ends at `at`.

    `mark` is what a position is worth when it is over (quote units).
    """

    symbol: str
    since: datetime
    at: datetime
    phases: tuple[Phase, ...]
    mark: Decimal

    @property
    def low(self) -> float:
        """The lowest price of all phases."""
        return min(phase.low for phase in self.phases)

    @property
    def high(self) -> float:
        """The highest price of all phases."""
        return max(phase.high for phase in self.phases)


def of_quote(quote: Quote) -> Moment:
    """Take a live quote as the market's state at its time."""
    phase = Phase("quote", quote.at, float(quote.bid), float(quote.ask))
    mark = min(max(quote.last, quote.bid), quote.ask)
    return Moment(quote.symbol, quote.at, quote.at, (phase,), mark)


def of_candle(candles: Candles, i: int) -> Moment:
    """Take a closed candle: its open, then the rest of it, whose order of prices nobody knows."""
    opened = from_ms(int(candles.time[i]))
    closed = opened + candles.timeframe.delta
    open_ = float(candles.open[i])
    phases = (
        Phase("open", opened, open_, open_),
        Phase("within", closed, float(candles.low[i]), float(candles.high[i])),
    )
    return Moment(candles.symbol, opened, closed, phases, Decimal(repr(float(candles.close[i]))))


def stop_fill(
    side: Side, trigger: Decimal, phase: Phase, slippage: Decimal, instrument: Instrument
) -> Decimal | None:
    """Return what a stop order fills at; None: it is not triggered."""
    rules, costs = rule_book(), (float(slippage), float(instrument.tick))
    reach = rules.stop_within if phase.kind == "within" else rules.stop_at
    first, second = (phase.high, phase.low) if phase.kind == "within" else (phase.low, phase.high)
    return _decimal(reach(sign(side), float(trigger), first, second, *costs), instrument)


def limit_fill(side: Side, limit: Decimal, phase: Phase, instrument: Instrument) -> Decimal | None:
    """Return what a waiting limit order fills at; None: it is not reached."""
    rules, level = rule_book(), float(limit)
    if phase.kind == "within":
        price = rules.limit_within(sign(side), level, phase.high, phase.low)
    else:
        price = rules.limit_at(sign(side), level, phase.low, phase.high)
    if isnan(price):
        return None
    # Between two quotes the price passed the level: a waiting order can't count on more.
    return limit if phase.kind == "quote" else _decimal(price, instrument)


def stop_limit_fill(
    order: Order, phase: Phase, slippage: Decimal, instrument: Instrument
) -> tuple[bool, Decimal | None]:
    """Tell whether a stop-limit is triggered, and what it fills at right then, if it does."""
    limit = order.level if order.limit is None else order.limit
    if order.triggered:
        return True, limit_fill(order.side, limit, phase, instrument)
    market = stop_fill(order.side, order.level, phase, slippage, instrument)
    if market is None:
        return False, None
    reached = stop_fill(order.side, order.level, phase, Decimal(0), instrument) or market
    beyond = (reached - limit) * sign(order.side) > 0
    worst = min if order.side == "buy" else max
    return True, None if beyond else worst(market, limit)


def liquidation_fill(
    position: Position, phase: Phase, slippage: Decimal, instrument: Instrument
) -> Decimal | None:
    """Return what a position is liquidated at; None: its margin holds."""
    level = liquidation_of(position, instrument)
    if level is None:
        return None
    long = position.quantity > 0
    reached = phase.low if long else phase.high
    if (reached - float(level)) * (1 if long else -1) > 0:
        return None
    gone = bankruptcy_price(
        position.side, position.average_price, abs(position.quantity), position.margin
    )
    price = float(level) if phase.kind == "within" else reached
    fill = rule_book().liquidation_fill(
        sign(position.side), price, float(gone), float(slippage), float(instrument.tick)
    )
    return _decimal(fill, instrument)


def trail(order: Order, moment: Moment, instrument: Instrument) -> Order | None:
    """Return a trailing stop that has followed the moment; None: it stays where it is."""
    if order.trail is None or order.best is None:
        return None
    side = -sign(order.side)  # the position's
    seen = moment.phases[0] if moment.phases[0].kind == "quote" else moment.phases[-1]
    # What the position could be closed at: the bid of a long, the ask of a short.
    live = seen.kind == "quote"
    reached = (seen.low if live else seen.high) if side > 0 else (seen.high if live else seen.low)
    if (reached - float(order.best)) * side <= 0:
        return None
    stop, share, tick = float(order.level), float(order.trail), float(instrument.tick)
    level = _decimal(rule_book().trailed(side, stop, reached, share, tick), instrument)
    least = order.trail * order.best * TRAIL_STEP if live else Decimal(0)
    if level is None or abs(level - order.level) <= least:
        return None
    return order.moved(Decimal(repr(reached)), level)


def _decimal(price: float, instrument: Instrument) -> Decimal | None:
    if isnan(price):
        return None
    result: Decimal = rule_book().to_decimal(price, instrument.tick)
    return result
