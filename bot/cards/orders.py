"""The card of what waits: orders in the book, and proposals for a tap."""

from __future__ import annotations

from datetime import datetime

from bot.cards.card import Block, Button, Card
from bot.cards.columns import narrow
from bot.cards.pager import pager
from bot.cards.proposal import simulated
from desk.figures import money, percent, price, quantity
from trading.account import AccountState
from trading.orders import Order, Proposal
from trading.symbols import base_of

PER_PAGE = 8
MOST_PROPOSALS = 4
BUTTONS_IN_A_ROW = 4
KINDS = {"stop_limit": "stop-limit", "trailing": "trailing stop"}


def orders_card(state: AccountState, number: int, now: datetime, *, demo: bool) -> Card:
    """Show a page of the waiting orders, exits under their position, each with a Cancel button."""
    groups = _groups(state)
    count = len(groups)
    number = min(number, max(count - 1, 0) // PER_PAGE)
    shown = groups[number * PER_PAGE : (number + 1) * PER_PAGE]
    first = number * PER_PAGE + 1
    blocks = [Block("title", f"Open orders ({count})" if count else "Open orders")]
    blocks += _order_blocks(shown, first) if shown else [Block("text", "None.")]
    cancels = [
        Button(f"Cancel {place}", f"cancel:{order.id}")
        for place, (_, order) in enumerate(shown, start=first)
    ]
    rows = [
        tuple(cancels[start : start + BUTTONS_IN_A_ROW])
        for start in range(0, len(cancels), BUTTONS_IN_A_ROW)
    ]
    waiting = [one for one in state.waiting.values() if one.expires_at > now]
    if waiting and number == 0:
        newest = list(enumerate(waiting[-MOST_PROPOSALS:], start=count + 1))
        blocks += _proposal_blocks(newest, len(waiting) - len(newest))
        rows += [_proposal_buttons(place, one) for place, one in newest]
    more = (number + 1) * PER_PAGE < count
    rows += pager("orders", number, more=more, names=("Previous", "Next"))
    return Card((*blocks, simulated(demo=demo)), tuple(rows))


def order_lines(number: int, order: Order) -> list[str]:
    """Say what an order does, at what price, and how long it waits."""
    base = base_of(order.symbol)
    kind = KINDS.get(order.kind, order.kind)
    lines = [f"{number} {order.side} {kind} {quantity(order.quantity)} {base}"]
    lines.append(f"  {_price_of(order)}")
    if order.leverage != 1:
        lines.append(f"  leverage {quantity(order.leverage)}×")
    if order.exits:
        lines.append(f"  then {_exits_of(order)}")
    if order.until:
        lines.append(f"  good till {order.until:%d %b %H:%M} UTC")
    if order.reduce_only and order.kind in ("limit", "stop_limit"):
        lines.append("  reduce-only")
    return lines


def _groups(state: AccountState) -> list[tuple[str, Order]]:
    """Return each waiting order with its heading: exits by position, then entries, then others."""
    found: list[tuple[str, Order]] = []
    waiting = sorted(state.orders.values(), key=lambda order: order.placed_at)
    waiting = [order for order in waiting if order.price is not None]
    for position in sorted(state.positions.values(), key=lambda held: held.opened_at):
        key = (position.strategy, position.symbol)
        side = "LONG" if position.quantity > 0 else "SHORT"
        heading = f"{position.symbol} · {side} · {position.strategy}"
        exits = [one for one in waiting if one.is_exit and (one.strategy, one.symbol) == key]
        found += [(f"{heading}: exits", order) for order in _by_entry(exits)]
    known = {order.id for _, order in found}
    for order in (one for one in waiting if one.id not in known):
        what = "exit without a position" if order.is_exit else "entry"
        found.append((f"{order.symbol} · {order.strategy}: {what}", order))
    return found


def _by_entry(exits: list[Order]) -> list[Order]:
    """Put the exits of one entry together: when one fills, the others are cancelled."""
    entries: dict[str, list[Order]] = {}
    for order in exits:
        entries.setdefault(order.group or order.proposal_id or order.id, []).append(order)
    return [order for together in entries.values() for order in together]


def _order_blocks(shown: list[tuple[str, Order]], first: int) -> list[Block]:
    blocks: list[Block] = []
    lines: list[str] = []
    heading = ""
    for place, (name, order) in enumerate(shown, start=first):
        if name != heading and lines:
            blocks += [Block("title", heading), narrow(lines)]
            lines = []
        heading = name
        lines += order_lines(place, order)
    return [*blocks, Block("title", heading), narrow(lines)]


def _price_of(order: Order) -> str:
    if order.price is None:
        return "at the market"
    level = price(order.price)
    if order.kind == "trailing" and order.trail is not None and order.best is not None:
        return f"now {level}, {percent(order.trail)} behind {price(order.best)}"
    if order.kind == "stop_limit" and order.limit is not None:
        if order.triggered:
            return f"triggered, limit {price(order.limit)}"
        return f"triggers at {level}, limit {price(order.limit)}"
    return f"triggers at {level}" if order.kind == "stop" else f"at {level} or better"


def _exits_of(order: Order) -> str:
    exits = order.exits
    if exits is None:
        return ""
    words = []
    if exits.stop is not None:
        words.append(f"stop {price(exits.stop)}")
    if exits.trail is not None:
        words.append(f"trailing {percent(exits.trail)}")
    if exits.target is not None:
        words.append(f"target {price(exits.target)}")
    return ", ".join(words)


def _proposal_blocks(newest: list[tuple[int, Proposal]], older: int) -> list[Block]:
    lines = [line for place, one in newest for line in _proposal_lines(place, one)]
    if older:
        lines.append(f"… and {older} older")
    return [Block("title", "Waiting for your tap"), narrow(lines)]


def _proposal_lines(number: int, proposal: Proposal) -> list[str]:
    size = f"{quantity(proposal.quantity)} {proposal.base}"
    lines = [
        f"{number} {proposal.side} {size}",
        f"  ≈ {money(proposal.notional, proposal.quote)}",
        f"  {_entry_of(proposal)}",
    ]
    levels = [
        f"{name} {price(level)}"
        for name, level in (("stop", proposal.stop), ("target", proposal.target))
        if level is not None
    ]
    lines += [f"  {'  '.join(levels)}"] if levels else []
    if proposal.loss_at_stop is not None:
        lines.append(f"  loss at stop {money(proposal.loss_at_stop, proposal.quote)}")
    return [*lines, f"  until {proposal.expires_at:%H:%M:%S} UTC"]


def _entry_of(proposal: Proposal) -> str:
    kind = KINDS.get(proposal.kind, proposal.kind)
    if proposal.kind == "market" or proposal.price is None:
        return f"{kind} at {price(proposal.entry)}"
    limit = "" if proposal.limit is None else f", limit {price(proposal.limit)}"
    return f"{kind} at {price(proposal.price)}{limit}"


def _proposal_buttons(number: int, proposal: Proposal) -> tuple[Button, ...]:
    return (
        Button(f"Confirm {number}", f"confirm:{proposal.id}"),
        Button(f"Reject {number}", f"reject:{proposal.id}"),
    )
