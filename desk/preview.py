"""Price, size and check an order before anybody may confirm it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from desk.accounts import Accounts, Decision
from desk.outcomes import Refused
from desk.ports import Clock, Entry, NewId, Prices
from desk.pricing import Ground, Marks, market_price
from desk.settled import refuse_settled
from desk.terms import Terms
from trading.account import AccountState, equity
from trading.bounds import Limits
from trading.errors import BadArgument
from trading.events import ProposalMade, ProposalRejected
from trading.limits import Allowed, Breach, Denied, Intent, check, largest
from trading.orders import Draft, Proposal, Side, sign
from trading.sizing import Levels, fee, levels, loss_at_stop, quantity_for, smallest_quantity

SIX = Decimal("1E-6")


@dataclass(frozen=True)
class _Ask:
    """What is wanted, resolved: fractions 0 mean no such exit; size by quantity or notional."""

    symbol: str
    strategy: str
    side: Side
    stop_fraction: Decimal
    target_fraction: Decimal
    notional: Decimal | None = None
    quantity: Decimal | None = None
    question_id: str | None = None
    parent_id: str | None = None


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
    ) -> None:
        self._accounts = accounts
        self._clock = clock
        self._new_id = new_id
        self._limits = limits
        self._terms = terms
        self._marks = marks or Marks(market, clock)

    async def price(
        self, account_id: str, draft: Draft, question_id: str | None = None
    ) -> Proposal | Denied:
        """Price, size and check a draft at the present quote; nothing is stored.

        Without a notional the largest size that keeps every limit anywhere in the price band.
        Errors: MarketError without a fresh price, BadArgument for levels that can't be.
        """
        state = await self._accounts.require(account_id)
        ground = await self._marks.ground(state, draft.symbol)
        return self._propose(state, ground, self._ask(draft, question_id))

    async def offer(self, proposal: Proposal, replaces: str | None = None) -> Proposal | Refused:
        """Store a proposal, so that it can be confirmed; `replaces` is settled in the same step.

        Refused when the replaced one is no longer open. The same proposal again changes nothing.
        """

        def decide(state: AccountState) -> Decision[Proposal | Refused]:
            if proposal.id in state.proposals:
                return Decision(proposal)
            entries = [Entry(ProposalMade(proposal=proposal), f"propose:{proposal.id}")]
            if replaces is not None:
                refused = refuse_settled(state, replaces)
                if refused:
                    return Decision(refused)
                gone = ProposalRejected(proposal_id=replaces, reason="replaced")
                entries.append(Entry(gone, f"replace:{replaces}"))
            return Decision(proposal, entries)

        return await self._accounts.change(proposal.account_id, decide)

    async def half(self, account_id: str, proposal_id: str) -> Proposal | Denied | Refused:
        """Offer half the quantity at the present price in place of a proposal, once."""
        state = await self._accounts.require(account_id)
        refused = refuse_settled(state, proposal_id, self._clock())
        if refused:
            return refused
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
        """Price a proposal anew for `quantity`, its exits at the same distances."""
        ask = _Ask(
            symbol=old.symbol,
            strategy=old.strategy,
            side=old.side,
            stop_fraction=_distance(old.entry, old.stop),
            target_fraction=_distance(old.entry, old.target),
            quantity=quantity,
            question_id=old.question_id,
            parent_id=old.id,
        )
        return self._propose(state, ground, ask)

    def _ask(self, draft: Draft, question_id: str | None) -> _Ask:
        stop, target = draft.stop_fraction, draft.target_fraction
        for name, fraction in (("stop", stop), ("target", target)):
            if fraction is not None and not 0 <= fraction < 10:
                raise BadArgument(f"The {name} distance {fraction} is not between 0 and 10.")
        return _Ask(
            symbol=draft.symbol,
            strategy=draft.strategy,
            side=draft.side,
            stop_fraction=self._terms.stop_fraction if stop is None else stop,
            target_fraction=self._terms.target_fraction if target is None else target,
            notional=draft.notional,
            question_id=question_id,
        )

    def _propose(self, state: AccountState, ground: Ground, ask: _Ask) -> Proposal | Denied:
        what = ground.instrument
        if what.quote != state.currency:
            text = f"{what.symbol} is paid in {what.quote}, but the account holds {state.currency}"
            return Denied((Breach("currency", Decimal(1), Decimal(0), text),), Decimal(0))
        entry = market_price(ask.side, ground.quote, self._terms.slippage, what)
        sized = self._size(state, ground, ask, entry)
        if isinstance(sized, Denied):
            return sized
        quantity, nearest = sized
        return self._write(state, ground, ask, entry, quantity, nearest)

    def _size(
        self, state: AccountState, ground: Ground, ask: _Ask, entry: Decimal
    ) -> tuple[Decimal, str] | Denied:
        """Return a quantity that passes, with its nearest limit.

        A size right at a limit would be refused at the tap when the price has moved a little, so
        it is cut to what passes at the far end of the price band too.
        """
        what, far = ground.instrument, entry * (1 + self._terms.band)
        sample = Intent(what, ask.strategy, ask.side, smallest_quantity(far, what), far)
        most = largest(sample, state, ground.marks, self._limits)
        wanted = ask.quantity
        if wanted is None and ask.notional is not None:
            wanted = quantity_for(ask.notional, entry, what)
        if wanted is not None:
            asked = Intent(what, ask.strategy, ask.side, wanted, entry)
            answer = check(asked, state, ground.marks, self._limits)
            if isinstance(answer, Denied):
                return answer
        quantity = most if wanted is None else min(wanted, most)
        if quantity <= 0:
            answer = check(sample, state, ground.marks, self._limits)
        else:
            final = Intent(what, ask.strategy, ask.side, quantity, entry)
            answer = check(final, state, ground.marks, self._limits)
        return (quantity, answer.nearest) if isinstance(answer, Allowed) else answer

    def _write(
        self,
        state: AccountState,
        ground: Ground,
        ask: _Ask,
        entry: Decimal,
        quantity: Decimal,
        nearest: str,
    ) -> Proposal:
        what, terms, now = ground.instrument, self._terms, self._clock()
        opened = opening(state, ask.strategy, ask.symbol, ask.side, quantity)
        exits = Levels(None, None)
        if opened > 0:
            exits = levels(ask.side, entry, ask.stop_fraction, ask.target_fraction, what)
        loss = None
        if exits.stop is not None:
            loss = loss_at_stop(ask.side, opened, entry, exits.stop, terms.fee_rate, terms.slippage)
        before = exposure(state, ask.symbol, ground.marks[ask.symbol])
        closed = quantity - opened
        return Proposal(
            id=self._new_id(),
            account_id=state.account_id,
            strategy=ask.strategy,
            symbol=ask.symbol,
            base=what.base,
            quote=what.quote,
            side=ask.side,
            quantity=quantity,
            opens=opened,
            entry=entry,
            band=terms.band,
            stop=exits.stop,
            target=exits.target,
            notional=quantity * entry,
            fee_rate=terms.fee_rate,
            slippage=terms.slippage,
            fee=fee(quantity, entry, terms.fee_rate),
            loss_at_stop=loss,
            loss_fraction=(loss / equity(state, ground.marks)).quantize(SIX) if loss else None,
            exposure_before=before,
            exposure_after=before - closed * ground.marks[ask.symbol] + opened * entry,
            nearest_limit=nearest,
            quoted_at=ground.quote.at,
            made_at=now,
            expires_at=now + terms.lifetime,
            source=ground.quote.source,
            question_id=ask.question_id,
            parent_id=ask.parent_id,
        )


def opening(
    state: AccountState, strategy: str, symbol: str, side: Side, quantity: Decimal
) -> Decimal:
    """Return how much of an order opens a position, once it has closed what stands against it."""
    held = state.holding(strategy, symbol).quantity * sign(side)
    return max(quantity - max(-held, Decimal(0)), Decimal(0))


def exposure(state: AccountState, symbol: str, mark: Decimal) -> Decimal:
    """Return the gross worth of all strategies' positions in a symbol, quote units."""
    held = (position for (_, name), position in state.positions.items() if name == symbol)
    return sum((abs(position.quantity) for position in held), Decimal(0)) * mark


def _distance(entry: Decimal, level: Decimal | None) -> Decimal:
    return Decimal(0) if level is None else abs(level - entry) / entry
