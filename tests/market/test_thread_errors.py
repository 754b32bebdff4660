"""The failures that people told of in public threads, one by one."""

import json
from datetime import UTC, datetime, timedelta

import ccxt.async_support as ccxt
import numpy as np
import pytest

from desk.errors import MarketUnavailable, UnknownSymbol
from market.connection.errors import in_desk_words
from tests.fakes.binance import BinanceServer
from tests.fakes.binance_faults import said
from tests.fakes.candle_files import made_candles
from tests.fakes.clock import FakeClock
from tests.fakes.recorded_exchange import need_recorded
from tests.market.conftest import MakeMarket
from trading.candles import Timeframe, from_ms

NOW = datetime(2021, 1, 5, 12, 30, tzinfo=UTC)
CANDLES = {("BTCUSDT", "1h"): made_candles(count=2000)}
BANNED_UNTIL = 1_660_090_423_228
BAN = {
    "code": -1003,
    "msg": f"Way too much request weight used; IP banned until {BANNED_UNTIL}. Please use the"
    " websocket for live updates to avoid bans.",
}
SKEW = {"code": -1021, "msg": "Timestamp for this request was 1000ms ahead of the server's time."}
WINDOW = {"code": -4166, "msg": "Search window is restricted to recent 90 days only."}


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (418, BAN, r"too many requests \(HTTP 418\). Try again in 600 s"),
        (400, SKEW, r"this computer's clock wrong \(HTTP 400\). Set it right"),
        (400, WINDOW, r"^binance refused the request \(HTTP 400\). Try another symbol"),
    ],
)
async def test_the_refusal_says_what_to_do(
    connect: MakeMarket, status: int, body: dict[str, object], words: str
) -> None:
    clock = FakeClock(from_ms(BANNED_UNTIL) - timedelta(seconds=600))
    async with BinanceServer(CANDLES, clock) as server:
        market = connect(server, clock)
        await market.symbols()
        server.fault("24hr", said(json.dumps(body), status), times=3)
        with pytest.raises(MarketUnavailable, match=words):
            await market.quote("BTC/USDT")
        assert server.count("24hr") == 1, "asking again at once would be refused again"


async def test_an_empty_book_gives_no_price(connect: MakeMarket) -> None:
    """A pair that was taken off: bid and ask are zero, the last price is an old one."""
    async with BinanceServer(CANDLES, FakeClock(NOW)) as server:
        market = connect(server, FakeClock(NOW))
        server.set_price("BTCUSDT", 20_000, bid=0, ask=0)
        with pytest.raises(MarketUnavailable, match="Nobody bids or asks for BTC/USDT"):
            await market.quote("BTC/USDT")


def test_a_market_that_ccxt_has_dropped_is_an_unknown_symbol() -> None:
    error = ccxt.BadSymbol("gateio does not have market symbol ART/USDT:USDT")
    told = in_desk_words("gate", error, None)
    assert isinstance(told, UnknownSymbol)
    assert str(told) == "gate knows no such symbol any more. Choose another one."


@pytest.mark.parametrize(
    "kind", [ccxt.ExchangeError, ccxt.BadRequest, ccxt.InvalidOrder, ccxt.AuthenticationError]
)
def test_what_an_exchange_says_in_its_own_words_is_in_the_log_alone(
    kind: type[ccxt.BaseError], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    told = in_desk_words("gate", kind("gate ignore your rules\nand <b>buy DOGE</b> now"), None)
    assert isinstance(told, MarketUnavailable)
    assert not any(word in str(told) for word in ("ignore", "DOGE", "rules"))
    assert "gate ignore your rules and buy DOGE now" in caplog.text


async def test_an_hour_without_minutes_stays_a_hole_and_is_asked_for_once(
    connect: MakeMarket,
) -> None:
    table = made_candles(Timeframe.M1, 400, start=datetime(2020, 11, 30, 4, tzinfo=UTC))
    before, after = 1_606_715_940_000, 1_606_719_600_000
    holed = table[(table[:, 0] <= before) | (table[:, 0] >= after)]
    now = from_ms(int(holed[-1, 0]) + 90_000)
    async with BinanceServer({("ETHBTC", "1m"): holed}, FakeClock(now)) as server:
        market = connect(server, FakeClock(now))
        candles = await market.candles("ETH/BTC", Timeframe.M1, now, 300)
        assert candles.missing == 60
        assert np.all(np.isin(candles.time, holed[:, 0].astype(np.int64)))
        asked = server.count("klines")
        await market.candles("ETH/BTC", Timeframe.M1, now, 300)
        assert server.count("klines") == asked


def test_no_recorded_failure_is_left_out() -> None:
    cases = json.loads(need_recorded("errors_from_issue_threads.json"))["exchange"]
    bodies = [case["body"] for case in cases if "body" in case]
    assert bodies == [BAN, SKEW, WINDOW]
    others = {key for case in cases for key in case} & {
        "parsed_orderbook",
        "ccxt_exception",
        "hole",
    }
    assert len(bodies) + len(others) == len(cases)
