"""/status: what the bot works with at this moment."""

from __future__ import annotations

from bot.cards.card import Block, Card, table
from bot.cards.proposal import simulated
from bot.catalogue import command
from bot.turn import Turn
from desk.figures import price
from trading.errors import ConclaveError

PROBE = "BTC/USDT"


@command("More", "Show where prices and answers come from, and whether they do")
async def status(turn: Turn) -> None:
    services = turn.services
    try:
        quote = await services.market.quote(PROBE)
        age = max(0.0, (services.clock() - quote.at).total_seconds())
        market = f"{price(quote.last)}, {age:.0f} s old"
    except ConclaveError as error:
        market = str(error)
    await turn.chat.show(
        Card(
            (
                Block("title", "Status"),
                table([("prices from", services.market.name), (PROBE, market)])
                if len(market) < 24
                else Block("text", f"{services.market.name}: {market}"),
                Block("text", f"Prices of the book: {services.market.flow}."),
                Block("text", f"Analyst: {services.analyst}, {services.votes} runs a question."),
                Block("text", f"Your account: {turn.account_id}. Your id: {turn.user_id}."),
                simulated(demo=services.market.demo),
            )
        )
    )
