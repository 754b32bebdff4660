"""Who may use the bot."""

from __future__ import annotations

import hmac
from collections.abc import Set
from datetime import datetime, timedelta

from desk.ports import Clock, People

SILENCE = timedelta(hours=1)


class Access:
    """Lets in the people named in the settings, and the owner who claimed the bot.

    With nobody named and no owner yet, the one-time code printed at start makes its sender the
    owner: `/start <code>`.
    """

    def __init__(self, allowed: Set[int], people: People, clock: Clock, code: str) -> None:
        self._allowed = allowed
        self._people = people
        self._clock = clock
        self.code = code
        self._told: dict[int, datetime] = {}

    async def needs_claim(self) -> bool:
        """True while nobody at all may use the bot."""
        return not self._allowed and await self._people.owner() is None

    async def lets_in(self, user_id: int) -> bool:
        return user_id in self._allowed or user_id == await self._people.owner()

    async def claim(self, user_id: int, code: str) -> bool:
        """Make this person the owner when the code is right and nobody is yet."""
        if not await self.needs_claim() or not hmac.compare_digest(
            code.encode(), self.code.encode()
        ):
            return False
        return await self._people.claim(user_id, self._clock())

    def tells(self, user_id: int) -> bool:
        """True when a stranger should hear that the bot is private: once an hour each."""
        now = self._clock()
        self._told = {who: at for who, at in self._told.items() if now - at < SILENCE}
        if user_id in self._told:
            return False
        self._told[user_id] = now
        return True
