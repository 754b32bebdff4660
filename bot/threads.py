"""The short memory of a chat: what its last questions were about, so that follow-ups work.

It is kept by account and chat, for half an hour, on the disk: a restart forgets nothing, and what
a person has forgotten stays so.
"""

from __future__ import annotations

import logging
from decimal import Decimal
from typing import TYPE_CHECKING

from desk.errors import StorageError
from desk.ports import Clock, StoredTurn, TurnStore

if TYPE_CHECKING:
    from agents.questions.thread import Thread
    from agents.verdict import Verdict

log = logging.getLogger(__name__)


class Threads:
    """Remembers and forgets; a memory that fails never takes an answer with it."""

    def __init__(self, store: TurnStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def of(self, account_id: str, chat_id: int) -> Thread:
        """Return what one person asked lately in one chat."""
        from agents.questions.thread import NO_THREAD, parse_turn, thread_of

        try:
            stored = await self._store.of(account_id, chat_id)
        except StorageError as error:
            log.error("what was asked before can't be read: %s", error)
            return NO_THREAD
        turns = (parse_turn(one.data) for one in stored)
        return thread_of((turn for turn in turns if turn is not None), self._clock())

    async def remember(
        self, account_id: str, chat_id: int, verdict: Verdict, notional: Decimal | None
    ) -> None:
        """Keep what a question was about; `notional` of the order that was offered with it."""
        from agents.questions.thread import LASTS, MOST_TURNS, dump_turn, earlier

        now = self._clock()
        turn = StoredTurn(account_id, chat_id, now, dump_turn(earlier(verdict, now, notional)))
        try:
            await self._store.add(turn, MOST_TURNS, now - LASTS)
        except StorageError as error:
            log.error("a question is not remembered: %s", error)

    async def forget(self, account_id: str, chat_id: int) -> int:
        """Forget what one person asked in one chat; return how many questions that were."""
        return await self._store.forget(account_id, chat_id)
