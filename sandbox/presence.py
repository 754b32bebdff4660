"""What is true only now: who types, and whether the bot is listening."""

from __future__ import annotations

import asyncio
import secrets

from sandbox.bell import Bell

_TYPING_SECONDS = 5.0
_ABSENT_AFTER_SECONDS = 5.0


class Presence:
    """Typing notes and the bot's presence; kept in memory, each change raises `pulse`."""

    def __init__(self, bell: Bell) -> None:
        self._bell = bell
        self._typing: dict[int, float] = {}
        self._pollers = 0
        self._present_until = 0.0
        # A random start: a page that comes from before a restart then sees a different number.
        self.pulse = secrets.randbits(40)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def changed(self) -> None:
        """Let every page look again."""
        self.pulse += 1
        self._bell.ring()

    def types(self, chat_id: int) -> None:
        """Show "typing…" for five seconds or until a message comes."""
        self._typing[chat_id] = self._now() + _TYPING_SECONDS
        self.changed()

    def stops_typing(self, chat_id: int) -> None:
        """Take "typing…" away."""
        if self._typing.pop(chat_id, None) is not None:
            self.pulse += 1

    def typing_seconds(self, chat_id: int) -> float:
        """Return for how long "typing…" is still to be shown."""
        return max(0.0, self._typing.get(chat_id, 0.0) - self._now())

    @property
    def bot_listens(self) -> bool:
        """Tell whether the bot polls, or did a moment ago."""
        return self._pollers > 0 or self._now() < self._present_until

    def poll_begins(self) -> None:
        """Note that `getUpdates` waits."""
        was = self.bot_listens
        self._pollers += 1
        if not was:
            self.changed()

    def poll_ends(self) -> None:
        """Note that `getUpdates` returned; the bot counts as present until the next is overdue."""
        self._pollers -= 1
        self._present_until = self._now() + _ABSENT_AFTER_SECONDS
        loop = asyncio.get_running_loop()
        loop.call_later(_ABSENT_AFTER_SECONDS + 0.05, self._look_again)

    def _look_again(self) -> None:
        if not self.bot_listens:
            self.changed()
