"""An order that only reduces never opens the other side, and says why it can't be."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.reducing import part_of, reducing
from tests.fakes.clock import FakeClock
from tests.fakes.paper_desk import ANNE, BTC, PaperDesk, paper_desk
from trading.errors import BadArgument
from trading.limits import Denied
from trading.orders import Draft, Position, Proposal, Side

D = Decimal
LOT = D("0.00001")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[PaperDesk]:
    async with paper_desk(tmp_path) as opened:
        yield opened


def sale(side: Side = "sell", **said: object) -> Draft:
    base = {"symbol": BTC, "side": side, "strategy": "manual", "reduce_only": True}
    return Draft.model_validate({**base, **said})


async def priced(desk: PaperDesk, draft: Draft) -> Proposal:
    made = await desk.preview.price(ANNE, draft)
    assert isinstance(made, Proposal), made
    return made


async def test_without_a_size_all_that_is_held_is_sold(desk: PaperDesk) -> None:
    held = (await desk.buy(notional="150")).fill.quantity
    made = await priced(desk, sale())
    assert (made.quantity, made.opens, made.reduce_only) == (held, D(0), True)
    assert (made.stop, made.target, made.loss_at_stop, made.liquidation) == (None,) * 4
    assert made.exposure_after == 0


async def test_more_than_is_held_is_cut_and_told(desk: PaperDesk) -> None:
    held = (await desk.buy(notional="150")).fill.quantity
    made = await priced(desk, sale(quantity=D(1)))
    assert made.quantity == held
    assert made.notes == (f"Cut to what is held: {held} BTC.",)


async def test_it_may_wait_at_a_limit(desk: PaperDesk) -> None:
    await desk.buy(notional="150")
    made = await priced(desk, sale(kind="limit", price=D(30_000), quantity=D("0.002")))
    assert (made.kind, made.entry, made.quantity) == ("limit", D(30_000), D("0.002"))


@pytest.mark.parametrize("side", ["buy", "sell"])
async def test_nothing_to_reduce_is_refused(desk: PaperDesk, side: Side) -> None:
    with pytest.raises(BadArgument, match="holds nothing of BTC/USDT that a"):
        await desk.preview.price(ANNE, sale(side))


async def test_a_pause_does_not_stop_it(desk: PaperDesk) -> None:
    await desk.buy(notional="150")
    await desk.protect.pause(ANNE)
    assert (await priced(desk, sale())).opens == 0


async def test_exits_and_leverage_have_no_place_on_it(desk: PaperDesk) -> None:
    await desk.buy(notional="150")
    with pytest.raises(BadArgument, match="no stop or target"):
        await desk.preview.price(ANNE, sale(stop_fraction=D("0.03")))
    with pytest.raises(BadArgument, match="takes no leverage"):
        await desk.preview.price(ANNE, sale(leverage=D(2)))


async def test_less_than_a_lot_is_denied(desk: PaperDesk) -> None:
    held = (await desk.buy(notional="150")).fill.quantity
    made = await desk.preview.price(ANNE, sale(quantity=D("0.000001")))
    assert isinstance(made, Denied)
    assert [breach.limit for breach in made.reasons] == ["lot"]
    assert made.passing_quantity == held


async def test_half_of_it_stays_an_order_that_only_reduces(desk: PaperDesk) -> None:
    held = (await desk.buy(notional="150")).fill.quantity
    whole = await priced(desk, sale())
    await desk.preview.offer(whole)
    half = await desk.preview.half(ANNE, whole.id)
    assert isinstance(half, Proposal)
    assert half.reduce_only
    assert half.quantity == (held / 2 // LOT) * LOT


async def test_the_person_s_own_position_goes_first_then_the_analyst_s(desk: PaperDesk) -> None:
    analyst = (await desk.buy(notional="100", strategy="analyst")).fill
    only = reducing(await desk.state(), sale(), D("0.5"))
    assert (only.strategy, only.quantity) == ("analyst", analyst.quantity / 2)
    await desk.buy(notional="50")
    assert reducing(await desk.state(), sale(), None).strategy == "manual"


async def test_nothing_held_names_the_command_that_opens_a_short(desk: PaperDesk) -> None:
    with pytest.raises(BadArgument, match=r"You hold no BTC/USDT\. /short BTC/USDT opens a short"):
        reducing(await desk.state(), sale(), None)
    await desk.buy("sell", notional="100")
    with pytest.raises(BadArgument, match="is a short: /close BTC/USDT ends it"):
        reducing(await desk.state(), sale(), None)
    assert reducing(await desk.state(), sale("buy"), None).strategy == "manual"


@given(st.integers(1, 10**9), st.integers(1, 10**9), st.sampled_from([1, -1]))
def test_a_part_is_the_very_quantity_that_was_named(held: int, wanted: int, way: int) -> None:
    position = Position(
        id="p",
        symbol=BTC,
        strategy="manual",
        quantity=way * held * LOT,
        average_price=D(27_000),
        opened_at=FakeClock()(),
        margin=D(1),
    )
    if wanted > held:
        with pytest.raises(BadArgument, match="less than"):
            part_of(position, wanted * LOT)
        return
    part = part_of(position, wanted * LOT)
    assert 0 < part <= 1
    assert (held * LOT * part) // LOT == wanted
