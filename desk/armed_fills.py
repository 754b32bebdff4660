"""Fills what a watch proposed, where the person armed it to fill by itself."""

from __future__ import annotations

from desk.accounts import Accounts, Decision
from desk.booking import Source
from desk.by_itself import first_proposed, pending, why_not
from desk.confirm import Confirm
from desk.messages import WATCH, WatchNotice
from desk.outcomes import Refused, Repriced
from desk.ports import Clock, Entry, Message
from desk.quiet import hushed
from desk.watches import position_of
from trading.account import AccountState
from trading.events import ProposalWithdrawn
from trading.orders import Proposal
from trading.watches import WatchRecord

TRIES = 5  # a price that leaves the band so often is left to the next look


class ArmedFills:
    """Confirms in the person's stead; a proposal is filled once, whoever confirms it how often."""

    def __init__(self, accounts: Accounts, confirm: Confirm, clock: Clock, source: Source) -> None:
        self._accounts = accounts
        self._confirm = confirm
        self._clock = clock
        self._source = source

    async def fill(self, account_id: str, watch_id: str) -> None:
        """Fill what a watch proposed to be filled by itself, if that is open.

        Without a fresh price it stays open for the next look; what a limit forbids by now is
        withdrawn and told. So is an order that opens once the price has left its band or the
        position is another: the next close sizes it anew.
        """
        for _ in range(TRIES):
            state = await self._accounts.require(account_id)
            record = state.watches.get(watch_id)
            if record is None:
                return
            proposal = pending(state, record, self._clock())
            first = first_proposed(state, record)
            if proposal is None or first is None:
                return
            given_up = why_not(state, record, first, proposal)
            if given_up is not None:
                told = f"No order: {given_up.text} The next close decides anew."
                gone = ProposalWithdrawn(proposal_id=proposal.id, reason=given_up.reason)
                await self._withdraw(account_id, record, proposal, told, gone)
                return
            outcome = await self._confirm.confirm(account_id, proposal.id)
            if isinstance(outcome, Refused) and outcome.code == "denied":
                told = f"No order, a limit says no: {outcome.text}"
                gone = ProposalWithdrawn(proposal_id=proposal.id, reason="limit")
                await self._withdraw(account_id, record, proposal, told, gone)
            elif not isinstance(outcome, Repriced) and not _changed(outcome):
                return

    async def _withdraw(
        self,
        account_id: str,
        record: WatchRecord,
        proposal: Proposal,
        told: str,
        gone: ProposalWithdrawn,
    ) -> None:
        """Take a proposal back and tell why."""

        def decide(state: AccountState) -> Decision[None]:
            if proposal.id not in state.waiting:
                return Decision(None)
            held = position_of(state, record.watch)
            notice = WatchNotice(
                watch=record.watch,
                close=record.seen_until,
                exposure=record.exposure,
                held=held.quantity if held else proposal.quantity * 0,
                proposal=None,
                by_itself=True,
                told=(told,),
                missed=0,
                source=self._source.of(record.watch.symbol),
                demo=self._source.demo,
            )
            key = f"withdraw:{proposal.id}"
            quiet = hushed(state.settings, self._clock())
            payload = notice.model_dump_json()
            message = Message(f"watch:{key}", state.chat_id, WATCH, payload, quiet=quiet)
            return Decision(None, [Entry(gone, key)], [message])

        await self._accounts.change(account_id, decide)


def _changed(outcome: object) -> bool:
    return isinstance(outcome, Refused) and outcome.code == "changed"
