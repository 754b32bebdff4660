"""The one place that causes fills: a tap on Confirm or Close, and the exits a person armed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal
from weakref import WeakValueDictionary

from desk.accounts import Accounts, Decision, T
from desk.booking import Booking, Source
from desk.errors import MarketError
from desk.outcomes import (
    Cancelled,
    Filled,
    Flattened,
    Placed,
    Refused,
    Rejected,
    Repriced,
    refuse_denied,
)
from desk.ports import Clock, Entry, MarketData, NewId
from desk.preview import Preview, opening
from desk.pricing import Ground, Marks, complete, market_price
from desk.settled import clock_time, long_over, refuse_settled
from desk.terms import Terms
from trading.account import AccountState, equity
from trading.bounds import Limits
from trading.errors import BadArgument
from trading.events import ProposalConfirmed, ProposalRejected
from trading.instrument import Instrument, Quote
from trading.limits import Denied, Intent, check
from trading.orders import ONE, Exits, FillReason, Order, Position, Proposal, opposite, sign
from trading.sizing import risk_per_unit

LEFT_BAND = "The price has left the band you were shown."
OPENS_MORE = "The position that this was to close has changed."
JUST_CHANGED = "Your position changed at this moment; nothing was filled. Tap again."
TOO_SLOW = "The price grew too old while the order waited; nothing was filled. Tap again."


class Confirm:
    """Fills orders. Each use case is one append: all of it is durable, or nothing happened."""

    def __init__(
        self,
        market: MarketData,
        accounts: Accounts,
        preview: Preview,
        clock: Clock,
        new_id: NewId,
        limits: Limits,
        terms: Terms,
        marks: Marks | None = None,
    ) -> None:
        self._market = market
        self._accounts = accounts
        self._preview = preview
        self._clock = clock
        self._new_id = new_id
        self._limits = limits
        self._terms = terms
        self._marks = marks or Marks(market, clock)
        self._flattening = WeakValueDictionary[str, asyncio.Lock]()

    async def confirm(
        self, account_id: str, proposal_id: str
    ) -> Filled | Placed | Refused | Repriced:
        """Fill a proposal of this account at the present price, or put it into the book.

        A limit order that the market meets already fills at once, at its limit or better; other
        limit and stop orders wait (Placed). Refused: not theirs, settled or expired already, no
        fresh price, or a limit stands against it now. Repriced: the fill would not be what was
        shown (the price has left the band, or what the order was to close is gone); nothing was
        filled, a new proposal stands.
        """
        state = await self._accounts.load(account_id)
        if state is None:
            return Refused("This is not one of your proposals.", "not_yours")
        refused = refuse_settled(state, proposal_id, self._clock())
        if refused:
            return await long_over(self._accounts, account_id, proposal_id, refused)
        proposal = state.proposals[proposal_id].proposal
        try:
            ground = await self._marks.ground(state, proposal.symbol)
        except MarketError as error:
            return Refused(f"{error} The proposal is still open.", "market")
        price = market_price(proposal.side, ground.quote, proposal.slippage, ground.instrument)
        waits = _waits(proposal, ground.quote)
        if proposal.kind == "limit" and proposal.price is not None:
            better = min if proposal.side == "buy" else max
            price = better(price, proposal.price)
        if not waits and not _within(proposal, price):
            return await self._reprice(state, ground, proposal, LEFT_BAND)
        if _opens_more(state, proposal):
            return await self._reprice(state, ground, proposal, OPENS_MORE)

        def decide(state: AccountState) -> Decision[Filled | Placed | Refused]:
            # Judged once more at the last moment: the quote and the log may have taken their time.
            now = self._clock()
            refused = refuse_settled(state, proposal_id, now)
            if refused:
                return Decision(refused)
            if ground.is_old(now):
                return Decision(Refused(f"{TOO_SLOW} The proposal is still open.", "market"))
            if _opens_more(state, proposal):
                return Decision(Refused(JUST_CHANGED, "changed"))
            if waits:
                return self._wait(state, ground, proposal, now)
            return self._fill(state, ground, proposal, price, now)

        return await self._accounts.change(account_id, decide)

    async def reject(self, account_id: str, proposal_id: str) -> Rejected | Refused:
        """Turn a proposal down; one that is settled already is refused."""

        def decide(state: AccountState) -> Decision[Rejected | Refused]:
            refused = refuse_settled(state, proposal_id)
            if refused:
                return Decision(refused)
            event = ProposalRejected(proposal_id=proposal_id, reason="person")
            proposal = state.proposals[proposal_id].proposal
            return Decision(Rejected(proposal), [Entry(event, f"reject:{proposal_id}")])

        if await self._accounts.load(account_id) is None:
            return Refused("This is not one of your proposals.", "not_yours")
        outcome = await self._accounts.change(account_id, decide)
        if isinstance(outcome, Refused):
            return await long_over(self._accounts, account_id, proposal_id, outcome)
        return outcome

    async def cancel(self, account_id: str, order_id: str) -> Cancelled | Refused:
        """Take a waiting order of this account out of the book."""

        def decide(state: AccountState) -> Decision[Cancelled | Refused]:
            order = state.orders.get(order_id)
            if order is None:
                return Decision(Refused("This order is not open any more.", "closed"))
            booking = self._booking(state, self._clock())
            booking.cancel(order, "you cancelled it")
            return booking.done(Cancelled(order))

        if not await self._accounts.has(account_id, f"order:{order_id}"):
            return Refused("This is not one of your orders.", "not_yours")
        return await self._accounts.change(account_id, decide)

    async def close(
        self,
        account_id: str,
        position_id: str,
        fraction: Decimal = ONE,
        seen: Decimal | None = None,
    ) -> Filled | Refused:
        """Close a position of this account, or a fraction of it, at the present price.

        Exits that lose their position are cancelled. `seen` (signed base units): what the person
        was shown; a position that is another by now is left alone, so two taps close it once.
        """
        state = await self._accounts.load(account_id)
        if state is None:
            return Refused("This is not one of your positions.", "not_yours")
        position = state.position(position_id)
        if position is None:
            return _refuse_closed(state, position_id)
        try:
            ground = await self._marks.ground(state, position.symbol)
        except MarketError as error:
            return Refused(f"{error} The position is still open.", "market")

        def decide(state: AccountState) -> Decision[Filled | Refused]:
            position = state.position(position_id)
            if position is None:
                return Decision(_refuse_closed(state, position_id))
            if seen is not None and position.quantity != seen:
                return Decision(Refused(JUST_CHANGED, "changed"))
            now = self._clock()
            if ground.is_old(now):
                return Decision(Refused(f"{TOO_SLOW} The position is still open.", "market"))
            quantity = _part(abs(position.quantity), fraction, ground.instrument)
            booking = self._booking(state, now)
            filled = self._close(booking, ground, position, quantity, now)
            return booking.done(filled)

        return await self._accounts.change(account_id, decide)

    async def flatten(self, account_id: str) -> Flattened:
        """Cancel every waiting entry, then close every position that has a price.

        Of two at once the second waits, and finds what the first one left.
        """
        async with self._flattening.setdefault(account_id, asyncio.Lock()):
            return await self._flatten(account_id)

    async def _flatten(self, account_id: str) -> Flattened:
        await self._accounts.require(account_id)
        cancelled = await self._accounts.change(account_id, self._cancel_entries)
        state = await self._accounts.require(account_id)
        held = sorted(state.positions.values(), key=lambda position: position.opened_at)
        closings = await asyncio.gather(*(self.close(account_id, position.id) for position in held))
        left = tuple(
            f"{position.symbol} ({position.strategy}): {outcome.text}"
            for position, outcome in zip(held, closings, strict=True)
            if isinstance(outcome, Refused) and outcome.code != "closed"
        )
        filled = tuple(one for one in closings if isinstance(one, Filled))
        after = await self._accounts.require(account_id)
        return Flattened(filled, cancelled, left, exits=len(state.orders.keys() - after.orders))

    def _cancel_entries(self, state: AccountState) -> Decision[int]:
        booking = self._booking(state, self._clock())
        entries = [order for order in state.orders.values() if not order.is_exit]
        for order in entries:
            booking.cancel(order, "you closed everything")
        return booking.done(len(entries))

    async def settle(self, account_id: str, work: Callable[[Booking], T]) -> T:
        """Let the market happen to an account: what `work` books is one append, or nothing."""

        def decide(state: AccountState) -> Decision[T]:
            booking = self._booking(state, self._clock())
            return booking.done(work(booking))

        return await self._accounts.change(account_id, decide)

    def _booking(self, state: AccountState, now: datetime) -> Booking:
        return Booking(state, now, self._new_id, Source(self._market.name, self._market.demo))

    def _fill(
        self,
        state: AccountState,
        ground: Ground,
        proposal: Proposal,
        price: Decimal,
        now: datetime,
    ) -> Decision[Filled | Placed | Refused]:
        marks = complete(state, ground.marks)
        what, side, quantity = ground.instrument, proposal.side, proposal.quantity
        intent = self._intent(ground, proposal, price, now)
        answer = check(intent, state, marks, state.bounds(self._limits))
        if isinstance(answer, Denied):
            return Decision(refuse_denied(answer, what.base))
        booking = self._booking(state, now)
        booking.record(ProposalConfirmed(proposal_id=proposal.id), f"confirm:{proposal.id}")
        opened = opening(state, proposal.strategy, proposal.symbol, side, quantity)
        order = booking.market_order(
            proposal.symbol,
            proposal.strategy,
            side,
            quantity,
            reduce_only=proposal.reduce_only,
            proposal_id=proposal.id,
            leverage=proposal.leverage,
        )
        reason: FillReason = "entry" if opened > 0 else "close"
        fill = booking.fill(order, price, proposal.fee_rate, reason, now)
        placed: tuple[Order, ...] = ()
        if opened > 0:
            placed = booking.protect(order, opened, exits_of(proposal), fill, now)
        booking.report(fill, what, proposal.id, placed, equity(booking.state, marks))
        return booking.done(Filled(fill, placed, proposal))

    def _wait(
        self, state: AccountState, ground: Ground, proposal: Proposal, now: datetime
    ) -> Decision[Filled | Placed | Refused]:
        """Put a limit or stop order into the book."""
        answer = check(
            self._intent(ground, proposal, proposal.entry, now),
            state,
            complete(state, ground.marks),
            state.bounds(self._limits),
        )
        if isinstance(answer, Denied):
            return Decision(refuse_denied(answer, ground.instrument.base))
        booking = self._booking(state, now)
        booking.record(ProposalConfirmed(proposal_id=proposal.id), f"confirm:{proposal.id}")
        opened = opening(
            state, proposal.strategy, proposal.symbol, proposal.side, proposal.quantity
        )
        order = booking.place(
            Order(
                id=self._new_id(),
                symbol=proposal.symbol,
                strategy=proposal.strategy,
                side=proposal.side,
                kind=proposal.kind,
                quantity=proposal.quantity,
                price=proposal.price,
                limit=proposal.limit,
                # What was shown to close only has no stop of its own, should it ever open.
                reduce_only=proposal.reduce_only or opened == 0,
                proposal_id=proposal.id,
                placed_at=now,
                exits=exits_of(proposal),
                leverage=proposal.leverage,
                until=proposal.until,
            )
        )
        return booking.done(Placed(order, proposal))

    def _intent(self, ground: Ground, proposal: Proposal, price: Decimal, now: datetime) -> Intent:
        risk = None
        if proposal.stop is not None:
            costs = (proposal.fee_rate, proposal.slippage)
            risk = risk_per_unit(proposal.side, price, proposal.stop, *costs)
        return Intent(
            ground.instrument,
            proposal.strategy,
            proposal.side,
            proposal.quantity,
            price,
            leverage=proposal.leverage,
            risk=risk,
            at=now,
            quoted_at=ground.quote.at,
        )

    def _close(
        self, booking: Booking, ground: Ground, position: Position, quantity: Decimal, now: datetime
    ) -> Filled:
        side = opposite(position.side)
        price = market_price(side, ground.quote, self._terms.slippage, ground.instrument)
        whole = quantity == abs(position.quantity)
        # The state's number in the key of a part: each is closed once, and another may follow.
        key = f"close:{position.id}" if whole else f"close:{position.id}:{booking.state.seq}"
        order = booking.market_order(
            position.symbol, position.strategy, side, quantity, reduce_only=True, key=key
        )
        fill = booking.fill(order, price, self._terms.fee_rate, "close", now)
        worth = equity(booking.state, complete(booking.state, ground.marks))
        booking.report(fill, ground.instrument, None, (), worth)
        return Filled(fill)

    async def _reprice(
        self, state: AccountState, ground: Ground, proposal: Proposal, why: str
    ) -> Refused | Repriced:
        try:
            made = self._preview.again(state, ground, proposal, proposal.quantity)
        except BadArgument as error:
            return Refused(str(error), "denied")
        if isinstance(made, Denied):
            return refuse_denied(made, ground.instrument.base)
        offered = await self._preview.offer(made, replaces=proposal.id)
        return offered if isinstance(offered, Refused) else Repriced(offered, why)


def exits_of(proposal: Proposal) -> Exits:
    """Return the exits that a proposal's order gets when it fills."""
    return Exits(stop=proposal.stop, target=proposal.target, trail=proposal.trail)


