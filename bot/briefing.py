"""What /briefing and its buttons show."""

from __future__ import annotations

from bot.cards.briefing import briefing_card, settings_card
from bot.cards.card import Card
from bot.turn import Turn
from desk.briefing_times import BRIEFING_AT
from desk.briefings import listed_symbols
from desk.quiet import zone_of
from trading.account import AccountState


async def show_briefing(turn: Turn) -> None:
    """Make a briefing of this moment and show it; it counts for no day."""
    await turn.chat.typing()
    made = await turn.services.briefings.make(turn.account_id)
    await turn.chat.show(briefing_card(made))


async def state_card(turn: Turn, state: AccountState) -> Card:
    """Make the card that says whether a briefing is wanted, and when."""
    zone = zone_of(state.settings)
    return settings_card(
        state.settings.get(BRIEFING_AT, ""),
        str(zone),
        await turn.services.briefings.next_of(state),
        turn.services.clock().astimezone(zone),
        listed_symbols(state.settings),
        demo=turn.services.market.demo,
    )
