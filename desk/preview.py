"""Price, size and check an order before anybody may confirm it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from desk.accounts import Accounts, Decision
from desk.entering import Entering, entering, refuse_late
from desk.leaving import distance, leaving, same_exits
from desk.other_money import other_money
from desk.outcomes import Refused
from desk.ports import Clock, Entry, NewId, Prices
from desk.pricing import Ground, Marks
from desk.same_bet import same_bet, ties
from desk.settled import long_over, refuse_settled
from desk.sized import Case, opening, refuse_wrong_size
from desk.snapshot import Snapshot
from desk.terms import Terms
from desk.ticket import Asked, ticket
from trading.account import AccountState
from trading.bounds import Limits
from trading.events import ProposalMade, ProposalRejected
from trading.limits import Denied
from trading.orders import Draft, Exits, Proposal
from trading.symbols import quote_of

__all__ = ["Preview", "opening"]


class Preview:
    """Makes proposals; nothing here can fill one."""

    def __init__(
        self,
        market: Prices,
        accounts: Accounts,
        clock: Clock,
        new_id: NewId,
        limits: Limits,
        terms: Terms,
        marks: Marks | None = None,
        *,
        frozen: bool = False,
        compared: Callable[[], Snapshot] | None = None,
    ) -> None:
        """`frozen`: the prices are those of a past moment, so their age is not judged.

        `compared` gives the candles by which an order is compared with what is held; None: no
        proposal tells of a bet that is there already.
        """
        self._market = market
        self._accounts = accounts
        self._clock = clock
        self._new_id = new_id
        self._limits = limits
        self._terms = terms
        self._marks = marks or Marks(market, clock)
        self._frozen = frozen
        self._compared = compared

    async def price(
        self, account_id: str, draft: Draft, question_id: str | None = None
    ) -> Proposal | Denied:
        """Price, size and check a draft at the present quote; nothing is stored.

        Without a size the largest that keeps every limit anywhere in the price band; a draft that
        only reduces: all that is held. Errors: MarketError without a fresh price, BadArgument for
        prices, levels, sizes and ends that can't be.
        """
        refuse_wrong_size(draft)
        refuse_late(draft, self._clock())
        state = await self._accounts.require(account_id)
        if quote_of(draft.symbol) != state.currency:
            return await other_money(self._market, draft.symbol, state.currency)
        # Looked for while the price comes; neither waits for it long nor fails with it.
        looking = asyncio.create_task(ties(self._compared, state, draft.symbol))
        try:
            ground = await self._marks.ground(state, draft.symbol)
            made = self._propose(state, ground, Asked(draft, question_id))
            if isinstance(made, Denied) or not made.opens:
                return made
            found = same_bet(state, draft.side, await looking)
            return made.model_copy(update={"same_bet": found}) if found else made
        finally:
            looking.cancel()

    async def offer(self, proposal: Proposal, replaces: str | None = None) -> Proposal | Refused:
        """Store a proposal, so that it can be confirmed; `replaces` is settled in the same step.

        Refused when the replaced one is no longer open. The same proposal again changes nothing,
        and neither does a second one of a question, strategy and side: the open one is returned.
        """

        def decide(state: AccountState) -> Decision[Proposal | Refused]:
            if proposal.id in state.proposals:
                return Decision(proposal)
            entries = [Entry(ProposalMade(proposal=proposal), f"propose:{proposal.id}")]
            if replaces is None:
                standing = _standing(state, proposal, self._clock())
                return Decision(standing) if standing else Decision(proposal, entries)
            refused = refuse_settled(state, replaces)
            if refused:
                return Decision(refused)
            gone = ProposalRejected(proposal_id=replaces, reason="replaced")
            return Decision(proposal, [*entries, Entry(gone, f"replace:{replaces}")])

        return await self._accounts.change(proposal.account_id, decide)

    async def half(self, account_id: str, proposal_id: str) -> Proposal | Denied | Refused:
        """Offer half the quantity at the present price in place of a proposal, once."""
        state = await self._accounts.require(account_id)
        refused = refuse_settled(state, proposal_id, self._clock())
        if refused:
            return await long_over(self._accounts, account_id, proposal_id, refused)
        old = state.proposals[proposal_id].proposal
        ground = await self._marks.ground(state, old.symbol)
        quantity = ground.instrument.floor_quantity(old.quantity / 2)
        made = self.again(state, ground, old, quantity)
        if isinstance(made, Denied):
            return made
        return await self.offer(made, replaces=proposal_id)

    def again(
        self, state: AccountState, ground: Ground, old: Proposal, quantity: Decimal
    ) -> Proposal | Denied:
        """Price a proposal anew for `quantity`, of its kind, its exits at the same distances.

        Raises BadArgument when its kind, exits or end are not possible any more.
        """
        draft = _draft_of(old, quantity)
        refuse_late(draft, self._clock())
        return self._propose(state, ground, Asked(draft, old.question_id, old))

    def _propose(self, state: AccountState, ground: Ground, asked: Asked) -> Proposal | Denied:
        what, draft, now = ground.instrument, asked.draft, self._clock()
        way = entering(draft, ground.quote, what, self._terms.slippage)
        exits = Exits() if draft.reduce_only else self._exits(asked, way, ground)
        case = Case(
            state=state,
            marks=ground.marks,
            limits=state.bounds(self._limits),
            terms=self._terms,
            what=what,
            draft=draft,
            stop=exits.stop,
            at=now,
            quoted_at=None if self._frozen else ground.quote.at,
        )
        sized = case.reduce(way.fill) if draft.reduce_only else case.size(way.fill)
        if isinstance(sized, Denied):
            return sized
        return ticket(self._new_id(), state, ground, asked, way, exits, sized, self._terms, now)

    def _exits(self, asked: Asked, way: Entering, ground: Ground) -> Exits:
        # Rounded to the tick again from a distance, a level could move by a tick.
        if asked.old is not None and asked.old.opens != 0 and asked.old.entry == way.fill:
            return same_exits(asked.old)
        return leaving(asked.draft, way.fill, ground.instrument, self._terms)


def _standing(state: AccountState, proposal: Proposal, now: datetime) -> Proposal | None:
    """Return the open proposal that answers the same question with the same side."""
    if proposal.question_id is None:
        return None
    for open_ in state.waiting.values():
        same = (open_.question_id, open_.strategy, open_.side)
        mine = (proposal.question_id, proposal.strategy, proposal.side)
        if same == mine and now < open_.expires_at:
            return open_
    return None


def _draft_of(old: Proposal, quantity: Decimal) -> Draft:
    """Return the draft that a proposal would have come from, its exits as distances."""
    # One that only closed showed no exits; should it open now, it gets the desk's own.
    closes = old.reduce_only or old.opens == 0
    return Draft(
        symbol=old.symbol,
        side=old.side,
        strategy=old.strategy,
        kind=old.kind,
        price=old.price,
        limit=old.limit,
        quantity=quantity,
        stop_fraction=None if old.trail or closes else distance(old.entry, old.stop),
        target_fraction=None if closes else distance(old.entry, old.target),
        trail_fraction=old.trail,
        leverage=old.leverage,
        until=old.until,
        reduce_only=old.reduce_only,
    )
