"""A tap on Confirm fills once, at an honest price, or says why not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from pathlib import Path

import pytest

from desk.accounts import Decision
from desk.messages import FillReport
from desk.outcomes import Filled, Refused, Rejected, Repriced
from desk.settled import clock_time
from tests.fakes.paper_desk import ANNE, BTC, CHAT, ETH, PaperDesk, paper_desk
from trading.account import AccountState
from trading.limits import Denied
from trading.orders import Draft, Proposal


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[PaperDesk]:
    async with paper_desk(tmp_path) as opened:
        yield opened


def refused(outcome: object, code: str) -> Refused:
    assert isinstance(outcome, Refused), outcome
    assert outcome.code == code, outcome
    return outcome


async def test_confirm_fills_at_ask_plus_slippage_and_pays_the_fee(desk: PaperDesk) -> None:
    proposal = await desk.propose(notional="150")
    outcome = await desk.confirm.confirm(ANNE, proposal.id)
    assert isinstance(outcome, Filled)
    fill = outcome.fill
    assert fill.price == Decimal("27013.52")  # 27000.01 × 1.0005, rounded up to the cent
    assert fill.quantity == Decimal("0.00555")
    assert fill.fee == (fill.quantity * fill.price * Decimal("0.001")).quantize(Decimal("1E-8"))
    state = await desk.state()
    assert state.cash == 10_000 - fill.quantity * fill.price - fill.fee
    assert state.positions["manual", BTC].quantity == fill.quantity


async def test_confirm_places_reduce_only_exits_on_both_sides(desk: PaperDesk) -> None:
    outcome = await desk.buy()
    stop, target = outcome.orders
    assert (stop.kind, stop.side, stop.reduce_only) == ("stop", "sell", True)
    assert (target.kind, target.side, target.reduce_only) == ("target", "sell", True)
    assert stop.price is not None
    assert target.price is not None
    assert stop.price < outcome.fill.price < target.price
    assert set((await desk.state()).orders) == {stop.id, target.id}


async def test_confirm_writes_its_report_with_the_fill(desk: PaperDesk) -> None:
    outcome = await desk.buy()
    (message,) = await desk.waiting("fill")
    assert message.key == f"fill:{outcome.fill.id}"
    assert message.chat_id == CHAT
    report = FillReport.model_validate_json(message.payload)
    assert report.position_quantity == outcome.fill.quantity
    assert report.stop == outcome.orders[0].price
    assert report.cash == (await desk.state()).cash
    assert report.equity is not None
    assert not report.demo


async def test_confirm_when_tapped_twice_fills_once_and_says_when(desk: PaperDesk) -> None:
    proposal = await desk.propose()
    first = await desk.confirm.confirm(ANNE, proposal.id)
    assert isinstance(first, Filled)
    at = desk.clock()
    desk.clock.move(minutes=30)
    second = refused(await desk.confirm.confirm(ANNE, proposal.id), "confirmed")
    assert clock_time(at) in second.text
    assert f"{first.fill.price:f}" in second.text
    assert await desk.events("order_filled") == ["order_filled"]


async def test_ten_taps_at_once_fill_once(desk: PaperDesk) -> None:
    proposal = await desk.propose()
    taps = [desk.confirm.confirm(ANNE, proposal.id) for _ in range(10)]
    outcomes = await asyncio.gather(*taps)
    assert sum(isinstance(outcome, Filled) for outcome in outcomes) == 1
    assert [o.code for o in outcomes if isinstance(o, Refused)] == ["confirmed"] * 9
    assert len(await desk.waiting("fill")) == 1


async def test_a_stranger_learns_nothing_about_a_proposal(desk: PaperDesk) -> None:
    proposal = await desk.propose()
    await desk.accounts.open("mallory", 13)
    theirs = refused(await desk.confirm.confirm("mallory", proposal.id), "not_yours")
    unknown = refused(await desk.confirm.confirm("mallory", "nonsense"), "not_yours")
    nobody = refused(await desk.confirm.confirm("no account", proposal.id), "not_yours")
    rejected = refused(await desk.confirm.reject("mallory", proposal.id), "not_yours")
    halved = refused(await desk.preview.half("mallory", proposal.id), "not_yours")
    assert len({answer.text for answer in (theirs, unknown, nobody, rejected, halved)}) == 1
    assert list((await desk.state()).waiting) == [proposal.id]
    assert await desk.events(account_id="mallory") == ["account_opened"]


async def test_confirm_after_expiry_never_fills(desk: PaperDesk) -> None:
    proposal = await desk.propose()
    desk.clock.now = proposal.expires_at
    refused(await desk.confirm.confirm(ANNE, proposal.id), "expired")
    assert await desk.events("order_filled") == []


async def test_confirm_that_expires_while_the_quote_is_fetched_never_fills(
    desk: PaperDesk,
) -> None:
    proposal = await desk.propose()

    def take_too_long() -> None:
        desk.clock.now = proposal.expires_at

    desk.market.on_quote = take_too_long
    refused(await desk.confirm.confirm(ANNE, proposal.id), "expired")
    assert await desk.events("order_filled") == []


async def test_confirm_that_expires_while_it_waits_for_the_log_never_fills(
    desk: PaperDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal = await desk.propose()
    desk.clock.move(seconds=295)
    slow_log(desk, monkeypatch, seconds=6)
    refused(await desk.confirm.confirm(ANNE, proposal.id), "expired")
    assert await desk.events("order_filled") == []


async def test_a_price_that_grew_old_while_the_log_was_busy_fills_nothing(
    desk: PaperDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled = await desk.buy()
    proposal = await desk.propose()
    slow_log(desk, monkeypatch, seconds=31)
    refused(await desk.confirm.confirm(ANNE, proposal.id), "market")
    refused(await desk.confirm.close(ANNE, filled.fill.id), "market")
    assert await desk.events("order_filled") == ["order_filled"]


def slow_log(desk: PaperDesk, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let the time pass between a decision's prices and the decision."""
    change = desk.accounts.change

    async def late(account_id: str, decide: Callable[[AccountState], Decision[object]]) -> object:
        desk.clock.move(seconds=seconds)
        return await change(account_id, decide)

    monkeypatch.setattr(desk.accounts, "change", late)


