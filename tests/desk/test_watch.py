"""The watch fills exits, expires proposals and tells each drawdown once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from desk.messages import DrawdownAlert, FillReport, ProposalExpiredNotice
from desk.outcomes import Filled, Refused
from tests.fakes.clock import FakeClock
from tests.fakes.paper_desk import ANNE, BTC, ETH, PaperDesk, paper_desk
from trading.account import AccountState
from trading.bounds import Limits

D = Decimal
# Large orders, so that a fall of the price is a drawdown of the account.
BOLD = Limits(
    max_order_fraction=D(1), max_symbol_fraction=D(1), max_loss_fraction=D(1), daily_loss=D(1)
)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[PaperDesk]:
    async with paper_desk(tmp_path) as opened:
        yield opened


@pytest.fixture
async def bold(tmp_path: Path) -> AsyncIterator[PaperDesk]:
    async with paper_desk(tmp_path, BOLD) as opened:
        yield opened


async def tick(desk: PaperDesk, seconds: float = 5) -> None:
    desk.clock.move(seconds=seconds)
    await desk.watch.tick()


async def alerts(desk: PaperDesk) -> list[tuple[str, str]]:
    found = [DrawdownAlert.model_validate_json(payload) for payload in await desk.told("drawdown")]
    return [(alert.scope, alert.tier) for alert in found]


async def reports(desk: PaperDesk) -> list[FillReport]:
    return [FillReport.model_validate_json(payload) for payload in await desk.told("fill")]


async def test_a_stop_fills_below_its_level_and_takes_the_target_along(desk: PaperDesk) -> None:
    filled = await desk.buy()
    stop, _ = filled.orders
    assert stop.price is not None
    desk.market.set(BTC, stop.price + 1)
    await tick(desk)
    assert (await desk.state()).positions
    desk.market.set(BTC, stop.price - 5)
    await tick(desk)
    state = await desk.state()
    assert not state.positions
    assert not state.orders
    report = (await reports(desk))[-1]
    assert report.reason == "stop"
    assert report.price < stop.price - 5
    assert report.realised < 0
    assert report.position_quantity == 0
    assert filled.proposal is not None
    assert report.proposal_id == filled.proposal.id


async def test_a_target_fills_at_its_level(desk: PaperDesk) -> None:
    filled = await desk.buy()
    _, target = filled.orders
    assert target.price is not None
    desk.market.set(BTC, target.price + 100)
    await tick(desk)
    report = (await reports(desk))[-1]
    assert (report.reason, report.price) == ("target", target.price)
    assert report.realised > 0
    assert not (await desk.state()).orders


async def test_a_short_is_stopped_above(desk: PaperDesk) -> None:
    filled = await desk.buy("sell")
    stop, _ = filled.orders
    assert stop.price is not None
    desk.market.set(BTC, stop.price + 5)
    await tick(desk)
    report = (await reports(desk))[-1]
    assert (report.reason, report.side) == ("stop", "buy")
    assert report.price > stop.price


async def test_two_brackets_of_one_position_leave_on_their_own(desk: PaperDesk) -> None:
    near = await desk.buy(stop="0.01")
    far = await desk.buy(stop="0.05")
    desk.market.set(BTC, 26_500)
    await tick(desk)
    state = await desk.state()
    assert state.positions["manual", BTC].quantity == far.fill.quantity
    assert set(state.orders) == {order.id for order in far.orders}
    desk.market.set(BTC, 25_000)
    await tick(desk)
    state = await desk.state()
    assert not state.positions
    assert not state.orders
    assert near.fill.id in state.closed


async def test_ticks_of_two_processes_fill_an_exit_once(desk: PaperDesk) -> None:
    await desk.buy()
    other = PaperDesk(desk.file.path, desk.market, desk.clock)
    desk.market.set(BTC, 20_000)
    desk.clock.move(seconds=5)
    await asyncio.gather(desk.watch.tick(), other.watch.tick(), desk.watch.tick())
    assert len(await desk.events("order_filled")) == 2
    assert len(await reports(desk)) == 2
    await other.file.close()


async def test_a_price_from_before_the_order_triggers_nothing(desk: PaperDesk) -> None:
    await desk.buy()
    desk.market.set(BTC, 25_000)
    desk.market.lag = timedelta(seconds=2)
    await tick(desk, 1)
    assert len((await desk.state()).orders) == 2
    await tick(desk, 1)
    assert not (await desk.state()).orders


async def test_a_price_that_grew_old_during_the_tick_triggers_nothing(desk: PaperDesk) -> None:
    await desk.buy()
    desk.market.set(BTC, 25_000)
    load = desk.accounts.require

    async def slow(account_id: str) -> AccountState:
        desk.clock.move(seconds=31)
        return await load(account_id)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(desk.accounts, "require", slow)
        await tick(desk)
    assert len((await desk.state()).orders) == 2


async def test_a_report_tells_no_equity_that_some_price_is_missing_of(desk: PaperDesk) -> None:
    await desk.buy(symbol=ETH)
    await desk.buy(symbol=BTC)
    desk.market.set(BTC, 25_000)
    desk.market.down = {ETH}
    await tick(desk)
    report = (await reports(desk))[-1]
    assert report.reason == "stop"
    assert report.equity is None


async def test_a_stale_quote_triggers_nothing(desk: PaperDesk) -> None:
    await desk.buy()
    desk.market.set(BTC, 20_000)
    desk.market.lag = timedelta(minutes=2)
    await tick(desk)
    assert len(await desk.events("order_filled")) == 1
    desk.market.lag = timedelta()
    await tick(desk)
    assert len(await desk.events("order_filled")) == 2


@pytest.mark.parametrize("failure", ["down", "broken"])
async def test_one_failing_symbol_does_not_stop_the_others(desk: PaperDesk, failure: str) -> None:
    await desk.buy()
    await desk.buy(symbol=ETH)
    getattr(desk.market, failure).add(BTC)
    desk.market.set(ETH, 1_000)
    await tick(desk)
    assert set((await desk.state()).positions) == {("manual", BTC)}


async def test_one_failing_account_does_not_stop_the_others(desk: PaperDesk) -> None:
    await desk.accounts.open("aaron", 1)
    await desk.buy()
    desk.market.set(BTC, 20_000)
    await desk.file.run(
        lambda database: database.execute(
            "INSERT INTO events VALUES ('aaron', 2, 'x', '2026-01-01', 'y', '{}', '', '')"
        )
    )
    await tick(desk)
    assert not (await desk.state()).positions


async def test_each_symbol_is_quoted_once_a_tick(desk: PaperDesk) -> None:
    for strategy in ("a", "b", "c"):
        await desk.buy(strategy=strategy, notional="50")
    asked = len(desk.market.quotes_asked)
    await tick(desk)
    assert desk.market.quotes_asked[asked:] == [BTC]


async def test_an_idle_account_costs_no_quote_and_no_event(desk: PaperDesk) -> None:
    for _ in range(3):
        await tick(desk, 600)
    assert desk.market.quotes_asked == []
    assert await desk.events() == ["account_opened"]


async def test_a_proposal_expires_once_with_a_notice(desk: PaperDesk) -> None:
    proposal = await desk.propose()
    await tick(desk, 299)
    assert await desk.waiting("expired") == []
    for _ in range(3):
        await tick(desk, 1)
    (message,) = await desk.waiting("expired")
    notice = ProposalExpiredNotice.model_validate_json(message.payload)
    assert notice.proposal_id == proposal.id
    assert (await desk.state()).proposals[proposal.id].state == "expired"
    outcome = await desk.confirm.confirm(ANNE, proposal.id)
    assert isinstance(outcome, Refused)
    assert outcome.code == "expired"


async def test_equity_is_recorded_after_a_fill_and_then_every_five_minutes(
    desk: PaperDesk,
) -> None:
    await desk.buy()
    for _ in range(12):
        await tick(desk, 10)
    assert len(await desk.events("equity_marked")) == 1
    for _ in range(24):
        await tick(desk, 30)
    assert len(await desk.events("equity_marked")) == 3


async def test_a_closed_account_is_marked_once_more_and_then_left_alone(
    desk: PaperDesk,
) -> None:
    filled = await desk.buy()
    await tick(desk)
    await desk.confirm.close(ANNE, filled.fill.id)
    for _ in range(5):
        await tick(desk, 600)
    assert len(await desk.events("equity_marked")) == 2
    last = (await desk.state()).last_mark
    assert last is not None
    assert last.equity == (await desk.state()).cash


async def test_a_drawdown_warns_stops_and_recovers_once_each(bold: PaperDesk) -> None:
    await bold.buy(notional="9000", stop="0.5", target="0.5")
    for price in (27_000, 26_000, 25_990, 26_000, 25_600, 25_000, 24_000, 24_100, 24_000):
        bold.market.set(BTC, price)
        await tick(bold)
    assert await alerts(bold) == [
        ("strategy:manual", "warning"),
        ("account", "warning"),
        ("strategy:manual", "limit"),
        ("account", "limit"),
    ]
    state = await bold.state()
    assert set(state.paused) == {"account", "strategy:manual"}
    assert len(await bold.events("limit_breached")) == 2
    assert len(await bold.events("trading_paused")) == 2
    for price in (25_500, 26_500, 27_000, 27_500):
        bold.market.set(BTC, price)
        await tick(bold)
    assert sorted((await alerts(bold))[4:]) == [("account", "ok"), ("strategy:manual", "ok")]
    assert set((await bold.state()).paused) == {"account", "strategy:manual"}


@pytest.mark.parametrize("threshold", [25_855, 25_555, 25_134, 24_654])
async def test_oscillation_tells_each_tier_once_even_with_restarts(
    tmp_path: Path, threshold: int
) -> None:
    clock = FakeClock()
    async with paper_desk(tmp_path, BOLD, clock=clock) as desk:
        await desk.buy(notional="9000", stop="0.5", target="0.5")
        market = desk.market
    for turn in range(40):
        async with paper_desk(tmp_path, BOLD, clock=clock, market=market) as desk:
            market.set(BTC, threshold + (20 if turn % 2 else -20))
            await tick(desk)
            await tick(desk)
            told = await alerts(desk)
    assert len(told) == len(set(told)) > 0


async def test_a_gap_through_all_tiers_tells_only_the_limit(bold: PaperDesk) -> None:
    await bold.buy(notional="9000", stop="0.5", target="0.5")
    await tick(bold)
    bold.market.set(BTC, 20_000)
    await tick(bold)
    assert await alerts(bold) == [("account", "limit"), ("strategy:manual", "limit")]


async def test_a_peak_survives_a_restart(tmp_path: Path) -> None:
    clock = FakeClock()
    async with paper_desk(tmp_path, BOLD, clock=clock) as desk:
        await desk.buy(notional="9000", stop="0.9", target="0.9")
        await tick(desk)
        market = desk.market
        for price in range(27_000, 30_000, 100):
            market.set(BTC, price)
            await tick(desk, 1)
        peak = (await desk.portfolios.view(ANNE)).equity
        recorded = (await desk.state()).peak("account")
        assert peak * D("0.9995") <= recorded <= peak
    market.set(BTC, 28_500)  # above where it was bought, but 5 % below its top
    async with paper_desk(tmp_path, BOLD, clock=clock, market=market) as desk:
        await tick(desk)
        assert ("strategy:manual", "warning") in await alerts(desk)


async def test_resume_counts_from_now_and_does_not_fire_again(bold: PaperDesk) -> None:
    filled = await bold.buy(notional="9000", stop="0.5", target="0.5")
    bold.market.set(BTC, 24_000)
    await tick(bold)
    told = await alerts(bold)
    resumed = await bold.protect.resume(ANNE)
    assert resumed.scopes == ("account", "strategy:manual")
    assert (await bold.protect.resume(ANNE)).scopes == ()
    for _ in range(3):
        await tick(bold)
    assert await alerts(bold) == told
    state = await bold.state()
    assert not state.paused
    assert state.peak("account") < 9_200
    assert isinstance(await bold.buy(notional="20"), Filled)
    bold.market.set(BTC, 21_500)
    await tick(bold)
    assert (await alerts(bold))[len(told) :] != []
    assert isinstance(await bold.confirm.close(ANNE, filled.fill.id), Filled)


async def test_pausing_twice_pauses_once(desk: PaperDesk) -> None:
    first = await desk.protect.pause(ANNE)
    second = await desk.protect.pause(ANNE)
    assert (first.changed, second.changed) == (True, False)
    assert await desk.events("trading_paused") == ["trading_paused"]


async def test_no_drawdown_is_judged_without_a_price(tmp_path: Path) -> None:
    clock = FakeClock()
    async with paper_desk(tmp_path, BOLD, clock=clock) as desk:
        await desk.buy(notional="9000", stop="0.5", target="0.5")
        market = desk.market
    market.set(BTC, 20_000)
    market.down.add(BTC)
    async with paper_desk(tmp_path, BOLD, clock=clock, market=market) as desk:
        await tick(desk)
        assert await desk.events("equity_marked") == []
        market.down.clear()
        await tick(desk)
        assert await alerts(desk) == [("account", "limit"), ("strategy:manual", "limit")]
