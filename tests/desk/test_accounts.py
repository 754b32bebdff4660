"""An account changes without a race, in one process and in several."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from decimal import Decimal
from pathlib import Path

import pytest

from desk.accounts import Decision
from desk.outcomes import Filled, Refused
from desk.ports import Entry
from tests.fakes.clock import FakeClock
from tests.fakes.paper_desk import ANNE, BTC, CHAT, PaperDesk, paper_desk
from trading.account import AccountState
from trading.errors import BadArgument
from trading.events import OrderCancelled, TradingPaused
from trading.ledger import fold
from trading.legal import IllegalEvent

ROOT = Path(__file__).parents[2]


async def test_opening_twice_opens_once(tmp_path: Path) -> None:
    async with paper_desk(tmp_path) as desk:
        states = await asyncio.gather(*(desk.accounts.open(ANNE, 99) for _ in range(3)))
        assert {state.cash for state in states} == {Decimal(10_000)}
        assert states[0].chat_id == CHAT
        assert await desk.events() == ["account_opened"]


async def test_two_processes_open_an_account_once(tmp_path: Path) -> None:
    async with paper_desk(tmp_path) as one:
        two = PaperDesk(one.file.path, one.market, one.clock)
        desks = [one, two] * 5
        await asyncio.gather(*(desk.accounts.open("ben", 8) for desk in desks))
        assert await one.events(account_id="ben") == ["account_opened"]
        await two.file.close()


async def test_an_account_that_was_never_opened_can_not_be_changed(tmp_path: Path) -> None:
    async with paper_desk(tmp_path) as desk:
        assert await desk.accounts.load("nobody") is None
        with pytest.raises(BadArgument, match="/start"):
            await desk.accounts.change("nobody", lambda state: Decision(None))


async def test_a_decision_is_made_again_when_another_process_was_faster(
    tmp_path: Path,
) -> None:
    async with paper_desk(tmp_path) as one:
        two = PaperDesk(one.file.path, one.market, one.clock)

        def decide(state: AccountState) -> Decision[int]:
            event = TradingPaused(scope="account", reason="x")
            return Decision(state.seq, [Entry(event, f"n{state.seq}")])

        seen = await asyncio.gather(
            *(desk.accounts.change(ANNE, decide) for desk in [one, two] * 20)
        )
        assert sorted(seen) == list(range(1, 41))
        assert (await one.state()).seq == (await two.state()).seq == 41
        await two.file.close()


async def test_an_illegal_decision_never_reaches_the_log(tmp_path: Path) -> None:
    async with paper_desk(tmp_path) as desk:
        event = OrderCancelled(order_id="none", reason="x")
        with pytest.raises(IllegalEvent):
            await desk.accounts.change(ANNE, lambda state: Decision(None, [Entry(event, "k")]))
        assert await desk.events() == ["account_opened"]


async def test_a_cancelled_caller_leaves_state_and_log_in_step(tmp_path: Path) -> None:
    async with paper_desk(tmp_path) as desk:
        for number in range(20):
            proposal = await desk.propose(notional="20")
            tap = asyncio.create_task(desk.confirm.confirm(ANNE, proposal.id))
            for _ in range(number):
                await asyncio.sleep(0.0003)
            tap.cancel()
            await asyncio.gather(tap, return_exceptions=True)
            kept = await desk.state()
            assert kept == fold(await desk.log.read(ANNE))


async def test_the_kept_state_is_the_logs(tmp_path: Path) -> None:
    async with paper_desk(tmp_path) as desk:
        first = await desk.buy()
        await desk.buy("sell", notional="40")
        await desk.watch.tick()
        await desk.confirm.close(ANNE, first.fill.id)
        assert await desk.state() == fold(await desk.log.read(ANNE))
        assert (await desk.log.verify(ANNE)).problem is None


async def test_fifty_taps_over_two_logs_fill_once(tmp_path: Path) -> None:
    async with paper_desk(tmp_path) as one:
        two = PaperDesk(one.file.path, one.market, one.clock)
        proposal = await one.propose()
        outcomes = await asyncio.gather(
            *(desk.confirm.confirm(ANNE, proposal.id) for desk in [one, two] * 25)
        )
        assert sum(isinstance(outcome, Filled) for outcome in outcomes) == 1
        codes = [outcome.code for outcome in outcomes if isinstance(outcome, Refused)]
        assert codes == ["confirmed"] * 49
        assert await one.events("order_filled") == ["order_filled"]
        assert len(await two.waiting("fill")) == 1
        await two.file.close()


TAPS = """
import asyncio, json, sys
from pathlib import Path
from tests.fakes.clock import FakeClock
from tests.fakes.fake_market import FakeMarket
from tests.fakes.paper_desk import ANNE, BTC, PaperDesk

async def main() -> None:
    clock = FakeClock()
    market = FakeMarket(clock)
    market.set(BTC, 27_000)
    desk = PaperDesk(Path(sys.argv[1]), market, clock)
    await desk.file.check()
    print("ready", flush=True)
    sys.stdin.readline()
    taps = [desk.confirm.confirm(ANNE, sys.argv[2]) for _ in range(25)]
    outcomes = await asyncio.gather(*taps)
    print(json.dumps([type(outcome).__name__ for outcome in outcomes]))
    await desk.file.close()

asyncio.run(main())
"""


async def run_at_once(count: int, code: str, *arguments: str) -> list[str]:
    """Run Python code in processes that all wait for the last one to be ready."""
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", code, *arguments, cwd=ROOT, stdin=PIPE, stdout=PIPE
        )
        for _ in range(count)
    ]
    for process in processes:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    ended = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
    assert [process.returncode for process in processes] == [0] * count
    return [out.decode() for out, _ in ended]


async def test_fifty_taps_from_two_processes_fill_once(tmp_path: Path) -> None:
    async with paper_desk(tmp_path) as desk:
        proposal = await desk.propose()
        outcomes: list[str] = []
        for out in await run_at_once(2, TAPS, str(desk.file.path), proposal.id):
            outcomes += json.loads(out)
        assert sorted(outcomes) == ["Filled"] + ["Refused"] * 49
        assert await desk.events("order_filled") == ["order_filled"]
        assert (await desk.log.verify(ANNE)).problem is None


async def test_a_restarted_desk_goes_on_where_the_last_one_stopped(tmp_path: Path) -> None:
    clock = FakeClock()
    async with paper_desk(tmp_path, clock=clock) as desk:
        proposal = await desk.propose()
        filled = await desk.buy(notional="50")
        market, before = desk.market, await desk.state()
    async with paper_desk(tmp_path, clock=clock, market=market) as desk:
        assert await desk.state() == before
        assert isinstance(await desk.confirm.confirm(ANNE, proposal.id), Filled)
        assert isinstance(await desk.confirm.close(ANNE, filled.fill.id), Filled)
        assert desk.market.quotes_asked.count(BTC) >= 4
