"""The portfolio adds up, and says when a price is not fresh."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from desk.accounts import Decision
from desk.errors import MarketUnavailable
from desk.ports import Entry
from tests.fakes.clock import START
from tests.fakes.fake_market import FakeMarket
from tests.fakes.paper_desk import ANNE, BTC, ETH, paper_desk
from trading.account import AccountState
from trading.bounds import PROFILES
from trading.candles import to_ms
from trading.errors import BadArgument
from trading.events import LimitsChanged
from trading.instrument import Instrument
from trading.limits import Denied
from trading.margin import liquidation_of
from trading.orders import Draft

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


async def test_accounts_own_limits_stand_before_the_desks(tmp_path: Path) -> None:
    async with paper_desk(tmp_path) as desk:
        assert (await desk.portfolios.view(ANNE)).limits.account_drawdown == D("0.08")

        def choose(state: AccountState) -> Decision[None]:
            return Decision(None, [Entry(LimitsChanged(limits=PROFILES["bold"]), "own")])

        await desk.accounts.change(ANNE, choose)
        view = await desk.portfolios.view(ANNE)
    assert view.limits == PROFILES["bold"]
    assert view.risks[0].limit == D("0.15")


async def test_leveraged_holding_shows_margin_and_where_it_is_liquidated(tmp_path: Path) -> None:
    async with paper_desk(tmp_path) as desk:
        draft = Draft(symbol=BTC, side="buy", strategy="manual", notional=D(150), leverage=D(3))
        made = await desk.preview.price(ANNE, draft)
        assert not isinstance(made, Denied)
        await desk.preview.offer(made)
        await desk.confirm.confirm(ANNE, made.id)
        desk.market.set(BTC, 27_270)
        view = await desk.portfolios.view(ANNE)
        (position,) = (await desk.state()).positions.values()
        rules = await desk.market.instrument(BTC)
    (held,) = view.holdings
    assert round(held.leverage, 6) == 3
    assert view.margin == position.margin
    assert held.liquidation == liquidation_of(position, rules)
    assert held.liquidation is not None
    assert D(18_000) < held.liquidation < D(18_200)
    paid = position.quantity * position.average_price
    assert abs(held.unrealised_fraction - held.unrealised / paid) < D("1E-12")


async def test_without_the_markets_rules_liquidation_is_still_told(tmp_path: Path) -> None:
    async with paper_desk(tmp_path) as desk:
        await desk.buy("sell")
        market = _Nameless(desk.clock)
        market.set(BTC, 27_000)
        desk.portfolios._market = market
        view = await desk.portfolios.view(ANNE)
        (position,) = (await desk.state()).positions.values()
    (held,) = view.holdings
    assert held.liquidation is not None
    assert abs(held.liquidation / position.average_price / 2 - 1) < D("0.01")


class _Nameless(FakeMarket):
    """A market that gives prices and no rules."""

    async def instrument(self, symbol: str) -> Instrument:
        raise MarketUnavailable(f"no rules of {symbol}")


async def test_day_begins_anew_at_midnight_utc(tmp_path: Path) -> None:
    async with paper_desk(tmp_path) as desk:
        await desk.buy()
        desk.market.set(BTC, 27_500)
        view = await desk.portfolios.view(ANNE)
        assert view.day_profit == view.profit > 0
        await desk.watch.tick()
        desk.clock.move(hours=13)
        await desk.watch.tick()
        night = await desk.portfolios.view(ANNE)
        desk.market.set(BTC, 27_600)
        later = await desk.portfolios.view(ANNE)
    assert night.day_profit == 0
    assert later.day_profit == later.equity - night.equity > 0
    assert later.day_fraction == later.day_profit / night.equity


async def test_waiting_orders_are_counted_entries_apart(tmp_path: Path) -> None:
    async with paper_desk(tmp_path) as desk:
        await desk.buy()
        await desk.wait_at("25000")
        view = await desk.portfolios.view(ANNE)
    assert (view.entries, view.orders) == (1, 3)
