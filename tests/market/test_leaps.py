"""A price that leaps is used only when it is seen twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from desk.errors import MarketUnavailable
from market.asking.leaps import LEAP, Leaps
from tests.fakes.binance import BinanceServer
from tests.market.live import BTC, CANDLES, eventually, live_market, now
from trading.instrument import Quote

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def quote(price: str, *, bid: str = "") -> Quote:
    last = Decimal(price)
    return Quote(BTC, Decimal(bid or price), last, last, NOON, "binance")


async def test_the_first_price_and_each_small_step_is_believed() -> None:
    leaps = Leaps()
    price = Decimal(100)
    for _ in range(50):
        assert leaps.believes(quote(str(price)), "asked")
        price = price * LEAP


@pytest.mark.parametrize("leap", ["50000000", "121", "83", "0.0001"])
async def test_a_leap_waits_until_the_other_way_shows_it_too(leap: str) -> None:
    leaps = Leaps()
    assert leaps.believes(quote("100"), "live")
    assert not leaps.believes(quote(leap), "live")
    assert not leaps.believes(quote(leap), "live"), "the same message again proves nothing"
    assert leaps.believes(quote("100.5"), "asked")
    assert not leaps.believes(quote(leap), "live")
    assert leaps.believes(quote(leap), "asked")
    assert leaps.believes(quote(leap), "live")


async def test_a_bid_that_leaps_alone_is_doubted_too() -> None:
    leaps = Leaps()
    assert leaps.believes(quote("100"), "asked")
    assert not leaps.believes(quote("100", bid="1"), "asked")


async def test_two_leaps_to_different_places_prove_each_other_wrong() -> None:
    leaps = Leaps()
    assert leaps.believes(quote("100"), "asked")
    assert not leaps.believes(quote("200"), "live")
    assert not leaps.believes(quote("300"), "asked")
    known = leaps.believed(BTC)
    assert known is not None
    assert known.last == 100


async def test_one_absurd_price_on_the_socket_is_never_given_out(tmp_path: Path) -> None:
    async with BinanceServer(CANDLES, now) as server, live_market(server, tmp_path) as market:
        server.set_price("BTCUSDT", 100.0)
        market.follow([BTC])
        await eventually(lambda: market._live.quote(BTC) is not None)
        assert (await market.quote(BTC)).last == 100
        absurd = {"b": "50000000.0", "a": "50000001.0"}
        server.streams.ticker("BTCUSDT", c="50000000.0", **absurd)
        server.streams.book("BTCUSDT", **absurd)
        await eventually(lambda: (q := market._live.quote(BTC)) is not None and q.bid > 1_000)
        assert (await market.quote(BTC)).last == 100


async def test_a_leap_that_the_exchange_confirms_is_given_out(tmp_path: Path) -> None:
    async with BinanceServer(CANDLES, now) as server, live_market(server, tmp_path) as market:
        server.set_price("BTCUSDT", 100.0)
        assert (await market.quote(BTC)).last == 100
        server.set_price("BTCUSDT", 60.0)
        with pytest.raises(MarketUnavailable, match="leapt from 100 to 60"):
            await market.quote(BTC)
        market.follow([BTC])
        await eventually(lambda: market._live.quote(BTC) is not None)
        assert (await market.quote(BTC)).last == 60
        assert timedelta() <= now() - (await market.quote(BTC)).at < timedelta(minutes=1)
