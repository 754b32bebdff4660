"""Data of buttons that act on an account: bound to its owner, and over after a time.

`<what>:<until>:<tag>`: `until` are seconds since 1970 (0: it never ends), `tag` binds it all to the
account, so that the button is worth nothing in another person's hands.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from trading.errors import BadArgument

NOT_YOURS = "This is not one of your buttons."
MOST_BYTES = 64  # what Telegram takes, the action's name included
TAG = 10


class Expired(BadArgument):
    """The button's time is over."""


def sealed(account_id: str, action: str, what: str, until: datetime | None = None) -> str:
    """Write the data of a button; raises BadArgument when it is longer than a button can hold."""
    ends = 0 if until is None else int(until.timestamp())
    data = f"{action}:{what}:{ends:x}:{_tag(account_id, action, what, ends)}"
    if len(data.encode()) > MOST_BYTES:
        raise BadArgument("That is too much for one button. Name fewer at a time.")
    return data


def unsealed(account_id: str, action: str, subject: str, now: datetime) -> str:
    """Return `what` of a tap's subject; raises BadArgument for another's button, Expired."""
    what, _, rest = subject.rpartition(":")[0].rpartition(":")
    ends = int(rest, 16) if rest and set(rest) <= set("0123456789abcdef") else -1
    if ends < 0 or subject != f"{what}:{rest}:{_tag(account_id, action, what, ends)}":
        raise BadArgument(NOT_YOURS)
    if ends and now.timestamp() >= ends:
        raise Expired("This button's time is over: nothing was done.")
    return what


def _tag(account_id: str, action: str, what: str, ends: int) -> str:
    text = "\n".join((account_id, action, what, str(ends)))
    return sha256(text.encode()).hexdigest()[:TAG]
