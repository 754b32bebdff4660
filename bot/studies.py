"""The backtests that people can look at closer: the newest of each person, in memory only.

They can be computed again, so nothing is lost when they go: a tap on a card whose backtest is gone
runs it again.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desk.study import Study

MOST = 60  # of everybody; one is up to a few MB
MOST_OF_ONE = 5


@dataclass(frozen=True, eq=False)
class Kept:
    """A backtest with the words that run it again.

    `again_of`: the id of the backtest that it was run in place of, when that was gone.
    """

    id: str
    account_id: str
    command: str
    study: Study
    again_of: str = ""


class Studies:
    """Keeps the newest backtests, a few of each account."""

    def __init__(self, most: int = MOST, most_of_one: int = MOST_OF_ONE) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._kept: OrderedDict[str, Kept] = OrderedDict()

    def keep(self, account_id: str, command: str, study: Study, again_of: str = "") -> Kept:
        """Keep a backtest under a new short id; the oldest give way to it."""
        own = [one.id for one in self._kept.values() if one.account_id == account_id]
        for gone in own[: max(0, len(own) + 1 - self._most_of_one)]:
            del self._kept[gone]
        while len(self._kept) >= self._most:
            self._kept.popitem(last=False)
        kept = Kept(secrets.token_hex(4), account_id, command, study, again_of)
        self._kept[kept.id] = kept
        return kept

    def find(self, account_id: str, study_id: str) -> Kept | None:
        """Return an account's own backtest, or what was run in its place; None: it is gone."""
        own = [one for one in reversed(self._kept.values()) if one.account_id == account_id]
        there = (one for one in own if study_id and study_id in (one.id, one.again_of))
        return next(there, None)

    def newest(self, account_id: str) -> Kept | None:
        """Return the account's last backtest."""
        own = (one for one in reversed(self._kept.values()) if one.account_id == account_id)
        return next(own, None)
