"""What an account forgets of its long past must not stop what is still to come."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.trading.ledger_events import AT, account, numbered
from tests.trading.test_ledger import proposal
from trading.account import AccountState
from trading.events import (
    Event,
    OrderFilled,
    OrderPlaced,
    ProposalConfirmed,
    ProposalMade,
    ProposalRejected,
)
from trading.ledger import KEPT, fold
from trading.legal import IllegalEvent
from trading.orders import Fill, Order

ONE = Decimal(1)


def test_an_entry_that_waited_long_still_fills_and_places_its_exits() -> None:
    state = _after(_forgotten("first"))
    assert "first" not in state.proposals
    fill = Fill(
        id="f1",
        order_id="entry",
        symbol="BTC/USDT",
        strategy="manual",
        side="buy",
        quantity=ONE,
        price=Decimal(90),
        fee=Decimal(0),
        realised=Decimal(0),
        reason="entry",
        at=AT + timedelta(days=400),
    )
    stop = _order("stop", "sell", "stop").model_copy(update={"reduce_only": True})
    filled = fold(
        numbered([OrderFilled(fill=fill), OrderPlaced(order=stop)], after=state.seq), state
    )
    assert filled.positions["manual", "BTC/USDT"].quantity == 1
    assert set(filled.orders) == {"stop"}


def test_a_new_entry_on_a_forgotten_proposal_is_refused() -> None:
    state = _after(_forgotten("first"))
    again = OrderPlaced(order=_order("again", "buy", "limit"))
    with pytest.raises(IllegalEvent, match="not confirmed"):
        fold(numbered([again], after=state.seq), state)


def _forgotten(name: str) -> list[Event]:
    """Confirm a proposal whose order waits, then settle as many others as a state keeps."""
    events: list[Event] = [
        ProposalMade(proposal=proposal(name)),
        ProposalConfirmed(proposal_id=name),
        OrderPlaced(order=_order("entry", "buy", "limit")),
    ]
    for number in range(KEPT):
        other = f"other{number}"
        events.append(ProposalMade(proposal=proposal(other)))
        events.append(ProposalRejected(proposal_id=other, reason="person"))
    return events


def _after(events: list[Event]) -> AccountState:
    return account(*events)


def _order(name: str, side: str, kind: str) -> Order:
    return Order.model_validate(
        {
            "id": name,
            "symbol": "BTC/USDT",
            "strategy": "manual",
            "side": side,
            "kind": kind,
            "quantity": ONE,
            "price": Decimal(90),
            "proposal_id": "first",
            "placed_at": AT,
        }
    )
