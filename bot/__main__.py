"""Start Conclave: `python -m bot` runs it; `doctor`, `verify` and `healthy` look after it.

`candles` fetches a long history ahead, `replay` makes a stored answer's card again.

This is the only place where the parts are put together. Heavy parts are imported inside the
functions here, so that the bot is polling long before they are loaded.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import importlib
import logging
import secrets
import signal
import sqlite3
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from telegram import Bot

from bot.access import Access
from bot.alone import alone
from bot.analysts import analysts, headlines_of, price_of
from bot.delivery import Delivery
from bot.diagnosis import diagnose
from bot.heartbeat import is_alive
from bot.house_rules import costs_of, limits_of, rules_of, terms_of
from bot.jobs import schedule
from bot.logs import set_up_logging
from bot.polling import build
from bot.services import QuestionLimits, Services
from bot.serving import ChatSide, serve
from bot.set_up import insists, second_channels, strategies
from bot.threads import Threads
from bot.verify import report
from bot.waited import Waited
from desk.errors import MarketError, StorageError
from desk.ports import Clock, MarketData, NewsSource
from desk.secrecy import Secrecy
from desk.spending import Ceiling, Spending
from desk.token_price import TokenPrice
from market.connection.ids import DEMO, refuse_unknown
from sandbox.errors import SandboxError
from settings import BadSettings, Settings, read_settings
from storage.account_log import SqliteAccountLog
from storage.cards import SqliteCards
from storage.closes_seen import SqliteClosesSeen
from storage.outbox import SqliteOutbox
from storage.people import SqlitePeople
from storage.questions import SqliteQuestions
from storage.snapshots import SqliteSnapshots
from storage.spending import SqliteSpending
from storage.sqlite import SqliteFile
from storage.turns import SqliteTurns
from storage.verdicts import SqliteVerdicts
from storage.watermarks import SqliteWatermarks
from trading.errors import BadArgument, ConclaveError

if TYPE_CHECKING:
    pass

log = logging.getLogger("conclave")
HEAVY = (
    "agents.panel",
    "agents.models",
    "agents.rules.rule_based",
    "desk.research",
    "desk.optimizing",
    "desk.ranking",
    "market.news.feeds",
    "trading.forecast",
)
COMMANDS = ("run", "doctor", "verify", "replay", "healthy", "candles")
MOST_WORDS = {"candles": 20, "replay": 1}
PROBE_SECONDS = 5
CURRENCY = "USDT"


def main(arguments: list[str] | None = None) -> int:
    """Run the named command; the exit code is 0 when all is well, 2 for wrong settings."""
    parser = argparse.ArgumentParser(prog="python -m bot", description=__doc__)
    parser.add_argument("command", nargs="?", default="run", choices=COMMANDS)
    parser.add_argument("--account", help="verify: examine only this account")
    parser.add_argument(
        "words", nargs="*", help="candles: BTC/USDT 1h since=2023-01-01; replay: a question's id"
    )
    parser.add_argument("--csv", metavar="FILE", help="candles: write them to this file too")
    asked = parser.parse_intermixed_args(arguments)
    command: str = asked.command
    if asked.account is not None and command != "verify":
        parser.error("--account goes with verify")
    if asked.csv and command != "candles":
        parser.error("--csv goes with candles")
    if len(asked.words) > MOST_WORDS.get(command, 0):
        parser.error(f"{' '.join(asked.words)} goes with {' or '.join(MOST_WORDS)}")
    try:
        settings = read_settings()
        refuse_unknown(settings.exchange)
    except (BadSettings, BadArgument) as error:
        print(f"The settings are wrong, so nothing was started.\n{error}", file=sys.stderr)
        return 2
    # What doctor finds stands in its own lines; the log would only come between them.
    told = "log_level" in settings.model_fields_set or command != "doctor"
    set_up_logging(settings.log_level if told else "ERROR", settings.secrets)
    if command == "healthy":
        return 0 if is_alive(settings.state_dir) else 1
    try:
        if command == "verify":
            return verify(settings.database_path, asked.account)
        if command == "replay":
            return replay_card(settings.database_path, "".join(asked.words))
        if command == "candles":
            return asyncio.run(candles(settings, asked.words, asked.csv))
        return asyncio.run(diagnose(settings, now) if command == "doctor" else run(settings))
    except BadArgument as error:
        print(f"The settings are wrong, so Conclave ends.\n{error}", file=sys.stderr)
        return 2
    except (ConclaveError, CannotStart, SandboxError) as error:
        print(Secrecy(settings.secrets).hide(str(error)), file=sys.stderr)
    except ImportError as error:
        print(f"A library can't be loaded: {error}. Run `make install` again.", file=sys.stderr)
    except Exception:
        # Through the log, because that never shows a secret.
        log.exception("Conclave ends because of a fault of its own")
    except KeyboardInterrupt:
        pass
    return 1


class CannotStart(Exception):
    """Something that the start needs can't be had; the message says what to mend."""


