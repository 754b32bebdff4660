"""/history: the latest fills."""

from __future__ import annotations

from bot.cards.card import Block, Card
from bot.cards.proposal import simulated
from bot.catalogue import command
from bot.turn import Turn
from desk.figures import money, price, quantity
from trading.events import OrderFilled
from trading.orders import Fill

MOST_SHOWN = 12


@command("Book", "Show your latest fills")
async def history(turn: Turn) -> None:
    state = await turn.services.accounts.require(turn.account_id)
    events = await turn.services.log.read(turn.account_id)
    fills = [one.event.fill for one in events if isinstance(one.event, OrderFilled)]
    blocks = [Block("title", f"Fills, newest first ({len(fills)} in all)")]
    if fills:
        newest = reversed(fills[-MOST_SHOWN:])
        lines = [_lines(fill, state.currency) for fill in newest]
        blocks.append(Block("table", "\n".join(lines)))
    else:
        blocks.append(Block("text", "None yet. Ask a question, or try /buy BTC/USDT."))
    blocks.append(simulated(demo=turn.services.market.demo))
    await turn.chat.show(Card(tuple(blocks)))


def _lines(fill: Fill, currency: str) -> str:
    first = f"{fill.at:%d %b %H:%M} {fill.reason} {fill.symbol}"
    second = f" {fill.side} {quantity(fill.quantity)} @ {price(fill.price)}"
    if fill.reason == "entry" and not fill.realised:
        return f"{first}\n{second}"
    return f"{first}\n{second}\n {money(fill.realised, currency, signed=True)} before fees"
