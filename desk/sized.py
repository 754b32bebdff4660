"""How large an order may be: what was asked for, held against the account's limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from desk.terms import Terms
from trading.account import AccountState
from trading.bounds import Limits
from trading.errors import BadArgument
from trading.instrument import Instrument
from trading.limits import Allowed, Denied, Intent, check, largest
from trading.measure import number
from trading.orders import Draft, Side, sign
from trading.sizing import quantity_for, risk_per_unit, smallest_quantity

MOST_LEVERAGE = 100
NOTHING_HELD = "the strategy {strategy} holds nothing of {symbol} that a {side} could reduce"


@dataclass(frozen=True)
class Sized:
    """A quantity that passes, the limit it comes nearest to, and notes for the card."""

    quantity: Decimal
    nearest: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """An order that is held against limits: everything but its quantity and price.

    `quoted_at` None: it is not judged by the age of its price.
    """

    state: AccountState
    marks: Mapping[str, Decimal]
    limits: Limits
    terms: Terms
    what: Instrument
    draft: Draft
    stop: Decimal | None
    at: datetime
    quoted_at: datetime | None

    def intent(self, quantity: Decimal, price: Decimal, fill: Decimal | None = None) -> Intent:
        """Make the question to the limits; its risk is that of a fill at `fill`, else `price`."""
        draft, terms, risk = self.draft, self.terms, None
        if self.stop is not None:
            costs = (terms.fee_rate, terms.slippage)
            risk = max(risk_per_unit(draft.side, fill or price, self.stop, *costs), Decimal(0))
        return Intent(
            self.what,
            draft.strategy,
            draft.side,
            quantity,
            price,
            leverage=draft.leverage,
            risk=risk,
            at=self.at,
            quoted_at=self.quoted_at,
        )

    def judge(self, intent: Intent) -> Allowed | Denied:
        return check(intent, self.state, self.marks, self.limits)

    def size(self, entry: Decimal) -> Sized | Denied:
        """Return what was asked for, or as much as the limits allow.

        A size right at a limit would be refused at the tap when the price has moved a little, so
        it is cut to what passes at the far ends of the price band too, and a stop-limit's to what
        passes at its limit.
        """
        band, limit = self.terms.band, self.draft.limit
        far, worst = entry * (1 + band), entry * (1 + sign(self.draft.side) * band)
        if limit is not None:
            far = max(far, limit)
            worst = max(worst, limit) if self.draft.side == "buy" else min(worst, limit)
        sample = self.intent(smallest_quantity(far, self.what), far, worst)
        most = largest(sample, self.state, self.marks, self.limits)
        wanted = self._wanted(entry)
        if wanted is not None:
            answer = self.judge(self.intent(wanted, entry))
            if isinstance(answer, Denied):
                return answer
        quantity = most if wanted is None else min(wanted, most)
        answer = self.judge(self.intent(quantity, entry) if quantity > 0 else sample)
        return Sized(quantity, answer.nearest) if isinstance(answer, Allowed) else answer

    def reduce(self, entry: Decimal) -> Sized | Denied:
        """Return what was asked for, at most all that the strategy holds on the other side."""
        draft, what = self.draft, self.what
        held = reducible(self.state, draft.strategy, draft.symbol, draft.side)
        if held <= 0:
            text = NOTHING_HELD.format(**draft.model_dump(include={"strategy", "symbol", "side"}))
            raise BadArgument(f"{text[:1].upper()}{text[1:]}. /positions shows what is held.")
        wanted = self._wanted(entry)
        quantity = held if wanted is None else min(wanted, held)
        notes: tuple[str, ...] = ()
        if wanted is not None and wanted > held:
            notes = (f"Cut to what is held: {number(held)} {what.base}.",)
        answer = self.judge(self.intent(quantity, entry))
        if isinstance(answer, Denied):
            return Denied(answer.reasons, min(answer.passing_quantity, held))
        return Sized(quantity, answer.nearest, notes)

    def _wanted(self, entry: Decimal) -> Decimal | None:
        draft = self.draft
        if draft.quantity is not None:
            return self.what.floor_quantity(draft.quantity)
        return None if draft.notional is None else quantity_for(draft.notional, entry, self.what)


def reducible(state: AccountState, strategy: str, symbol: str, side: Side) -> Decimal:
    """Return how much of what the strategy holds stands against an order, base units."""
    held = state.holding(strategy, symbol).quantity * sign(side)
    return max(-held, Decimal(0))


def opening(
    state: AccountState, strategy: str, symbol: str, side: Side, quantity: Decimal
) -> Decimal:
    """Return how much of an order opens a position, once it has closed what stands against it."""
    return max(quantity - reducible(state, strategy, symbol, side), Decimal(0))


def refuse_wrong_size(draft: Draft) -> None:
    """Refuse a size or leverage that no limit has to be asked about."""
    if draft.quantity is not None and draft.notional is not None:
        raise BadArgument("The size is given twice, as a quantity and as an amount.")
    for name, value in (("quantity", draft.quantity), ("amount", draft.notional)):
        if value is not None and (not value.is_finite() or value <= 0):
            raise BadArgument(f"The {name} {value} is not above zero.")
    if not draft.leverage.is_finite() or not 1 <= draft.leverage <= MOST_LEVERAGE:
        raise BadArgument(f"The leverage {draft.leverage} is not between 1 and {MOST_LEVERAGE}.")
    if not draft.reduce_only:
        return
    if draft.leverage != 1:
        raise BadArgument("An order that only reduces takes no leverage.")
    exits = (draft.stop_fraction, draft.target_fraction, draft.trail_fraction)
    if any(exits) or draft.stop_price is not None or draft.target_price is not None:
        raise BadArgument("An order that only reduces has no stop or target of its own.")
