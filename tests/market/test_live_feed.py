"""Live prices over a websocket that fails in every way, and requests that take over meanwhile."""

from __future__ import annotations

import asyncio
import gc
import warnings
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from market.exchange import ExchangeMarket
from market.live.feed import MOST_SYMBOLS
from market.live.wire import LiveWire, NoFeed, moved_sockets
from tests.fakes.binance import BinanceServer
from tests.fakes.binance_streams import dropped_at_once, held_until, refused
from tests.market.live import ADA, BTC, CANDLES, ETH, IDS, eventually, live_market, now

GARBAGE = (
    "",
    "not json",
    "{",
    "null",
    "[]",
    "[[]]",
    "[1, 2]",
    "{}",
    '{"e": "24hrTicker"}',
    '{"e": "24hrTicker", "s": null}',
    '{"e": ["24hrTicker"], "s": {"a": 1}, "b": "1", "a": "2"}',
    '{"s": "BTCUSDT", "a": {}, "b": []}',
    '{"s": "NOSUCHCOIN", "b": "1", "a": "2"}',
    '{"e": "kline", "k": null}',
    '{"result": {"unexpected": true}, "id": 1}',
    '{"id": {"a": 1}}',
    "<html>502 Bad Gateway</html>",
    "\x00\xff",
)


async def live(market: ExchangeMarket, *symbols: str) -> None:
    """Follow these symbols and wait until each has a live quote."""
    market.follow(symbols)
    await eventually(lambda: all(market._live.quote(symbol) for symbol in symbols))


async def test_a_live_quote_equals_the_one_that_is_asked_for(tmp_path: Path) -> None:
    async with BinanceServer(CANDLES, now) as server, live_market(server, tmp_path) as market:
        server.set_price("BTCUSDT", 36967.31, bid=36967.3, ask=36967.32)
        asked = await market.quote(BTC)
        await live(market, BTC)
        server.set_price("BTCUSDT", 36967.31, bid=36967.3, ask=36967.32)
        await eventually(lambda: market._live.quote(BTC) is not None)
        before = server.count("24hr")
        given = await market.quote(BTC)
        assert server.count("24hr") == before
        for name in ("symbol", "bid", "ask", "last", "source"):
            assert getattr(given, name) == getattr(asked, name)
        assert abs(now() - given.at) < timedelta(seconds=5)
        assert market.flow == "live, 1 of 1 just now"


async def test_prices_that_move_are_told_once_and_unchanged_ones_not(tmp_path: Path) -> None:
    async with BinanceServer(CANDLES, now) as server, live_market(server, tmp_path) as market:
        for symbol_id in IDS.values():
            server.set_price(symbol_id, 100.0)
        await live(market, BTC, ETH)
        assert set(await market.moved()) <= {BTC, ETH}
        await asyncio.sleep(0.3)
        market._live._moved.clear()
        for _ in range(3):
            server.set_price("ETHUSDT", 100.0)
        server.set_price("ADAUSDT", 7.0)
        server.set_price("BTCUSDT", 101.0)
        assert set(await asyncio.wait_for(market.moved(), 10)) == {BTC}
        assert (await market.quote(BTC)).last == Decimal(101)


async def test_when_the_connection_is_cut_requests_take_over_until_it_is_back(
    tmp_path: Path,
) -> None:
    async with BinanceServer(CANDLES, now) as server, live_market(server, tmp_path) as market:
        server.set_price("BTCUSDT", 100.0)
        await live(market, BTC)
        again = asyncio.Event()
        server.streams.meets(held_until(again))
        server.streams.drop()
        await eventually(lambda: market._live.quote(BTC) is None)
        assert "polled" in market.flow
        server.set_price("BTCUSDT", 90.0)
        asked = server.count("24hr")
        assert (await market.quote(BTC)).last == Decimal(90)
        assert server.count("24hr") == asked + 1
        again.set()
        await eventually(lambda: market._live.quote(BTC) is not None)
        assert "live" in market.flow


@pytest.mark.parametrize("code", [1000, 1001, 1008, 1012, 4000])
async def test_every_close_code_ends_in_a_new_connection(tmp_path: Path, code: int) -> None:
    async with BinanceServer(CANDLES, now) as server, live_market(server, tmp_path) as market:
        server.set_price("BTCUSDT", 100.0)
        await live(market, BTC)
        await server.streams.close(code)
        await eventually(lambda: len(server.streams.attempts) >= 2)
        await eventually(lambda: market._live.quote(BTC) is not None)