async def test_confirm_after_reject_never_fills(desk: PaperDesk) -> None:
    proposal = await desk.propose()
    assert isinstance(await desk.confirm.reject(ANNE, proposal.id), Rejected)
    refused(await desk.confirm.confirm(ANNE, proposal.id), "rejected")
    refused(await desk.confirm.reject(ANNE, proposal.id), "rejected")


async def test_confirm_without_a_price_keeps_the_proposal_open(desk: PaperDesk) -> None:
    proposal = await desk.propose()
    desk.market.down.add(BTC)
    refused(await desk.confirm.confirm(ANNE, proposal.id), "market")
    desk.market.down.clear()
    desk.market.lag = desk.clock.now - desk.clock.now.replace(hour=11)
    stale = refused(await desk.confirm.confirm(ANNE, proposal.id), "market")
    assert "3600 s old" in stale.text
    desk.market.lag *= 0
    assert isinstance(await desk.confirm.confirm(ANNE, proposal.id), Filled)


@pytest.mark.parametrize(
    ("bid", "ask", "last"), [("27001", "27000", "27000"), ("0", "27000", "27000")]
)
async def test_confirm_on_a_nonsense_quote_never_fills(
    desk: PaperDesk, bid: str, ask: str, last: str
) -> None:
    proposal = await desk.propose()
    desk.market.set_quote(BTC, bid, ask, last)
    refused(await desk.confirm.confirm(ANNE, proposal.id), "market")


@pytest.mark.parametrize("price", [27_140, 26_860])
async def test_confirm_beyond_the_band_offers_a_new_price_instead(
    desk: PaperDesk, price: int
) -> None:
    proposal = await desk.propose()
    desk.market.set(BTC, price)
    outcome = await desk.confirm.confirm(ANNE, proposal.id)
    assert isinstance(outcome, Repriced)
    fresh = outcome.proposal
    assert fresh.parent_id == proposal.id
    assert fresh.quantity == proposal.quantity
    assert fresh.entry != proposal.entry
    assert await desk.events("order_filled") == []
    refused(await desk.confirm.confirm(ANNE, proposal.id), "replaced")
    assert isinstance(await desk.confirm.confirm(ANNE, fresh.id), Filled)


@pytest.mark.parametrize("price", [27_120, 26_880])
async def test_confirm_within_the_band_fills_at_the_new_price(desk: PaperDesk, price: int) -> None:
    proposal = await desk.propose()
    desk.market.set(BTC, price)
    outcome = await desk.confirm.confirm(ANNE, proposal.id)
    assert isinstance(outcome, Filled)
    assert abs(outcome.fill.price - price) < 20


async def test_confirm_beyond_its_own_stop_is_priced_anew_even_within_the_band(
    desk: PaperDesk,
) -> None:
    proposal = await desk.propose(stop="0.001")
    desk.market.set(BTC, 26_950)
    outcome = await desk.confirm.confirm(ANNE, proposal.id)
    assert isinstance(outcome, Repriced)
    assert outcome.proposal.stop is not None
    assert outcome.proposal.stop < outcome.proposal.entry


