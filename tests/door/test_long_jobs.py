"""A search in the chat: progress, Cancel by its owner and nobody else, one at a time, the end."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest
from telegram import Update

from bot.access import Access
from bot.dispatch import Dispatch
from bot.polling import BotApplication, build
from bot.progress import INTERRUPTED, mend_interrupted
from bot.services import Services
from bot.taps.stop import NOT_RUNNING
from bot.threads import Threads
from bot.turn import STOPPING
from desk.findings import Findings, Plan
from desk.searching import Stopped, Told, Unwanted
from sandbox.chat import SeenMessage
from sandbox.records import Tap
from sandbox.server import SandboxServer
from storage.cards import SqliteCards
from storage.sqlite import SqliteFile
from storage.turns import SqliteTurns
from tests.door.test_dispatch import Nobody
from tests.fakes.paper_desk import CHAT
from tests.fakes.trial_desk import TrialDesk, trial_desk
from tools.context import Context
from trading.backtest import Rules
from trading.candles import Candles
from trading.strategies.base import Strategy

BEN, STRANGER = 8, 99
SEARCH = "/optimize BTC/USDT 1h sma_cross 10"
STOPPED = "Stopped: Searching BTC/USDT 1h sma_cross"
WAIT = "Your search (BTC/USDT 1h sma_cross) is still under way. /cancel stops it."
_numbers = itertools.count(1)


class Gate:
    """Stands before the real search: it tells a line, then waits to be let go or stopped."""

    def __init__(self) -> None:
        from desk.optimizing import optimize

        self._real = optimize
        self.begun, self.let_go, self.stopped = (threading.Event() for _ in range(3))
        self.runs = 0

    def __call__(
        self,
        candles: Candles,
        strategy: Strategy,
        rules: Rules,
        plan: Plan,
        told: Told,
        stopped: Stopped,
    ) -> Findings:
        self.runs += 1
        told("Search 1 of 5, candles to 26 Dec 2020: 1 of 10 sets\n1 of 50 sets in all")
        self.begun.set()
        while not self.let_go.wait(0.005):
            if stopped():
                self.stopped.set()
                raise Unwanted
        return self._real(candles, strategy, rules, plan, told, stopped)


@dataclass
class Town:
    """The bot's handlers over a real search; people who write and tap."""

    server: SandboxServer
    application: BotApplication
    dispatch: Dispatch
    cards: SqliteCards
    gate: Gate
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def handled(self) -> None:
        """Let the handlers begin with all that people have sent."""
        offset = 0
        while updates := await self.application.bot.get_updates(offset, timeout=0):
            for update in updates:
                offset = update.update_id + 1
                self._begin(update)
        await asyncio.sleep(0)

    def _begin(self, update: Update) -> None:
        task = asyncio.create_task(self.application.process_update(update))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def writes(self, text: str, user: int = CHAT) -> None:
        self.server.chat.person_sends(user, text)
        await self.handled()

    async def taps(self, message: SeenMessage, data: str, user: int = CHAT) -> Tap:
        query = self.server.chat.person_taps(user, message.id, data)
        await self.handled()

        def answered() -> list[Tap]:
            taps = self.server.chat.answers(user)
            return [tap for tap in taps if tap.query_id == query and tap.answered]

        await self.server.chat.until(lambda: bool(answered()), 20)
        return answered()[0]

    def shown(self, user: int = CHAT) -> list[SeenMessage]:
        return [one for one in self.server.chat.messages(user) if one.from_bot]

    async def sees(self, words: str, user: int = CHAT) -> SeenMessage:
        def found() -> list[SeenMessage]:
            return [one for one in self.shown(user) if words in one.text]

        await self.server.chat.until(lambda: bool(found()), 30)
        return found()[-1]

    async def searching(self, user: int = CHAT) -> SeenMessage:
        """Type the search and wait until its first line of progress is shown."""
        await self.writes(SEARCH, user)
        return await self.sees("1 of 50 sets in all", user)


