"""What came over the websocket, as quotes: read as the answers to requests are."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from desk.errors import MarketError
from desk.ports import Clock
from market.live.line import Part
from trading.instrument import Quote

logger = logging.getLogger(__name__)
Read = Callable[[str, Mapping[str, Any], datetime], Quote]
When = Callable[[object], datetime | None]
# A stamp further ahead than these seconds is garbage, not a difference of clocks.
FUTURE_SECONDS = 60.0
# A last trade that is this much older than bid and ask says nothing of the price now.
LAST_SECONDS = 10.0


@dataclass(frozen=True)
class _Message:
    """A ticker of ccxt's, and when it came: in the loop's seconds and by the clock."""

    ticker: Mapping[str, Any]
    seconds: float
    at: datetime


@dataclass
class _Symbol:
    """The newest messages, and the quote that they make.

    `lag`: how old the newest ticker was when it came, seconds. `quoted_at`: when the message with
    the quote's bid and ask came, in the loop's seconds.
    """

    book: _Message | None = None
    ticker: _Message | None = None
    lag: float = 0.0
    quote: Quote | None = None
    quoted_at: float = float("-inf")


class LiveQuotes:
    """Joins best bids and asks with tickers.

    A best bid and ask comes with each change but without the last trade, and mostly without a
    time; a ticker has all three and a time, but comes about once a second. So: bid and ask of the
    book's update while one came within `young` seconds, else of the ticker; the last trade of the
    newest ticker (between two tickers there may have been a newer one; the desk holds it between
    bid and ask), or the middle of bid and ask when that trade is over ten seconds older. The time
    is that of the message with bid and ask, or its receipt. A connection that lags shows in the
    tickers' times: then the receipt of a book's update says nothing.

    `read` makes a quote of ccxt's ticker and refuses what can't be true; `when` gives a message's
    time by our clock, which is `clock`.
    A quote is given out for `young` seconds only, by its own time and by the time since it came.
    """

    def __init__(self, read: Read, when: When, clock: Clock, young: float) -> None:
        self._read = read
        self._when = when
        self._clock = clock
        self._young = young
        self._symbols: dict[str, _Symbol] = {}
        self.refused = 0

    def take(self, part: Part, symbol: str, ticker: Mapping[str, Any], now: float) -> Quote | None:
        """Take a message in; return the quote when it is new and of other prices than before.

        `now` is the loop's time. What makes no honest quote changes nothing.
        """
        held = self._symbols.setdefault(symbol, _Symbol())
        before = (held.book, held.ticker)
        message = _Message(ticker, now, self._clock())
        try:
            if part == "book":
                held.book = message
            else:
                # Kept even if the ticker is refused for it.
                held.lag = self._lag(symbol, ticker)
                held.ticker = message
            source = self._source(held, now)
            quote = self._joined(symbol, held, source)
        except (MarketError, ArithmeticError, ValueError, TypeError) as error:
            held.book, held.ticker = before
            self.refused += 1
            level = logging.INFO if self.refused == 1 else logging.DEBUG
            logger.log(level, "no live quote: %s", error)
            return None
        old, known = held.quote, now - held.quoted_at <= self._young
        if source is None or quote is None or (old is not None and known and quote.at < old.at):
            return None
        held.quote, held.quoted_at = quote, source.seconds
        return None if old is not None and _prices(old) == _prices(quote) else quote

    def get(self, symbol: str, now: float) -> Quote | None:
        """Return the symbol's quote while it is young."""
        held = self._symbols.get(symbol)
        if held is None or held.quote is None or not 0 <= now - held.quoted_at <= self._young:
            return None
        age = abs((self._clock() - held.quote.at).total_seconds())
        return held.quote if age <= self._young else None

    def clear(self) -> None:
        """Forget everything: the connection that it came over is gone."""
        self._symbols.clear()

    def _source(self, held: _Symbol, now: float) -> _Message | None:
        """Return the message that bid and ask are taken from."""
        fresh = held.book is not None and now - held.book.seconds <= self._young
        return held.book if fresh else held.ticker

    def _joined(self, symbol: str, held: _Symbol, source: _Message | None) -> Quote | None:
        bid, ask, stamp = (
            source.ticker.get(name) if source else None for name in ("bid", "ask", "timestamp")
        )
        if source is None or bid is None or ask is None:
            # Without both sides a quote would say more than is known; a request may know them.
            return None
        self._lag(symbol, source.ticker)
        if stamp is None and held.lag > self._young:
            raise MarketError(f"the messages about {symbol} come {held.lag:.0f} s late")
        last = None
        if held.ticker is not None and self._age(held.ticker, held, source) <= LAST_SECONDS:
            last = held.ticker.ticker.get("last")
        joined = {"bid": bid, "ask": ask, "last": last, "timestamp": stamp}
        # At its receipt: a ticker with a newer last trade makes the book's update no younger.
        return self._read(symbol, joined, source.at)

    @staticmethod
    def _age(ticker: _Message, held: _Symbol, source: _Message) -> float:
        """Return how much older a ticker's last trade is than the receipt of bid and ask."""
        return source.seconds - ticker.seconds + held.lag

    def _lag(self, symbol: str, ticker: Mapping[str, Any]) -> float:
        """Return how old a message is by its own time; 0 when it states none."""
        at = self._when(ticker.get("timestamp"))
        lag = 0.0 if at is None else (self._clock() - at).total_seconds()
        if lag < -FUTURE_SECONDS:
            raise MarketError(f"the time of the price of {symbol} is {-lag:,.0f} s ahead")
        return lag


def _prices(quote: Quote) -> tuple[object, ...]:
    return quote.bid, quote.ask, quote.last
