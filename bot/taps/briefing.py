"""Taps under a briefing and its settings; what they show comes below, the briefing stays."""

from __future__ import annotations

from bot.briefing import show_briefing, state_card
from bot.cards.news import news_card
from bot.catalogue import tap
from bot.commands.positions import positions_page
from bot.paging import only_own_card, turn_to
from bot.turn import Toast, Turn


@tap
async def briefing(turn: Turn) -> Toast:
    only_own_card(turn)
    match turn.subject:
        case "positions":
            await turn.chat.show(await positions_page(turn, 0))
        case "news":
            await _news(turn)
        case "now":
            await show_briefing(turn)
        case "off":
            state = await turn.services.briefings.want(turn.account_id, "")
            return await turn_to(turn, await state_card(turn, state))
        case _:
            return Toast("This button is from an older version. See /briefing.", alert=True)
    return Toast("")


async def _news(turn: Turn) -> None:
    await turn.chat.typing()
    result = await turn.services.tools["news"].call(turn.context(), {})
    if result.news is not None:
        demo = turn.services.market.demo
        await turn.chat.show(news_card(result, result.news, turn.services.clock(), demo=demo))
