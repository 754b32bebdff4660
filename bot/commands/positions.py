"""/positions: what is held, each with a button to close it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.cards.card import Block, Button, Card, table
from bot.cards.proposal import simulated
from bot.catalogue import command
from bot.turn import Turn
from desk.figures import money, price, quantity

if TYPE_CHECKING:
    from desk.portfolio import Holding

MOST_SHOWN = 20


@command("Book", "Show open positions, each with a Close button")
async def positions(turn: Turn) -> None:
    view = await turn.services.portfolios.view(turn.account_id)
    last = simulated(demo=view.demo)
    if not view.holdings:
        text = "No open positions. Ask a question, or try /buy BTC/USDT."
        await turn.chat.show(Card((Block("text", text), last)))
        return
    blocks: list[Block] = []
    buttons: list[tuple[Button, ...]] = []
    for held in view.holdings[:MOST_SHOWN]:
        blocks += _lines(held, view.currency)
        position = held.position
        label = f"Close {position.symbol} ({position.strategy})"
        buttons.append((Button(label, f"close:{position.id}"),))
    if len(view.holdings) > MOST_SHOWN:
        blocks.append(Block("text", f"… and {len(view.holdings) - MOST_SHOWN} more"))
    await turn.chat.show(Card((*blocks, last), tuple(buttons)))


def _lines(held: Holding, currency: str) -> list[Block]:
    position, mark = held.position, held.mark
    side = "LONG" if position.quantity > 0 else "SHORT"
    base = position.symbol.split("/")[0]
    seen = "" if mark.kind == "quote" else f" ({mark.kind} price, {mark.at:%d %b %H:%M})"
    rows = [
        ("quantity", f"{quantity(abs(position.quantity))} {base}"),
        ("entry", price(position.average_price)),
        ("price", f"{price(mark.price)}{seen}"),
        ("unrealised", money(held.unrealised, currency, signed=True)),
    ]
    rows += [
        (order.kind, f"{price(order.price)} for {quantity(order.quantity)}")
        for order in held.exits
        if order.price is not None
    ]
    return [Block("title", f"{position.symbol} · {side} · {position.strategy}"), table(rows)]
