"""A connection to one exchange through ccxt: public requests, retried a little, errors mapped."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import ccxt.async_support as ccxt

from desk.errors import MarketUnavailable
from desk.ports import Clock
from market.connection.errors import (
    in_desk_words,
    is_rate_limit,
    is_transient,
    note_status,
    pause_of,
)
from market.connection.ids import refuse_unknown
from market.connection.quirks import quirks_of
from trading.candles import Timeframe, to_ms
from trading.errors import BadArgument
from trading.rollup import finer_than

RETRIES = 2
DEFAULT_PAGE = 500
# A pause of this many seconds is waited for; a longer one is the caller's to decide.
SHORT_PAUSE = 2.0
# The pause after "too many requests" without a word of how long.
UNSAID_PAUSE = 60.0
# Below this a difference of clocks is as likely the network's doing.
NOTABLE_SKEW_MS = 1000


class ExchangeClient:
    """Asks an exchange, within its rate limits.

    `timeout` seconds bound one request, and no retry starts later than that after the first try.
    A pause that the exchange asks for is kept: until it is over, requests fail at once, whatever
    still succeeds that was sent before it.
    """

    def __init__(
        self, exchange_id: str, clock: Clock, api_base: str | None, timeout: float, backoff: float
    ) -> None:
        refuse_unknown(exchange_id)
        quirks = quirks_of(exchange_id)
        self.name = exchange_id
        self._clock = clock
        self._timeout = timeout
        self._backoff = backoff
        self._market_params = dict(quirks.market_params)
        self._halted_params = dict(quirks.halted_params)
        self._paused_until: datetime | None = None
        self._skew_ms = 0
        self._behind_ms = 0
        self._ccxt: Any = getattr(ccxt, exchange_id)(
            {"enableRateLimit": True, "timeout": timeout * 1000, "options": dict(quirks.options)}
        )
        self.source = exchange_id
        self._moved = api_base is not None
        if api_base is not None:
            self._ccxt.urls = _moved(self._ccxt.urls, api_base)
            self.source = f"{exchange_id}@{urlsplit(api_base).netloc}"
            if api_base.startswith("http://"):
                self._ccxt.timeout_on_exit = 0  # ccxt waits there for TLS to say goodbye
        _watch_answers(self._ccxt)
        self.page = quirks.candle_page or self._documented_page()
        self.newest_candles = quirks.newest_candles

    def _documented_page(self) -> int:
        limit = self._ccxt.feature_value_by_type("spot", None, "fetchOHLCV", "limit", None)
        return limit if isinstance(limit, int) and limit > 1 else DEFAULT_PAGE

    def now_ms(self) -> int:
        """Return the present in ms, never later than the exchange's own clock."""
        return to_ms(self._clock()) + self._behind_ms

    def from_exchange_time(self, ms: int) -> int:
        """Return a time of the exchange's clock as one of ours."""
        return ms - self._skew_ms

    @property
    def skew_seconds(self) -> float:
        """How far the exchange's clock is ahead of ours; 0 when it isn't notable."""
        return self._skew_ms / 1000

    @property
    def pause_left(self) -> float:
        """For how many seconds the exchange still wants no requests; 0 when it takes them."""
        if self._paused_until is None:
            return 0.0
        return max(0.0, (self._paused_until - self._clock()).total_seconds())

    @property
    def precision_mode(self) -> int:
        return int(self._ccxt.precisionMode)

    def candles_asked_for(self, timeframe: Timeframe) -> Timeframe:
        """Return the timeframe itself, or the coarsest one of the exchange's to roll up.

        Raises BadArgument when there is neither, naming those that the exchange has.
        """
        if self._ccxt.has.get("fetchOHLCV") is not True:
            raise BadArgument(f"{self.name} offers no candles. Choose another exchange.")
        for each in (timeframe, *finer_than(timeframe)):
            if each.value in self._ccxt.timeframes:
                return each
        known = ", ".join(t.value for t in Timeframe if t.value in self._ccxt.timeframes)
        raise BadArgument(f"{self.name} has no {timeframe} candles. Use one of {known}.")

    async def sync_clock(self) -> bool:
        """Compare the clocks; False when the exchange has no such request."""
        if self._ccxt.has.get("fetchTime") is not True:
            return False
        before = to_ms(self._clock())
        server = await self._call("fetch_time")
        after = to_ms(self._clock())
        if not isinstance(server, int):
            raise MarketUnavailable(f"{self.name} gave an answer that can't be read.")
        skew = server - (before + after) // 2
        notable = abs(skew) > max(NOTABLE_SKEW_MS, after - before)
        self._skew_ms = skew if notable else 0
        # Its clock showed this much when the answer left it, so it is past that now: no guess of
        # the way's length, which could take a candle for closed before it is.
        self._behind_ms = min(0, server - after)
        return True

    async def markets(self) -> dict[str, Any]:
        """Ask for the list of markets; return ccxt's market structures by symbol."""
        markets = await self._call("load_markets", True, self._market_params)
        if not isinstance(markets, dict) or not markets:
            raise MarketUnavailable(f"{self.name} lists no markets just now. Try again later.")
        return markets

    async def halted(self) -> list[dict[str, Any]]:
        """Ask for the markets that `markets` leaves out; none where it gives all there are."""
        if not self._halted_params:
            return []
        # Not load_markets: ccxt would take these for all that there are.
        markets = await self._call("fetch_markets", self._halted_params)
        return markets if isinstance(markets, list) else []

    async def candle_rows(
        self, symbol: str, timeframe: Timeframe, since: int, limit: int
    ) -> object:
        return await self._call("fetch_ohlcv", symbol, timeframe.value, since, limit)

    async def ticker(self, symbol: str) -> dict[str, Any]:
        ticker = await self._call("fetch_ticker", symbol)
        if not isinstance(ticker, dict):
            raise MarketUnavailable(f"{self.name} gave an answer that can't be read.")
        return ticker

    def offers(self, method: str) -> bool:
        """Tell whether ccxt has this method (`fetchFundingRate`) for the exchange."""
        return self._ccxt.has.get(method) in (True, "emulated")

    @property
    def listed(self) -> Mapping[str, Any]:
        """ccxt's market structures by symbol, as they were loaded last."""
        return self._ccxt.markets or {}

    async def ask(self, method: str, *args: object) -> Any:
        """Call one of ccxt's unified public methods (`fetch_funding_rate`)."""
        return await self._call(method, *args)

    def lend(self, other: Any) -> None:
        """Give another ccxt object of this exchange the list of markets, and the certificates."""
        other.set_markets_from_exchange(self._ccxt)
        other.ssl_context = self._ccxt.ssl_context

    async def close(self) -> None:
        await self._ccxt.close()

    async def _call(self, method: str, *args: object) -> Any:
        self._refuse_while_paused()
        started = _seconds()
        attempt = 0
        while True:
            try:
                answer = await getattr(self._ccxt, method)(*args)
            except Exception as error:
                # Not only ccxt's own errors: its parsers crash on answers of another shape.
                pause = pause_of(error, self._clock())
                self._remember_pause(error, pause)
                wait = self._backoff * 3**attempt if pause is None else pause
                worth = is_transient(error) or (pause is not None and pause <= SHORT_PAUSE)
                late = _seconds() - started + wait >= self._timeout
                if attempt == RETRIES or late or not worth:
                    raise in_desk_words(self.name, error, pause, moved=self._moved) from error
                attempt += 1
                await asyncio.sleep(wait)
                self._refuse_while_paused(beyond=wait)
            else:
                return answer

    def _remember_pause(self, error: Exception, pause: float | None) -> None:
        if pause is None and is_rate_limit(error):
            pause = UNSAID_PAUSE
        if pause is not None:
            until = self._clock() + timedelta(seconds=pause)
            self._paused_until = max(until, self._paused_until or until)

    def _refuse_while_paused(self, beyond: float = 0.0) -> None:
        """Raise MarketUnavailable while more than `beyond` seconds of a pause are left."""
        left = self.pause_left
        if left > beyond:
            raise MarketUnavailable(
                f"{self.name} asked for a pause: too many requests."
                f" Try again in {math.ceil(left):,} s."
            )


