"""What a way to a person must offer to the delivery, and how its failures are told apart.

NotDelivered    it can't have arrived: try again later
Unanswered      nobody knows whether it arrived: try again later, marked as a possible repeat
Undeliverable   it can never arrive: give it up
"""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from desk.ports import Outgoing
from trading.errors import ConclaveError


class NotDelivered(ConclaveError):
    """The message has not arrived.

    `wait` is how long the other side wants to be left alone, None for no wish. A message with
    `holds` False lets the younger ones of its lane go first.
    """

    def __init__(self, why: str, wait: timedelta | None = None, *, holds: bool = True) -> None:
        super().__init__(why)
        self.wait = wait
        self.holds = holds


class Unanswered(ConclaveError):
    """The message may have arrived or not."""


class Undeliverable(ConclaveError):
    """The message can never arrive: the chat is gone, the bot is blocked."""


class Channel(Protocol):
    """A way to a person. Lanes (chats) of a channel are served side by side, each in order."""

    @property
    def name(self) -> str:
        """As the outbox names it."""

    @property
    def lanes_at_once(self) -> int:
        """How many messages may be under way at one time."""

    @property
    def longest_wait(self) -> timedelta:
        """The longest pause between two tries."""

    @property
    def give_up_after(self) -> timedelta | None:
        """The age at which a message that does not get through is given up; None: never."""

    async def send(self, message: Outgoing) -> int:
        """Send a message; return the number that the other side gave it, 0 for none.

        Errors: NotDelivered, Unanswered, Undeliverable. Any other error counts as Unanswered.
        """
