"""The outbox: claimed by one, in order within a chat, and never lost."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from desk.ports import CHAT, Entry, Message, Outgoing
from storage.account_log import SqliteAccountLog
from storage.migrations import _steps
from storage.outbox import SqliteOutbox
from storage.sqlite import SqliteFile
from tests.trading.ledger_events import AT, opened

MAIL = "mailto:1"
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def file(tmp_path: Path) -> AsyncIterator[SqliteFile]:
    opened_file = SqliteFile(tmp_path / "conclave.db")
    yield opened_file
    await opened_file.close()


@pytest.fixture
def outbox(file: SqliteFile) -> SqliteOutbox:
    return SqliteOutbox(file)


async def post(file: SqliteFile, *messages: Message, account: str = "a") -> None:
    log = SqliteAccountLog(file, also=[MAIL])
    await log.append(account, 0, AT, [Entry(opened(), "opened")], messages)


def note(key: str, chat: int = 7, kind: str = "fill") -> Message:
    return Message(key, chat, kind, f'{{"n": "{key}"}}')


async def claim(
    outbox: SqliteOutbox, owner: str = "me", now: datetime = AT, channel: str = CHAT
) -> list[str]:
    return [one.key for one in await claimed(outbox, owner, now, channel)]


async def claimed(
    outbox: SqliteOutbox, owner: str = "me", now: datetime = AT, channel: str = CHAT
) -> list[Outgoing]:
    return list(await outbox.claim(channel, owner, now, now + MINUTE, 100))


async def test_a_claim_takes_the_oldest_of_each_chat_and_only_that(
    file: SqliteFile, outbox: SqliteOutbox
) -> None:
    await post(file, note("a1", 1), note("a2", 1), note("b1", 2), note("b2", 2), note("c1", 3))
    assert await claim(outbox) == ["a1", "b1", "c1"]
    assert await claim(outbox) == []
    assert [one.key for one in await outbox.due(AT)] == ["a1", "a2", "b1", "b2", "c1"]


async def test_the_next_of_a_chat_comes_when_the_one_before_is_settled(
    file: SqliteFile, outbox: SqliteOutbox
) -> None:
    await post(file, *(note(f"m{number}") for number in range(4)))
    (first,) = await claimed(outbox)
    assert (first.account_id, first.chat_id, first.kind, first.attempts) == ("a", 7, "fill", 0)
    assert (first.payload, first.created_at, first.quiet) == ('{"n": "m0"}', AT, False)
    await outbox.delivered(first.id, AT, 99)
    (second,) = await claimed(outbox)
    await outbox.gave_up(second.id, "me", AT, "blocked")
    (third,) = await claimed(outbox)
    await outbox.retry_later(third.id, "me", AT + MINUTE, "429")
    assert await claim(outbox) == []  # the fourth waits for the third
    (again,) = await claimed(outbox, now=AT + MINUTE)
    assert (again.key, again.attempts, again.uncertain) == ("m2", 1, False)


async def test_one_that_does_not_hold_its_lane_lets_the_others_by(
    file: SqliteFile, outbox: SqliteOutbox
) -> None:
    await post(file, note("broken"), note("sound"))
    (broken,) = await claimed(outbox)
    await outbox.retry_later(broken.id, "me", AT + MINUTE, "can't be made", holds=False)
    assert await claim(outbox) == ["sound"]


async def test_a_quiet_message_says_so_to_whoever_claims_it(
    file: SqliteFile, outbox: SqliteOutbox
) -> None:
    await post(file, note("loud"), Message("soft", 8, "fill", "{}", quiet=True))
    assert {one.key: one.quiet for one in await claimed(outbox)} == {"loud": False, "soft": True}


async def test_a_critical_message_waits_on_every_channel_of_its_own(
    file: SqliteFile, outbox: SqliteOutbox
) -> None:
    await post(file, note("plain"), Message("alarm", 7, "drawdown", "{}", critical=True))
    assert [one.key for one in await outbox.due(AT)] == ["plain", "alarm"]
    (mail,) = await claimed(outbox, channel=MAIL)
    assert (mail.key, mail.channel) == ("alarm", MAIL)
    await outbox.delivered(mail.id, AT, 0)
    assert [one.key for one in await outbox.due(AT)] == ["plain", "alarm"]
    assert await outbox.due(AT, channel=MAIL) == []


async def test_a_claim_that_is_over_is_taken_by_another_and_marked(
    file: SqliteFile, outbox: SqliteOutbox
) -> None:
    await post(file, note("m1"), note("m2"))
    assert await claim(outbox, "first") == ["m1"]
    assert await claim(outbox, "second") == []
    assert await claim(outbox, "second", AT + MINUTE - timedelta(microseconds=1)) == []
    (taken,) = await claimed(outbox, "second", AT + MINUTE)
    assert (taken.key, taken.uncertain) == ("m1", True)


async def test_a_renewed_claim_lasts_longer(file: SqliteFile, outbox: SqliteOutbox) -> None:
    await post(file, note("m1"))
    await claim(outbox, "first")
    await outbox.renew(CHAT, "other", AT + 5 * MINUTE)
    await outbox.renew(CHAT, "first", AT + 2 * MINUTE)
    assert await claim(outbox, "second", AT + MINUTE) == []
    assert await claim(outbox, "second", AT + 2 * MINUTE) == ["m1"]


async def test_who_lost_a_claim_can_only_say_that_it_arrived(
    file: SqliteFile, outbox: SqliteOutbox
) -> None:
    await post(file, note("m1"))
    (mine,) = await claimed(outbox, "first")
    await claim(outbox, "second", AT + MINUTE)
    await outbox.retry_later(mine.id, "first", AT, "too late")
    await outbox.gave_up(mine.id, "first", AT, "too late")
    assert await claim(outbox, "third", AT + MINUTE) == []
    await outbox.delivered(mine.id, AT, 5)
    await outbox.retry_later(mine.id, "second", AT, "settled by now")
    assert await outbox.due(AT + 9 * MINUTE) == []


async def test_the_only_sender_takes_over_at_once_and_gives_up_channels_that_are_gone(
    file: SqliteFile, outbox: SqliteOutbox
) -> None:
    await post(file, note("m1"), Message("alarm", 8, "fill", "{}", critical=True))
    await claim(outbox, "dead")
    await outbox.take_over("me", [CHAT], AT)
    found = await claimed(outbox)
    assert [(one.key, one.uncertain) for one in found] == [("m1", True), ("alarm", True)]
    assert await outbox.due(AT, channel=MAIL) == []
    await outbox.take_over("me", [CHAT], AT)  # own claims stay
    assert await claim(outbox) == []


async def test_of_many_claimers_in_several_processes_one_gets_each_message(
    tmp_path: Path,
) -> None:
    files = [SqliteFile(tmp_path / "conclave.db") for _ in range(4)]
    await post(files[0], *(note(f"m{chat}", chat) for chat in range(30)))
    tries = (
        SqliteOutbox(files[number % 4]).claim(CHAT, f"p{number}", AT, AT + MINUTE, 3)
        for number in range(40)
    )
    taken = [one.key for found in await asyncio.gather(*tries) for one in found]
    assert sorted(taken) == sorted(f"m{chat}" for chat in range(30))
    for file in files:
        await file.close()


async def test_messages_of_an_older_file_still_wait_in_the_new_outbox(tmp_path: Path) -> None:
    path = tmp_path / "conclave.db"
    _older_file(path)
    file = SqliteFile(path)
    outbox = SqliteOutbox(file)
    (waiting,) = await claimed(outbox)
    assert (waiting.id, waiting.key, waiting.attempts, waiting.uncertain) == (2, "two", 3, False)
    rows = await file.run(lambda database: list(database.query("SELECT * FROM outbox")))
    assert [(row["key"], row["state"], row["message_id"]) for row in rows] == [
        ("one", "delivered", 44),
        ("two", "waiting", None),
    ]
    await file.close()


def _older_file(path: Path) -> None:
    """Make a file as it was before messages had channels."""
    from sqlite_utils import Database

    database = Database(sqlite3.connect(path, isolation_level=None))
    _steps().apply(database, stop_before="0007 outbox channels and claims")
    for row in (
        (1, "one", "delivered", 1, 44),
        (2, "two", "waiting", 3, None),
    ):
        database.conn.execute(
            "INSERT INTO outbox (id, account_id, key, chat_id, kind, payload, created_at, due_at,"
            " state, attempts, message_id) VALUES (?, 'a', ?, 7, 'fill', '{}', ?,"
            " '2026', ?, ?, ?)",
            (*row[:2], AT.isoformat(), *row[2:]),
        )
    database.close()
