"""Headlines of the demo market, made up from its own prices and labelled so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from desk.news import News, NewsItem
from desk.ports import Clock, MarketData
from market.demo.world import COINS, Coin
from trading.candles import Candles, Timeframe, from_ms

SOURCE = "made up"
HOURS = 72
# A headline tells of the move over so many hours; it comes when the last of them has closed.
SPAN = 4
NAMES = {
    "BTC": "Bitcoin",
    "ETH": "Ethereum",
    "SOL": "Solana",
    "BNB": "BNB",
    "XRP": "XRP",
    "ADA": "Cardano",
    "DOGE": "Dogecoin",
    "LTC": "Litecoin",
}
UP = ("edges up", "climbs", "rallies", "surges")
DOWN = ("edges down", "drops", "slides", "plunges")
# Moves, in percent, from which on the next stronger word is used.
STEPS = (0.5, 1.5, 3.5)


class DemoNews:
    """Implements desk.ports.NewsSource: the same hour always has the same headlines.

    They have no links, and each says that it is of the demo market.
    """

    def __init__(self, market: MarketData, clock: Clock) -> None:
        """`market`: the demo market whose prices they tell of."""
        self._market = market
        self._clock = clock

    async def latest(self) -> News:
        now = self._clock()
        items: list[NewsItem] = []
        for place, coin in enumerate(COINS):
            candles = await self._market.candles(coin.symbol, Timeframe.H1, now, HOURS + SPAN)
            items += _headlines(coin, place, candles, now)
        items.sort(key=lambda item: (item.at, item.title), reverse=True)
        return News(tuple(items), now, (SOURCE,), made_up=True)

    async def close(self) -> None:
        """Nothing is held open."""


def _headlines(coin: Coin, place: int, candles: Candles, now: datetime) -> Sequence[NewsItem]:
    """Tell of each coin every fourth hour, each coin some minutes later than the last."""
    items = []
    for at in range(SPAN, len(candles)):
        closed = from_ms(int(candles.time[at])) + Timeframe.H1.delta
        if (closed.hour + place) % SPAN:
            continue
        published = closed + timedelta(minutes=3 + 5 * place)
        if published > now:
            continue
        price, before = float(candles.close[at]), float(candles.close[at - SPAN])
        told = _told(100 * (price / before - 1))
        title = f"{NAMES[coin.base]} {told} in four hours to {price:,.{coin.places}f} (demo market)"
        items.append(NewsItem(title, "", SOURCE, published, published))
    return items


def _told(move: float) -> str:
    """Write a move (percent) in words, with the figure."""
    words = UP if move > 0 else DOWN
    return f"{words[sum(abs(move) >= step for step in STEPS)]} {abs(move):.1f}%"
