"""From a price on the exchange's websocket to the alert that Telegram takes, and what it costs."""

from __future__ import annotations

import asyncio
import multiprocessing
import statistics
import tempfile
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from benchmarks.rows import Row
from bot.delivery import Delivery
from bot.price_events import PriceEvents
from bot.services import Services
from desk.alarms import Alarms
from desk.gauges import Gauges
from desk.moves import Moves
from market.candles.store import CandleStore
from market.exchange import ExchangeMarket
from storage.cards import SqliteCards
from storage.outbox import SqliteOutbox
from tests.fakes.binance import BinanceServer
from tests.fakes.candle_files import made_candles
from tests.fakes.clock import FakeClock
from tests.fakes.fake_market import FakeMarket
from tests.fakes.paper_desk import PaperDesk, new_id
from tests.fakes.telegram_server import TelegramServer, bot_at, telegram_server
from tools.alert_words import parse_alert
from trading.alerts import Alert

EVENTS = 20
FIRST_CHAT = 1_000
SYMBOLS = [f"C{number:02}USDT" for number in range(50)]
A_SECOND = 10
SECONDS = 6.0
_NOTHING_ARMED = SimpleNamespace(series=())


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        taken = sorted(asyncio.run(_alerts(Path(folder))))
    goal = "ours < 1000"
    return [
        Row("price event to alert at Telegram, median", statistics.median(taken), None, "ms", goal),
        Row("price event to alert at Telegram, worst of 20", taken[-1], None, "ms", goal),
        Row("live feed, 50 symbols at 10 updates/s, 1 core", _load(), None, "%", "ours < 30"),
    ]


def _now() -> datetime:
    return datetime.now(UTC)


async def _alerts(folder: Path) -> list[float]:
    """Let the price cross one person's alert after the other; return the ms until each arrived."""
    async with AsyncExitStack() as stack:
        telegram = await stack.enter_async_context(telegram_server())
        bot = await stack.enter_async_context(bot_at(telegram.port))
        tables = {("BTCUSDT", frame): made_candles(count=100) for frame in ("1h", "1m")}
        server = await stack.enter_async_context(BinanceServer(tables, _now))
        server.set_price("BTCUSDT", 27_000.0)
        market = _market(server, folder)
        stack.push_async_callback(market.close)
        desk = PaperDesk(folder / "book.db", cast(FakeMarket, market), cast(FakeClock, _now))
        stack.push_async_callback(desk.file.close)
        alarms = Alarms(market, desk.accounts, _now, new_id, Moves(market), Gauges(market))
        for number in range(EVENTS):
            await desk.accounts.open(f"person{number}", FIRST_CHAT + number)
            await alarms.arm(f"person{number}", parse_alert(f"BTC above {27_100 + 100 * number}"))
        outbox = Delivery(bot, SqliteOutbox(desk.file), SqliteCards(desk.file), _now, sole=True)
        stack.push_async_callback(outbox.stop)
        parts = SimpleNamespace(
            market=market, watch=desk.watch, outbox=outbox, clock=_now, armed=_NOTHING_ARMED
        )
        events = PriceEvents(cast(Services, parts))
        await desk.watch.tick()
        events.start()
        stack.push_async_callback(events.stop)
        await server.streams.until(lambda: "btcusdt@bookTicker" in server.streams.subscribed)
        return [await _one(server, telegram, number) for number in range(EVENTS)]


async def _one(server: BinanceServer, telegram: TelegramServer, number: int) -> float:
    # Events come at any moment, not in step with the looks.
    await asyncio.sleep(0.3 + 0.017 * number)
    begun = time.perf_counter()
    server.set_price("BTCUSDT", 27_101.0 + 100 * number)
    await telegram.until(lambda: telegram.texts(FIRST_CHAT + number))
    return (time.perf_counter() - begun) * 1000


def _market(server: BinanceServer, folder: Path) -> ExchangeMarket:
    store = CandleStore(folder / "market.db")
    return ExchangeMarket("binance", store, _now, api_base=server.api_base, ws_base=server.ws_base)


def _load() -> float:
    """Return how much of a core the feed and its looks take while nobody is concerned, in %.

    The exchange runs in a process of its own.
    """
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    exchange = spawn.Process(target=_serve, args=(theirs,), daemon=True)
    exchange.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            return asyncio.run(_follow(Path(folder), *ours.recv()))
    finally:
        ours.send("stop")
        exchange.join(10)


async def _follow(folder: Path, api_base: str, ws_base: str) -> float:
    store = CandleStore(folder / "market.db")
    market = ExchangeMarket("binance", store, _now, api_base=api_base, ws_base=ws_base)
    desk = PaperDesk(folder / "book.db", cast(FakeMarket, market), cast(FakeClock, _now))
    alarms = Alarms(market, desk.accounts, _now, new_id, Moves(market), Gauges(market))
    await desk.accounts.open("person", FIRST_CHAT)
    for symbol_id in SYMBOLS:
        base = symbol_id.removesuffix("USDT")
        armed = await alarms.arm("person", parse_alert(f"{base}/USDT above 5000"))
        assert isinstance(armed, Alert), armed
    parts = SimpleNamespace(
        market=market,
        watch=desk.watch,
        outbox=SimpleNamespace(wake=int),
        clock=_now,
        armed=_NOTHING_ARMED,
    )
    events = PriceEvents(cast(Services, parts))
    try:
        await desk.watch.tick()
        events.start()
        await asyncio.sleep(3)
        if not market.flow.startswith(f"live, {len(SYMBOLS)} of"):
            raise RuntimeError(f"the feed is not live: {market.flow}")
        begun, cpu = time.perf_counter(), time.process_time()
        await asyncio.sleep(SECONDS)
        return (time.process_time() - cpu) / (time.perf_counter() - begun) * 100
    finally:
        await events.stop()
        await market.close()
        await desk.file.close()


def _serve(pipe: Connection) -> None:
    asyncio.run(_exchange(pipe))


async def _exchange(pipe: Connection) -> None:
    """Move every price ten times a second until told to stop."""
    table = made_candles(count=100)
    tables = {(symbol_id, frame): table for symbol_id in SYMBOLS for frame in ("1h", "1m")}
    async with BinanceServer(tables, _now) as server:
        pipe.send((server.api_base, server.ws_base))
        step, begun = 0, time.monotonic()
        while not pipe.poll():
            step += 1
            for symbol_id in SYMBOLS:
                price = 100.0 + step % 17 / 10
                server.set_price(symbol_id, price)
            await asyncio.sleep(max(0.0, begun + step / A_SECOND - time.monotonic()))
