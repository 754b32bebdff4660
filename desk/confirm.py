"""The one place that causes fills: a tap on Confirm or Close, and the exits a person armed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from desk.accounts import Accounts, Decision
from desk.booking import Booking, Source, brackets
from desk.errors import MarketError
from desk.outcomes import Filled, Refused, Rejected, Repriced, refuse_denied
from desk.ports import Clock, Entry, MarketData, NewId
from desk.preview import Preview, opening
from desk.pricing import (
    Bracket,
    Exit,
    Ground,
    Marks,
    complete,
    exit_at_quote,
    exit_in_candles,
    mark_price,
    market_price,
)
from desk.settled import clock_time, refuse_settled
from desk.terms import Terms
from trading.account import AccountState, equity
from trading.bounds import Limits
from trading.candles import Candles
from trading.errors import BadArgument
from trading.events import ProposalConfirmed, ProposalRejected
from trading.instrument import Instrument, Quote
from trading.limits import Denied, Intent, check
from trading.orders import FillReason, Position, Proposal, opposite

LEFT_BAND = "The price has left the band you were shown."
OPENS_MORE = "The position that this was to close has changed."
JUST_CHANGED = "Your position changed at this moment; nothing was filled. Tap again."
TOO_SLOW = "The price grew too old while the order waited; nothing was filled. Tap again."
FindExit = Callable[[Bracket], Exit | None]


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

    async def confirm(self, account_id: str, proposal_id: str) -> Filled | Refused | Repriced:
        """Fill a proposal of this account at the present price.

        Refused: not theirs, settled or expired already, no fresh price, or a limit stands against
        it now. Repriced: the fill would not be what was shown (the price has left the band, or
        what the order was to close is gone); nothing was filled, a new proposal stands.
        """
        state = await self._accounts.load(account_id)
        if state is None:
            return Refused("This is not one of your proposals.", "not_yours")
        refused = refuse_settled(state, proposal_id, self._clock())
        if refused:
            return refused
        proposal = state.proposals[proposal_id].proposal
        try:
            ground = await self._marks.ground(state, proposal.symbol)
        except MarketError as error:
            return Refused(f"{error} The proposal is still open.", "market")
        price = market_price(proposal.side, ground.quote, proposal.slippage, ground.instrument)
        if not _within(proposal, price):
            return await self._reprice(state, ground, proposal, LEFT_BAND)
        if _opens_more(state, proposal):
            return await self._reprice(state, ground, proposal, OPENS_MORE)

        def decide(state: AccountState) -> Decision[Filled | Refused]:
            # Judged once more at the last moment: the quote and the log may have taken their time.
            now = self._clock()
            refused = refuse_settled(state, proposal_id, now)
            if refused:
                return Decision(refused)
            if ground.is_old(now):
                return Decision(Refused(f"{TOO_SLOW} The proposal is still open.", "market"))
            if _opens_more(state, proposal):
                return Decision(Refused(JUST_CHANGED, "changed"))
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
        return await self._accounts.change(account_id, decide)

    async def close(self, account_id: str, position_id: str) -> Filled | Refused:
        """Close a position of this account at the present price and cancel its exits."""
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
            now = self._clock()
            if ground.is_old(now):
                return Decision(Refused(f"{TOO_SLOW} The position is still open.", "market"))
            return self._close(state, ground, position, now)

        return await self._accounts.change(account_id, decide)

    async def trigger(self, account_id: str, quotes: Mapping[str, Quote]) -> tuple[Filled, ...]:
        """Fill the stops and targets that fresh quotes have reached; symbols without one wait."""
        state = await self._accounts.require(account_id)
        wanted = {order.symbol for order in state.orders.values()} & quotes.keys()
        instruments = await self._instruments(wanted)

        def reached(bracket: Bracket) -> Exit | None:
            symbol = bracket.any.symbol
            if symbol not in instruments:
                return None
            return exit_at_quote(
                bracket,
                quotes[symbol],
                self._terms.slippage,
                instruments[symbol],
                self._clock(),
            )

        marks = {symbol: mark_price(quote) for symbol, quote in quotes.items()}
        return await self._settle(account_id, reached, instruments, marks)

    async def replay(self, account_id: str, candles: Mapping[str, Candles]) -> tuple[Filled, ...]:
        """Fill the stops and targets that closed candles reached while nobody watched."""
        instruments = await self._instruments(candles.keys())

        def reached(bracket: Bracket) -> Exit | None:
            symbol = bracket.any.symbol
            if symbol not in instruments:
                return None
            return exit_in_candles(
                bracket, candles[symbol], self._terms.slippage, instruments[symbol]
            )

        marks = {
            symbol: Decimal(repr(float(rows.close[-1])))
            for symbol, rows in candles.items()
            if len(rows)
        }
        return await self._settle(account_id, reached, instruments, marks)

    async def _settle(
        self,
        account_id: str,
        reached: FindExit,
        instruments: Mapping[str, Instrument],
        marks: Mapping[str, Decimal],
    ) -> tuple[Filled, ...]:
        """Fill every exit that `reached` finds, in the order of their times, in one append."""

        def decide(state: AccountState) -> Decision[tuple[Filled, ...]]:
            found = [(exit_, bracket) for bracket in brackets(state) if (exit_ := reached(bracket))]
            found.sort(key=lambda pair: pair[0].at)
            booking = self._booking(state, self._clock())
            filled = [self._leave(booking, pair, instruments, marks) for pair in found]
            return booking.done(tuple(one for one in filled if one))

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
    ) -> Decision[Filled | Refused]:
        marks = complete(state, ground.marks)
        what, side, quantity = ground.instrument, proposal.side, proposal.quantity
        intent = Intent(what, proposal.strategy, side, quantity, price)
        answer = check(intent, state, marks, self._limits)
        if isinstance(answer, Denied):
            return Decision(refuse_denied(answer, what.base))
        opened = opening(state, proposal.strategy, proposal.symbol, side, quantity)
        booking = self._booking(state, now)
        booking.record(ProposalConfirmed(proposal_id=proposal.id), f"confirm:{proposal.id}")
        order = booking.market_order(
            proposal.symbol, proposal.strategy, side, quantity, proposal_id=proposal.id
        )
        reason: FillReason = "entry" if opened > 0 else "close"
        fill = booking.fill(order, price, proposal.fee_rate, reason, now)
        exits = Bracket(None, None)
        if opened > 0:
            exits = booking.bracket(order, opened, proposal.stop, proposal.target)
        booking.report(fill, what, proposal.id, exits, equity(booking.state, marks))
        orders = tuple(order for order in (exits.stop, exits.target) if order)
        return booking.done(Filled(fill, orders, proposal))

    def _close(
        self, state: AccountState, ground: Ground, position: Position, now: datetime
    ) -> Decision[Filled | Refused]:
        side = opposite(position.side)
        price = market_price(side, ground.quote, self._terms.slippage, ground.instrument)
        booking = self._booking(state, now)
        order = booking.market_order(
            position.symbol,
            position.strategy,
            side,
            abs(position.quantity),
            reduce_only=True,
            key=f"close:{position.id}",
        )
        fill = booking.fill(order, price, self._terms.fee_rate, "close", now)
        worth = equity(booking.state, complete(booking.state, ground.marks))
        booking.report(fill, ground.instrument, None, None, worth)
        return booking.done(Filled(fill))

    def _leave(
        self,
        booking: Booking,
        pair: tuple[Exit, Bracket],
        instruments: Mapping[str, Instrument],
        marks: Mapping[str, Decimal],
    ) -> Filled | None:
        exit_, bracket = pair
        # An exit filled just before may have cut or cancelled this one.
        order = booking.state.orders.get(exit_.order.id)
        if order is None:
            return None
        other = bracket.target if exit_.reason == "stop" else bracket.stop
        if other and other.id in booking.state.orders:
            booking.cancel(other, f"the {exit_.reason} was reached")
        fill = booking.fill(order, exit_.price, self._terms.fee_rate, exit_.reason, exit_.at)
        what = instruments[order.symbol]
        # Without a price of each symbol held there is no equity to tell.
        known = booking.state.symbols <= marks.keys()
        worth = equity(booking.state, marks) if known else None
        booking.report(fill, what, order.proposal_id, None, worth)
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

    async def _instruments(self, symbols: Iterable[str]) -> dict[str, Instrument]:
        found: dict[str, Instrument] = {}
        for symbol in symbols:
            try:
                found[symbol] = await self._market.instrument(symbol)
            except MarketError:
                continue  # Its exits wait for the market, the others don't.
        return found


def _within(proposal: Proposal, price: Decimal) -> bool:
    """Tell whether a fill keeps the promise of the card: in the band, and inside its exits."""
    if abs(price - proposal.entry) > proposal.band * proposal.entry:
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