def _waits(proposal: Proposal, quote: Quote) -> bool:
    """Tell whether an order goes into the book: a stop always, a limit unless the market is there.

    A stop that the market has passed meanwhile is filled at the next look, by the rule book.
    """
    if proposal.kind == "limit" and proposal.price is not None:
        touch = quote.ask if proposal.side == "buy" else quote.bid
        return (touch - proposal.price) * sign(proposal.side) > 0
    return proposal.kind != "market"


def _part(held: Decimal, fraction: Decimal, instrument: Instrument) -> Decimal:
    """Return a fraction of a quantity in whole lots, at least one of them."""
    if fraction >= 1:
        return held
    lots = (held * fraction / instrument.lot).to_integral_value(ROUND_FLOOR)
    return min(max(lots, ONE) * instrument.lot, held)


def _within(proposal: Proposal, price: Decimal) -> bool:
    """Tell whether a fill keeps the promise of the card: in the band, and inside its exits.

    A limit may fill better than was shown, by however much.
    """
    off = (price - proposal.entry) * sign(proposal.side)
    if (off if proposal.kind == "limit" else abs(off)) > proposal.band * proposal.entry:
        return False
    low, high = proposal.stop, proposal.target
    if proposal.side == "sell":
        low, high = high, low
    return (low is None or low < price) and (high is None or price < high)


def _opens_more(state: AccountState, proposal: Proposal) -> bool:
    """Tell whether a fill would open more than was shown: what it was to close is gone."""
    if proposal.opens is None:
        return False
    now = opening(state, proposal.strategy, proposal.symbol, proposal.side, proposal.quantity)
    return now > proposal.opens


def _refuse_closed(state: AccountState, position_id: str) -> Refused:
    fill = state.closed.get(position_id)
    if fill is None:
        return Refused("This is not one of your positions.", "not_yours")
    text = f"This position was closed already at {clock_time(fill.at)}, at {fill.price:f}."
    return Refused(text, "closed")
