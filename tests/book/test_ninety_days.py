"""Ninety days of swings, wrong clocks, sleep and 500 deaths: each crossing is delivered once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from telegram import Bot

from desk.alarms import Alarms
from desk.gauges import Gauges
from desk.messages import DRAWDOWN, MEANWHILE, RINGS, DrawdownAlert, Meanwhile, Rings
from desk.moves import Moves
from storage.account_log import SqliteAccountLog
from storage.sqlite import SqliteFile
from tests.book.bad_days import World
from tests.book.swings import Level, around, falling, rings, tiers
from tests.fakes.clock import START
from tests.fakes.paper_desk import ANNE, BTC, CHAT, ETH, new_id
from tests.fakes.telegram_server import (
    TelegramServer,
    bot_at,
    cut,
    flood,
    page,
    refusal,
    telegram_server,
)
from trading.alerts import Alert, AlertDraft, Ring
from trading.bounds import Limits
from trading.scope import ACCOUNT

SEED = 20210519
DAYS = 90
DEATHS = 500
MINUTES = DAYS * 24 * 60
OPENING = 10_000.0
LEVELS = (
    Level(1_770, rises=False),
    Level(1_715, rises=False, once=True),
    Level(1_830, rises=True),
    Level(1_890, rises=True),
    Level(1_925, rises=True, once=True),
)
WIDE = Limits(
    max_order_fraction=Decimal(1),
    max_symbol_fraction=Decimal(1),
    max_loss_fraction=Decimal(1),
    daily_loss=Decimal(1),
)
BOUNDS = {ACCOUNT: 0.08, "strategy:manual": 0.05}
# A five-minute candle tells at its end what happened in it, and our clock may be behind.
LATE = timedelta(minutes=8)
Told = Mapping[str, Sequence[tuple[datetime, str]]]


async def test_ninety_days_and_500_deaths_give_one_delivery_for_each_crossing(
    tmp_path: Path,
) -> None:
    chance = Random(SEED)
    world = World(tmp_path, WIDE)
    async with telegram_server() as server, bot_at(server.port) as bot:
        expected = await _begins(world, bot, chance)
        for pauses in _lives(chance, world):
            await _lives_and_dies(world, bot, server, chance, pauses)
        await _settles(world, bot)
    assert world.true() - START >= timedelta(days=DAYS)
    expected = _until(expected, world.true())
    told = await _told(tmp_path / "conclave.db", server)
    _same(told, expected)
    assert sum(map(len, expected.values())) > 400


async def _begins(world: World, bot: Bot, chance: Random) -> Told:
    """Buy, arm the alerts and set quiet hours; return what is to be told from here on."""
    market, length = world.market, MINUTES + 4 * 24 * 60
    market.goes(BTC, [27_000.0] * 100)
    market.goes(ETH, [1_800.0] * 100)
    market.set(BTC, 27_000)
    market.set(ETH, 1_800)
    life = world.life(bot)
    desk = life.desk
    await desk.accounts.open(ANNE, CHAT)
    await desk.buy(notional="9000", stop="0", target="0")
    alarms = Alarms(market, desk.accounts, desk.clock, new_id, Moves(market), Gauges(market))
    await alarms.quiet_hours(ANNE, "22:00-07:00", "Europe/Berlin")
    swings = around(chance, 1_800.0, LEVELS, length)
    found: dict[str, Sequence[tuple[datetime, str]]] = {}
    for level in LEVELS:
        alert = await alarms.arm(ANNE, _draft(level))
        assert isinstance(alert, Alert)
        found[alert.id] = [(_time(minute), "ring") for minute in rings(swings, level)]
    state = await desk.state()
    ((_, position),) = state.positions.items()
    cash, quantity = float(state.cash), float(position.quantity)
    equity = falling(chance, cash + quantity * 27_000, OPENING, length)
    for scope, bound in BOUNDS.items():
        moved = tiers(equity, OPENING, bound)
        found[scope] = [(_time(minute), tier) for minute, tier in moved]
    market.goes(ETH, swings)
    market.goes(BTC, [(worth - cash) / quantity for worth in equity])
    await life.ends()
    return found


def _draft(level: Level) -> AlertDraft:
    return AlertDraft(
        kind="price",
        symbol=ETH,
        direction="above" if level.rises else "below",
        level=Decimal(repr(level.price)),
        once=level.once,
    )


def _time(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def _lives(chance: Random, world: World) -> Iterator[list[float]]:
    """Yield, life by life, the minutes of death or sleep before each time that it is awake.

    Each day has an hour or two in which processes come and go, at another time of day.
    """
    for day in range(DAYS):
        begins = timedelta(days=day, minutes=chance.uniform(60, 1200))
        for death in range(DEATHS // DAYS + (day < DEATHS % DAYS)):
            pauses = [chance.uniform(0, 8) for _ in range(chance.choice((1, 1, 2)))]
            if death == 0:
                # Through the long absence the process was dead, or the machine asleep.
                away = START + begins - world.true()
                pauses[chance.randrange(len(pauses))] = away / timedelta(minutes=1)
            yield pauses


async def _lives_and_dies(
    world: World, bot: Bot, server: TelegramServer, chance: Random, pauses: Iterable[float]
) -> None:
    life = world.life(bot)
    for pause in pauses:
        world.passes(minutes=pause)
        for _ in range(chance.choice((1, 1, 2, 3))):
            world.passes(seconds=chance.uniform(2, 20))
            if chance.random() < 0.15:
                world.puts_clock(ahead=chance.choice((0, 0, 0, 20, -20, -100, 130, 400)))
            await life.tick()
            if chance.random() < 0.1:
                outcomes = (flood(7), page(502), refusal(500), cut(applied=False))
                server.meets(CHAT, chance.choice(outcomes))
            if chance.random() < 0.4:
                await life.deliver()
        if chance.random() < 0.5:
            world.puts_clock(ahead=0)
    if chance.random() < 0.3:
        await life.dies_in_a_tick(chance)
    await life.ends()


async def _settles(world: World, bot: Bot) -> None:
    """Let a last life tell what is left, through a whole day and until no quiet hour holds it."""
    world.puts_clock(ahead=0)
    world.passes(minutes=1440)
    life = world.life(bot)
    for hour in range(60):
        world.passes(minutes=60)
        await life.tick()
        await life.deliver()
        if hour >= 24 and not (await life.desk.state()).untold:
            break
    await life.ends()


async def _told(path: Path, server: TelegramServer) -> Told:
    """Return what arrived in the chat, by alert and by scope, each in its order."""
    file = SqliteFile(path)
    rows = await file.run(lambda database: list(database.query("SELECT * FROM outbox ORDER BY id")))
    assert (await SqliteAccountLog(file).verify(ANNE)).problem is None
    await file.close()
    news = [row for row in rows if row["kind"] in (RINGS, DRAWDOWN, MEANWHILE)]
    assert {row["state"] for row in news} == {"delivered"}
    # Each message that the chat got is one of these, and each of these is one of them.
    numbers = sorted(row["message_id"] for row in rows if row["state"] == "delivered")
    assert numbers == list(range(1, len(server.arrived) + 1))
    found: defaultdict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for row in news:
        for what, at, word in _parts(row["kind"], row["payload"]):
            found[what].append((at, word))
    return found


def _parts(kind: str, payload: str) -> Iterator[tuple[str, datetime, str]]:
    if kind == RINGS:
        for ring in Rings.model_validate_json(payload).rings:
            yield ring.alert_id or f"{ring.subject} prices", ring.at, _word(ring)
        return
    alerts = (
        Meanwhile.model_validate_json(payload).parts
        if kind == MEANWHILE
        else [DrawdownAlert.model_validate_json(payload)]
    )
    for alert in alerts:
        assert isinstance(alert, DrawdownAlert)
        yield alert.scope, alert.at, alert.tier


def _word(ring: Ring) -> str:
    return "ring" if ring.alert_id else ring.kind


def _until(crossings: Told, end: datetime) -> Told:
    return {
        what: [(at, word) for at, word in times if at < end] for what, times in crossings.items()
    }


def _same(told: Told, expected: Told) -> None:
    """Compare one for one: as many, in the same order, each at its time."""
    for what, crossings in expected.items():
        assert [word for _, word in told[what]] == [word for _, word in crossings], what
        for (at, _), (then, _) in zip(told[what], crossings, strict=True):
            assert abs(at - then) <= LATE, (what, at, then)
    feeds = told.keys() - expected.keys()
    for what in feeds:
        words = [word for _, word in told[what]]
        assert words == ["stale", "fresh"] * (len(words) // 2), what
