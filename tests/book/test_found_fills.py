"""Fills at the edges: a level just touched, a gap past an entry's own exits, exits that overlap."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from desk.outcomes import Filled, Placed
from tests.fakes.clock import START, FakeClock
from tests.fakes.fake_market import FakeMarket
from tests.fakes.paper_desk import ANNE, BTC, PaperDesk, paper_desk
from trading.bounds import Limits
from trading.candles import Candles, Timeframe, to_ms
from trading.events import OrderFilled
from trading.limits import Denied
from trading.orders import Draft, Fill

D = Decimal
WIDE = Limits(
    max_order_fraction=D(1),
    max_symbol_fraction=D(10),
    max_leverage_crypto=D(20),
    max_loss_fraction=D(1),
    daily_loss=D(1),
    strategy_drawdown=D("0.99"),
    account_drawdown=D("0.99"),
)
CALM = (27_000.0, 27_050.0, 26_950.0, 27_000.0)


@asynccontextmanager
async def opened(folder: Path, market: FakeMarket | None = None) -> AsyncIterator[PaperDesk]:
    """A desk with wide limits at 12:00:20, BTC at 27000."""
    clock = FakeClock(START + timedelta(seconds=20))
    if market is None:
        market = FakeMarket(clock)
        market.set(BTC, 27_000)
    async with paper_desk(folder, WIDE, clock=clock, market=market) as desk:
        yield desk


async def order(desk: PaperDesk, **wanted: object) -> Filled | Placed:
    """Propose and confirm; `wanted` as in a draft, money and prices as text."""
    usual: dict[str, object] = {"symbol": BTC, "side": "buy", "strategy": "manual"}
    made = await desk.preview.price(ANNE, Draft.model_validate({**usual, **wanted}))
    assert not isinstance(made, Denied), made
    await desk.preview.offer(made)
    outcome = await desk.confirm.confirm(ANNE, made.id)
    assert isinstance(outcome, Filled | Placed), outcome
    return outcome


async def fills(desk: PaperDesk) -> list[Fill]:
    log = await desk.log.read(ANNE)
    return [one.event.fill for one in log if isinstance(one.event, OrderFilled)]


async def at(desk: PaperDesk, bid: str, ask: str) -> None:
    """Let the market stand there five seconds later, and look."""
    desk.clock.move(seconds=5)
    desk.market.set_quote(BTC, bid, ask, bid)
    await desk.watch.tick()


async def replay(desk: PaperDesk, *bars: tuple[float, float, float, float]) -> None:
    """Be away for so many minutes from 12:00 on, and come back to the last one's close."""
    rows = [(to_ms(START + timedelta(minutes=place)), *bar, 1.0) for place, bar in enumerate(bars)]
    desk.market.set_candles(Candles.from_rows(BTC, Timeframe.M1, rows))
    desk.market.set(BTC, str(bars[-1][3]))
    desk.clock.now = START + timedelta(minutes=len(bars), seconds=2)
    await desk.watch.tick()


# Written in binary two of these are a little above themselves, two a little below.
@pytest.mark.parametrize("price", ["26900.10", "26200.60", "26800.70", "26500.40"])
@pytest.mark.parametrize("kind", ["limit", "stop"])
async def test_a_level_that_a_candle_just_touches_is_reached(
    tmp_path: Path, kind: str, price: str
) -> None:
    side = "buy" if kind == "limit" else "sell"
    async with opened(tmp_path) as desk:
        await order(desk, kind=kind, side=side, price=price, notional="100")
        await replay(desk, CALM, (27_000.0, 27_050.0, float(price), 27_000.0))
        assert await fills(desk)


async def test_an_entry_that_gaps_past_its_own_stop_makes_no_money_of_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as desk:
        await order(desk, kind="limit", price="26500", notional="1000", stop_fraction="0.02")
        gone = (25_000.0, 25_100.0, 24_900.0, 25_000.0)
        await replay(desk, CALM, CALM, gone, gone)
        entry, leaving = await fills(desk)
        assert entry.price == 25_000
        assert leaving.price <= entry.price
        assert (await desk.state()).cash < 10_000


async def test_an_entry_that_gaps_past_its_own_target_leaves_where_the_market_is(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as desk:
        exits = {"stop_fraction": "0.05", "target_fraction": "0.01"}
        await order(desk, kind="stop", price="27500", notional="1000", **exits)
        await at(desk, "28999.99", "29000.00")
        await at(desk, "28999.99", "29000.00")
        entry, leaving = await fills(desk)
        assert entry.price > 29_000
        assert leaving.price == D("28999.99")


async def test_a_target_that_was_cut_takes_no_more_of_its_stop_away(tmp_path: Path) -> None:
    async with opened(tmp_path) as desk:
        bought = await order(desk, quantity="0.1", stop_fraction="0.02", target_fraction="0.02")
        assert isinstance(bought, Filled)
        sell = {"side": "sell", "reduce_only": True, "kind": "limit"}
        await order(desk, price="29000", quantity="0.05", **sell)
        await desk.confirm.close(ANNE, bought.fill.id, D("0.2"))
        await at(desk, "27600.00", "27600.01")
        state = await desk.state()
        (position,) = state.positions.values()
        stops = [one.quantity for one in state.orders.values() if one.kind == "stop"]
        assert sum(stops) == position.quantity


async def test_an_exit_that_was_cut_by_another_is_still_reached(tmp_path: Path) -> None:
    async with opened(tmp_path) as desk:
        exits = {"stop_fraction": "0.10", "target_fraction": "0.5"}
        await order(desk, quantity="0.1", **exits)
        sell = {"side": "sell", "reduce_only": True, "kind": "stop"}
        await order(desk, price="26500", quantity="0.05", **sell)
        # Opens below both stops, and never sees their prices.
        gone = (20_000.0, 20_100.0, 19_900.0, 20_000.0)
        await replay(desk, CALM, CALM, gone)
        leaving = [one.price for one in await fills(desk) if one.side == "sell"]
        assert not (await desk.state()).positions
        assert all(price <= 20_000 for price in leaving), leaving


async def test_an_entry_is_liquidated_in_the_candle_that_filled_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as desk:
        more = {"leverage": "10", "stop_fraction": "0", "target_fraction": "0"}
        await order(desk, kind="limit", price="26500", notional="1000", **more)
        fallen = (27_000.0, 27_050.0, 20_000.0, 27_000.0)  # through the entry and all its margin
        await replay(desk, CALM, CALM, fallen)
        assert [one.reason for one in await fills(desk)] == ["entry", "liquidation"]
        assert D(9_890) < (await desk.state()).cash < D(9_905)


async def test_of_two_targets_in_a_candle_the_nearer_one_comes_first(tmp_path: Path) -> None:
    async with opened(tmp_path) as desk:
        await order(desk, quantity="0.1", stop_fraction="0.02", target_fraction="0.05")
        sell = {"side": "sell", "reduce_only": True, "kind": "limit"}
        await order(desk, price="27500", quantity="0.04", **sell)
        await replay(desk, CALM, CALM, (27_000.0, 29_000.0, 26_990.0, 28_900.0))
        leaving = [(one.price, one.quantity) for one in await fills(desk) if one.side == "sell"]
        assert [quantity for _, quantity in leaving] == [D("0.04"), D("0.06")]
        assert leaving[0][0] == 27_500
