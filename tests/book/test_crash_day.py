"""A day like 19 May 2021: a handful of messages, nothing lost; and one message when away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from telegram import Bot

from desk.alarms import Alarms
from desk.gauges import Gauges
from desk.messages import MEANWHILE, PARTS, RINGS, Meanwhile, Part, Rings
from desk.moves import Moves
from desk.outcomes import Filled
from tests.book.bad_days import Life
from tests.book.crashes import (
    CALM,
    EACH,
    PER_MINUTE,
    SYMBOLS,
    Day,
    candles,
    made_crash,
    real_crash,
)
from tests.fakes.clock import FakeClock
from tests.fakes.fake_market import FakeMarket, instrument_of
from tests.fakes.paper_desk import PaperDesk, new_id
from tests.fakes.telegram_server import TelegramServer, bot_at, telegram_server
from trading.alerts import Alert, AlertDraft, Ring
from trading.bounds import Limits
from trading.candles import Timeframe
from trading.orders import Draft, Proposal
from trading.scope import ACCOUNT

NIGHT = datetime(2021, 5, 18, 23, tzinfo=UTC)  # the calm hour begins
BEGIN = NIGHT + timedelta(minutes=CALM)
AWAKE, ASLEEP = "awake", "asleep"
CHATS = {AWAKE: 7, ASLEEP: 8}
LADDER = (Decimal("0.96"), Decimal("0.9"), Decimal("0.82"), Decimal("0.75"))
WIDE = Limits(
    max_order_fraction=Decimal(1),
    max_symbol_fraction=Decimal(1),
    max_loss_fraction=Decimal(1),
    max_leverage_crypto=Decimal(5),
)
HELD: Mapping[str, Mapping[str, Any]] = {
    "BTC/USDT": {"notional": Decimal(2_500), "stop_fraction": Decimal("0.12")},
    "ETH/USDT": {"notional": Decimal(1_500), "stop_fraction": Decimal("0.2")},
    "ADA/USDT": {"notional": Decimal(1_500), "stop_fraction": Decimal(0), "leverage": Decimal(4)},
    "SOL/USDT": {"notional": Decimal(1_000), "stop_fraction": Decimal(0)},
    "DOGE/USDT": {"notional": Decimal(800), "trail_fraction": Decimal("0.1")},
}
# On the worst of days with 25 alerts and 5 positions: about one message an hour.
A_DAY, AN_HOUR = 30, 8
CANDLE = timedelta(minutes=5)  # a long absence is replayed on candles of this length


@dataclass
class Heard:
    """What one person was told, message by message, and what was in them."""

    messages: list[tuple[datetime, str]] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    rings: list[tuple[Ring, datetime]] = field(default_factory=list)

    @property
    def fills(self) -> dict[tuple[str, str], datetime]:
        """When each symbol was filled, by symbol and reason."""
        return {(one.symbol, one.reason): one.at for one in self.parts if one.kind == "fill"}

    @property
    def tiers(self) -> list[tuple[str, str]]:
        """Every drawdown tier that was told, in order."""
        return [(one.scope, one.tier) for one in self.parts if one.kind == "drawdown"]

    @property
    def first_rings(self) -> dict[str, tuple[datetime, datetime]]:
        """When each alert rang for the first time, and when that was told."""
        found: dict[str, tuple[datetime, datetime]] = {}
        for ring, told_at in self.rings:
            found.setdefault(f"{ring.kind} {ring.subject} {ring.level:f}", (ring.at, told_at))
        return found

    def most_within(self, span: timedelta) -> int:
        """Return the largest number of messages that came within so long."""
        times = [at for at, _ in self.messages]
        return max(sum(at <= other < at + span for other in times) for at in times)


class CrashDay:
    """A market that takes its prices from a day, and a person's desk over it."""

    def __init__(self, folder: Path, day: Day, bot: Bot) -> None:
        self.clock = FakeClock(BEGIN)
        self.market = FakeMarket(self.clock)
        self.steps = len(day["BTC/USDT"]) - CALM * PER_MINUTE
        self._day = day
        self._bot = bot
        self._path = folder / "conclave.db"
        for symbol, path in day.items():
            self.market.add(instrument_of(symbol, tick="0.0001"))
            for timeframe in (Timeframe.M1, Timeframe.M5):
                self.market.set_candles(candles(symbol, path, NIGHT, timeframe))
        self.shows(0)

    def shows(self, step: int) -> None:
        """Let it be the day's step, with that step's prices."""
        self.clock.now = BEGIN + step * EACH
        for symbol, path in self._day.items():
            price = f"{path[min(CALM * PER_MINUTE + step, len(path) - 1)]:.6g}"
            self.market.set_quote(symbol, price, price, price)

    def life(self) -> Life:
        desk = PaperDesk(self._path, self.market, self.clock, WIDE, snapshots=True)
        return Life(desk, self._bot)


