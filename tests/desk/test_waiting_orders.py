"""Limit and stop orders wait in the book; closing takes a part, all, or everything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from desk.outcomes import Cancelled, Filled, Placed, Refused
from tests.fakes.paper_desk import ANNE, BTC, ETH, PaperDesk, paper_desk
from trading.ledger import KEPT
from trading.limits import Denied
from trading.orders import Draft, EntryKind, Proposal

D = Decimal


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[PaperDesk]:
    async with paper_desk(tmp_path) as opened:
        yield opened


async def propose(desk: PaperDesk, kind: EntryKind, price: str, **more: object) -> Proposal:
    wanted = {
        "symbol": BTC,
        "side": "buy",
        "strategy": "manual",
        "kind": kind,
        "price": D(price),
        "notional": D(150),
    }
    made = await desk.preview.price(ANNE, Draft.model_validate({**wanted, **more}))
    assert not isinstance(made, Denied), made
    offered = await desk.preview.offer(made)
    assert isinstance(offered, Proposal)
    return offered


async def tick(desk: PaperDesk) -> None:
    desk.clock.move(seconds=5)
    await desk.watch.tick()


async def test_a_limit_order_waits_and_fills_when_its_price_comes(desk: PaperDesk) -> None:
    proposal = await propose(desk, "limit", "26000", stop_fraction=D("0.02"))
    outcome = await desk.confirm.confirm(ANNE, proposal.id)
    assert isinstance(outcome, Placed)
    await tick(desk)
    assert await desk.events("order_filled") == []
    desk.market.set(BTC, 25_990)
    await tick(desk)
    state = await desk.state()
    (position,) = state.positions.values()
    assert position.average_price == 26_000
    assert sorted(order.kind for order in state.orders.values()) == ["stop", "target"]
    assert len(await desk.waiting("fill")) == 1


async def test_a_limit_order_that_the_market_meets_fills_at_once_at_its_limit_or_better(
    desk: PaperDesk,
) -> None:
    proposal = await propose(desk, "limit", "27005")
    outcome = await desk.confirm.confirm(ANNE, proposal.id)
    assert isinstance(outcome, Filled)
    assert outcome.fill.price <= 27_005


async def test_a_stop_entry_and_a_stop_limit_wait_for_their_trigger(desk: PaperDesk) -> None:
    for kind, more in (("stop", {}), ("stop_limit", {"limit": D(27_510)})):
        proposal = await propose(desk, kind, "27500", notional=D(60), **more)  # type: ignore[arg-type]  # the two kinds
        assert isinstance(await desk.confirm.confirm(ANNE, proposal.id), Placed)
    await tick(desk)
    assert await desk.events("order_filled") == []
    desk.market.set(BTC, 27_600)  # beyond the limit of the second
    await tick(desk)
    state = await desk.state()
    assert len(await desk.events("order_filled")) == 1
    (triggered,) = [order for order in state.orders.values() if order.kind == "stop_limit"]
    assert triggered.triggered
    desk.market.set(BTC, 27_505)
    await tick(desk)
    assert len(await desk.events("order_filled")) == 2


async def test_ten_taps_on_a_waiting_order_place_it_once(desk: PaperDesk) -> None:
    proposal = await propose(desk, "limit", "26000")
    taps = [desk.confirm.confirm(ANNE, proposal.id) for _ in range(10)]
    outcomes = await asyncio.gather(*taps)
    assert sum(isinstance(one, Placed) for one in outcomes) == 1
    assert len((await desk.state()).orders) == 1


async def test_a_waiting_order_is_cancelled_once_and_by_its_owner_only(desk: PaperDesk) -> None:
    order_id = await desk.wait_at("26000")
    await desk.accounts.open("mallory", 13)
    assert isinstance(await desk.confirm.cancel("mallory", order_id), Refused)
    outcomes = await asyncio.gather(*(desk.confirm.cancel(ANNE, order_id) for _ in range(5)))
    assert sum(isinstance(one, Cancelled) for one in outcomes) == 1
    desk.market.set(BTC, 20_000)
    await tick(desk)
    assert await desk.events("order_filled") == []


async def test_an_order_good_till_a_time_is_cancelled_then_and_told(desk: PaperDesk) -> None:
    await desk.wait_at("26000", until=desk.clock() + timedelta(minutes=1))
    desk.clock.move(seconds=61)
    await desk.watch.tick()
    assert not (await desk.state()).orders
    assert len(await desk.waiting("cancelled")) == 1


async def test_a_part_is_closed_once_for_what_was_shown(desk: PaperDesk) -> None:
    filled = await desk.buy()
    held = filled.fill.quantity
    closings = [desk.confirm.close(ANNE, filled.fill.id, D("0.5"), seen=held) for _ in range(5)]
    outcomes = await asyncio.gather(*closings)
    assert sum(isinstance(one, Filled) for one in outcomes) == 1
    assert {one.code for one in outcomes if isinstance(one, Refused)} == {"changed"}
    state = await desk.state()
    (position,) = state.positions.values()
    assert held / 2 <= position.quantity <= held / 2 + D("0.00001")
    assert {order.quantity for order in state.orders.values()} == {position.quantity}


async def test_everything_is_closed_but_what_has_no_price(desk: PaperDesk) -> None:
    await desk.buy()
    await desk.buy(symbol=ETH)
    await desk.wait_at("26000")
    desk.market.down = {ETH}
    outcome = await desk.confirm.flatten(ANNE)
    assert (len(outcome.filled), outcome.cancelled, len(outcome.left)) == (1, 1, 1)
    state = await desk.state()
    assert set(state.positions) == {("manual", ETH)}
    assert len(state.orders) == 2
    desk.market.down = set()
    again = await desk.confirm.flatten(ANNE)
    assert (len(again.filled), again.cancelled, again.left) == (1, 0, ())
    assert not (await desk.state()).orders


async def test_a_proposal_that_only_the_log_remembers_is_still_told_from_a_strangers(
    desk: PaperDesk,
) -> None:
    first = await desk.propose(notional="10")
    await desk.confirm.reject(ANNE, first.id)
    for _ in range(KEPT + 1):
        proposal = await desk.propose(notional="10")
        await desk.confirm.reject(ANNE, proposal.id)
    assert first.id not in (await desk.state()).proposals
    for outcome in (
        await desk.confirm.confirm(ANNE, first.id),
        await desk.confirm.reject(ANNE, first.id),
        await desk.preview.half(ANNE, first.id),
    ):
        assert isinstance(outcome, Refused)
        assert outcome.code == "expired"
    await desk.accounts.open("mallory", 13)
    stranger = await desk.confirm.reject("mallory", first.id)
    assert isinstance(stranger, Refused)
    assert stranger.code == "not_yours"