def now() -> datetime:
    return datetime.now(UTC)


def new_id() -> str:
    return secrets.token_hex(8)


@contextlib.asynccontextmanager
async def chat_side(settings: Settings) -> AsyncIterator[ChatSide]:
    """Telegram when there is a token, else the local chat, which runs meanwhile."""
    if settings.telegram_bot_token:
        token = settings.telegram_bot_token.get_secret_value()
        yield ChatSide(token, settings.telegram_api_base, settings.telegram_allowed_users)
        return
    from sandbox.server import SandboxServer

    path = settings.state_dir / "chat.db"
    try:
        server = SandboxServer(path, settings.local_port)
        await server.start()
    except (sqlite3.Error, OSError) as error:
        raise CannotStart(f"{path}: the local chat's file can't be used ({error}).") from error
    try:
        yield ChatSide(server.token, server.api_base, frozenset({server.user_id}), server.page_url)
    finally:
        await server.stop()


async def run(settings: Settings) -> int:
    """Run until a signal says stop."""
    file = SqliteFile(settings.database_path)
    await file.check()
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(alone(settings.state_dir))
        except OSError as error:
            raise CannotStart(f"{settings.state_dir} can't be locked: {error}.") from error
        return await run_on(settings, file)


async def run_on(settings: Settings, file: SqliteFile) -> int:
    """Run on a file that nobody else runs on; return 0 when a signal said stop."""
    async with chat_side(settings) as side:
        access = Access(side.people, SqlitePeople(file), now, secrets.token_urlsafe(9))
        refused, waited = asyncio.Event(), Waited()
        application = build(side.token, side.api_base, refused.set, waited)
        queue = application.job_queue
        assert queue is not None  # noqa: S101 - built with one
        service = asyncio.create_task(
            serve(
                application,
                side,
                access,
                SqliteCards(file),
                lambda: assemble(settings, file, application.bot),
                lambda parts: schedule(queue, parts, settings.state_dir, settings.watch_seconds),
                refused,
                waited,
            )
        )
        stopped = asyncio.create_task(stop_signal())
        try:
            await asyncio.wait({service, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if service.done():
                await service
        finally:
            service.cancel()
            await asyncio.gather(service, return_exceptions=True)
            await file.close()
    return 0


async def assemble(settings: Settings, file: SqliteFile, bot: Bot, clock: Clock = now) -> Services:
    """Load the heavy parts in a thread, choose the market, and connect everything."""
    started = time.monotonic()
    second = await asyncio.to_thread(second_channels, settings)
    market = await load_all(settings, clock)
    try:
        catalogue, own = await strategies(settings)
    except BaseException:
        await market.close()
        raise
    log.info("loaded in %.1f s", time.monotonic() - started)
    from agents.beside import Beside
    from agents.panel import Panel
    from agents.past_calls import StoredCalls
    from agents.recording import Recorder
    from agents.vote import VoteMode
    from desk.accounts import Accounts
    from desk.alarms import Alarms
    from desk.armed_fills import ArmedFills
    from desk.armed_orders import ArmedOrders
    from desk.armed_runs import ArmedRuns
    from desk.booking import Source
    from desk.briefings import Briefings
    from desk.confirm import Confirm
    from desk.gauges import Gauges
    from desk.history import Histories
    from desk.lab import Lab
    from desk.moves import Moves
    from desk.pinned import Pin
    from desk.portfolio import Portfolios
    from desk.preview import Preview
    from desk.pricing import Marks
    from desk.protect import Protect
    from desk.snapshot import Snapshot
    from desk.track import Track
    from desk.track_settling import Settling
    from desk.watch import Watch
    from desk.watches import Watches
    from tools.registry import discover
    from trading.learners import Library

    library = Library(settings.forecast_library)
    logbook = SqliteAccountLog(file, also=[channel.name for channel in second])
    cards, questions = SqliteCards(file), SqliteQuestions(file)
    verdicts = SqliteVerdicts(file)
    recorder = Recorder(verdicts)
    limits, terms = limits_of(settings), terms_of(settings)
    accounts = Accounts(
        logbook,
        clock,
        settings.starting_cash,
        CURRENCY,
        demo=market.demo,
        snapshots=SqliteSnapshots(file),
    )
    marks, histories = Marks(market, clock), Histories(logbook)
    preview = Preview(
        market,
        accounts,
        clock,
        new_id,
        limits,
        terms,
        marks,
        compared=lambda: Snapshot(market, clock()),
    )
    confirm = Confirm(market, accounts, preview, clock, new_id, limits, terms, marks)
    moves, gauges, seen = Moves(market), Gauges(market), SqliteClosesSeen(file)
    spending, secrecy = spending_of(settings, file, clock), Secrecy(settings.secrets)
    news, headlines = news_of(settings, market, clock), headlines_of(settings, spending)
    lineup, lab, tools = (
        analysts(settings),
        Lab(library=library),
        discover(catalogue.names, market.name),
    )
    panel = Panel(
        lineup,
        tools,
        clock,
        new_id,
        questions,
        seconds=settings.question_seconds,
        model_calls=settings.model_calls,
        mode=VoteMode(settings.vote_mode),
        hide=secrecy.hide,
    )
    pin = Pin(
        market,
        accounts,
        logbook,
        clock,
        new_id,
        limits,
        terms,
        rules_of(settings),
        lab,
        catalogue,
        histories,
        news,
        headlines,
    )
    protect = Protect(market, accounts, clock, marks, limits)
    portfolios = Portfolios(market, accounts, logbook, clock, limits, marks, histories)
    calls = StoredCalls(questions)
    return Services(
        market=market,
        accounts=accounts,
        preview=preview,
        confirm=confirm,
        protect=protect,
        alarms=Alarms(market, accounts, clock, new_id, moves, gauges, marks),
        watch=Watch(
            market,
            accounts,
            confirm,
            SqliteWatermarks(file, market.name),
            clock,
            limits,
            terms,
            moves,
            gauges,
            marks=marks,
        ),
        watches=Watches(accounts, clock, marks, limits, seen),
        armed=ArmedRuns(
            market,
            accounts,
            ArmedOrders(preview, marks, terms),
            ArmedFills(accounts, confirm, clock, Source(market.name, market.demo)),
            lab,
            catalogue,
            clock,
            seen,
        ),
        portfolios=portfolios,
        histories=histories,
        panel=panel,
        tools=tools,
        pin=pin,
        lab=lab,
        limits=limits,
        log=logbook,
        questions=questions,
        threads=Threads(SqliteTurns(file), clock),
        briefings=Briefings(accounts, pin, portfolios, protect, calls, clock),
        recorder=recorder,
        beside=Beside(recorder, tools, clock, new_id),
        settling=Settling(market, verdicts, clock),
        track=Track(verdicts, clock, costs_of(settings)),
        cards=cards,
        outbox=Delivery(bot, SqliteOutbox(file), cards, clock, second, sole=True),
        clock=clock,
        analyst=lineup.analyst,
        votes=len(lineup.members),
        own=own,
        spending=spending,
        question_limits=QuestionLimits(settings.question_seconds, settings.model_calls),
    )


async def load_all(settings: Settings, clock: Clock) -> MarketData:
    """Load the heavy parts; the exchange's first answer is waited for meanwhile."""
    await asyncio.to_thread(importlib.import_module, "market.exchange")
    choosing = asyncio.create_task(choose_market(settings, clock))
    try:
        await asyncio.to_thread(load, settings.forecast_library)
        return await choosing
    except BaseException:
        choosing.cancel()
        await asyncio.wait({choosing})
        if not choosing.cancelled() and choosing.exception() is None:
            await choosing.result().close()
        raise


def load(library: str = "lightgbm") -> None:
    """Import what is heavy and load compiled code, so that no question waits for it.

    `library`: whose trees forecast.
    """
    for name in HEAVY:
        importlib.import_module(name)
    from bot.charts import warm as warm_charts
    from trading.forecast import warm as warm_forecast
    from trading.learners import Library
    from trading.warming import warm

    warm()
    warm_forecast(Library(library))
    warm_charts()
    # What is loaded stays. To look through it all takes the collector a quarter of a second, in
    # which nobody would be answered.
    gc.freeze()


async def choose_market(settings: Settings, clock: Clock) -> MarketData:
    """Decide, once, where prices come from.

    The demo market takes over only where nobody set up anything: with a key, or an exchange
    named in the settings, an unreachable exchange is told in each answer instead.
    """
    from market.candles.store import CandleStore
    from market.demo.market import DemoMarket
    from market.exchange import ExchangeMarket
    from market.several import SeveralMarkets

    if settings.exchange == DEMO:
        return DemoMarket(clock)
    store = CandleStore(settings.state_dir / "market.db")
    default = ExchangeMarket(
        settings.exchange,
        store,
        clock,
        api_base=settings.exchange_api_base,
        ws_base=settings.exchange_ws_base,
    )
    market = SeveralMarkets(
        default, lambda name: ExchangeMarket(name, store, clock, prefix=f"{name}:")
    )
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            log.info("%s", await default.check())
    except (MarketError, TimeoutError) as error:
        if insists(settings):
            log.warning("%s can't be reached now: %s", settings.exchange, error)
            return market
        log.warning("%s can't be reached, so the demo market takes over", settings.exchange)
        await market.close()
        return DemoMarket(clock)
    except BaseException:
        await market.close()
        raise
    return market


def spending_of(settings: Settings, file: SqliteFile, clock: Clock) -> Spending | None:
    """Count what the language models cost; None where there are none."""
    if settings.openai_api_key is None:
        return None
    prices = [
        price_of(settings.price_in, settings.price_out),
        price_of(settings.fallback_price_in, settings.fallback_price_out),
    ]
    known = [price for price in prices if price is not None]
    dearest = TokenPrice(
        max((price.asked for price in known), default=Decimal(0)),
        max((price.answered for price in known), default=Decimal(0)),
    )
    return Spending(
        SqliteSpending(file),
        clock,
        new_id,
        Ceiling(settings.daily_tokens, settings.daily_cost),
        settings.question_tokens,
        dearest if known else None,
    )


def news_of(settings: Settings, market: MarketData, clock: Clock) -> NewsSource:
    """Take the feeds; made-up headlines beside made-up prices; nothing where news is off."""
    from market.demo.news import DemoNews
    from market.news.feeds import NewsFeeds
    from market.news.store import NewsStore

    if market.demo and settings.news_feeds:
        return DemoNews(market, clock)
    return NewsFeeds(settings.news_feeds, NewsStore(settings.state_dir / "news.db"), clock)


async def stop_signal() -> None:
    """Wait for Ctrl-C or a request to terminate."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await stopped.wait()


def verify(path: Path, account_id: str | None) -> int:
    """Examine the account log; 0: sound, 1: it has problems, 2: it can't be opened."""
    from storage.audit import audit

    try:
        return report(audit(path, account_id), print, one=account_id is not None)
    except StorageError as error:
        print(error, file=sys.stderr)
        return 2


def replay_card(path: Path, question_id: str) -> int:
    """Make a stored card again; 0: it is as it was sent, 1: it is not, 2: there is none to make."""
    from bot.card_code import card_code
    from bot.replay import replay
    from storage.question_file import open_questions

    try:
        with open_questions(path) as questions:
            return replay(questions, question_id, print, card_code())
    except StorageError as error:
        print(error, file=sys.stderr)
        return 2


async def candles(settings: Settings, words: list[str], csv: str | None) -> int:
    """Fetch a history of candles; 0: it is held, 2: the words are wrong."""
    from bot.candle_cli import fetch_candles, read_order

    try:
        order = read_order(words, csv)
        market = await choose_market(settings, now)
        try:
            await fetch_candles(market, order, now(), print)
        finally:
            await market.close()
    except BadArgument as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
