"""The public endpoints of Binance's USDⓈ-M futures, for BinanceServer to serve beside its own.

The bodies have the shapes that Binance documents for /fapi/v1 and /futures/data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from aiohttp import web

from tests.fakes.binance_faults import Answer, refusal
from trading.candles import to_ms

HOUR = 3_600_000
DELIVERED_NEVER = 4_133_404_800_000


@dataclass
class Contract:
    """A perpetual: `rate` per interval of `hours`, `contracts` open, `day_ago` of them a day ago.

    `status` as Binance has it: TRADING, SETTLING.
    """

    base: str
    quote: str = "USDT"
    rate: str = "0.00010000"
    hours: int = 8
    price: str = "20000.00000000"
    contracts: str = "80000.000"
    day_ago: str = "64000.000"
    status: str = "TRADING"

    @property
    def id(self) -> str:
        return self.base + self.quote


@dataclass
class BinanceFutures:
    """Contracts by their ids, which tests may change; `clock` is the exchange's."""

    clock: Callable[[], datetime]
    contracts: dict[str, Contract] = field(default_factory=dict)

    def list(self, contract: Contract) -> None:
        self.contracts[contract.id] = contract

    def answers(self) -> Mapping[str, Answer]:
        return {
            "/fapi/v1/exchangeInfo": self._exchange_info,
            "/fapi/v1/premiumIndex": self._premium_index,
            "/fapi/v1/fundingRate": self._funding_rate,
            "/fapi/v1/openInterest": self._open_interest,
            "/futures/data/openInterestHist": self._history,
        }

    def _now(self) -> int:
        return to_ms(self.clock())

    def _asked(self, request: web.Request) -> Contract | None:
        return self.contracts.get(request.query.get("symbol", ""))

    async def _exchange_info(self, request: web.Request) -> web.StreamResponse:
        listed = [self._listing(contract) for contract in self.contracts.values()]
        return web.json_response({"timezone": "UTC", "serverTime": self._now(), "symbols": listed})

    def _listing(self, contract: Contract) -> dict[str, object]:
        return {
            "symbol": contract.id,
            "pair": contract.id,
            "contractType": "PERPETUAL",
            "deliveryDate": DELIVERED_NEVER,
            "onboardDate": 1_569_398_400_000,
            "status": contract.status,
            "baseAsset": contract.base,
            "quoteAsset": contract.quote,
            "marginAsset": contract.quote,
            "pricePrecision": 2,
            "quantityPrecision": 3,
            "baseAssetPrecision": 8,
            "quotePrecision": 8,
            "filters": [
                {
                    "filterType": "PRICE_FILTER",
                    "minPrice": "0.10",
                    "maxPrice": "4529764",
                    "tickSize": "0.10",
                },
                {
                    "filterType": "LOT_SIZE",
                    "minQty": "0.001",
                    "maxQty": "1000",
                    "stepSize": "0.001",
                },
                {"filterType": "MIN_NOTIONAL", "notional": "100"},
            ],
            "orderTypes": ["LIMIT", "MARKET"],
            "timeInForce": ["GTC"],
        }

    async def _premium_index(self, request: web.Request) -> web.StreamResponse:
        contract = self._asked(request)
        if contract is None:
            return refusal(-1121, "Invalid symbol.")
        now, interval = self._now(), contract.hours * HOUR
        return web.json_response(
            {
                "symbol": contract.id,
                "markPrice": contract.price,
                "indexPrice": contract.price,
                "estimatedSettlePrice": contract.price,
                "lastFundingRate": contract.rate,
                "interestRate": "0.00010000",
                "nextFundingTime": now // interval * interval + interval,
                "time": now,
            }
        )

    async def _funding_rate(self, request: web.Request) -> web.StreamResponse:
        contract = self._asked(request)
        if contract is None:
            return web.json_response([])  # Binance says so of unknown symbols here
        interval = contract.hours * HOUR
        newest = self._now() // interval * interval
        limit = int(request.query.get("limit", 100))
        times = [newest - back * interval for back in reversed(range(limit))]
        return web.json_response(
            [
                {
                    "symbol": contract.id,
                    "fundingTime": time + 3,  # they are some milliseconds late, as the real ones
                    "fundingRate": contract.rate,
                    "markPrice": contract.price,
                }
                for time in times
            ]
        )

    async def _open_interest(self, request: web.Request) -> web.StreamResponse:
        contract = self._asked(request)
        if contract is None:
            return refusal(-1121, "Invalid symbol.")
        return web.json_response(
            {"symbol": contract.id, "openInterest": contract.contracts, "time": self._now()}
        )

    async def _history(self, request: web.Request) -> web.StreamResponse:
        contract = self._asked(request)
        if contract is None:
            return web.json_response([])
        newest = self._now() // HOUR * HOUR
        limit = int(request.query.get("limit", 30))
        sizes = [(contract.contracts if back < 24 else contract.day_ago) for back in range(limit)]
        return web.json_response(
            [
                {
                    "symbol": contract.id,
                    "sumOpenInterest": size,
                    "sumOpenInterestValue": f"{float(size) * float(contract.price):.8f}",
                    "timestamp": newest - back * HOUR,
                }
                for back, size in reversed(list(enumerate(sizes)))
            ]
        )