async def test_silence_is_noticed_and_answered_with_a_new_connection(tmp_path: Path) -> None:
    async with (
        BinanceServer(CANDLES, now) as server,
        live_market(server, tmp_path, silence=0.4) as market,
    ):
        server.set_price("BTCUSDT", 100.0)
        await live(market, BTC)
        server.streams.quiet = server.streams.deaf = True
        server.set_price("BTCUSDT", 90.0)
        await eventually(lambda: market._live.quote(BTC) is None)
        assert (await market.quote(BTC)).last == Decimal(90)
        await eventually(lambda: len(server.streams.attempts) >= 2)
        server.streams.quiet = server.streams.deaf = False
        server.set_price("BTCUSDT", 91.0)
        await eventually(lambda: market._live.quote(BTC) is not None)
        assert (await market.quote(BTC)).last == Decimal(91)


async def test_a_market_that_is_only_quiet_is_pinged_and_keeps_its_connection(
    tmp_path: Path,
) -> None:
    async with (
        BinanceServer(CANDLES, now) as server,
        live_market(server, tmp_path, silence=3.0) as market,
    ):
        server.set_price("BTCUSDT", 100.0)
        await live(market, BTC)
        server.streams.quiet = True
        await server.streams.until(lambda: server.streams.pings >= 3)
        assert len(server.streams.attempts) == 1
        assert server.streams.open == 1


async def test_a_connection_that_lives_but_brings_no_price_is_given_up(tmp_path: Path) -> None:
    async with (
        BinanceServer(CANDLES, now) as server,
        live_market(server, tmp_path, starving=0.5) as market,
    ):
        server.set_price("BTCUSDT", 100.0)
        server.streams.quiet = True
        market.follow([BTC])
        chatting = asyncio.ensure_future(_chat(server))
        await eventually(lambda: len(server.streams.attempts) >= 2)
        chatting.cancel()


async def _chat(server: BinanceServer) -> None:
    while True:
        server.streams.say('{"result": null, "id": 4711}')
        await asyncio.sleep(0.02)


async def test_garbage_becomes_no_quote_and_ends_nothing(tmp_path: Path) -> None:
    async with BinanceServer(CANDLES, now) as server, live_market(server, tmp_path) as market:
        server.set_price("BTCUSDT", 100.0, bid=99.9, ask=100.1)
        await live(market, BTC)
        for text in GARBAGE:
            server.streams.say(text)
        odds: tuple[object, ...] = ("-1", "0", "NaN", "Infinity", "1e400", "", None, [], {})
        for odd in odds:
            server.streams.book("BTCUSDT", b=odd)
            server.streams.ticker("BTCUSDT", a=odd, c=odd)
        server.streams.book("BTCUSDT", b="101", a="99")
        server.streams.ticker("BTCUSDT", b="101", a="99")
        await asyncio.sleep(0.3)
        held = market._live.quote(BTC)
        assert held is None or (held.bid, held.ask) == (Decimal("99.9"), Decimal("100.1"))
        server.set_price("BTCUSDT", 102.0)
        await eventually(lambda: (q := market._live.quote(BTC)) is not None and q.last == 102)
        assert len(server.streams.attempts) == 1


@pytest.mark.parametrize("away", [timedelta(days=-300), timedelta(minutes=-5), timedelta(days=90)])
async def test_prices_of_another_time_become_no_quote(tmp_path: Path, away: timedelta) -> None:
    async with BinanceServer(CANDLES, now) as server, live_market(server, tmp_path) as market:
        server.set_price("BTCUSDT", 100.0, at=now() + away)
        market.follow([BTC])
        await eventually(lambda: bool(server.streams.subscribed))
        for stamp in (0, -1, 10**30):
            server.streams.ticker("BTCUSDT", E=stamp, C=stamp)
        # Best bids and asks have no time, but the tickers show how late everything comes.
        server.streams.ticker("BTCUSDT", c="100")
        server.streams.book("BTCUSDT")
        await asyncio.sleep(0.3)
        if away > timedelta():
            return  # without a credible ticker the book's update stands alone
        assert market._live.quote(BTC) is None
        server.set_price("BTCUSDT", 100.0, at=now())
        await eventually(lambda: market._live.quote(BTC) is not None)


