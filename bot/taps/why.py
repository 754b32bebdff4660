"""Why: the pages behind a verdict; the first tap sends them, later ones turn the page."""

from __future__ import annotations

from agents.trace import parse
from bot.cards.why import EARLIER, questions_card, why_card
from bot.catalogue import tap
from bot.commands.why import LISTED, NOTHING_ASKED
from bot.paging import turn_to
from bot.turn import Toast, Turn
from trading.errors import BadArgument


@tap
async def why(turn: Turn) -> Toast:
    question_id, _, place = turn.subject.partition(":")
    if question_id == EARLIER:
        return await _listed(turn)
    stored = await turn.services.questions.load(question_id)
    if stored is None or stored.account_id != turn.account_id:
        raise BadArgument("This is not one of your questions.")
    trace = parse(stored.trace)
    if not place:
        await turn.chat.show(why_card(trace))
        return Toast("")
    return await turn_to(turn, why_card(trace, place))


async def _listed(turn: Turn) -> Toast:
    latest = await turn.services.questions.recent(turn.account_id, LISTED)
    if not latest:
        raise BadArgument(NOTHING_ASKED)
    card = questions_card(latest, remark="Your latest questions", demo=turn.services.market.demo)
    return await turn_to(turn, card)