class Desk:
    """The few services that a search needs."""

    def __init__(self, desk: TrialDesk, cards: SqliteCards, threads: Threads) -> None:
        self._desk = desk
        self.cards = cards
        self.threads = threads
        self.accounts = self.market = self
        self.demo = False
        self.name = "fake"

    async def open(self, account_id: str, chat_id: int) -> None:
        return None

    def clock(self) -> datetime:
        return datetime.now(UTC)

    def account_id(self, user_id: int) -> str:
        return str(user_id)

    def context(self, account_id: str, strategy: str = "manual") -> Context:
        return self._desk.context


@pytest.fixture
async def town(
    server: SandboxServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Town]:
    gate = Gate()
    monkeypatch.setattr("desk.optimizing.optimize", gate)
    monkeypatch.setattr("bot.progress.SECONDS_BETWEEN_EDITS", 0.01)
    application = build(server.token, server.api_base)
    await application.initialize()
    file = SqliteFile(tmp_path / "conclave.db")
    async with trial_desk(count=1_500) as desk:
        cards = SqliteCards(file)

        async def ready() -> Services:
            threads = Threads(SqliteTurns(file), lambda: datetime.now(UTC))
            return cast(Services, Desk(desk, cards, threads))

        access = Access(frozenset({CHAT, BEN}), Nobody(), lambda: datetime.now(UTC), "code")
        dispatch = Dispatch(access, ready())
        dispatch.register(application)
        made = Town(server, application, dispatch, cards, gate)
        await made.handled()
        await asyncio.gather(*made.tasks)
        yield made
        gate.let_go.set()
        dispatch.stop()
        await dispatch.stopped()
        await asyncio.gather(*made.tasks, return_exceptions=True)
    await application.shutdown()
    await file.close()


def button(message: SeenMessage) -> str:
    """Return the data of its only button, Cancel."""
    ((only,),) = message.buttons
    assert only.text == "Cancel"
    assert only.data is not None
    assert len(only.data) <= 64
    return only.data


async def test_progress_becomes_the_card_in_one_message(town: Town) -> None:
    progress = await town.searching()
    assert progress.text.startswith("Searching BTC/USDT 1h sma_cross…\nSearch 1 of 5")
    assert button(progress).startswith("stop:")
    before = len(town.shown())
    town.gate.let_go.set()
    card = await town.sees("out-of-sample")
    assert card.id == progress.id
    assert card.photo is not None
    assert card.buttons == ()
    assert "Don't trust this." in card.text
    assert len(town.shown()) == before
    await asyncio.gather(*town.tasks)
    assert await town.cards.unfinished() == []


async def test_command_under_the_card_says_nothing_twice(town: Town) -> None:
    town.gate.let_go.set()
    await town.writes("/optimize symbol=btc Timeframe=1h strategy=sma_cross trials=10 stop=none")
    card = await town.sees("out-of-sample")
    (command,) = [line for line in card.text.splitlines() if line.startswith("/backtest")]
    assert command.startswith("/backtest BTC/USDT 1h sma_cross fast=")
    assert command.endswith(" stop=none")
    assert command.count("=") == 3


async def test_owner_cancels_with_the_button(town: Town) -> None:
    progress = await town.searching()
    notice = await town.taps(progress, button(progress))
    assert notice.text == "Stopped."
    ended = await town.sees(STOPPED)
    assert ended.id == progress.id
    assert ended.buttons == ()
    assert await asyncio.to_thread(town.gate.stopped.wait, 10)
    again = await town.taps(progress, button(progress))
    assert again.alert
    assert again.text == NOT_RUNNING
    await asyncio.gather(*town.tasks)
    assert await town.cards.unfinished() == []


async def test_typed_cancel_stops_a_search_too(town: Town) -> None:
    progress = await town.searching()
    await town.writes("/cancel")
    assert (await town.sees(STOPPED)).id == progress.id
    assert (await town.sees("Stopped: BTC/USDT 1h sma_cross.")).id > progress.id
    assert await asyncio.to_thread(town.gate.stopped.wait, 10)
    await asyncio.gather(*town.tasks)
    await town.writes("/cancel")
    await town.sees("Nothing of yours is under way")