async def test_a_storm_of_dropped_connections_is_met_with_ever_longer_pauses(
    tmp_path: Path,
) -> None:
    async with (
        BinanceServer(CANDLES, now) as server,
        live_market(server, tmp_path, first=0.05) as market,
    ):
        server.streams.meets(*[dropped_at_once()] * 4, refused(503), refused(429))
        market.follow([BTC])
        await eventually(lambda: len(server.streams.attempts) >= 6)
        gaps = [later - earlier for earlier, later in pairwise(server.streams.attempts)]
        least = [0.05 * 2**n * 0.75 for n in range(1, 6)]
        assert all(gap >= pause for gap, pause in zip(gaps, least, strict=False))


async def test_the_pause_that_a_refusal_asks_for_is_kept(tmp_path: Path) -> None:
    async with BinanceServer(CANDLES, now) as server, live_market(server, tmp_path) as market:
        server.streams.meets(refused(429, retry_after=1))
        market.follow([BTC])
        await eventually(lambda: len(server.streams.attempts) >= 2)
        first, second = server.streams.attempts[:2]
        assert second - first >= 1


async def test_symbols_are_subscribed_and_left_as_the_need_for_them_changes(
    tmp_path: Path,
) -> None:
    async with BinanceServer(CANDLES, now) as server, live_market(server, tmp_path) as market:
        streams = server.streams
        for symbol_id in IDS.values():
            server.set_price(symbol_id, 100.0)
        await live(market, BTC)
        assert streams.subscribed == _streams(BTC)
        market.follow([BTC, ETH, ADA, "NO/SUCH"])
        await eventually(lambda: streams.subscribed == _streams(BTC, ETH, ADA))
        market.follow([ETH])
        await eventually(lambda: streams.subscribed == _streams(ETH))
        market.follow([ETH, BTC])
        await eventually(lambda: streams.subscribed == _streams(BTC, ETH))
        server.set_price("BTCUSDT", 105.0)
        await eventually(lambda: (q := market._live.quote(BTC)) is not None and q.last == 105)
        assert len(streams.attempts) == 1
        market.follow([])
        await eventually(lambda: streams.open == 0)
        assert market._live.quote(BTC) is None


def _streams(*symbols: str) -> set[str]:
    return {
        f"{IDS[symbol].lower()}@{kind}" for symbol in symbols for kind in ("bookTicker", "ticker")
    }


async def test_a_price_from_before_a_symbol_was_wanted_again_is_not_taken_for_new(
    tmp_path: Path,
) -> None:
    async with BinanceServer(CANDLES, now) as server, live_market(server, tmp_path) as market:
        for symbol_id in IDS.values():
            server.set_price(symbol_id, 100.0)
        await live(market, BTC, ETH)
        market.follow([ETH])
        await eventually(lambda: server.streams.subscribed == _streams(ETH))
        market._live._quotes.clear()
        server.streams.quiet = True
        server.set_price("BTCUSDT", 90.0)
        market.follow([BTC, ETH])
        await eventually(lambda: server.streams.subscribed == _streams(BTC, ETH))
        await asyncio.sleep(0.2)
        assert market._live.quote(BTC) is None


async def test_more_symbols_than_a_connection_takes_are_asked_for(tmp_path: Path) -> None:
    async with BinanceServer(CANDLES, now) as server, live_market(server, tmp_path) as market:
        market.follow([f"C{number:03}/USDT" for number in range(MOST_SYMBOLS + 50)])
        assert len(market._live._symbols) == MOST_SYMBOLS
        # The same symbols are never taken for other ones, so subscriptions don't go to and fro.
        kept = market._live._symbols
        market.follow([f"C{number:03}/USDT" for number in reversed(range(MOST_SYMBOLS + 50))])
        assert market._live._symbols == kept