async def test_an_order_that_was_to_close_never_opens_the_other_side(desk: PaperDesk) -> None:
    held = await desk.buy(notional="150")
    sale = await desk.propose("sell", notional="149")
    assert sale.opens == 0
    assert sale.stop is None
    assert isinstance(await desk.confirm.close(ANNE, held.fill.id), Filled)
    outcome = await desk.confirm.confirm(ANNE, sale.id)
    assert isinstance(outcome, Repriced)
    assert "has changed" in outcome.why
    assert outcome.proposal.opens == sale.quantity
    assert outcome.proposal.parent_id == sale.id
    assert not (await desk.state()).positions


async def test_a_position_that_goes_while_the_tap_is_judged_refuses_it(
    desk: PaperDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = await desk.buy(notional="150")
    sale = await desk.propose("sell", notional="149")
    change = desk.accounts.change

    async def close_first(
        account_id: str, decide: Callable[[AccountState], Decision[object]]
    ) -> object:
        monkeypatch.setattr(desk.accounts, "change", change)
        assert isinstance(await desk.confirm.close(ANNE, held.fill.id), Filled)
        return await change(account_id, decide)

    monkeypatch.setattr(desk.accounts, "change", close_first)
    refused(await desk.confirm.confirm(ANNE, sale.id), "changed")
    assert not (await desk.state()).positions


async def test_two_taps_beyond_the_band_make_one_new_proposal(desk: PaperDesk) -> None:
    proposal = await desk.propose()
    desk.market.set(BTC, 28_000)
    outcomes = await asyncio.gather(*(desk.confirm.confirm(ANNE, proposal.id) for _ in range(4)))
    assert sum(isinstance(outcome, Repriced) for outcome in outcomes) == 1
    assert len((await desk.state()).waiting) == 1


async def test_the_largest_size_still_passes_anywhere_in_the_band(desk: PaperDesk) -> None:
    proposal = await desk.propose(notional=None)
    assert Decimal("198.5") < proposal.notional <= Decimal("199.1")
    assert proposal.nearest_limit.startswith("2 % per order")
    desk.market.set(BTC, 27_120)
    assert isinstance(await desk.confirm.confirm(ANNE, proposal.id), Filled)


async def test_a_size_at_the_limit_is_cut_to_pass_anywhere_in_the_band(desk: PaperDesk) -> None:
    proposal = await desk.propose(notional="200")
    assert proposal.notional < 200
    desk.market.set(BTC, 27_120)
    assert isinstance(await desk.confirm.confirm(ANNE, proposal.id), Filled)


async def test_a_full_symbol_takes_no_more(desk: PaperDesk) -> None:
    for _ in range(5):
        await desk.buy(notional="199")
    draft = Draft(symbol=BTC, side="buy", strategy="manual", notional=Decimal(100))
    denied = await desk.preview.price(ANNE, draft)
    assert isinstance(denied, Denied)
    assert [breach.limit for breach in denied.reasons] == ["symbol"]
    assert isinstance(await desk.buy(symbol=ETH, notional="100"), Filled)


async def test_a_limit_that_broke_since_the_proposal_refuses_the_tap(desk: PaperDesk) -> None:
    early = await desk.propose(notional="199")
    for _ in range(5):
        await desk.buy(notional="198")
    answer = refused(await desk.confirm.confirm(ANNE, early.id), "denied")
    assert "10 % per symbol" in answer.text
    assert len(await desk.events("order_filled")) == 5


async def test_paused_trading_refuses_the_tap_but_lets_positions_close(desk: PaperDesk) -> None:
    filled = await desk.buy()
    proposal = await desk.propose()
    await desk.protect.pause(ANNE)
    answer = refused(await desk.confirm.confirm(ANNE, proposal.id), "denied")
    assert "paused" in answer.text
    assert isinstance(await desk.confirm.close(ANNE, filled.fill.id), Filled)
    await desk.protect.resume(ANNE)
    assert isinstance(await desk.confirm.confirm(ANNE, proposal.id), Filled)


async def test_half_replaces_the_proposal_once(desk: PaperDesk) -> None:
    proposal = await desk.propose(notional="150", stop="0.02")
    desk.market.set(BTC, 27_500)
    halved = await desk.preview.half(ANNE, proposal.id)
    assert isinstance(halved, Proposal)
    assert halved.quantity == Decimal("0.00277")
    assert halved.entry > 27_500
    assert halved.parent_id == proposal.id
    assert halved.stop is not None
    assert abs(halved.stop / halved.entry - Decimal("0.98")) < Decimal("0.0001")
    refused(await desk.preview.half(ANNE, proposal.id), "replaced")
    refused(await desk.confirm.confirm(ANNE, proposal.id), "replaced")
    assert isinstance(await desk.confirm.confirm(ANNE, halved.id), Filled)


async def test_half_of_an_expired_proposal_is_refused(desk: PaperDesk) -> None:
    proposal = await desk.propose()
    desk.clock.move(minutes=6)
    refused(await desk.preview.half(ANNE, proposal.id), "expired")


async def test_half_below_the_exchanges_minimum_is_denied(desk: PaperDesk) -> None:
    proposal = await desk.propose(notional="6")
    halved = await desk.preview.half(ANNE, proposal.id)
    assert isinstance(halved, Denied)
    assert [breach.limit for breach in halved.reasons] == ["minimum notional"]
    assert isinstance(await desk.confirm.confirm(ANNE, proposal.id), Filled)


async def test_close_sells_everything_and_cancels_the_exits(desk: PaperDesk) -> None:
    filled = await desk.buy()
    desk.market.set(BTC, 27_500)
    closed = await desk.confirm.close(ANNE, filled.fill.id)
    assert isinstance(closed, Filled)
    assert closed.fill.reason == "close"
    assert closed.fill.realised == closed.fill.quantity * (closed.fill.price - filled.fill.price)
    state = await desk.state()
    assert not state.positions
    assert not state.orders
    again = refused(await desk.confirm.close(ANNE, filled.fill.id), "closed")
    assert f"{closed.fill.price:f}" in again.text


async def test_five_taps_on_close_close_once(desk: PaperDesk) -> None:
    filled = await desk.buy()
    outcomes = await asyncio.gather(*(desk.confirm.close(ANNE, filled.fill.id) for _ in range(5)))
    assert sum(isinstance(outcome, Filled) for outcome in outcomes) == 1
    assert [o.code for o in outcomes if isinstance(o, Refused)] == ["closed"] * 4


async def test_a_stranger_cannot_close_a_position(desk: PaperDesk) -> None:
    filled = await desk.buy()
    await desk.accounts.open("mallory", 13)
    refused(await desk.confirm.close("mallory", filled.fill.id), "not_yours")
    refused(await desk.confirm.close("nobody", filled.fill.id), "not_yours")
    assert (await desk.state()).positions


async def test_selling_a_part_of_a_long_shrinks_its_exits(desk: PaperDesk) -> None:
    filled = await desk.buy(notional="150")
    sold = await desk.buy("sell", notional="60")
    assert sold.fill.reason == "close"
    assert sold.orders == ()
    state = await desk.state()
    left = state.positions["manual", BTC].quantity
    assert left == filled.fill.quantity - sold.fill.quantity
    assert {order.kind: order.quantity for order in state.orders.values()} == {
        "stop": left,
        "target": left,
    }


async def test_selling_more_than_a_long_turns_it_round(desk: PaperDesk) -> None:
    filled = await desk.buy(notional="100")
    sold = await desk.buy("sell", notional="180")
    state = await desk.state()
    short = state.positions["manual", BTC]
    assert short.quantity == filled.fill.quantity - sold.fill.quantity < 0
    assert short.id == sold.fill.id
    assert {order.side for order in state.orders.values()} == {"buy"}
    assert {order.quantity for order in state.orders.values()} == {-short.quantity}
    refused(await desk.confirm.close(ANNE, filled.fill.id), "closed")


async def test_a_short_has_its_stop_above_and_earns_when_the_price_falls(
    desk: PaperDesk,
) -> None:
    filled = await desk.buy("sell")
    stop, target = filled.orders
    assert stop.price is not None
    assert target.price is not None
    assert target.price < filled.fill.price < stop.price
    desk.market.set(BTC, 26_000)
    closed = await desk.confirm.close(ANNE, filled.fill.id)
    assert isinstance(closed, Filled)
    assert closed.fill.realised > 0


async def test_a_symbol_in_another_currency_is_denied(desk: PaperDesk) -> None:
    desk.market.set("BTC/EUR", 25_000)
    denied = await desk.preview.price(ANNE, Draft(symbol="BTC/EUR", side="buy", strategy="manual"))
    assert isinstance(denied, Denied)
    assert [breach.limit for breach in denied.reasons] == ["currency"]


async def test_a_denied_draft_names_every_limit_and_a_size_that_passes(
    desk: PaperDesk,
) -> None:
    draft = Draft(symbol=BTC, side="buy", strategy="manual", notional=Decimal(40_000))
    denied = await desk.preview.price(ANNE, draft)
    assert isinstance(denied, Denied)
    names = {breach.limit for breach in denied.reasons}
    assert {"order", "symbol", "leverage", "margin", "loss at stop"} == names
    passing = denied.passing_quantity * Decimal("27013.52")
    assert Decimal(199) < passing <= 200


async def test_the_same_proposal_offered_twice_is_stored_once(desk: PaperDesk) -> None:
    proposal = await desk.propose()
    await desk.preview.offer(proposal)
    assert await desk.events("proposal_made") == ["proposal_made"]
