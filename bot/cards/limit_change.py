"""How limits and their changes are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from bot.cards.card import Block, Button, Card
from bot.cards.columns import INDENT, narrow, pair
from bot.cards.proposal import simulated
from desk.figures import percent, quantity
from desk.limit_use import LimitUse, Over
from trading.bounds import Limits
from trading.limit_changes import Change, Value

NAMES: Mapping[str, str] = {
    "max_order_fraction": "limit per order",
    "max_symbol_fraction": "limit per symbol",
    "max_leverage_crypto": "leverage of crypto",
    "max_leverage_other": "leverage of others",
    "max_loss_fraction": "loss at stop",
    "daily_loss": "daily loss",
    "strategy_drawdown": "strategy drawdown",
    "drawdowns": "drawdown",
    "account_drawdown": "account drawdown",
    "max_positions": "open positions",
    "cooldown_minutes": "cooldown after a stop",
    "allowed": "allowed symbols",
    "blocked": "blocked symbols",
    "quote_seconds": "oldest price",
}
EMPTY = {"allowed": "all", "blocked": "none"}
MOST_NAMED = 6
TIMES = ("max_leverage_crypto", "max_leverage_other")
NOTHING_CHANGES = "That is how your limits are already: nothing changes."
STAYS = "What is open stays open; entries that wait are judged anew when their price comes."


def shown(field: str, value: Value | float) -> str:
    """Write a limit's value: `2.00 %`, `3 ×`, `30 min`, `15 s`, symbols."""
    if isinstance(value, tuple):
        names = ", ".join(value[:MOST_NAMED])
        more = f" and {len(value) - MOST_NAMED} more" if len(value) > MOST_NAMED else ""
        return f"{names}{more}" or EMPTY[field]
    if field == "cooldown_minutes":
        return f"{value} min" if value else "off"
    if field == "quote_seconds":
        return f"{value} s"
    if field == "max_positions":
        return str(value)
    return f"{quantity(value)} ×" if field in TIMES else percent(value)


def change_lines(found: Sequence[Change]) -> Block:
    """Write each change as `old → new`."""
    lines: list[str] = []
    for change in found:
        name = f"{change.strategy} {NAMES[change.field]}".strip()
        old, new = shown(change.field, change.before), shown(change.field, change.after)
        if isinstance(change.before, tuple):
            lines += [name, f"{INDENT}{old}", f"{INDENT}→ {new}"]
        else:
            lines += pair(name, f"{old} → {new}")
    return narrow(lines)


def ask_card(
    found: Sequence[Change],
    use: LimitUse,
    after: Limits,
    data: str,
    *,
    profile: str | None,
    demo: bool,
) -> Card:
    """Show what a change to `after` would change, with its button; `use` is before it."""
    heading = f"Change to {profile}?" if profile else "Change your limits?"
    blocks = [Block("title", heading), change_lines(found)]
    loosened = {change.field for change in found if change.looser}
    over = [one for one in use.over(use.limits) if one.field in loosened]
    if over:
        still = use.over(after)
        freed = "" if _held(use) else " Entries are taken again at once."
        if still:
            freed = f" Nothing new is opened after it either: {_named(still)}."
        blocks.append(Block("text", f"You are at what you loosen: {_named(over)}.{freed}"))
    blocks += [Block("text", f"{_held(use)}{STAYS}"), simulated(demo=demo)]
    return Card(tuple(blocks), ((Button("Change the limits", data),),))


def changed_card(found: Sequence[Change], use: LimitUse, *, demo: bool) -> Card:
    """Tell what was changed, and what that means for what is open; `use` is after it."""
    if not found:
        return Card((Block("text", NOTHING_CHANGES),))
    blocks = [Block("title", "Limits changed"), change_lines(found)]
    touched = {change.field for change in found}
    over = [one for one in use.over(use.limits) if one.field in touched]
    if over:
        text = f"You are over: {_named(over)}. Nothing is closed for it, and nothing new is opened."
        blocks.append(Block("text", text))
    blocks += [Block("text", f"{_held(use)}{STAYS}"), simulated(demo=demo)]
    return Card(tuple(blocks))


def _named(over: Sequence[Over]) -> str:
    return "; ".join(
        f"{one.subject or NAMES[one.field]} {_figure(one.field, one.value)} "
        f"of {_figure(one.field, one.bound)}"
        for one in over[:MOST_NAMED]
    )


def _figure(field: str, value: Decimal) -> str:
    return shown(field, round(value, 2) if field in TIMES else value)


def _held(use: LimitUse) -> str:
    """Say what keeps entries out, whatever the limits are."""
    words = ""
    if any(one.paused for one in use.scopes):
        words += "What is paused stays paused until /resume. "
    if use.day_lost:
        words += "Today's loss reached its limit: entries wait until 00:00 UTC. "
    return words
