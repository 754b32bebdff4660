"""The payloads of outbox messages; bot/delivery.py parses and renders them.

Money in quote units, quantities in base units, `drawdown`, `bound` as fractions. `demo` True:
the prices are made up, and the message must say so.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal

from trading.events import Tier
from trading.orders import FillReason, Frozen, Side

FILL = "fill"
DRAWDOWN = "drawdown"
EXPIRED = "expired"


class FillReport(Frozen):
    """A fill, and what the account looks like after it.

    `realised` is before fees; `position_quantity` (signed) and `position_average` are what the
    strategy holds of the symbol now, `stop` and `target` the exits placed with this fill.
    """

    kind: Literal["fill"] = "fill"
    fill_id: str
    order_id: str
    proposal_id: str | None
    symbol: str
    base: str
    quote: str
    strategy: str
    side: Side
    reason: FillReason
    quantity: Decimal
    price: Decimal
    notional: Decimal
    fee: Decimal
    realised: Decimal
    position_id: str | None
    position_quantity: Decimal
    position_average: Decimal | None
    stop: Decimal | None
    target: Decimal | None
    cash: Decimal
    equity: Decimal | None
    at: datetime
    source: str
    demo: bool


class DrawdownAlert(Frozen):
    """A scope's drawdown crossed a tier; `paused`: new entries of the scope are refused now."""

    kind: Literal["drawdown"] = "drawdown"
    scope: str
    tier: Tier
    drawdown: Decimal
    bound: Decimal
    equity: Decimal
    peak: Decimal
    currency: str
    paused: bool
    at: datetime
    source: str
    demo: bool


class ProposalExpiredNotice(Frozen):
    """A proposal waited too long; its card must lose the buttons."""

    kind: Literal["expired"] = "expired"
    proposal_id: str
    question_id: str | None
    symbol: str
    base: str
    quote: str
    side: Side
    quantity: Decimal
    entry: Decimal
    expired_at: datetime
    source: str
    demo: bool
