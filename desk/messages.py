"""The payloads of outbox messages; bot/delivery.py parses and renders them.

Money in quote units, quantities in base units, `drawdown`, `bound` as fractions. `demo` True:
the prices are made up, and the message must say so.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from trading.alerts import Ring
from trading.events import Tier
from trading.orders import FillReason, Frozen, Order, Proposal, Side
from trading.watches import Watch

FILL = "fill"
CANCELLED = "cancelled"
MEANWHILE = "meanwhile"
DRAWDOWN = "drawdown"
DAY_LOST = "day_lost"
EXPIRED = "expired"
RINGS = "rings"
WATCH = "watch"
WATCH_STALLED = "watch_stalled"


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


class DayLost(Frozen):
    """Today's loss reached its limit: no new entries until 00:00 UTC; `started_at` in equity."""

    kind: Literal["day_lost"] = "day_lost"
    loss: Decimal
    bound: Decimal
    started_at: Decimal
    equity: Decimal
    currency: str
    at: datetime
    source: str
    demo: bool


class CancelNotice(Frozen):
    """A waiting order is gone without a fill: its time was over, or a limit stood against it."""

    kind: Literal["cancelled"] = "cancelled"
    order: Order
    reason: str
    at: datetime
    source: str
    demo: bool


Part = Annotated[FillReport | DrawdownAlert | DayLost | CancelNotice, Field(discriminator="kind")]
PARTS: TypeAdapter[Part] = TypeAdapter(Part)


class Meanwhile(Frozen):
    """Several messages as one, in the order of their times; `since`: nobody watched from then on.

    `since` None: all of it happened in one moment.
    """

    kind: Literal["meanwhile"] = "meanwhile"
    since: datetime | None
    until: datetime
    parts: tuple[Part, ...]
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


class Rings(Frozen):
    """What rang since the last such message, oldest first."""

    kind: Literal["rings"] = "rings"
    account_id: str
    rings: tuple[Ring, ...]
    source: str
    demo: bool


class WatchNotice(Frozen):
    """What a watch's strategy said at a candle's `close`, and what comes of it.

    `held` is the watch's position then, signed base units. `proposal`: what waits for a tap, or
    (`by_itself`) was sent to be filled. `told`: why there is no order, or a smaller one. `missed`:
    closes before this one at which it could not be run.
    """

    kind: Literal["watch"] = "watch"
    watch: Watch
    close: datetime
    exposure: Decimal
    held: Decimal
    proposal: Proposal | None
    by_itself: bool
    told: tuple[str, ...]
    missed: int
    source: str
    demo: bool


class WatchStalledNotice(Frozen):
    """A watch can't be run, for this `reason`; it is tried again at each close."""

    kind: Literal["watch_stalled"] = "watch_stalled"
    watch: Watch
    reason: str
    at: datetime
    source: str
    demo: bool
