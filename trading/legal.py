"""What an account's events must keep to, one after the other."""

from __future__ import annotations

from trading.errors import ConclaveError
from trading.events import Recorded


class IllegalEvent(ConclaveError):
    """An event can't follow the ones before it: the log or the code that wrote it is wrong."""


def illegal(recorded: Recorded, why: str) -> IllegalEvent:
    """Return the error that says why an event can't be where it is."""
    return IllegalEvent(
        f"account {recorded.account_id}, event {recorded.seq} ({recorded.event.kind}): {why}"
    )


def legal(holds: bool, recorded: Recorded, otherwise: str) -> None:
    """Raise IllegalEvent unless something holds."""
    if not holds:
        raise illegal(recorded, otherwise)
