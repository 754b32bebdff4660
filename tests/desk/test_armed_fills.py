"""What an armed strategy fills by itself, and what it gives up instead."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from desk.outcomes import Filled, Refused
from desk.pricing import Ground
from tests.fakes.paper_desk import ANNE, BTC
from tests.fakes.watch_desk import Tape, WatchDesk, draft, rows, watch_desk
from trading.account import AccountState
from trading.candles import Candles, FloatArray, Timeframe
from trading.events import WatchRan
from trading.orders import Position, Proposal, Side
from trading.strategies.base import Strategy

RISES = [100.0, 101, 102, 103, 104, 105]
FALLS = [104.0, 102, 100, 98, 96]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[WatchDesk]:
    async with watch_desk(tmp_path) as opened:
        yield opened


async def _closes(desk: WatchDesk, tape: Tape, count: int = 1) -> None:
    for _ in range(count):
        tape.goes_on(late=1)
        await desk.watch.tick()
        await desk.armed.look()


async def _close_without_fill(
    desk: WatchDesk, tape: Tape, monkeypatch: pytest.MonkeyPatch, most: int = 1
) -> Proposal:
    """Let candles close until a proposal waits, with no price for its fill."""

    async def no_price(account_id: str, proposal_id: str) -> Refused:
        return Refused("no price", "market")

    with monkeypatch.context() as patch:
        patch.setattr(desk.confirm, "confirm", no_price)
        for _ in range(most):
            await _closes(desk, tape)
            if (await desk.state()).waiting:
                break
    (proposal,) = (await desk.state()).waiting.values()
    return proposal


def _meanwhile(
    desk: WatchDesk, monkeypatch: pytest.MonkeyPatch, happens: Callable[[], Awaitable[object]]
) -> None:
    """Let something happen once while a fill waits for its price."""
    ground = desk.confirm._marks.ground
    done: list[bool] = []

    async def slow(state: AccountState, symbol: str) -> Ground:
        got = await ground(state, symbol)
        if state.waiting and not done:
            done.append(True)
            await happens()
        return got

    monkeypatch.setattr(desk.confirm._marks, "ground", slow)


async def _held(desk: WatchDesk) -> Position | None:
    return next(iter((await desk.state()).positions.values()), None)


async def test_turn_whose_position_is_gone_is_given_up_and_sized_anew_at_the_next_close(
    desk: WatchDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    tape = Tape(desk, rows([*RISES, *FALLS, 94, 92]))
    await desk.arm(draft(short=True, size="0.005"), auto=True)
    await _closes(desk, tape, 3)
    turn = await _close_without_fill(desk, tape, monkeypatch, most=6)
    position = await _held(desk)
    assert position is not None
    assert turn.opens is not None
    assert turn.opens < turn.quantity
    assert isinstance(await desk.confirm.close(ANNE, position.id), Filled)
    await desk.armed.look()
    assert await _held(desk) is None
    (notice,) = await desk.notices()
    assert "position" in notice.told[0]
    await _closes(desk, tape)
    position = await _held(desk)
    assert position is not None
    assert -position.quantity * position.average_price == pytest.approx(Decimal(50), abs=1)


async def test_turn_whose_position_closes_while_it_is_filled_opens_nothing(
    desk: WatchDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    tape = Tape(desk, rows(RISES + FALLS))
    await desk.arm(draft(short=True, size="0.005"), auto=True)
    await _closes(desk, tape, 3)
    position = await _held(desk)
    assert position is not None
    name = position.id
    _meanwhile(desk, monkeypatch, lambda: desk.confirm.close(ANNE, name))
    for _ in FALLS:
        await _closes(desk, tape)
        if await desk.notices():
            break
    assert await _held(desk) is None
    assert (await desk.state()).waiting == {}


async def test_entry_whose_price_left_its_band_is_given_up_and_made_anew_at_the_next_close(
    desk: WatchDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    tape = Tape(desk, rows(RISES))
    await desk.arm(draft(size="0.005"), auto=True)
    await _closes(desk, tape, 2)
    await _close_without_fill(desk, tape, monkeypatch)
    desk.clock.move(minutes=4)
    desk.market.set(BTC, Decimal(120))
    await desk.armed.look()
    await desk.armed.look()
    assert await _held(desk) is None
    assert (await desk.state()).waiting == {}
    (notice,) = await desk.notices()
    assert "The price left 102" in notice.told[0]
    await _closes(desk, tape)
    position = await _held(desk)
    assert position is not None
    assert position.average_price < 110


async def test_entry_beside_a_position_opened_by_hand_is_given_up(
    desk: WatchDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    tape = Tape(desk, rows(RISES))
    watch = await desk.arm(draft(size="0.005"), auto=True)
    await _closes(desk, tape, 2)
    await _close_without_fill(desk, tape, monkeypatch)
    by_hand = await desk.propose("buy", BTC, "50", strategy=watch.name)
    assert isinstance(await desk.confirm.confirm(ANNE, by_hand.id), Filled)
    await desk.armed.look()
    position = await _held(desk)
    assert position is not None
    assert position.quantity == by_hand.quantity


async def test_exit_follows_the_price_until_its_first_time_is_over(
    desk: WatchDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    tape = Tape(desk, rows(RISES + FALLS))
    await desk.arm(draft(size="0.005"), auto=True)
    await _closes(desk, tape, 3)
    leave = await _close_without_fill(desk, tape, monkeypatch, most=6)
    assert leave.reduce_only
    real, calls = desk.confirm.confirm, []

    async def every_other(account_id: str, proposal_id: str) -> object:
        calls.append(proposal_id)
        return await real(account_id, proposal_id) if len(calls) % 2 else Refused("none", "market")

    with monkeypatch.context() as patch:
        patch.setattr(desk.confirm, "confirm", every_other)
        for price in (90, 85, 80):
            desk.clock.move(minutes=2)
            desk.market.set(BTC, Decimal(price))
            await desk.armed.look()
    assert desk.clock() > leave.expires_at
    desk.market.set(BTC, Decimal(75))
    await desk.armed.look()
    assert await _held(desk) is not None
    await _closes(desk, tape)
    assert await _held(desk) is None, "the next close makes the exit anew"


async def test_exit_fills_at_a_price_outside_its_band(
    desk: WatchDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    tape = Tape(desk, rows(RISES + FALLS))
    await desk.arm(draft(size="0.005"), auto=True)
    await _closes(desk, tape, 3)
    await _close_without_fill(desk, tape, monkeypatch, most=6)
    desk.market.set(BTC, Decimal(80))
    await desk.armed.look()
    assert await _held(desk) is None


async def test_old_signal_is_not_filled_after_a_newer_close(
    desk: WatchDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    tape = Tape(desk, rows(RISES + FALLS), Timeframe.M1)
    await desk.arm(draft(timeframe=Timeframe.M1, size="0.005"), auto=True)
    await _closes(desk, tape, 2)
    old = await _close_without_fill(desk, tape, monkeypatch)
    tape.goes_on(2, late=1)
    assert desk.clock() < old.expires_at
    await desk.armed.look()
    state = await desk.state()
    assert state.proposals[old.id].state == "replaced"
    assert (await _held(desk)) is not None, "the newest close proposed it anew"
    kinds = [one.event.kind for one in await desk.log.read(ANNE)]
    last_run = len(kinds) - 1 - kinds[::-1].index("watch_ran")
    assert kinds.index("order_filled") > last_run


async def test_disarmed_watch_fills_nothing_by_itself_and_asks_at_the_next_close(
    desk: WatchDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    tape = Tape(desk, rows(RISES))
    await desk.arm(draft(size="0.005"), auto=True)
    await _closes(desk, tape, 2)
    _meanwhile(desk, monkeypatch, lambda: desk.watches.entrust(ANNE, "w1", auto=False))
    await _closes(desk, tape)
    assert await _held(desk) is None
    assert (await desk.state()).waiting == {}
    await _closes(desk, tape)
    assert await _held(desk) is None
    (asked,) = (await desk.state()).waiting.values()
    assert asked.side == "buy"


@pytest.mark.parametrize("what", ["unwatch", "pause", "pause all"])
async def test_watch_ended_or_paused_while_it_fills_opens_nothing(
    desk: WatchDesk, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    tape = Tape(desk, rows(RISES))
    await desk.arm(draft(size="0.005"), auto=True)
    await _closes(desk, tape, 2)

    async def stops() -> None:
        if what == "unwatch":
            await desk.watches.end(ANNE, "w1")
        elif what == "pause":
            await desk.watches.pause(ANNE, "w1")
        else:
            await desk.protect.pause(ANNE, "you hit /panic", watches=True)

    _meanwhile(desk, monkeypatch, stops)
    await _closes(desk, tape)
    state = await desk.state()
    assert (dict(state.positions), dict(state.waiting)) == ({}, {})


async def test_watch_that_ended_leaves_no_trace_of_its_failures(desk: WatchDesk) -> None:
    tape = Tape(desk, rows(RISES))
    await desk.arm(draft("own_rule", {}))
    await _closes(desk, tape)
    assert desk.armed._failing
    await desk.watches.end(ANNE, "w1")
    await desk.armed.look()
    assert desk.armed._failing == {}


@pytest.mark.parametrize(
    ("frame", "most"),
    [(Timeframe.M1, 5), (Timeframe.M15, 15), (Timeframe.H1, 60), (Timeframe.H4, 60)],
)
async def test_proposal_waits_for_its_tap_until_the_next_close_an_hour_at_most(
    desk: WatchDesk, frame: Timeframe, most: int
) -> None:
    tape = Tape(desk, rows(RISES), frame)
    await desk.arm(draft(timeframe=frame))
    await _closes(desk, tape, 3)
    (proposal,) = (await desk.state()).waiting.values()
    lives = proposal.expires_at - tape.candles.last_close_time
    assert abs(lives - timedelta(minutes=most)) <= timedelta(seconds=2)


class Steps(Strategy):
    """Wants a quarter, then a half, then a quarter."""

    name: ClassVar[str] = "steps"
    title: ClassVar[str] = "Steps"
    summary: ClassVar[str] = "Wants parts."

    @property
    def warm_up(self) -> int:
        return 0

    def signal(self, candles: Candles) -> FloatArray:
        wanted = np.array([0.0, 0.25, 0.25, 0.5, 0.5, 0.25, 0.25])
        return wanted[np.minimum(np.arange(len(candles.time)), 6)]


@pytest.mark.parametrize("closes", [3, 5])
@pytest.mark.parametrize("by_hand", ["buy", "sell"])
async def test_resize_of_a_position_that_was_changed_by_hand_is_given_up_and_sized_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_hand: Side, closes: int
) -> None:
    async with watch_desk(tmp_path, own=[Steps]) as desk:
        tape = Tape(desk, rows([100.0] * 8))
        watch = await desk.arm(draft("steps", {}, size="0.02"), auto=True)
        await _closes(desk, tape, closes)
        resize = await _close_without_fill(desk, tape, monkeypatch)
        own = await desk.propose(by_hand, BTC, "30", strategy=watch.name)
        assert isinstance(await desk.confirm.confirm(ANNE, own.id), Filled)
        before = await _held(desk)
        await desk.armed.look()
        assert await _held(desk) == before, "it was sized for another position"
        (notice,) = await desk.notices()
        assert "position" in notice.told[0]
        state = await desk.state()
        assert state.proposals[resize.id].state == "withdrawn"
        assert state.waiting == {}
        await _closes(desk, tape)
        position = await _held(desk)
        assert position is not None
        part = Decimal("0.5") if closes == 3 else Decimal("0.25")
        assert position.quantity * 100 == pytest.approx(part * 200, abs=1)


async def test_resize_of_an_older_log_that_names_no_position_is_still_filled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with watch_desk(tmp_path, own=[Steps]) as desk:
        tape = Tape(desk, rows([100.0] * 8))
        await desk.arm(draft("steps", {}, size="0.02"), auto=True)
        with monkeypatch.context() as patch:
            patch.setattr("desk.armed_runs.WatchRan", lambda **fields: _older(fields))
            await _closes(desk, tape, 4)
        position = await _held(desk)
        assert position is not None
        assert position.quantity * 100 == pytest.approx(Decimal(100), abs=1)


def _older(fields: dict[str, Any]) -> WatchRan:
    return WatchRan.model_validate({**fields, "held": None})
