"""The tap that turns a page of a card."""

from __future__ import annotations

from bot.cards.card import Card
from bot.turn import Toast, Turn
from trading.errors import BadArgument

MOST_DIGITS = 6


def page_number(text: str) -> int:
    """Read a page's number; what is none is the first page."""
    plain = text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS
    return int(text) if plain else 0


def only_own_card(turn: Turn) -> None:
    """Refuse a tap on a card in somebody else's chat, where the answer would be seen."""
    if turn.chat.id != turn.user_id:
        raise BadArgument("This is not one of your cards.")


async def turn_to(turn: Turn, card: Card) -> Toast:
    """Put a card in the place of the one that was tapped."""
    if turn.message is None:
        await turn.chat.show(card)
    else:
        await turn.chat.replace(turn.message, card)
    return Toast("")
