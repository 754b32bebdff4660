"""Gauges of other exchanges than Binance, through ccxt's parsers, from bodies of their shapes."""

import json
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from desk.fear import Book, Fear, Funding, InterestChange, Missing, OpenInterest
from market.candles.store import CandleStore
from market.exchange import ExchangeMarket
from tests.fakes.answering import AnsweringServer
from tests.fakes.candle_files import DATA
from tests.fakes.clock import FakeClock
from trading.candles import to_ms

NOW = datetime(2024, 1, 1, 0, 0, 2, tzinfo=UTC)
MS = to_ms(NOW)
HOUR = 3_600_000
HOURS_BACK = [MS // HOUR * HOUR - back * HOUR for back in range(26)]
Ask = Callable[..., Awaitable[Fear]]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """Return a function that reads the gauges of a symbol from an exchange with such answers."""

    async def read(
        exchange: str, symbol: str, answers: dict[str, object], now: datetime = NOW
    ) -> Fear:
        async with AnsweringServer(answers) as server:
            store = CandleStore(tmp_path / "market.db")
            market = ExchangeMarket(
                exchange, store, FakeClock(now), api_base=server.api_base, timeout=2, backoff=0.01
            )
            market._client._ccxt.enableRateLimit = False  # this server has no limit
            try:
                return await market.fear(symbol)
            finally:
                await market.close()

    return read


def recorded(path: str) -> dict[str, object]:
    file = DATA / "exchange_responses" / path
    if not file.exists():
        pytest.skip("the recorded order books are not here")
    body: dict[str, object] = json.loads(file.read_text())
    return body


def okx(**changed: object) -> dict[str, object]:
    instrument = {
        "instType": "SPOT",
        "instId": "BTC-USDT",
        "baseCcy": "BTC",
        "quoteCcy": "USDT",
        "state": "live",
        "tickSz": "0.1",
        "lotSz": "0.00000001",
        "minSz": "0.00001",
        "ruleType": "normal",
    }
    swap = instrument | {
        "instType": "SWAP",
        "instId": "BTC-USDT-SWAP",
        "instFamily": "BTC-USDT",
        "uly": "BTC-USDT",
        "settleCcy": "USDT",
        "baseCcy": "",
        "quoteCcy": "",
        "ctVal": "0.01",
        "ctMult": "1",
        "ctValCcy": "BTC",
        "ctType": "linear",
    }
    funding = {
        "instType": "SWAP",
        "instId": "BTC-USDT-SWAP",
        "fundingRate": "-0.00045",
        "fundingTime": str(MS + 8 * HOUR),
        "nextFundingTime": str(MS + 16 * HOUR),
        "nextFundingRate": "",
        "ts": str(MS),
    }
    interest = {
        "instType": "SWAP",
        "instId": "BTC-USDT-SWAP",
        "oi": "2125419",
        "oiCcy": "21254.19",
        "oiUsd": "871570000",
        "ts": str(MS),
    }
    history = [
        [str(at), "2125419" if back < 24 else "2834000", "21254.19", "871570000"]
        for back, at in enumerate(HOURS_BACK)
    ]
    return {
        "/api/v5/public/time": {"code": "0", "data": [{"ts": str(MS)}], "msg": ""},
        "/api/v5/public/instruments?instType=SPOT": {"code": "0", "data": [instrument], "msg": ""},
        "/api/v5/public/instruments?instType=SWAP": {"code": "0", "data": [swap], "msg": ""},
        "/api/v5/public/instruments": {"code": "0", "data": [], "msg": ""},
        "/api/v5/public/funding-rate": {"code": "0", "data": [funding], "msg": ""},
        "/api/v5/public/open-interest": {"code": "0", "data": [interest], "msg": ""},
        "/api/v5/rubik/stat/contracts/open-interest-history": {
            "code": "0",
            "data": history,
            "msg": "",
        },
    } | changed


async def test_okx_states_the_worth_of_its_contracts_itself(ask: Ask) -> None:
    answers = okx() | {"/api/v5/market/books": recorded("okx/http_get_order_book.json")}
    fear = await ask("okx", "BTC/USDT", answers)
    assert fear.missing == ()
    perpetual = "BTC/USDT:USDT"
    assert fear.funding == Funding(-0.00045, 8.0, NOW + timedelta(hours=8), perpetual, NOW, "okx")
    assert fear.interest == OpenInterest(871_570_000, "USDT", perpetual, NOW, "okx")
    assert isinstance(fear.change, InterestChange)
    assert fear.change.fraction == pytest.approx(2125419 / 2834000 - 1)
    book = fear.book
    assert isinstance(book, Book)
    assert (book.at, book.source) == (datetime(2024, 1, 1, tzinfo=UTC), "okx")
    bids = 41006.7 * 0.487921 + 41006.6 * 0.2397 + 41006.5 * 1.125
    asks = 41006.8 * 0.60038921 + 41006.9 * 0.30178218 + 41007.0 * 2.0584253
    assert book.imbalance == pytest.approx((bids - asks) / (bids + asks), rel=1e-9)
    assert book.spread == pytest.approx(0.1 / 41006.75)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"code": "0", "data": [], "msg": ""}, "states no|can't be read"),
        ({"code": "0", "data": None, "msg": ""}, "states no|can't be read"),
        ({"code": "51001", "data": [], "msg": "Instrument ID does not exist"}, "no such symbol"),
        ({"code": "50011", "data": [], "msg": "Too Many Requests"}, "too many requests"),
        ({"code": "50001", "data": [], "msg": "Service temporarily unavailable"}, "maintenance"),
    ],
)
async def test_an_error_inside_a_success_is_a_gauge_that_is_missing(
    ask: Ask, body: dict[str, object], reason: str
) -> None:
    answers = okx(**{"/api/v5/public/funding-rate": body, "/api/v5/public/open-interest": body})
    fear = await ask("okx", "BTC/USDT", answers)
    for part in (fear.funding, fear.interest):
        assert isinstance(part, Missing)
        assert re.search(reason, part.reason), part.reason


