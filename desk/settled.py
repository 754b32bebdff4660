"""Why a proposal can't be acted on any more."""

from __future__ import annotations

from datetime import datetime

from desk.accounts import Accounts
from desk.outcomes import Refused
from trading.account import AccountState, ProposalRecord
from trading.measure import number


def refuse_settled(
    state: AccountState, proposal_id: str, now: datetime | None = None
) -> Refused | None:
    """Return None for an open proposal of this account, else the refusal.

    With `now` also a proposal whose time is over is refused. One that is unknown and one of
    another account get the same words, so an id tells a stranger nothing.
    """
    record = state.proposals.get(proposal_id)
    if record is None:
        return Refused("This is not one of your proposals.", "not_yours")
    if record.state == "confirmed":
        return Refused(_confirmed(record), "confirmed")
    if record.state == "rejected":
        return Refused(f"You rejected this proposal at {clock_time(record.at)}.", "rejected")
    if record.state == "replaced":
        text = f"A newer proposal replaced this one at {clock_time(record.at)}."
        return Refused(text, "replaced")
    if record.state in ("withdrawn", "denied"):
        text = f"The watch that proposed this took it back at {clock_time(record.at)}."
        return Refused(text, "withdrawn")
    over = record.proposal.expires_at
    if record.state == "expired" or (now is not None and now >= over):
        text = f"This proposal expired at {clock_time(over)}. Ask again for a fresh price."
        return Refused(text, "expired")
    return None


async def long_over(
    accounts: Accounts, account_id: str, proposal_id: str, refused: Refused
) -> Refused:
    """Tell a proposal that only the log remembers from one that was never this account's."""
    if refused.code == "not_yours" and await accounts.has(account_id, f"propose:{proposal_id}"):
        return Refused("This proposal was settled long ago. Ask again.", "expired")
    return refused


def clock_time(moment: datetime) -> str:
    """Write a moment to the second, in UTC."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _confirmed(record: ProposalRecord) -> str:
    text = f"Already confirmed at {clock_time(record.at)}"
    if record.fill is None:
        return f"{text}."
    fill, wanted = record.fill, record.proposal
    verb = "bought" if fill.side == "buy" else "sold"
    return f"{text}: {verb} {number(fill.quantity)} {wanted.base} at {fill.price:f} {wanted.quote}."
