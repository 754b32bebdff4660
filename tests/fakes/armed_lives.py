"""Closes that are looked at by two processes, told several times, and cut off anywhere."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from tests.fakes.clock import FakeClock
from tests.fakes.fake_market import FakeMarket
from tests.fakes.paper_desk import ANNE, BTC, CHAT
from tests.fakes.watch_desk import Tape, WatchDesk, draft, rows
from trading.events import OrderFilled, ProposalMade, WatchRan

# Rises and falls, so that a fast crossing turns often.
CLOSES = [100.0, 101, 102, 101, 99, 97, 98, 101, 104, 103, 100, 96]


@dataclass(frozen=True)
class Close:
    """What happens around a close: how many look at once, and after how many steps each is cut."""

    lookers: tuple[int, ...]
    cuts: tuple[int, ...] = ()


@dataclass(frozen=True)
class Lived:
    """The runs as close and act, the sides of proposals and of fills, and the messages."""

    runs: list[tuple[str, str]]
    proposals: list[str]
    fills: list[str]
    messages: int


CALM = [Close((0,))] * len(CLOSES)


async def lived(path: Path, plan: list[Close], *, auto: bool) -> Lived:
    """Live through all closes, each with what happens around it."""
    clock = FakeClock()
    market = FakeMarket(clock)
    market.set(BTC, 100)
    desks = [WatchDesk(path, market, clock), WatchDesk(path, market, clock)]
    try:
        await desks[0].accounts.open(ANNE, CHAT)
        tape = Tape(desks[0], rows(CLOSES))
        await desks[0].arm(draft(short=True), auto=auto)
        for close, _ in zip(plan, CLOSES, strict=True):
            tape.goes_on(late=1)
            for cut in close.cuts:
                await _cut_off(desks[0], cut)
                # A new life of the process: it knows only what is on the disk.
                desks[0].lab.close()
                await desks[0].file.close()
                desks[0] = WatchDesk(path, market, clock)
            async with asyncio.TaskGroup() as group:
                for which in close.lookers:
                    group.create_task(desks[which].armed.look())
            assert await desks[1].armed.look()
        events = [one.event for one in await desks[1].log.read(ANNE)]
        messages = len(await desks[1].notices())
    finally:
        for desk in desks:
            await desk.close()
    return Lived(
        [(f"{one.close:%H:%M}", one.act) for one in events if isinstance(one, WatchRan)],
        [one.proposal.side for one in events if isinstance(one, ProposalMade)],
        [one.fill.side for one in events if isinstance(one, OrderFilled)],
        messages,
    )


async def _cut_off(desk: WatchDesk, steps: int) -> None:
    """Let a look go so many steps of the event loop, then cut it off, as a kill does."""
    looking = asyncio.ensure_future(desk.armed.look())
    for _ in range(steps):
        await asyncio.sleep(0)
        if looking.done():
            break
        if steps % 3 == 0:
            await asyncio.sleep(0.001)
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)
