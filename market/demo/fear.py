"""Fear gauges of the demo market: made up from its own prices, so that they fit its moves.

Longs pay more after a rise, contracts are opened in rallies and liquidated in falls, and orders
wait on the side that the last minutes favour. All of it is a function of time and seed.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, log, tanh

from desk.fear import Book, Fear, Funding, InterestChange, OpenInterest
from market.demo.world import DAY, HOUR, WORLD_START, Coin
from trading.candles import from_ms

INTERVAL_HOURS = 8
USUAL_RATE, MOST_RATE = 0.0001, 0.0020
# A rise of 10 % in a day makes longs pay six times the usual.
RATE_PER_MOVE = 0.005
# Open contracts on a calm day, as a multiple of what is traded on one; moved by three days' trend.
CONTRACTS, TREND_DAYS, TREND_PULL, MOST_TREND = 1.3, 3, 1.5, 0.6
SHORT_MOVE = 15 * 60_000
LEAN_PER_MOVE = 60.0
REACH = 0.01
SOURCE = "demo"


def demo_fear(coin: Coin, price: Callable[[int], int], moment: int, spread: float) -> Fear:
    """Return the gauges at `moment` (ms); `price` gives ticks at any time up to then.

    `spread` is that of the quote, as a fraction.
    """
    at = from_ms(moment)

    def move(end: int, span: int) -> float:
        """Return the log return over the `span` ms that end at `end`."""
        start = max(WORLD_START, end - span)
        return log(price(max(end, WORLD_START)) / price(start))

    def contracts(when: int) -> float:
        trend = TREND_PULL * move(when, TREND_DAYS * DAY)
        return CONTRACTS * coin.volume * exp(max(-MOST_TREND, min(MOST_TREND, trend)))

    interval = INTERVAL_HOURS * HOUR
    rate = USUAL_RATE + RATE_PER_MOVE * move(moment, DAY)
    perpetual = f"{coin.symbol}:USDT"
    last = price(moment) / 10**coin.places
    return Fear(
        coin.symbol,
        Funding(
            round(max(-MOST_RATE, min(MOST_RATE, rate)), 8),
            float(INTERVAL_HOURS),
            from_ms(moment // interval * interval + interval),
            perpetual,
            at,
            SOURCE,
        ),
        OpenInterest(round(contracts(moment) * last, 2), "USDT", perpetual, at, SOURCE),
        InterestChange(
            contracts(moment) / contracts(moment - DAY) - 1, True, perpetual, at, SOURCE
        ),
        Book(tanh(LEAN_PER_MOVE * move(moment, SHORT_MOVE)), spread, REACH, at, SOURCE),
    )
