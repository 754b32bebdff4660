"""A person's chat with the safety commands, over a real desk and no network."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast

from telegram import Bot, Message
from telegram import Chat as TelegramChat

from bot.cards.card import Block, Button, Card
from bot.catalogue import commands, taps
from bot.chat import Chat
from bot.own_strategies import Own
from bot.services import Services
from bot.turn import Questions, Toast, Turn
from tests.fakes.paper_desk import ANNE, CHAT, PaperDesk
from trading.strategies.catalogue import built_in

WHEN = datetime(2026, 1, 5, tzinfo=UTC)


class SeenChat(Chat):
    """Keeps the cards instead of sending them; what is replaced is gone."""

    def __init__(self) -> None:
        super().__init__(cast(Bot, None), CHAT)
        self.cards: dict[int, Card] = {}

    async def show(self, card: Card, *, quiet: bool = False) -> Message:
        number = len(self.cards) + 1
        self.cards[number] = card
        return Message(number, WHEN, TelegramChat(CHAT, "private"))

    async def replace(self, message: Message, card: Card) -> Message:
        self.cards[message.message_id] = card
        return message

    async def say(self, text: str) -> Message:
        return await self.show(Card((Block("text", text),)))

    async def typing(self) -> None:
        """Nothing to show."""


@dataclass
class SafetyChat:
    """Types commands and taps buttons, as `account` where that is not Anne's."""

    desk: PaperDesk
    services: Services
    account: str = ANNE
    chat: SeenChat = field(default_factory=SeenChat)

    async def says(self, text: str) -> Card:
        """Send a command; return the card that answers it."""
        name, *words = text.removeprefix("/").split()
        await commands({})[name].run(self._turn(words=tuple(words), text=text))
        return self.last

    async def taps(self, label: str, number: int | None = None) -> Toast:
        """Tap a button of the newest card (of that number)."""
        number = number or len(self.chat.cards)
        found = [
            button
            for row in self.chat.cards[number].buttons
            for button in row
            if button.label == label
        ]
        assert found, f"no {label} on {self.labels}"
        return await self.sends(found[0].data, number)

    async def sends(self, data: str, number: int = 1) -> Toast:
        """Send the data of a tap on any message."""
        action, _, subject = data.partition(":")
        shown = self.chat.cards.get(number)
        text = text_of(shown) if shown else None
        message = Message(number, WHEN, TelegramChat(CHAT, "private"), text=text)
        return await taps()[action](self._turn(subject=subject, message=message))

    @property
    def last(self) -> Card:
        return self.chat.cards[len(self.chat.cards)]

    @property
    def labels(self) -> list[str]:
        return [button.label for button in self.buttons]

    @property
    def buttons(self) -> list[Button]:
        return [button for row in self.last.buttons for button in row]

    @property
    def text(self) -> str:
        """All that the newest card says."""
        return text_of(self.last)

    def _turn(
        self,
        words: tuple[str, ...] = (),
        text: str = "",
        subject: str = "",
        message: Message | None = None,
    ) -> Turn:
        asking = cast(Questions, None)
        return Turn(
            self.services, asking, self.chat, 7, self.account, words, text, subject, message
        )


def text_of(card: Card) -> str:
    return "\n".join(block.text for block in card.blocks)


def safety_chat(desk: PaperDesk, **more: object) -> SafetyChat:
    """Give a person the desk's parts that the safety commands use."""
    parts: dict[str, object] = {
        "market": desk.market,
        "accounts": desk.accounts,
        "protect": desk.protect,
        "confirm": desk.confirm,
        "portfolios": desk.portfolios,
        "clock": desk.clock,
        "outbox": SimpleNamespace(wake=lambda: None),
        "pin": SimpleNamespace(catalogue=built_in()),
        "own": Own(),
    }
    return SafetyChat(desk, cast(Services, SimpleNamespace(**{**parts, **more})))
