"""Whatever a channel and the process do, in whatever order: no message lost, none misleading."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channel import NotDelivered, Unanswered
from bot.lanes import Lanes
from desk.errors import StorageError
from desk.ports import CHAT, Entry, Message, Outgoing
from storage.account_log import SqliteAccountLog
from storage.outbox import SqliteOutbox
from storage.sqlite import SqliteFile
from tests.fakes.clock import FakeClock
from tests.trading.ledger_events import opened

Step = Literal[
    "arrives",
    "is refused",
    "breaks before",
    "breaks after",
    "dies before",
    "dies after",
    "unrecorded",
]
STEPS: tuple[Step, ...] = (
    "arrives",
    "is refused",
    "breaks before",
    "breaks after",
    "dies before",
    "dies after",
    "unrecorded",
)
# With these nobody can know whether a message has arrived; an end of the process is one for
# every message that is under way.
UNKNOWN = {"breaks before", "breaks after"}
DEATHS = {"dies before", "dies after"}


@dataclass
class ScriptedChannel:
    """Does what the script says; keeps what arrived as (key, marked)."""

    script: Iterator[Step]
    arrived: list[tuple[str, bool]] = field(default_factory=list)
    ends: dict[str, list[Step]] = field(default_factory=lambda: defaultdict(list))
    name: str = CHAT
    lanes_at_once: int = 3
    longest_wait: timedelta = timedelta(minutes=1)
    give_up_after: timedelta | None = None

    async def send(self, message: Outgoing) -> int:
        step: Step = next(self.script, "arrives")
        self.ends[message.key].append(step)
        if step in ("arrives", "breaks after", "dies after", "unrecorded"):
            self.arrived.append((message.key, message.uncertain))
        await asyncio.sleep(0)
        if step.startswith("dies"):
            raise asyncio.CancelledError
        if step.startswith("breaks"):
            raise Unanswered(step)
        if step == "is refused":
            raise NotDelivered(step)
        return len(self.arrived)


class FullDisk(SqliteOutbox):
    """Can't record the arrival of a message that the script says so of, once."""

    def __init__(self, file: SqliteFile, channel: ScriptedChannel) -> None:
        super().__init__(file)
        self._channel = channel

    async def delivered(self, outgoing_id: int, at: object, message_id: int) -> None:
        key = self._channel.arrived[message_id - 1][0]
        if self._channel.ends[key][-1] == "unrecorded":
            self._channel.ends[key].append("arrives")
            raise StorageError("the disk is full")
        await super().delivered(outgoing_id, at, message_id)  # type: ignore[arg-type]  # as it came


async def _live(path: Path, script: list[Step]) -> ScriptedChannel:
    """Deliver nine messages of three chats, living as many lives as the script asks for."""
    clock, channel = FakeClock(), ScriptedChannel(iter(script))
    file = SqliteFile(path)
    outbox = FullDisk(file, channel)
    notes = [Message(f"c{chat}m{n}", chat, "any", "{}") for n in range(3) for chat in range(3)]
    await SqliteAccountLog(file).append("a", 0, clock(), [Entry(opened(), "opened")], notes)
    for life in range(3 * len(script) + 3):
        lanes = Lanes(channel, outbox, clock, f"life {life}", _nothing)
        await outbox.take_over(f"life {life}", [CHAT], clock())
        try:
            await _deliver(lanes)
        except asyncio.CancelledError:
            continue
        clock.move(minutes=2)
        if not await outbox.due(clock() + timedelta(hours=1)):
            break
    assert not await outbox.due(clock() + timedelta(hours=1))
    await file.close()
    return channel


async def _deliver(lanes: Lanes) -> None:
    """Deliver, round after round until the disk has room again."""
    while True:
        with contextlib.suppress(StorageError):
            return await lanes.deliver()


async def _nothing() -> None:
    """Begin a round without taking anything over."""


@settings(max_examples=40, deadline=None)
@given(script=st.lists(st.sampled_from(STEPS), max_size=25))
def test_every_message_arrives_in_order_once_unless_nobody_could_know(
    tmp_path_factory: pytest.TempPathFactory, script: list[Step]
) -> None:
    path = tmp_path_factory.mktemp("model") / "conclave.db"
    channel = asyncio.run(_live(path, script))
    for chat in range(3):
        keys = [f"c{chat}m{n}" for n in range(3)]
        firsts = list(dict.fromkeys(key for key, _ in channel.arrived if key in keys))
        assert firsts == keys
    for key, ends in channel.ends.items():
        marks = [marked for arrived, marked in channel.arrived if arrived == key]
        assert marks.count(False) <= 1
        assert marks == sorted(marks)
        if not DEATHS & set(script):
            assert len(marks) == 1 + ends.count("breaks after")
            assert (True in marks) == bool(UNKNOWN & set(ends))