@pytest.mark.parametrize("when", ["connecting", "refused", "live", "silent", "at once"])
async def test_closing_leaves_nothing_behind(
    tmp_path: Path, when: str, caplog: pytest.LogCaptureFixture
) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        async with BinanceServer(CANDLES, now) as server:
            never = asyncio.Event()
            server.set_price("BTCUSDT", 100.0)
            if when == "connecting":
                server.streams.meets(held_until(never))
            if when == "refused":
                server.streams.meets(*[refused()] * 50)
            before = asyncio.all_tasks()
            async with live_market(server, tmp_path) as market:
                market.follow([BTC])
                if when != "at once":
                    await eventually(lambda: bool(server.streams.attempts))
                if when in ("live", "silent"):
                    await live(market, BTC)
                server.streams.deaf = server.streams.quiet = when == "silent"
            await asyncio.sleep(0.05)
            ours = {task for task in asyncio.all_tasks() - before if "aiohttp" not in repr(task)}
            assert not {task for task in ours if "ccxt" in repr(task) or "market" in repr(task)}
            never.set()
        del market
        gc.collect()
    unclosed = [str(one.message) for one in caught if "nclosed" in str(one.message)]
    assert unclosed == []
    assert not [one for one in caplog.records if one.levelname in ("ERROR", "CRITICAL")]


async def test_without_a_websocket_root_a_moved_exchange_is_polled_and_says_so(
    tmp_path: Path,
) -> None:
    async with BinanceServer(CANDLES, now) as server:
        from market.candles.store import CandleStore

        server.set_price("BTCUSDT", 100.0)
        market = ExchangeMarket(
            "binance", CandleStore(tmp_path / "market.db"), now, api_base=server.api_base
        )
        market.follow([BTC])
        await eventually(lambda: "EXCHANGE_WS_BASE is not" in market.flow)
        assert (await market.quote(BTC)).last == Decimal(100)
        assert "EXCHANGE_WS_BASE is not" in await market.check_live()
        assert server.streams.attempts == []
        await market.close()


async def test_the_doctors_line_says_how_fast_the_first_price_came(tmp_path: Path) -> None:
    async with BinanceServer(CANDLES, now) as server, live_market(server, tmp_path) as market:
        server.set_price("BTCUSDT", 100.0)
        assert "live prices of binance: the first one, of BTC/USDT, after" in (
            await market.check_live()
        )


@pytest.mark.parametrize("exchange_id", ["bitstamp", "bit2c"])
async def test_an_exchange_without_live_prices_is_polled(exchange_id: str) -> None:
    with pytest.raises(NoFeed):
        await LiveWire(exchange_id, lambda _: None).make()


def test_a_websocket_root_replaces_host_and_scheme_of_every_address_and_no_path() -> None:
    urls = {
        "api": {
            "ws": {"spot": "wss://stream.binance.com:9443/ws", "ws-api": {"spot": "wss://a/b/v3"}},
            "rest": "https://api.binance.com/api",
        },
        "more": ["wss://one.example/x", 7, None],
    }
    assert moved_sockets(urls, "ws://127.0.0.1:9000/") == {
        "api": {
            "ws": {
                "spot": "ws://127.0.0.1:9000/ws",
                "ws-api": {"spot": "ws://127.0.0.1:9000/b/v3"},
            },
            "rest": "https://api.binance.com/api",
        },
        "more": ["ws://127.0.0.1:9000/x", 7, None],
    }


async def test_a_fault_in_one_connection_is_not_the_end_of_the_feed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with BinanceServer(CANDLES, now) as server, live_market(server, tmp_path) as market:
        server.set_price("BTCUSDT", 100.0)
        make, tries = market._live._wire.make, 0

        async def made() -> object:
            nonlocal tries
            tries += 1
            if tries <= 2:
                raise RuntimeError("an odd moment")
            return await make()

        monkeypatch.setattr(market._live._wire, "make", made)
        await live(market, BTC)
        assert tries == 3
        take = market._live._quotes.take

        def breaks(*_: object) -> None:
            monkeypatch.setattr(market._live._quotes, "take", take)
            raise ZeroDivisionError

        monkeypatch.setattr(market._live._quotes, "take", breaks)
        server.set_price("BTCUSDT", 101.0)
        await eventually(lambda: market._live.connections == 2)
        await eventually(lambda: market._live.quote(BTC) is not None)
    assert caplog.text.count("a live connection to binance failed") == 3
