"""Each rule of the ledger, and each event that it must never take."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest

from tests.trading.ledger_events import AT, account, holding_account, numbered, opened, traded
from trading.account import AccountState, equity, scopes
from trading.events import (
    AlertFired,
    EquityMarked,
    Event,
    OrderCancelled,
    OrderFilled,
    OrderPlaced,
    ProposalConfirmed,
    ProposalExpired,
    ProposalMade,
    ProposalRejected,
    TradingPaused,
    TradingResumed,
)
from trading.holding import Holding
from trading.ledger import fold
from trading.legal import IllegalEvent
from trading.orders import Order, Proposal

KEY = ("manual", "BTC/USDT")
D = Decimal


def held(state: AccountState) -> Holding:
    return state.holding(*KEY)


def proposal(name: str = "p1", owner: str = "a") -> Proposal:
    some = D(1)
    return Proposal(
        id=name,
        account_id=owner,
        strategy="manual",
        symbol="BTC/USDT",
        base="BTC",
        quote="USDT",
        side="buy",
        quantity=some,
        entry=D(100),
        band=some,
        stop=None,
        target=None,
        notional=D(100),
        fee_rate=some,
        slippage=some,
        fee=some,
        loss_at_stop=None,
        loss_fraction=None,
        exposure_before=some,
        exposure_after=some,
        nearest_limit="",
        quoted_at=AT,
        made_at=AT,
        expires_at=AT,
        source="x",
    )


def stop_order(name: str = "s1", quantity: str = "1", **changes: object) -> Order:
    order = Order(
        id=name,
        symbol="BTC/USDT",
        strategy="manual",
        side="sell",
        kind="stop",
        quantity=D(quantity),
        price=D(90),
        reduce_only=True,
        placed_at=AT,
    )
    return order.model_copy(update=changes)


def test_a_buy_costs_its_worth_and_its_fee() -> None:
    state = account(*traded(1, "buy", "2", "100", fee="0.2"))
    assert state.cash == D("9799.8")
    assert state.positions[KEY].average_price == 100
    assert state.fees["manual"] == D("0.2")
    assert equity(state, {"BTC/USDT": D(110)}) == D("10019.8")


def test_adding_moves_the_average_and_keeps_the_position() -> None:
    state = account(*traded(1, "buy", "1", "100"), *traded(2, "buy", "3", "120"))
    assert state.positions[KEY].average_price == 115
    assert state.positions[KEY].id == "f1"


def test_reducing_realises_at_the_average() -> None:
    first = account(*traded(1, "buy", "1", "100"), *traded(2, "buy", "1", "110"))
    state = fold(numbered(traded(3, "sell", "1", "120", before=held(first)), after=5), first)
    assert state.realised["manual"] == 15
    assert state.positions[KEY].average_price == 105


def test_turning_round_realises_the_old_and_opens_the_new() -> None:
    first = account(*traded(1, "buy", "1", "100"))
    state = fold(numbered(traded(2, "sell", "3", "110", before=held(first)), after=3), first)
    position = state.positions[KEY]
    assert state.realised["manual"] == 10
    assert (position.quantity, position.average_price) == (D(-2), D(110))
    assert position.id == "f2"
    assert state.closed["f1"].id == "f2"


def test_closing_removes_the_position_and_remembers_who_closed_it() -> None:
    first = account(*traded(1, "sell", "1", "100"))
    state = fold(numbered(traded(2, "buy", "1", "90", before=held(first)), after=3), first)
    assert not state.positions
    assert state.closed["f1"].price == 90
    assert state.realised["manual"] == 10
    assert state.cash == 10_010


def test_strategies_hold_the_same_symbol_apart() -> None:
    state = holding_account(("a", "BTC/USDT", "1", "100"), ("b", "BTC/USDT", "-1", "100"))
    worth = scopes(state, {"BTC/USDT": D(110)})
    assert worth == {"account": 10_000, "strategy:a": 10_010, "strategy:b": 9_990}


def test_a_fill_settles_its_proposal_record() -> None:
    buy = traded(1, "buy", "1", "100")
    placed = buy[0]
    assert isinstance(placed, OrderPlaced)
    order = placed.order.model_copy(update={"proposal_id": "p1"})
    state = account(
        ProposalMade(proposal=proposal()),
        ProposalConfirmed(proposal_id="p1"),
        OrderPlaced(order=order),
        buy[1],
    )
    record = state.proposals["p1"]
    assert record.state == "confirmed"
    assert record.fill is not None
    assert record.fill.id == "f1"
    assert not state.waiting


def test_a_partial_fill_leaves_the_rest_of_the_order_open() -> None:
    bought = account(*traded(1, "buy", "2", "100"))
    partial = traded(2, "sell", "0.5", "90", before=held(bought), reduce_only=True)[1]
    assert isinstance(partial, OrderFilled)
    fill = partial.fill.model_copy(update={"order_id": "s1"})
    events: list[Event] = [OrderPlaced(order=stop_order(quantity="2")), OrderFilled(fill=fill)]
    state = fold(numbered(events, after=3), bought)
    assert state.orders["s1"].quantity == D("1.5")


def test_marks_raise_peaks_and_never_lower_them() -> None:
    def marked(value: int) -> Event:
        return EquityMarked(equity=D(value), scopes={"account": D(value)})

    state = account(marked(10_500), marked(9_000))
    assert state.peak("account") == 10_500
    assert state.peak("strategy:new") == 10_000
    assert state.last_mark is not None
    assert state.last_mark.equity == 9_000


def test_resuming_starts_peak_and_tier_anew() -> None:
    state = account(
        AlertFired(scope="account", tier="limit", drawdown=D("0.08"), bound=D("0.08")),
        TradingPaused(scope="account", reason="drawdown"),
        TradingResumed(scope="account", peak=D(9_200)),
    )
    assert state.peak("account") == 9_200
    assert state.tier("account") == "ok"
    assert not state.paused


ILLEGAL: dict[str, list[Event]] = {
    "opened twice": [opened()],
    "proposal of another account": [ProposalMade(proposal=proposal(owner="b"))],
    "the same proposal twice": [ProposalMade(proposal=proposal())] * 2,
    "unknown proposal confirmed": [ProposalConfirmed(proposal_id="p1")],
    "confirmed twice": [
        ProposalMade(proposal=proposal()),
        ProposalConfirmed(proposal_id="p1"),
        ProposalConfirmed(proposal_id="p1"),
    ],
    "confirmed after expiry": [
        ProposalMade(proposal=proposal()),
        ProposalExpired(proposal_id="p1"),
        ProposalConfirmed(proposal_id="p1"),
    ],
    "rejected after confirmation": [
        ProposalMade(proposal=proposal()),
        ProposalConfirmed(proposal_id="p1"),
        ProposalRejected(proposal_id="p1", reason="person"),
    ],
    "fill without an order": [traded(1, "buy", "1", "100")[1]],
    "filled twice": [*traded(1, "buy", "1", "100"), traded(1, "buy", "1", "100")[1]],
    "fill larger than its order": [
        traded(1, "buy", "1", "100")[0],
        traded(1, "buy", "2", "100")[1],
    ],
    "fill of the other side": [
        traded(1, "buy", "1", "100")[0],
        traded(1, "sell", "1", "100")[1],
    ],
    "fill of another symbol": [
        traded(1, "buy", "1", "100")[0],
        traded(1, "buy", "1", "100", symbol="ETH/USDT")[1],
    ],
    "wrong profit": [
        *traded(1, "buy", "1", "100"),
        *traded(2, "sell", "1", "110", before=Holding(D(1), D(90))),
    ],
    "negative fee": traded(1, "buy", "1", "100", fee="-1"),
    "zero price": traded(1, "buy", "1", "0"),
    "order of nothing": traded(1, "buy", "0", "1")[:1],
    "fill of nothing": [traded(1, "buy", "1", "1")[0], traded(1, "buy", "0", "1")[1]],
    "reduce-only that opens": traded(1, "sell", "1", "100", reduce_only=True),
    "reduce-only that turns round": [
        *traded(1, "buy", "1", "100"),
        *traded(2, "sell", "2", "100", before=Holding(D(1), D(100)), reduce_only=True),
    ],
    "the same order twice": [OrderPlaced(order=stop_order())] * 2,
    "stop without a price": [OrderPlaced(order=stop_order(price=None))],
    "market order with a price": [OrderPlaced(order=stop_order(kind="market"))],
    "order of no confirmed proposal": [
        OrderPlaced(order=stop_order(proposal_id="p9", reduce_only=False))
    ],
    "exit of an open proposal": [
        ProposalMade(proposal=proposal()),
        OrderPlaced(order=stop_order(proposal_id="p1")),
    ],
    "market order at no leverage": [
        OrderPlaced(order=stop_order(kind="market", price=None, leverage=D(0)))
    ],
    "cancel of no order": [OrderCancelled(order_id="o1", reason="x")],
    "resume without a pause": [TradingResumed(scope="account", peak=D(1))],
    "alert for the tier it is at": [
        AlertFired(scope="account", tier="ok", drawdown=D(0), bound=D("0.08"))
    ],
    "mark without the account": [EquityMarked(equity=D(1), scopes={})],
    "mark that contradicts itself": [EquityMarked(equity=D(1), scopes={"account": D(2)})],
}


@pytest.mark.parametrize("events", ILLEGAL.values(), ids=ILLEGAL.keys())
def test_an_event_that_cannot_follow_is_refused(events: list[Event]) -> None:
    before = account(*events[:-1])
    with pytest.raises(IllegalEvent, match=f"event {before.seq + 1} "):
        fold(numbered(events[-1:], after=before.seq), before)


def test_a_gap_in_the_numbers_is_refused() -> None:
    with pytest.raises(IllegalEvent, match="seq 2 was expected"):
        fold(numbered(traded(1, "buy", "1", "1"), after=2), account())


def test_another_accounts_event_is_refused() -> None:
    with pytest.raises(IllegalEvent, match="another account"):
        fold(numbered(traded(1, "buy", "1", "1"), "b", after=1), account())


def test_a_log_that_does_not_begin_with_an_opening_is_refused() -> None:
    with pytest.raises(IllegalEvent, match="not open yet"):
        fold(numbered(traded(1, "buy", "1", "1")))
    with pytest.raises(IllegalEvent, match="no event that opens"):
        fold([])


def test_a_state_does_not_change_when_more_is_added_to_it() -> None:
    before = account(*traded(1, "buy", "1", "100"))
    fold(numbered(traded(2, "buy", "1", "100"), after=3), before)
    assert before.seq == 3
    assert before.positions[KEY].quantity == 1
    assert before.cash == 9_900


def test_equity_needs_a_price_of_every_symbol_held() -> None:
    with pytest.raises(KeyError):
        equity(holding_account(("a", "ETH/USDT", "1", "100")), {"BTC/USDT": D(1)})


def test_a_long_log_folds_in_time_that_grows_with_its_length_only() -> None:
    def seconds(trades: int) -> float:
        events: list[Event] = []
        for number in range(trades):
            events += traded(number, "buy", "1", "100", fee="0.1")
        log = numbered([opened("100000000"), *events])
        started = time.perf_counter()
        assert fold(log).positions[KEY].quantity == trades
        return time.perf_counter() - started

    short = min(seconds(500) for _ in range(3))
    assert min(seconds(5_000) for _ in range(2)) < 40 * short  # quadratic would be 100 times
