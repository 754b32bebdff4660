"""From what a watch's strategy wants to a proposal within the person's limits."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from desk.outcomes import refuse_denied
from desk.preview import Preview
from desk.pricing import Ground, Marks, market_price
from desk.terms import Terms
from desk.watches import position_of
from trading.account import AccountState, scopes
from trading.errors import BadArgument
from trading.limits import Denied
from trading.orders import Draft, Proposal, Side, opposite
from trading.watches import Act, Watch

NONE = Decimal(0)


@dataclass(frozen=True)
class Offer:
    """What comes of a signal: a proposal, or not, and what is to be said of that.

    `act` "stay": the difference is too small for an order.
    """

    act: Act
    proposal: Proposal | None = None
    told: tuple[str, ...] = ()


class ArmedOrders:
    """Prices and sizes the orders of watches; nothing is stored here."""

    def __init__(self, preview: Preview, marks: Marks, terms: Terms) -> None:
        self._preview = preview
        self._marks = marks
        self._terms = terms

    async def offer(self, state: AccountState, watch: Watch, exposure: Decimal, act: Act) -> Offer:
        """Price what a watch is to do; an order that limits forbid is cut to what they allow.

        Raises MarketError without a fresh price.
        """
        ground = await self._marks.ground(state, watch.symbol)
        draft = self._draft(state, watch, exposure, act, ground)
        if draft is None:
            return Offer("stay")
        try:
            return await self._priced(state.account_id, draft, act)
        except BadArgument as error:
            return Offer(act, told=(f"No order: {error}",))

    async def _priced(self, account_id: str, draft: Draft, act: Act) -> Offer:
        made = await self._preview.price(account_id, draft)
        if isinstance(made, Proposal):
            return Offer(act, made)
        why = refuse_denied(Denied(made.reasons, NONE), "").text.removesuffix(
            " No size would pass."
        )
        if made.passing_quantity <= 0:
            return Offer(act, told=(f"No order, a limit says no: {why}",))
        smaller = draft.model_copy(update={"quantity": made.passing_quantity})
        cut = await self._preview.price(account_id, smaller)
        if isinstance(cut, Proposal):
            return Offer(act, cut, (f"Cut to what your limits allow: {why}",))
        return Offer(act, told=(f"No order, a limit says no: {why}",))

    def _draft(
        self, state: AccountState, watch: Watch, exposure: Decimal, act: Act, ground: Ground
    ) -> Draft | None:
        position = position_of(state, watch)
        held = abs(position.quantity) if position else NONE
        if position is not None and act == "leave":
            return _order(watch, opposite(position.side), held, reduce_only=True)
        side: Side = "buy" if exposure > 0 else "sell"
        price = market_price(side, ground.quote, self._terms.slippage, ground.instrument)
        wanted = self._quantity(state, watch, exposure, ground, price)
        if position is None or act != "resize":
            return _order(watch, side, held + wanted)
        more = wanted - held
        if abs(more) < ground.instrument.lot or abs(more) * price < ground.instrument.min_notional:
            return None
        if more > 0:
            return _order(watch, side, more)
        # Less than a lot is no reason to stay as large, and no signal to be flat either.
        less = min(-more, held - ground.instrument.lot)
        return _order(watch, opposite(side), less, reduce_only=True) if less > 0 else None

    def _quantity(
        self, state: AccountState, watch: Watch, exposure: Decimal, ground: Ground, price: Decimal
    ) -> Decimal:
        """Return the base units of a target exposure, the entry fee taken out of it."""
        equity = scopes(state, ground.marks).get(watch.scope, state.opening_cash)
        money = abs(exposure) * watch.size * max(equity, NONE)
        return ground.instrument.floor_quantity(money / (price * (1 + self._terms.fee_rate)))


def _order(watch: Watch, side: Side, quantity: Decimal, *, reduce_only: bool = False) -> Draft:
    if reduce_only:
        exits: dict[str, Decimal] = {}
    elif watch.trail is not None:
        exits = {"trail_fraction": watch.trail}
    else:
        exits = {"stop_fraction": watch.stop or NONE}
    if not reduce_only:
        exits["target_fraction"] = watch.target or NONE
    return Draft(
        symbol=watch.symbol,
        side=side,
        strategy=watch.name,
        quantity=quantity,
        reduce_only=reduce_only,
        **exits,
    )
