"""A spot exchange that speaks Binance's REST wire, for tests; its clock is passed in."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import numpy as np
from aiohttp import web

from tests.fakes.binance_faults import Answer, Fault, refusal
from tests.fakes.binance_futures import BinanceFutures
from tests.fakes.binance_streams import BinanceStreams
from tests.fakes.loopback import Loopback
from trading.candles import FloatArray, Timeframe, to_ms

QUOTES = ("USDT", "USDC", "BUSD", "BTC", "ETH", "BNB", "USD", "EUR")
MOST_ROWS = 1000
FINEST_FIRST = sorted(Timeframe, key=lambda timeframe: timeframe.ms)
WEIGHTS = {"exchangeInfo": 20, "klines": 2, "24hr": 2, "bookTicker": 2, "depth": 5}


@dataclass(frozen=True)
class Seen:
    """A request as it came: the last part of its path, and its parameters."""

    path: str
    params: Mapping[str, str]


@dataclass(frozen=True)
class Price:
    """What the ticker shows; `at` is its time in ms."""

    bid: float
    ask: float
    last: float
    at: int


class BinanceServer:
    """Serves candles as Binance would at the time of `clock`; listens on loopback.

    `candles` maps (symbol id, interval), such as ("BTCUSDT", "1h"), to tables of the shape
    (n, 6): open time in ms, open, high, low, close, volume. Candles that have not opened yet are
    not served; the one that is open now is served half-made, last, as the real one does.
    `halted` symbols are listed with the status BREAK. `futures` are served beside the spot market;
    their paths are counted and faulted as "fapi/…".
    """

    def __init__(
        self,
        candles: Mapping[tuple[str, str], FloatArray],
        clock: Callable[[], datetime],
        *,
        halted: Sequence[str] = (),
        futures: BinanceFutures | None = None,
    ) -> None:
        self.candles = dict(candles)
        self.requests: list[Seen] = []
        self.api_base = ""
        self._clock = clock
        self._halted = frozenset(halted)
        self._futures = futures
        self._books: dict[str, dict[str, object]] = {}
        self._prices: dict[str, Price | float] = {}
        self._faults: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self._arrivals: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._weight = 0
        self.streams = BinanceStreams(self._price, self._now)
        self._site = Loopback()

    async def start(self) -> None:
        @web.middleware
        async def watched(request: web.Request, handler: Answer) -> web.StreamResponse:
            return await self._watched(request, handler)

        app = web.Application(middlewares=[watched])
        answers = {
            "ping": self._ping,
            "time": self._time,
            "exchangeInfo": self._exchange_info,
            "klines": self._klines,
            "ticker/24hr": self._ticker,
            "ticker/bookTicker": self._book_ticker,
            "ticker/price": self._price_ticker,
            "depth": self._depth,
        }
        for path, answer in answers.items():
            app.router.add_get(f"/api/v3/{path}", answer)
        if self._futures is not None:
            for path, futures_answer in self._futures.answers().items():
                app.router.add_get(path, futures_answer)
        app.router.add_get("/ws/{stream}", self.streams.serve)
        # Each start listens somewhere else: what was there before must not be found again.
        self._site = Loopback()
        await self._site.open(app)
        self.api_base = self._site.address

    @property
    def ws_base(self) -> str:
        """The root of its streams, as EXCHANGE_WS_BASE takes it."""
        return self.api_base.replace("http://", "ws://", 1)

    async def stop(self) -> None:
        self.streams.drop()
        await self._site.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    def set_price(
        self,
        symbol_id: str,
        last: float,
        *,
        bid: float | None = None,
        ask: float | None = None,
        at: datetime | None = None,
    ) -> None:
        """Quote this price from now on, one basis point wide unless told otherwise.

        Without `at` the quote's time is the clock's, whenever it is asked for.
        """
        if bid is None and ask is None and at is None:
            self._prices[symbol_id] = last
            self.streams.push(symbol_id)
            return
        bid = last * 0.99995 if bid is None else bid
        ask = last * 1.00005 if ask is None else ask
        self._prices[symbol_id] = Price(bid, ask, last, to_ms(at or self._clock()))
        self.streams.push(symbol_id)

    def set_book(
        self, symbol_id: str, bids: Sequence[tuple[str, str]], asks: Sequence[tuple[str, str]]
    ) -> None:
        """Set the order book: price and amount of each level, the best first."""
        self._books[symbol_id] = {"lastUpdateId": 1, "bids": bids, "asks": asks}

    def fault(self, path: str, fault: Fault, times: int = 1) -> None:
        """Answer the next `times` requests whose path ends with `path` with a fault."""
        self._faults[path].extend([fault] * times)

    def heal(self) -> None:
        """Forget all faults that are still to come."""
        self._faults.clear()

    def count(self, path: str = "") -> int:
        """Return how many requests came, of one path ("klines") or of all."""
        return sum(not path or seen.path == path for seen in self.requests)

    async def arrival(self, path: str) -> None:
        """Wait until a request of this path has come."""
        if not self.count(path):
            await self._arrivals[path].wait()

    async def _watched(self, request: web.Request, answer: Answer) -> web.StreamResponse:
        path = request.path.rsplit("/", 1)[-1]
        if request.path.startswith(("/fapi/", "/futures/")):
            path = f"fapi/{path}"
        self.requests.append(Seen(path, dict(request.query)))
        self._arrivals[path].set()
        self._weight += WEIGHTS.get(path, 1)
        waiting = self._faults.get(path)
        response = await (waiting.popleft()(request, answer) if waiting else answer(request))
        if not response.prepared:
            response.headers["x-mbx-used-weight"] = str(self._weight)
            response.headers["x-mbx-used-weight-1m"] = str(self._weight)
        return response

    def _now(self) -> int:
        return to_ms(self._clock())

    def _symbols(self) -> list[str]:
        return sorted({symbol for symbol, _ in self.candles} | self._halted)

    async def _ping(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({})

    async def _time(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"serverTime": self._now()})

    async def _exchange_info(self, request: web.Request) -> web.StreamResponse:
        status = request.query.get("symbolStatus")
        listed = [self._listing(symbol) for symbol in self._symbols()]
        symbols = [each for each in listed if status in (None, each["status"])]
        info = {
            "timezone": "UTC",
            "serverTime": self._now(),
            "rateLimits": [],
            "exchangeFilters": [],
            "symbols": symbols,
        }
        return web.json_response(info)

    def _listing(self, symbol: str) -> dict[str, Any]:
        quote = next(quote for quote in QUOTES if symbol.endswith(quote))
        size = self._magnitude(symbol)
        tick, lot = 10.0 ** -self._places(symbol), 10.0 ** -(size + 1)
        return {
            "symbol": symbol,
            "status": "BREAK" if symbol in self._halted else "TRADING",
            "baseAsset": symbol.removesuffix(quote),
            "baseAssetPrecision": 8,
            "quoteAsset": quote,
            "quotePrecision": 8,
            "quoteAssetPrecision": 8,
            "orderTypes": ["LIMIT", "MARKET", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"],
            "isSpotTradingAllowed": True,
            "isMarginTradingAllowed": True,
            "filters": [
                {
                    "filterType": "PRICE_FILTER",
                    "minPrice": _text(tick),
                    "maxPrice": "1000000.00000000",
                    "tickSize": _text(tick),
                },
                {
                    "filterType": "LOT_SIZE",
                    "minQty": _text(lot),
                    "maxQty": "9000000.00000000",
                    "stepSize": _text(lot),
                },
                {"filterType": "NOTIONAL", "minNotional": "5.00000000", "applyMinToMarket": True},
            ],
            "permissions": [],
        }

    def _magnitude(self, symbol: str) -> int:
        tables = [table for (name, _), table in self.candles.items() if name == symbol]
        price = float(tables[0][0, 4]) if tables and len(tables[0]) else 1.0
        return int(np.clip(np.floor(np.log10(price)), -5, 6))

    def _places(self, symbol: str) -> int:
        """Return the decimals of the symbol's price step."""
        return max(2, min(8, 6 - self._magnitude(symbol)))

    async def _klines(self, request: web.Request) -> web.StreamResponse:
        query = request.query
        symbol, interval = query.get("symbol", ""), query.get("interval", "")
        if symbol not in self._symbols():
            return refusal(-1121, "Invalid symbol.")
        if interval not in set(Timeframe):
            return refusal(-1120, "Invalid interval.")
        limit = min(int(query.get("limit", 500)), MOST_ROWS)
        table = self._opened(symbol, Timeframe(interval))
        if "endTime" in query:
            table = table[table[:, 0] <= int(query["endTime"])]
        if "startTime" in query:
            table = table[table[:, 0] >= int(query["startTime"])][:limit]
        rows = [_kline(row, Timeframe(interval)) for row in table[-limit:].tolist()]
        return web.json_response(rows)

    def _opened(self, symbol: str, timeframe: Timeframe) -> FloatArray:
        """Return the candles that have opened by now, the last one perhaps half-made."""
        now = self._now()
        whole = self.candles.get((symbol, timeframe.value), np.empty((0, 6)))
        table = whole[whole[:, 0] <= now]
        if len(table) and table[-1, 0] + timeframe.ms > now:
            table = table.copy()
            table[-1] = _half_made(table[-1], (now - table[-1, 0]) / timeframe.ms)
        return table

    def _price(self, symbol: str) -> Price | None:
        stated = self._prices.get(symbol)
        if isinstance(stated, Price):
            return stated
        last = stated
        for timeframe in FINEST_FIRST if last is None else ():
            table = self._opened(symbol, timeframe)
            if len(table):
                last = float(table[-1, 4])
                break
        if last is None:
            return None
        places = self._places(symbol)
        bid, ask = round(last * 0.99995, places), round(last * 1.00005, places)
        return Price(bid, ask, round(last, places), self._now())

    def _priced(self, request: web.Request) -> tuple[str, Price]:
        symbol = request.query.get("symbol", "")
        price = self._price(symbol)
        if price is None:
            raise web.HTTPBadRequest(
                text=json.dumps({"code": -1121, "msg": "Invalid symbol."}),
                content_type="application/json",
            )
        return symbol, price

    async def _ticker(self, request: web.Request) -> web.StreamResponse:
        symbol, price = self._priced(request)
        same = dict.fromkeys(("openPrice", "highPrice", "lowPrice", "lastPrice"), price.last)
        same |= {"weightedAvgPrice": price.last, "prevClosePrice": price.last}
        ticker: dict[str, Any] = {
            "symbol": symbol,
            "priceChange": "0.00000000",
            "priceChangePercent": "0.000",
            "lastQty": "1.00000000",
            "bidPrice": _text(price.bid),
            "bidQty": "1.00000000",
            "askPrice": _text(price.ask),
            "askQty": "1.00000000",
            "volume": "1000.00000000",
            "quoteVolume": _text(1000 * price.last),
            "openTime": price.at - 86_400_000,
            "closeTime": price.at,
            "firstId": 1,
            "lastId": 1000,
            "count": 1000,
        }
        return web.json_response(ticker | {name: _text(value) for name, value in same.items()})

    async def _book_ticker(self, request: web.Request) -> web.StreamResponse:
        symbol, price = self._priced(request)
        book = {"symbol": symbol, "bidPrice": _text(price.bid), "bidQty": "1.00000000"}
        return web.json_response(book | {"askPrice": _text(price.ask), "askQty": "1.00000000"})

    async def _price_ticker(self, request: web.Request) -> web.StreamResponse:
        symbol, price = self._priced(request)
        return web.json_response({"symbol": symbol, "price": _text(price.last)})

    async def _depth(self, request: web.Request) -> web.StreamResponse:
        symbol, price = self._priced(request)
        if symbol in self._books:
            return web.json_response(self._books[symbol])
        bids, asks = [[_text(price.bid), "1.00000000"]], [[_text(price.ask), "1.00000000"]]
        return web.json_response({"lastUpdateId": 1, "bids": bids, "asks": asks})


def _text(value: float) -> str:
    return f"{value:.8f}"


def _half_made(row: FloatArray, done: float) -> list[float]:
    """Return the candle as it looks when the fraction `done` of its time is over."""
    time, opened, high, low, close, volume = row.tolist()
    return [
        time,
        opened,
        opened + (high - opened) * done,
        opened + (low - opened) * done,
        opened + (close - opened) * done,
        volume * done,
    ]


def _kline(row: list[float], timeframe: Timeframe) -> list[object]:
    time, volume, close = int(row[0]), row[5], row[4]
    return [
        time,
        *(_text(value) for value in row[1:]),
        time + timeframe.ms - 1,
        _text(volume * close),
        100,
        _text(volume / 2),
        _text(volume * close / 2),
        "0",
    ]