async def _prepared(day: CrashDay) -> None:
    """Buy everything for both accounts, and arm twenty prices and five moves for each."""
    life = day.life()
    desk = life.desk
    moves, gauges = Moves(day.market), Gauges(day.market)
    alarms = Alarms(day.market, desk.accounts, desk.clock, new_id, moves, gauges)
    for account, chat in CHATS.items():
        await desk.accounts.open(account, chat)
        for symbol in SYMBOLS:
            await _buys(desk, account, symbol)
            price = (await day.market.quote(symbol)).last
            for level in (_level(price, share) for share in LADDER):
                below = AlertDraft(kind="price", symbol=symbol, direction="below", level=level)
                assert isinstance(await alarms.arm(account, below), Alert)
            move = AlertDraft(
                kind="move", symbol=symbol, direction="either", level=Decimal("0.05"), window=60
            )
            assert isinstance(await alarms.arm(account, move), Alert)
    await alarms.quiet_hours(ASLEEP, "10:00-20:00", "UTC")
    await life.deliver()
    await life.ends()


async def _buys(desk: PaperDesk, account: str, symbol: str) -> None:
    draft = Draft(
        symbol=symbol, side="buy", strategy="manual", target_fraction=Decimal(0), **HELD[symbol]
    )
    made = await desk.preview.price(account, draft)
    assert isinstance(made, Proposal), made
    await desk.preview.offer(made)
    assert isinstance(await desk.confirm.confirm(account, made.id), Filled)


async def _watched(day: CrashDay) -> None:
    """Watch the whole day live, and a calm time after it."""
    life = day.life()
    for step in range(1, day.steps + 1):
        day.shows(step)
        await life.tick()
        if step % PER_MINUTE == 0:
            await life.deliver()
    await _rests(day, life)


async def _missed(day: CrashDay) -> None:
    """Die in the morning and come back when the day is over."""
    life = day.life()
    await life.tick()
    await life.ends()
    life = day.life()
    day.shows(day.steps)
    await life.tick()
    await life.deliver()
    await _rests(day, life)


async def _rests(day: CrashDay, life: Life) -> None:
    for step in range(1, 6):
        day.shows(day.steps + step * PER_MINUTE * 60)
        await life.tick()
        await life.deliver()
    for account in CHATS:
        assert (await life.desk.state(account)).untold == ()
    await life.ends()


async def _heard(day: CrashDay, server: TelegramServer, account: str) -> Heard:
    life = day.life()
    rows = await life.desk.file.run(
        lambda database: list(
            database.query("SELECT * FROM outbox WHERE account_id = ? ORDER BY id", (account,))
        )
    )
    await life.ends()
    assert {row["state"] for row in rows} == {"delivered"}
    assert len(server.texts(CHATS[account])) == len(rows)
    heard = Heard()
    for row in rows[len(HELD) :]:
        at = datetime.fromisoformat(row["created_at"])
        heard.messages.append((at, row["kind"]))
        if row["kind"] == RINGS:
            heard.rings += [(one, at) for one in Rings.model_validate_json(row["payload"]).rings]
        elif row["kind"] == MEANWHILE:
            heard.parts += Meanwhile.model_validate_json(row["payload"]).parts
        else:
            heard.parts.append(PARTS.validate_json(row["payload"]))
    return heard


