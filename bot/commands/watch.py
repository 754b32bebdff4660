"""/watch: show what running a strategy at each candle close would mean, with buttons to arm it."""

from __future__ import annotations

import secrets
from datetime import timedelta

from bot.cards.watch_plan import plan_card, strategies_card
from bot.catalogue import command
from bot.turn import Turn
from bot.watching import COMMAND, drawdown_limit, past_of, planned
from tools.watch_words import EXAMPLE, parse_watch

LASTS = timedelta(hours=1)


@command("Safety", "Run a strategy at each candle close", EXAMPLE)
async def watch(turn: Turn) -> None:
    services = turn.services
    demo = services.market.demo
    if not turn.words:
        await turn.chat.show(strategies_card(services.pin.catalogue, "", "", demo=demo))
        return
    words = parse_watch(turn.words)
    if not words.strategy:
        about, so_far = f"{words.symbol} {words.timeframe}", " ".join(turn.words)
        await turn.chat.show(strategies_card(services.pin.catalogue, about, so_far, demo=demo))
        return
    await turn.chat.typing()
    plan = await planned(turn, words)
    state = await services.accounts.require(turn.account_id)
    card = plan_card(
        plan,
        await past_of(turn, plan),
        state,
        drawdown_limit(turn, state, plan.draft),
        command=" ".join((COMMAND, *turn.words)),
        token=secrets.token_hex(4),
        auto=bool(words.auto),
        until=services.clock() + LASTS,
        terms=services.pin.terms,
        demo=demo,
    )
    await turn.chat.show(card)
