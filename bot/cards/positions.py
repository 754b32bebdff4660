"""The card of what is held."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from bot.cards.card import Block, Button, Card
from bot.cards.columns import narrow, pair
from bot.cards.orders import KINDS
from bot.cards.pager import pager
from bot.cards.proposal import simulated
from desk.figures import money, percent, price, quantity
from desk.portfolio import Holding, Portfolio
from trading.orders import Order, Position
from trading.symbols import base_of

PER_PAGE = 6
MOST_BYTES = 64  # of a button's data


def positions_card(view: Portfolio, number: int) -> Card:
    """Show a page of the positions, each with buttons that close it or half of it."""
    last = simulated(demo=view.demo)
    if not view.holdings:
        text = "No open positions. Ask a question, or try /buy BTC/USDT."
        return Card((Block("text", text), last))
    number = min(number, (len(view.holdings) - 1) // PER_PAGE)
    shown = view.holdings[number * PER_PAGE : (number + 1) * PER_PAGE]
    often = Counter(held.position.symbol for held in view.holdings)
    blocks: list[Block] = []
    rows: list[tuple[Button, ...]] = []
    for held in shown:
        position = held.position
        side = "LONG" if position.quantity > 0 else "SHORT"
        blocks.append(Block("title", f"{position.symbol} · {side} · {position.strategy}"))
        blocks.append(narrow(_lines(held, view.currency, view.at)))
        rows += _buttons(held, alone=often[position.symbol] == 1)
    if len(view.holdings) > 1:
        blocks += [Block("title", f"All {len(view.holdings)}"), narrow(_totals(view))]
    more = (number + 1) * PER_PAGE < len(view.holdings)
    rows += pager("positions", number, more=more, names=("Previous", "Next"))
    return Card((*blocks, last), tuple(rows))


def _lines(held: Holding, currency: str, now: datetime) -> list[str]:
    position = held.position
    base = base_of(position.symbol)
    gain = money(held.unrealised, currency, signed=True)
    rows = [
        ("quantity", f"{quantity(abs(position.quantity))} {base}"),
        ("entry", price(position.average_price)),
        ("price", f"{price(held.mark.price)} · {_age(held, now)}"),
        ("worth", money(held.notional, currency)),
        ("unrealised", f"{gain} · {percent(held.unrealised_fraction, signed=True)}"),
        ("margin", f"{money(position.margin, currency)} · {held.leverage:.2f}×"),
        ("liquidation", "none" if held.liquidation is None else price(held.liquidation)),
        *(_exit(order, position) for order in held.exits if order.price is not None),
    ]
    return [line for name, figure in rows for line in pair(name, figure)]


def _age(held: Holding, now: datetime) -> str:
    """Say how old the price is; one that is not of now says what it is and since when."""
    mark = held.mark
    if mark.kind == "quote":
        return f"{max(0.0, (now - mark.at).total_seconds()):.0f} s old"
    return f"{mark.kind} price, {mark.at:%d %b %H:%M} UTC"


def _exit(order: Order, position: Position) -> tuple[str, str]:
    level = price(order.price) if order.price is not None else ""
    if order.trail is not None:
        level = f"{level}, {percent(order.trail)} behind"
    if order.quantity != abs(position.quantity):
        level = f"{level} for {quantity(order.quantity)}"
    return (KINDS.get(order.kind, order.kind), level)


def _totals(view: Portfolio) -> list[str]:
    rows = [
        ("unrealised", money(view.unrealised, view.currency, signed=True)),
        ("worth", money(view.exposure, view.currency)),
        ("margin", money(view.margin, view.currency)),
    ]
    return [line for name, figure in rows for line in pair(name, figure)]


def _buttons(held: Holding, *, alone: bool) -> list[tuple[Button, ...]]:
    """Name the strategy too where several hold the symbol: then a button needs the whole row."""
    position = held.position
    if alone:
        whole = Button(f"Close {position.symbol}", f"close:{position.id}")
        return [(whole, Button("Close half", _half(position)))]
    name = f"{position.symbol} ({position.strategy})"
    return [
        (Button(f"Close {name}", f"close:{position.id}"),),
        (Button(f"Close half of {name}", _half(position)),),
    ]


def _half(position: Position) -> str:
    """Name the tap, and the quantity that is shown, so that two taps close one half."""
    with_quantity = f"closehalf:{position.id}:{position.quantity}"
    return with_quantity if len(with_quantity) <= MOST_BYTES else f"closehalf:{position.id}"
