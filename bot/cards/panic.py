"""Cards of /panic: what would be closed, and what was."""

from __future__ import annotations

from datetime import datetime

from bot.cards.card import Block, Button, Card
from bot.cards.columns import narrow, pair
from bot.cards.proposal import simulated
from bot.seal import sealed
from desk.figures import money, price, quantity
from desk.outcomes import Flattened
from desk.portfolio import Holding, Portfolio
from trading.account import AccountState

MOST_SHOWN = 12


def panic_card(view: Portfolio, state: AccountState, until: datetime) -> Card:
    """Show what one tap would close, at the prices of this moment."""
    lines: list[str] = []
    for held in view.holdings[:MOST_SHOWN]:
        lines += _held(held, view.currency)
    if len(view.holdings) > MOST_SHOWN:
        lines.append(f"… and {len(view.holdings) - MOST_SHOWN} more")
    exits = sum(order.is_exit for order in state.orders.values())
    lines += pair("positions", str(len(view.holdings)))
    lines += pair("  worth", money(view.exposure, view.currency))
    lines += pair("  profit if closed now", money(view.unrealised, view.currency, signed=True))
    lines += pair("waiting orders", str(len(state.orders) - exits))
    lines += pair("stops and targets", str(exits))
    if state.watches:
        lines += pair("watches, all paused", str(len(state.watches)))
    blocks = [
        Block("title", "Close everything?"),
        narrow(lines),
        Block(
            "text",
            "One tap pauses new entries, cancels every waiting order and closes every position at "
            "the market; its stops and targets end with it. The profit is before fees and "
            "slippage.",
        ),
    ]
    without = sorted({held.position.symbol for held in view.holdings if held.mark.kind != "quote"})
    if without:
        text = (
            f"No price now: {', '.join(without)}. What has none when you tap stays open and keeps "
            "its stops."
        )
        blocks.append(Block("text", text))
    ends = f"The button works until {until:%H:%M:%S} UTC."
    blocks += [Block("small", ends), simulated(demo=view.demo)]
    data = sealed(view.account_id, "panic", "all", until)
    return Card(tuple(blocks), ((Button("Close everything", data),),))


def flattened_card(done: Flattened, account_id: str, until: datetime, *, demo: bool) -> Card:
    """Tell what was closed and what is left, with a button for the rest."""
    lines = []
    for one in done.filled:
        fill = one.fill
        verb = "bought" if fill.side == "buy" else "sold"
        lines.append(f"{fill.symbol} {verb} {quantity(fill.quantity)} at {price(fill.price)}")
    lines += pair("positions closed", str(len(done.filled)))
    lines += pair("waiting orders cancelled", str(done.cancelled))
    lines += pair("stops and targets ended", str(done.exits))
    heading = "Not all could be closed" if done.left else "Everything is closed"
    blocks = [Block("title", heading), narrow(lines)]
    buttons: tuple[tuple[Button, ...], ...] = ()
    if done.left:
        blocks.append(Block("text", "\n".join(f"• {why}" for why in done.left[:MOST_SHOWN])))
        data = sealed(account_id, "panic", "all", until)
        buttons = ((Button("Close what is left", data),),)
    text = "New entries are paused; /resume takes them again when you are ready."
    blocks += [Block("text", text), simulated(demo=demo)]
    return Card(tuple(blocks), buttons)


def _held(held: Holding, currency: str) -> list[str]:
    side = "long" if held.position.quantity > 0 else "short"
    profit = money(held.unrealised, currency, signed=True)
    return pair(f"{held.position.symbol} {side}", profit)
