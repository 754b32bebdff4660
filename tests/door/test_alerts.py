"""Alerts in the chat: typed, listed, tapped, snoozed, told; and nobody else's tap does a thing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast

import pytest

from bot.access import Access
from bot.dispatch import Dispatch
from bot.polling import BotApplication, build
from bot.services import Services
from desk.alarms import NOT_YOURS, Alarms
from desk.gauges import Gauges
from desk.moves import Moves
from sandbox.server import SandboxServer
from tests.e2e.person import Person, labels
from tests.fakes.paper_desk import CHAT, PaperDesk, new_id

FRIEND = CHAT + 1
Handle = Callable[[], Awaitable[None]]


class Nobody:
    """Implements desk.ports.People for a bot whose people are named in the settings."""

    async def owner(self) -> int | None:
        return None

    async def claim(self, user_id: int, at: datetime) -> bool:
        return False


@pytest.fixture
async def application(desk: PaperDesk, server: SandboxServer) -> AsyncIterator[BotApplication]:
    application = build(server.token, server.api_base)
    await application.initialize()
    moves, gauges = Moves(desk.market), Gauges(desk.market)
    services = SimpleNamespace(
        market=desk.market,
        accounts=desk.accounts,
        alarms=Alarms(desk.market, desk.accounts, desk.clock, new_id, moves, gauges),
        clock=desk.clock,
        account_id=desk.accounts.id_of,
    )

    async def ready() -> Services:
        return cast(Services, services)

    access = Access({CHAT, FRIEND}, Nobody(), lambda: datetime.now(UTC), "code")
    Dispatch(access, ready()).register(application)
    yield application
    await application.shutdown()


@pytest.fixture
async def handle(application: BotApplication) -> Handle:
    """Let the handlers finish all that people have sent."""
    offset = 0
    for update in await application.bot.get_updates(0, timeout=0):
        offset = update.update_id + 1  # what was sent before the test

    async def run() -> None:
        nonlocal offset
        while updates := await application.bot.get_updates(offset, timeout=0):
            for update in updates:
                offset = update.update_id + 1
                await application.process_update(update)

    return run


@pytest.fixture
def anne(server: SandboxServer) -> Person:
    return Person(server.chat, CHAT)


async def says(person: Person, handle: Handle, text: str) -> str:
    person.writes(text)
    await handle()
    return person.texts[-1].replace("\u202f", " ")


async def test_alert_is_armed_listed_and_removed(
    desk: PaperDesk, anne: Person, handle: Handle
) -> None:
    assert "Armed: BTC/USDT above 30 000" in await says(anne, handle, "/alert BTC > 30k")
    await says(anne, handle, "/alert BTC below 25,000 once")
    listed = await says(anne, handle, "/alerts")
    assert "Alerts (2)" in listed
    card = anne.shown[-1]
    assert labels(card) == ["Remove 1", "Remove 2", "Snooze 1 h", "Snooze 8 h"]
    query = anne.taps_once(card, "Remove 1")
    again = anne.taps_once(card, "Remove 1")
    await handle()
    assert "Removed: BTC/USDT above" in (await anne.notice(query)).text
    assert (await anne.notice(again)).text == NOT_YOURS
    assert "Alerts (1)" in anne.now(card).text
    assert len((await desk.state(str(CHAT))).alerts) == 1


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("/alert", "Usage: /alert"),
        ("/alert BTC nonsense", "Usage: /alert"),
        ("/alert NOPE above 3", "not listed"),
        ("/alert BTC above 3000000000", "Is a digit wrong?"),
        ("/alert BTC rsi above 70", "closed candles"),
        ("/alert BTC wizardry(3) above 70", "Usage: /alert"),
        ("/settings nonsense", "Usage: /settings"),
        ("/settings quiet 25-99", "no hours"),
        ("/settings quiet 22-7 Atlantis", "no time zone"),
    ],
)
async def test_what_cannot_be_is_told_and_changes_nothing(
    desk: PaperDesk, anne: Person, handle: Handle, typed: str, words: str
) -> None:
    await says(anne, handle, "/alerts")
    before = (await desk.state(str(CHAT))).last_hash
    assert words in await says(anne, handle, typed)
    assert (await desk.state(str(CHAT))).last_hash == before


async def test_settings_show_and_set_quiet_hours(anne: Person, handle: Handle) -> None:
    assert "quiet hours   none" in await says(anne, handle, "/settings")
    shown = await says(anne, handle, "/settings quiet 22:00-07:00 Europe/Berlin")
    assert "22:00-07:00" in shown
    assert "Europe/Berlin" in shown
    assert "13:00" in shown, "noon in UTC"
    assert "UTC+02:00" in await says(anne, handle, "/settings zone utc+2")
    assert "quiet hours   none" in await says(anne, handle, "/settings quiet off")


async def test_ring_is_told_once_and_snoozed_by_a_tap(
    desk: PaperDesk, anne: Person, handle: Handle
) -> None:
    await says(anne, handle, "/alert BTC above 28000")
    await says(anne, handle, "/alerts")
    query = anne.taps_once(anne.shown[-1], "Snooze 1 h")
    await handle()
    assert "Snoozed until 05 Jan 13:00" in (await anne.notice(query)).text
    assert "Snoozed until" in await says(anne, handle, "/alerts")
    query = anne.taps_once(anne.shown[-1], "End snooze")
    await handle()
    assert (await anne.notice(query)).text == "No longer snoozed."


@pytest.mark.parametrize("action", ["alerts", "snooze", "disarm"])
async def test_tap_of_another_person_touches_nothing(
    desk: PaperDesk, anne: Person, handle: Handle, server: SandboxServer, action: str
) -> None:
    await says(anne, handle, "/alert BTC above 30000")
    friend = Person(server.chat, FRIEND)
    await says(friend, handle, "/alerts")
    mine, theirs = await desk.state(str(CHAT)), await desk.state(str(FRIEND))
    (alert_id,) = mine.alerts
    for subject in (alert_id, str(CHAT), f"60:{CHAT}", "60", f"x:{FRIEND}", ""):
        query = friend.sends_tap(friend.shown[-1], f"{action}:{subject}")
        await handle()
        notice = await friend.notice(query)
        assert (notice.text, notice.alert) == (NOT_YOURS, True)
    assert (await desk.state(str(CHAT))).last_hash == mine.last_hash
    assert (await desk.state(str(FRIEND))).last_hash == theirs.last_hash
