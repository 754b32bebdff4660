"""Orders, fills, positions and proposals: frozen values, money in Decimal."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

Side = Literal["buy", "sell"]
EntryKind = Literal["market", "limit", "stop", "stop_limit"]
OrderKind = Literal["market", "limit", "stop", "stop_limit", "target", "trailing"]
FillReason = Literal["entry", "stop", "trailing", "target", "close", "liquidation"]
ONE = Decimal(1)


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

    `kind` and `price` (quote units): a limit order at `price`, a stop entry triggered there, or a
    stop-limit triggered there that fills no worse than `limit`; a market order has neither.
    Size by `quantity` (base units) or `notional` (quote units), neither: as much as the limits
    allow. `stop_fraction` and `target_fraction` are distances from the entry as fractions of it
    (0.03 = 3 %), `trail_fraction` the distance of a trailing stop from the best price since the
    entry; None: the desk's own (no trail), 0: no such exit. `stop_price` and `target_price` name
    the levels themselves, in place of a distance. `leverage` 1 ties up the whole notional.
    `until`: a waiting order is cancelled then; None: good till cancelled. `reduce_only`: it may
    close what the strategy holds and never opens the other side. `strategy` says who asks:
    "analyst" for a verdict, "manual" for a typed command.
    """

    symbol: str
    side: Side
    strategy: str
    kind: EntryKind = "market"
    price: Decimal | None = None
    limit: Decimal | None = None
    quantity: Decimal | None = None
    notional: Decimal | None = None
    stop_fraction: Decimal | None = None
    target_fraction: Decimal | None = None
    trail_fraction: Decimal | None = None
    leverage: Decimal = ONE
    until: datetime | None = None
    reduce_only: bool = False
    stop_price: Decimal | None = None
    target_price: Decimal | None = None


class SameBet(Frozen):
    """What is held already and moves with what a proposal opens, so that both win or lose together.

    `symbol` is the one that moves with it most closely, `held` the side it is held on;
    `correlation` of the log returns of `timeframe` candles, `returns` so many; below 0: they move
    against each other, and are held on opposite sides. `others`: how many more are like it.
    """

    symbol: str
    held: Side
    correlation: Decimal
    timeframe: str
    returns: int
    others: int = 0


class Proposal(Frozen):
    """A priced, sized, risk-checked order that waits for a tap and expires.

    Prices and money in quote units, `quantity` in base units, `band`, `fee_rate` and `slippage`
    as fractions. A market order never fills further than `band` from `entry`. `opens` is the part
    of the quantity that opens a position, the rest closes one; None: made before this was recorded.
    `kind`, `price`, `limit`, `leverage`, `until` and `reduce_only` as in the draft; `entry` is what
    the fill is expected at. `stop` is where a trailing stop of distance `trail` begins.
    `margin` is what the part that opens ties up; `liquidation`: the price at which the margin of
    the position it leads to is used up; None: no price does that. `tick`, `lot` and `min_notional`
    are the market's, `mark` its price then; `notes` tell what was changed of the draft, or is good
    to know. `same_bet`: what is held and moves with it; None: nothing that is known of.
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
    kind: EntryKind = "market"
    price: Decimal | None = None
    limit: Decimal | None = None
    trail: Decimal | None = None
    leverage: Decimal = ONE
    liquidation: Decimal | None = None
    until: datetime | None = None
    reduce_only: bool = False
    margin: Decimal | None = None
    tick: Decimal | None = None
    lot: Decimal | None = None
    min_notional: Decimal | None = None
    mark: Decimal | None = None
    notes: tuple[str, ...] = ()
    same_bet: SameBet | None = None


class Exits(Frozen):
    """Where a position is left: prices, and the trail of the stop as a fraction; None: not so."""

    stop: Decimal | None = None
    target: Decimal | None = None
    trail: Decimal | None = None


class Order(Frozen):
    """An instruction in the book.

    `price`: the trigger of a stop, stop-limit, target or trailing stop, the limit of a limit
    order, None for market. `limit`: what a stop-limit fills at or better once `triggered`.
    `trail`: how far a trailing stop stays behind `best`, the best price since it was placed (a
    fraction of it). Orders of one `group` are exits of one entry: when one fills, the others are
    cancelled. `exits` are placed when an entry fills. `until`: it is cancelled then; None: good
    till cancelled. `since`: when it was triggered or last followed; None: it is as it was placed.
    """

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
    limit: Decimal | None = None
    triggered: bool = False
    trail: Decimal | None = None
    best: Decimal | None = None
    group: str | None = None
    exits: Exits | None = None
    leverage: Decimal = ONE
    until: datetime | None = None
    since: datetime | None = None

    @property
    def stands_since(self) -> datetime:
        """When it became as it is: prices from before must not reach it."""
        return self.since or self.placed_at

    @property
    def level(self) -> Decimal:
        """Its price; raises ValueError for a market order, which has none."""
        if self.price is None:
            raise ValueError(f"order {self.id} is a {self.kind} order and has no price")
        return self.price

    @property
    def is_exit(self) -> bool:
        """True for an order that protects or closes what is held; False for an entry."""
        return self.reduce_only

    def moved(self, best: Decimal, price: Decimal, at: datetime | None = None) -> Self:
        """Return a trailing stop that has followed the market (`at`: when, if that is known)."""
        return self.model_copy(update={"best": best, "price": price, "since": at or self.since})


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

    `id` is the id of the fill that opened it; `margin` (quote units) is what is set aside for it,
    and the most it can lose.
    """

    id: str
    symbol: str
    strategy: str
    quantity: Decimal
    average_price: Decimal
    opened_at: datetime
    margin: Decimal

    @property
    def side(self) -> Side:
        return "buy" if self.quantity > 0 else "sell"

    def unrealised(self, mark: Decimal) -> Decimal:
        """Profit at the price `mark`, quote units, before the closing fee."""
        return self.quantity * (mark - self.average_price)
