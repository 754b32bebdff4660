"""The card of fills."""

from __future__ import annotations

from decimal import Decimal

from bot.cards.card import Block, Card
from bot.cards.columns import narrow, pair
from bot.cards.pager import pager
from bot.cards.proposal import simulated
from desk.figures import money, price, quantity
from desk.history import FillPage
from trading.holding import EXACT
from trading.orders import Fill
from trading.profit import Profit


def history_card(page: FillPage, total: Profit, currency: str, *, demo: bool) -> Card:
    """Show a page of fills, and what all of them (of the symbol) brought."""
    subject = f"{page.symbol}: fills" if page.symbol else "Fills"
    blocks = [Block("title", f"{subject}, newest first ({total.fills} in all)")]
    if page.fills:
        blocks.append(narrow(line for fill in page.fills for line in fill_lines(fill, currency)))
        blocks += [Block("title", "All of them"), narrow(_totals(total, currency))]
    elif page.number:
        blocks.append(Block("text", "No fills on this page."))
    else:
        blocks.append(Block("text", "None yet. Ask a question, or try /buy BTC/USDT."))
    rest = f":{page.symbol}" if page.symbol else ""
    names = ("Newer", "Older")
    buttons = pager("history", page.number, more=page.older, names=names, rest=rest)
    return Card((*blocks, simulated(demo=demo)), buttons)


def fill_lines(fill: Fill, currency: str) -> list[str]:
    """Say what was traded, at what price, for what fee; what it realised is after that fee."""
    lines = [
        f"{fill.at:%d %b %Y %H:%M} {fill.symbol}",
        f"  {fill.reason}: {fill.side} {quantity(fill.quantity)} @ {price(fill.price)}",
        *pair("  fee", money(fill.fee, currency)),
    ]
    if fill.reason != "entry" or fill.realised:
        net = EXACT.subtract(fill.realised, fill.fee)
        lines += pair("  realised net", money(net, currency, signed=True))
    return lines


def _totals(total: Profit, currency: str) -> list[str]:
    rows: list[tuple[str, Decimal, bool]] = [
        ("realised", total.realised, True),
        ("fees", total.fees, False),
        ("net", total.net, True),
    ]
    return [
        line
        for name, value, signed in rows
        for line in pair(name, money(value, currency, signed=signed))
    ]
