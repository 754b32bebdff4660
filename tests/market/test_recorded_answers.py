"""What exchanges really said, through ccxt's own parsers; and every odd body anywhere."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from desk.errors import MarketError, MarketUnavailable, UnknownSymbol
from market.connection.ids import is_known, refuse_unknown
from tests.depth import DEEP
from tests.fakes import made_answers
from tests.fakes.made_answers import ODD_BODIES
from tests.fakes.recorded_exchange import RESPONSES, RecordedExchange, Said, need_recorded
from tests.market.recorded import NOW, connected
from trading.candles import Candles, Timeframe, from_ms, to_ms
from trading.errors import BadArgument
from trading.instrument import Quote

# Recorded bodies of what is never asked for: orders are not sent, trades not read; the two
# kline streams are what the websocket sends.
NEVER_ASKED = {
    "binance_doc_samples/trades_response.json",
    "binance_doc_samples/kline_stream_closed.json",
    "binance_doc_samples/kline_stream_open.json",
    "ccxt/binance_create_order.json",
    "ccxt/binance_spot_markets.json",
    "kraken/http_trades.json.gz",
    "kraken/http_system_status.json",
    # BitMEX is none of ccxt's exchanges in this version.
    "bitmex/http_get_trade_bins.json",
    "errors_from_issue_threads.json",
}


def at(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


async def test_okx_as_recorded(tmp_path: Path) -> None:
    """Candles come newest first; the price step is written out."""
    moment = datetime(2025, 5, 12, 23, 54, 30, tzinfo=UTC)
    made = made_answers.okx({"BTC-USD": 102_820}, to_ms(moment))
    candles = need_recorded("okx/http_get_candlesticks_full.json")
    answers = {
        **made,
        "public/instruments": need_recorded("okx/http_get_instruments_spot.json"),
        "market/candles": candles,
        "market/history-candles": candles,
    }
    async with RecordedExchange(answers) as server:
        market = connected("okx", server, tmp_path, at(moment))
        instrument = await market.instrument("BTC/USD")
        assert (instrument.tick, instrument.lot) == (Decimal("0.1"), Decimal("0.00000001"))
        read = await market.candles("BTC/USD", Timeframe.M1, moment, 2)
        rows = sorted(json.loads(candles)["data"])
        assert read.time.tolist() == [1747093980000], "of the two the newest is still open"
        assert read.close[0] == float(rows[0][4])
        with pytest.raises(UnknownSymbol, match="Did you mean BTC/USD"):
            await market.instrument("BTC/USDT")
        await market.close()


async def test_coinbase_as_recorded(tmp_path: Path) -> None:
    """Its ticker is a list of trades, its candles are objects."""
    moment = datetime(2026, 4, 7, 0, 28, 59, tzinfo=UTC)
    answers = {
        "market/products": need_recorded("coinbase/http_products.json"),
        "market/products/BTC-USD/ticker": need_recorded("coinbase/http_ticker.json"),
        "market/products/BTC-USD/candles": need_recorded("coinbase/http_candles.json"),
        "v2/time": json.dumps({"data": {"iso": "", "epoch": to_ms(moment) // 1000}}),
        "v2/currencies": '{"data": []}',
        "v2/currencies/crypto": '{"data": []}',
        "v2/exchange-rates": '{"data": {"currency": "USD", "rates": {}}}',
    }
    async with RecordedExchange(answers) as server:
        market = connected("coinbase", server, tmp_path, at(moment))
        assert await market.symbols() == ["BTC/USD", "BTC/USDC"]
        quote = await market.quote("BTC/USD")
        assert (quote.bid, quote.ask) == (Decimal("68923.66"), Decimal("68923.67"))
        assert quote.bid <= quote.last <= quote.ask
        then = datetime(2024, 4, 4, 2, tzinfo=UTC)
        read = await market.candles("BTC/USD", Timeframe.H1, then, 2)
        assert [from_ms(int(time)) for time in read.time] == [
            then - timedelta(hours=2),
            then - timedelta(hours=1),
        ]
        assert read.close.tolist() == [66314.59, 66181.6]
        await market.close()


async def test_binance_as_documented(tmp_path: Path) -> None:
    """A market without filters has the finest steps."""
    ticker = need_recorded("binance_doc_samples/ticker_24hr_response.json")
    answers = {
        "exchangeInfo": need_recorded("binance_doc_samples/exchange_info_response.json"),
        "time": need_recorded("binance_doc_samples/server_time_response.json"),
        "ticker/24hr": ticker.replace("BNBBTC", "ETHBTC").replace("1499869899040", "1499827319559"),
        "klines": need_recorded("binance_doc_samples/klines_response.json"),
    }
    seen = datetime(2017, 7, 12, 14, 31, 40, tzinfo=UTC)
    async with RecordedExchange(answers) as server:
        market = connected("binance", server, tmp_path, at(seen))
        assert (await market.instrument("ETH/BTC")).tick == Decimal("0.00000001")
        quote = await market.quote("ETH/BTC")
        assert (quote.bid, quote.ask) == (Decimal("4.0"), Decimal("4.000002"))
        read = await market.candles("ETH/BTC", Timeframe.W1, seen, 1)
        assert (int(read.time[0]), float(read.volume[0])) == (1499040000000, 148976.11427815)
        await market.close()


async def test_lighter_null_list_is_no_history(tmp_path: Path) -> None:
    """A success with a null list must not read as a market without trades."""
    body = need_recorded("lighter/http_candles_null.json")
    async with RecordedExchange({**made_answers.okx({"BTC-USD": 1}, to_ms(NOW))}) as server:
        market = connected("okx", server, tmp_path)
        for end in ("market/candles", "market/history-candles"):
            server.answers[end] = body
        with pytest.raises(MarketUnavailable):
            await market.candles("BTC/USD", Timeframe.H1, NOW, 10)
        await market.close()


def test_bitmex_is_no_exchange_of_this_version_and_says_so() -> None:
    assert not is_known("bitmex")
    with pytest.raises(BadArgument, match="no exchange that ccxt knows"):
        refuse_unknown("bitmex")


KRAKEN = made_answers.kraken({"XBT/USD": 20_000}, to_ms(NOW) // 1000)
OKX = made_answers.okx({"BTC-USD": 20_000}, to_ms(NOW))
BINANCE = {
    "exchangeInfo": json.dumps(
        {
            "timezone": "UTC",
            "serverTime": to_ms(NOW),
            "symbols": [
                {
                    "symbol": "BTCUSD",
                    "status": "TRADING",
                    "baseAsset": "BTC",
                    "quoteAsset": "USD",
                    "isSpotTradingAllowed": True,
                    "filters": [],
                    "permissions": [],
                }
            ],
        }
    ),
    "time": json.dumps({"serverTime": to_ms(NOW)}),
}
# Whose answers are replaced, and under which ends of their paths.
PLACES: Mapping[str, tuple[Mapping[str, str], tuple[str, ...], tuple[str, ...]]] = {
    "kraken": (KRAKEN, ("Ticker",), ("OHLC",)),
    "okx": (OKX, ("market/ticker",), ("market/candles", "market/history-candles")),
    "binance": (BINANCE, ("ticker/24hr",), ("klines",)),
}


def recorded_bodies() -> dict[str, str]:
    """Return every recorded body by its path; none where they are not."""
    files = sorted(RESPONSES.rglob("http_*")) + sorted(RESPONSES.rglob("*_response.json"))
    names = [str(file.relative_to(RESPONSES)) for file in files]
    return {name: need_recorded(name) for name in names}


@pytest.mark.parametrize("exchange_id", PLACES)
async def test_any_body_in_place_of_a_price_is_an_error_of_the_desk(
    exchange_id: str, tmp_path: Path
) -> None:
    good, tickers, _ = PLACES[exchange_id]
    async with RecordedExchange(good) as server:
        market = connected(exchange_id, server, tmp_path)
        await market.symbols()
        for body in {**ODD_BODIES, **recorded_bodies()}.values():
            server.answers |= dict.fromkeys(tickers, body)
            outcomes = await asyncio.gather(market.quote("BTC/USD"), return_exceptions=True)
            # Kraken's own ticker has no time and stands for a price of now, wherever it is said.
            fine = isinstance(outcomes[0], Quote) and "XBTUSDT" in body
            assert fine or isinstance(outcomes[0], MarketError), body
            assert fine or "\n" not in str(outcomes[0])
        await market.close()


@pytest.mark.parametrize("exchange_id", PLACES)
async def test_any_body_in_place_of_candles_is_an_error_of_the_desk(
    exchange_id: str, tmp_path: Path
) -> None:
    good, _, candles = PLACES[exchange_id]
    bodies = {**ODD_BODIES, **(recorded_bodies() if DEEP else {})}
    async with RecordedExchange(good) as server:
        for name, body in bodies.items():
            server.answers |= dict.fromkeys(candles, body)
            market = connected(exchange_id, server, tmp_path / name.replace("/", "-"))
            asked = market.candles("BTC/USD", Timeframe.H1, NOW, 5)
            outcome = (await asyncio.gather(asked, return_exceptions=True))[0]
            held = isinstance(outcome, Candles) and np.all(np.isfinite(outcome.close))
            assert isinstance(outcome, MarketError) or (held and name not in ODD_BODIES), body
            await market.close()


@pytest.mark.parametrize(
    ("exchange_id", "said", "words"),
    [
        ("kraken", Said('{"error":["EAPI:Rate limit exceeded"]}'), "too many requests"),
        ("kraken", Said('{"error":["EGeneral:Too many requests"]}'), "too many requests"),
        ("kraken", Said('{"error":["EService:Unavailable"]}'), "trouble of its own|can't be"),
        ("kraken", Said('{"error":["EQuery:Unknown asset pair"]}'), "any more"),
        ("okx", Said('{"code":"50011","msg":"Too Many Requests","data":[]}', 429), "too many"),
        (
            "okx",
            Said('{"code":"51001","msg":"Instrument ID does not exist","data":[]}'),
            "any more",
        ),
        (
            "okx",
            Said('{"code":"50001","msg":"Service unavailable"}', 503),
            "trouble|maintenance|can't",
        ),
        ("okx", Said("<html>502 Bad Gateway</html>", 502, {}, "text/html"), "HTTP 502"),
        ("kraken", Said("<html>403 Forbidden</html>", 403, {}, "text/html"), "from this place"),
        ("okx", Said('{"msg":"restricted"}', 451), "from this place"),
    ],
)
async def test_each_exchanges_own_errors_say_what_to_do(
    exchange_id: str, said: Said, words: str, tmp_path: Path
) -> None:
    good, tickers, _ = PLACES[exchange_id]
    async with RecordedExchange(good) as server:
        market = connected(exchange_id, server, tmp_path)
        await market.symbols()
        server.answers[tickers[0]] = said
        with pytest.raises(MarketError, match=words):
            await market.quote("BTC/USD")
        await market.close()


async def test_a_pause_of_another_exchange_is_kept_too(tmp_path: Path) -> None:
    async with RecordedExchange(KRAKEN) as server:
        market = connected("kraken", server, tmp_path)
        await market.symbols()
        server.answers["Ticker"] = Said("{}", 429, {"Retry-After": "7"})
        with pytest.raises(MarketUnavailable, match="Try again in 7 s"):
            await market.quote("BTC/USD")
        asked = len(server.requests)
        with pytest.raises(MarketUnavailable, match="asked for a pause"):
            await market.candles("BTC/USD", Timeframe.H1, NOW, 5)
        assert len(server.requests) == asked
        await market.close()


def test_every_recorded_file_is_either_served_here_or_never_asked_for() -> None:
    if not RESPONSES.exists():
        pytest.skip("no recorded answers here")
    all_files = {
        str(file.relative_to(RESPONSES)) for file in RESPONSES.rglob("*") if file.is_file()
    }
    assert all_files - set(recorded_bodies()) <= NEVER_ASKED
