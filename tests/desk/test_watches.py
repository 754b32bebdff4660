"""Watches are armed by one tap, steered and ended by their owner, and outlive a restart."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from desk.outcomes import Refused
from desk.watches import MOST_WATCHES
from storage.audit import audit
from tests.fakes.paper_desk import ANNE
from tests.fakes.watch_desk import Tape, WatchDesk, draft, rows, watch_desk
from trading.account_image import image, restored
from trading.errors import BadArgument
from trading.ledger import fold
from trading.watches import DUST

RISES = [100.0, 101, 102, 103]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[WatchDesk]:
    async with watch_desk(tmp_path) as opened:
        yield opened


def _one(number: int) -> dict[str, str]:
    return {"fast": "2", "slow": str(3 + number)}


async def test_card_arms_one_watch_however_often_it_is_tapped(desk: WatchDesk) -> None:
    first = await desk.arm(draft(), card="x")
    assert await desk.arm(draft(), card="x") == first
    assert await desk.arm(draft(), card="x", auto=True) == first
    assert await desk.events("watch_armed") == ["watch_armed"]
    await desk.watches.end(ANNE, first.id)
    again = await desk.watches.arm(ANNE, draft(), auto=False, card="x")
    assert isinstance(again, Refused)


async def test_numbers_are_never_used_again_so_books_stay_apart(desk: WatchDesk) -> None:
    first = await desk.arm(draft(), card="a")
    await desk.watches.end(ANNE, first.id)
    second = await desk.arm(draft(), card="b")
    assert (first.id, second.id) == ("w1", "w2")
    assert first.name != second.name


async def test_more_watches_than_allowed_are_refused(desk: WatchDesk) -> None:
    for number in range(MOST_WATCHES):
        await desk.arm(draft(parameters=_one(number)), card=str(number))
    with pytest.raises(BadArgument, match="20 watches are the most"):
        await desk.arm(draft(parameters=_one(99)), card="one more")


async def test_same_watch_twice_is_refused_by_its_number(desk: WatchDesk) -> None:
    await desk.arm(draft(), card="a")
    with pytest.raises(BadArgument, match="w1 does exactly this already"):
        await desk.arm(replace(draft(), size=Decimal("0.01")), card="b")


async def test_drawdown_limit_is_never_looser_than_the_accounts(desk: WatchDesk) -> None:
    with pytest.raises(BadArgument, match="looser than your limit for a strategy, 5 %"):
        await desk.arm(draft(drawdown="0.06"))
    watch = await desk.arm(draft(drawdown="0.04"))
    state = await desk.state()
    usual = desk.protect.usual
    assert state.bounds(usual).drawdown(watch.scope) == Decimal("0.04")
    assert state.bounds(usual).drawdown("strategy:manual") == Decimal("0.05")
    await desk.protect.choose_limits(
        ANNE, lambda now: now.model_copy(update={"strategy_drawdown": Decimal("0.03")})
    )
    state = await desk.state()
    assert state.bounds(usual).drawdown(watch.scope) == Decimal("0.03")
    (use,) = [one for one in (await desk.protect.use(ANNE)).scopes if one.scope == watch.scope]
    assert use.limit == Decimal("0.03")


async def test_ending_withdraws_what_was_proposed_and_keeps_what_is_held(desk: WatchDesk) -> None:
    tape = Tape(desk, rows(RISES))
    watch = await desk.arm(draft(stop="0.02"), auto=True)
    tape.goes_on(3, late=1)
    await desk.armed.look()
    proposal = await desk.propose("sell", notional="20", strategy=watch.name)
    await desk.watches.pause(ANNE, watch.id)
    assert await desk.watches.end(ANNE, watch.id) == watch
    state = await desk.state()
    assert (dict(state.watches), dict(state.paused)) == ({}, {})
    assert state.proposals[proposal.id].state == "withdrawn"
    assert len(state.positions) == len(state.orders) == 1
    again = await desk.watches.end(ANNE, watch.id)
    assert isinstance(again, Refused)


async def test_panic_pauses_each_watch_and_a_resume_names_them(desk: WatchDesk) -> None:
    watch = await desk.arm(draft(), auto=True)
    await desk.protect.pause(ANNE, "you hit /panic", watches=True)
    assert (await desk.state()).paused.keys() == {"account", watch.scope}
    again = await desk.protect.pause(ANNE, "you hit /panic", watches=True)
    assert not again.changed
    assert (await desk.protect.resume(ANNE)).scopes == ("account", watch.scope)


async def test_watches_come_back_from_the_log_and_from_a_snapshot(
    desk: WatchDesk, tmp_path: Path
) -> None:
    tape = Tape(desk, rows(RISES))
    await desk.arm(draft(short=True, hold=5, drawdown="0.04"), auto=True)
    tape.goes_on(3, late=1)
    await desk.armed.look()
    await desk.watches.entrust(ANNE, "w1", auto=False)
    state = await desk.state()
    assert fold(await desk.log.read(ANNE)) == state
    assert restored(image(state)) == state
    assert [one.findings for one in audit(tmp_path / "conclave.db") if one.findings] == []


def test_flat_is_what_a_backtest_calls_flat() -> None:
    from trading.position import DUST as TESTED

    assert float(DUST) == TESTED
