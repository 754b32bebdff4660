"""A person at their phone: writes, taps, and reads what the bot shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sandbox.chat import Chat, SeenMessage
from sandbox.records import Tap

SECONDS = 30.0
Check = Callable[[SeenMessage], bool]


class Person:
    """One person's private chat with the bot."""

    def __init__(self, chat: Chat, user_id: int) -> None:
        self._chat = chat
        self.id = user_id

    @property
    def shown(self) -> Sequence[SeenMessage]:
        """The bot's messages, oldest first, as they look now."""
        return [message for message in self._chat.messages(self.id) if message.from_bot]

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.shown]

    def writes(self, text: str) -> int:
        """Send a text and wait for nothing."""
        return self._chat.person_sends(self.id, text)

    async def says(self, text: str, seconds: float = SECONDS) -> SeenMessage:
        """Send a text and wait for the first message that answers it."""
        number = self.writes(text)
        return await self.sees(lambda message: message.id > number, seconds)

    async def asks(self, question: str, seconds: float = SECONDS) -> SeenMessage:
        """Ask in plain words and wait until the progress message has become the answer."""
        progress = await self.says(question, seconds)
        return await self.sees(
            lambda message: message.id == progress.id and labels(message) not in ([], ["Cancel"]),
            seconds,
        )

    async def sees(self, check: Check, seconds: float = SECONDS) -> SeenMessage:
        """Wait for a message of the bot that passes."""

        def found() -> SeenMessage | None:
            return next((message for message in self.shown if check(message)), None)

        try:
            await self._chat.until(lambda: found() is not None, seconds)
        except TimeoutError:
            told = "\n---\n".join(self.texts)
            raise AssertionError(f"no such message within {seconds} s, only:\n{told}") from None
        message = found()
        assert message is not None
        return message

    def counted(self, words: str) -> int:
        """Count the bot's messages that hold these words."""
        return sum(words in text for text in self.texts)

    def now(self, message: SeenMessage) -> SeenMessage:
        """Look at a message again."""
        return next(one for one in self.shown if one.id == message.id)

    def taps_once(self, message: SeenMessage, label: str) -> str:
        """Tap and wait for nothing; return the tap's id."""
        data = message.button(label).data
        assert data is not None
        return self.sends_tap(message, data)

    def sends_tap(self, message: SeenMessage, data: str) -> str:
        """Tap a button that need not be there, as a changed client could."""
        return self._chat.person_taps(self.id, message.id, data)

    async def taps(self, message: SeenMessage, label: str, seconds: float = SECONDS) -> Tap:
        """Tap a button and wait for the notice that answers it."""
        return await self.notice(self.taps_once(message, label), seconds)

    async def notice(self, query_id: str, seconds: float = SECONDS) -> Tap:
        """Wait for the answer to a tap."""

        def answered() -> Tap | None:
            mine = (tap for tap in self._chat.answers(self.id) if tap.query_id == query_id)
            return next((tap for tap in mine if tap.answered), None)

        await self._chat.until(lambda: answered() is not None, seconds)
        tap = answered()
        assert tap is not None
        return tap


def labels(message: SeenMessage) -> list[str]:
    """Return the texts of a message's buttons."""
    return [button.text for row in message.buttons for button in row]
