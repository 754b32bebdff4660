"""Orders, fills, positions and proposals: frozen values, money in Decimal."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

Side = Literal["buy", "sell"]
OrderKind = Literal["market", "stop", "target"]
FillReason = Literal["entry", "stop", "target", "close"]


class Frozen(BaseModel):
    """A frozen value that is stored as JSON (a Decimal becomes a string)."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def sign(side: Side) -> int:
    """+1 for a buy, −1 for a sell."""
    return 1 if side == "buy" else -1


def opposite(side: Side) -> Side:
    return "sell" if side == "buy" else "buy"


class Draft(Frozen):
    """What somebody wants to trade, before it is sized and checked.

    `notional` in quote units (None: as much as the limits allow); `stop_fraction` and
    `target_fraction` are distances from the entry as fractions of it (0.03 = 3 %); None: the
    desk's own, 0: no such exit.
    `strategy` says who asks: "analyst" for a verdict, "manual" for a typed command.
    """

    symbol: str
    side: Side
    strategy: str
    notional: Decimal | None = None
    stop_fraction: Decimal | None = None
    target_fraction: Decimal | None = None


class Proposal(Frozen):
    """A priced, sized, risk-checked order that waits for a tap and expires.

    Prices and money in quote units, `quantity` in base units, `band`, `fee_rate` and `slippage`
    as fractions. A fill further than `band` from `entry` never happens. `opens` is the part of the
    quantity that opens a position, the rest closes one; None: made before this was recorded.
    """

    id: str
    account_id: str
    strategy: str
    symbol: str
    base: str
    quote: str
    side: Side
    quantity: Decimal
    opens: Decimal | None = None
    entry: Decimal
    band: Decimal
    stop: Decimal | None
    target: Decimal | None
    notional: Decimal
    fee_rate: Decimal
    slippage: Decimal
    fee: Decimal
    loss_at_stop: Decimal | None
    loss_fraction: Decimal | None
    exposure_before: Decimal
    exposure_after: Decimal
    nearest_limit: str
    quoted_at: datetime
    made_at: datetime
    expires_at: datetime
    source: str
    question_id: str | None = None
    parent_id: str | None = None


class Order(Frozen):
    """An instruction in the book. `price` is the trigger of a stop or target, None for market."""

    id: str
    symbol: str
    strategy: str
    side: Side
    kind: OrderKind
    quantity: Decimal
    price: Decimal | None = None
    reduce_only: bool = False
    proposal_id: str | None = None
    placed_at: datetime


class Fill(Frozen):
    """A simulated execution; `fee` and `realised` (profit before fees) in quote units."""

    id: str
    order_id: str
    symbol: str
    strategy: str
    side: Side
    quantity: Decimal
    price: Decimal
    fee: Decimal
    realised: Decimal
    reason: FillReason
    at: datetime


class Position(Frozen):
    """Signed holding of one strategy in one symbol; `quantity` < 0 is a short.

    `id` is the id of the fill that opened it.
    """

    id: str
    symbol: str
    strategy: str
    quantity: Decimal
    average_price: Decimal
    opened_at: datetime

    @property
    def side(self) -> Side:
        return "buy" if self.quantity > 0 else "sell"

    def unrealised(self, mark: Decimal) -> Decimal:
        """Profit at the price `mark`, quote units, before the closing fee."""
        return self.quantity * (mark - self.average_price)
