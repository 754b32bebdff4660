"""A tap that shows more of a backtest: trades, months, all figures, or the report's files."""

from __future__ import annotations

from bot.catalogue import tap
from bot.paging import page_number, turn_to
from bot.studying import closer_look, found, rerun_words, send_report
from bot.turn import Toast, Turn

COMING = "On its way."


@tap
async def backtest(turn: Turn) -> Toast:
    services = turn.services
    study_id, _, rest = turn.subject.partition(":")
    view, _, page = rest.partition(":")
    # Turning pages sends nothing: the same page again is the same message.
    asked = (turn.account_id, turn.subject)
    with services.double_taps.first(asked, services.clock, resting=not page) as first:
        if not first:
            return Toast(COMING)
        kept, fresh = await found(turn, study_id)
        told = rerun_words(kept, fresh=fresh)
        if view == "report":
            await send_report(turn, kept, told)
            return Toast("")
        card = closer_look(kept, view, page_number(page), told)
        if page:
            return await turn_to(turn, card)
        await turn.chat.show(card)
    return Toast("")
