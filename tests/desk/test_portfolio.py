"""The portfolio adds up, and says when a price is not fresh."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.fakes.clock import START
from tests.fakes.paper_desk import ANNE, BTC, ETH, paper_desk
from trading.candles import to_ms
from trading.errors import BadArgument

D = Decimal


async def test_the_portfolio_adds_up(tmp_path: Path) -> None:
    async with paper_desk(tmp_path) as desk:
        await desk.buy()
        await desk.buy("sell", symbol=ETH)
        desk.market.set(BTC, 27_500)
        desk.market.set(ETH, 1_700)
        await desk.buy("sell", notional="50")
        view = await desk.portfolios.view(ANNE)
    assert view.fresh
    assert view.profit == view.realised + view.unrealised - view.fees
    assert view.equity == view.opening_cash + view.profit
    assert view.equity == view.cash + sum(
        held.position.quantity * held.mark.price for held in view.holdings
    )
    assert view.exposure == sum(held.notional for held in view.holdings)
    assert [held.position.symbol for held in view.holdings] == [BTC, ETH]
    assert [len(held.exits) for held in view.holdings] == [2, 2]
    assert {risk.scope for risk in view.risks} == {"account", "strategy:manual"}
    assert view.risks[0].limit == D("0.08")


async def test_an_empty_portfolio_is_its_cash(tmp_path: Path) -> None:
    async with paper_desk(tmp_path) as desk:
        view = await desk.portfolios.view(ANNE)
    assert view.equity == view.cash == 10_000
    assert view.fresh
    assert view.risks[0].distance == D("0.08")


async def test_with_the_market_down_the_last_price_stands_in_and_is_labelled(
    tmp_path: Path,
) -> None:
    async with paper_desk(tmp_path) as desk:
        filled = await desk.buy()
        view = await desk.portfolios.view(ANNE)
        desk.market.set(BTC, 27_100)
        await desk.watch.tick()
        seen = desk.clock()
        desk.market.down.add(BTC)
        desk.clock.move(minutes=10)
        later = await desk.portfolios.view(ANNE)
    assert view.holdings[0].mark.kind == "quote"
    assert not later.fresh
    mark = later.holdings[0].mark
    assert (mark.kind, mark.price, mark.at) == ("last", D(27_100), seen)
    async with paper_desk(tmp_path, market=desk.market, clock=desk.clock) as again:
        view = await again.portfolios.view(ANNE)
    mark = view.holdings[0].mark
    assert (mark.kind, mark.price) == ("entry", filled.fill.price)
    assert view.holdings[0].unrealised == 0


async def test_equity_history_starts_with_the_opening_cash(tmp_path: Path) -> None:
    async with paper_desk(tmp_path) as desk:
        await desk.buy()
        for _ in range(3):
            desk.clock.move(minutes=6)
            await desk.watch.tick()
        times, equity = await desk.portfolios.equity_history(ANNE)
        last = (await desk.portfolios.view(ANNE)).equity
    assert len(times) == len(equity) == 4
    assert times[0] == to_ms(START)
    assert equity[0] == 10_000
    assert equity[-1] == float(last)


async def test_nobodys_portfolio_is_refused(tmp_path: Path) -> None:
    async with paper_desk(tmp_path) as desk:
        with pytest.raises(BadArgument, match="/start"):
            await desk.portfolios.view("nobody")
