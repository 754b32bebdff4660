"""/orders: stops and targets that wait in the book, and proposals that wait for a tap."""

from __future__ import annotations

from bot.cards.card import Block, Card, table
from bot.cards.proposal import simulated
from bot.catalogue import command
from bot.turn import Turn
from desk.figures import price, quantity

MOST_SHOWN = 30


@command("Book", "Show open orders and proposals that wait for your tap")
async def orders(turn: Turn) -> None:
    state = await turn.services.accounts.require(turn.account_id)
    waiting = [one.proposal for one in state.proposals.values() if one.state == "open"]
    rows = [
        (
            f"{order.symbol} {order.kind}",
            f"{order.side} {quantity(order.quantity)} @ {price(order.price)}",
        )
        for order in state.orders.values()
        if order.price is not None
    ]
    blocks = [Block("title", "Open orders")]
    blocks.append(table(rows[:MOST_SHOWN]) if rows else Block("text", "None."))
    if waiting:
        lines = [
            f"{one.side} {quantity(one.quantity)} {one.base} at {price(one.entry)}, "
            f"until {one.expires_at:%H:%M:%S} UTC"
            for one in waiting[-MOST_SHOWN:]
        ]
        blocks += [Block("title", "Waiting for your tap"), Block("text", "\n".join(lines))]
    blocks.append(simulated(demo=turn.services.market.demo))
    await turn.chat.show(Card(tuple(blocks)))
