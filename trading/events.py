"""The account's events: the only truth about an account is the ordered list of these."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from trading.orders import Fill, Frozen, Order, Proposal

Tier = Literal["ok", "warning", "limit"]


class AccountOpened(Frozen):
    kind: Literal["account_opened"] = "account_opened"
    cash: Decimal
    currency: str
    chat_id: int


class ProposalMade(Frozen):
    kind: Literal["proposal_made"] = "proposal_made"
    proposal: Proposal


class ProposalConfirmed(Frozen):
    kind: Literal["proposal_confirmed"] = "proposal_confirmed"
    proposal_id: str


class ProposalRejected(Frozen):
    """`reason`: "person" (a tap on Reject) or "replaced" (Half, or a new price)."""

    kind: Literal["proposal_rejected"] = "proposal_rejected"
    proposal_id: str
    reason: Literal["person", "replaced"]


class ProposalExpired(Frozen):
    kind: Literal["proposal_expired"] = "proposal_expired"
    proposal_id: str


class OrderPlaced(Frozen):
    kind: Literal["order_placed"] = "order_placed"
    order: Order


class OrderFilled(Frozen):
    kind: Literal["order_filled"] = "order_filled"
    fill: Fill


class OrderCancelled(Frozen):
    kind: Literal["order_cancelled"] = "order_cancelled"
    order_id: str
    reason: str


class LimitBreached(Frozen):
    """`scope` is "account" or "strategy:<name>"; `value` and `bound` are fractions."""

    kind: Literal["limit_breached"] = "limit_breached"
    limit: str
    scope: str
    value: Decimal
    bound: Decimal


class TradingPaused(Frozen):
    """New entries of the scope are refused; exits go on."""

    kind: Literal["trading_paused"] = "trading_paused"
    scope: str
    reason: str


class TradingResumed(Frozen):
    """The person goes on. Another `peak` than before starts the drawdown anew, at tier "ok"."""

    kind: Literal["trading_resumed"] = "trading_resumed"
    scope: str
    peak: Decimal


class AlertFired(Frozen):
    """A drawdown alert: the scope moved to `tier` at this `drawdown` (fraction of the peak)."""

    kind: Literal["alert_fired"] = "alert_fired"
    scope: str
    tier: Tier
    drawdown: Decimal
    bound: Decimal


class EquityMarked(Frozen):
    """Account equity, and each scope's equity, at the prices of the moment (quote units)."""

    kind: Literal["equity_marked"] = "equity_marked"
    equity: Decimal
    scopes: dict[str, Decimal]


Event = Annotated[
    AccountOpened
    | ProposalMade
    | ProposalConfirmed
    | ProposalRejected
    | ProposalExpired
    | OrderPlaced
    | OrderFilled
    | OrderCancelled
    | LimitBreached
    | TradingPaused
    | TradingResumed
    | AlertFired
    | EquityMarked,
    Field(discriminator="kind"),
]

EVENTS: TypeAdapter[Event] = TypeAdapter(Event)


class Recorded(Frozen):
    """An event as the log holds it."""

    account_id: str
    seq: int
    key: str
    at: datetime
    event: Event
    hash: str