@pytest.mark.parametrize("data", ["stop:", "stop:0", "stop:0123456789abcdef"])
async def test_made_up_tokens_stop_nothing(town: Town, data: str) -> None:
    progress = await town.searching()
    notice = await town.taps(progress, data)
    assert (notice.alert, notice.text) == (True, NOT_RUNNING)
    assert not town.gate.stopped.is_set()


async def test_another_person_and_a_stranger_cannot_cancel_it(town: Town) -> None:
    progress = await town.searching()
    for user, told in ((BEN, NOT_RUNNING), (STRANGER, "This bot is private.")):
        await town.writes("/help", user)
        notice = await town.taps(progress, button(progress), user)
        assert notice.alert
        assert notice.text.startswith(told)
    await town.writes("/cancel", BEN)
    await town.sees("Nothing of yours is under way", BEN)
    assert not town.gate.stopped.is_set()
    town.gate.let_go.set()
    await town.sees("out-of-sample")


async def test_second_search_and_a_question_meanwhile_are_told_to_wait(town: Town) -> None:
    await town.searching()
    await town.writes("/optimize ETH/USDT 1h sma_cross 10")
    await town.sees(WAIT)
    await town.writes("Is BTC a long?")
    await asyncio.sleep(0.05)
    assert town.gate.runs == 1
    assert [one.text for one in town.shown()].count(WAIT) == 2


async def test_two_people_with_the_same_search_share_it_and_one_may_leave(town: Town) -> None:
    progress = await town.searching()
    await town.writes(SEARCH, BEN)
    other = await town.sees("1 of 50 sets in all", BEN)
    await town.taps(progress, button(progress))
    await town.sees(STOPPED)
    assert not town.gate.stopped.is_set()
    town.gate.let_go.set()
    card = await town.sees("out-of-sample", BEN)
    assert card.id == other.id
    assert town.gate.runs == 1


async def test_wrong_words_are_told_without_a_progress_message(town: Town) -> None:
    before = len(town.shown())
    await town.writes("/optimize BTC 7x")
    await town.sees("is no timeframe")
    assert len(town.shown()) == before + 1


async def test_refusal_takes_the_place_of_the_progress(town: Town) -> None:
    await town.writes("/optimize BTC/USDT 1h buy_and_hold")
    ended = await town.sees("has no parameters to search")
    assert ended.buttons == ()


async def test_bot_that_stops_tells_who_waits_and_stops_the_search(town: Town) -> None:
    await town.searching()
    town.dispatch.stop()
    await town.dispatch.stopped()
    assert town.shown()[-1].text == STOPPED
    assert await asyncio.to_thread(town.gate.stopped.wait, 10)
    await town.writes(SEARCH)
    await town.sees(STOPPING)


async def test_search_that_a_kill_cut_off_is_told_so_and_loses_its_button(town: Town) -> None:
    progress = await town.searching()
    interrupted = await town.cards.unfinished()
    assert interrupted == [(CHAT, progress.id)]
    # The next life finds it; this one is only forgotten about.
    await mend_interrupted(town.application.bot, town.cards, interrupted)
    mended = next(one for one in town.shown() if one.id == progress.id)
    assert mended.text == INTERRUPTED
    assert mended.buttons == ()


async def test_forecast_does_not_wait_for_a_search_and_is_cancelled_by_itself(town: Town) -> None:
    """A search may take a minute, a forecast takes a second: one of a kind per person."""
    await town.writes(SEARCH)
    await asyncio.to_thread(town.gate.begun.wait, 10)
    await town.writes("/forecast BTC/USDT 1h 4")
    card = await town.sees("Candles scored")
    assert card.text.startswith("Forecast · BTC/USDT · 1h")
    assert not town.gate.let_go.is_set()
    await town.writes("/cancel")
    await town.sees("Stopped: BTC/USDT 1h sma_cross.")
