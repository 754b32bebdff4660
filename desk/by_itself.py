"""What a watch proposed to be filled without a tap, and whether it still may be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from desk.preview import opening
from trading.account import AccountState, ProposalRecord
from trading.orders import Proposal
from trading.watches import WatchRecord

POSITION_CHANGED = "The position that this was made for has changed."


def pending(state: AccountState, record: WatchRecord, now: datetime) -> Proposal | None:
    """Return what a watch proposed to be filled by itself and still waits.

    A new price in its place gives it no more time than it had at first.
    """
    first, last = first_proposed(state, record), _last_proposed(state, record)
    if first is None or last is None or last.state != "open" or not record.watch.auto:
        return None
    return last.proposal if now < min(first.expires_at, last.proposal.expires_at) else None


def lapsed(state: AccountState, record: WatchRecord, now: datetime) -> bool:
    """Tell whether that came to nothing: its time is over, or it was given up unfilled."""
    last = _last_proposed(state, record)
    if last is None or last.state not in ("open", "expired", "withdrawn"):
        return False
    return last.state != "open" or pending(state, record, now) is None


def waits_by_itself(state: AccountState, record: WatchRecord) -> Proposal | None:
    """Return what would be filled by itself if it had time, open in the account."""
    last = _last_proposed(state, record)
    return last.proposal if last is not None and last.state == "open" else None


def first_proposed(state: AccountState, record: WatchRecord) -> Proposal | None:
    """Return what the last signal proposed to be filled by itself, as it was first priced."""
    known = state.proposals.get(record.proposal_id or "") if record.by_itself else None
    return known.proposal if known else None


@dataclass(frozen=True)
class GivenUp:
    """Why an order is not filled in the person's stead, for the log and in words."""

    reason: Literal["moved", "changed"]
    text: str


CHANGED = GivenUp("changed", POSITION_CHANGED)


def why_not(
    state: AccountState, record: WatchRecord, first: Proposal, now: Proposal
) -> GivenUp | None:
    """Return why an order must not be filled in the person's stead; None: it may.

    `first` is what the signal proposed, `now` the price that stands in its place, or itself. An
    order that closes all follows the price: giving it up would leave the position without an
    exit for a candle. What adds to a position or takes a part of it was sized for what was held.
    """
    closes = first.quantity - (first.opens or 0)
    left = now.quantity - opening(state, now.strategy, now.symbol, now.side, now.quantity)
    held = state.positions.get((first.strategy, first.symbol))
    other = record.held is not None and record.held != (held.quantity if held else 0)
    if first.opens == 0 and (record.held is None or first.quantity >= abs(record.held)):
        return None if left > 0 else CHANGED
    if first.opens == 0:
        return CHANGED if other or left <= 0 else None
    if other or left != closes or (held is not None and held.opened_at >= first.made_at):
        return CHANGED
    # Half of it, at a price that the person was shown, is theirs; any other new price is not.
    moved = abs(now.entry - first.entry) > first.band * first.entry
    if moved or (now.id != first.id and now.quantity == first.quantity):
        return GivenUp(
            "moved",
            f"The price left {first.entry:f} {first.quote} before the order was filled; "
            f"it is {now.entry:f} now.",
        )
    return None


def _last_proposed(state: AccountState, record: WatchRecord) -> ProposalRecord | None:
    """Return what was last proposed to be filled by itself, or what has taken its place."""
    known = state.proposals.get(record.proposal_id or "") if record.by_itself else None
    while known is not None and known.state == "replaced":
        old = known.proposal.id
        newer = (one for one in state.proposals.values() if one.proposal.parent_id == old)
        known = next(newer, None)
    return known