def _seconds() -> float:
    return asyncio.get_running_loop().time()


def _moved(urls: Any, base: str) -> Any:
    """Put `base` in place of scheme, host and port of every http address; the path stays."""
    if isinstance(urls, dict):
        return {name: _moved(part, base) for name, part in urls.items()}
    if isinstance(urls, list):
        return [_moved(part, base) for part in urls]
    if not isinstance(urls, str) or not urls.startswith(("http://", "https://")):
        return urls
    rest = urls.split("://", 1)[1]
    slash = rest.find("/")
    return base.rstrip("/") + (rest[slash:] if slash >= 0 else "")


def _watch_answers(exchange: Any) -> None:
    """Look at each answer before ccxt's parsers do.

    Errors carry the HTTP status and headers. A success without JSON, or with candles that are
    no rows, is a BadResponse: ccxt would make an empty list of it, which reads as "no trades".
    """
    check_body, check_status = exchange.handle_errors, exchange.handle_http_status_code
    parse_candles = exchange.parse_ohlcvs
    latest: dict[str, str] = {}

    def body_checked(code: int, reason: str, url: str, method: str, *rest: Any) -> None:
        headers, body, parsed = rest[:3]
        # ccxt calls both checks without a break in between, so these headers are the reply's.
        latest.clear()
        latest.update(headers or {})
        try:
            check_body(code, reason, url, method, *rest)
            if parsed is None and code < 400 and not str(body).strip().isdigit():
                raise ccxt.BadResponse(f"no JSON from {url}")
        except ccxt.BaseError as error:
            note_status(error, code, latest)
            raise

    def status_checked(code: int, *rest: Any) -> None:
        try:
            check_status(code, *rest)
        except ccxt.BaseError as error:
            note_status(error, code, latest)
            raise

    def candles_parsed(rows: Any, *rest: Any, **options: Any) -> Any:
        if rows is None or not all(isinstance(row, list | dict) for row in rows):
            raise ccxt.BadResponse("candles that are no rows")
        return parse_candles(rows, *rest, **options)

    exchange.handle_errors = body_checked
    exchange.handle_http_status_code = status_checked
    exchange.parse_ohlcvs = candles_parsed