def _crossed(prices: Day) -> dict[str, datetime]:
    """Work out from the day's prices when each level of the ladders was reached first."""
    found = {}
    for symbol, path in prices.items():
        day = path[CALM * PER_MINUTE :]
        for share in LADDER:
            level = _level(Decimal(repr(float(day[0]))), share)
            below = np.flatnonzero(day <= float(level))
            if len(below):
                found[f"price {symbol} {level:f}"] = BEGIN + int(below[0]) * EACH
    return found


def _level(price: Decimal, share: Decimal) -> Decimal:
    return (price * share).quantize(Decimal("0.0001"))


async def _told(
    folder: Path, prices: Day, goes_by: Callable[[CrashDay], Awaitable[None]]
) -> dict[str, Heard]:
    """Let the day go by in one way; return what each of the two people was told."""
    async with telegram_server() as server, bot_at(server.port) as bot:
        day = CrashDay(folder, prices, bot)
        await _prepared(day)
        await goes_by(day)
        return {account: await _heard(day, server, account) for account in CHATS}


@pytest.mark.parametrize("made", [made_crash, real_crash])
async def test_crash_is_bearable_when_watched_and_one_digest_when_missed(
    tmp_path: Path, made: Callable[[], Day]
) -> None:
    prices = made()
    crossed = _crossed(prices)
    assert len(crossed) == len(SYMBOLS) * len(LADDER), "the day reaches every level"
    live = await _told(tmp_path / "live", prices, _watched)
    away = await _told(tmp_path / "away", prices, _missed)
    for account in CHATS:
        _same_story(live[account], away[account], crossed)
        assert Counter(kind for _, kind in away[account].messages) == {MEANWHILE: 1, RINGS: 1}
    awake, asleep = live[AWAKE], live[ASLEEP]
    assert len(awake.messages) <= A_DAY
    assert awake.most_within(timedelta(hours=1)) <= AN_HOUR
    assert all(told_at - at <= timedelta(hours=1) for at, told_at in awake.first_rings.values())
    # Quiet hours hold back what can wait, and nothing else.
    assert len(asleep.messages) < len(awake.messages)
    assert asleep.tiers == awake.tiers
    assert asleep.fills == awake.fills
    assert not [at for at, kind in asleep.messages if kind == RINGS and 10 <= at.hour < 20]
    assert [ring.at for ring, _ in asleep.rings] == [ring.at for ring, _ in awake.rings]


def _same_story(live: Heard, away: Heard, crossed: Mapping[str, datetime]) -> None:
    """Check that both tell every crossing, fill and tier, at the times when they were."""
    for name, at in crossed.items():
        assert live.first_rings[name][0] == at, name
        assert at <= away.first_rings[name][0] <= at + CANDLE, name
    assert live.first_rings.keys() == away.first_rings.keys()
    assert {name for name in live.first_rings if name.startswith("move")} == {
        f"move {symbol} 0.05" for symbol in SYMBOLS
    }
    assert set(live.fills) == {
        ("BTC/USDT", "stop"),
        ("ETH/USDT", "stop"),
        ("ADA/USDT", "liquidation"),
        ("DOGE/USDT", "trailing"),
    }
    assert live.fills.keys() == away.fills.keys()
    for what, at in live.fills.items():
        # A trailing stop follows live quotes in steps but each missed candle: it may be nearer.
        early = CANDLE if what[1] == "trailing" else timedelta(0)
        assert at - early <= away.fills[what] <= at + CANDLE, what
    assert len(live.fills) == sum(part.kind == "fill" for part in live.parts)
    assert live.tiers == away.tiers
    assert (ACCOUNT, "limit") in live.tiers
    for heard in (live, away):
        assert sum(part.kind == "day_lost" for part in heard.parts) == 1
