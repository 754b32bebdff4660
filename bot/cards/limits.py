"""The card of /limits: each limit, how much of it is used now, and other sets to choose from."""

from __future__ import annotations

from collections.abc import Iterator

from bot.cards.card import Block, Button, Card
from bot.cards.columns import narrow, pair
from bot.cards.limit_change import shown
from bot.cards.proposal import simulated
from bot.seal import sealed
from desk.figures import grouped, money, percent
from desk.limit_use import LimitUse
from trading.bounds import PROFILE_NAMES
from trading.limit_changes import profile_of
from trading.scope import ACCOUNT

MOST_SYMBOLS = 5
DEFAULT = "default"
HOW = (
    "At a limit nothing new is opened; exits go on. Waiting entries count as filled. Change one "
    "with /limits order 1%: tighter holds at once, looser asks first. /limits help tells the rest."
)


def limits_card(use: LimitUse, account_id: str, *, demo: bool) -> Card:
    """Show every limit with what is used of it; a button for each other profile."""
    profile = profile_of(use.limits)
    name = profile or ("your own" if use.own else "the desk's own")
    blocks = [
        Block("title", f"Limits · {name}"),
        narrow(_sizes(use)),
        Block("title", "Lost, of the limit"),
        narrow(_losses(use)),
    ]
    blocks += [Block("text", text) for text in _symbols(use)]
    if not use.fresh:
        blocks.append(Block("small", "a price is missing: the last one known stands in"))
    blocks += [Block("text", HOW), simulated(demo=demo)]
    rows: list[list[str]] = [[one for one in PROFILE_NAMES if one != profile]]
    rows += [[DEFAULT]] if use.own else []
    buttons = tuple(
        tuple(Button(_label(one), sealed(account_id, "limits", one)) for one in row) for row in rows
    )
    return Card(tuple(blocks), buttons)


def _label(name: str) -> str:
    return "The desk's own" if name == DEFAULT else name.title()


def _sizes(use: LimitUse) -> Iterator[str]:
    limits, currency = use.limits, use.currency
    yield from pair("one order", f"{percent(limits.max_order_fraction)} of equity")
    yield from pair("  that is", money(limits.max_order_fraction * use.equity, currency))
    yield from pair("loss at its stop", f"{percent(limits.max_loss_fraction)} of equity")
    yield from pair("  that is", money(limits.max_loss_fraction * use.equity, currency))
    yield from pair("one symbol", f"{percent(limits.max_symbol_fraction)} of equity")
    for symbol, used in use.symbols[:MOST_SYMBOLS]:
        yield from pair(f"  {symbol}", f"{percent(used)} used")
    if len(use.symbols) > MOST_SYMBOLS:
        yield f"  … and {len(use.symbols) - MOST_SYMBOLS} smaller"
    for name, times, most in (
        ("crypto", use.crypto, limits.max_leverage_crypto),
        ("others", use.other, limits.max_leverage_other),
    ):
        yield from pair(
            f"leverage, {name}", f"{grouped(times, 2)} of {shown('max_leverage_crypto', most)}"
        )
    yield from pair("tied up as margin", f"{percent(use.margin)} of 100 %")
    yield from pair("positions", f"{use.positions} of {limits.max_positions}")
    if use.waiting:
        yield from pair("  waiting entries", str(use.waiting))
    yield from pair("price at most", f"{limits.quote_seconds} s old")
    yield from pair("cooldown after a stop", shown("cooldown_minutes", limits.cooldown_minutes))
    for symbol, until in sorted(use.cooling.items()):
        yield from pair(f"  {symbol}", f"until {until:%d %b %H:%M} UTC")


def _losses(use: LimitUse) -> Iterator[str]:
    yield from pair("today", f"{percent(use.lost_today)} of {percent(use.limits.daily_loss)}")
    if use.day_lost:
        yield from pair("  no entries", "until 00:00 UTC")
    for risk in use.scopes:
        name = "drawdown" if risk.scope == ACCOUNT else f"  {risk.scope.partition(':')[2]}"
        yield from pair(name, f"{percent(risk.drawdown)} of {percent(risk.limit)}")
        if risk.paused is not None:
            yield from pair("  paused", "until /resume")


def _symbols(use: LimitUse) -> Iterator[str]:
    if use.limits.allowed:
        yield f"Only these symbols: {shown('allowed', use.limits.allowed)}."
    if use.limits.blocked:
        yield f"Never these symbols: {shown('blocked', use.limits.blocked)}."