def bybit() -> dict[str, object]:
    def listed(category: str, *some: dict[str, object]) -> dict[str, object]:
        result = {"category": category, "list": list(some), "nextPageCursor": None}
        return {"retCode": 0, "retMsg": "OK", "result": result, "time": MS}

    market: dict[str, object] = {
        "symbol": "BTCUSDT",
        "baseCoin": "BTC",
        "quoteCoin": "USDT",
        "status": "Trading",
        "lotSizeFilter": {
            "basePrecision": "0.000001",
            "quotePrecision": "0.00000001",
            "minOrderQty": "0.000048",
            "maxOrderQty": "71.7",
            "minOrderAmt": "1",
            "qtyStep": "0.001",
        },
        "priceFilter": {"tickSize": "0.01"},
    }
    linear = market | {
        "contractType": "LinearPerpetual",
        "settleCoin": "USDT",
        "fundingInterval": 240,
        "deliveryTime": "0",
    }
    ticker: dict[str, object] = {
        "symbol": "BTCUSDT",
        "lastPrice": "42000",
        "markPrice": "42000",
        "indexPrice": "42001",
        "openInterest": "50000",
        "fundingRate": "0.0001",
        "nextFundingTime": str(MS + 4 * HOUR),
    }
    records = [
        {"openInterest": "50000" if back < 24 else "40000", "timestamp": str(at)}
        for back, at in enumerate(HOURS_BACK)
    ]
    book = {"s": "BTCUSDT", "b": [["41999", "2"]], "a": [["42001", "1"]], "ts": MS, "u": 1}
    interest = {"symbol": "BTCUSDT", "category": "linear", "list": records, "nextPageCursor": ""}
    info = "/v5/market/instruments-info"
    return {
        "/v5/market/time": {"retCode": 0, "retMsg": "OK", "result": {}, "time": MS},
        f"{info}?category=spot": listed("spot", market),
        f"{info}?status=PreLaunch": listed("linear"),
        f"{info}?category=linear": listed("linear", linear),
        info: listed("inverse"),
        "/v5/market/tickers": listed("linear", ticker),
        "/v5/market/open-interest": {"retCode": 0, "retMsg": "OK", "result": interest, "time": MS},
        "/v5/market/orderbook": {"retCode": 0, "retMsg": "OK", "result": book, "time": MS},
    }


