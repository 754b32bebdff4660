"""Fills what a watch proposed, where the person armed it to fill by itself."""

from __future__ import annotations

from datetime import datetime

from desk.accounts import Accounts, Decision
from desk.booking import Source
from desk.confirm import Confirm
from desk.messages import WATCH, WatchNotice
from desk.outcomes import Refused, Repriced
from desk.ports import Clock, Entry, Message
from desk.quiet import hushed
from desk.watches import position_of
from trading.account import AccountState, ProposalRecord
from trading.events import ProposalRejected
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
        withdrawn and told.
        """
        for _ in range(TRIES):
            state = await self._accounts.require(account_id)
            record = state.watches.get(watch_id)
            if record is None:
                return
            proposal = pending(state, record, self._clock())
            if proposal is None:
                return
            outcome = await self._confirm.confirm(account_id, proposal.id)
            if isinstance(outcome, Refused) and outcome.code == "denied":
                await self._withdraw(account_id, record, proposal, outcome.text)
            elif not isinstance(outcome, Repriced) and not _changed(outcome):
                return

    async def _withdraw(
        self, account_id: str, record: WatchRecord, proposal: Proposal, why: str
    ) -> None:
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
                told=(f"No order, a limit says no: {why}",),
                missed=0,
                source=self._source.of(record.watch.symbol),
                demo=self._source.demo,
            )
            key = f"replace:{proposal.id}"
            quiet = hushed(state.settings, self._clock())
            payload = notice.model_dump_json()
            message = Message(f"watch:{key}", state.chat_id, WATCH, payload, quiet=quiet)
            gone = ProposalRejected(proposal_id=proposal.id, reason="replaced")
            return Decision(None, [Entry(gone, key)], [message])

        await self._accounts.change(account_id, decide)


def pending(state: AccountState, record: WatchRecord, now: datetime) -> Proposal | None:
    """Return what a watch proposed to be filled by itself and still waits."""
    last = _last_proposed(state, record)
    if last is None or last.state != "open" or now >= last.proposal.expires_at:
        return None
    return last.proposal


def lapsed(state: AccountState, record: WatchRecord, now: datetime) -> bool:
    """Tell whether that found no price for as long as it was open, or nobody to fill it."""
    last = _last_proposed(state, record)
    if last is None:
        return False
    return last.state == "expired" or (last.state == "open" and now >= last.proposal.expires_at)


def _last_proposed(state: AccountState, record: WatchRecord) -> ProposalRecord | None:
    """Return what was last proposed to be filled by itself, or what has taken its place."""
    if not (record.by_itself and record.watch.auto):
        return None
    known = state.proposals.get(record.proposal_id or "")
    while known is not None and known.state == "replaced":
        old = known.proposal.id
        newer = (one for one in state.proposals.values() if one.proposal.parent_id == old)
        known = next(newer, None)
    return known


def _changed(outcome: object) -> bool:
    return isinstance(outcome, Refused) and outcome.code == "changed"
