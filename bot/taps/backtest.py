"""A tap that shows more of a backtest: trades, months, all figures, or the report's files."""

from __future__ import annotations

from bot.catalogue import tap
from bot.paging import page_number, turn_to
from bot.studying import closer_look, found, send_report
from bot.turn import Toast, Turn


@tap
async def backtest(turn: Turn) -> Toast:
    study_id, _, rest = turn.subject.partition(":")
    view, _, page = rest.partition(":")
    kept = found(turn, study_id)
    if view == "report":
        await send_report(turn, kept)
        return Toast("")
    card = closer_look(kept, view, page_number(page))
    if page:
        return await turn_to(turn, card)
    await turn.chat.show(card)
    return Toast("")