async def test_bybit_counts_coins_that_are_valued_at_the_mark_price(
    ask: Ask,
) -> None:
    fear = await ask("bybit", "BTC/USDT", bybit())
    assert fear.missing == ()
    assert isinstance(fear.funding, Funding)
    assert (fear.funding.rate, fear.funding.hours) == (0.0001, 4.0)
    assert fear.funding.per_eight_hours == pytest.approx(0.0002)
    assert isinstance(fear.interest, OpenInterest)
    assert fear.interest.value == 50_000 * 42_000
    assert isinstance(fear.change, InterestChange)
    assert fear.change.fraction == pytest.approx(0.25)
    assert isinstance(fear.book, Book)
    assert fear.book.imbalance == pytest.approx((41999 * 2 - 42001) / (41999 * 2 + 42001))


async def test_kraken_has_a_book_and_no_perpetuals(ask: Ask) -> None:
    seen = datetime.fromtimestamp(1762820249, UTC)
    answers: dict[str, object] = {
        "/0/public/Assets": {
            "error": [],
            "result": {
                "XXBT": {"aclass": "currency", "altname": "XBT", "decimals": 10},
                "USDT": {"aclass": "currency", "altname": "USDT", "decimals": 8},
            },
        },
        "/0/public/Time": {"error": [], "result": {"unixtime": 1762820249}},
        "/0/public/AssetPairs": recorded("kraken/http_asset_pairs.json"),
        "/0/public/Depth": recorded("kraken/http_order_book.json"),
    }
    fear = await ask("kraken", "BTC/USDT", answers, seen)
    assert fear.missing == ("kraken has no funding rate and no open interest for BTC/USDT",)
    assert isinstance(fear.book, Book)
    assert fear.book.spread == pytest.approx(0.1 / 105944.25)
    assert 0 < fear.book.reach < 0.001, "five levels do not reach further"
    assert -1 < fear.book.imbalance < 1
    assert (fear.book.at, fear.book.source) == (seen, "kraken")


async def test_coinbase_has_a_book_and_no_rates(ask: Ask) -> None:
    book = recorded("coinbase/http_product_book.json")
    seen = datetime(2026, 4, 7, 0, 29, tzinfo=UTC)
    answers: dict[str, object] = {
        "/api/v3/brokerage/market/products?product_type=FUTURE": {"products": []},
        "/api/v3/brokerage/market/products": recorded("coinbase/http_products.json"),
        "/api/v3/brokerage/market/product_book": book,
        "/api/v3/brokerage/time": {"iso": seen.isoformat(), "epochMillis": str(to_ms(seen))},
        "/v2/time": {"data": {"iso": seen.isoformat(), "epoch": int(seen.timestamp())}},
        "/v2/currencies": {"data": []},
        "/v2/currencies/crypto": {"data": []},
        "/v2/exchange-rates": {"data": {"currency": "USD", "rates": {}}},
    }
    fear = await ask("coinbase", "BTC/USD", answers, seen)
    assert isinstance(fear.book, Book)
    assert fear.book.spread == pytest.approx(0.01 / 68923.665)
    assert fear.book.at == datetime(2026, 4, 7, 0, 28, 59, 662000, tzinfo=UTC)
    assert fear.missing == ("coinbase has no funding rate and no open interest for BTC/USD",)
