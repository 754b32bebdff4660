"""Why: the pages behind a verdict; the first tap sends them, later ones turn the page."""

from __future__ import annotations

from agents.trace import parse
from bot.cards.why import why_card
from bot.catalogue import tap
from bot.turn import Toast, Turn
from trading.errors import BadArgument


@tap
async def why(turn: Turn) -> Toast:
    question_id, _, page = turn.subject.partition(":")
    stored = await turn.services.questions.load(question_id)
    if stored is None or stored.account_id != turn.account_id:
        raise BadArgument("This is not one of your questions.")
    trace = parse(stored.trace)
    if not page:
        await turn.chat.show(why_card(trace, 0))
        return Toast("")
    number = int(page) if page.isdigit() else 0
    if turn.message is None or number > len(trace.runs):
        raise BadArgument("This page is gone. /why shows the latest question.")
    await turn.chat.replace(turn.message, why_card(trace, number))
    return Toast("")
