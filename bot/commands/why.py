"""/why: what stands behind the latest answer, or an earlier one."""

from __future__ import annotations

from agents.trace import parse
from bot.cards.why import questions_card, why_card
from bot.catalogue import command
from bot.turn import Turn
from trading.errors import BadArgument

LISTED = 5
NOTHING_ASKED = "You have not asked anything yet. Example: is BTC a long on the 1h?"


@command("Ask", "Show how each run of your last question voted, and on which facts")
async def why(turn: Turn) -> None:
    questions = turn.services.questions
    if not turn.words:
        stored = await questions.latest(turn.account_id)
        if stored is None:
            raise BadArgument(NOTHING_ASKED)
        await turn.chat.show(why_card(parse(stored.trace)))
        return
    wanted = turn.words[0]
    found = await questions.find(turn.account_id, wanted, LISTED)
    exact = [one for one in found if one.id == wanted] or found
    if not exact:
        raise BadArgument(
            f"None of your questions has an id that begins with {wanted[:40]}. /why shows the "
            "latest, and a button under it lists the last ones."
        )
    if len(exact) == 1:
        await turn.chat.show(why_card(parse(exact[0].trace)))
        return
    remark = "Several questions begin so"
    await turn.chat.show(questions_card(exact, remark=remark, demo=turn.services.market.demo))
