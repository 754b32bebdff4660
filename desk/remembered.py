"""The accounts' states that are at hand: as many as there is room for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sized

from trading.account import AccountState

ROOM = 150_000  # records of about 4 kB each: some 600 MB, if ever it is full


class Remembered:
    """Keeps states in memory; when room gets short, what was not asked for the longest goes first.

    A state's size is the number of its records. The last seq of one that went is still known.
    """

    def __init__(self, room: int = ROOM) -> None:
        self._room = room
        self._used = 0
        self._states: OrderedDict[str, AccountState] = OrderedDict()
        self._seqs: dict[str, int] = {}

    def get(self, account_id: str) -> AccountState | None:
        state = self._states.get(account_id)
        if state is not None:
            self._states.move_to_end(account_id)
        return state

    def put(self, state: AccountState) -> bool:
        """Remember an account's present state; tell whether its log was not known so far."""
        before = self._states.pop(state.account_id, None)
        self._used += _records(state) - (_records(before) if before else 0)
        self._states[state.account_id] = state
        while self._used > self._room and len(self._states) > 1:
            self._used -= _records(self._states.popitem(last=False)[1])
        is_news = state.seq > self.seq(state.account_id)
        self._seqs[state.account_id] = state.seq
        return is_news

    def seq(self, account_id: str) -> int:
        """Return the last seq that was known of an account, 0 for none."""
        return self._seqs.get(account_id, 0)


def _records(state: AccountState) -> int:
    kinds: tuple[Sized, ...] = (
        state.proposals,
        state.closed,
        state.orders,
        state.positions,
        state.alerts,
    )
    return 1 + sum(map(len, kinds))
